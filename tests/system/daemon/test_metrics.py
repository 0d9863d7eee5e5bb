"""
C{--metrics} of a daemon with real clients.
"""

import gzip
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from itertools import pairwise

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parseOpenMetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse
from twisted.trial.unittest import SkipTest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.kit.metrics import Labels, samples
from tests.kit.processes import PATIENCE, DaemonProcess, DaemonProcessTestCase, until

_WATCHED = ("--metrics", "tcp:0:interface=127.0.0.1")


class MetricsTestCase(DaemonProcessTestCase):
    """
    Scrapes daemons.
    """

    def watched(self, daemon: DaemonProcess) -> int:
        """
        @return: The port of the metrics.
        """
        return int(daemon.logged(r"Listening on http://\S+:(\d+)/metrics")[1])

    def ask(
        self,
        daemon: DaemonProcess,
        path: str = "/metrics",
        method: str = "GET",
        **headers: str,
    ) -> tuple[HTTPResponse, bytes]:
        """
        @return: The response, and its body.
        """
        connection = HTTPConnection("127.0.0.1", self.watched(daemon), timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request(
            method,
            path,
            headers={name.replace("_", "-"): each for name, each in headers.items()},
        )
        response = connection.getresponse()
        return response, response.read()

    def status(self, daemon: DaemonProcess, path: str) -> int:
        return self.ask(daemon, path)[0].status

    def scrape(self, daemon: DaemonProcess) -> dict[tuple[str, Labels], float]:
        """
        @return: The samples.
        """
        response, body = self.ask(daemon)
        self.assertEqual(response.status, 200)
        return samples(parse(body.decode()))

    def value(self, daemon: DaemonProcess, name: str, **labels: str) -> float:
        """
        @return: The value of a sample.
        """
        return self.scrape(daemon)[name, frozenset(labels.items())]


class ScrapeTests(MetricsTestCase):
    """
    Contents and formats.
    """

    def test_valuesMatchTraffic(self) -> None:
        daemon = self.start(*_WATCHED)
        url = daemon.url()
        with self.assertRaises(InvalidStatus):
            connect(url, origin=Origin("https://foreign.example"), proxy=None)
        with connect(url, proxy=None), connect(url, proxy=None) as client:
            self.assertEchoes(client)
            self.assertEqual(self.value(daemon, "echo_conversations"), 2)
            client.close(4001)
            until(
                lambda: self.value(daemon, "echo_conversations") == 1,
                "the end of a conversation",
            )
            figures = self.scrape(daemon)
        for name, code, expected in [
            ("echo_conversations_opened_total", None, 2),
            ("echo_conversations_closed_total", "4001", 1),
            ("echo_conversations_closed_total", "1000", 0),
            ("echo_buffered_bytes", None, 0),
            ("echo_draining", None, 0),
        ]:
            key = frozenset({("code", code)}) if code else frozenset()
            self.assertEqual(figures[name, key], expected, name)
        refused = [
            value
            for (name, _), value in figures.items()
            if name == "echo_handshakes_refused_total"
        ]
        self.assertEqual(sum(refused), 1)
        for direction in ("received", "sent"):
            for kind, messages, octets in [("text", 3, 70007), ("binary", 2, 2)]:
                labels = frozenset({("direction", direction), ("type", kind)})
                self.assertEqual(figures["echo_messages_total", labels], messages)
                self.assertEqual(figures["echo_message_bytes_total", labels], octets)
        self.assertGreater(figures["process_open_fds", frozenset()], 3)

    def test_pingRoundTrips(self) -> None:
        daemon = self.start(*_WATCHED, "--ping-interval=50ms")
        with connect(daemon.url(), proxy=None):
            until(
                lambda: self.value(daemon, "echo_ping_round_trip_seconds_count") > 2,
                "answers to pings",
            )
            self.assertGreater(
                self.value(daemon, "echo_ping_round_trip_seconds_sum"), 0
            )

    def test_acceptChoosesFormat(self) -> None:
        """
        Invalid Accept fields get the default.
        """
        daemon = self.start(*_WATCHED)
        response, body = self.ask(
            daemon,
            Accept="application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            Accept_Encoding="gzip",
        )
        self.assertIn("openmetrics-text", response.getheader("Content-Type", ""))
        text = gzip.decompress(body).decode()
        self.assertIn(
            "echo_conversations", {each.name for each in parseOpenMetrics(text)}
        )
        for accept in (
            "text/plain;version=x",
            "application/openmetrics-text;version=a",
        ):
            response, body = self.ask(daemon, Accept=accept)
            self.assertEqual(response.status, 200)
            self.assertIn(b"\necho_conversations 0.0\n", body)
        _, body = self.ask(daemon, "/metrics?name[]=echo_draining&name[]=%FF&x")
        self.assertEqual(body.splitlines()[-1], b"echo_draining 0.0")
        self.assertNotIn(b"echo_conversations", body)
        self.assertNotIn("Traceback", daemon.log)

    def test_promtoolFindsNothing(self) -> None:
        promtool = shutil.which("promtool")
        if promtool is None:
            raise SkipTest("promtool is not installed")
        daemon = self.start(*_WATCHED)
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
        result = subprocess.run(
            [promtool, "check", "metrics"],
            input=self.ask(daemon)[1],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        self.assertEqual((result.stdout, result.stderr), (b"", b""))
        self.assertEqual(result.returncode, 0)

    def test_threePathsAndNoOthers(self) -> None:
        """
        GET and HEAD only, and no Server field.
        """
        daemon = self.start(*_WATCHED)
        for path, status in {
            "/healthz": 200,
            "/readyz": 200,
            "/": 404,
            "/metrics/": 404,
            "/metrics/x": 404,
            "/socket": 404,
        }.items():
            self.assertEqual(self.status(daemon, path), status, path)
        self.assertEqual(self.ask(daemon, method="POST")[0].status, 405)
        response, body = self.ask(daemon, method="HEAD")
        self.assertEqual((response.status, body), (200, b""))
        self.assertIn("text/plain", response.getheader("Content-Type", ""))
        self.assertIsNone(response.getheader("Server"))
        self.assertNotIn("Answered", daemon.log)

    def test_unixSocket(self) -> None:
        path = self.directory.relative_to(self.directory.cwd()) / "m"
        daemon = self.start("--metrics", f"unix:{path}")
        daemon.logged("Listening on .*m\n")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            with connection.makefile("rb") as answer:
                text = answer.read()
        self.assertTrue(text.startswith(b"HTTP/1.1 200 OK\r\n"), text)
        self.assertIn(b"\necho_conversations 0.0\n", text)


class LoadTests(MetricsTestCase):
    """
    Scrapes under load.
    """

    def test_everyMessageIsCounted(self) -> None:
        """
        No counter ever decreases.
        """
        daemon = self.start(*_WATCHED)
        url = daemon.url()
        over = threading.Event()
        echoed = [0] * 4

        def talk(number: int, client: ClientConnection) -> None:
            while not over.is_set():
                messages = [f"{number} {echoed[number] + each}" for each in range(20)]
                for message in messages:
                    client.send(message.encode())
                for message in messages:
                    if client.recv(PATIENCE) != message.encode():
                        return
                    echoed[number] += 1

        with ExitStack() as stack:
            clients = [stack.enter_context(connect(url, proxy=None)) for _ in echoed]
            talkers = [
                threading.Thread(target=talk, args=each) for each in enumerate(clients)
            ]
            stack.callback(over.set)
            for talker in talkers:
                talker.start()
            scrapes = [self.scrape(daemon) for _ in range(50)]
            over.set()
            for talker in talkers:
                talker.join(PATIENCE)
            scrapes.append(self.scrape(daemon))
        for before, after in pairwise(scrapes):
            for (name, labels), value in before.items():
                if name.endswith(("_total", "_count", "_sum", "_bucket")):
                    self.assertGreaterEqual(after[name, labels], value, name)
        total = "echo_messages_total"
        received = frozenset({("direction", "received"), ("type", "binary")})
        sent = frozenset({("direction", "sent"), ("type", "binary")})
        self.assertTrue(all(each % 20 == 0 and each for each in echoed), echoed)
        self.assertEqual(scrapes[-1][total, received], sum(echoed))
        self.assertEqual(scrapes[-1][total, sent], sum(echoed))
        self.assertGreater(len({each[total, sent] for each in scrapes}), 2)

    def test_parallelScrapes(self) -> None:
        """
        Abandoned ones among them.
        """
        daemon = self.start(*_WATCHED)
        port = self.watched(daemon)
        waiting = [self.dial(port) for _ in range(16)]
        for connection in waiting:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        for connection in waiting[::2]:
            connection.close()
        for connection in waiting[1::2]:
            with connection.makefile("rb") as answer:
                self.assertIn(b"\necho_conversations 0.0\n", answer.read())
        self.assertEqual(self.status(daemon, "/healthz"), 200)
        self.assertNotIn("Traceback", daemon.log)


class DrainTests(MetricsTestCase):
    """
    Scrapes during the drain.
    """

    def test_metricsUntilEndOfDrain(self) -> None:
        daemon = self.start(*_WATCHED, "--drain=1m")
        connection = self.dial(daemon.port())
        self.open(connection)
        daemon.signal()
        until(lambda: self.value(daemon, "echo_draining") == 1, "the drain")
        self.assertEqual(self.value(daemon, "echo_conversations"), 1)
        self.assertEqual(self.status(daemon, "/readyz"), 503)
        self.assertEqual(self.status(daemon, "/healthz"), 200)
        connection.close()
        self.assertEqual(daemon.wait(), -signal.SIGTERM)
