"""
Tests for L{echo.client.run.precisetimers}: with the real reactor, since the kernel is
the point.
"""

import ctypes
import os
import time
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import Clock, LoopingCall, deferLater
from twisted.trial.unittest import TestCase

from echo.client.run.precisetimers import PreciseTime, preciseTime


class CountingTime(PreciseTime):
    """
    Counts how often the reactor wakes it.
    """

    reads = 0

    def doRead(self) -> None:
        """
        Count, and call what is due.
        """
        self.reads += 1
        super().doRead()


class PreciseTimeTests(TestCase):
    """
    Tests for L{PreciseTime} and L{preciseTime}.
    """

    def setUp(self) -> None:
        self.timing: Any = preciseTime(reactor)
        self.assertIsInstance(self.timing, PreciseTime)

    async def test_timersFireInOrderAndNotEarly(self) -> None:
        fired: list[tuple[str, bool]] = []
        done: Deferred[None] = Deferred()
        begun = time.perf_counter()

        def fire(name: str, *, after: float) -> None:
            fired.append((name, time.perf_counter() >= begun + after))
            if len(fired) == 3:
                done.callback(None)

        callLater = self.timing.callLater
        calls = {
            "last": callLater(3600, self.fail),
            "later": callLater(0.003, fire, "later", after=0.003),
            "sooner": callLater(0.001, fire, "sooner", after=0.001),
            "soonest": callLater(0.0001, fire, "soonest", after=0.0001),
        }
        self.assertIn(self.timing, reactor.getReaders())
        await done
        calls.pop("last").cancel()
        await deferLater(reactor, 0)
        # On a busy machine, the second timer can be set after the first one is due.
        order = sorted(calls, key=lambda name: calls[name].getTime())
        self.assertEqual(fired, [(name, True) for name in order])
        self.assertEqual(self.timing.getDelayedCalls(), [])
        self.assertEqual(self.timing.fileno(), -1)
        self.assertNotIn(self.timing, reactor.getReaders())

    async def test_noDelayNeedsNoDescriptor(self) -> None:
        done: Deferred[str] = Deferred()
        self.timing.callLater(0, self.fail).cancel()
        self.timing.callLater(0, done.callback, "now")
        self.assertEqual(self.timing.getDelayedCalls(), [])
        self.assertNotIn(self.timing, reactor.getReaders())
        self.assertEqual(await done, "now")

    def test_noDelayIsCalledInNextTurn(self) -> None:
        clock = Clock()
        called: list[str] = []
        PreciseTime(clock, ctypes.CDLL(None)).callLater(0, called.append, "now")
        clock.advance(0)
        self.assertEqual(called, ["now"])

    async def test_cancelledTimerDoesNotFire(self) -> None:
        """
        Also if it is due at the same time as the timer that cancels it.
        """
        done: Deferred[None] = Deferred()

        def cancel() -> None:
            time.sleep(0.002)
            second.cancel()

        second = self.timing.callLater(0.002, self.fail)
        first = self.timing.callLater(0.001, cancel)
        self.timing.callLater(0.004, done.callback, None)
        self.timing.callLater(0.1, self.fail).cancel()
        await done
        self.assertFalse(first.active())

    async def test_bugInTimerIsLogged(self) -> None:
        """
        The other timers fire.
        """
        done: Deferred[None] = Deferred()

        def broken() -> None:
            raise RuntimeError("a bug")

        self.timing.callLater(0, broken)
        self.timing.callLater(0, done.callback, None)
        await done
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    async def test_timerCanBeMoved(self) -> None:
        done: Deferred[None] = Deferred()
        self.timing.callLater(3600, done.callback, None).reset(0)
        await done

    async def test_loopingCallCountsAllIntervals(self) -> None:
        """
        Also intervals below a millisecond.
        """
        begun = time.perf_counter()
        counts: list[int] = []
        loop = LoopingCall.withCount(counts.append)
        loop.clock = self.timing
        running = loop.start(0.0003)
        done: Deferred[None] = Deferred()
        self.timing.callLater(0.03, done.callback, None)
        await done
        loop.stop()
        await running
        passed = (time.perf_counter() - begun) / 0.0003
        self.assertLessEqual(sum(counts), passed + 2)
        self.assertGreater(sum(counts), 50)

    async def test_reactorWakesOncePerTimer(self) -> None:
        timing = CountingTime(reactor, ctypes.CDLL(None))
        done: Deferred[None] = Deferred()
        timing.callLater(0.05, done.callback, None)
        await done
        self.assertLessEqual(timing.reads, 2)

    def test_descriptorIsClosedWithLastTimer(self) -> None:
        call = self.timing.callLater(3600, self.fail)
        descriptor = self.timing.fileno()
        os.fstat(descriptor)
        call.cancel()
        self.assertRaises(OSError, os.fstat, descriptor)

    def test_lostDescriptorIsClosed(self) -> None:
        call = self.timing.callLater(3600, self.fail)
        self.timing.connectionLost(None)
        self.assertEqual((self.timing.fileno(), self.timing.logPrefix()), (-1, "timer"))
        call.cancel()

    def test_reactorItselfWithoutTimerfd(self) -> None:
        """
        Also a reactor that watches no descriptors.
        """
        clock = Clock()
        self.assertIs(preciseTime(clock), clock)
        self.assertIsInstance(reactor, PosixReactorBase)
        self.patch(ctypes, "CDLL", lambda _: object())
        self.assertIs(preciseTime(reactor), reactor)
