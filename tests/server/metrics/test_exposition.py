"""
Tests of L{echo.server.metrics.exposition}.
"""

import gzip

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from echo.server.metrics.exposition import MetricsSite
from tests.kit.metrics import MetricsTestCase
from tests.kit.transports import SocketTransport

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
ADDRESS = IPv4Address("TCP", "192.0.2.1", 50000)


class SiteTestCase(MetricsTestCase):
    """
    Has the listener of C{--metrics}.
    """

    def ask(
        self,
        request: bytes,
        address: IAddress = ADDRESS,
    ) -> SocketTransport:
        """
        @return: The connection of a request. It has no C{Server} field in its answer.
        """
        site = self.echo.reactor.tcpServers[-1][1]
        self.assertIsInstance(site, MetricsSite)
        transport = SocketTransport(self.echo.reactor, address)
        transport.protocol = site.buildProtocol(address)
        transport.protocol.makeConnection(transport)
        self.addCleanup(transport.hangUp)
        transport.arrive(request)
        transport.read()
        self.assertNotIn(b"\r\nserver:", transport.taken.lower())
        return transport

    def scrape(
        self, *fields: bytes, target: bytes = b"/metrics", method: bytes = b"GET"
    ) -> tuple[dict[str, str], bytes]:
        """
        @return: The header fields of a scrape's answer, by name in lower case, and
            its body.
        """
        lines = [method + b" " + target + b" HTTP/1.1", b"Host: x", *fields, b"", b""]
        transport = self.ask(b"\r\n".join(lines))
        head, _, body = transport.taken.partition(b"\r\n\r\n")
        status, *rest = head.decode("ascii").split("\r\n")
        self.assertEqual(status, "HTTP/1.1 200 OK")
        self.echo.advance(0)
        self.assertIsNotNone(transport.lost)
        pairs = (line.partition(": ") for line in rest)
        return {name.lower(): value for name, _, value in pairs}, body


class ScrapeTests(SiteTestCase):
    """
    Answers at C{/metrics}.
    """

    def test_answer(self) -> None:
        """
        A scrape gets all metrics as text. Then the connection ends.
        """
        headers, body = self.scrape()
        self.assertEqual(headers["connection"], "close")
        self.assertEqual(headers["content-type"], PLAIN)
        self.assertEqual(headers["content-length"], str(len(body)))
        self.assertIn(b"\necho_conversations 0.0\n", body)
        self.assertIn(b"\npython_info{", body)

    def test_unixSocket(self) -> None:
        """
        A peer on a UNIX socket, without host and port, is answered.
        """
        request = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        transport = self.ask(request, UNIXAddress("/run/echo.sock"))
        self.assertIn(b"\necho_conversations 0.0\n", transport.taken)

    def test_headHasNoBody(self) -> None:
        """
        HEAD gets the header of GET without the metrics.
        """
        headers, body = self.scrape(method=b"HEAD")
        self.assertEqual(headers["content-type"], PLAIN)
        self.assertEqual(body, b"")

    def test_formats(self) -> None:
        """
        C{Accept} decides about the format. A version that is not a number, at which
        prometheus_client would fail, gets the plain one.
        """
        openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        for accept, expected in [
            (
                b"application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1",
                openMetrics,
            ),
            (b"text/plain; version=0.0.4", PLAIN),
            (b"*/*", PLAIN),
            (b"text/plain;version=x", PLAIN),
            (b'application/openmetrics-text;version="1.0.0"', PLAIN),
            (b"application/openmetrics-text;version=1.0.0-rc.1", PLAIN),
            (b"text/plain;version=" + b"1" * 5000, PLAIN),
            (b"text/plain;version=1;version=", PLAIN),
        ]:
            headers, body = self.scrape(b"Accept: " + accept)
            self.assertTrue(headers["content-type"].startswith(expected), accept)
            isOpenMetrics = expected == openMetrics
            self.assertEqual(body.endswith(b"# EOF\n"), isOpenMetrics, accept)

    def test_severalFields(self) -> None:
        """
        An C{Accept} field with a bad version leaves the other one in force.
        """
        headers, _ = self.scrape(
            b"Accept: text/plain;version=x",
            b"Accept: application/openmetrics-text;version=1.0.0",
        )
        self.assertIn("openmetrics-text", headers["content-type"])

    def test_gzip(self) -> None:
        """
        The metrics are compressed where gzip is accepted.
        """
        headers, body = self.scrape(b"Accept-Encoding: deflate, gzip;q=0.5")
        self.assertEqual(headers["content-encoding"], "gzip")
        self.assertIn(b"\necho_conversations 0.0\n", gzip.decompress(body))
        headers, body = self.scrape(b"Accept-Encoding: deflate")
        self.assertNotIn("content-encoding", headers)

    def test_names(self) -> None:
        """
        C{name[]} selects metrics. Names that nothing has are ignored.
        """
        target = b"/metrics?name[]=echo_draining&name[]=%FF&x"
        _, body = self.scrape(target=target)
        self.assertEqual(body.splitlines()[-1], b"echo_draining 0.0")
        self.assertNotIn(b"echo_conversations", body)

    def test_manyAtOnce(self) -> None:
        """
        Simultaneous scrapes are all answered.
        """
        for _ in range(20):
            self.scrape()


class SiteTests(SiteTestCase):
    """
    The other addresses of C{--metrics}.
    """

    def get(self, target: str) -> int:
        """
        @return: The status at an address.
        """
        request = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        answer = self.ask(request).taken
        self.assertIn(b"\r\nconnection: close\r\n", answer.lower())
        return int(answer.split()[1])

    def test_nothingElse(self) -> None:
        """
        Beside and below C{/metrics} there is no page and no echo.
        """
        for target in ("/", "/metrics/", "/metrics/x", "/socket", "/favicon.ico", "*"):
            self.assertEqual(self.get(target), 404, target)

    def test_health(self) -> None:
        """
        The health checks answer here, too.
        """
        self.echo.connect()
        self.assertEqual(self.get("/healthz"), 200)
        self.assertEqual(self.get("/readyz"), 200)
        self.echo.service.stopService()
        self.assertEqual(self.get("/healthz"), 200)
        self.assertEqual(self.get("/readyz"), 503)

    def test_onlyGETandHEAD(self) -> None:
        """
        All other methods get 405.
        """
        for method in (b"POST", b"PUT", b"DELETE", b"OPTIONS"):
            request = b" /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            answer = self.ask(method + request).taken
            self.assertTrue(answer.startswith(b"HTTP/1.1 405 "), answer)

    def test_notLogged(self) -> None:
        """
        No request is logged.
        """
        before = list(self.echo.lines)
        for target in ("/readyz", "/healthz", "/nothing", "/metrics"):
            self.get(target)
        self.echo.advance(20)
        self.assertEqual(self.echo.lines, before)

    def test_incompleteRequest(self) -> None:
        """
        A connection without a complete request is closed after the handshake
        time-out.
        """
        self.ask(b"GET /metrics HTTP/1.1\r\n")
        self.echo.advance(6)
        self.assertIn("request incomplete after 5 s", self.echo.lines[-1])
