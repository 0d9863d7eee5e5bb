"""
What Prometheus gets to see: the counters, and the state of the daemon and its process.
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
from echo.server.conversation.protocol import EchoFactory
from echo.server.metrics.counters import BOUNDS, PingHistogram
from echo.server.sockets import buffered


class EchoCollector(Collector):
    """
    The metrics of one daemon, collected in the reactor's thread.
    """

    def __init__(self, factory: EchoFactory) -> None:
        self._factory = factory

    def collect(self) -> Iterator[Metric]:
        """
        @return: All of them, as they are now.
        """
        yield from self._history()
        yield from self._traffic()
        yield from self._state()

    def _history(self) -> Iterator[Metric]:
        counters = self._factory.counters
        yield CounterMetricFamily(
            "echo_conversations_opened",
            "Conversations that were opened: handshakes that led to a WebSocket.",
            counters.openings,
        )
        yield _counter(
            "echo_conversations_closed",
            "Conversations that have ended, by close code: 1005 stands for none,"
            " 1006 for no close at all, other for rare codes once there are many.",
            ["code"],
            {(code,): count for code, count in counters.closes.items()},
        )
        yield _counter(
            "echo_handshakes_refused",
            "Requests at the address of the socket, and connections without a request,"
            " that did not become a WebSocket, by reason.",
            ["reason"],
            {(reason,): count for reason, count in counters.refusals.items()},
        )
        yield _counter(
            "echo_behaviours",
            "Conversations that asked for more than an echo, by the parameter of their"
            " URL that had an effect.",
            ["parameter"],
            {(name,): count for name, count in counters.behaviours.items()},
        )
        yield _histogram(
            "echo_ping_round_trip_seconds",
            "Time that keep-alive pings took to be answered.",
            counters.pingRoundTrips,
        )

    def _traffic(self) -> Iterator[Metric]:
        traffic = self._factory.counters.traffic
        labels = ["direction", "type"]
        yield _counter(
            "echo_messages",
            "WebSocket messages, by direction and type.",
            labels,
            {(each.direction, each.kind): each.messages for each in traffic},
        )
        yield _counter(
            "echo_message_bytes",
            "Payload of WebSocket messages, not compressed, by direction and type.",
            labels,
            {(each.direction, each.kind): each.octets for each in traffic},
        )

    def _state(self) -> Iterator[Metric]:
        conversations = self._factory.conversations
        yield GaugeMetricFamily(
            "echo_conversations",
            "Conversations that are open.",
            len(conversations),
        )
        yield GaugeMetricFamily(
            "echo_buffered_bytes",
            "What waits in the process for peers: not yet given to the kernel, or"
            " held back because the peer asked for a delay.",
            sum(buffered(each.transport) + each.pending for each in conversations),
        )
        yield GaugeMetricFamily(
            "echo_draining",
            "Whether the daemon is going away: 1 if it takes no conversations any"
            " more and waits for the last ones to end.",
            int(self._factory.closing),
        )
        build = GaugeMetricFamily(
            "echo_build_info", "Which echo this is; always 1.", labels=["version"]
        )
        build.add_metric([__version__], 1)
        yield build


def _counter(
    name: str, text: str, labels: list[str], counts: Mapping[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in counts.items():
        family.add_metric(values, count)
    return family


def _histogram(name: str, text: str, trips: PingHistogram) -> HistogramMetricFamily:
    bounds = map(floatToGoString, (*BOUNDS, float("inf")))
    buckets = list(zip(bounds, accumulate(trips.counts), strict=True))
    return HistogramMetricFamily(name, text, buckets, trips.total)


def makeRegistry(factory: EchoFactory) -> CollectorRegistry:
    """
    @param factory: Whose figures they are.

    @return: All that is to be seen, those of the process included.
    """
    registry = CollectorRegistry(auto_describe=True)
    registry.register(EchoCollector(factory))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
