"""
Tests for L{echo.client.measure.steps}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.steps import Steps
from echo.client.measure.summary import Step
from echo.client.traffic.payloads import SweepPayloads


class StepsTests(SynchronousTestCase):
    """
    Tests for L{Steps}.
    """

    def setUp(self) -> None:
        self.steps = Steps(SweepPayloads(False, (10, 20, 40), each=2))

    def _arrive(self, seq: int, time: int) -> Step | None:
        return self.steps.arrived(Echo(seq, time, answers=True))

    def test_lastEchoCompletesStep(self) -> None:
        self.assertIsNone(self._arrive(1, 500))
        step = self._arrive(2, 1500)
        assert step is not None
        self.assertEqual((step.size, step.sent), (10, 2))
        self.assertEqual(
            (step.roundTrips.minimum, step.roundTrips.maximum), (500, 1500)
        )
        self.assertEqual(step.throughput, 10 / 1e-6)
        self.assertIsNone(self._arrive(3, 7))

    def test_anomalousEchoHasNoTime(self) -> None:
        for anomaly in Anomaly:
            self.assertIsNone(self.steps.arrived(Echo(2, 5, (anomaly,))))
        self.assertIsNone(self.steps.arrived(Echo(None, None)))
        [step] = self.steps.all(2)
        self.assertEqual((step.sent, step.roundTrips.count), (2, 0))
        self.assertIsNone(step.throughput)

    def test_eachSentSizeHasStep(self) -> None:
        """
        Though its messages are lost.
        """
        self._arrive(1, 5)
        self.assertEqual(self.steps.all(0), [])
        for sent, expected in [
            (1, [(10, 1, 1)]),
            (3, [(10, 2, 1), (20, 1, 0)]),
            (6, [(10, 2, 1), (20, 2, 0), (40, 2, 0)]),
        ]:
            found = [
                (each.size, each.sent, each.roundTrips.count)
                for each in self.steps.all(sent)
            ]
            self.assertEqual(found, expected)
