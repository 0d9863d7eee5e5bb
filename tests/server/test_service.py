"""
Tests of L{echo.server.service}.
"""

import io
import os
import signal
import sys
from functools import partial
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.error import CannotListenError, ConnectionAborted, ConnectionDone
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Close

import echo.server.conversation.protocol
import echo.wire.pure
from echo.server.conversation.protocol import EchoProtocol
from echo.server.endpoints import ListeningService
from echo.server.service import CannotListen, Daemon
from echo.wire import VARIABLE
from tests.kit.daemon import NOTICE, EchoFixture, Peer
from tests.kit.frames import BINARY, TEXT, frame
from tests.kit.reactor import Reactor


def goodbyes(peer: Peer) -> list[Close]:
    """
    @return: The close frames that a peer has got since the last look.
    """
    return [Close.parse(each.data) for each in peer.frames() if each.opcode == 8]


class DrainTests(SynchronousTestCase):
    """
    How the daemon leaves.
    """

    def stop(self, fixture: EchoFixture) -> list[None]:
        """
        Stop the service.

        @return: Not empty once it has stopped.
        """
        stopped: list[None] = []
        fixture.service.stopService().addCallback(stopped.append)
        return stopped

    def test_nobodyThere(self) -> None:
        """
        Without conversations there is nothing to wait for.
        """
        fixture = EchoFixture(self)
        fixture.dial()
        self.assertEqual(len(self.stop(fixture)), 1)

    def test_goodbye(self) -> None:
        """
        Every peer is told 1001, and the service has stopped when the last of them
        is gone.
        """
        fixture = EchoFixture(self)
        peers = [fixture.connect() for _ in range(3)]
        stopped = self.stop(fixture)
        for peer in peers:
            self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])
            self.assertEqual(stopped, [])
            peer.flush()
            fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(len(stopped), 1)
        self.assertIn(': 1001 "server shutting down" by us', fixture.lines[-1])
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_noEchoIsLost(self) -> None:
        """
        What had arrived by then, if no further than the kernel, is answered before
        the goodbye.
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

    def test_noEchoIsLostByABusyDaemon(self) -> None:
        """
        That goes for as long as it takes to read it.
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

    def test_noEchoIsLostByBackPressure(self) -> None:
        """
        A peer that was paused gets the rest of its echoes too, when it reads.
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

    def test_noEchoIsLostInTheKernel(self) -> None:
        """
        The goodbye, which sets a term, comes when the peer has taken what the
        kernel holds for it: it may be slow.
        """
        fixture = EchoFixture(self, "--drain=30s")
        peer = fixture.connect()
        peer.transport.fill(1000)
        self.stop(fixture)
        fixture.advance(20)
        self.assertEqual(goodbyes(peer), [])
        peer.transport.empty()
        fixture.advance(0.1)
        self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])

    def test_noEndOfMessagesBothWays(self) -> None:
        """
        A peer that sends all the time is told goodbye after a moment, although there
        is always an echo on its way.
        """
        fixture = EchoFixture(self, "--drain=30s")
        peer = fixture.connect()
        peer.transport.fill(1)
        self.stop(fixture)
        for _ in range(9):
            peer.send(frame(BINARY, bytes(3000)))
            fixture.advance(0.1)
        self.assertEqual(goodbyes(peer), [])
        fixture.advance(0.2)
        self.assertEqual(goodbyes(peer), [])
        peer.send(frame(BINARY, bytes(3000)))
        fixture.advance(0.1)
        self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])

    def test_noEchoIsLostBothWays(self) -> None:
        """
        A peer that sends all the time, and is slow to take its echoes, gets those of
        the first moment before the goodbye.
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
        self.assertEqual(goodbyes(peer), [])
        peer.transport.empty()
        fixture.advance(0.1)
        self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])

    def test_noEndOfMessages(self) -> None:
        """
        A peer that never stops sending is listened to for a moment, and then told
        goodbye after what had arrived when the daemon was stopped.
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

    def test_leavingAlready(self) -> None:
        """
        A peer that is being closed for another reason is only waited for.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        peer.send(frame(3))
        self.assertEqual([close.code for close in goodbyes(peer)], [1002])
        stopped = self.stop(fixture)
        self.assertEqual((goodbyes(peer), stopped), ([], []))
        fixture.advance(5.3)
        self.assertEqual(len(stopped), 1)

    def test_mute(self) -> None:
        """
        A peer that does not answer is waited for, but not for ever.
        """
        fixture = EchoFixture(self, "--drain=2s")
        peer = fixture.connect()
        stopped = self.stop(fixture)
        fixture.advance(1.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(len(stopped), 1)

    def test_stuck(self) -> None:
        """
        A peer that takes nothing delays the end by no more than the drain time.
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
        A signal while the daemon says goodbye ends that at once.
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

    def test_announced(self) -> None:
        """
        Once the log says that the daemon closes conversations, it heeds a second
        signal.
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
        A signal that the reactor hears of after the last goodbye changes nothing.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        stopped = self.stop(fixture)
        peer.transport.hangUp()
        fixture.advance(0.1)
        next(iter(fixture.service)).abort()
        self.assertEqual(len(stopped), 1)

    def test_twice(self) -> None:
        """
        Stopping twice waits for the same end.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        first, second = self.stop(fixture), self.stop(fixture)
        self.assertEqual(len(goodbyes(peer)), 1)
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual((len(first), len(second)), (1, 1))

    def test_twiceAtTheEnd(self) -> None:
        """
        So does a second stop when the last conversation has ended, but the daemon has
        not seen that yet: it can be started again after either.
        """
        fixture = EchoFixture(self)
        peer = fixture.connect()
        self.stop(fixture)
        peer.transport.hangUp()
        stopped = self.stop(fixture)
        self.assertEqual(stopped, [])
        fixture.advance(0.1)
        self.assertEqual(len(stopped), 1)


class SignalTests(SynchronousTestCase):
    """
    Whose the signals are.
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

    def test_givenBack(self) -> None:
        """
        When the daemon has stopped, the handlers that were there before are there
        again, and are called.
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

    def test_again(self) -> None:
        """
        It can be started and stopped again: it takes conversations, says goodbye to
        them, ends at a second signal, and gives the handlers back.
        """
        fixture = EchoFixture(self)
        self.end(fixture, self.drain(fixture))
        for _ in range(2):
            fixture.reactor.tcpServers.clear()
            fixture.service.startService()
            peer = self.drain(fixture)
            self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])
            fixture.signals.raise_signal(signal.SIGTERM)
            fixture.advance(0.2)
            self.assertIs(peer.transport.lost, ConnectionAborted)
            self.assertEqual(set(fixture.signals.handlers.values()), {signal.SIG_DFL})

    def test_two(self) -> None:
        """
        Of two daemons in one process, each is ended by a signal while it says
        goodbye, and the last one gives the handlers back, whichever that is.
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

    def test_twoAtOnce(self) -> None:
        """
        One signal ends all of them.
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

    def test_changedAndGivenBack(self) -> None:
        """
        Where that code gives back ours, which is over, the signal goes to the handler
        that was there before ours.
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
        Outside of the main thread, which alone can set handlers, there are goodbyes
        all the same.
        """
        fixture = EchoFixture(self)
        fixture.signals.thread = True
        peer = self.drain(fixture)
        self.assertEqual(goodbyes(peer), [Close(1001, "server shutting down")])
        self.end(fixture, peer)
        self.assertEqual(fixture.signals.handlers, {})

    def test_early(self) -> None:
        """
        A signal that ends a drain that a program began by itself is the program's: its
        handler gets the signal, once and after the drain. The handlers of two daemons
        hand it on.
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

    def test_earlyInShutdown(self) -> None:
        """
        A signal that ends a drain while the reactor stops has done all that it can.
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

    def test_notPython(self) -> None:
        """
        A handler that was not set by Python could not be given back, and stays.
        """
        fixture = EchoFixture(self)
        none: dict[int, Any] = dict.fromkeys((signal.SIGINT, signal.SIGTERM))
        fixture.signals.handlers.update(none)
        self.end(fixture, self.drain(fixture))
        self.assertEqual(fixture.signals.handlers, none)

    def test_leftAlone(self) -> None:
        """
        Signals can be left to somebody else altogether.
        """
        fixture = EchoFixture(self)
        next(iter(fixture.service))._signals = None
        peer = self.drain(fixture)
        self.assertEqual(fixture.signals.handlers, {})
        self.end(fixture, peer)

    def test_mistake(self) -> None:
        """
        They are given back even if the goodbyes fail, which is told.
        """

        class Broken(EchoProtocol):
            def sayGoodbye(self, patient: bool) -> bool:
                raise ZeroDivisionError

        fixture = EchoFixture(self, protocol=Broken)
        fixture.connect()
        self.failureResultOf(next(iter(fixture.service)).stopService())
        self.assertEqual(set(fixture.signals.handlers.values()), {signal.SIG_DFL})


class StartTests(SynchronousTestCase):
    """
    How the daemon says where it listens, or why it cannot.
    """

    def test_addresses(self) -> None:
        """
        It says so of each of its addresses, in their order.
        """
        path = self.mktemp()
        fixture = EchoFixture(
            self, "--listen=tcp:81", f"--listen=unix:{path}", "--listen=tcp:82"
        )
        self.assertEqual(
            fixture.service.addresses,
            ["ws://0.0.0.0:81/socket", path, "ws://0.0.0.0:82/socket"],
        )

    def test_cannotListen(self) -> None:
        """
        Whatever keeps it from listening is said in one line, without a traceback.
        Other mistakes have theirs.
        """
        self.patch(sys, "excepthook", sys.excepthook)
        iterations: list[tuple[()]] = []
        reactor: Any = Reactor()
        reactor.iterate = lambda *_: iterations.append(())
        for error, text in [
            (CannotListenError("::1", 80, "in use"), "cannot listen on ::1:80: in use"),
            (
                CannotListenError("", "/run/x", "denied"),
                "cannot listen on /run/x: denied",
            ),
            (
                PermissionError(13, "Permission denied"),
                "cannot listen: [Errno 13] Permission denied",
            ),
            (
                FileNotFoundError(2, "No such file", "7", None, b"/run/x.lock"),
                "cannot listen on /run/x.lock: No such file",
            ),
            (OverflowError("port must be 0-65535."), "port must be 0-65535."),
        ]:

            class Failing(Service):
                def privilegedStartService(self, error: Exception = error) -> None:
                    raise error

            daemon = Daemon(reactor)
            Failing().setServiceParent(daemon)
            raised = self.assertRaises(CannotListen, daemon.privilegedStartService)
            self.assertEqual(iterations.pop(), ())
            self.assertIn(text, str(raised))
            out = io.StringIO()
            self.patch(sys, "__stderr__", out)
            sys.excepthook(type(raised), raised, None)
            self.assertEqual(out.getvalue(), f"echo: {raised}\n")

        shown: list[object] = []
        self.patch(sys, "__excepthook__", lambda *details: shown.append(details))
        bug = RuntimeError("a bug")
        sys.excepthook(RuntimeError, bug, None)
        self.assertEqual(shown, [(RuntimeError, bug, None)])


class WatchTests(SynchronousTestCase):
    """
    Who watches the daemon.
    """

    def test_drain(self) -> None:
        """
        Metrics are served until the last conversation has ended; nothing else is.
        """
        fixture = EchoFixture(self, "--metrics=tcp:9090")
        self.assertEqual(
            [port for port, *_ in fixture.reactor.tcpServers], [8080, 9090]
        )
        listeners = [
            each for each in fixture.service if isinstance(each, ListeningService)
        ]
        closed: list[int] = []
        for number, listener in enumerate(listeners):
            port = cast("Any", listener._waitingForPort).result
            self.patch(port, "stopListening", partial(closed.append, number))
        peer = fixture.connect()
        stopped: list[object] = []
        fixture.service.stopService().addCallback(stopped.append)
        fixture.advance(0.1)
        self.assertEqual((closed, stopped), ([0], []))
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(closed, [0, 1])
        self.assertEqual(len(stopped), 1)


class NoticeTests(SynchronousTestCase):
    """
    What the log says of the data path.
    """

    def use(self, **environ: str) -> EchoFixture:
        """
        @return: A daemon in this environment.
        """
        self.addCleanup(os.environ.update, os.environ.copy())
        self.addCleanup(os.environ.pop, VARIABLE, None)
        os.environ.pop(VARIABLE, None)
        os.environ.update(environ)
        return EchoFixture(self)

    def test_compiled(self) -> None:
        """
        Nothing, where it is compiled.
        """
        self.patch(echo.server.conversation.protocol, "choose", lambda: Compiled)
        self.assertEqual(self.use().notices, [])

    def test_notCompiled(self) -> None:
        """
        One line, where it is not.
        """
        self.patch(echo.server.conversation.protocol, "choose", lambda: echo.wire.pure)
        self.assertEqual(self.use().notices, [f"{NOTICE}echo.wire is not compiled"])

    def test_switchedOff(self) -> None:
        """
        One line, where it is switched off.
        """
        fixture = self.use(**{VARIABLE: "0"})
        self.assertEqual(fixture.notices, [f"{NOTICE}ECHO_USE_WIRE is 0"])


class Compiled:
    """
    Looks compiled.
    """

    class Wire(echo.wire.pure.Wire):
        """
        Has a pump, if there were any use for it.
        """

        makePump = object  # type: ignore[assignment]  # the Python codec has none
