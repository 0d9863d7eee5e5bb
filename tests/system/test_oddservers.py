"""
C{echo-client} against echo servers that are none, or not quite: what it counts, what
it names, and what it exits with. The servers are those of the C{websockets} library.
"""

import re
import signal
import threading
from typing import Any

from websockets.sync.server import ServerConnection

from tests.kit.processes import PATIENCE, ClientProcessTestCase, ClientRun
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
    readNothing,
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

#: Six messages, and as long to wait for what does not come as is more than enough for
#: what comes.
_SIX = ("-c6", "-i", "30ms", "--timeout", "4s")

#: Two messages, the first one given up before the second one is sent.
_LATE = ("-c2", "-i", "1200ms", "--timeout", "800ms")

#: What each summary has to say about round trips.
_TIMES = {
    *("count", "min", "avg", "p50", "p90", "p95", "p99", "p99.9", "max"),
    *("stddev", "jitter"),
}

#: The counts of messages in a summary, when nothing at all has happened.
_NOTHING = {
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


class OddServerTestCase(ClientProcessTestCase):
    """
    Meets odd servers.
    """

    def against(
        self, conversation: Conversation, *arguments: str, **options: Any
    ) -> ClientRun:
        """
        @param options: For the server.

        @return: What the program left, after six messages or whatever the arguments
            say.
        """
        return self.run_(
            *_SIX, *arguments, WebSocketServer(self, conversation, **options).url
        )

    def summary(
        self, conversation: Conversation, *arguments: str, **options: Any
    ) -> dict[str, Any]:
        """
        @return: The record that sums up a run; that there is one, and that it has
            the exit status, is checked.
        """
        return self.summaryOf(
            self.against(conversation, "--json", *arguments, **options)
        )

    def againstAll(
        self, *pairs: tuple[Conversation, tuple[str, ...]]
    ) -> list[ClientRun]:
        """
        @return: What the program left, like L{against}, of runs side by side.
        """
        return self.runAll(
            *(
                (*_SIX, *arguments, WebSocketServer(self, conversation).url)
                for conversation, arguments in pairs
            )
        )

    def summaries(
        self, *pairs: tuple[Conversation, tuple[str, ...]]
    ) -> list[dict[str, Any]]:
        """
        @return: The same as L{summary}, of runs side by side.
        """
        pairs = tuple((each, ("--json", *arguments)) for each, arguments in pairs)
        return [self.summaryOf(run) for run in self.againstAll(*pairs)]

    def summaryOf(self, run: ClientRun) -> dict[str, Any]:
        """
        @return: The last record of a run.
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
        Fail unless the counts of a summary are these, and 0 otherwise.
        """
        found = {name: summary[name] for name in _NOTHING}
        self.assertEqual(found, {**_NOTHING, **counts})

    def assertPassed(self, summary: dict[str, Any]) -> None:
        """
        Fail unless a run ended well.
        """
        self.assertEqual((summary["status"], summary["failed"]), (0, []))

    def assertFailed(self, summary: dict[str, Any], gate: str) -> None:
        """
        Fail unless a run failed, and names one gate as the reason.
        """
        self.assertEqual((summary["status"], len(summary["failed"])), (1, 1), summary)
        self.assertIn(gate, summary["failed"][0])


class MatchingTests(OddServerTestCase):
    """
    What is wrong with the echoes is counted, and the messages are named.
    """

    def _wrong(self, conversation: Conversation, counts: str, *wrong: str) -> ClientRun:
        return self._isWrong(self.against(conversation), counts, *wrong)

    def _isWrong(self, run: ClientRun, counts: str, *wrong: str) -> ClientRun:
        self.assertEqual(run.status, 1, run.err)
        start = next(n for n, line in enumerate(run.lines) if line.startswith("---"))
        summary = run.lines[start + 1 :]
        self.assertTrue(summary[0].startswith(counts), summary)
        # A busy machine may be told that it sent late.
        figures = ("load: ", "response time ", "round trip ", "WARNING: only ")
        named = [line for line in summary[1:] if not line.startswith(figures)]
        self.assertEqual(named, list(wrong))
        return run

    def test_lost(self) -> None:
        """
        What does not come back is lost; when nothing does, there is no round trip to
        speak of.
        """
        some, all_ = self.againstAll((dropping, ()), (mute, ()))
        self._isWrong(some, "6 sent, 4 received, 2 lost (33.3 %)", "lost: 2 (seq 3, 6)")
        lost = [line for line in some.told if line.startswith("lost: seq ")]
        self.assertEqual(lost, ["lost: seq 3", "lost: seq 6"])
        self._isWrong(
            all_,
            "6 sent, 0 received, 6 lost (100.0 %)",
            "lost: 6 (seq 1, 2, 3, 4, 5, 6)",
        )

    def test_altering(self) -> None:
        """
        An altered echo is one, and is named where it comes.
        """
        run = self._wrong(altering, "6 sent, 6 received, 0 lost", "altered: 1 (seq 2)")
        self.assertIn("seq=2 came back altered", run.told)
        self.assertMatches(
            run.lines[1], r'Received: "Hallo 2" seq=2 time=[\d.]+ ms \(altered\)'
        )

    def test_shouting(self) -> None:
        """
        They may all be altered.
        """
        self._wrong(
            upperCasing,
            "6 sent, 6 received, 0 lost",
            "altered: 6 (seq 1, 2, 3, 4, 5, 6)",
        )

    def test_doubling(self) -> None:
        """
        An echo that comes again is named, and counts once.
        """
        run = self._wrong(doubling, "6 sent, 6 received, 0 lost", "twice: 1 (seq 2)")
        self.assertIn("seq=2 came back twice", run.told)

    def test_swapping(self) -> None:
        """
        Of two echoes in the wrong order the one that comes last is out of order.
        """
        run = self._wrong(
            swapping, "6 sent, 6 received, 0 lost", "out of order: 3 (seq 1, 3, 5)"
        )
        self.assertIn("seq=5 came back out of order", run.told)

    def test_retyping(self) -> None:
        """
        Text that comes back binary is named.
        """
        run = self._wrong(
            retyping, "6 sent, 6 received, 0 lost", "type changed: 1 (seq 2)"
        )
        self.assertMatches(
            run.lines[1],
            r"Received: 0x48656c6c6f2032[0-9a-f]{28} \(21 bytes\) seq=2 time=[\d.]+ ms"
            r" \(type changed: text came back binary\)",
        )

    def test_greeting(self) -> None:
        """
        A message that nobody sent is not taken for an echo, whatever it was taken
        for at first.
        """
        self._wrong(greeting("Welcome!"), "6 sent, 6 received, 0 lost", "unexpected: 1")

    def test_ticking(self) -> None:
        """
        Nor are many, whenever they come.
        """
        run = self.against(ticking)
        self.assertEqual(run.status, 1)
        self.assertTrue(any(re.fullmatch(r"unexpected: \d+", x) for x in run.lines))
        counts = [
            line for line in run.lines if line.startswith("6 sent, 6 received, 0")
        ]
        self.assertEqual(len(counts), 1, run.out)

    def test_lagging(self) -> None:
        """
        An echo that comes after its time is late: it is still lost.
        """
        url = WebSocketServer(self, lagging).url
        run = self.run_(*_LATE, url)
        self.assertEqual(run.status, 1)
        self.assertIn("late: 1 (seq 1); lost: 2 (seq 1, 2)", run.lines)
        self.assertIn("seq=1 came back late: it counts as lost", run.told)

    def test_closing(self) -> None:
        """
        A server that closes with a code of its own did echo until then.
        """
        url = WebSocketServer(self, closing(4001, after=1)).url
        run = self.run_("-i", "1h", url)
        self.assertEqual(run.status, 6)
        self.assertEqual(run.told[-1], "closed by the server: 4001")
        self.assertIn("1 sent, 1 received, 0 lost (0.0 %)", run.lines)


class RecordTests(OddServerTestCase):
    """
    C{--json}: the same for programs.
    """

    def test_counts(self) -> None:
        """
        Each kind of oddity has its count.
        """
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
                (*_SIX, "--json", WebSocketServer(self, conversation).url)
                for conversation, _ in cases.values()
            )
        )
        for (name, (_, counts)), run in zip(cases.items(), runs, strict=True):
            summary = self.summaryOf(run)
            self.assertCounts(summary, **{"sent": 6, "received": 6, **counts})
            self.assertEqual(run.status, int(name != "faithful"))
            self.assertEqual((summary["failed"], summary["ping"]), ([], None))

    def test_late(self) -> None:
        """
        What is late has its count, and counts as lost.
        """
        summary = self.summary(lagging, *_LATE)
        self.assertCounts(summary, sent=2, lost=2, late=1)

    def test_times(self) -> None:
        """
        The times are there, in order, for what came back; C{null} if nothing did.
        """
        some, none = self.summaries((dropping, ()), (mute, ()))
        times = some["rtt"]
        self.assertLessEqual(_TIMES, set(times))
        self.assertEqual(times["count"], 4)
        ordered = ["min", "p50", "p90", "p95", "p99", "p99.9", "max"]
        values = [times[name] for name in ordered]
        self.assertEqual(values, sorted(values))
        self.assertIsNone(none["rtt"])

    def test_faults(self) -> None:
        """
        The summary is there, and last, whatever happens: an error is a record too.
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

    def test_lost(self) -> None:
        """
        So it is when the connection breaks, by itself or by the rules.
        """
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

    def test_interrupted(self) -> None:
        """
        And when Ctrl-C ends it.
        """
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


class LeftOutTests(OddServerTestCase):
    """
    C{--greeting} and C{--warmup}: what does not count.
    """

    def test_greeting(self) -> None:
        """
        So many messages are not looked at, and the next ones are.
        """
        welcome = greeting("Welcome!", "Enjoy!")
        both, one = self.summaries(
            (welcome, ("--greeting", "2")), (welcome, ("--greeting", "1"))
        )
        self.assertCounts(both, sent=6, received=6)
        self.assertCounts(one, sent=6, received=6, unexpected=1)

    def test_losses(self) -> None:
        """
        A greeting that a plain echo server does not send is a demand that fails; all
        echoes count. With C{--warmup} the first messages are left out of the times, and
        of nothing else.
        """
        missed, warm, cold = self.summaries(
            (echo, ("--greeting", "1")),
            (dropping, ("--warmup", "2")),
            (echo, ("--warmup", "9")),
        )
        self.assertCounts(missed, sent=6, received=6)
        self.assertEqual(missed["status"], 1)
        said = "--greeting 1: none came before the first echo"
        self.assertEqual(missed["failed"], [said])
        self.assertCounts(warm, sent=6, received=4, lost=2)
        self.assertEqual(warm["rtt"]["count"], 2)
        self.assertIsNone(cold["rtt"])
        self.assertEqual(cold["status"], 0)


class PingTests(OddServerTestCase):
    """
    C{--ping}: the round trip of a control ping beside that of each message.
    """

    def test_faithful(self) -> None:
        """
        All messages and all pings are answered.
        """
        summary = self.summary(echo, "--ping")
        self.assertCounts(summary, sent=6, received=6)
        pings = summary["ping"]
        found = (pings["sent"], pings["received"], pings["lost"])
        self.assertEqual(found, (6, 6, 0))
        self.assertEqual(summary["status"], 0)

    def test_mute(self) -> None:
        """
        Somebody answers the pings, and nobody the messages: it fails. A person reads
        it too.
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


class GateTests(OddServerTestCase):
    """
    What continuous integration demands.
    """

    def test_loss(self) -> None:
        """
        Loss may be acceptable. A person reads what was demanded, too.
        """
        *good, bad, text = self.againstAll(
            *(
                (dropping, ("--json", "--max-loss", percent))
                for percent in ("40%", "40", "100%", "20%")
            ),
            (dropping, ("--max-loss", "20%")),
        )
        for run in good:
            self.assertPassed(self.summaryOf(run))
        self.assertFailed(self.summaryOf(bad), "--max-loss")
        self.assertEqual(text.status, 1)
        self.assertIn("--max-loss", text.out + text.err)

    def test_notLoss(self) -> None:
        """
        Nothing else is acceptable by that.
        """
        for conversation in (altering, doubling, retyping):
            run = self.against(conversation, "--max-loss", "100%")
            self.assertEqual(run.status, 1, run.out)

    def test_roundTrip(self) -> None:
        """
        Each of the figures can be bounded; without one it is the longest time.
        """
        which = ("", "@p50", "@p90", "@p95", "@p99", "@p99.9", "@avg", "@max")
        generous = tuple(f"--max-rtt=1m{each}" for each in which)
        good, slow, silent = self.summaries(
            (echo, ("-i0", *generous)),
            (echo, ("-i0", *generous, "--max-rtt", "0s@p50")),
            (mute, ("-i0", "-c1", "--max-loss", "100%", "--max-rtt", "1m")),
        )
        self.assertPassed(good)
        self.assertFailed(slow, "--max-rtt")
        self.assertFailed(silent, "--max-rtt")

    def test_close(self) -> None:
        """
        A close may be what is wanted, and nothing else then.
        """
        summary = self.summary(echo, "--expect-close", "4001")
        self.assertFailed(summary, "--expect-close")
        url = WebSocketServer(self, closing(4002, after=1)).url
        run = self.run_("--json", "--expect-close", "4001", "-i", "1h", url)
        self.assertNotEqual(run.status, 0)
        (failed,) = self.summaryOf(run)["failed"]
        self.assertIn("--expect-close", failed)

    def test_closeWithoutCount(self) -> None:
        """
        It ends a run without end.
        """
        url = WebSocketServer(self, closing(4001, after=1)).url
        run = self.run_("--json", "--expect-close", "4001", "-i", "1h", url)
        self.assertEqual(run.status, 0, run.err)
        self.assertCounts(self.summaryOf(run), sent=1, received=1)

    def test_subprotocol(self) -> None:
        """
        The server has to choose the subprotocol that is wanted.
        """
        offer = ("--subprotocol", "one", "--subprotocol", "two")
        wanted = (*offer, "--expect-subprotocol", "two")
        run = self.against(echo, *wanted, subprotocols=["two"])
        self.assertEqual(run.status, 0, run.err)
        for options in ({"subprotocols": ["one"]}, {}):
            summary = self.summary(echo, *wanted, **options)
            self.assertFailed(summary, "--expect-subprotocol")

    def test_compression(self) -> None:
        """
        It has to accept permessage-deflate.
        """
        run = self.against(echo, "--expect-compression", compression="deflate")
        self.assertEqual(run.status, 0, run.err)
        summary = self.summary(echo, "--expect-compression")
        self.assertFailed(summary, "--expect-compression")


class DeadlineTests(OddServerTestCase):
    """
    C{-w}: the end of it, however it goes.
    """

    def test_faithful(self) -> None:
        """
        A run without end ends, and well if all came back.
        """
        for run in self.runAll(
            *(
                ("--json", "-i", "50ms", switch, "2s", WebSocketServer(self).url)
                for switch in ("-w", "--deadline")
            )
        ):
            summary = self.summaryOf(run)
            self.assertEqual(summary["status"], 0, run.err)
            self.assertGreater(summary["sent"], 1)
            self.assertEqual(summary["received"], summary["sent"])

    def test_mute(self) -> None:
        """
        What has not come back by then is lost, however long one would have waited.
        """
        patient = ("--json", "-i", "1h", "--timeout", "1h", "-w", "3s")
        end = ("--close-timeout", "200ms")
        run = self.run_(*patient, *end, WebSocketServer(self, mute).url)
        self.assertEqual(run.status, 1)
        self.assertCounts(self.summaryOf(run), sent=1, lost=1)

    def test_unopened(self) -> None:
        """
        It holds for connecting too.
        """
        patient = ("--json", "--timeout", "1h", "-w", "500ms")
        run = self.run_(
            *patient, ScriptedServer(self, inTurn(readRequest, readNothing)).url
        )
        self.assertNotEqual(run.status, 0)
        self.assertCounts(self.summaryOf(run))
