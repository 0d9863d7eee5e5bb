"""
Tests for L{echo.client.run.modes.holdrun}.
"""

import io

from tests.kit.frames import PING, PONG, serverFrame
from tests.kit.runs import RunTestCase


class HoldRunTests(RunTestCase):
    """
    Tests for L{HoldRun}.
    """

    def test_cutIsReported(self) -> None:
        """
        When and how. Status 6, also after a close with 1000.
        """
        for code in (4001, 1000, 1001):
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin("--hold")
            self.connect()
            self.reactor.advance(60)
            self.close(code)
            self.assertStatus(
                6, "held open for 60.00 s, silent for the last 60.00 s: cut"
            )
            self.assertIn(f"closed by the server: {code}", self.err.getvalue())
            self.assertNotIn("not all messages", self.err.getvalue())
            self.assertNotIn("sent", self.out.getvalue())

    def test_expectedCutIsNoFault(self) -> None:
        self.begin("--hold", "--expect-close", "1001")
        self.connect()
        self.close(1001)
        self.assertStatus(0)

    def test_okIfOpenAtDeadline(self) -> None:
        self.begin("--hold", "-w", "1m")
        self.connect()
        self.reactor.advance(60)
        self.assertClosing()
        self.close()
        self.assertStatus(0, ": not cut")

    def test_okIfOpenAtInterrupt(self) -> None:
        self.begin("--hold", "--json")
        self.connect()
        self.reactor.advance(5)
        self.run_.interrupt()
        self.assertClosing()
        self.close()
        self.assertStatus(0)
        hold = self.records()[-1]["hold"]
        self.assertEqual(hold, {"seconds": 5.0, "idle": 5.0, "cut": False, "pinged": 0})

    def test_pingsAndMessagesAreReported(self) -> None:
        self.begin("--hold-ping", "10s", "--timeout", "3s")
        server = self.connect()
        self.say("Welcome")
        self.reactor.advance(10)
        ((opcode, payload),) = server.frames()
        self.assertEqual(opcode, PING)
        server.say(serverFrame(PONG, payload))
        self.reactor.advance(10)
        self.reactor.advance(3)
        server.hangUp()
        self.assertStatus(
            6,
            'Received: "Welcome"',
            "Pong: ping=1",
            "pings: 2 sent, 1 answered, 1 lost",
        )
        self.assertIn("lost: ping 2", self.err.getvalue())
