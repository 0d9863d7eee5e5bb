"""
Tests for L{echo.client.run.probe.probe}: the end that we choose.
"""

from tests.client.run.probe.probecase import ProbeTestCase
from tests.kit.client import texts
from tests.kit.frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    serverClose,
    serverFrame,
)


class StopTests(ProbeTestCase):
    """
    Ends that we want.
    """

    def test_closesAtOnceIfNothingIsOutstanding(self) -> None:
        """
        A second stop changes nothing.
        """
        outcome = self.begin(interval=1.0)
        self.echo(b"Hello 1")
        self.probe.stop()
        self.probe.stop()
        self.reactor.advance(0.9)
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))

    def test_closesAfterLastEchoDuringGrace(self) -> None:
        """
        Nothing more is sent meanwhile.
        """
        outcome = self.begin(interval=0.25, grace=1.0)
        self.reactor.advance(0.25)
        self.probe.stop()
        self.probe.stop()
        self.reactor.pump([0.25, 0.25])
        self.echo(b"Hello 1")
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.reactor.advance(0.25)
        self.echo(b"Hello 2")
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual((self.probe.statistics.received, self.events.lost), (2, []))

    def test_closesAfterGrace(self) -> None:
        """
        Echoes still count until the server closes. The other messages are lost.
        """
        outcome = self.begin(interval=0.25, grace=1.0)
        self.reactor.advance(0.25)
        self.probe.stop()
        self.reactor.advance(0.9)
        self.assertEqual(texts(self.server.frames()), ["Hello 1", "Hello 2"])
        self.reactor.advance(0.1)
        self.echo(b"Hello 1")
        ended = self.end(outcome)
        self.assertEqual((ended.byPeer, ended.unanswered), (False, 1))
        self.assertEqual(self.probe.statistics.received, 1)
        self.assertEqual(self.events.lost, [2])

    def test_eachEchoExtendsGrace(self) -> None:
        """
        Other messages do not.
        """
        outcome = self.begin(interval=0.25, grace=1.0, timeout=100.0)
        self.reactor.pump([0.25] * 3)
        self.probe.stop()
        for number in (b"1", b"2", b"3"):
            self.reactor.advance(0.9)
            self.echo(b"Hello " + number)
        self.assertNotIn(CLOSE, [opcode for opcode, _ in self.server.frames()])
        self.reactor.advance(0.5)
        self.echo(b"Hello 3")
        self.reactor.advance(0.5)
        self.end(outcome)
        self.assertEqual(self.events.lost, [4])

    def test_messagesTimeOutDuringGrace(self) -> None:
        outcome = self.begin(interval=0.25, grace=1.0, timeout=1.5)
        self.reactor.pump([0.25] * 2)
        self.probe.stop()
        self.reactor.advance(0.75)
        self.echo(b"Hello 3")
        self.reactor.pump([0.25, 0.25, 0.25])
        self.end(outcome)
        self.assertEqual(self.events.lost, [1, 2])

    def test_eachPongExtendsGraceUntilTimeout(self) -> None:
        outcome = self.begin(ping=True, interval=0.5, grace=1.0, timeout=2.5)
        self.reactor.advance(0.5)
        pings = [payload for opcode, payload in self.server.frames() if opcode == PING]
        self.echo(b"Hello 1", b"Hello 2")
        self.probe.stop()
        self.reactor.advance(0.9)
        self.server.say(serverFrame(PONG, pings[0]))
        self.reactor.advance(0.9)
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, pings[1]))
        self.end(outcome)

    def test_lostPingDoesNotExtendGrace(self) -> None:
        outcome = self.begin(ping=True, interval=1.0, grace=1.0, timeout=1.25)
        self.reactor.advance(1)
        self.echo(b"Hello 1", b"Hello 2")
        self.probe.stop()
        self.reactor.pump([0.25, 0.75])
        self.assertEqual(self.events.pongs, [(1, None)])
        self.end(outcome)

    def test_closesAfterLastPongDuringGrace(self) -> None:
        outcome = self.begin(ping=True, interval=1.0, grace=1.0)
        _, (_, payload) = self.server.frames()
        self.echo(b"Hello 1")
        self.probe.stop()
        self.assertEqual(self.server.frames(), [])
        self.server.say(serverFrame(PONG, payload))
        self.end(outcome)

    def test_closesWhenLastMessageIsLostDuringGrace(self) -> None:
        outcome = self.begin(timeout=0.5, grace=1.0)
        self.probe.stop()
        self.reactor.advance(0.5)
        self.end(outcome)
        self.assertEqual(self.events.lost, [1])

    def test_closesAfterGraceThoughPeerDoesNotRead(self) -> None:
        outcome = self.begin(interval=1.0, grace=1.0)
        self.server.transport.producer.pauseProducing()
        self.reactor.advance(1)
        self.probe.stop()
        self.reactor.advance(1)
        self.assertEqual(self.end(outcome).unanswered, 2)

    def test_closedLoopSendsNoMore(self) -> None:
        outcome = self.begin(closedLoop=True, interval=0.0)
        self.probe.stop()
        self.echo(b"Hello 1")
        self.reactor.advance(0)
        self.assertEqual([op for op, _ in self.server.frames()], [TEXT, CLOSE])
        self.server.say(serverClose(1000))
        self.server.hangUp()
        self.assertFalse(self.successResultOf(outcome).byPeer)

    def test_stopBeforeConnectionSendsNothing(self) -> None:
        self.make().stop()
        ended = self.end(self.probe.run(self.connection))
        self.assertEqual((ended.byPeer, ended.complete), (False, True))
        self.assertEqual(self.probe.statistics.sent, 0)

    def test_closeByPeerBeforeStopIsThePeers(self) -> None:
        outcome = self.begin()
        self.server.say(serverClose(4001))
        self.probe.stop()
        self.server.hangUp()
        ended = self.successResultOf(outcome)
        self.assertEqual((ended.byPeer, ended.complete), (True, True))
