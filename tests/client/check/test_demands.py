"""
Tests of single demands: for each, a server with the one defect that it is there for.
Everything else that such a server does is right, and nothing else is found.
"""

from echo.client.check.cases.table import select
from echo.client.check.verdicts import Level
from tests.client.check.altering import (
    AnyVersion,
    AsciiReasons,
    AtOnce,
    ClosesLater,
    Composing,
    FailsLater,
    Forgetful,
    FourFragments,
    Hasty,
    Lenient,
    Limited,
    LongControl,
    Masks,
    MirrorsExtensions,
    Narrow,
    Newlines,
    NoEmpty,
    NoPongBetween,
    NulTerminated,
    OneKind,
    OneToken,
    Overlong,
    PartialControl,
    Patient,
    PongsAfterClose,
    PongsBackwards,
    PongsLate,
    PongsTwice,
    Repeating,
    SignedCodes,
    SlowlyBinary,
    SpacedKey,
    Spoiling,
    SpoilingSooner,
    Stripping,
    TextPings,
    Unfinished,
    WithoutMark,
)
from tests.client.check.broken import Unlimited
from tests.client.check.deflating import (
    AnyOffer,
    ForgetsContext,
    KeepsContext,
    LatinDeflating,
    ManyBlocks,
    NoTakeover,
    NothingEmpty,
    NothingStored,
    NoWindow,
    OneBlock,
    PlainPings,
    PlainText,
    SharesContext,
    SilentDeflating,
    TextOnly,
    WholeOnly,
    WideWindow,
)
from tests.client.check.referenceserver import PONG, Received, Server
from tests.kit.check import CheckTestCase

_BEFORE = "a ping between fragments is answered before"


class HandshakeTests(CheckTestCase):
    """
    Demands of the opening handshake.
    """

    def test_pieces(self) -> None:
        """
        A request may arrive in pieces.
        """
        self.assertFound(AtOnce, ["a request in pieces"])

    def test_key(self) -> None:
        """
        Blanks around the key are none of it.
        """
        self.assertFound(SpacedKey, ["blanks around"])

    def test_list(self) -> None:
        """
        C{Connection} is a list.
        """
        self.assertFound(OneToken, ["Connection may list"])

    def test_extension(self) -> None:
        """
        What a server does not know it must not accept.
        """
        self.assertFound(MirrorsExtensions, ["an unknown extension"])

    def test_version(self) -> None:
        """
        A request must have a version.
        """
        self.assertFound(AnyVersion, ["an upgrade without a version"])


class MessageTests(CheckTestCase):
    """
    Demands of messages and fragments.
    """

    def test_text(self) -> None:
        """
        No character of a text may change.
        """
        for server, name in (
            (WithoutMark, "U+FEFF"),
            (Newlines, "CR LF"),
            (Composing, "a decomposed"),
            (Stripping, "blanks at both"),
            (NulTerminated, "NUL in"),
            (Narrow, "noncharacters"),
        ):
            self.assertFound(server, [name])

    def test_long(self) -> None:
        """
        No byte of a long message may change.
        """
        long = ["a text of 1 MiB", "a binary message of 1 MiB"]
        self.assertFound(Spoiling, long)
        self.assertFound(Repeating, long)
        self.assertFound(
            SpoilingSooner,
            [
                *long,
                *("a text of 64", "a binary message of 64", "65536 bytes"),
                "a length of 64 bits is u",
            ],
        )
        self.assertFound(SlowlyBinary, ["a text of 64", "a length of 64 bits is u"])

    def test_limit(self) -> None:
        """
        A server may refuse long messages with 1009.
        """
        long = ("a text of", "a binary message of", "65535 bytes", "65536 bytes")
        self.assertFound(Limited, [], [*long, "a length of 64 bits is u"])

    def test_many(self) -> None:
        """
        None of many messages may be lost.
        """
        self.assertFound(Forgetful, ["2000 messages"])

    def test_lengths(self) -> None:
        """
        A length may arrive byte by byte.
        """
        self.assertFound(
            Hasty, ["a length of 16 bits is u", "a length of 64 bits is u"]
        )

    def test_mask(self) -> None:
        """
        A mask may be of zeros.
        """
        self.assertFound(Masks, ["a mask of zeros"])

    def test_fragments(self) -> None:
        """
        Messages come in any number of fragments, of any kind and size.
        """
        self.assertFound(FourFragments, ["five fragments"])
        self.assertFound(NoEmpty, ["empty fragments alone"])
        self.assertFound(OneKind, ["messages in fragments and"])


class ControlTests(CheckTestCase):
    """
    Demands of control frames.
    """

    def test_pongs(self) -> None:
        """
        Pongs come soon, and in order.
        """
        self.assertFound(
            PongsLate,
            [
                "a ping between fragments is answered at",
            ],
            [_BEFORE, "permessage-deflate: a ping between"],
        )
        self.assertFound(PongsBackwards, ["of several pings, the pongs"], [_BEFORE])
        self.assertFound(TextPings, ["a ping that is not"])
        self.assertFound(NoPongBetween, ["a pong between"])

    def test_order(self) -> None:
        """
        It is said in which order pongs came.
        """
        self.assertEqual(
            self.judge(PongsBackwards, "of several pings, the pongs"),
            (Level.FAIL, "answered in another order: 3, 2, 1"),
        )

    def test_twice(self) -> None:
        """
        A ping that is answered twice is worth a note: pongs may come unasked, and
        these are in order.
        """
        self.assertEqual(
            self.judge(PongsTwice, "of several pings, the pongs"),
            (Level.NOTE, "answered more than once: 1, 1, 2, 2, 3, 3"),
        )

    def test_fragments(self) -> None:
        """
        The first fragment of a control frame must be refused, without another one
        that would be wrong by itself.
        """
        self.assertFound(
            PartialControl,
            ["a ping in fragments", "a pong in fragments"],
            ["a close in fragments"],
        )

    def test_length(self) -> None:
        """
        A length that takes too many bytes may pass.
        """
        self.assertFound(LongControl, [], ["a ping with a length of 16 bits"])

    def test_close(self) -> None:
        """
        A close must be answered at once, whatever reason it gives.
        """
        self.assertFound(ClosesLater, ["a close between fragments"])
        self.assertFound(AsciiReasons, [], ["a close with a reason that is not ASCII"])
        self.assertFound(SignedCodes, [], ["a close with 65535"])

    def test_end(self) -> None:
        """
        After a close or a failure nothing is answered.
        """
        self.assertFound(FailsLater, ["what follows a failure"])
        self.assertFound(PongsAfterClose, [], ["a ping after a close"])


class TextTests(CheckTestCase):
    """
    Demands of UTF-8.
    """

    def test_early(self) -> None:
        """
        Text had better be looked at as it comes.
        """
        self.assertFound(Patient, [], ["a fragment that is not UTF-8"])

    def test_unfinished(self) -> None:
        """
        Characters must not be cut off.
        """
        self.assertFound(
            Unfinished,
            ["text with a character cut", "fragments that end", "a reason that ends"],
        )

    def test_forms(self) -> None:
        """
        Each wrong form must be refused.
        """
        self.assertFound(
            Overlong,
            [
                "text with an overlong form of three",
                "text with an overlong form of four",
            ],
        )
        self.assertFound(Lenient, ["text with a continuation byte"])


class DeflateTests(CheckTestCase):
    """
    Demands of permessage-deflate.
    """

    def found(self, *names: str) -> list[str]:
        """
        @return: How the names of cases begin.
        """
        return [f"permessage-deflate: {name}" for name in names]

    def test_serverContext(self) -> None:
        """
        A server that promises it must not refer to earlier messages.
        """
        twice = ("two messages", "a text that refers")
        self.assertFound(KeepsContext, self.found(*twice))

    def test_noPromise(self) -> None:
        """
        A server that accepts the offer must promise it.
        """
        name = "two messages without the server's context"
        self.assertFound(SharesContext, self.found(name))
        self.assertEqual(
            self.judge(SharesContext, f"permessage-deflate: {name}"),
            (Level.FAIL, "accepted the offer, without server_no_context_takeover"),
        )

    def test_window(self) -> None:
        """
        A server that agrees on a window must keep to it, and one that accepts the
        offer must agree on it.
        """
        name = "two messages in a window"
        self.assertFound(WideWindow, self.found(name))
        self.assertFound(NoWindow, self.found(name))

    def test_clientContext(self) -> None:
        """
        A server must keep the context of our messages, unless it said that it wants
        none.
        """
        self.assertFound(ForgetsContext, self.found("a text that refers"))
        self.assertFound(NoTakeover, [])

    def test_fragments(self) -> None:
        """
        Compressed messages come in fragments, too.
        """
        self.assertFound(
            WholeOnly,
            self.found("a compressed text in frag", "a ping between"),
            self.found("a continuation with"),
        )

    def test_blocks(self) -> None:
        """
        Compressed messages consist of blocks of all kinds, and servers may send
        them, too.
        """
        self.assertFound(OneBlock, self.found("a text in two blocks"))
        self.assertFound(NothingStored, self.found("a text in a block without"))
        self.assertFound(NothingEmpty, self.found("a compressed empty"))
        self.assertFound(ManyBlocks, self.found("two messages without"))

    def test_kinds(self) -> None:
        """
        Text and binary are compressed alike, and not all messages are.
        """
        self.assertFound(TextOnly, self.found("a compressed binary"))
        self.assertFound(PlainText, self.found("a text that is not compressed"))
        self.assertFound(PlainPings, self.found("a ping with RSV1"))

    def test_offers(self) -> None:
        """
        Wrong offers must be declined.
        """
        wrong = ("an unknown", "a parameter given", "a window of 16", "a value where")
        self.assertFound(AnyOffer, self.found(*wrong))

    def test_text(self) -> None:
        """
        Text must be UTF-8 when it is inflated.
        """
        name = "permessage-deflate: a compressed text that is not UTF-8"
        level, detail = self.judge(LatinDeflating, name)
        self.assertEqual(level, Level.FAIL)
        self.assertRegex(
            detail, "^stayed open, and sent a compressed text of [0-9]+ bytes$"
        )

    def test_declined(self) -> None:
        """
        Where the server declines an offer, the demands on accepted offers are not
        checked. A wrong offer is checked: the server must decline it.
        """
        sections = select(["7692"])
        levels = {each.name: each.level for each in self.check(Server, sections)}
        wrong = [name for name in levels if name.endswith("is declined")]
        self.assertEqual(
            levels,
            {name: Level.OK if name in wrong else Level.SKIP for name in levels},
        )
        self.assertEqual((len(levels), len(wrong)), (19, 4))
        self.assertEqual(
            {each.detail.partition(";")[0] for each in self.reported},
            {"", "permessage-deflate was declined", "permessage-deflate"},
        )
        name = "permessage-deflate: two messages in a window"
        self.assertEqual(
            self.judge(Server, name),
            (
                Level.SKIP,
                "permessage-deflate; server_max_window_bits=9 was declined",
            ),
        )

    def test_forbidden(self) -> None:
        """
        A client that may not refer to its earlier messages cannot check that.
        """
        self.assertEqual(
            self.judge(NoTakeover, "permessage-deflate: a text that refers"),
            (Level.SKIP, "the server wants client_no_context_takeover"),
        )

    def test_latePong(self) -> None:
        """
        A server may answer a ping after the message that the ping interrupts. A
        missing pong is a fault, and the error shows no compressed bytes.
        """
        name = "permessage-deflate: a ping between compressed"
        late = (Level.NOTE, "answered the ping after the message")
        self.assertEqual(self.judge(PongsLate, name), late)
        self.assertEqual(self.judge(PongsLate, _BEFORE), late)
        level, detail = self.judge(SilentDeflating, name)
        self.assertEqual(level, Level.FAIL)
        self.assertRegex(
            detail,
            "^sent a compressed text of [0-9]+ bytes, and nothing more within 10 s$",
        )


class SilenceTests(CheckTestCase):
    """
    What is said of servers that stop in the middle.
    """

    def test_refusal(self) -> None:
        """
        A server that answered what it should refuse did answer, though it answers
        nothing more.
        """

        class Deaf(Server):
            def checkMask(self, second: int) -> None:
                pass

            def onPing(self, payload: bytes) -> None:
                pass

        self.assertEqual(
            self.judge(Deaf, "a frame without a mask"),
            (Level.FAIL, 'stayed open, and sent text "Hello"'),
        )
        self.assertEqual(
            self.judge(Deaf, "a ping without a mask"),
            (Level.FAIL, "no answer within 10 s"),
        )

    def test_unasked(self) -> None:
        """
        A pong that nobody asked for is no answer.
        """

        class Ponging(Unlimited):
            def greet(self) -> None:
                self.write(PONG, b"I am here")

        self.assertEqual(
            self.judge(Ponging, "a frame of 2^62"), (Level.NOTE, "waits for all of it")
        )

    def test_answer(self) -> None:
        """
        What came is told; what began to come, too.
        """

        class Half(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, payload[:1], fin=False)

            def onFrame(self, received: Received) -> None:
                if received.payload == b"":
                    self.transport.write(b"\x8a")
                else:
                    super().onFrame(received)

        self.assertEqual(
            self.judge(Half, "a text comes"),
            (Level.FAIL, 'sent text "H", and nothing more within 10 s'),
        )
        self.assertEqual(
            self.judge(Half, "an empty ping"),
            (Level.FAIL, "no complete answer within 10 s"),
        )

    def test_noUpgrade(self) -> None:
        """
        A server that does not answer opens no WebSocket.
        """

        class Plain(Server):
            def refuse(self, status: str, *fields: str) -> None:
                if status.startswith("400"):
                    super().refuse(status, *fields)

        self.assertEqual(
            self.judge(Plain, "a POST"), (Level.NOTE, "no answer within 10 s")
        )
        self.assertEqual(
            self.judge(Plain, "version 99"), (Level.FAIL, "no answer within 10 s")
        )

    def test_offer(self) -> None:
        """
        A wrong offer may cost the WebSocket, which is not what good servers do.
        """

        class Strict(Server):
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
            self.assertEqual(
                self.judge(Strict, f"permessage-deflate: {name}"), (Level.NOTE, detail)
            )

    def test_closed(self) -> None:
        """
        A long message that is refused for another reason than its length fails.
        """

        class Picky(Server):
            def fail(self, code: int) -> None:
                super().fail(1008)

            limit = 2**15

        self.assertEqual(
            self.judge(Picky, "a text of 1 MiB"), (Level.FAIL, "closed with 1008")
        )

    def test_bomb(self) -> None:
        """
        A message that inflates to more than any that was sent is not taken.
        """

        class Bombing(KeepsContext):
            def onMessage(self, kind: int, payload: bytes) -> None:
                super().onMessage(kind, bytes(2**21) if self._compressed else payload)

        self.assertEqual(
            self.judge(Bombing, "permessage-deflate: a compressed binary"),
            (Level.FAIL, "sent a message of more than 1048576 bytes"),
        )
