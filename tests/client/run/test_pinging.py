"""
Tests for L{echo.client.run.pinging}.
"""

from echo.client.measure.statistics import PingStatistics
from echo.client.run.pinging import Pinger
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import PING, PONG, serverClose, serverFrame


class PingerTests(ClientTestCase):
    """
    Tests for L{Pinger}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.server, self.connection = self.open()
        self.pings = PingStatistics()
        self.told: list[tuple[int, int | None]] = []
        self.pinger = Pinger(
            self.reactor,
            self.pings,
            1,
            3.0,
            lambda number, time: self.told.append((number, time)),
        )

    def _answer(self, server: Server) -> None:
        """
        The server answers all that came.
        """
        for opcode, payload in server.frames():
            self.assertEqual(opcode, PING)
            server.say(serverFrame(PONG, payload))

    def test_pingsHaveNumbersAndTimes(self) -> None:
        """
        The first ones may be excluded from the times.
        """
        for seconds in (0.5, 0.25):
            self.pinger.ping(self.connection)
            self.assertEqual(len(self.pinger), 1)
            self.reactor.advance(seconds)
            self._answer(self.server)
            self.assertEqual(len(self.pinger), 0)
        self.assertEqual(self.told, [(1, 500_000_000), (2, 250_000_000)])
        pings = self.pings
        self.assertEqual((pings.sent, pings.received, pings.lost), (2, 2, 0))
        times = pings.roundTrips
        self.assertEqual((times.count, times.maximum), (1, 250_000_000))
        self.assertEqual(times.differing, 0)

    def test_jitterIsThatOfAllPings(self) -> None:
        for seconds in (1, 0.25, 0.5):
            self.pinger.ping(self.connection)
            self.reactor.advance(seconds)
            self._answer(self.server)
        self.assertEqual(self.pings.roundTrips.differing, 1)

    def test_pingTimesOut(self) -> None:
        """
        A later pong changes nothing.
        """
        self.pinger.ping(self.connection)
        self.reactor.advance(1)
        self.pinger.ping(self.connection)
        self.assertEqual(len(self.pinger), 2)
        self.reactor.advance(1.9)
        self.assertEqual(self.told, [])
        self.reactor.advance(0.1)
        self.assertEqual((self.told, len(self.pinger)), ([(1, None)], 1))
        self._answer(self.server)
        self.assertEqual(self.told, [(1, None), (2, 2_000_000_000)])
        self.assertEqual((self.pings.received, self.pings.lost), (1, 1))

    def test_outstandingPingsAreLostWithConnection(self) -> None:
        """
        So are pings that are sent later.
        """
        self.pinger.ping(self.connection)
        self.server.say(serverClose(1001))
        self.server.hangUp()
        self.pinger.ping(self.connection)
        self.assertEqual(self.told, [(1, None), (2, None)])
        self.assertEqual((self.pings.sent, self.pings.lost), (2, 2))
        self.assertEqual(len(self.pinger), 0)

    def test_countsContinueOnNewConnection(self) -> None:
        self.pinger.ping(self.connection)
        self.server.hangUp()
        server, connection = self.open()
        self.pinger.ping(connection)
        self.reactor.advance(0.5)
        self._answer(server)
        self.assertEqual(self.told, [(1, None), (2, 500_000_000)])
