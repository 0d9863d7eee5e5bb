"""
Thresholds, deadlines, and messages that do not count.
"""

from tests.kit.servers import (
    ScriptedServer,
    WebSocketServer,
    altering,
    closing,
    doubling,
    dropping,
    echo,
    greeting,
    inTurn,
    mute,
    readNothing,
    readRequest,
    retyping,
)
from tests.system.client.counts import CountsTestCase


class LeftOutTests(CountsTestCase):
    """
    C{--greeting} and C{--warmup}.
    """

    def test_greetingOfNMessages(self) -> None:
        welcome = greeting("Welcome!", "Enjoy!")
        both, one = self.summaries(
            (welcome, ("--greeting", "2")), (welcome, ("--greeting", "1"))
        )
        self.assertCounts(both, sent=6, received=6)
        self.assertCounts(one, sent=6, received=6, unexpected=1)

    def test_missingGreetingAndWarmup(self) -> None:
        """
        A missing greeting fails. Warm-up messages have no round trips, but count
        otherwise.
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


class ThresholdTests(CountsTestCase):
    """
    Options that make a run fail.
    """

    def test_maxLoss(self) -> None:
        """
        In text, too.
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

    def test_maxLossCoversOnlyLosses(self) -> None:
        for conversation in (altering, doubling, retyping):
            run = self.against(conversation, "--max-loss", "100%")
            self.assertEqual(run.status, 1, run.out)

    def test_maxRoundTripOfEachFigure(self) -> None:
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

    def test_expectClose(self) -> None:
        summary = self.summary(echo, "--expect-close", "4001")
        self.assertFailed(summary, "--expect-close")
        url = WebSocketServer(self, closing(4002, after=1)).url
        run = self.run_("--json", "--expect-close", "4001", "-i", "1h", url)
        self.assertNotEqual(run.status, 0)
        (failed,) = self.summaryOf(run)["failed"]
        self.assertIn("--expect-close", failed)

    def test_expectedCloseEndsRun(self) -> None:
        url = WebSocketServer(self, closing(4001, after=1)).url
        run = self.run_("--json", "--expect-close", "4001", "-i", "1h", url)
        self.assertEqual(run.status, 0, run.err)
        self.assertCounts(self.summaryOf(run), sent=1, received=1)

    def test_expectSubprotocol(self) -> None:
        offer = ("--subprotocol", "one", "--subprotocol", "two")
        wanted = (*offer, "--expect-subprotocol", "two")
        run = self.against(echo, *wanted, subprotocols=["two"])
        self.assertEqual(run.status, 0, run.err)
        for options in ({"subprotocols": ["one"]}, {}):
            summary = self.summary(echo, *wanted, **options)
            self.assertFailed(summary, "--expect-subprotocol")

    def test_expectCompression(self) -> None:
        run = self.against(echo, "--expect-compression", compression="deflate")
        self.assertEqual(run.status, 0, run.err)
        summary = self.summary(echo, "--expect-compression")
        self.assertFailed(summary, "--expect-compression")


class DeadlineTests(CountsTestCase):
    """
    C{-w}.
    """

    def test_endsRun(self) -> None:
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

    def test_outstandingEchoesAreLost(self) -> None:
        patient = ("--json", "-i", "1h", "--timeout", "1h", "-w", "3s")
        end = ("--close-timeout", "200ms")
        run = self.run_(*patient, *end, WebSocketServer(self, mute).url)
        self.assertEqual(run.status, 1)
        self.assertCounts(self.summaryOf(run), sent=1, lost=1)

    def test_coversConnecting(self) -> None:
        patient = ("--json", "--timeout", "1h", "-w", "500ms")
        run = self.run_(
            *patient, ScriptedServer(self, inTurn(readRequest, readNothing)).url
        )
        self.assertNotEqual(run.status, 0)
        self.assertCounts(self.summaryOf(run))
