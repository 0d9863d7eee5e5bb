"""
Tests of L{echo.server.hooks.onconnect}: requests, and results at once.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.address import IPv6Address
from twisted.internet.error import ConnectionDone

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.daemon import EchoFixture
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.server.hooks.deciding import DecisionTestCase

_DATE = re.compile(rb"Date: [^\r]+")


def _call(decide: Callable[[], Any], _: object) -> Any:
    return decide()


def _return(answer: Any, _: object) -> Any:
    return answer


class RequestTests(DecisionTestCase):
    """
    The argument of C{onConnect}.
    """

    def asked(self, data: bytes, *pieces: bytes, raw: bool = False) -> Any:
        """
        @param raw: Whether Autobahn reads the request by itself.

        @return: What it was told of a request.
        """
        requests: list[Any] = []
        peer = self.start(requests.append)
        if raw:
            transport = peer.transport
            transport.unregisterProducer()
            transport.protocol = self.fixture.factory.buildProtocol(None)
            transport.protocol.makeConnection(transport)
        for piece in pieces or (data,):
            peer.send(piece)
        (request,) = requests
        return request

    def test_sameAsAutobahns(self) -> None:
        cases = [
            upgradeRequest(),
            upgradeRequest("/socket?token=a%20b&token=c&x=&y"),
            upgradeRequest("/socket;v=1?token=%2F").replace(b";v=1", b""),
            upgradeRequest(
                Host="echo.example:8080",
                Origin="http://echo.example:8080",
                Cookie="a=1",
                X_Twice="1\r\nX-Twice: 2",
                Sec_WebSocket_Protocol="chat, soap",
                Sec_WebSocket_Extensions="x-other; a=1, permessage-deflate; b",
            ),
            upgradeRequest(Host="[::1]"),
            upgradeRequest(Host="[::1]:80", Accept_Language="d\xe9"),
        ]
        for data in cases:
            expected = self.asked(data, raw=True)
            for pieces in (data,), (data[:30], data[30:]):
                request = self.asked(data, *pieces)
                for name in ConnectionRequest.__slots__:
                    self.assertEqual(getattr(request, name), getattr(expected, name))

    def test_autobahnsAttributes(self) -> None:
        told: list[Any] = []

        def note(self: Any, *arguments: object) -> None:
            told.append(
                [
                    *(self.http_request_uri, self.http_request_path),
                    *(self.http_request_params, self.http_request_host),
                    *(self.http_headers["origin"], self.http_status_line),
                    *(self.websocket_origin, self.websocket_protocols),
                    self.websocket_extensions,
                    b"\r\norigin: null\r\n" in self.http_request_data,
                ]
            )

        kind = type("Service", (EchoProtocol,), {"onConnect": note, "onMessage": note})
        peer = EchoFixture(self, "--allow-origin=*", protocol=kind).dial()
        data = upgradeRequest(
            "/socket?a=1",
            Origin="null",
            Sec_WebSocket_Protocol="chat",
            Sec_WebSocket_Extensions="x-a; b=1",
        )
        peer.send(data)
        peer.send(frame(TEXT, b"1"))
        uri = "/socket?a=1"
        path, parameters, host = "/socket", {"a": ["1"]}, "echo.example"
        expected = [uri, path, parameters, host, "null", f"GET {uri} HTTP/1.1", "null"]
        extensions = [("x-a", {"b": ["1"]})]
        self.assertEqual(told, [[*expected, ["chat"], extensions, True]] * 2)

    def test_peerAndProxiedPeer(self) -> None:
        told: list[Any] = []

        class Service(EchoProtocol):
            def onConnect(self, request: ConnectionRequest) -> Any:
                told.append((request.peer, self.peer, self.proxiedPeer))
                told.append(self.transport_details.peer)
                return super().onConnect(request)

        fixture = EchoFixture(self, "--trust-proxy=2001:db8::1", protocol=Service)
        peer = fixture.dial(IPv6Address("TCP", "2001:db8::1", 5))
        self.assertEqual(peer.open(X_Forwarded_For="192.0.2.9").status_code, 101)
        name = "tcp6:2001:db8::1:5"
        self.assertEqual(told, [(name, name, "192.0.2.9"), name])

    def test_unknownParametersAreTheServices(self) -> None:
        peer = self.start(lambda request: None)
        response = peer.open("/socket?token=1&repeat=2&user=a%26b")
        self.assertEqual(response.status_code, 101)
        self.assertEqual(response.headers["X-Echo-Applied"], "repeat=2")
        peer.sendText("1")
        self.assertEqual(peer.messages(), ["1", "1"])
        self.assertEqual(self.fixture.dial().open("/socket?repeat=x").status_code, 400)

    def test_checkedBeforeCall(self) -> None:
        for target, fields, status in [
            ("/socket", {"Origin": "http://evil.example"}, 403),
            ("/socket?status=418", {}, 418),
            ("/socket?delay=x", {}, 400),
            ("/socket", {"Sec-WebSocket-Version": "8"}, 426),
        ]:
            peer = self.start(lambda request: None, "--max-connections=1")
            self.assertEqual(peer.open(target, **fields).status_code, status)
            self.assertEqual(self.service.called, [])
        self.assertEqual(self.fixture.dial().open().status_code, 101)
        self.assertEqual(self.fixture.dial().open().status_code, 503)
        self.assertEqual(self.service.called, ["onConnect", "onOpen"])


class AcceptTests(DecisionTestCase):
    """
    Accepted requests.
    """

    def test_validResults(self) -> None:
        async def later() -> str:
            return "soap"

        fields = {"X-One": "1", "X-Two": ["2", "3"]}
        cases: list[tuple[Any, str | None, int]] = [
            (lambda: None, None, 0),
            (lambda: "soap", "soap", 0),
            (lambda: (None, fields), None, 3),
            (lambda: ("chat", fields), "chat", 3),
            (later, "soap", 0),
        ]
        for decide, subprotocol, extra in cases:
            peer = self.start(partial(_call, decide))
            websocket: Any = peer.websocket
            websocket.available_subprotocols = ["chat", "soap"]
            response = peer.open(Sec_WebSocket_Protocol="chat, soap")
            self.assertEqual(response.status_code, 101)
            self.assertEqual(
                response.headers.get("Sec-WebSocket-Protocol"), subprotocol
            )
            self.assertIn("X-Echo-Connection", response.headers)
            self.assertEqual(len(response.headers.get_all("X-Two")), extra and 2)
            self.assertEqual(self.service.called, ["onConnect", "onOpen"])
            peer.sendText("Hello")
            self.assertEqual(peer.messages(), ["Hello"])

    def test_invalidResults(self) -> None:
        for answer in [
            "other",
            7,
            (None, {"X-A": "1\r\nX-B: 2"}),
            (None, {"X A": "1"}),
            (None, {7: "1"}),
            (None, {"X-A": 7}),
            (None, {"X-A": [7]}),
            (None, {"Sec-WebSocket-Accept": "x"}),
            ("chat",),
            (None, 7),
            (None, {}, None),
        ]:
            peer = self.start(partial(_return, answer))
            response = peer.open()
            self.assertEqual(
                (response.status_code, response.body), (500, b"internal error\n")
            )
            (error,) = self.flushLoggedErrors(ValueError)
            self.assertIn("onConnect() returned", str(error.value))
            self.fixture.advance(0.1)
            self.assertEqual(self.refusals(), {"handshake": 1})

    def test_messageInOnOpen(self) -> None:
        class Service(EchoProtocol):
            def onConnect(self, request: object) -> None:
                pass

            def onOpen(self) -> None:
                self.sendMessage(b"Welcome")

        for pieces in 1, 2:
            fixture = EchoFixture(self, protocol=Service)
            peer = fixture.dial()
            data = upgradeRequest() + frame(TEXT, b"Hi")
            cut = 9 * (pieces - 1)
            answer = peer.send(data[:cut]) + peer.send(data[cut:])
            self.assertEqual(
                answer.partition(b"\r\n\r\n")[2], b"\x81\x07Welcome\x81\x02Hi"
            )

    def test_failureAfterDecision(self) -> None:
        peer = self.start(lambda _: None)

        def accept(self: object, agreed: object) -> None:
            raise ZeroDivisionError

        self.patch(EchoProtocol, "accept", accept)
        peer.send(upgradeRequest())
        self.fixture.advance(0)
        self.assertIsNotNone(peer.transport.lost)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class DenyTests(DecisionTestCase):
    """
    Refused requests.
    """

    def refused(self, error: Exception, data: bytes | None = None) -> bytes:
        """
        @return: What the peer gets. The connection is closed then, and nothing that
            comes behind the request is answered.
        """

        def refuse(request: object) -> None:
            raise error

        answers = []
        data = data or upgradeRequest()
        for pieces in [data], [data[:30], data[30:]], [data + frame(TEXT, b"Hi")]:
            peer = self.start(refuse)
            for piece in pieces:
                peer.send(piece)
            peer.transport.protocol.dataReceived(upgradeRequest())
            self.fixture.advance(0.1)
            self.assertIs(peer.transport.lost, ConnectionDone)
            self.assertEqual(self.service.called, ["onConnect", ("onClose", 1006)])
            self.assertEqual(self.fixture.factory.conversations, set())
            self.assertEqual(self.fixture.factory.getConnectionCount(), 0)
            *self.mistakes, self.line = self.logged()
            answers.append(peer.transport.taken)
        answer = answers[0]
        self.assertEqual(answer.count(b"HTTP/1.1"), 1)
        self.assertEqual(
            {_DATE.sub(b"", each) for each in answers}, {_DATE.sub(b"", answer)}
        )
        return answer

    def test_statusAndReason(self) -> None:
        answer = self.refused(ConnectionDeny(403, "no token"))
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 403 no token\r\n"))
        self.assertIn(b"\r\nConnection: close\r\n", head + b"\r\n")
        self.assertIn(b"\r\nContent-Length: 9", head)
        self.assertEqual(body, b"no token\n")
        self.assertEqual(self.refusals(), {"denied": 1})
        self.assertRegex(
            self.line, r'^Refused 192.0.2.1:50000: GET "/socket.*" 403 "no token"'
        )
        event = self.fixture.events[-1]
        fields = ("event", "method", "status", "reason", "origin")
        self.assertEqual(
            [event[field] for field in fields],
            ["refused", "GET", 403, "no token", None],
        )
        self.assertEqual(event["uri"].partition("?")[0], "/socket")
        self.assertEqual(self.mistakes, [])

    def test_standardReason(self) -> None:
        answer = self.refused(ConnectionDeny(404))
        self.assertTrue(answer.startswith(b"HTTP/1.1 404 Not Found\r\n"))
        self.assertTrue(answer.endswith(b"\r\n\r\nNot Found\n"))
        self.assertIn(b"HTTP/1.1 499 Refused", self.refused(ConnectionDeny(499)))

    def test_fieldsOfStatus(self) -> None:
        self.assertIn(b"WWW-Authenticate: ", self.refused(ConnectionDeny(401)))
        answer = self.refused(ConnectionDeny(426))
        self.assertIn(b"Sec-WebSocket-Version: 13\r\n", answer)

    def test_noHeaderInjection(self) -> None:
        answer = self.refused(ConnectionDeny(403, "a\r\nSet-Cookie: b\r\n\r\nc\x1b"))
        head, _, body = answer.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 403 Forbidden\r\n"))
        self.assertNotIn(b"Set-Cookie", head)
        self.assertEqual(body.count(b"\n"), 1)
        self.assertTrue(self.line.isprintable())
        self.assertIn("Grüße".encode(), self.refused(ConnectionDeny(403, "Grüße")))

    def test_statusThatDoesNotRefuse(self) -> None:
        for status in 200, 101, 999:
            self.assertIn(b" 500 ", self.refused(ConnectionDeny(status, "fine")))
            errors = self.flushLoggedErrors(ValueError)
            self.assertEqual(len(errors), 3)
            self.assertIn(f"ConnectionDeny with status {status}:", str(errors[0].value))

    def test_exceptionIs500(self) -> None:
        """
        The exception is logged, and the client does not see it.
        """
        answer = self.refused(ArithmeticError("secret"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n"))
        self.assertNotIn(b"secret", answer)
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 3)
        self.assertEqual(self.refusals(), {"handshake": 1})

    def test_exceptionWithoutSite(self) -> None:
        def refuse(request: object) -> None:
            raise ArithmeticError("secret")

        transport = self.start(refuse).transport
        transport.unregisterProducer()
        transport.protocol = self.fixture.factory.buildProtocol(None)
        transport.protocol.makeConnection(transport)
        transport.arrive(upgradeRequest())
        transport.read()
        self.assertTrue(
            transport.taken.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        )
        self.assertNotIn(b"secret", transport.taken)
