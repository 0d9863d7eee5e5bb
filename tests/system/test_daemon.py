"""
The daemon as a process: real sockets, real C{twistd} and C{twist}, and peers that
nobody here wrote.
"""

import contextlib
import os
import re
import select
import signal
import socket
import ssl
import struct
import time
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect, unix_connect
from websockets.typing import Origin

from echo.server.sockets import untaken
from tests.kit.certificates import (
    AUTHORITY,
    CLIENT,
    SELF_SIGNED,
    threadedContext,
)
from tests.kit.forks import Fork
from tests.kit.frames import BINARY, CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import (
    PATIENCE,
    RUNNERS,
    DaemonProcess,
    DaemonProcessTestCase,
    runnerCode,
    until,
)

MEBIBYTE = 2**20

#: Has a close wait for less than five seconds.
_SOON = """
from echo.server.http.channel import EchoChannel
from echo.server.conversation.protocol import EchoProtocol
EchoChannel.abortTimeout = EchoProtocol.closeTimeout = 0.5
"""


class ListenTests(DaemonProcessTestCase):
    """
    Wherever it can listen.
    """

    def test_tcp(self) -> None:
        """
        On an address of IPv4.
        """
        with connect(self.start().url(), proxy=None) as client:
            self.assertEchoes(client)

    def test_tcp6(self) -> None:
        """
        On one of IPv6.
        """
        daemon = self.start("--listen", r"tcp6:0:interface=\:\:1")
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
        daemon.logged(r"Opened \[::1\]:\d+: ")

    def test_unix(self) -> None:
        """
        On a UNIX socket, which is gone when the daemon is.
        """
        path = os.path.relpath(self.directory / "s")
        daemon = self.start("--listen", f"unix:{path}")
        daemon.logged("Listening on .*s\n")
        with unix_connect(path, "ws://localhost/socket") as client:
            self.assertEchoes(client)
        daemon.logged("Opened unix: ")
        daemon.signal()
        daemon.wait()
        self.assertFalse(Path(path).exists())

    def test_systemd(self) -> None:
        """
        On a socket that somebody else has opened.
        """
        with socket.create_server(("127.0.0.1", 0)) as listener:
            number = listener.fileno()
            daemon = self.start(
                "--listen",
                "systemd:domain=INET:index=0",
                prelude=f"os.dup2({number}, 3); os.environ.update("
                "LISTEN_FDS='1', LISTEN_FDNAMES='echo', LISTEN_PID=str(os.getpid()))",
                pass_fds=(number, 3),
            )
            with connect(daemon.url(), proxy=None) as client:
                self.assertEchoes(client)

    def test_proxy(self) -> None:
        """
        Behind a proxy that says who is there, in either version.
        """
        daemon = self.start("--listen", "haproxy:tcp:0:interface=127.0.0.1")
        second = struct.pack("!4s4s2H", b"\xcb\0\x71\x09", b"\x7f\0\0\x01", 5555, 80)
        for header, name in [
            (b"PROXY TCP4 203.0.113.8 127.0.0.1 5555 80\r\n", "203.0.113.8:5555"),
            (
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", 12) + second,
                "203.0.113.9:5555",
            ),
        ]:
            connection = self.dial(daemon.port())
            connection.sendall(header)
            self.open(connection)
            daemon.logged(f"Opened {re.escape(name)}: ")

    def test_severalAtOnce(self) -> None:
        """
        On all of them together.
        """
        tls = self.identity()
        daemon = self.start(
            *("--listen", "tcp:0:interface=127.0.0.1"),
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *tls),
        )
        with connect(daemon.logged(r"(ws://\S+)")[1], proxy=None) as client:
            self.assertEchoes(client)
        with connect(
            daemon.logged(r"(wss://\S+)")[1],
            ssl=threadedContext(),
            server_hostname="localhost",
            proxy=None,
        ) as client:
            self.assertEchoes(client)
        daemon.logged(
            "Opened [^:]+:[^:]+: origin none, subprotocol none, TLSv1.2 ECDHE"
        )

    def test_twist(self) -> None:
        """
        Under C{twist} as well as under C{twistd}.
        """
        daemon = self.start(runner=("twist", "--log-format=text"))
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
            daemon.signal(signal.SIGINT)
            with self.assertRaises(ConnectionClosed) as raised:
                client.recv(PATIENCE)
        self.assertEqual(raised.exception.rcvd.code, 1001)
        self.assertEqual(daemon.wait(), -signal.SIGINT)


class StartTests(DaemonProcessTestCase):
    """
    What keeps it from starting is one line on standard error.
    """

    def failure(self, runner: str, *arguments: str) -> str:
        """
        @return: What a daemon that cannot start writes to standard error.
        """
        switches = ["--nodaemon", "--pidfile=pid"] if runner == "twistd" else []
        process = Fork(
            runnerCode(runner), *switches, "echo", *arguments, cwd=self.directory
        )
        out, err = process.communicate(timeout=PATIENCE)
        self.assertNotEqual(process.wait(), 0)
        self.assertNotIn(b"Traceback", out + err)
        self.assertFalse((self.directory / "pid").exists())
        (line,) = err.decode().splitlines()
        return line

    def test_busyPort(self) -> None:
        """
        A port that somebody else has.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            for runner in RUNNERS:
                line = self.failure(
                    runner,
                    *("--listen", "tcp:0:interface=127.0.0.1"),
                    *("--listen", f"tcp:{port}:interface=127.0.0.1"),
                )
                self.assertIn(f"cannot listen on 127.0.0.1:{port}: ", line)
                self.assertIn("Address already in use", line)

    def test_badOptions(self) -> None:
        """
        A switch that means nothing, a file that is not there, a directory that
        cannot be written to.
        """
        for runner in RUNNERS:
            for arguments, expected in [
                (["--max-message=x"], "echo: --max-message: 'x' is not a size"),
                (["--nonsense"], "echo: option --nonsense not recognized"),
                (["--listen=tcp:99999"], "cannot listen"),
                (["--listen=unix:/nowhere/s"], "cannot listen on "),
                (
                    ["--listen-tls=tcp:0", "--tls-cert=/no.pem", "--tls-key=/no.pem"],
                    "echo: cannot read '/no.pem': No such file or directory",
                ),
            ]:
                self.assertIn(expected, self.failure(runner, *arguments))

    def test_nothingLeft(self) -> None:
        """
        What it had begun to listen on is not left behind.
        """
        with socket.create_server(("127.0.0.1", 0)) as other:
            busy = f"tcp:{other.getsockname()[1]}:interface=127.0.0.1"
            for runner in RUNNERS:
                self.failure(runner, "--listen", "unix:s", "--listen", busy)
                self.assertEqual(list(self.directory.glob("s*")), [])

    def test_environment(self) -> None:
        """
        Switches come from the environment too.
        """
        daemon = self.start(
            env={
                **os.environ,
                "ECHO_LISTEN": "tcp:0:interface=127.0.0.1",
                "ECHO_MAX_MESSAGE": "1k",
                "ECHO_LOG_MESSAGES": "yes",
            }
        )
        with connect(daemon.url(), proxy=None) as client:
            client.send("Hello")
            self.assertEqual(client.recv(PATIENCE), "Hello")
            daemon.logged('Received: "Hello" from 127.0.0.1:')
            client.send("x" * 1025)
            with self.assertRaises(ConnectionClosed) as raised:
                client.recv(PATIENCE)
        self.assertEqual(raised.exception.rcvd.code, 1009)


class TLSTests(DaemonProcessTestCase):
    """
    C{--listen-tls}.
    """

    def handshake(self, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
        """
        @return: A connection with TLS.

        @raise ssl.SSLError: There is none to be had.
        """
        return self.startTLS(self.dial(port), context)

    def listen(self, *arguments: str) -> DaemonProcess:
        """
        @return: A daemon that speaks TLS.
        """
        tls = self.identity()
        return self.start("--listen-tls", "tcp:0:interface=127.0.0.1", *tls, *arguments)

    def test_versions(self) -> None:
        """
        TLS 1.2 and 1.3 are spoken, older ones are not.
        """
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

    def test_refusedForGood(self) -> None:
        """
        After a refusal, nothing becomes a conversation: the connection is closed, and
        the log has one line about it.
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

    def test_ciphers(self) -> None:
        """
        Of the suites of TLS 1.2 only those with ephemeral keys and authenticated
        encryption are.
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

    def test_clientCertificate(self) -> None:
        """
        With C{--client-ca} only who has a certificate of that authority gets in.
        """
        authority = self.directory / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        daemon = self.listen("--client-ca", str(authority))
        for identity, admitted in [(CLIENT, True), (SELF_SIGNED, False), (None, False)]:
            context = self.clientContext()
            if identity is not None:
                context.load_cert_chain(identity.save(str(self.directory)))
            try:
                # TLS 1.3 clients learn of a refusal with the first answer.
                connection = self.handshake(daemon.port(), context)
                connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = connection.recv(1000)
            except (ssl.SSLError, ConnectionError):
                answer = b""
            self.assertEqual(answer.startswith(b"HTTP/1.1 200 "), admitted)

    def test_clientReturns(self) -> None:
        """
        Who comes back with the session of an earlier connection is let in. (OpenSSL
        refuses that where sessions have no name.)
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

    def test_renewed(self) -> None:
        """
        A new certificate is served to the next connection while the old ones go
        on; a broken one is not served.
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

    def test_plainText(self) -> None:
        """
        Who speaks plain HTTP to it is one line in the log.
        """
        daemon = self.listen()
        connection = self.dial(daemon.port())
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while connection.recv(1000):
            pass
        daemon.logged(r"TLS failed with 127.0.0.1:\d+: http request")
        self.assertNotIn("Traceback", daemon.log)

    def test_behindProxy(self) -> None:
        """
        The PROXY header is outside of TLS, as balancers that pass TLS through
        send it.
        """
        tls = self.identity()
        daemon = self.start("--listen-tls", "haproxy:tcp:0:interface=127.0.0.1", *tls)
        connection = self.dial(daemon.port())
        connection.sendall(b"PROXY TCP4 203.0.113.8 127.0.0.1 5555 80\r\n")
        self.open(self.startTLS(connection))
        daemon.logged("Opened 203.0.113.8:5555: .* TLSv1.3 ")

    def test_noZombies(self) -> None:
        """
        Peers that hold their connection after its end lose it: after a close, and
        after they have asked for a page (twisted#7926).
        """
        tls = self.identity()
        daemon = self.start(
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *tls),
            *("--handshake-timeout", "1s"),
            prelude=_SOON,
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


class PeerTests(DaemonProcessTestCase):
    """
    Peers that are slow, greedy or gone.
    """

    def test_doesNotRead(self) -> None:
        """
        A peer that sends 256 MB and reads nothing costs next to nothing at any time,
        and is dropped.
        """
        for listener in ("--listen", "--listen-tls"):
            tls = self.identity()
            daemon = self.start(
                *(listener, "tcp:0:interface=127.0.0.1", "--stall-timeout", "1s"),
                *(tls if listener == "--listen-tls" else ()),
            )
            connection: socket.socket = self.dial(daemon.port())
            if listener == "--listen-tls":
                connection = self.startTLS(connection)
            self.open(connection)
            before = daemon.memory()
            sent = 0
            block = frame(BINARY, bytes(MEBIBYTE))
            with contextlib.suppress(OSError):
                while sent < 256:
                    connection.sendall(block)
                    sent += 1
            self.assertLess(sent, 256)
            daemon.logged('1006 "took nothing of what was sent to it"')
            self.assertLess(daemon.memory() - before, 8 * MEBIBYTE)

    def test_readsSlowly(self) -> None:
        """
        A peer that reads late gets every byte.
        """
        connection = self.dial(self.start().port())
        self.open(connection)
        connection.setblocking(False)
        message = bytes(range(256)) * 256
        block = frame(BINARY, message)
        expected = b"\x82\x7f" + struct.pack("!Q", len(message)) + message
        sent, received = bytearray(block * 400), bytearray()
        deadline = time.monotonic() + PATIENCE
        while sent and time.monotonic() < deadline:
            try:
                del sent[: connection.send(sent[:MEBIBYTE])]
            except BlockingIOError:
                # Both ways are full: now take some.
                with contextlib.suppress(BlockingIOError):
                    received += connection.recv(MEBIBYTE)
        connection.settimeout(PATIENCE)
        while len(received) < 400 * len(expected):
            received += connection.recv(MEBIBYTE)
        self.assertEqual(bytes(received), expected * 400)

    def test_holdsOn(self) -> None:
        """
        A peer that says goodbye behind a full buffer, and then takes nothing, is
        gone when the close has had its time.
        """
        daemon = self.start(prelude=_SOON)
        port = daemon.port()
        before = daemon.sockets()
        connection = self.dial(port)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.open(connection)
        with contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            # The close has to be read along with the end of a long message.
            data = frame(BINARY, bytes(8 * MEBIBYTE)) + frame(CLOSE)
            connection.sendall(data[:-100])
            connection.sendall(data[-100:])
        until(lambda: daemon.sockets() <= before, "the end of the connection")

    def test_halfCloses(self) -> None:
        """
        A peer that closes its half right after its message, or its request, gets
        the echo, or the answer.
        """
        port = self.start().port()
        connection = self.dial(port)
        self.open(connection)
        connection.sendall(frame(TEXT, b"Hi"))
        connection.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.recv(100), b"\x81\x02Hi")
        connection = self.dial(port)
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        self.assertIn(b"200 OK", connection.recv(1000))

    def test_resets(self) -> None:
        """
        Resets at any moment are nothing to write home about.
        """
        daemon = self.start()
        for data in [b"", b"GET", upgradeRequest(), upgradeRequest() + b"\x81"]:
            connection = self.dial(daemon.port())
            connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            connection.sendall(data)
            connection.close()
        with connect(daemon.url(), proxy=None) as client:
            self.assertEchoes(client)
        for word in ["Traceback", "Unhandled", "Error"]:
            self.assertNotIn(word, daemon.log)

    def test_origin(self) -> None:
        """
        A foreign page is refused with 403.
        """
        url = self.start().url()
        with self.assertRaises(InvalidStatus) as raised:
            connect(url, origin=Origin("http://evil.example"), proxy=None)
        self.assertEqual(raised.exception.response.status_code, 403)


class DrainTests(DaemonProcessTestCase):
    """
    How it leaves.
    """

    def test_goingAway(self) -> None:
        """
        On either signal every peer is told 1001, and the process ends by it.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.start()
            with contextlib.ExitStack() as stack:
                clients = [
                    stack.enter_context(connect(daemon.url(), proxy=None))
                    for _ in range(5)
                ]
                daemon.signal(number)
                for client in clients:
                    with self.assertRaises(ConnectionClosed) as raised:
                        client.recv(PATIENCE)
                    close = raised.exception.rcvd
                    self.assertEqual(
                        (close.code, close.reason), (1001, "server shutting down")
                    )
            self.assertEqual(daemon.wait(), -number)
            self.assertNotIn("Traceback", daemon.log)

    def drained(
        self, connection: socket.socket, daemon: DaemonProcess, count: int
    ) -> None:
        """
        Assert that all that was sent before the signal comes back before the 1001.
        """
        daemon.signal(signal.SIGSTOP)  # so that all of it is still in the kernel
        for number in range(count):
            connection.sendall(frame(TEXT, b"%06d" % number))
        until(lambda: untaken(connection) == 0, "the messages to arrive")
        daemon.signal(signal.SIGTERM)
        daemon.signal(signal.SIGCONT)
        received = b""
        expected = b"".join(b"\x81\x06%06d" % number for number in range(count))
        while len(received) < len(expected) + 4:
            data = connection.recv(MEBIBYTE)
            self.assertTrue(data, f"only {len(received)} bytes")
            received += data
        self.assertEqual(received[: len(expected)], expected)
        self.assertEqual(received[len(expected) + 2 :][:2], struct.pack("!H", 1001))
        connection.sendall(frame(CLOSE, struct.pack("!H", 1001)))
        connection.close()
        self.assertEqual(daemon.wait(), -signal.SIGTERM)

    def test_nothingIsLost(self) -> None:
        """
        A message that has arrived is answered, if it is still in the kernel when
        the signal comes too.
        """
        daemon = self.start()
        connection = self.dial(daemon.port())
        self.open(connection)
        self.drained(connection, daemon, 1000)

    def test_nothingIsLostInTLS(self) -> None:
        """
        Nor is one inside TLS.
        """
        tls = self.identity()
        daemon = self.start("--listen-tls", "tcp:0:interface=127.0.0.1", *tls)
        connection = self.startTLS(self.dial(daemon.port()))
        self.open(connection)
        self.drained(connection, daemon, 500)

    def test_nothingIsLostOnASlowPeer(self) -> None:
        """
        Nor is an echo that a slow peer takes its time to read: more of it than a
        close would.
        """
        daemon = self.start("--drain", "1m", "--ping-interval", "0", prelude=_SOON)
        connection = self.dial(daemon.port())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.open(connection)
        connection.sendall(frame(BINARY, bytes(65536)) * 24)
        daemon.signal()
        daemon.logged("Closing 1 conversations")
        # Nothing is read for longer than a close may take.
        select.select([], [], [], 1.0)
        received = b""
        while len(received) < 24 * 65546 + 4:
            data = connection.recv(MEBIBYTE)
            self.assertTrue(data, f"only {len(received)} bytes")
            received += data
        self.assertEqual(received[24 * 65546 + 2 :][:2], struct.pack("!H", 1001))

    def test_newcomers(self) -> None:
        """
        While it says goodbye, nobody new is let in: 503 for who had a connection,
        and no connection for who had not.
        """
        daemon = self.start()
        mute, late = self.dial(daemon.port()), self.dial(daemon.port())
        self.open(mute)
        daemon.signal()
        daemon.logged("Closing 1 conversations")
        late.sendall(upgradeRequest())
        self.assertIn(b"HTTP/1.1 503 ", late.recv(1000))
        until(lambda: self.refused(daemon.port()), "the port to close")

    def refused(self, port: int) -> bool:
        """
        @return: Whether nothing listens there.
        """
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return True
        return False

    def test_mute(self) -> None:
        """
        A peer that does not answer is waited for no longer than C{--drain}.
        """
        daemon = self.start("--drain", "1s")
        connection = self.dial(daemon.port())
        self.open(connection)
        daemon.signal()
        self.assertEqual(daemon.wait(), -signal.SIGTERM)

    def test_secondSignal(self) -> None:
        """
        A second signal does not wait at all, and is no traceback.
        """
        daemon = self.start("--drain", "1h")
        connection = self.dial(daemon.port())
        self.open(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1.0)
        with contextlib.suppress(OSError):
            connection.sendall(frame(BINARY, bytes(60000)) * 200)
        daemon.signal(signal.SIGTERM)
        daemon.logged("Closing 1 conversations")
        daemon.signal(signal.SIGINT)
        self.assertLess(daemon.wait(), 0)
        self.assertNotIn("Traceback", daemon.log)
