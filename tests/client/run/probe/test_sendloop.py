"""
Tests for L{echo.client.run.probe.sendloop} and L{echo.client.run.probe.duetimes}: what
a probe sends, and when.
"""

from typing import Any

from echo.client.traffic.payloads import Payloads
from tests.client.run.probe.probecase import ProbeTestCase
from tests.kit.client import texts
from tests.kit.frames import (
    BINARY,
    CLOSE,
    PONG,
    TEXT,
    parseFrames,
    serverClose,
    serverFrame,
)


class SendingTests(ProbeTestCase):
    """
    Sent messages, and when they are sent.
    """

    def test_messagesAreSentAtIntervals(self) -> None:
        """
        Echoes are not waited for.
        """
        outcome = self.begin(interval=2.0, timeout=100.0)
        self.assertEqual(texts(self.server.frames()), ["Hello 1"])
        self.reactor.advance(1.9)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(0.1)
        self.reactor.advance(2)
        self.assertEqual(texts(self.server.frames()), ["Hello 2", "Hello 3"])
        self.assertFalse(self.probe.wanting)
        self.cut(outcome)

    def _writes(self, **plan: Any) -> list[int]:
        """
        @return: How many messages each of the first writes of a run has. No more than
            32 are sent before echoes can be read.
        """
        writes: list[bytes] = []
        self.patch(self.server.transport, "write", writes.append)
        self.begin(**plan)
        self.assertLessEqual(self.probe.statistics.sent, 32)
        self.reactor.advance(0)
        self.server.hangUp()
        return [len(parseFrames(data)) for data in writes]

    def test_messagesWithoutIntervalShareWrites(self) -> None:
        """
        The messages of a turn of the reactor are followed by others in the next turn.
        """
        self.assertEqual(self._writes(interval=0.0, count=67), [32, 32, 3])

    def test_longMessagesShareSmallerWrites(self) -> None:
        payloads = Payloads(size=2**14)
        self.assertEqual(
            self._writes(interval=0.0, count=9, payloads=payloads)[:3], [4, 4, 1]
        )

    def test_messageWithPingHasOwnWrite(self) -> None:
        self.assertEqual(self._writes(interval=0.0, count=2, ping=True), [1] * 4)

    def test_overdueMessagesShareWriteAndKeepDueTimes(self) -> None:
        outcome = self.begin(interval=0.5, count=5)
        self.server.frames()
        writes: list[bytes] = []
        write = self.server.transport.write
        self.patch(self.server.transport, "write", writes.append)
        self.reactor.advance(1.75)
        self.assertEqual(len(writes), 1)
        write(writes[0])
        self.assertEqual(texts(self.server.frames()), ["Hello 2", "Hello 3", "Hello 4"])
        self.echo(b"Hello 1", b"Hello 2", b"Hello 3", b"Hello 4")
        self.assertEqual(self.probe.throughput.throughput().asked, 2.0)
        responses = [echo.response for echo in self.events.echoes]
        self.assertEqual(
            responses, [1_750_000_000, 1_250_000_000, 750_000_000, 250_000_000]
        )
        self.cut(outcome)

    def test_connectionClosesAfterLastEcho(self) -> None:
        outcome = self.begin(count=2, interval=1.0)
        self.assertTrue(self.probe.wanting)
        self.reactor.advance(1)
        self.reactor.advance(1)
        self.assertFalse(self.probe.wanting)
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.echo(b"Hello 2")
        ended = self.end(outcome)
        self.assertEqual(
            (ended.byPeer, ended.complete, ended.unanswered), (False, True, 0)
        )
        self.assertTrue(self.probe.statistics.exact)
        self.assertEqual(self.probe.statistics.received, 2)
        self.assertEqual(self.events.messages, ["Hello 1", "Hello 2"])

    def test_binaryMessagesAreMatched(self) -> None:
        outcome = self.begin(count=1, payloads=Payloads(b"\xff", isBinary=True))
        self.assertEqual(self.server.frames(), [(BINARY, b"\xff")])
        self.server.say(serverFrame(BINARY, b"\xff"))
        self.assertEqual(self.events.echoes[0].anomalies, ())
        self.assertEqual(self.events.messages, [b"\xff"])
        self.end(outcome)

    def test_pausedTransportIsNotWrittenTo(self) -> None:
        """
        When the transport resumes, all messages that are due are sent at once.
        """
        outcome = self.begin(interval=1.0, timeout=100.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.server.transport.producer.resumeProducing()
        self.assertEqual(texts(self.server.frames()), ["Hello 3", "Hello 4", "Hello 5"])
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 6"])
        self.cut(outcome)
        self.assertEqual(self.probe.throughput.throughput().notSent, 0)

    def test_responseTimeCountsFromDueTime(self) -> None:
        """
        So does that of a late echo.
        """
        outcome = self.begin(interval=1.0, timeout=4.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1])
        self.echo(b"Hello 1", b"Hello 2")
        self.server.transport.producer.resumeProducing()
        self.reactor.advance(0.5)
        self.echo(b"Hello 3")
        self.reactor.pump([0.5, 1, 1, 1])
        self.assertEqual(self.events.lost, [4])
        self.echo(b"Hello 4")
        self.cut(outcome)
        statistics = self.probe.statistics
        times = [each.time for each in self.events.echoes]
        responses = [each.response for each in self.events.echoes]
        second = 1_000_000_000
        self.assertEqual(times, [3 * second, 2 * second, second // 2, 4 * second])
        self.assertEqual(
            responses, [3 * second, 2 * second, 3 * second // 2, 4 * second]
        )
        self.assertEqual(statistics.roundTrips.count, 3)
        self.assertEqual(statistics.responses.count, 4)

    def test_unsentDueMessagesAreCountedOnce(self) -> None:
        """
        During an outage, and at the end.
        """
        outcome = self.begin(interval=1.0, timeout=100.0)
        self.reactor.advance(1)
        self.cut(outcome)
        self.reactor.advance(2.5)
        outcome = self.again()
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1, 1, 1])
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.asked, load.sent, load.notSent), (1.0, 4, 3))
        self.reactor.advance(1)
        self.end(outcome)
        self.assertEqual(self.probe.throughput.throughput(), load)

    def test_outagesDoNotChangeNumberOfDueMessages(self) -> None:
        outcome = self.begin(interval=1.0)
        for _ in range(10):
            self.cut(outcome)
            self.reactor.advance(1.5)
            outcome = self.again()
        self.reactor.advance(0.25)
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.sent, load.due), (11, 16))
        self.cut(outcome)

    def test_messagesDueInLastOutageAreCounted(self) -> None:
        outcome = self.begin(interval=1.0)
        self.cut(outcome)
        self.reactor.advance(2.5)
        self.probe.stop()
        self.reactor.advance(2)
        self.probe.stop()
        load = self.probe.throughput.throughput()
        self.assertEqual((load.sent, load.notSent), (1, 2))

    def test_noMoreMessagesAreDueThanPlanned(self) -> None:
        outcome = self.begin(interval=1.0, count=3, timeout=100.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([1] * 10)
        self.probe.stop()
        self.assertEqual(self.probe.throughput.throughput().due, 3)
        self.cut(outcome)

    def test_closedLoopWaitsForEchoAndInterval(self) -> None:
        outcome = self.begin(closedLoop=True, interval=1.0, count=3)
        self.reactor.pump([1, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1"])
        self.echo(b"Hello 1")
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(1)
        self.assertEqual(texts(self.server.frames()), ["Hello 2"])
        self.echo(b"Hello 2")
        self.reactor.advance(0.9)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(0.1)
        self.echo(b"Hello 3")
        self.end(outcome)

    def test_closedLoopContinuesAfterTimeout(self) -> None:
        """
        If anything else arrives meanwhile. A late echo of an earlier message does not
        count as the awaited one.
        """
        outcome = self.begin(closedLoop=True, interval=0.0, timeout=3.0)
        self.reactor.advance(0)
        self.reactor.advance(1)
        self.server.say(serverFrame(PONG))
        self.reactor.advance(2)
        self.reactor.advance(0)
        self.assertEqual(self.events.lost, [1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.echo(b"Hello 1")
        self.reactor.advance(0)
        self.assertEqual(self.server.frames(), [])
        self.assertEqual(self.cut(outcome).unanswered, 1)

    def test_closedLoopEndsIfNothingArrives(self) -> None:
        """
        The remaining messages are not sent, and the run is not complete.
        """
        outcome = self.begin(closedLoop=True, interval=0.0, timeout=3.0, count=9)
        self.reactor.advance(3)
        self.assertEqual(self.events.lost, [1])
        self.assertEqual([op for op, _ in self.server.frames()], [TEXT, CLOSE])
        self.server.say(serverClose(1000))
        self.server.hangUp()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, False))

    def test_peerThatReadsNothingEndsRunWithCount(self) -> None:
        """
        Without a count, the run continues.
        """
        for count, ends in [(9, True), (None, False)]:
            self.server, self.connection = self.open()
            outcome = self.begin(count=count, interval=1.0, timeout=3.0)
            self.server.transport.producer.pauseProducing()
            self.reactor.pump([1, 2, 0.5])
            self.assertEqual((self.events.lost, self.probe._closing), ([1], False))
            self.reactor.advance(0.5)
            self.assertEqual(self.events.lost, [1, 2])
            if ends:
                # No message is due any more after our close.
                notSent = self.probe.throughput.notSent
                self.reactor.advance(2)
                ended = self.end(outcome)
                self.assertEqual((ended.byPeer, ended.complete), (False, False))
                self.assertEqual((self.probe.throughput.notSent, notSent), (3, 3))
            else:
                self.cut(outcome)
            self.events.lost.clear()

    def test_slowMutePeerGetsAllMessages(self) -> None:
        outcome = self.begin(count=3, interval=4.0, timeout=3.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.pump([3, 1, 1])
        self.server.transport.producer.resumeProducing()
        self.reactor.pump([2, 1])
        self.assertEqual(self.events.lost, [1, 2])
        self.assertEqual(len(texts(self.server.frames())), 3)
        self.cut(outcome)

    def test_mutePeerGetsAllMessages(self) -> None:
        outcome = self.begin(count=2, interval=4.0, timeout=3.0)
        self.reactor.pump([3, 1])
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.assertEqual(self.events.lost, [1])
        self.cut(outcome)
