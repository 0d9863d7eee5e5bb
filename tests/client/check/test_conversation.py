"""
Tests of the answers that a case awaits, and of their time-out.
"""

from echo.client.check.verdicts import Level
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.frames import NoFrameLimit
from tests.kit.frames import CONTINUATION, PONG, TEXT
from tests.kit.referenceserver import Received, ReferenceServer, Violation


class AnswerTests(CheckTestCase):
    """
    The verdict tells the frame that the server sent.
    """

    def test_closeInPlaceOfAnswer(self) -> None:
        class ClosesAlways(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                raise Violation(1008)

            def onPing(self, payload: bytes) -> None:
                raise Violation(1011)

        self.assertJudged(ClosesAlways, "a text comes", Level.FAIL, "closed with 1008")
        self.assertJudged(ClosesAlways, "an empty ping", Level.FAIL, "closed with 1011")

    def test_textThatIsNotUTF8(self) -> None:
        class SendsInvalidUTF8(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                super().onMessage(kind, b"\xff")

        self.assertJudged(
            SendsInvalidUTF8,
            "a text comes",
            Level.FAIL,
            "sent text that is not UTF-8: 0xff (1 bytes)",
        )

    def test_textWithinFragments(self) -> None:
        class TextInFragments(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(TEXT, b"Hel", fin=False)
                self.write(TEXT, b"lo")

        self.assertJudged(TextInFragments, "a text comes", Level.FAIL, 'sent text "lo"')

    def test_partsOfAnswer(self) -> None:
        class PartialAnswers(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, payload[:1], fin=False)

            def onFrame(self, received: Received) -> None:
                if received.payload == b"":
                    self.transport.write(b"\x8a")
                else:
                    super().onFrame(received)

        self.assertJudged(
            PartialAnswers,
            "a text comes",
            Level.FAIL,
            'sent text "H", and nothing more within 10 s',
        )
        self.assertJudged(
            PartialAnswers,
            "an empty ping",
            Level.FAIL,
            "no complete answer within 10 s",
        )


class FailureTests(CheckTestCase):
    """
    Does the server fail the connection?
    """

    def test_lateFailurePasses(self) -> None:
        test = self

        class FailsLate(ReferenceServer):
            def fail(self, code: int) -> None:
                self._over = True
                self.write(TEXT, b"late")
                test.reactor.callLater(3, super().fail, code)

        self.assertJudged(FailsLate, "a frame with RSV2", Level.OK)

    def test_echoMeansStayedOpen(self) -> None:
        class EchoesAndNoPongs(ReferenceServer):
            def checkMask(self, second: int) -> None:
                pass

            def onPing(self, payload: bytes) -> None:
                pass

        self.assertJudged(
            EchoesAndNoPongs,
            "a frame without a mask",
            Level.FAIL,
            'stayed open, and sent text "Hello"',
        )
        self.assertJudged(
            EchoesAndNoPongs,
            "a ping without a mask",
            Level.FAIL,
            "no answer within 10 s",
        )

    def test_unsolicitedPongIsNoAnswer(self) -> None:
        class UnsolicitedPong(NoFrameLimit):
            def greet(self) -> None:
                self.write(PONG, b"I am here")

        self.assertJudged(
            UnsolicitedPong, "a frame of 2^62", Level.NOTE, "waits for the whole frame"
        )


class LimitTests(CheckTestCase):
    """
    A server cannot fill the memory of the client.
    """

    def test_endlessMessage(self) -> None:
        class EndlessMessage(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.write(kind, b"", fin=False)
                for _ in range(3):
                    self.write(CONTINUATION, bytes(2**19), fin=False)

        self.assertJudged(
            EndlessMessage, "a text comes", Level.FAIL, "sent a message without an end"
        )

    def test_endlessPings(self) -> None:
        class EndlessPings(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                self.transport.write(b"\x89\0" * 20_000)

        self.assertJudged(
            EndlessPings, "a text comes", Level.FAIL, "sent frames without end"
        )
        self.assertLess(max(end.written for end in self.reactor.ends), 100_000)

    def test_unreadBytesPauseTheTransport(self) -> None:
        class EndlessFrame(ReferenceServer):
            def onMessage(self, kind: int, payload: bytes) -> None:
                for _ in range(9):
                    self.transport.write(b"\x82\x7f" + bytes(2) + b"\xff" * 2**19)

        self.judge(EndlessFrame, "a frame is understood")
        self.assertEqual(self.reactor.ends[0].producerState, "paused")
