"""
Tests of L{echo.server.service}: the drain.
"""

import signal
from typing import cast

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from tests.kit.daemon import EchoFixture
from tests.kit.frames import BINARY, TEXT, frame


class DrainTests(SynchronousTestCase):
    """
    The drain.
    """

    def stop(self, fixture: EchoFixture) -> list[None]:
        """
        Stop the service.

        @return: Has an element once the service has stopped.
        """
        stopped: list[None] = []
        fixture.service.stopService().addCallback(stopped.append)
        return stopped

    def test_noConversations(self) -> None:
        """
        Without conversations the stop is immediate.
        """
        fixture = EchoFixture(self)
        fixture.dial()
        self.assertEqual(len(self.stop(fixture)), 1)

    def test_closedWith1001(self) -> None:
        """
        Each client is closed with 1001. The service has stopped when the last one has
        disconnected.
        """
        fixture = EchoFixture(self)
        peers = [fixture.connect() for _ in range(3)]
        stopped = self.stop(fixture)
        for peer in peers:
            self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])
            self.assertEqual(stopped, [])
            peer.flush()
            fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(len(stopped), 1)
        self.assertIn(': 1001 "server shutting down" by us', fixture.lines[-1])
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_echoesBeforeClose(self) -> None:
        """
        Messages that have arrived, in the kernel included, are echoed before the close.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        for number in range(100):
            peer.transport.arrive(frame(TEXT, b"%d" % number))
        self.stop(fixture)
        fixture.advance(0.1)
        self.assertEqual(peer.frames(), [])
        peer.transport.read()
        fixture.advance(0.1)
        frames = peer.frames()
        self.assertEqual([each.opcode for each in frames], [TEXT] * 100 + [8])

    def test_echoesBeforeCloseWhenBusy(self) -> None:
        """
        A busy daemon reads all that has arrived before the close, however long it
        takes.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.arrive(frame(TEXT, b"in time"))
        self.stop(fixture)
        fixture.advance(4)
        self.assertEqual(peer.frames(), [])
        peer.transport.read()
        fixture.advance(0.1)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT, 8])

    def test_echoesBeforeCloseWhenPaused(self) -> None:
        """
        A paused client gets its other echoes when it reads.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.transport.arrive(frame(BINARY, bytes(40000)) * 4)
        peer.transport.read()
        self.stop(fixture)
        fixture.advance(5.5)
        self.assertIsNone(peer.transport.lost)
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(0.1)
        frames = peer.frames()
        self.assertEqual([each.opcode for each in frames], [BINARY] * 4 + [8])

    def test_closeAfterKernelBuffer(self) -> None:
        """
        The close, which starts a deadline, follows when the client has read what the
        kernel held.
        """
        fixture = EchoFixture(self, "--drain=30s")
        peer = fixture.connect()
        peer.transport.fill(1000)
        self.stop(fixture)
        fixture.advance(20)
        self.assertEqual(peer.closes(), [])
        peer.transport.empty()
        fixture.advance(0.1)
        self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])

    def test_endlessEchoes(self) -> None:
        """
        A client that sends without end is closed after a moment, although echoes are
        always in flight.
        """
        fixture = EchoFixture(self, "--drain=30s")
        peer = fixture.connect()
        peer.transport.fill(1)
        self.stop(fixture)
        for _ in range(9):
            peer.send(frame(BINARY, bytes(3000)))
            fixture.advance(0.1)
        self.assertEqual(peer.closes(), [])
        fixture.advance(0.2)
        self.assertEqual(peer.closes(), [])
        peer.send(frame(BINARY, bytes(3000)))
        fixture.advance(0.1)
        self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])

    def test_endlessEchoesReadSlowly(self) -> None:
        """
        A client that sends without end and reads slowly gets the echoes of what had
        arrived.
        """
        fixture = EchoFixture(self, "--drain=30s")
        peer = fixture.connect()
        peer.transport.fill(20000)
        self.stop(fixture)
        fixture.advance(1.1)
        peer.transport.arrive(frame(TEXT, b"more"))
        fixture.advance(1)
        peer.transport.read()
        fixture.advance(1)
        self.assertEqual(peer.closes(), [])
        peer.transport.empty()
        fixture.advance(0.1)
        self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])

    def test_endlessMessages(self) -> None:
        """
        A client that sends without end is closed after a moment.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.transport.arrive(frame(TEXT, b"in time"))
        self.stop(fixture)
        peer.transport.read()
        peer.transport.arrive(frame(TEXT, b"too late"))
        fixture.advance(0.9)
        self.assertEqual([each.opcode for each in peer.frames()], [TEXT])
        fixture.advance(0.2)
        self.assertEqual([each.opcode for each in peer.frames()], [8])

    def test_closingAlready(self) -> None:
        """
        A conversation that is closing already gets no second close.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(3))
        self.assertEqual([close.code for close in peer.closes()], [1002])
        stopped = self.stop(fixture)
        self.assertEqual((peer.closes(), stopped), ([], []))
        fixture.advance(5.3)
        self.assertEqual(len(stopped), 1)

    def test_noCloseReply(self) -> None:
        """
        A client that does not reply to the close is aborted after its deadline.
        """
        fixture = EchoFixture(self, "--drain=2s")
        peer = fixture.connect()
        stopped = self.stop(fixture)
        fixture.advance(1.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(len(stopped), 1)

    def test_readsNothing(self) -> None:
        """
        A client that reads nothing is aborted after the drain time.
        """
        fixture = EchoFixture(self, "--drain=10s")
        peer = fixture.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(40000)) * 4)
        stopped = self.stop(fixture)
        fixture.advance(9.9)
        self.assertEqual(stopped, [])
        fixture.advance(0.3)
        self.assertEqual(len(stopped), 1)

    def test_secondSignal(self) -> None:
        """
        A signal during the drain ends it.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            fixture = EchoFixture(self)
            peer = fixture.connect()
            self.assertEqual(fixture.signals.handlers, {})
            stopped = self.stop(fixture)
            fixture.signals.raise_signal(number)
            fixture.reactor.advance(0)  # what was called from the handler
            fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionAborted)
            self.assertEqual(len(stopped), 1)

    def test_secondSignalFromLogLine(self) -> None:
        """
        From the log line of the drain on, a second signal ends it.
        """
        fixture = EchoFixture(self)
        heeded: list[set[int]] = []

        def observe(event: LogEvent) -> None:
            if event.get("event") == "draining":
                heeded.append(set(fixture.signals.handlers))

        observer = cast("ILogObserver", observe)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        fixture.connect()
        self.stop(fixture)
        self.assertEqual(heeded, [{signal.SIGINT, signal.SIGTERM}])

    def test_lateSignal(self) -> None:
        """
        A signal after the last conversation has no effect.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        stopped = self.stop(fixture)
        peer.transport.hangUp()
        fixture.advance(0.1)
        next(iter(fixture.service)).abort()
        self.assertEqual(len(stopped), 1)

    def test_stopTwice(self) -> None:
        """
        A second stop waits for the same end.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        first, second = self.stop(fixture), self.stop(fixture)
        self.assertEqual(len(peer.closes()), 1)
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual((len(first), len(second)), (1, 1))

    def test_stopTwiceAtTheEnd(self) -> None:
        """
        A second stop between the last conversation and the end waits for the end.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        self.stop(fixture)
        peer.transport.hangUp()
        stopped = self.stop(fixture)
        self.assertEqual(stopped, [])
        fixture.advance(0.1)
        self.assertEqual(len(stopped), 1)
