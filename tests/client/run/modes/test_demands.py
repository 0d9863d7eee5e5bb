"""
C{--expect-...} and C{--max-...} in a run over one connection.
"""

from tests.kit.frames import CLOSE
from tests.kit.runs import RunTestCase


class GateTests(RunTestCase):
    """
    The demands on a handshake, on losses and on the close.
    """

    def test_otherSubprotocolEndsRunAtOnce(self) -> None:
        """
        Nothing is sent, also with C{--reconnect}.
        """
        for arguments in ((), ("--reconnect",), ("--hold",)):
            self.begin("--expect-subprotocol", "b", "--subprotocol", "a", *arguments)
            self.connect("Sec-WebSocket-Protocol: a")
            self.assertEqual(self.servers[-1].frames(), [(CLOSE, b"\x03\xe8")])
            self.close()
            self.assertStatus(1, '--expect-subprotocol b: the server chose "a"')

    def test_chosenSubprotocolChangesNothing(self) -> None:
        self.begin("--expect-subprotocol", "a", "-c1")
        self.connect("Sec-WebSocket-Protocol: a")
        self.say("Hello 1")
        self.close()
        self.assertStatus(0)
        self.assertEqual(self.failed, [])

    def test_declinedCompressionEndsRunAtOnce(self) -> None:
        self.begin("--expect-compression")
        self.connect()
        self.assertEqual(self.servers[-1].frames(), [(CLOSE, b"\x03\xe8")])
        self.close()
        self.assertStatus(1, "--expect-compression: the server declined")

    def test_lossIsJudgedAtTheEnd(self) -> None:
        self.begin("-c1", "--max-loss", "10%", "--max-rtt", "1s")
        self.connect()
        self.close(1001)
        self.assertStatus(
            6,
            "FAILED: --max-loss 10%: 100 % lost",
            "FAILED: --max-rtt 1s: there was no round trip",
        )

    def test_expectedCloseExcusesCutOffMessages(self) -> None:
        """
        And messages that were not sent.
        """
        for arguments in ((), ("-c9",)):
            self.begin("--expect-close", "4001", *arguments)
            self.connect()
            self.close(4001)
            self.assertStatus(0, "1 lost (100.0 %)")
            self.assertNotIn("cut short", self.out.getvalue())
            self.assertFalse(self.run_.summary.complete)
            self.assertEqual(self.failed, [])

    def test_expectedCloseExcusesNoEarlierLoss(self) -> None:
        self.begin("--expect-close", "4001", "--timeout", "500us", "-i", "1s")
        self.connect()
        self.reactor.advance(1)
        self.assertEqual(self.run_.summary.statistics.lost.count, 1)
        self.close(4001)
        self.assertStatus(1, "2 lost")
        self.assertEqual(self.failed, [])

    def test_expectedCloseExcusesNoOvertakenMessage(self) -> None:
        """
        The echo of a later message arrived, so the close did not cut this one off.
        """
        self.begin("--expect-close", "4001", "-i", "1s")
        self.connect()
        self.reactor.pump([1, 1])
        self.say("Hello 2")
        self.close(4001)
        self.assertStatus(1, "3 sent, 1 received, 2 lost")
        self.assertEqual(self.run_.summary.cutOff, 1)
        self.assertEqual(self.failed, [])

    def test_otherCloseCodeIsEarlyEnd(self) -> None:
        for code in (4002, 1000):
            self.begin("--expect-close", "4001")
            self.connect()
            self.say("Hello 1")
            self.close(code)
            self.assertStatus(6, f"--expect-close 4001: the server closed with {code}")

    def test_closeByClientIsNotExpectedClose(self) -> None:
        self.begin("--expect-close", "1000", "-c1")
        self.connect()
        self.say("Hello 1")
        self.close()
        self.assertStatus(1, "--expect-close 1000: it did not close")
