"""
Servers that break the network or the protocol, and how the client must end.

The servers follow scripts on real sockets. Each L{Fault} is a row of a table.
"""

from typing import NamedTuple

from tests.kit.processes import ClientProcessTestCase, ClientRun
from tests.kit.servers import (
    ScriptedServer,
    Step,
    acceptUpgrade,
    inTurn,
    receive,
)


class Fault(NamedTuple):
    """
    A run of the client, and its end.

    @ivar arguments: The command line, mostly the URL of a L{ScriptedServer}.

    @ivar status: The exit status.

    @ivar line: The beginning of the last line on standard error.
    """

    arguments: tuple[str, ...]
    status: int
    line: str

    def matches(self, run: ClientRun) -> bool:
        return run.status == self.status and run.errorLines[-1].startswith(self.line)


class FaultTestCase(ClientProcessTestCase):
    """
    Runs the client against faults.
    """

    def bare(self, *steps: Step) -> str:
        """
        @return: The URL of a scripted server.
        """
        return ScriptedServer(self, inTurn(*steps)).url

    def opened(self, *steps: Step) -> str:
        """
        @return: The URL of a scripted server that has opened the WebSocket and received
            the first message.
        """
        return self.bare(acceptUpgrade, receive, *steps)

    def meet(self, *faults: Fault) -> list[ClientRun]:
        """
        Run the client against all of the faults, side by side, and assert the exit
        status and the last line of each.
        """
        runs = self.runAll(*(fault.arguments for fault in faults))
        wrong = [
            f"{run.status} {run.err!r} is not {fault}"
            for fault, run in zip(faults, runs, strict=True)
            if not fault.matches(run)
        ]
        self.assertEqual(wrong, [])
        return runs

    def assertUnopened(self, *faults: Fault) -> None:
        """
        Assert that each run writes its one line, and nothing else.
        """
        for run in self.meet(*faults):
            self.assertEqual((run.out, len(run.errorLines)), ("", 1), run.err)

    def assertOpened(self, *faults: Fault, lost: int) -> None:
        """
        Assert that each run writes its line after those about the connection and the
        lost message, and that the summary counts it.

        @param lost: 1 if the message is lost, or 0.
        """
        for fault, run in zip(faults, self.meet(*faults), strict=True):
            url = fault.arguments[-1]
            self.assertTrue(
                run.errorLines[0].startswith(f"connected to {url} ("), run.err
            )
            self.assertEqual(run.errorLines[1:-1], ["lost: seq 1"] * lost)
            summary = run.lines[run.lines.index(f"--- {url} ---") + 1 :]
            counts = f"1 sent, {1 - lost} received, {lost} lost ("
            self.assertTrue(summary[0].startswith(counts), run.out)
            self.assertEqual("lost: 1 (seq 1)" in summary, bool(lost), run.out)
