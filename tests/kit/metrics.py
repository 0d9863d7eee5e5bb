"""
The samples of a daemon's metrics.
"""

from collections.abc import Iterable

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families as parse
from twisted.trial.unittest import SynchronousTestCase

from echo.server.metrics.collector import makeRegistry
from tests.kit.daemon import EchoFixture

Labels = frozenset[tuple[str, str]]


def samples(families: Iterable[Metric]) -> dict[tuple[str, Labels], float]:
    """
    @return: The values, by name and labels.
    """
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


class MetricsTestCase(SynchronousTestCase):
    """
    Has a daemon in memory with C{--metrics}.
    """

    def setUp(self) -> None:
        self.start()

    def start(self, *arguments: str) -> None:
        """
        Start a daemon with further options.
        """
        self.echo = EchoFixture(self, "--metrics=tcp:9100", *arguments)
        self.registry = makeRegistry(self.echo.factory)

    def value(self, name: str, **labels: str) -> float:
        """
        @return: The value of a sample.
        """
        text = generate_latest(self.registry).decode()
        return samples(parse(text))[name, frozenset(labels.items())]
