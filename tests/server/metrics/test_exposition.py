"""
Tests of L{echo.server.metrics.exposition}.
"""

from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from echo.server.conversation.limits import Limits
from echo.server.conversation.protocol import EchoFactory
from echo.server.http.responses import BaseResource
from echo.server.metrics.collector import MetricsSite
from echo.server.metrics.exposition import MOST_SCRAPES, ScrapeResource
from tests.kit.daemon import MemoryTransport


class Thread(Resource):
    """
    What answers, as late as a thread does.

    @ivar begun: The requests that it was given.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[Any] = []

    def render(self, request: Any) -> int:
        """
        Begin.
        """
        self.begun.append(request)
        return NOT_DONE_YET


class ScrapeTests(SynchronousTestCase):
    """
    Requests for figures.
    """

    def setUp(self) -> None:
        """
        Have a site, and threads that end when the test says so.
        """
        self.reactor = MemoryReactorClock()
        self.thread = Thread()
        self.scrapes = ScrapeResource(self.thread, self.reactor)
        root = BaseResource()
        root.putChild(b"", self.scrapes)
        factory = EchoFactory(self.reactor, Limits())
        self.site = MetricsSite(root, factory, self.reactor, self.scrapes)

    def ask(self, request: bytes = b"GET / HTTP/1.1\r\nHost: x") -> MemoryTransport:
        """
        @return: A connection on which a scrape was asked for: over a UNIX socket.
        """
        address = UNIXAddress("/run/echo.sock")
        transport = MemoryTransport(self.reactor, address)
        transport.protocol = self.site.buildProtocol(address)
        transport.protocol.makeConnection(transport)
        self.addCleanup(transport.hangUp)
        transport.arrive(request + b"\r\n\r\n")
        transport.read()
        return transport

    def answer(self, scrape: Any, body: bytes = b"figures") -> None:
        """
        Have a thread end.
        """
        scrape.setResponseCode(200, b"Fine")
        if body:
            scrape.write(body)
        scrape.finish()
        self.reactor.advance(0)

    def test_answered(self) -> None:
        """
        What the thread says goes to who asked, and the connection ends.
        """
        transport = self.ask()
        self.assertEqual(transport.taken, b"")
        self.answer(self.thread.begun[0])
        head, _, body = transport.taken.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200 Fine\r\n"))
        self.assertIn(b"\r\nconnection: close", head.lower())
        self.assertNotIn(b"\r\nserver:", head.lower())
        self.assertEqual(body, b"7\r\nfigures\r\n0\r\n\r\n")
        self.assertIsNotNone(transport.lost)

    def test_head(self) -> None:
        """
        HEAD is GET without the figures.
        """
        transport = self.ask(b"HEAD / HTTP/1.1\r\nHost: x")
        (scrape,) = self.thread.begun
        self.assertEqual(scrape.method, b"GET")
        self.answer(scrape)
        self.assertTrue(transport.taken.startswith(b"HTTP/1.1 200 Fine\r\n"))
        self.assertTrue(transport.taken.endswith(b"\r\n\r\n"))
        self.assertNotIn(b"figures", transport.taken)

    def test_addresses(self) -> None:
        """
        There is a host and a port to be had of a UNIX socket, too: WSGI asks.
        """
        self.ask()
        (scrape,) = self.thread.begun
        for address in (scrape.getClientAddress(), scrape.getHost()):
            self.assertEqual((address.host, address.port), ("", 0))
        self.assertEqual(scrape.getRequestHostname(), b"")

    def test_formats(self) -> None:
        """
        Which format is wanted is passed on, but not what prometheus_client would
        stumble over; nor anything else that the peer says.
        """
        for accept, passed in [
            (b"application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1", True),
            (b"text/plain; version=0.0.4", True),
            (b"*/*", True),
            (b"text/plain;version=x", False),
            (b'application/openmetrics-text;version="1.0.0"', False),
            (b"application/openmetrics-text;version=1.0.0-rc.1", False),
            (b"text/plain;version=" + b"1" * 5000, False),
            (b"text/plain;version=1;version=", False),
        ]:
            self.ask(
                b"GET / HTTP/1.1\r\nHost: x\r\nAccept: %b\r\n"
                b"Accept-Encoding: gzip\r\nProxy: x" % accept
            )
            headers = self.thread.begun[-1].requestHeaders
            expected = {b"Accept-Encoding": [b"gzip"]}
            if passed:
                expected[b"Accept"] = [accept]
            self.assertEqual(dict(headers.getAllRawHeaders()), expected)
            self.answer(self.thread.begun[-1])

    def test_most(self) -> None:
        """
        So many are answered at once and no more, whether or not those who asked
        are still there, for the threads do not know; then there is room again.
        """
        for _ in range(MOST_SCRAPES):
            self.ask().hangUp()
        self.assertIn(b" 503 ", self.ask().taken)
        self.assertEqual(len(self.thread.begun), MOST_SCRAPES)
        self.thread.begun[0].write(b"figures")
        self.reactor.advance(0)
        self.assertEqual(self.ask().taken, b"")
        self.assertEqual(len(self.thread.begun), MOST_SCRAPES + 1)

    def test_nothingToSay(self) -> None:
        """
        An answer without a body has ended too.
        """
        for _ in range(MOST_SCRAPES):
            self.ask()
        self.answer(self.thread.begun[0], b"")
        self.assertEqual(self.ask().taken, b"")

    def test_close(self) -> None:
        """
        Nobody is answered any more, and no thread is left behind that would wait
        for a reactor that waits for it.
        """
        self.ask()
        transport = self.ask()
        first, second = self.thread.begun
        closed = self.site.close()
        self.assertIn(b" 503 ", self.ask().taken)
        self.answer(first)
        self.assertNoResult(closed)
        second.write(b"figures")
        # The thread is not out of its call yet.
        self.assertNoResult(closed)
        self.reactor.advance(0)
        self.successResultOf(closed)
        second.finish()
        self.reactor.advance(0)
        self.assertIn(b"figures", transport.taken)
        self.successResultOf(self.site.close())

    def test_restart(self) -> None:
        """
        A daemon that is started again answers scrapes again.
        """
        self.successResultOf(self.site.close())
        self.assertIn(b" 503 ", self.ask().taken)
        self.site.doStart()
        self.addCleanup(self.site.doStop)
        transport = self.ask()
        self.answer(self.thread.begun[0])
        self.assertIn(b" 200 ", transport.taken)

    def test_closeIdle(self) -> None:
        """
        Where nothing is being answered there is nothing to wait for.
        """
        self.successResultOf(self.site.close())
