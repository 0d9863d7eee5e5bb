"""
Tests for L{echo.client.run.probe.probe}: lines as messages.
"""

from tests.client.run.probe.probecase import Lines, ProbeTestCase
from tests.kit.client import texts
from tests.kit.frames import (
    serverClose,
)


class LineTests(ProbeTestCase):
    """
    Messages that somebody else makes.
    """

    def test_eachLineIsMessage(self) -> None:
        """
        The run ends after the last echo, at the end of the input.
        """
        lines = Lines(b"a", b"b")
        outcome = self.begin(lines, interval=0.0)
        self.assertTrue(self.probe.wanting)
        self.reactor.pump([0, 0, 0])
        self.assertEqual(texts(self.server.frames()), ["a", "b"])
        self.assertEqual(lines.asked, 3)
        lines.come("ü".encode())
        self.reactor.advance(0)
        lines.come(None)
        self.assertFalse(self.probe.wanting)
        self.echo(b"a", b"b")
        self.assertEqual(texts(self.server.frames()), ["ü"])
        self.echo("ü".encode())
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertTrue(self.probe.statistics.exact)
        self.assertIsNone(self.probe.problem)

    def test_emptyInputIsProblem(self) -> None:
        self.end(self.begin(Lines(None), interval=0.0))
        self.assertEqual(self.probe.problem, "there was nothing to send")

    def test_endOfInputClosesWhenAllIsAnswered(self) -> None:
        lines = Lines(b"a")
        outcome = self.begin(lines, interval=0.0)
        self.echo(b"a")
        self.reactor.advance(0)
        lines.come(None)
        self.end(outcome)

    def test_lineIsReadWhenDue(self) -> None:
        lines = Lines(b"a", b"b", b"c")
        outcome = self.begin(lines, interval=1.0)
        self.reactor.advance(0.9)
        self.assertEqual(lines.asked, 1)
        self.reactor.advance(0.1)
        self.assertEqual(lines.asked, 2)
        self.cut(outcome)

    def test_countLeavesFurtherLinesUnread(self) -> None:
        lines = Lines(b"a", b"b")
        outcome = self.begin(lines, interval=0.0, count=1)
        self.reactor.advance(0)
        self.echo(b"a")
        self.end(outcome)
        self.assertEqual(lines.asked, 1)

    def test_badLineIsProblemAndEndsRun(self) -> None:
        """
        Echoes of the lines before it still count.
        """
        lines = Lines(b"a", ValueError("line 2 is bad"), b"c")
        outcome = self.begin(lines, interval=0.0, grace=1.0)
        self.reactor.pump([0, 0, 0])
        self.assertEqual(self.probe.problem, "line 2 is bad")
        self.assertEqual(texts(self.server.frames()), ["a"])
        self.echo(b"a")
        self.assertFalse(self.end(outcome).byPeer)
        self.assertEqual(self.events.lost, [])

    def test_stopCancelsAwaitedLine(self) -> None:
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        self.assertIsNotNone(lines.waiting)
        self.probe.stop()
        self.assertIsNone(lines.waiting)
        self.end(outcome)
        self.assertIsNone(self.probe.problem)

    def test_stopWhileTransportIsPaused(self) -> None:
        outcome = self.begin(Lines(b"a"), interval=0.0, grace=1.0)
        self.server.transport.producer.pauseProducing()
        self.cut(outcome)
        self.server, self.connection = self.open()
        self.server.transport.producer.pauseProducing()
        outcome = self.begin(Lines(b"a"), interval=0.0, grace=1.0)
        self.probe.stop()
        self.assertNoResult(outcome)
        self.server.transport.producer.resumeProducing()
        self.echo(b"a")
        self.end(outcome)

    def test_awaitedLineIsSentOnNextConnection(self) -> None:
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        ended = self.cut(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, False))
        self.assertIsNone(lines.waiting)
        outcome = self.again()
        lines.come(b"a")
        self.assertEqual(texts(self.server.frames()), ["a"])
        self.cut(outcome)

    def test_lineThatArrivesWhileServerClosesIsSentOnNextConnection(self) -> None:
        lines = Lines()
        outcome = self.begin(lines, interval=0.0)
        self.server.say(serverClose(1001))
        lines.come(b"a")
        self.server.hangUp()
        self.assertEqual(self.successResultOf(outcome).unanswered, 0)
        self.assertEqual(texts(self.server.frames()), [])
        outcome = self.again()
        self.reactor.advance(0)
        self.assertEqual(texts(self.server.frames()), ["a"])
        lines.come(b"b")
        self.assertEqual(texts(self.server.frames()), ["b"])
        self.cut(outcome)

    def test_awaitedLineIsDueWhenItArrives(self) -> None:
        """
        The next line is due an interval later.
        """
        lines = Lines()
        outcome = self.begin(lines, interval=1.0)
        self.reactor.advance(2.5)
        lines.come(b"a")
        self.echo(b"a")
        self.assertEqual(self.events.echoes[0].response, 0)
        self.reactor.advance(0.9)
        self.assertEqual(lines.asked, 1)
        self.reactor.advance(0.1)
        self.assertEqual(lines.asked, 2)
        lines.come(b"b")
        self.echo(b"b")
        self.reactor.advance(0.5)
        self.probe.stop()
        self.end(outcome)
        self.assertEqual(self.probe.throughput.throughput().notSent, 0)

    def test_noMessageIsDueWithoutLine(self) -> None:
        """
        Nor after the end of the input, or after a line that cannot be sent.
        """
        for line in (None, ValueError("line 2 is bad")):
            for early in (False, True):
                self.server, self.connection = self.open()
                lines = Lines(b"a", line) if early else Lines(b"a")
                outcome = self.begin(lines, interval=1.0, timeout=9.0)
                self.reactor.pump([1.0, 2.5])
                if not early:
                    lines.come(line)
                self.cut(outcome)
                self.reactor.advance(3)
                self.probe.stop()
                load = self.probe.throughput.throughput()
                self.assertEqual((load.sent, load.notSent), (1, 0))

    def test_nextConnectionClosesAtOnceAfterEndOfInput(self) -> None:
        lines = Lines(b"a", None)
        outcome = self.begin(lines, interval=0.0)
        self.reactor.advance(0)
        self.cut(outcome)
        self.end(self.again())
        self.assertEqual(lines.asked, 2)
