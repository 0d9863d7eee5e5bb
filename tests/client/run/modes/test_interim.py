"""
The summary so far, which SIGQUIT asks for.
"""

import io

from tests.kit.reactor import Reactor
from tests.kit.runs import RunTestCase


class InterimTests(RunTestCase):
    """
    The summary so far.
    """

    def test_interimChangesNothing(self) -> None:
        """
        At any moment of a run.
        """
        for arguments in ((), ("--hold",), ("--sweep", "1..4"), ("--connections", "2")):
            for server in self.servers:
                server.hangUp()
            self.reactor = Reactor()
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin(*arguments)
            self.run_.interim()
            self.assertIn("0 sent, 0 received", self.err.getvalue())
            server = self.connect()
            self.reactor.advance(2)
            self.run_.interim()
            self.assertEqual(self.run_.summary.seconds, 2)
            server.hangUp()
            self.run_.interrupt()
            self.reactor.advance(1)
            self.successResultOf(self.over)
            summed = self.out.getvalue()
            self.run_.interim()
            self.assertEqual(self.out.getvalue(), summed)
            self.assertEqual(self.err.getvalue().count("\necho-client: --- ws:"), 2)

    def test_interimRecord(self) -> None:
        self.begin("--json", "-i", "1h")
        self.run_.interim()
        self.connect()
        self.say("Hello 1")
        self.run_.interim()
        self.close()
        modes = [each["type"] for each in self.records()]
        expected = ["interim", "connected", "echo", "interim", "closed", "summary"]
        self.assertEqual(modes, expected)
        received = [
            each["received"] for each in self.records() if each["type"] == "interim"
        ]
        self.assertEqual(received, [0, 1])
