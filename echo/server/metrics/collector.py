"""
What Prometheus gets to see: the counters, and the state of the daemon and its process.

Figures are put together in any thread (L{echo.server.metrics.exposition}) while the
reactor's goes on counting: what changes meanwhile is never looked through, only copied.
"""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

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
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Request

from echo import __version__
from echo.server.conversation.protocol import EchoFactory, EchoProtocol
from echo.server.http.channel import EchoChannel
from echo.server.http.responses import BaseResource
from echo.server.http.site import EchoSite
from echo.server.metrics.counters import BOUNDS, PingHistogram
from echo.server.metrics.exposition import ScrapeResource
from echo.server.sockets import buffered


class EchoCollector(Collector):
    """
    The figures of one daemon. They can be collected in any thread.
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
        # In this order: never are there more that have ended than were opened.
        closes, openings = dict(counters.closes), counters.openings
        yield CounterMetricFamily(
            "echo_conversations_opened",
            "Conversations that were opened: handshakes that led to a WebSocket.",
            openings,
        )
        yield _counter(
            "echo_conversations_closed",
            "Conversations that have ended, by close code: 1005 stands for none,"
            " 1006 for no close at all, other for rare codes once there are many.",
            ["code"],
            {(code,): count for code, count in closes.items()},
        )
        yield _counter(
            "echo_handshakes_refused",
            "Requests at the address of the socket, and connections without a request,"
            " that did not become a WebSocket, by reason.",
            ["reason"],
            {(reason,): count for reason, count in dict(counters.refusals).items()},
        )
        yield _counter(
            "echo_behaviours",
            "Conversations that asked for more than an echo, by the parameter of their"
            " URL that had an effect.",
            ["parameter"],
            {(name,): count for name, count in dict(counters.behaviours).items()},
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
        conversations = list(self._factory.conversations)
        yield GaugeMetricFamily(
            "echo_conversations",
            "Conversations that are open.",
            len(conversations),
        )
        yield GaugeMetricFamily(
            "echo_buffered_bytes",
            "What waits in the process for peers: not yet given to the kernel, or"
            " held back because the peer asked for a delay.",
            sum(map(_waiting, conversations)),
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


def _waiting(conversation: EchoProtocol) -> int:
    """
    @return: How many bytes wait for a peer: roughly, for the reactor may be
        writing them meanwhile.
    """
    try:
        return max(0, buffered(conversation.transport)) + conversation.pending
    except AttributeError:
        return 0  # its transport has gone meanwhile


class _Channel(EchoChannel):
    """
    A connection for one request.
    """

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        """
        @return: That it is not kept: from one scrape to the next is longer than
            it may be silent, and the log would have a line each time.
        """
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False


class MetricsSite(EchoSite):
    """
    What an operator sees, for programs that look every few seconds.
    """

    protocol = _Channel

    def __init__(
        self,
        root: Resource,
        factory: EchoFactory,
        reactor: Any,
        scrapes: ScrapeResource,
    ) -> None:
        """
        @param root: What is at C{/}, and below.

        @param factory: Whose figures are served.

        @param scrapes: What serves them.
        """
        super().__init__(root, factory, reactor)
        self._scrapes = scrapes

    def log(self, request: Request) -> None:  # type: ignore[override]  # ours are these
        """
        Say nothing: it would be all that the log is full of.
        """

    def startFactory(self) -> None:
        """
        A port listens, maybe again: answer scrapes.
        """
        super().startFactory()
        self._scrapes.open()

    def close(self) -> Deferred[None]:
        """
        Answer no more scrapes. The reactor may be stopped only after that.

        @return: Fires when the last is answered.
        """
        return self._scrapes.close()


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


def metricsSite(
    factory: EchoFactory, reactor: Any, children: Mapping[bytes, Resource]
) -> MetricsSite:
    """
    @param factory: Whose figures are served.

    @param children: What else is, by name.

    @return: What is behind C{--metrics}.
    """
    from prometheus_client.twisted import MetricsResource  # noqa: PLC0415  importing installs the reactor

    scrapes = ScrapeResource(MetricsResource(makeRegistry(factory)), reactor)
    root = BaseResource()
    for name, child in {**children, b"metrics": scrapes}.items():
        root.putChild(name, child)
    return MetricsSite(root, factory, reactor, scrapes)
