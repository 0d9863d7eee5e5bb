"""
Tests for L{echo.client.output.text.eventlines}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.distribution import Distribution
from echo.client.measure.events import Progress
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.summary import Step
from echo.client.output.text.eventlines import (
    endText,
    outageLine,
    phasesText,
    progressLine,
    receivedLine,
    seqsText,
    stepLine,
)
from echo.client.transport.phases import Phases
from tests.kit.samples import (
    HARMLESS,
    HOSTILE,
    LAST_OUTAGE,
    OUTAGE,
    distribution,
)


class ReceivedTests(SynchronousTestCase):
    """
    The lines of messages.
    """

    def test_hasNumberAndMilliseconds(self) -> None:
        line = receivedLine(Echo(1, 421_000, answers=True), "Hello 1")
        self.assertEqual(line, 'Received: "Hello 1" seq=1 time=0.42 ms')

    def test_unaskedMessageHasNeither(self) -> None:
        line = receivedLine(Echo(None, None), b"\x00\xff")
        self.assertEqual(line, "Received: 0x00ff (2 bytes)")

    def test_namesAnomalies(self) -> None:
        changed = Anomaly.TYPE_CHANGED
        cases: list[tuple[Echo, str | bytes, str]] = [
            (Echo(1, 0, (Anomaly.TWICE,)), "a", " ms (twice)"),
            (Echo(1, 0, (changed,)), b"a", " (type changed: text came back binary)"),
            (Echo(1, 0, (changed,)), "a", " (type changed: binary came back text)"),
            (
                Echo(1, 0, (changed, Anomaly.OUT_OF_ORDER)),
                "a",
                "(type changed: binary came back text, out of order)",
            ),
            (Echo(None, None, (Anomaly.UNEXPECTED,)), "a", '"a" (unexpected)'),
        ]
        for echo, message, end in cases:
            line = receivedLine(echo, message)
            self.assertTrue(line.endswith(end), line)

    def test_escapesMessage(self) -> None:
        line = receivedLine(Echo(None, None), HOSTILE)
        self.assertEqual(line, f'Received: "{HARMLESS}"')


class EventTests(SynchronousTestCase):
    """
    The lines of other events.
    """

    def test_phases(self) -> None:
        """
        A phase that was not needed has no time.
        """
        self.assertEqual(
            phasesText(Phases(0.0005, 0.001, 0.002, 0.003, 0.004)),
            "10.50 ms (DNS 0.50, TCP 1.00, proxy 2.00, TLS 3.00, upgrade 4.00)",
        )
        self.assertEqual(
            phasesText(Phases(None, 0.001, None, None, 0.002, "unix socket")),
            "3.00 ms (unix socket 1.00, upgrade 2.00)",
        )

    def test_firstTenNumbersAreListed(self) -> None:
        self.assertEqual(seqsText([3], 1), "3")
        ten = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
        self.assertEqual(seqsText(range(1, 11), 10), ten)
        self.assertEqual(seqsText(range(1, 12), 11), f"{ten}, ...")

    def test_outageHasTimesAndCounts(self) -> None:
        """
        The text of the peer is escaped.
        """
        self.assertEqual(
            outageLine(OUTAGE),
            "outage at 1.50 s (2023-11-14T22:13:20Z) for 2.25 s:"
            f" 1006 ({HARMLESS}), 3 lost, 4 not sent, 5 attempts",
        )
        self.assertEqual(
            outageLine(LAST_OUTAGE),
            "outage at 9.00 s (2023-11-14T22:13:27Z) to the end:"
            " 1001, 1 lost, 0 not sent, 0 attempts",
        )

    def test_stepHasTimesAndThroughput(self) -> None:
        self.assertEqual(
            stepLine(Step(2**20, 2, distribution(10**6, 3 * 10**6))),
            "1m: 2 of 2, min/avg/p50/max = 1.000/2.000/1.000/3.000 ms, 500.00 MiB/s",
        )
        self.assertEqual(
            stepLine(Step(512, 2, Distribution())),
            "512: 0 of 2, no round trip",
        )

    def test_sizesAreWrittenAsOnCommandLine(self) -> None:
        for size, text in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1k"),
            (1025, "1025"),
            (1536, "1536"),
            (2**20 + 1024, "1025k"),
            (16 * 2**20, "16m"),
        ]:
            line = stepLine(Step(size, 1, Distribution()))
            self.assertTrue(line.startswith(f"{text}: "), line)

    def test_progress(self) -> None:
        progress = Progress(
            seconds=2.4,
            open=7,
            opened=9,
            failed=1,
            sent=30,
            received=20,
            lost=2,
            rate=12.34,
            p50=1_500_000,
            p99=2_000_400,
        )
        self.assertEqual(
            progressLine(progress),
            "2 s: 7 open, 1 failed, 30 sent, 20 received, 2 lost, 12.3/s,"
            " p50/p99 = 1.500/2.000 ms",
        )

    def test_endNamesSideCodeAndReason(self) -> None:
        for code, reason, byPeer, text in [
            (4000, "a", True, 'closed by the server: 4000 "a"'),
            (1001, "", True, "closed by the server: 1001"),
            (1005, "", True, "closed by the server: 1005 (no code)"),
            (1006, "gone", True, "connection lost: 1006 (gone)"),
            (1006, "", True, "connection lost: 1006 (no close frame)"),
            (1006, "silence", False, "closed by us: silence"),
            (1006, HOSTILE, False, f"closed by us: {HARMLESS}"),
            (1000, "", False, "closed by us, answered with 1000"),
            (4001, HOSTILE, False, f'closed by us, answered with 4001 "{HARMLESS}"'),
            (4001, HOSTILE, True, f'closed by the server: 4001 "{HARMLESS}"'),
        ]:
            self.assertEqual(endText(code, reason, byPeer), text)
