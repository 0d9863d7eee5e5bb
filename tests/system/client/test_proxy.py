"""
The client library through real HTTP proxies.
"""

import re
import select
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from echo.client.connecting import connect
from echo.client.connection import Connection
from echo.client.errors import CannotConnect
from echo.client.transport.route import parseDNSOverride
from echo.client.transport.tls import TLS
from tests.kit.certificates import AUTHORITY, GOOD, serverContext
from tests.kit.servers import ScriptedServer, WebSocketServer, readHead, readToEnd

TRUSTING = TLS(authorities=AUTHORITY.pem)


class ConnectProxy:
    """
    A proxy with tunnels (CONNECT), in a thread.

    @ivar port: The port that it listens on.

    @ivar heads: The heads of its requests.
    """

    def __init__(
        self,
        test: TestCase,
        *,
        host: str = "127.0.0.1",
        authorization: bytes | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """
        @param authorization: The required value of Proxy-Authorization.

        @param context: The proxy's side of TLS.
        """
        self.heads: list[bytes] = []
        self._authorization = authorization
        self._context = context
        self.port = ScriptedServer(test, self._serve, host=host).port

    def _serve(self, client: socket.socket) -> None:
        if self._context is not None:
            client = self._context.wrap_socket(client, server_side=True)
        with client:
            head = readHead(client)
            self.heads.append(head)
            target = re.match(rb"CONNECT (\S+):([0-9]+) HTTP/1\.1\r\n", head)
            wanted = self._authorization
            if wanted is not None and wanted not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                readToEnd(client)
            elif target is not None:
                host = target[1].decode().strip("[]")
                self._connect(client, (host, int(target[2])))

    def _connect(self, client: socket.socket, target: tuple[str, int]) -> None:
        try:
            server = socket.create_connection(target, 10)
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            readToEnd(client)
            return
        with server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(client, server)


def relay(one: socket.socket, two: socket.socket) -> None:
    """
    Pass data on in both directions until one side hangs up.
    """
    while True:
        readable, _, _ = select.select([one, two], [], [], 20)
        for each in readable:
            data = each.recv(65536)
            while isinstance(each, ssl.SSLSocket) and each.pending():
                data += each.recv(65536)
            (two if each is one else one).sendall(data)
            if not data:
                return


class ProxyTests(TestCase):
    """
    C{connect} with a proxy.
    """

    timeout = 120

    def _context(self) -> ssl.SSLContext:
        directory = self.mktemp()
        Path(directory).mkdir()
        return serverContext(GOOD, directory)

    async def _echo(self, url: str, **options: Any) -> Connection:
        connection = await connect(reactor, url, tls=TRUSTING, **options)
        for message in ("grüße", b"\0" * 300_000):
            await connection.send(message)
            self.assertEqual(await connection.receive(), message)
        self.assertGreater(await connection.ping(), 0)
        self.assertGreater(connection.readAt, connection.sentAt)
        self.assertIsNotNone(connection.opening.proxy)
        goodbye = await connection.close()
        self.assertEqual(goodbye.code, 1000)
        return connection

    async def _refusal(self, proxy: str, **options: Any) -> str:
        attempt = connect(reactor, "ws://localhost:9/", proxy=proxy, **options)
        error: Any = await self.assertFailure(attempt, CannotConnect)
        self.assertEqual(error.phase, "proxy")
        return str(error.reason)

    async def test_tunnel(self) -> None:
        """
        The connection's peer is the proxy.
        """
        server, proxy = WebSocketServer(self), ConnectProxy(self)
        connection = await self._echo(
            server.url, proxy=f"http://127.0.0.1:{proxy.port}"
        )
        self.assertEqual(connection.peer, f"127.0.0.1:{proxy.port}")
        target = f"127.0.0.1:{server.port}"
        self.assertEqual(
            proxy.heads,
            [f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()],
        )
        self.assertEqual(server.requests[0].headers["Host"], target)

    async def test_tlsThroughProxy(self) -> None:
        server = WebSocketServer(self, context=self._context())
        proxy = ConnectProxy(self)
        connection = await self._echo(
            f"wss://localhost:{server.port}/", proxy=f"127.0.0.1:{proxy.port}"
        )
        self.assertGreater(connection.opening.tls or 0, 0)

    async def test_tlsInTLS(self) -> None:
        """
        To the proxy, and inside of that to the server.
        """
        proxy = ConnectProxy(self, context=self._context())
        secure = WebSocketServer(self, context=self._context())
        plain = WebSocketServer(self)
        for url in (plain.url, f"wss://localhost:{secure.port}/"):
            await self._echo(url, proxy=f"https://localhost:{proxy.port}")

    async def test_credentialsReachOnlyProxy(self) -> None:
        server = WebSocketServer(self)
        proxy = ConnectProxy(self, authorization=b"Basic bWU6c2VjcmV0\r\n")
        await self._echo(server.url, proxy=f"me:secret@127.0.0.1:{proxy.port}")
        self.assertNotIn("Proxy-Authorization", server.requests[0].headers)
        reason = await self._refusal(f"me:wrong@127.0.0.1:{proxy.port}")
        self.assertEqual(reason, "HTTP 407 Proxy Authentication Required")

    async def test_IPv6(self) -> None:
        server, proxy = (
            WebSocketServer(self, host="::1"),
            ConnectProxy(self, host="::1"),
        )
        connection = await self._echo(
            f"ws://[::1]:{server.port}/", proxy=f"http://[::1]:{proxy.port}"
        )
        self.assertEqual(connection.peer, f"[::1]:{proxy.port}")

    async def test_resolve(self) -> None:
        """
        An unknown name is connected to at its given address.
        """
        server, proxy = (
            WebSocketServer(self, context=self._context()),
            ConnectProxy(self),
        )
        url = f"wss://good.example:{server.port}/"
        resolve = [parseDNSOverride(f"good.example:{server.port}:127.0.0.1")]
        await self._echo(url, proxy=f"127.0.0.1:{proxy.port}", resolve=resolve)
        connection = await connect(reactor, url, tls=TRUSTING, resolve=resolve)
        self.assertEqual(connection.peer, f"127.0.0.1:{server.port}")
        await connection.close()
        for each in server.requests:
            self.assertEqual(each.headers["Host"], f"good.example:{server.port}")

    async def test_badGateway(self) -> None:
        proxy = ConnectProxy(self)
        reason = await self._refusal(f"127.0.0.1:{proxy.port}")
        self.assertEqual(reason, "HTTP 502 Bad Gateway")

    async def test_silentProxyTimesOut(self) -> None:
        proxy = ScriptedServer(self, readToEnd)
        reason = await self._refusal(f"127.0.0.1:{proxy.port}", timeout=2)
        self.assertEqual(reason, "no answer within 2 s")
        await deferLater(reactor, 0)  # the reset arrives in the next iteration

    async def test_proxyHangsUp(self) -> None:
        """
        Before and within the response.
        """

        def saying(data: bytes) -> Callable[[socket.socket], None]:
            def act(connection: socket.socket) -> None:
                readHead(connection)
                connection.sendall(data)

            return act

        for data, what in [(b"", "an answer"), (b"HTTP/1.1 2", "a complete answer")]:
            proxy = ScriptedServer(self, saying(data))
            reason = await self._refusal(f"127.0.0.1:{proxy.port}")
            self.assertEqual(reason, f"the proxy hung up without {what}")

    async def test_endlessResponseIsRefused(self) -> None:

        def talk(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 ")
            while True:
                connection.sendall(b"x" * 4096)

        proxy = ScriptedServer(self, talk)
        reason = await self._refusal(f"127.0.0.1:{proxy.port}")
        self.assertEqual(reason, "the head of the answer is too long")
