"""
Tests of L{echo.client.transport.phases}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.phases import PhaseRecorder, Phases


class PhasesTests(SynchronousTestCase):
    """
    L{PhaseRecorder} and L{Phases}.
    """

    def _recorder(self, *phases: str) -> PhaseRecorder:
        times = iter([0, 10**9, 3 * 10**9, 7 * 10**9, 15 * 10**9, 31 * 10**9])
        recorder = PhaseRecorder(lambda: next(times))
        self.assertEqual(recorder.phase, "")
        for each in phases:
            recorder.enter(each)
            self.assertEqual(recorder.phase, each)
        return recorder

    def test_phaseLastsUntilNextPhase(self) -> None:
        recorder = self._recorder("DNS", "TCP", "proxy", "TLS", "HTTP", "open")
        opening = recorder.phases()
        self.assertEqual(opening, Phases(1.0, 2.0, 4.0, 8.0, 16.0))
        self.assertEqual(opening.total, 31.0)

    def test_missingPhasesHaveNoTime(self) -> None:
        """
        A phase that the opening does not have is C{None}, not 0.
        """
        opening = self._recorder("unix socket", "HTTP", "open").phases()
        self.assertEqual(opening, Phases(None, 1.0, None, None, 2.0, "unix socket"))
        self.assertEqual(opening.total, 3.0)

    def test_enteringAgainHasNoEffect(self) -> None:
        recorder = self._recorder("DNS", "TCP")
        recorder.enter("DNS")
        recorder.enter("TCP")
        self.assertEqual(recorder.phase, "TCP")
        recorder.enter("HTTP")
        recorder.enter("open")
        self.assertEqual(recorder.phases(), Phases(1.0, 2.0, None, None, 4.0))
