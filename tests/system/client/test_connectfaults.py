"""
Faults before the WebSocket opens: exit statuses 3, 4 and 5.
"""

import socket
from pathlib import Path

from tests.kit.certificates import (
    AUTHORITY,
    ELSEWHERE,
    EXPIRED,
    GOOD,
    SELF_SIGNED,
    Identity,
    serverContext,
)
from tests.kit.handshake import switchingProtocols
from tests.kit.processes import freePort
from tests.kit.servers import (
    Step,
    WebSocketServer,
    acceptUpgradeWithout,
    readRequest,
    readToEnd,
    receive,
    reset,
    send,
    sendForever,
)
from tests.system.client.faults import Fault, FaultTestCase

#: Timeouts for silent servers: longer than a busy machine needs for what does arrive.
_UNOPENED = ("--timeout", "3s")


#: A timeout for servers that send without end.
_FLOODED = ("--timeout", "500ms")


#: The beginning of an endless response head.
_OK = b"HTTP/1.1 200 OK\r\nX: "


class UnreachableTests(FaultTestCase):
    """
    No connection: 3.
    """

    def test_nameOrPortOrSocket(self) -> None:
        closed = f"ws://127.0.0.1:{freePort()}/"
        nowhere = ("--unix-socket", self.mktemp(), "ws://x/")
        self.assertUnopened(
            Fault((closed,), 3, "cannot connect (TCP): connection refused"),
            Fault(
                ("ws://nobody.invalid/",),
                3,
                "cannot connect (DNS): the host name is not known",
            ),
            Fault(
                nowhere, 3, "cannot connect (unix socket): no such file or directory"
            ),
            Fault(
                (*_UNOPENED, self._full()),
                3,
                "cannot connect (TCP): no answer within 3 s",
            ),
        )

    def _full(self) -> str:
        """
        @return: The URL of a port whose backlog is full.
        """
        listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(listening.close)
        for _ in range(2):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        return f"ws://127.0.0.1:{listening.getsockname()[1]}/"


class TLSTests(FaultTestCase):
    """
    No TLS: 3.
    """

    def _server(self, identity: Identity) -> str:
        context = serverContext(identity, self.directory)
        return f"wss://localhost:{WebSocketServer(self, context=context).port}/"

    def setUp(self) -> None:
        self.directory = self.mktemp()
        Path(self.directory).mkdir()

    def test_untrustedCertificates(self) -> None:
        authority = Path(self.directory) / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        trust = ("--cacert", str(authority))
        refused = "cannot connect (TLS): the server's certificate is refused: it"
        self.assertUnopened(
            Fault((self._server(GOOD),), 3, f"{refused}s issuer is not trusted"),
            Fault((*trust, self._server(EXPIRED)), 3, f"{refused} has expired"),
            Fault(
                (*trust, self._server(ELSEWHERE)), 3, f"{refused} is not for localhost"
            ),
            Fault((*trust, self._server(SELF_SIGNED)), 3, f"{refused} is self-signed"),
        )

    def test_serverWithoutTLS(self) -> None:
        """
        It answers in plain text, not at all, without end, or hangs up.
        """
        failed = "cannot connect (TLS): "
        # TLS handshake records without end: each is valid by itself.
        endless = sendForever(b"\x16\x03\x03\x40\x00" + bytes(0x4000))
        self.assertUnopened(
            Fault(
                (self._secure(send(b"HTTP/1.1 400 Bad Request\r\n\r\n")),),
                3,
                f"{failed}the server does not speak TLS here (",
            ),
            Fault(
                (*_UNOPENED, self._secure(readToEnd)),
                3,
                f"{failed}no answer within 3 s",
            ),
            Fault(
                (self._secure(),),
                3,
                f"{failed}the server hung up during the TLS handshake",
            ),
            Fault(
                (self._secure(reset),),
                3,
                f"{failed}the server hung up during the TLS handshake",
            ),
            Fault(
                (*_FLOODED, self._secure(endless)),
                3,
                f"{failed}no answer within 0.5 s",
            ),
        )

    def _secure(self, *steps: Step) -> str:
        return self.bare(receive, *steps).replace("ws:", "wss:")

    def test_plainTextToTLSServer(self) -> None:
        self.assertUnopened(
            Fault(
                (self._server(GOOD).replace("wss:", "ws:"),), 4, "handshake refused: "
            )
        )


class RefusedTests(FaultTestCase):
    """
    No WebSocket: 4.
    """

    def _answer(self, head: str) -> tuple[str, ...]:
        return (self.bare(readRequest, send(f"HTTP/{head}\r\n\r\n".encode())),)

    def test_statusAndLocation(self) -> None:
        refused = "handshake refused: HTTP "
        self.assertUnopened(
            Fault(self._answer("1.0 200 OK"), 4, f"{refused}200 OK"),
            Fault(
                self._answer("1.1 301 Moved\r\nLocation: wss://b.example/\x1b[m"),
                4,
                f"{refused}301 Moved (to wss://b.example/?[m)",
            ),
            Fault(
                self._answer("1.1 401 Unauthorized"), 4, f"{refused}401 Unauthorized"
            ),
            Fault(
                self._answer("1.1 426 Upgrade Required\r\nUpgrade: h2c"),
                4,
                f"{refused}426 Upgrade Required",
            ),
            Fault(
                self._answer("1.1 503 Service Unavailable\r\nRetry-After: 1"),
                4,
                f"{refused}503 Service Unavailable",
            ),
        )

    def test_noCompleteResponseInTime(self) -> None:
        """
        Nothing, half a response, or 100 Continue without end.
        """
        tooLate = "handshake refused: no complete answer within 3 s"
        soon = sendForever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        self.assertUnopened(
            Fault((*_UNOPENED, self.bare(readToEnd)), 4, tooLate),
            Fault(
                (*_UNOPENED, self.bare(readRequest, send(b"HTTP/1.1 1"), readToEnd)),
                4,
                tooLate,
            ),
            Fault(
                (*_FLOODED, self.bare(readRequest, soon)),
                4,
                tooLate.replace("3", "0.5"),
            ),
        )

    def test_serverHangsUp(self) -> None:
        gone = "handshake refused: the server hung up without a"
        half = send(b"HTTP/1.1 1")
        self.assertUnopened(
            Fault((self.bare(readRequest),), 4, f"{gone}n answer"),
            Fault((self.bare(readRequest, reset),), 4, f"{gone}n answer"),
            Fault((self.bare(readRequest, half),), 4, f"{gone} complete answer"),
        )


class InvalidHandshakeTests(FaultTestCase):
    """
    No valid handshake: 5.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        return Fault((self.bare(*steps),), 5, f"protocol error: {line}")

    def test_missingAcceptFields(self) -> None:
        wrong = switchingProtocols(b"Sec-WebSocket-Key: another\r\n\r\n")
        self.assertUnopened(
            self._fault(
                "HTTP Sec-WebSocket-Accept bogus value", readRequest, send(wrong)
            ),
            self._fault(
                "HTTP Sec-WebSocket-Accept header missing",
                acceptUpgradeWithout("Sec-WebSocket-Accept"),
            ),
            self._fault("HTTP Upgrade header missing", acceptUpgradeWithout("Upgrade")),
            self._fault(
                "HTTP Connection header missing", acceptUpgradeWithout("Connection")
            ),
        )

    def test_endlessHeadAndOtherProtocols(self) -> None:
        tooLong = "the head of the answer is too long"
        self.assertUnopened(
            self._fault(tooLong, readRequest, send(_OK + b"x" * 2**17 + b"\r\n\r\n")),
            self._fault(tooLong, readRequest, send(_OK), sendForever(b"x" * 2**16)),
            self._fault(
                tooLong, readRequest, send(_OK), sendForever(b"\r\nX: y" * 1000)
            ),
            self._fault(
                "the answer is not HTTP", readRequest, send(b"\0\xff\x1b[m\r\n\r\n")
            ),
            self._fault("the answer is not HTTP", send(b"SSH-2.0-x\r\n"), readToEnd),
        )
