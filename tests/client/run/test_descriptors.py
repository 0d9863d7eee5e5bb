"""
Tests for L{echo.client.run.descriptors}.
"""

import resource
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo.client.run.descriptors import MARGIN, requireDescriptors

UNLIMITED = resource.RLIM_INFINITY


class DescriptorTests(SynchronousTestCase):
    """
    Tests for L{requireDescriptors}, with ten descriptors open.
    """

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        for number in range(10):
            (self.directory / str(number)).touch()
        self.changes: list[tuple[int, int]] = []

    def _require(self, count: int, soft: int, hard: int) -> None:
        def getLimits(which: int) -> tuple[int, int]:
            self.assertEqual(which, resource.RLIMIT_NOFILE)
            return soft, hard

        def setLimits(which: int, limits: tuple[int, int]) -> None:
            self.assertEqual(which, resource.RLIMIT_NOFILE)
            self.changes.append(limits)

        requireDescriptors(count, getLimits, setLimits, self.directory)

    def test_sufficientLimitStays(self) -> None:
        self._require(100, 110 + MARGIN, 5000)
        self._require(100, UNLIMITED, UNLIMITED)
        self.assertEqual(self.changes, [])

    def test_softLimitIsRaisedToHardLimit(self) -> None:
        self._require(100, 109 + MARGIN, 5000)
        self.assertEqual(self.changes, [(5000, 5000)])

    def test_softLimitIsRaisedAsNeededWithoutHardLimit(self) -> None:
        self._require(2000, 1024, UNLIMITED)
        self.assertEqual(self.changes, [(2010 + MARGIN, UNLIMITED)])

    def test_lowHardLimitIsRefused(self) -> None:
        """
        The message says how to raise it.
        """
        error = self.assertRaises(ValueError, self._require, 10_000, 1024, 4096)
        needed = 10_010 + MARGIN
        self.assertEqual(
            str(error),
            f"10000 connections need {needed} file descriptors, and the limit is "
            f"4096: raise it (ulimit -n {needed}, or LimitNOFILE={needed} in a "
            f"systemd unit) or open fewer",
        )
        self.assertEqual(self.changes, [])

    def test_refusedRaiseIsRefused(self) -> None:

        def refuse(which: int, limits: tuple[int, int]) -> None:
            raise OSError("no")

        error = self.assertRaises(
            ValueError,
            requireDescriptors,
            1000,
            lambda _: (256, UNLIMITED),
            refuse,
            self.directory,
        )
        self.assertIn("and the limit is 256: raise it", str(error))

    def test_limitsOfThisProcess(self) -> None:
        requireDescriptors(1)
