"""
Tests of L{echo.client.connecting}: connections that open.
"""

import txaio
from twisted.internet.address import IPv6Address, UNIXAddress
from twisted.internet.task import Clock

from echo.client.protocol import ClientProtocol
from tests.kit.client import ClientTestCase, Server
from tests.kit.frames import BINARY, TEXT, serverClose, serverFrame


class OpenTests(ClientTestCase):
    """
    The server accepts the upgrade.
    """

    def test_attributesOfOpenConnection(self) -> None:
        """
        The attributes of an open connection hold the request, the response, the peer
        and the time of each phase.
        """
        server, attempt = self.dial(
            "ws://me:secret@server.example:8080/a?b", subprotocols=["x", "y"]
        )
        self.reactor.advance(0.5)
        request = server.accept("Sec-WebSocket-Protocol: y", "X-Thing: 1")
        connection = self.successResultOf(attempt)
        self.assertTrue(request.startswith(b"GET /a?b HTTP/1.1\r\n"))
        self.assertEqual(connection.url, "ws://server.example:8080/a?b")
        self.assertEqual(connection.peer, "127.0.0.1:8080")
        self.assertEqual(connection.subprotocol, "y")
        self.assertEqual(connection.statusLine, "HTTP/1.1 101 Switching Protocols")
        self.assertEqual(connection.headers["x-thing"], "1")
        self.assertFalse(connection.compression)
        self.assertEqual(connection.opening.upgrade, 0.5)
        self.assertEqual(connection.requestLine, "GET /a?b HTTP/1.1")
        sent = "".join(f"{n}: {v}\r\n" for n, v in connection.requestHeaders)
        self.assertTrue(request.decode().endswith(f"\r\n{sent}\r\n"))
        server.hangUp()

    def test_peerIsAddressOrPath(self) -> None:
        _, connection = self.open(url="ws://x/", unixSocket="/run/x.sock")
        self.assertEqual(connection.peer, "/run/x.sock")
        for address, text in [
            (IPv6Address("TCP", "::1", 80), "[::1]:80"),
            (UNIXAddress(None), str(UNIXAddress(None))),
        ]:
            server, attempt = self.dial()
            server.transport.peerAddr = address
            server.accept()
            self.assertEqual(self.successResultOf(attempt).peer, text)
            server.hangUp()

    def test_interimResponsesIgnored(self) -> None:
        server, attempt = self.dial()
        request = server.transport.value()
        server.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n")
        server.say(b"Link: </x>\r\n\r\n")
        self.assertNoResult(attempt)
        server.transport.io.write(request)
        server.accept()
        self.successResultOf(attempt)
        server.hangUp()

    def test_latin1InHeaderBecomesQuestionMarks(self) -> None:
        """
        Bytes of a header that are not ASCII are neither an error nor a line end.
        """
        server, attempt = self.dial()
        server.accept("X-Name: Ren\xe9\x85Upgrade: other")
        headers = self.successResultOf(attempt).headers
        self.assertEqual(headers["x-name"], "Ren??Upgrade: other")
        server.hangUp()

    def test_messagesInSameReadAsResponse(self) -> None:
        server, attempt = self.dial()
        server.accept(then=serverFrame(TEXT, b"one") + serverFrame(BINARY, b"two"))
        connection = self.successResultOf(attempt)
        self.assertEqual(self.successResultOf(connection.receive()), "one")
        self.assertEqual(self.successResultOf(connection.receive()), b"two")
        server.hangUp()

    def test_compressionOfferedAndUsed(self) -> None:
        server, attempt = self.dial(compression=True)
        request = server.accept("Sec-WebSocket-Extensions: permessage-deflate")
        self.assertIn(b"Sec-WebSocket-Extensions: permessage-deflate", request)
        connection = self.successResultOf(attempt)
        self.assertTrue(connection.compression)
        connection.send("a" * 1000)
        ((opcode, payload),) = server.frames()
        self.assertLess(len(payload), 100)
        compressed = bytes([0xC0 | opcode, len(payload)]) + payload
        server.say(compressed)
        self.assertEqual(self.successResultOf(connection.receive()), "a" * 1000)
        server.hangUp()


class ReactorTests(ClientTestCase):
    """
    Timers, and connections side by side.
    """

    def test_noTimersWhileOpenOrAfterClose(self) -> None:
        """
        An open connection has no timer, and no timer outlives it. Autobahn's timers,
        which would run on another clock, are never used.
        """
        autobahns = Clock()
        self.patch(txaio.config, "loop", autobahns)
        server, attempt = self.dial()
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.accept()
        connection = self.successResultOf(attempt)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        closing = connection.close()
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.say(serverClose(1000))
        self.assertEqual(autobahns.getDelayedCalls(), [])
        server.hangUp()
        self.successResultOf(closing)
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_protocolClassSeesFrames(self) -> None:

        class Watching(ClientProtocol):
            def onFrameBegin(self) -> None:
                lengths.append(self.current_frame.length)
                super().onFrameBegin()

        lengths: list[int] = []
        server, connection = self.open(protocol=Watching)
        self.assertIsInstance(connection.protocol, Watching)
        server.say(serverFrame(TEXT, b"abc"))
        self.assertEqual(self.successResultOf(connection.receive()), "abc")
        self.assertEqual(lengths, [3])

    def test_connectionsAreIndependent(self) -> None:
        first: Server
        first, one = self.open()
        second, two = self.open()
        first.say(serverFrame(TEXT, b"1"))
        second.say(serverFrame(TEXT, b"2"))
        self.assertEqual(self.successResultOf(two.receive()), "2")
        self.assertEqual(self.successResultOf(one.receive()), "1")
