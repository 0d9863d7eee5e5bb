"""
Servers whose echoes are wrong: what the client counts and reports.
"""

import re
import signal
import threading
from typing import Any

from websockets.sync.server import ServerConnection

from tests.kit.processes import PATIENCE, ClientRun
from tests.kit.servers import (
    Conversation,
    ScriptedServer,
    WebSocketServer,
    acceptUpgrade,
    altering,
    closing,
    doubling,
    dropping,
    echo,
    greeting,
    inTurn,
    lagging,
    mute,
    readRequest,
    readToEnd,
    receive,
    reset,
    retyping,
    send,
    swapping,
    ticking,
    upperCasing,
)
from tests.system.client.counts import SIX, CountsTestCase

#: Two messages. The first times out before the second is sent.
_LATE = ("-c2", "-i", "1200ms", "--timeout", "800ms")


#: The figures of round trips in each summary.
_TIMES = {
    *("count", "min", "avg", "p50", "p90", "p95", "p99", "p99.9", "max"),
    *("stddev", "jitter"),
}


class TextTests(CountsTestCase):
    """
    In text.
    """

    def _wrong(self, conversation: Conversation, counts: str, *wrong: str) -> ClientRun:
        return self._isWrong(self.against(conversation), counts, *wrong)

    def _isWrong(self, run: ClientRun, counts: str, *wrong: str) -> ClientRun:
        self.assertEqual(run.status, 1, run.err)
        start = next(n for n, line in enumerate(run.lines) if line.startswith("---"))
        summary = run.lines[start + 1 :]
        self.assertTrue(summary[0].startswith(counts), summary)
        # On a busy machine, the client may warn that it sent late.
        figures = ("load: ", "response time ", "round trip ", "WARNING: only ")
        named = [line for line in summary[1:] if not line.startswith(figures)]
        self.assertEqual(named, list(wrong))
        return run

    def test_lost(self) -> None:
        """
        Without any echo there are no round trips.
        """
        some, all_ = self.againstAll((dropping, ()), (mute, ()))
        self._isWrong(some, "6 sent, 4 received, 2 lost (33.3 %)", "lost: 2 (seq 3, 6)")
        lost = [line for line in some.errorLines if line.startswith("lost: seq ")]
        self.assertEqual(lost, ["lost: seq 3", "lost: seq 6"])
        self._isWrong(
            all_,
            "6 sent, 0 received, 6 lost (100.0 %)",
            "lost: 6 (seq 1, 2, 3, 4, 5, 6)",
        )

    def test_altered(self) -> None:
        run = self._wrong(altering, "6 sent, 6 received, 0 lost", "altered: 1 (seq 2)")
        self.assertIn("seq=2 came back altered", run.errorLines)
        self.assertMatches(
            run.lines[1], r'Received: "Hallo 2" seq=2 time=[\d.]+ ms \(altered\)'
        )

    def test_allAltered(self) -> None:
        self._wrong(
            upperCasing,
            "6 sent, 6 received, 0 lost",
            "altered: 6 (seq 1, 2, 3, 4, 5, 6)",
        )

    def test_duplicated(self) -> None:
        """
        An echo counts once.
        """
        run = self._wrong(doubling, "6 sent, 6 received, 0 lost", "twice: 1 (seq 2)")
        self.assertIn("seq=2 came back twice", run.errorLines)

    def test_reordered(self) -> None:
        run = self._wrong(
            swapping, "6 sent, 6 received, 0 lost", "out of order: 3 (seq 1, 3, 5)"
        )
        self.assertIn("seq=5 came back out of order", run.errorLines)

    def test_typeChanged(self) -> None:
        run = self._wrong(
            retyping, "6 sent, 6 received, 0 lost", "type changed: 1 (seq 2)"
        )
        self.assertMatches(
            run.lines[1],
            r"Received: 0x48656c6c6f2032[0-9a-f]{28} \(21 bytes\) seq=2 time=[\d.]+ ms"
            r" \(type changed: text came back binary\)",
        )

    def test_greetingIsUnexpected(self) -> None:
        self._wrong(greeting("Welcome!"), "6 sent, 6 received, 0 lost", "unexpected: 1")

    def test_unexpectedBetweenEchoes(self) -> None:
        run = self.against(ticking)
        self.assertEqual(run.status, 1)
        self.assertTrue(any(re.fullmatch(r"unexpected: \d+", x) for x in run.lines))
        counts = [
            line for line in run.lines if line.startswith("6 sent, 6 received, 0")
        ]
        self.assertEqual(len(counts), 1, run.out)

    def test_lateIsLost(self) -> None:
        url = WebSocketServer(self, lagging).url
        run = self.run_(*_LATE, url)
        self.assertEqual(run.status, 1)
        self.assertIn("late: 1 (seq 1); lost: 2 (seq 1, 2)", run.lines)
        self.assertIn("seq=1 came back late: it counts as lost", run.errorLines)

    def test_closedWithCode(self) -> None:
        """
        Echoes before it count.
        """
        url = WebSocketServer(self, closing(4001, after=1)).url
        run = self.run_("-i", "1h", url)
        self.assertEqual(run.status, 6)
        self.assertEqual(run.errorLines[-1], "closed by the server: 4001")
        self.assertIn("1 sent, 1 received, 0 lost (0.0 %)", run.lines)


class JSONTests(CountsTestCase):
    """
    With C{--json}.
    """

    def test_countOfEachKind(self) -> None:
        cases: dict[str, tuple[Conversation, dict[str, int]]] = {
            "faithful": (echo, {}),
            "dropping": (dropping, {"received": 4, "lost": 2}),
            "mute": (mute, {"received": 0, "lost": 6}),
            "altering": (altering, {"altered": 1}),
            "shouting": (upperCasing, {"altered": 6}),
            "doubling": (doubling, {"duplicated": 1}),
            "swapping": (swapping, {"reordered": 3}),
            "retyping": (retyping, {"typeChanged": 1}),
            "greeting": (greeting("Welcome!", "Enjoy!"), {"unexpected": 2}),
        }
        runs = self.runAll(
            *(
                (*SIX, "--json", WebSocketServer(self, conversation).url)
                for conversation, _ in cases.values()
            )
        )
        for (name, (_, counts)), run in zip(cases.items(), runs, strict=True):
            summary = self.summaryOf(run)
            self.assertCounts(summary, **{"sent": 6, "received": 6, **counts})
            self.assertEqual(run.status, int(name != "faithful"))
            self.assertEqual((summary["failed"], summary["ping"]), ([], None))

    def test_lateCountsAsLost(self) -> None:
        summary = self.summary(lagging, *_LATE)
        self.assertCounts(summary, sent=2, lost=2, late=1)

    def test_roundTripsInOrder(self) -> None:
        """
        They are C{null} without any echo.
        """
        some, none = self.summaries((dropping, ()), (mute, ()))
        times = some["rtt"]
        self.assertLessEqual(_TIMES, set(times))
        self.assertEqual(times["count"], 4)
        ordered = ["min", "p50", "p90", "p95", "p99", "p99.9", "max"]
        values = [times[name] for name in ordered]
        self.assertEqual(values, sorted(values))
        self.assertIsNone(none["rtt"])

    def test_summaryAfterError(self) -> None:
        """
        It is the last record.
        """
        unopened = {
            4: self._bare(readRequest, send(b"HTTP/1.1 401 Unauthorized\r\n\r\n")),
            5: self._bare(readRequest, send(b"nonsense\r\n\r\n")),
            3: "ws://nobody.invalid/",
        }
        runs = self.runAll(*(("--json", url) for url in unopened.values()))
        for status, run in zip(unopened, runs, strict=True):
            summary = self.summaryOf(run)
            self.assertEqual(summary["status"], status)
            self.assertCounts(summary)
            self.assertIn("error", [record["type"] for record in run.records])
            self.assertEqual((summary["rtt"], summary["ping"]), (None, None))

    def test_summaryAfterLostConnection(self) -> None:
        opened = {
            6: self._bare(acceptUpgrade, receive, reset),
            5: self._bare(acceptUpgrade, receive, send(b"\x83\0"), readToEnd),
        }
        once = ("--json", "-i", "1h", "--close-timeout", "100ms")
        runs = self.runAll(*((*once, url) for url in opened.values()))
        for status, run in zip(opened, runs, strict=True):
            summary = self.summaryOf(run)
            self.assertEqual(summary["status"], status)
            self.assertCounts(summary, sent=1, lost=1)

    def test_summaryAfterSigint(self) -> None:
        answered = threading.Event()

        def once(connection: ServerConnection) -> None:
            connection.send(connection.recv())
            answered.set()

        process = self.start("--json", "-i", "1h", WebSocketServer(self, once).url)
        self.assertTrue(answered.wait(PATIENCE))
        process.send_signal(signal.SIGINT)
        summary = self.summaryOf(self.finish(process))
        self.assertEqual(summary["status"], 0)
        self.assertCounts(summary, sent=1, received=1)

    def _bare(self, *steps: Any) -> str:
        return ScriptedServer(self, inTurn(*steps)).url


class PingTests(CountsTestCase):
    """
    With C{--ping}.
    """

    def test_messagesAndPings(self) -> None:
        summary = self.summary(echo, "--ping")
        self.assertCounts(summary, sent=6, received=6)
        pings = summary["ping"]
        found = (pings["sent"], pings["received"], pings["lost"])
        self.assertEqual(found, (6, 6, 0))
        self.assertEqual(summary["status"], 0)

    def test_pongsWithoutEchoesFail(self) -> None:
        """
        In text, too.
        """
        data, text = self.againstAll((mute, ("--json", "--ping")), (mute, ("--ping",)))
        summary = self.summaryOf(data)
        self.assertCounts(summary, sent=6, lost=6)
        pings = summary["ping"]
        found = (pings["sent"], pings["received"], pings["lost"])
        self.assertEqual(found, (6, 6, 0))
        self.assertEqual(summary["status"], 1)
        self.assertEqual(text.status, 1)
        self.assertIn("6 sent, 0 received, 6 lost (100.0 %)", text.lines)
        self.assertTrue(
            any("ping" in line and "6 sent" in line for line in text.lines), text.out
        )
