"""
The metrics: the counters, the current state of the daemon, and its process.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from echo import __version__
from echo.server.conversation.factory import EchoFactory
from echo.server.metrics.counters import BOUNDS
from echo.server.sockets import buffered


class EchoCollector(Collector):
    """
    The metrics of one daemon, collected in the reactor's thread.
    """

    def __init__(self, factory: EchoFactory) -> None:
        self._factory = factory

    def collect(self) -> Iterator[Metric]:
        yield from self._history()
        yield from self._state()

    def _history(self) -> Iterator[Metric]:
        counters = self._factory.counters
        yield CounterMetricFamily(
            "echo_conversations_opened",
            "Opened conversations: completed WebSocket handshakes.",
            counters.openings,
        )
        yield _counter(
            "echo_conversations_closed",
            "Closed conversations, by close code: 1005 for a close without a code, 1006"
            " for no close, other for rare codes once there are many.",
            "code",
            counters.closes,
        )
        yield _counter(
            "echo_handshakes_refused",
            "Requests of /socket, and connections without a request, that did not"
            " become a WebSocket, by reason.",
            "reason",
            counters.refusals,
        )
        yield _counter(
            "echo_behaviours",
            "Conversations with a behaviour, by effective parameter of their URL.",
            "parameter",
            counters.behaviours,
        )
        trips = counters.pingRoundTrips
        bounds = map(floatToGoString, (*BOUNDS, float("inf")))
        yield HistogramMetricFamily(
            "echo_ping_round_trip_seconds",
            "Round-trip times of keep-alive pings.",
            list(zip(bounds, accumulate(trips.counts), strict=True)),
            trips.total,
        )
        messages = CounterMetricFamily(
            "echo_messages",
            "WebSocket messages, by direction and type.",
            labels=["direction", "type"],
        )
        octets = CounterMetricFamily(
            "echo_message_bytes",
            "Uncompressed payload of WebSocket messages, by direction and type.",
            labels=["direction", "type"],
        )
        for each in counters.traffic:
            messages.add_metric([each.direction, each.kind], each.messages)
            octets.add_metric([each.direction, each.kind], each.octets)
        yield messages
        yield octets

    def _state(self) -> Iterator[Metric]:
        conversations = self._factory.conversations
        yield GaugeMetricFamily(
            "echo_conversations", "Open conversations.", len(conversations)
        )
        yield GaugeMetricFamily(
            "echo_buffered_bytes",
            "Bytes in the process that the kernel has not taken yet, delayed echoes"
            " included.",
            sum(buffered(each.transport) + each.pending for each in conversations),
        )
        yield GaugeMetricFamily(
            "echo_draining",
            "1 while the daemon refuses new conversations and waits for the open ones"
            " to close, else 0.",
            int(self._factory.closing),
        )
        build = GaugeMetricFamily(
            "echo_build_info",
            "Always 1. The label is the version of echo.",
            labels=["version"],
        )
        build.add_metric([__version__], 1)
        yield build


def _counter(
    name: str, text: str, label: str, counts: Mapping[str, int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def makeRegistry(factory: EchoFactory) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=True)
    registry.register(EchoCollector(factory))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
