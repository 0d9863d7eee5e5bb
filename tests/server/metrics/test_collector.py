"""
Tests of L{echo.server.metrics.collector}.
"""

from typing import Any

from prometheus_client import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parseOpenMetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory

from echo import __version__
from echo.server.metrics.collector import EchoCollector
from tests.kit.daemon import Peer
from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.kit.metrics import Labels, MetricsTestCase, samples


class ConversationTests(MetricsTestCase):
    """
    Opened, closed and refused conversations.
    """

    def test_openAndOpened(self) -> None:
        """
        The gauge has the open conversations, and the counter all since the start.
        """
        first, _ = self.echo.connect(), self.echo.connect()
        first.transport.hangUp()
        self.assertEqual(self.value("echo_conversations"), 1)
        self.assertEqual(self.value("echo_conversations_opened_total"), 2)

    def test_closed(self) -> None:
        """
        Closed conversations have their close code as a label.
        """
        self.echo.connect().transport.hangUp()
        peer = self.echo.connect()
        peer.send(frame(CLOSE, (4001).to_bytes(2, "big")))
        self.echo.advance(0.1)
        for code, count in {"1006": 1, "4001": 1, "1000": 0}.items():
            self.assertEqual(
                self.value("echo_conversations_closed_total", code=code), count
            )

    def test_refused(self) -> None:
        """
        A refused request counts under its reason. All reasons are exposed.
        """
        self.echo.dial().open(Origin="https://foreign.example")
        text = generate_latest(self.registry).decode()
        refused = [
            (labels, value)
            for (name, labels), value in samples(parse(text)).items()
            if name == "echo_handshakes_refused_total"
        ]
        counted = [dict(labels) for labels, value in refused if value]
        self.assertEqual(counted, [{"reason": "origin"}])
        self.assertGreater(len(refused), 10)

    def test_behaviours(self) -> None:
        """
        Conversations count under each parameter with an effect.
        """
        for query in ("nopong=1&repeat=1", "nopong=1&slow=1k/s", "info=0"):
            self.echo.connect(f"/socket?{query}")
        for name, count in {"nopong": 2, "slow": 1, "repeat": 0, "info": 0}.items():
            value = self.value("echo_behaviours_total", parameter=name)
            self.assertEqual(value, count, name)

    def test_draining(self) -> None:
        """
        C{echo_draining} is 1 from the stop on.
        """
        self.echo.connect()
        self.assertEqual(self.value("echo_draining"), 0)
        self.echo.service.stopService()
        self.assertEqual(self.value("echo_draining"), 1)


class MessageTests(MetricsTestCase):
    """
    Messages.
    """

    def test_traffic(self) -> None:
        """
        Messages and bytes are counted by direction and type, from 0.
        """
        peer = self.echo.connect()
        peer.send(frame(BINARY, bytes(1000)) + frame(BINARY, bytes(70)))
        for direction in ("received", "sent"):
            for kind, messages, octets in [("binary", 2, 1070), ("text", 0, 0)]:
                labels = {"direction": direction, "type": kind}
                self.assertEqual(self.value("echo_messages_total", **labels), messages)
                self.assertEqual(
                    self.value("echo_message_bytes_total", **labels), octets
                )

    def test_text(self) -> None:
        """
        The bytes of a text message are those of its UTF-8.
        """
        self.echo.connect().send(frame(TEXT, "Grüße".encode()))
        self.assertEqual(
            self.value("echo_message_bytes_total", direction="sent", type="text"), 7
        )

    def test_roundTrips(self) -> None:
        """
        An answered ping counts in its bucket and in all longer ones.
        """
        for seconds in (0.0002, 0.03, 0.03, 70.0):
            self.echo.factory.counters.pongReceived(seconds)
        name = "echo_ping_round_trip_seconds"
        for bound, count in {
            "0.0001": 0,
            "0.00025": 1,
            "0.025": 1,
            "0.05": 3,
            "10.0": 3,
            "+Inf": 4,
        }.items():
            self.assertEqual(self.value(f"{name}_bucket", le=bound), count)
        self.assertEqual(self.value(f"{name}_count"), 4)
        self.assertAlmostEqual(self.value(f"{name}_sum"), 70.0602)


class BufferTests(MetricsTestCase):
    """
    Bytes that wait for peers.
    """

    def stuck(self) -> Peer:
        """
        @return: A peer with 1,004 unsent bytes.
        """
        peer = self.echo.connect()
        peer.transport.stuck = True
        peer.send(frame(BINARY, bytes(1000)))
        return peer

    def test_unsent(self) -> None:
        """
        The unsent bytes of all peers are added up.
        """
        self.assertEqual(self.value("echo_buffered_bytes"), 0)
        self.stuck()
        self.stuck()
        self.assertEqual(self.value("echo_buffered_bytes"), 2008)

    def test_delayed(self) -> None:
        """
        Delayed echoes count, too.
        """

        class Delayed:
            transport = self.echo.dial().transport
            pending = 70

        self.echo.factory.conversations.update({Delayed(), Delayed()})
        self.assertEqual(self.value("echo_buffered_bytes"), 140)

    def test_wrapped(self) -> None:
        """
        Buffers below TLS and PROXY count, too.
        """
        peer = self.stuck()
        wrapper: Any = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = peer.transport
        peer.transport.protocol.transport = wrapper
        self.assertEqual(self.value("echo_buffered_bytes"), 1004)


class CollectTests(MetricsTestCase):
    """
    All metrics.
    """

    def test_complete(self) -> None:
        """
        All metrics exist from the start, those of the process included.
        """
        text = generate_latest(self.registry).decode()
        self.assertEqual(
            {family.name for family in parse(text)},
            {
                "echo_behaviours",
                "echo_buffered_bytes",
                "echo_build_info",
                "echo_conversations",
                "echo_conversations_closed",
                "echo_conversations_opened",
                "echo_draining",
                "echo_handshakes_refused",
                "echo_message_bytes",
                "echo_messages",
                "echo_ping_round_trip_seconds",
                "process_cpu_seconds",
                "process_max_fds",
                "process_open_fds",
                "process_resident_memory_bytes",
                "process_start_time_seconds",
                "process_virtual_memory_bytes",
                "python_gc_collections",
                "python_gc_objects_collected",
                "python_gc_objects_uncollectable",
                "python_info",
            },
        )
        self.assertEqual(self.value("echo_build_info", version=__version__), 1)

    def test_formats(self) -> None:
        """
        OpenMetrics, Prometheus's stricter format, has the same values.
        """
        self.echo.connect().send(frame(TEXT, b"Hello"))
        self.echo.factory.counters.pongReceived(0.2)
        registry = EchoCollector(self.echo.factory)
        self.assertEqual(
            samples(parse(generate_latest(registry).decode())),
            samples(parseOpenMetrics(openmetrics.generate_latest(registry).decode())),
        )

    def test_selected(self) -> None:
        """
        A restricted registry has only the selected metrics.
        """
        chosen = self.registry.restricted_registry(["echo_draining"])
        self.assertEqual(
            samples(parse(generate_latest(chosen).decode())),
            {("echo_draining", frozenset()): 0},
        )

    def test_countersNeverDecrease(self) -> None:
        """
        From scrape to scrape, no counter decreases, and the histogram's count is
        that of its last bucket.
        """
        collector = EchoCollector(self.echo.factory)
        counters = self.echo.factory.counters
        before: dict[tuple[str, Labels], float] = {}
        for code in range(3001, 3151):
            counters.closed(code)
            counters.refused("origin")
            counters.pongReceived(code / 1000)
            self.echo.connect().send(frame(TEXT, b"Hello"))
            if code % 10:
                continue
            now = samples(collector.collect())
            for (name, labels), value in before.items():
                if not _isGauge(name):
                    self.assertGreaterEqual(now[name, labels], value)
            name = "echo_ping_round_trip_seconds"
            self.assertEqual(
                now[f"{name}_count", frozenset()],
                now[f"{name}_bucket", frozenset({("le", "+Inf")})],
            )
            before = now
        self.assertGreater(before["echo_conversations", frozenset()], 100)


def _isGauge(name: str) -> bool:
    return not name.endswith(("_total", "_bucket", "_count", "_sum"))
