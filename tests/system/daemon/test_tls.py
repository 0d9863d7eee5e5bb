"""
Listeners with TLS.
"""

import contextlib
import re
import socket
import ssl

from tests.kit.certificates import (
    AUTHORITY,
    CLIENT,
    SELF_SIGNED,
)
from tests.kit.frames import CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import (
    SHORT_CLOSE,
    DaemonProcess,
    DaemonProcessTestCase,
    until,
)


class TLSTests(DaemonProcessTestCase):
    """
    C{--listen-tls}.
    """

    def handshake(self, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
        """
        @return: A connection with TLS.

        @raise ssl.SSLError: The TLS handshake failed.
        """
        return self.startTLS(self.dial(port), context)

    def listen(self, *arguments: str) -> DaemonProcess:
        tls = self.identity()
        return self.start("--listen-tls", "tcp:0:interface=127.0.0.1", *tls, *arguments)

    def test_only12And13(self) -> None:
        daemon = self.listen()
        for version, name in [
            (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
            (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ]:
            context = self.clientContext()
            context.minimum_version = context.maximum_version = version
            self.assertEqual(self.handshake(daemon.port(), context).version(), name)
        context = self.clientContext()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.assertRaises(ssl.SSLError, self.handshake, daemon.port(), context)
        daemon.logged(r"TLS failed with 127.0.0.1:\d+: unsupported protocol")

    def test_refusedRequestEndsConnection(self) -> None:
        """
        Later requests on it get no answer. The log has one line per connection.
        """
        daemon = self.listen()
        port, before = daemon.port(), daemon.sockets()
        for refused in (
            b"garbage\r\n",
            b"garbage\r\n\r\n",
            upgradeRequest("/socket?x"),
        ):
            connection = self.handshake(port, self.clientContext())
            connection.sendall(refused)
            head = self.head(connection)
            self.assertTrue(head.startswith(b"HTTP/1.1 400 "), head)
            with contextlib.suppress(ConnectionError):
                for more in (b"\r\n", upgradeRequest(), frame(TEXT, b"Hello")):
                    connection.sendall(more)
            with contextlib.suppress(ConnectionError):
                while data := connection.recv(65536):
                    self.assertNotIn(b" 101 ", data)
            until(lambda: daemon.sockets() == before, "the connection to be closed")
        self.assertEqual(len(re.findall("Answered 127.0.0.1:", daemon.log)), 3)
        for never in ("Opened", "Hung up", "TLS failed", "Traceback"):
            self.assertNotIn(never, daemon.log)

    def test_onlyEphemeralAuthenticatedCiphers(self) -> None:
        """
        Of TLS 1.2.
        """
        daemon = self.listen()
        accepted = set()
        for cipher in ssl.create_default_context().get_ciphers() + [
            {"name": name}
            for name in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256")
        ]:
            context = self.clientContext()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                context.set_ciphers(f"{cipher['name']}:@SECLEVEL=0")
                accepted.add(self.handshake(daemon.port(), context).cipher())
        self.assertEqual(
            {cipher[0] for cipher in accepted if cipher},
            {
                "ECDHE-ECDSA-AES128-GCM-SHA256",
                "ECDHE-ECDSA-AES256-GCM-SHA384",
                "ECDHE-ECDSA-CHACHA20-POLY1305",
            },
        )

    def test_clientCertificateRequired(self) -> None:
        """
        C{--client-ca}.
        """
        authority = self.directory / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        daemon = self.listen("--client-ca", str(authority))
        for identity, admitted in [(CLIENT, True), (SELF_SIGNED, False), (None, False)]:
            context = self.clientContext()
            if identity is not None:
                context.load_cert_chain(identity.save(str(self.directory)))
            try:
                # A TLS 1.3 client sees the refusal at its first read.
                connection = self.handshake(daemon.port(), context)
                connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = connection.recv(1000)
            except (ssl.SSLError, ConnectionError):
                answer = b""
            self.assertEqual(answer.startswith(b"HTTP/1.1 200 "), admitted)

    def test_sessionResumption(self) -> None:
        """
        OpenSSL refuses sessions with client certificates unless they have a context
        name.
        """
        authority = self.directory / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        daemon = self.listen("--client-ca", str(authority))
        context = self.clientContext()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(CLIENT.save(str(self.directory)))
        first = self.handshake(daemon.port(), context)
        second = self.startTLS(self.dial(daemon.port()), context, first.session)
        second.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertIn(b"200 OK", second.recv(1000))

    def test_renewedCertificate(self) -> None:
        """
        New connections get the new certificate, and old ones go on. A broken file
        changes nothing.
        """
        daemon = self.listen()
        old = self.handshake(daemon.port(), self.clientContext())
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        served.check_hostname = False
        served.verify_mode = ssl.CERT_NONE
        self.identity(SELF_SIGNED)
        new = self.handshake(daemon.port(), served)
        pem = ssl.DER_cert_to_PEM_cert(new.getpeercert(binary_form=True) or b"")
        self.assertEqual(pem.encode(), SELF_SIGNED.pem)
        (self.directory / "identity.pem").write_text("broken")
        again = self.handshake(daemon.port(), served)
        self.assertEqual(again.getpeercert(True), new.getpeercert(True))
        daemon.logged("TLS files not renewed: .* is not a PEM")
        old.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertIn(b"200 OK", old.recv(1000))

    def test_plainHTTPIsOneLogLine(self) -> None:
        daemon = self.listen()
        connection = self.dial(daemon.port())
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while connection.recv(1000):
            pass
        daemon.logged(r"TLS failed with 127.0.0.1:\d+: http request")
        self.assertNotIn("Traceback", daemon.log)

    def test_proxyHeaderBeforeTLS(self) -> None:
        """
        Load balancers that pass TLS through send it there.
        """
        tls = self.identity()
        daemon = self.start("--listen-tls", "haproxy:tcp:0:interface=127.0.0.1", *tls)
        connection = self.dial(daemon.port())
        connection.sendall(b"PROXY TCP4 203.0.113.8 127.0.0.1 5555 80\r\n")
        self.open(self.startTLS(connection))
        daemon.logged("Opened 203.0.113.8:5555: .* TLSv1.3 ")

    def test_heldConnectionIsDropped(self) -> None:
        """
        After a close, and after a response (twisted#7926).
        """
        tls = self.identity()
        daemon = self.start(
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *tls),
            *("--handshake-timeout", "1s"),
            prelude=SHORT_CLOSE,
        )
        port = daemon.port()
        before = daemon.sockets()
        held: list[socket.socket] = []
        for number in range(6):
            connection = self.handshake(port, self.clientContext())
            held.append(connection)
            if number == 0:
                self.assertGreater(daemon.sockets(), before)
            if number % 2:
                self.open(connection)
                connection.sendall(frame(CLOSE, b"\x03\xe8"))
            else:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held += [self.dial(port) for _ in range(3)]
        until(lambda: daemon.sockets() <= before, "the end of the connections")
