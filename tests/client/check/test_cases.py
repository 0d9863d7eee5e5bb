"""
Tests of the cases: servers by the book pass, and broken ones fail where they should.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IProtocol

from echo.client.check.cases.table import CASES
from echo.client.check.verdicts import Level
from tests.client.check.broken import (
    AcceptsAll,
    AnyClose,
    AnyControl,
    AnyOrder,
    ClosesWith1000,
    Deflating,
    GoesOn,
    Greeting,
    Latin,
    Lavish,
    LongPong,
    Masking,
    NeverEnds,
    NoClose,
    NoMask,
    NoPongs,
    NoReserve,
    NoUpgradeFields,
    ReservedBits,
    ReservedOpcode,
    Scripted,
    Talkative,
    TextAsBinary,
    UnaskedExtension,
    UnaskedSubprotocol,
    Unlimited,
)
from tests.client.check.referenceserver import (
    CONTINUATION,
    TEXT,
    Server,
    Violation,
)
from tests.kit.check import CheckTestCase

_Serve = Callable[[], IProtocol]


class GoodTests(CheckTestCase):
    """
    Servers that nothing can be said against.
    """

    def assertGood(self, serve: _Serve) -> None:
        """
        Assert that all is well.
        """
        self.assertFound(serve, [])
        self.assertEqual(len(self.reported), len(CASES))

    def test_byTheBook(self) -> None:
        """
        A server that keeps every rule passes every case.
        """
        self.assertGood(Server)

    def test_deflating(self) -> None:
        """
        So does one that agrees on compression.
        """
        self.assertGood(Deflating)

    def test_greeting(self) -> None:
        """
        So does one that speaks first, be it compressed.
        """
        self.assertGood(Greeting)

    def test_talkative(self) -> None:
        """
        So does one that pings, sends pongs unasked and sends all in fragments.
        """
        self.assertGood(Talkative)


class BrokenTests(CheckTestCase):
    """
    Servers that break one rule: it is found, and nothing else is.
    """

    def test_upgradeFields(self) -> None:
        """
        An answer must say which protocol comes.
        """
        self.assertFound(NoUpgradeFields, ["the answer has"])

    def test_subprotocol(self) -> None:
        """
        A subprotocol must be one that was offered.
        """
        self.assertFound(
            UnaskedSubprotocol, ["no subprotocol comes", "a subprotocol is one"]
        )

    def test_extension(self) -> None:
        """
        An extension must have been offered, be it alone or beside another.
        """
        self.assertFound(
            UnaskedExtension,
            [
                *("no extension comes", "an unknown extension"),
                "permessage-deflate: only",
            ],
        )

    def test_acceptsAll(self) -> None:
        """
        A request must be a proper one; only the key need not be looked at.
        """
        self.assertFound(
            AcceptsAll,
            [
                "version 99",
                "an upgrade without a version",
                "an upgrade without a key",
                "a request without Upgrade",
                "an upgrade to another protocol",
                "an upgrade without Connection",
                "a POST",
                "HTTP/1.0",
            ],
            ["an upgrade with a short key"],
        )

    def test_textAsBinary(self) -> None:
        """
        Text must come back as text.
        """
        self.assertFound(
            TextAsBinary,
            [
                *("a text comes", "an empty text", "text from all", "U+FEFF", "CR LF"),
                *("a decomposed", "blanks at", "NUL in", "noncharacters", "a text of"),
                *("messages sent at once", "2000 messages", "a frame is understood"),
                *("a length of 16 bits is u", "a length of 64 bits is u", "a mask of"),
                *("fragments cut", "empty fragments", "five fragments"),
                *(
                    "messages in fragments",
                    "a ping between fragments is answered at",
                    "a pong between",
                ),
                "a pong that nobody",
            ],
        )

    def test_noPongs(self) -> None:
        """
        Pings must be answered.
        """
        self.assertFound(
            NoPongs,
            [
                *("a ping between", "a ping is answered", "of several pings"),
                *("an empty ping", "a ping of 125", "a ping that is not"),
            ],
        )

    def test_masking(self) -> None:
        """
        A server must not mask.
        """
        self.assertFound(Masking, ["the server masks"])

    def test_lavish(self) -> None:
        """
        Only the sender must keep lengths short: each side is noted, no more.
        """
        self.assertFound(
            Lavish,
            [],
            ["the server's lengths", "a length in more", "a length of 64 bits where"],
        )

    def test_latin(self) -> None:
        """
        Text must be UTF-8, wherever it is.
        """
        self.assertFound(
            Latin,
            [
                *("text with", "fragments that are", "fragments that end"),
                "a reason that",
            ],
            ["a fragment that is not UTF-8"],
        )

    def test_noReserve(self) -> None:
        """
        What is reserved must be refused. Where frames are taken for compressed
        ones and do not inflate, they are at least refused.
        """
        self.assertFound(
            NoReserve,
            ["a frame of opcode", "a ping with RSV", "a pong with RSV"],
            ["a frame with RSV", "a close with RSV"],
        )

    def test_reservedBits(self) -> None:
        """
        What is reserved must not be used, even if it does no harm.
        """
        self.assertFound(ReservedBits, ["the server sets"])

    def test_reservedOpcode(self) -> None:
        """
        That goes for opcodes, too.
        """
        self.assertFound(ReservedOpcode, ["the server sets"])

    def test_longPong(self) -> None:
        """
        A server's control frames must be short.
        """
        self.assertFound(
            LongPong,
            ["the server's control frames", "of several pings"],
        )

    def test_noMask(self) -> None:
        """
        Frames without a mask must be refused.
        """
        self.assertFound(
            NoMask,
            ["a frame without a mask", "a ping without a mask"],
            ["a close without a mask"],
        )

    def test_anyControl(self) -> None:
        """
        Control frames that are long, or in fragments, must be refused.
        """
        self.assertFound(
            AnyControl,
            ["a ping of 126", "a pong of 126", "a ping in frag", "a pong in frag"],
            ["a close of 126", "a close in fragments"],
        )

    def test_anyOrder(self) -> None:
        """
        Fragments must be in order.
        """
        self.assertFound(
            AnyOrder,
            [
                *("a continuation of nothing", "a first fragment that"),
                *("a continuation after", "a message within"),
            ],
        )

    def test_anyClose(self) -> None:
        """
        What must not be in a close frame must not be sent back; codes that merely
        mean nothing had better not be.
        """
        wrong = [f"a close with {code} is refused" for code in (1005, 1006, 1015)]
        odd = (0, 999, 1004, 1016, 2999, 5000, 65535)
        self.assertFound(
            AnyClose,
            [*wrong, "a close with half", "a reason that"],
            [f"a close with {code} is refused" for code in odd],
        )

    def test_closesWith1000(self) -> None:
        """
        A connection may be closed with another code than the right one.
        """
        notes = [case.name for case in CASES if " is refused with 10" in case.name]
        notes += [case.name for case in CASES if "answered in kind" in case.name]
        notes.remove("a close with 1000 is answered in kind")
        plain = [name for name in notes if "deflate" not in name]
        self.assertFound(ClosesWith1000, [], [*plain, "fragments that"])

    def test_noClose(self) -> None:
        """
        A connection may be failed without a close frame, but not closed so.
        """
        notes = [case.name for case in CASES if " refused with 10" in case.name]
        kind = [case.name for case in CASES if "answered in kind" in case.name]
        self.assertFound(
            NoClose,
            [
                *kind,
                "a close with code and",
                "a close with a reason",
                "a close without a code",
                "a close between",
            ],
            [name for name in notes if "deflate" not in name],
        )

    def test_neverEnds(self) -> None:
        """
        It is the server that must end the TCP connection.
        """
        self.assertFound(NeverEnds, ["after a close", "after a failure"])

    def test_goesOn(self) -> None:
        """
        A server must have nothing more to say after a close frame; another close
        frame, or a pong, is merely odd.
        """
        self.assertFound(
            GoesOn,
            ["what follows a close", "after a close", "after a failure"],
            ["a second close", "a ping after a close"],
        )

    def test_unlimited(self) -> None:
        """
        A server may take frames of any length.
        """
        self.assertFound(Unlimited, [], ["a frame of 2^62"])


class OddTests(CheckTestCase):
    """
    Single cases, and servers that are hard to please.
    """

    def assertJudged(
        self, serve: _Serve, name: str, level: Level, detail: str = ""
    ) -> None:
        """
        Assert what becomes of a case.
        """
        self.assertEqual(self.judge(serve, name), (level, detail))

    def second(self, *answers: bytes, end: bool = False) -> _Serve:
        """
        @return: What makes a server that opens the first WebSocket only, and then
            answers as told.
        """
        servers: list[IProtocol] = [Server(), Scripted(*answers, end=end)]
        return lambda: servers.pop(0)

    def test_ownSubprotocol(self) -> None:
        """
        A server may insist on a subprotocol of its own.
        """
        self.assertJudged(
            self.second(b"HTTP/1.1 400 No\r\n\r\n"), "a subprotocol is", Level.OK
        )

    def test_twoSubprotocols(self) -> None:
        """
        A server must choose one subprotocol at most.
        """

        class Undecided(Server):
            def choices(self, fields: dict[str, str]) -> list[str]:
                offered = fields.get("sec-websocket-protocol")
                return [f"Sec-WebSocket-Protocol: {offered}"] if offered else []

        self.assertJudged(
            Undecided,
            "a subprotocol is",
            Level.FAIL,
            "chose more than one subprotocol",
        )

    def test_wantedSubprotocol(self) -> None:
        """
        What the user has us offer may be chosen.
        """
        result = self.judge(Server, "no subprotocol comes", subprotocols=["chat"])
        self.assertEqual(result, (Level.OK, ""))

    def test_otherVersion(self) -> None:
        """
        A server must say which version it knows, and had better say so with 426.
        """
        fields = b"\r\nSec-WebSocket-Version: 8, 13\r\n\r\n"
        name = "version 99"
        self.assertJudged(self.second(b"HTTP/1.1 426 No" + fields), name, Level.OK)
        self.assertJudged(
            self.second(b"HTTP/1.1 400 No" + fields),
            name,
            Level.NOTE,
            "answered HTTP 400 No",
        )
        self.assertJudged(
            self.second(b"HTTP/1.1 426 No\r\n\r\n"),
            name,
            Level.FAIL,
            "answered HTTP 426 No, without Sec-WebSocket-Version: 13",
        )

    def test_refusal(self) -> None:
        """
        A request that is wrong had better be answered with 4xx.
        """
        for name in ("an upgrade without a key", "an upgrade with a short key"):
            self.assertJudged(
                self.second(b"HTTP/1.1 500 Oops\r\n\r\n"),
                name,
                Level.NOTE,
                "answered HTTP 500 Oops",
            )
        for name in ("an upgrade without a key", "a POST"):
            self.assertJudged(
                self.second(b"", end=True),
                name,
                Level.NOTE,
                "hung up without an answer",
            )

    def test_longHead(self) -> None:
        """
        Whoever sends a head without end may be left alone; it may not be left
        waiting.
        """
        name = "a request head"
        self.assertJudged(self.second(b"", end=True), name, Level.OK)
        self.assertJudged(
            self.second(b"HTTP/1.1 101 Go on\r\n\r\n"),
            name,
            Level.NOTE,
            "answered HTTP 101 Go on",
        )
        self.assertJudged(self.second(), name, Level.FAIL, "no answer within 10 s")

    def test_onePong(self) -> None:
        """
        A server may pass over all pings but the latest.
        """

        class Lazy(Server):
            def onPing(self, payload: bytes) -> None:
                if payload != b"1":
                    super().onPing(payload)

        name = "of several pings, all"
        self.assertJudged(Lazy, name, Level.NOTE, "answered 2 of 3")

    def test_otherPong(self) -> None:
        """
        A pong must have the payload of the ping.
        """

        class Forgetful(Server):
            def onPing(self, payload: bytes) -> None:
                super().onPing(b"")

        for name in ("a ping is", "of several pings, all"):
            self.assertJudged(Forgetful, name, Level.FAIL, "sent an empty pong")

    def test_closes(self) -> None:
        """
        A server that closes where it is to answer is told what it said.
        """

        class Moody(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                raise Violation(1008)

            def onPing(self, payload: bytes) -> None:
                raise Violation(1011)

        self.assertJudged(Moody, "a text comes", Level.FAIL, "closed with 1008")
        self.assertJudged(Moody, "an empty ping", Level.FAIL, "closed with 1011")

    def test_slowToFail(self) -> None:
        """
        A server may take its time to fail the connection, and echo what came before.
        """
        test = self

        class Slow(Server):
            def fail(self, code: int) -> None:
                self._over = True
                self.write(TEXT, b"late")
                test.reactor.callLater(3, super().fail, code)

        self.assertJudged(Slow, "a frame with RSV2", Level.OK)

    def test_notUTF8(self) -> None:
        """
        Text that is none is no echo.
        """

        class Garbling(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                super().onMessage(kind, b"\xff")

        self.assertJudged(
            Garbling,
            "a text comes",
            Level.FAIL,
            "sent text that is not UTF-8: 0xff (1 bytes)",
        )

    def test_wrongOrder(self) -> None:
        """
        A server's own fragments must be in order.
        """

        class Interleaving(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(TEXT, b"Hel", fin=False)
                self.write(TEXT, b"lo")

        self.assertJudged(Interleaving, "a text comes", Level.FAIL, 'sent text "lo"')

    def test_endlessMessage(self) -> None:
        """
        A message without an end does not fill memory.
        """

        class Endless(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, b"", fin=False)
                for _ in range(3):
                    self.write(CONTINUATION, bytes(2**19), fin=False)

        self.assertJudged(
            Endless, "a text comes", Level.FAIL, "sent a message without an end"
        )

    def test_endlessPings(self) -> None:
        """
        Pings without an end are not answered for ever.
        """

        class Pinging(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.transport.write(b"\x89\0" * 20_000)

        self.assertJudged(
            Pinging, "a text comes", Level.FAIL, "sent frames without end"
        )
        self.assertLess(max(end.written for end in self.reactor.ends), 100_000)

    def test_flood(self) -> None:
        """
        What nobody waits for does not fill memory.
        """

        class Flooding(Server):
            def onMessage(self, kind: int, payload: bytes) -> None:
                for _ in range(9):
                    self.transport.write(b"\x82\x7f" + bytes(2) + b"\xff" * 2**19)

        self.judge(Flooding, "a frame is understood")
        self.assertEqual(self.reactor.ends[0].producerState, "paused")

    def test_parameters(self) -> None:
        """
        Compression must be agreed on as it was offered.
        """

        class Inventive(Deflating):
            def agreement(self) -> str:
                return "permessage-deflate; client_max_window_bits=9"

        self.assertJudged(
            Inventive,
            "permessage-deflate: only",
            Level.FAIL,
            'added "client_max_window_bits=9"',
        )

    def test_badDeflate(self) -> None:
        """
        What a server compresses must be possible to inflate.
        """

        class Crushing(Deflating):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, b"\xff" * 8, rsv=4)

        self.assertJudged(
            Crushing,
            "permessage-deflate: a compressed text comes",
            Level.FAIL,
            "sent a compressed message that is broken",
        )
