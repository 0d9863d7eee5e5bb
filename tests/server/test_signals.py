"""
Tests of L{echo.server.signals}, in the drain of L{echo.server.service}.
"""

import signal
from typing import Any

from twisted.internet.error import ConnectionAborted
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

from echo.server.conversation.shutdown import Goodbye
from tests.kit.daemon import EchoFixture, Peer


class SignalTests(SynchronousTestCase):
    """
    The handlers of SIGINT and SIGTERM during a drain.
    """

    def drain(self, fixture: EchoFixture) -> Peer:
        """
        Stop the daemon.

        @return: A peer that it waits for.
        """
        peer = fixture.connect()
        fixture.service.stopService()
        return peer

    def end(self, fixture: EchoFixture, peer: Peer) -> None:
        """
        Let that peer go.
        """
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(fixture.factory.conversations, set())

    def test_restored(self) -> None:
        """
        After the drain the earlier handlers are restored.
        """
        called: list[int] = []
        fixture = EchoFixture(self)
        before: dict[int, Any] = {
            signal.SIGINT: lambda number, frame: called.append(number),
            signal.SIGTERM: signal.SIG_IGN,
        }
        fixture.signals.handlers.update(before)
        self.end(fixture, self.drain(fixture))
        self.assertEqual(fixture.signals.handlers, before)
        fixture.signals.raise_signal(signal.SIGINT)
        self.assertEqual(called, [signal.SIGINT])

    def test_restart(self) -> None:
        """
        A second start accepts conversations, and a second stop drains them with its own
        handlers.
        """
        fixture = EchoFixture(self)
        self.end(fixture, self.drain(fixture))
        for _ in range(2):
            fixture.reactor.tcpServers.clear()
            fixture.service.startService()
            peer = self.drain(fixture)
            self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])
            fixture.signals.raise_signal(signal.SIGTERM)
            fixture.advance(0.2)
            self.assertIs(peer.transport.lost, ConnectionAborted)
            self.assertEqual(set(fixture.signals.handlers.values()), {signal.SIG_DFL})

    def test_twoDaemons(self) -> None:
        """
        A signal ends the drain of each of two daemons in one process.
        """
        for order in ((0, 1), (1, 0)):
            first = EchoFixture(self)
            second = EchoFixture(self, signals=first.signals)
            both = [(each, self.drain(each)) for each in (first, second)]
            self.end(*both[order[0]])
            left, peer = both[order[1]]
            left.signals.raise_signal(signal.SIGTERM)
            left.advance(0.2)
            self.assertIs(peer.transport.lost, ConnectionAborted)
            self.assertEqual(set(left.signals.handlers.values()), {signal.SIG_DFL})

    def test_simultaneousDrains(self) -> None:
        """
        One signal ends all simultaneous drains.
        """
        first = EchoFixture(self)
        second = EchoFixture(self, signals=first.signals)
        both = [(each, self.drain(each)) for each in (first, second)]
        first.signals.raise_signal(signal.SIGINT)
        for each, peer in both:
            each.advance(0.2)
            self.assertIs(peer.transport.lost, ConnectionAborted)

    def test_changed(self) -> None:
        """
        A handler that other code has set meanwhile stays.
        """
        fixture = EchoFixture(self)
        peer = self.drain(fixture)
        fixture.signals.signal(signal.SIGINT, signal.SIG_IGN)
        self.end(fixture, peer)
        self.assertEqual(
            fixture.signals.handlers,
            {signal.SIGINT: signal.SIG_IGN, signal.SIGTERM: signal.SIG_DFL},
        )

    def test_changedAndRestored(self) -> None:
        """
        If that code restores our old handler, the signal goes to the handler before it.
        """
        fixture = EchoFixture(self)
        peer = self.drain(fixture)
        before = fixture.signals.signal(signal.SIGINT, signal.SIG_IGN)
        self.end(fixture, peer)
        fixture.signals.signal(signal.SIGINT, before)
        fixture.signals.raise_signal(signal.SIGINT)
        self.assertEqual(fixture.signals.died, [signal.SIGINT])
        self.assertIs(fixture.signals.getsignal(signal.SIGINT), signal.SIG_DFL)

    def test_otherThread(self) -> None:
        """
        Outside the main thread, which alone can set handlers, the drain has no
        handlers.
        """
        fixture = EchoFixture(self)
        fixture.signals.thread = True
        peer = self.drain(fixture)
        self.assertEqual(peer.closes(), [Close(1001, "server shutting down")])
        self.end(fixture, peer)
        self.assertEqual(fixture.signals.handlers, {})

    def test_programGetsSignal(self) -> None:
        """
        A signal that ends a drain of a program goes to the handler of the program, too.
        """
        called: list[object] = []
        first = EchoFixture(self)
        second = EchoFixture(self, signals=first.signals)
        first.signals.handlers[signal.SIGTERM] = lambda number, frame: called.append(
            (len(first.factory.conversations), len(second.factory.conversations))
        )
        for each in (first, second):
            self.drain(each)
        for _ in range(2):
            first.signals.raise_signal(signal.SIGTERM)
        self.assertEqual(called, [])
        for each in (first, second):
            each.advance(0.2)
        self.assertEqual(called, [(0, 0)])
        for each in (first, second):
            self.assertEqual(each.reactor.triggers["before"]["shutdown"], [])

    def test_shutdownKeepsSignal(self) -> None:
        """
        A signal that ends a drain of the reactor's shutdown goes to no other handler.
        """
        called: list[int] = []
        fixture = EchoFixture(self)
        fixture.signals.handlers[signal.SIGTERM] = lambda number, frame: called.append(
            number
        )
        peer = self.drain(fixture)
        ((shutDown, _, _),) = fixture.reactor.triggers["before"]["shutdown"]
        shutDown()
        fixture.signals.raise_signal(signal.SIGTERM)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(called, [])

    def test_handlerOfC(self) -> None:
        """
        A handler of C code, which Python could not restore, stays.
        """
        fixture = EchoFixture(self)
        none: dict[int, Any] = dict.fromkeys((signal.SIGINT, signal.SIGTERM))
        fixture.signals.handlers.update(none)
        self.end(fixture, self.drain(fixture))
        self.assertEqual(fixture.signals.handlers, none)

    def test_noSignals(self) -> None:
        """
        Without the module C{signal} no handler is set.
        """
        fixture = EchoFixture(self)
        next(iter(fixture.service))._signals = None
        peer = self.drain(fixture)
        self.assertEqual(fixture.signals.handlers, {})
        self.end(fixture, peer)

    def test_restoredAfterFailure(self) -> None:
        """
        The handlers are restored even if the drain fails, and the failure is reported.
        """

        def fail(goodbye: Goodbye, patient: bool) -> bool:
            raise ZeroDivisionError

        self.patch(Goodbye, "attempt", fail)
        fixture = EchoFixture(self)
        fixture.connect()
        self.failureResultOf(next(iter(fixture.service)).stopService())
        self.assertEqual(set(fixture.signals.handlers.values()), {signal.SIG_DFL})
