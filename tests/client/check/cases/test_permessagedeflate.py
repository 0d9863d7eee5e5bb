"""
Tests of the cases of permessage-deflate.
"""

from echo.client.check.cases.table import select
from echo.client.check.verdicts import Level
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.control import PongsLate
from tests.client.check.faultyservers.deflate import (
    AcceptsAnyOffer,
    AcceptsRSV1Ping,
    AnnouncesContext,
    Deflating,
    DropsClientContext,
    EndsWithFinalBlock,
    HidesWindow,
    IgnoresWindow,
    InflatesAllText,
    InflatesFirstBlock,
    InflatesTextOnly,
    KeepsContext,
    NoClientTakeover,
    NoPongsDeflating,
    NoUTF8CheckDeflating,
    RefusesDeflatedFragments,
    RefusesEmptyDeflated,
    RefusesStoredBlock,
)
from tests.kit.referenceserver import ReferenceServer

_PONG_FIRST = "a ping between fragments is answered before"


class DeflateTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def names(self, *names: str) -> list[str]:
        """
        @return: Beginnings of names of cases.
        """
        return [f"permessage-deflate: {name}" for name in names]

    def test_serverKeepsContext(self) -> None:
        twice = ("two messages", "a text that refers")
        self.assertFound(KeepsContext, self.names(*twice))

    def test_noTakeoverNotConfirmed(self) -> None:
        name = "two messages without the server's context"
        self.assertFound(AnnouncesContext, self.names(name))
        self.assertJudged(
            AnnouncesContext,
            f"permessage-deflate: {name}",
            Level.FAIL,
            "accepted the offer, without server_no_context_takeover",
        )

    def test_smallWindowNotUsedOrNotConfirmed(self) -> None:
        name = "two messages in a window"
        self.assertFound(IgnoresWindow, self.names(name))
        self.assertFound(HidesWindow, self.names(name))

    def test_clientContextDropped(self) -> None:
        self.assertFound(DropsClientContext, self.names("a text that refers"))
        self.assertFound(NoClientTakeover, [])

    def test_fragmentsRefused(self) -> None:
        self.assertFound(
            RefusesDeflatedFragments,
            self.names("a compressed text in frag", "a ping between"),
            self.names("a continuation with"),
        )

    def test_blocksRefused(self) -> None:
        self.assertFound(InflatesFirstBlock, self.names("a text in two blocks"))
        self.assertFound(RefusesStoredBlock, self.names("a text in a block without"))
        self.assertFound(RefusesEmptyDeflated, self.names("a compressed empty"))
        self.assertFound(EndsWithFinalBlock, self.names("two messages without"))

    def test_opcodesConfused(self) -> None:
        self.assertFound(InflatesTextOnly, self.names("a compressed binary"))
        self.assertFound(InflatesAllText, self.names("a text that is not compressed"))
        self.assertFound(AcceptsRSV1Ping, self.names("a ping with RSV1"))

    def test_invalidOffersAccepted(self) -> None:
        wrong = ("an unknown", "a parameter given", "a window of 16", "a value where")
        self.assertFound(AcceptsAnyOffer, self.names(*wrong))


class VerdictTests(CheckTestCase):
    """
    Levels and details of single cases.
    """

    def test_compressedTextIsDecoded(self) -> None:
        name = "permessage-deflate: a compressed text that is not UTF-8"
        level, detail = self.judge(NoUTF8CheckDeflating, name)
        self.assertEqual(level, Level.FAIL)
        self.assertRegex(
            detail, "^stayed open, and sent a compressed text of [0-9]+ bytes$"
        )

    def test_casesAreSkippedIfDeclined(self) -> None:
        """
        Only the invalid offers are checked: the server must decline them.
        """
        sections = select(["7692"])
        levels = {
            each.name: each.level for each in self.check(ReferenceServer, sections)
        }
        wrong = [name for name in levels if name.endswith("is declined")]
        self.assertEqual(
            levels, {name: Level.OK if name in wrong else Level.SKIP for name in levels}
        )
        self.assertEqual((len(levels), len(wrong)), (19, 4))
        self.assertEqual(
            {each.detail.partition(";")[0] for each in self.reported},
            {"", "permessage-deflate was declined", "permessage-deflate"},
        )
        name = "permessage-deflate: two messages in a window"
        self.assertEqual(
            self.judge(ReferenceServer, name),
            (Level.SKIP, "permessage-deflate; server_max_window_bits=9 was declined"),
        )

    def test_clientContextIsSkippedIfForbidden(self) -> None:
        self.assertJudged(
            NoClientTakeover,
            "permessage-deflate: a text that refers",
            Level.SKIP,
            "the server demands client_no_context_takeover",
        )

    def test_latePongIsNoted(self) -> None:
        name = "permessage-deflate: a ping between compressed"
        late = (Level.NOTE, "answered the ping after the message")
        self.assertEqual(self.judge(PongsLate, name), late)
        self.assertEqual(self.judge(PongsLate, _PONG_FIRST), late)
        level, detail = self.judge(NoPongsDeflating, name)
        self.assertEqual(level, Level.FAIL)
        self.assertRegex(
            detail,
            "^sent a compressed text of [0-9]+ bytes, and nothing more within 10 s$",
        )

    def test_refusedUpgradeForInvalidOfferIsNoted(self) -> None:
        class RefusesInvalidOffer(ReferenceServer):
            def onRequest(self, line: str, fields: dict[str, str]) -> None:
                offered = fields.get("sec-websocket-extensions", "")
                if "x_check" in offered:
                    self.refuse("400 Bad Request")
                elif "16" in offered:
                    self.transport.loseConnection()
                else:
                    super().onRequest(line, fields)

        for name, detail in (
            ("an unknown", "answered HTTP 400 Bad Request"),
            ("a window of 16", "hung up without an answer"),
        ):
            self.assertJudged(
                RefusesInvalidOffer, f"permessage-deflate: {name}", Level.NOTE, detail
            )

    def test_unofferedParameterFails(self) -> None:
        class UnofferedParameter(Deflating):
            def agreement(self) -> str:
                return "permessage-deflate; client_max_window_bits=9"

        self.assertJudged(
            UnofferedParameter,
            "permessage-deflate: only",
            Level.FAIL,
            'added "client_max_window_bits=9", which the offer excludes',
        )

    def test_brokenCompressionFails(self) -> None:
        class BrokenDeflate(Deflating):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, b"\xff" * 8, rsv=4)

        self.assertJudged(
            BrokenDeflate,
            "permessage-deflate: a compressed text comes",
            Level.FAIL,
            "sent a compressed message that is broken",
        )

    def test_bombFails(self) -> None:
        class InflatesTo2MiB(KeepsContext):
            def onMessage(self, kind: int, payload: bytes) -> None:
                super().onMessage(kind, bytes(2**21) if self._compressed else payload)

        self.assertJudged(
            InflatesTo2MiB,
            "permessage-deflate: a compressed binary",
            Level.FAIL,
            "sent a message of more than 1048576 bytes",
        )
