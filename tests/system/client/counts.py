"""
The client against servers whose echoes are wrong, and the counts of its summaries.
"""

from typing import Any

from tests.kit.processes import ClientProcessTestCase, ClientRun
from tests.kit.servers import (
    Conversation,
    WebSocketServer,
)

#: Six messages. The timeout is long enough for the echoes that do come.
SIX = ("-c6", "-i", "30ms", "--timeout", "4s")


#: The counts of a summary without any message.
NOTHING = {
    "sent": 0,
    "received": 0,
    "lost": 0,
    "duplicated": 0,
    "reordered": 0,
    "altered": 0,
    "typeChanged": 0,
    "late": 0,
    "unexpected": 0,
}


class CountsTestCase(ClientProcessTestCase):
    """
    Runs the client, and asserts its counts.
    """

    def against(
        self, conversation: Conversation, *arguments: str, **options: Any
    ) -> ClientRun:
        """
        Run the client for six messages, or as the arguments say.

        @param options: Those of the server.
        """
        return self.run_(
            *SIX, *arguments, WebSocketServer(self, conversation, **options).url
        )

    def summary(
        self, conversation: Conversation, *arguments: str, **options: Any
    ) -> dict[str, Any]:
        """
        @return: The summary of a run like that of L{against}.
        """
        return self.summaryOf(
            self.against(conversation, "--json", *arguments, **options)
        )

    def againstAll(
        self, *pairs: tuple[Conversation, tuple[str, ...]]
    ) -> list[ClientRun]:
        """
        Like L{against}, for runs side by side.
        """
        return self.runAll(
            *(
                (*SIX, *arguments, WebSocketServer(self, conversation).url)
                for conversation, arguments in pairs
            )
        )

    def summaries(
        self, *pairs: tuple[Conversation, tuple[str, ...]]
    ) -> list[dict[str, Any]]:
        """
        Like L{summary}, for runs side by side.
        """
        pairs = tuple((each, ("--json", *arguments)) for each, arguments in pairs)
        return [self.summaryOf(run) for run in self.againstAll(*pairs)]

    def summaryOf(self, run: ClientRun) -> dict[str, Any]:
        """
        @return: The last record of a run, which must be a summary with the exit status.
        """
        self.assertNotEqual(run.lines, [], run.err)
        for record in run.records:
            self.assertEqual(record["schema"], 1)
        types = [record["type"] for record in run.records]
        self.assertEqual(types.index("summary"), len(types) - 1)
        summary = run.records[-1]
        self.assertEqual(summary["status"], run.status)
        return summary

    def assertCounts(self, summary: dict[str, Any], **counts: int) -> None:
        """
        Assert the counts of a summary; those that are not given must be 0.
        """
        found = {name: summary[name] for name in NOTHING}
        self.assertEqual(found, {**NOTHING, **counts})

    def assertPassed(self, summary: dict[str, Any]) -> None:
        self.assertEqual((summary["status"], summary["failed"]), (0, []))

    def assertFailed(self, summary: dict[str, Any], threshold: str) -> None:
        """
        Assert that a run failed, and that one threshold is the reason.
        """
        self.assertEqual((summary["status"], len(summary["failed"])), (1, 1), summary)
        self.assertIn(threshold, summary["failed"][0])
