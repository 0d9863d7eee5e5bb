"""
Tests for L{echo.client.run.hold}.
"""

from twisted.internet.defer import Deferred

from echo.client.errors import ConnectionClosed, ProtocolError
from echo.client.measure.events import Outcome
from echo.client.measure.summary import Hold
from echo.client.run.hold import HoldProbe
from tests.client.run.events import EventLog
from tests.kit.client import ClientTestCase
from tests.kit.frames import CLOSE, PING, PONG, TEXT, serverClose, serverFrame


class HoldProbeTests(ClientTestCase):
    """
    Tests for L{HoldProbe}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()
        self.events = EventLog()

    def _hold(self, pingInterval: float | None = None) -> Deferred[Outcome]:
        self.probe = HoldProbe(self.reactor, pingInterval, 3.0, self.events)
        return self.probe.run(self.connection)

    def _over(self, outcome: Deferred[Outcome]) -> Outcome:
        self.server.hangUp()
        return self.successResultOf(outcome)

    def test_sendsNothing(self) -> None:
        outcome = self._hold()
        self.reactor.pump([60.0] * 10)
        self.assertEqual(self.server.frames(), [])
        self.assertIsNone(self.probe.pings)
        self.assertNoResult(outcome)

    def test_closeByServerIsCut(self) -> None:
        """
        Its time is kept.
        """
        self.reactor.advance(5)
        outcome = self._hold()
        self.reactor.advance(60)
        self.server.say(serverClose(1001, "idle"))
        ended = self._over(outcome)
        self.reactor.advance(60)
        self.assertEqual(self.probe.hold, Hold(60.0, 60.0, cut=True))
        self.assertEqual((ended.byPeer, ended.complete), (True, False))
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual((ended.end.code, ended.end.reason), (1001, "idle"))

    def test_lossIsCut(self) -> None:
        outcome = self._hold()
        self.reactor.advance(1)
        ended = self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(1.0, 1.0, cut=True))
        assert isinstance(ended.end, ConnectionClosed)
        self.assertEqual(ended.end.code, 1006)

    def test_protocolErrorIsCut(self) -> None:
        outcome = self._hold()
        self.server.say(serverFrame(TEXT, rsv=7))
        ended = self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(0.0, 0.0, cut=True))
        self.assertTrue(ended.byPeer)
        self.assertIsInstance(ended.end, ProtocolError)

    def test_answeredCloseIsNoCut(self) -> None:
        outcome = self._hold()
        self.reactor.advance(30)
        self.probe.stop()
        self.probe.stop()
        self.assertEqual(self.server.frames(), [(CLOSE, b"\x03\xe8")])
        self.reactor.advance(0.5)
        self.server.say(serverClose(1000))
        ended = self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(30.5, 30.5, cut=False))
        self.assertEqual((ended.byPeer, ended.complete), (False, True))

    def test_unansweredCloseIsCut(self) -> None:
        outcome = self._hold()
        self.reactor.advance(30)
        self.probe.stop()
        ended = self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(30.0, 30.0, cut=True))
        self.assertEqual((ended.byPeer, ended.complete), (True, False))

    def test_durationIsKnownWhileOpen(self) -> None:
        self.assertIsNone(HoldProbe(self.reactor, None, 3.0, self.events).hold)
        outcome = self._hold()
        self.reactor.advance(5)
        self.assertEqual(self.probe.hold, Hold(5.0, 5.0, cut=False))
        self._over(outcome)

    def test_stopBeforeConnectionClosesIt(self) -> None:
        holder = HoldProbe(self.reactor, None, 3.0, self.events)
        holder.stop()
        outcome = holder.run(self.connection)
        self.assertEqual(self.server.frames(), [(CLOSE, b"\x03\xe8")])
        self.server.say(serverClose(1000))
        self.assertFalse(self._over(outcome).byPeer)

    def test_pingsOfServerAreCountedAndEndSilence(self) -> None:
        outcome = self._hold()
        self.reactor.advance(20)
        self.server.say(serverFrame(PING))
        self.reactor.advance(20)
        self.server.say(serverFrame(PING))
        self.reactor.advance(5)
        self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(45.0, 5.0, cut=True, pinged=2))

    def test_messagesAreReportedAndEndSilence(self) -> None:
        """
        Also those that arrived before.
        """
        self.server.say(serverFrame(TEXT, b"Welcome"))
        outcome = self._hold()
        self.assertEqual(self.events.messages, ["Welcome"])
        self.reactor.advance(40)
        self.server.say(serverFrame(TEXT, b"Still there?"))
        self.reactor.advance(20)
        self._over(outcome)
        self.assertEqual(self.events.messages, ["Welcome", "Still there?"])
        self.assertEqual(self.probe.hold, Hold(60.0, 20.0, cut=True))

    def test_pingsAreSentAtIntervalsAndEndSilence(self) -> None:
        outcome = self._hold(10.0)
        self.assertEqual(self.server.frames(), [])
        self.reactor.advance(10)
        ((opcode, payload),) = self.server.frames()
        self.assertEqual(opcode, PING)
        self.reactor.advance(2)
        self.server.say(serverFrame(PONG, payload))
        self.assertEqual(self.events.pongs, [(1, 2_000_000_000)])
        self.reactor.advance(5)
        self._over(outcome)
        self.assertEqual(self.probe.hold, Hold(17.0, 5.0, cut=True))
        assert self.probe.pings is not None
        self.assertEqual((self.probe.pings.sent, self.probe.pings.received), (1, 1))
        self.assertEqual(self.probe.pings.roundTrips.maximum, 2_000_000_000)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_unansweredPingIsLost(self) -> None:
        """
        The silence begins with it.
        """
        outcome = self._hold(10.0)
        self.reactor.advance(10)
        self.reactor.advance(3)
        self.assertEqual(self.events.pongs, [(1, None)])
        self.reactor.advance(7)
        self.reactor.advance(1)
        self._over(outcome)
        self.assertEqual(self.events.pongs, [(1, None), (2, None)])
        self.assertEqual(self.probe.hold, Hold(21.0, 1.0, cut=True))
        assert self.probe.pings is not None
        self.assertEqual((self.probe.pings.sent, self.probe.pings.lost), (2, 2))

    def test_noPingAfterStop(self) -> None:
        outcome = self._hold(0.5)
        self.probe.stop()
        self.reactor.advance(0.5)
        self.assertEqual(self.server.frames(), [(CLOSE, b"\x03\xe8")])
        self.server.say(serverClose(1000))
        self._over(outcome)
        assert self.probe.pings is not None
        self.assertEqual(self.probe.pings.sent, 0)
