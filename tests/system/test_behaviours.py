"""
What peers ask for in their URL, with the daemon as a process and real sockets: every
behaviour once, and everything that is none.
"""

import contextlib
import json
import os
import re
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode
from websockets.sync.client import ClientConnection, connect, unix_connect

from tests.kit.certificates import AUTHORITY, CLIENT, threadedContext
from tests.kit.frames import BINARY, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import PATIENCE, DaemonProcess, DaemonProcessTestCase, until

_HEADS = re.compile(
    rb"HTTP/1\.[01] [2-5][0-9][0-9] [A-Za-z -]+"
    rb"|Cache-Control: no-store"
    rb"|Connection: close"
    rb"|Content-Length: [0-9]+"
    rb"|Content-Type: (?:application/json|text/plain; charset=utf-8)"
    rb"|Date: [A-Za-z0-9:, ]+"
    rb"|X-Content-Type-Options: nosniff"
)

_UNIX_URL = "ws://localhost/socket"


class BehavioursTestCase(DaemonProcessTestCase):
    """
    Asks for behaviours.
    """

    def serve(self, *arguments: str) -> DaemonProcess:
        """
        @return: A daemon; C{self.daemon}, too.
        """
        self.daemon = self.start(*arguments)
        self.port = self.daemon.port()
        return self.daemon

    def serveAll(self) -> dict[str, Callable[[str], ClientConnection]]:
        """
        Start a daemon on everything that there is to listen on.

        @return: What asks it for a behaviour, by the kind of connection.
        """
        path = os.path.relpath(self.directory / "s")
        daemon = self.serve(
            *("--listen", "tcp:0:interface=127.0.0.1", "--listen", f"unix:{path}"),
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *self.identity()),
        )
        secure = daemon.logged(r"(wss://\S+)")[1]
        return {
            "tcp": self.ask,
            "tls": lambda query: self.opened(
                connect(
                    f"{secure}?{query}",
                    ssl=threadedContext(),
                    server_hostname="localhost",
                    proxy=None,
                )
            ),
            "unix": lambda query: self.opened(
                unix_connect(path, f"{_UNIX_URL}?{query}")
            ),
        }

    def read(self, connection: socket.socket, count: int) -> bytes:
        """
        @return: The next bytes.
        """
        data = b""
        while len(data) < count:
            data += connection.recv(count - len(data))
        return data

    def opened(self, client: ClientConnection) -> ClientConnection:
        """
        @return: The client, which is closed in the end.
        """
        self.addCleanup(client.close)
        return client

    def ask(self, query: str, **options: Any) -> ClientConnection:
        """
        @return: A peer that has asked for a behaviour, over TCP.
        """
        url = f"ws://127.0.0.1:{self.port}/socket?{query}"
        # Who stops reading would not see the close for ticks.
        return self.opened(connect(url, proxy=None, max_queue=None, **options))

    def applied(self, client: ClientConnection) -> str | None:
        """
        @return: What the 101 said of the behaviour.
        """
        assert client.response is not None
        return client.response.headers.get("X-Echo-Applied")

    def received(self, client: ClientConnection, count: int) -> list[str | bytes]:
        """
        @return: The next messages.
        """
        return [client.recv(PATIENCE) for _ in range(count)]

    def assertSilent(self, client: ClientConnection) -> None:
        """
        Assert that nothing has come to a peer: had it been sent, it would be there
        before the pong.
        """
        self.assertTrue(client.ping().wait(PATIENCE))
        with self.assertRaises(TimeoutError):
            client.recv(0)

    def closed(self, client: ClientConnection) -> Any:
        """
        @return: The close frame that a peer got; None for none.
        """
        with self.assertRaises(ConnectionClosed) as raised:
            client.recv(PATIENCE)
        return raised.exception.rcvd

    def exchange(self, request: bytes) -> bytes:
        """
        @return: All that comes for a request until the daemon hangs up.
        """
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def assertSafe(self, answer: bytes) -> tuple[int, bytes]:
        """
        Assert of an answer in HTTP, byte by byte, that its head is one of ours.

        @return: Its status and its body.
        """
        head, separator, body = answer.partition(b"\r\n\r\n")
        self.assertEqual(separator, b"\r\n\r\n", answer)
        lines = head.split(b"\r\n")
        for line in lines:
            self.assertTrue(all(0x20 <= byte <= 0x7E for byte in line), answer)
            self.assertIsNotNone(_HEADS.fullmatch(line), answer)
        names = [line.partition(b":")[0] for line in lines]
        self.assertEqual(len(set(names)), len(names), answer)
        return int(lines[0].split()[1]), body

    def assertUnharmed(self, sockets: int) -> None:
        """
        Assert that the daemon has taken it well: it echoes, has nobody left, and
        its log is one of a quiet day.
        """
        with self.ask("") as client:
            self.assertEchoes(client)
        until(lambda: self.daemon.sockets() == sockets, "the sockets to close")
        log = self.daemon.log
        self.assertNotIn("Traceback", log)
        self.assertNotIn("Unhandled", log)
        for line in log.split("\n"):
            self.assertTrue(line.isprintable(), line)


class KnobTests(BehavioursTestCase):
    """
    Every behaviour, once.
    """

    def test_all(self) -> None:
        """
        Over TCP.
        """
        self.serve()
        self.times()
        self.chance()
        self.fragments()
        self.pushes()
        self.silences()
        self.reset()
        self.slowSender()
        self.status()
        self.subprotocol()
        self.combined()
        self.assertNotIn("Traceback", self.daemon.log)

    def times(self) -> None:
        """
        C{delay} and C{jitter}: nothing comes before its time, and it comes in order.
        """
        began = time.monotonic()
        clients = {
            query: self.ask(query)
            for query in ["delay=250ms", "jitter=250ms&seed=1", "delay=100ms&jitter=9s"]
        }
        for client in list(clients.values())[:2]:
            for number in range(5):
                client.send(str(number))
        for client in list(clients.values())[:2]:
            self.assertEqual(self.received(client, 5), list("01234"))
        self.assertGreater(time.monotonic() - began, 0.2)
        self.assertRegex(
            str(self.applied(clients["delay=100ms&jitter=9s"])),
            r"^delay=100ms&jitter=9s&seed=\d+$",
        )
        self.assertEqual(self.applied(clients["delay=250ms"]), "delay=250ms")

    def chance(self) -> None:
        """
        C{drop}, C{dup}, C{repeat} and C{seed}.
        """
        self.assertEqual(self.applied(self.ask("dup=1&seed=5")), "dup=1&seed=5")
        for query, count in [("drop=1", 0), ("dup=1", 2), ("repeat=3", 3)]:
            client = self.ask(query)
            client.send("Hello")
            self.assertEqual(self.received(client, count), ["Hello"] * count)
            self.assertSilent(client)
        heard: list[list[str | bytes]] = []
        for _ in range(2):
            client = self.ask("drop=0.5&seed=42&close=4001&after=50")
            for number in range(50):
                client.send(str(number))
            heard.append([])
            with contextlib.suppress(ConnectionClosed):
                while True:
                    heard[-1].append(client.recv(PATIENCE))
        self.assertEqual(heard[0], heard[1])
        self.assertTrue(0 < len(heard[0]) < 50)

    def fragments(self) -> None:
        """
        C{fragment}.
        """
        client = self.ask("fragment=4")
        client.send("Hello Hello")
        self.assertEqual(list(client.recv_streaming()), ["Hell", "o He", "llo"])
        client.send(bytes(8))
        self.assertEqual(list(client.recv_streaming()), [bytes(4), bytes(4)])

    def pushes(self) -> None:
        """
        C{tick} and C{ping}.
        """
        client = self.ask("tick=20ms")
        ticks = [json.loads(each) for each in self.received(client, 3)]
        self.assertEqual([each["tick"] for each in ticks], [1, 2, 3])
        for each in ticks:
            self.assertRegex(each["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        connection = self.dial(self.port)
        self.open(connection, "/socket?ping=20ms")
        self.assertEqual(self.read(connection, 6), b"\x89\x011\x89\x012")

    def silences(self) -> None:
        """
        C{mute} and C{nopong}.
        """
        client = self.ask("mute=1")
        client.send("Hello")
        self.assertSilent(client)
        client = self.ask("nopong=1")
        pong = client.ping()
        client.send("Hello")
        self.assertEqual(client.recv(PATIENCE), "Hello")
        self.assertFalse(pong.is_set())

    def test_close(self) -> None:
        """
        C{close}, C{reason} and C{after}, over everything.
        """
        for kind, ask in self.serveAll().items():
            close = self.closed(ask("close=4001&reason=Gr%C3%BC%C3%9Fe"))
            self.assertEqual((close.code, close.reason), (4001, "Grüße"), kind)
            client = ask("close=4001&after=3&delay=10ms")
            for number in range(3):
                client.send(str(number))
            self.assertEqual(self.received(client, 3), list("012"), kind)
            self.assertEqual(self.closed(client).code, 4001, kind)
            self.assertEqual(self.closed(ask("close=1013&after=50ms")).code, 1013, kind)

    def test_abort(self) -> None:
        """
        C{abort}, over everything: no close frame, but the 101 and the last echo.
        """
        for kind, ask in self.serveAll().items():
            for _ in range(5):
                client = ask("abort=1&after=2")
                for number in range(2):
                    client.send(str(number))
                self.assertEqual(self.received(client, 2), list("01"), kind)
                self.assertIsNone(self.closed(client), kind)
            self.assertIsNone(self.closed(ask("abort=1")), kind)
            self.assertIsNone(self.closed(ask("abort=1&after=10ms")), kind)
        self.daemon.logged(r': 1006 "reset, as asked" after ')

    def reset(self) -> None:
        """
        Over TCP it is a reset.
        """
        connection = self.dial(self.port)
        self.open(connection, "/socket?abort=1&after=1")
        connection.sendall(frame(TEXT, b"Hello"))
        self.assertEqual(self.read(connection, 7), b"\x81\x05Hello")
        with self.assertRaises(ConnectionResetError):
            connection.recv(1)

    def test_slow(self) -> None:
        """
        C{slow}, over everything: long after a plain echo has come, most of a slow
        one is still to be read.
        """
        pace = 16
        began = time.monotonic()
        clients = {
            kind: ask(f"slow={pace}k/s") for kind, ask in self.serveAll().items()
        }
        clients["plain"] = self.ask("")
        for client in clients.values():
            for _ in range(32):
                client.send(bytes(1024))
        self.received(clients.pop("plain"), 32)
        if time.monotonic() - began < 1:
            for kind, client in clients.items():
                with self.assertRaises(TimeoutError, msg=kind):
                    for _ in range(32):
                        client.recv(0)
        # All of them are read, in the end, at no more than the speed; the kernel
        # and TLS have taken some kilobytes ahead.
        for client in clients.values():
            client.send("end")
            while client.recv(PATIENCE) != "end":
                pass
        self.assertGreater(time.monotonic() - began, 16 / pace)

    def slowSender(self) -> None:
        """
        Who sends to a daemon that reads slowly finds out: it takes little more than
        what the kernel has room for.
        """
        taken = {}
        for query, patience in {"slow=1k/s": 0.5, "mute=1": PATIENCE}.items():
            connection = self.dial(self.port)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.open(connection, f"/socket?{query}")
            connection.settimeout(patience)
            data = frame(BINARY, bytes(2**21))
            taken[query] = 0
            with contextlib.suppress(TimeoutError):
                while taken[query] < len(data):
                    piece = data[taken[query] : taken[query] + 4096]
                    taken[query] += connection.send(piece)
        self.assertLess(taken["slow=1k/s"], 2**20)
        self.assertEqual(taken["mute=1"], len(data))

    def status(self) -> None:
        """
        C{status}: the upgrade is refused with it, whatever else is asked for.
        """
        for status in [200, 204, 302, 401, 426, 503, 599]:
            with self.assertRaises(InvalidStatus) as raised:
                self.ask(f"status={status}&delay=1s")
            self.assertEqual(raised.exception.response.status_code, status)

    def subprotocol(self) -> None:
        """
        C{subprotocol}: it is spoken, if it was offered and if not.
        """
        client = self.ask("subprotocol=b", subprotocols=["a", "b"])
        self.assertEqual(client.subprotocol, "b")
        connection = self.dial(self.port)
        connection.sendall(upgradeRequest("/socket?subprotocol=b"))
        self.assertIn(b"\r\nSec-WebSocket-Protocol: b\r\n", self.head(connection))

    def combined(self) -> None:
        """
        All of them go together.
        """
        query = (
            "delay=20ms&jitter=10ms&close=4001&reason=bye&after=2&dup=1&repeat=2"
            "&fragment=2&tick=3600s&ping=3600s&nopong=1&slow=1m/s&subprotocol=x&seed=1&info=1"
        )
        client = self.ask(query, subprotocols=["x"])
        self.assertEqual(self.applied(client), query)
        self.assertEqual(json.loads(client.recv(PATIENCE))["applied"], query)
        client.send("abc")
        client.send(b"abc")
        expected = ["abc"] * 3 + [b"abc"] * 3
        self.assertEqual(self.received(client, 6), expected)
        close = self.closed(client)
        self.assertEqual((close.code, close.reason), (4001, "bye"))

    def test_drain(self) -> None:
        """
        The daemon does not leave before it has sent what it held back.
        """
        daemon = self.serve()
        client, slow = self.ask("delay=1m&repeat=70"), self.ask("slow=1k/s")
        client.send("Hello")
        for _ in range(4):
            slow.send(bytes(500))
        client.ping().wait(PATIENCE)
        daemon.signal()
        self.assertEqual(self.received(client, 70), ["Hello"] * 70)
        self.assertEqual(self.closed(client).code, 1001)
        self.assertEqual(self.received(slow, 4), [bytes(500)] * 4)
        self.assertEqual(self.closed(slow).code, 1001)
        self.assertEqual(daemon.wait(), -signal.SIGTERM)
        self.assertNotIn("Traceback", daemon.log)


class OperatorTests(BehavioursTestCase):
    """
    What the operator has to say.
    """

    def test_caps(self) -> None:
        """
        What goes beyond comes down, and the 101 says so.
        """
        self.serve("--max-delay=1s", "--max-repeat=2", "--min-interval=1s")
        for query, applied in [
            ("delay=1h&jitter=1h&seed=1", "delay=1s&seed=1"),
            ("delay=750ms&jitter=1s&seed=1", "delay=750ms&jitter=250ms&seed=1"),
            ("repeat=3&tick=1us&ping=999ms", "repeat=2&tick=1s&ping=1s"),
            ("delay=1s&repeat=2&tick=1s", "delay=1s&repeat=2&tick=1s"),
        ]:
            self.assertEqual(self.applied(self.ask(query)), applied)
        client = self.ask("repeat=100")
        client.send("Hello")
        self.assertEqual(self.received(client, 2), ["Hello"] * 2)
        self.assertSilent(client)

    def test_off(self) -> None:
        """
        With C{--no-behaviours} there are none; what arrived is told all the same.
        """
        self.serve("--no-behaviours")
        for query in ["delay=1s", "info=1&mute=1", "nonsense=1"]:
            status, body = self.assertSafe(
                self.exchange(upgradeRequest(f"/socket?{query}"))
            )
            self.assertEqual(status, 400)
            self.assertIn(b": behaviours are switched off here\n", body)
        client = self.ask("info=1")
        self.assertEqual(self.applied(client), "info=1")
        told = json.loads(client.recv(PATIENCE))
        self.assertEqual(told["request"], "GET /socket?info=1 HTTP/1.1")
        self.assertEchoes(client)
        self.assertEchoes(self.ask(""))

    def info(self, **fields: str) -> dict[str, Any]:
        """
        @return: What C{GET /info} tells of such a request.
        """
        lines = "".join(
            f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()
        )
        request = f"GET /info HTTP/1.0\r\nHost: a.example\r\n{lines}\r\n"
        status, body = self.assertSafe(self.exchange(request.encode()))
        self.assertEqual(status, 200)
        told: dict[str, Any] = json.loads(body)
        return told

    def test_identity(self) -> None:
        """
        Every 101 says where it is from, and what the connection is called there:
        no two alike, and all in the log.
        """
        daemon = self.serve()
        names = []
        for query in ["", "info=1", "delay=1s"]:
            client = self.ask(query)
            assert client.response is not None
            self.assertEqual(
                client.response.headers["X-Echo-Host"], socket.gethostname()
            )
            names.append(client.response.headers["X-Echo-Connection"])
            daemon.logged(f"Opened .*, connection {names[-1]}")
            if query == "info=1":
                told = json.loads(client.recv(PATIENCE))
                self.assertEqual(told["connection"], names[-1])
                self.assertEqual(told["host"], socket.gethostname())
        names.append(self.info()["connection"])
        self.assertEqual(len(set(names)), 4)

    def test_proxies(self) -> None:
        """
        C{--trust-proxy} says who is believed; nobody is without.
        """
        fields = {"X_Forwarded_For": "203.0.113.9"}
        self.serve("--trust-proxy", "127.0.0.0/8")
        self.assertEqual(self.info(**fields)["proxiedPeer"], "203.0.113.9")
        client = self.ask("info=1", additional_headers={"Forwarded": "for=192.0.2.1"})
        told = json.loads(client.recv(PATIENCE))
        self.assertEqual(told["proxiedPeer"], "192.0.2.1")
        self.assertTrue(told["peer"].startswith("127.0.0.1:"))
        self.daemon.logged(r"Opened 127.0.0.1:\d+ for 192.0.2.1: ")
        self.serve("--trust-proxy", "192.0.2.0/24")
        self.assertIsNone(self.info(**fields)["proxiedPeer"])

    def test_secrets(self) -> None:
        """
        Credentials are told with C{--show-secrets} only.
        """
        fields = {"Authorization": "Bearer abc", "Cookie": "sid=1", "X_Plain": "2"}
        self.serve()
        self.assertEqual(
            self.info(**fields)["headers"][1:],
            [["Authorization", "Bearer ***"], ["Cookie", "***"], ["X-Plain", "2"]],
        )
        self.assertNotIn("abc", self.daemon.log)
        self.serve("--show-secrets")
        self.assertEqual(
            self.info(**fields)["headers"][1:],
            [["Authorization", "Bearer abc"], ["Cookie", "sid=1"], ["X-Plain", "2"]],
        )
        self.assertNotIn("abc", self.daemon.log)

    def test_tls(self) -> None:
        """
        A peer is told what protects it, and whose certificate it has shown.
        """
        authority = self.directory / "clients.pem"
        authority.write_bytes(AUTHORITY.pem)
        daemon = self.serve(
            *("--listen-tls", "tcp:0:interface=127.0.0.1", *self.identity()),
            *("--client-ca", str(authority)),
        )
        context = self.clientContext()
        context.load_cert_chain(CLIENT.save(str(self.directory)))
        connection = self.startTLS(self.dial(daemon.port()), context)
        self.open(connection, "/socket?info=1")
        _, length = struct.unpack("!HH", self.read(connection, 4))
        told = json.loads(self.read(connection, length))
        self.assertEqual(told["tls"]["version"], "TLSv1.3")
        self.assertEqual(told["tls"]["clientCertificate"], "CN=A client")


# Values that are right, to be said twice, and what is beyond.
_GOOD = {
    "delay": "1s",
    "jitter": "1s",
    "close": "4001",
    "reason": "bye",
    "after": "3",
    "abort": "1",
    "drop": "0.5",
    "dup": "0.5",
    "repeat": "2",
    "fragment": "1k",
    "tick": "1s",
    "ping": "1s",
    "nopong": "1",
    "mute": "1",
    "slow": "1k/s",
    "status": "503",
    "subprotocol": "chat",
    "seed": "1",
    "info": "1",
}

# What is no value of any of them. (Without a close, no reason is right.)
_BAD = (
    *(b"", b"+", b"%20", b"=", b"1=1", b"1,5", b"1+1", b"1%00", b"%00", b"%09", b"1;2"),
    *(b"%2b1/s", b"nan(0)", b"0x10/s", b"%D9%A1", b"%EF%BC%91", b"9" * 400 + b"/"),
    *(b"%ff", b"%c3", b"%ed%a0%80", b"%f8%88%80%80%80", b"%c0%80", b"%", b"%zz", b"1%"),
    *(b"%0d%0aX-Evil:+1", b"1%0aX-Evil:%201", b"%e2%80%ae1", b"%1b[31m", b"%c2%85"),
    *(b"<script>alert(1)</script>", b"\"'><img+src=x>", b"%3Cb%3E", b"?"),
    *(b"a" * 9000 + b"/", b"%00" * 3000, b"[]", b"{}", b"\\"),
)

# Nor is this, of any but a subprotocol.
_NO_NUMBERS = (
    *(
        b"-1",
        b"-1s",
        b"--1",
        b"%2b1s",
        b"1e400s",
        b"-inf",
        b"-nan",
        b"1_000s",
        b"garbage",
    ),
    *(b"#", b"1#", b"`", b"|", b"^", b"'", b"None"),
)

# What is none of some of them only.
_WRONG = {
    "delay": ["x", "nan", "inf", "1d", "1e3s", "1e400", "9999999999s", "999999999h"],
    "jitter": ["x", "nan", "inf", "1d", "1e3s", "1e400", "9999999999s", "999999999h"],
    "close": [
        *("0", "999", "1004", "1005", "1006", "1015", "1016", "2999", "5000", "65536"),
        *("nan", "inf", "4001s", "4001.0", "9" * 400),
    ],
    "reason": ["x", "nan", "x" * 200],
    "after": ["0", "0s", "1.5", "x", "nan", "inf", "1d", "9" * 19, "9" * 400],
    "abort": ["2", "yes", "true", "01", "nan", "9" * 400],
    "drop": ["1.1", "2", "1.0000000001", "10%25", "1e-1", "nan", "inf", "9" * 400],
    "dup": ["1.1", "2", "1.0000000001", "10%25", "1e-1", "nan", "inf", "9" * 400],
    "repeat": ["0", "1.5", "x", "nan", "inf", "9" * 19],
    "fragment": ["0", "0k", "1.5k", "1t", "x", "nan", "9" * 19],
    "tick": ["0", "0s", "0.0000000001", "x", "nan", "inf", "9999999999s"],
    "ping": ["0", "0s", "0.0000000001", "x", "nan", "inf", "9999999999s"],
    "nopong": ["2", "yes", "true", "01", "nan", "9" * 400],
    "mute": ["2", "yes", "true", "01", "nan", "9" * 400],
    "slow": ["0", "0/s", "1/m", "1k/", "/s", "x", "nan", "9" * 19],
    "status": ["0", "100", "101", "199", "600", "1000", "x", "nan", "9" * 400],
    "subprotocol": ["a,b", "a%20b", "a;b", "a/b", "%C3%BC", "%7f"],
    "seed": ["1.5", "x", "nan", "inf", "9" * 19, "0x10"],
    "info": ["2", "yes", "true", "01", "nan", "9" * 400],
}

# What is too much, but right: what becomes of it.
_HUGE = {
    "delay=999999999s": "delay=60s",
    "delay=277777h": "delay=60s",
    "jitter=999999999s&seed=1": "jitter=60s&seed=1",
    "repeat=999999999999999999": "repeat=100",
    "tick=1us": "tick=10ms",
    "ping=0.000000001": "ping=10ms",
    "tick=999999999s": "tick=999999999s",
    "fragment=999999999999999999g": "fragment=999999999999999999g",
    "slow=999999999999999999g/s": "slow=999999999999999999g/s",
    "close=4999&after=999999999999999999": "close=4999&after=999999999999999999",
    "close=4999&after=999999999s": "close=4999&after=999999999s",
    "drop=0.000000001&seed=999999999999999999": (
        "drop=0.000000001&seed=999999999999999999"
    ),
    "dup=.000000001&seed=0": "dup=0.000000001&seed=0",
}

_NAMES = (
    *(b"Delay", b"delays", b"", b"delay+", b"delay%00", b"%00", b"__proto__", b"%ff"),
    *(b"x" * 9000, b"%0d%0aX-Evil:%201", b"<script>", b"%e2%80%ae", b"'"),
)


class BadInputTests(BehavioursTestCase):
    """
    Whoever asks for what there is not is told so, and nothing else happens.
    """

    def setUp(self) -> None:
        """
        Start a daemon.
        """
        super().setUp()
        self.serve()
        self.addCleanup(self.assertUnharmed, self.daemon.sockets())

    def refusal(self, query: bytes) -> str:
        """
        @return: The line that says what is wrong with a query.
        """
        request = upgradeRequest("/socket?*").replace(b"*", query, 1)
        status, body = self.assertSafe(self.exchange(request))
        self.assertEqual(status, 400, query)
        text = body.decode()
        self.assertEqual(text[-1:], "\n", query)
        self.assertTrue(text[:-1].isprintable(), query)
        self.assertLess(len(text), 500, query)
        return text[:-1]

    def test_refused(self) -> None:
        """
        Every parameter with every bad value, and all that is no parameter: 400, and
        one line of text that names it.
        """
        self.assertEqual(_GOOD.keys(), _WRONG.keys())
        for name in _GOOD:
            others = () if name == "subprotocol" else _NO_NUMBERS
            wrong = (value.encode() for value in _WRONG[name])
            for value in (*_BAD, *others, *wrong):
                told = self.refusal(name.encode() + b"=" + value)
                self.assertTrue(told.startswith(f"{name}: "), (name, value, told))
        for name, good in _GOOD.items():
            told = self.refusal(f"{name}={good}&{name}={good}".encode())
            self.assertEqual(told, f"{name}: is there twice, once is right")
            for query in [name, f"{name}=", f"&&{name}&"]:
                told = self.refusal(query.encode())
                self.assertTrue(told.startswith(f'{name}: "" is not '), told)
        for unknown in _NAMES:
            for first in b"", b"delay=1s&":
                told = self.refusal(first + unknown + b"=1")
                self.assertRegex(told, r" is no parameter: | is not percent-encoded")
        for name in "reason", "after":
            told = self.refusal(f"{name}=2".encode())
            self.assertRegex(told, f"{name}: .*: add close=4001")

    def test_bytes(self) -> None:
        """
        Every byte there is, raw and escaped.
        """
        for byte in range(256):
            self.refusal(b"delay=/%%%02x" % byte)
            request = upgradeRequest("/socket?*")
            answer = self.exchange(
                request.replace(b"*", b"delay=/" + bytes([byte]) + b"/", 1)
            )
            status, body = self.assertSafe(answer)
            self.assertEqual(status, 400)
            # twisted.web has no good word for what cannot be part of a target.
            if 0x20 < byte < 0x7F and byte not in b"&":
                self.assertTrue(body.startswith(b"delay: "), (byte, body))

    def test_huge(self) -> None:
        """
        What is too much but no mistake is had, as far as it goes.
        """
        for query, applied in _HUGE.items():
            client = self.ask(query)
            self.assertEqual(self.applied(client), applied)
            self.assertTrue(client.ping().wait(PATIENCE))
            client.close()

    def test_long(self) -> None:
        """
        A query of 64 KiB is too long, whatever is in it.
        """
        for query in [
            b"delay=" + b"1" * 65536,
            b"&" * 65536,
            b"delay=1s&" * 7282,
            b"%00" * 21846,
            b"reason=" + b"\xff" * 65536,
        ]:
            for path in [b"/socket", b"/info", b"/"]:
                request = (
                    b"GET " + path + b"?" + query + b" HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                status, body = self.assertSafe(self.exchange(request))
                self.assertEqual((status, body.count(b"\n")), (414, 1))
                self.assertIn(b"too long", body)

        # Shorter ones are read.
        for query in [
            b"close=4001&reason=" + b"%e2%82%ac" * 1700,
            b"delay=" + b"0" * 15000 + b"1s",
            b"x" * 15000 + b"=1",
            b"delay=1s&" * 1600,
            b"&" * 15000 + b"delay",
            b"%" * 15000,
        ]:
            self.refusal(query)


class HostileInfoTests(BehavioursTestCase):
    """
    Requests that are made to do harm where they are told.
    """

    def test_all(self) -> None:
        """
        None of them does any.
        """
        self.serve()
        sockets = self.daemon.sockets()
        self.values()
        self.names()
        self.targets()
        self.attempts()
        self.many()
        self.conversation()
        self.assertUnharmed(sockets)

    def told(self, lines: bytes, target: bytes = b"/info") -> Any:
        """
        @param lines: Of the header, after the first.

        @return: What the request is told about itself; None if it was none.
        """
        request = b"GET " + target + b" HTTP/1.0\r\nHost: a\r\n" + lines + b"\r\n\r\n"
        status, body = self.assertSafe(self.exchange(request))
        if status != 200:
            self.assertIn(status, (400, 431), lines)
            self.assertEqual(body.count(b"\n"), 1)
            return None
        self.assertEqual(body[-1:], b"\n")
        for byte in body[:-1]:
            self.assertTrue(0x20 <= byte <= 0x7E, body)
        for character in b"<>&'":
            self.assertNotIn(character, body)
        return json.loads(body)

    def expected(self, value: bytes) -> str:
        """
        @return: How bytes are told.
        """
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    def values(self) -> None:
        """
        Every byte in a value: it comes back as what it was, or not at all.
        """
        accepted = set()
        for byte in range(256):
            value = b"a" + bytes([byte]) + b"b"
            told = self.told(b"X-Test: " + value)
            if told is not None:
                self.assertEqual(
                    told["headers"], [["Host", "a"], ["X-Test", self.expected(value)]]
                )
                accepted.add(byte)
        self.assertLessEqual({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)}, accepted)
        self.assertFalse(accepted & {0x00, 0x0A, 0x0D})

    def names(self) -> None:
        """
        Every byte in a name.
        """
        for byte in range(256):
            told = self.told(b"X-a" + bytes([byte]) + b"b: 1")
            if told is not None:
                self.assertEqual(len(told["headers"]), 2)

    def targets(self) -> None:
        """
        Every byte in the target.
        """
        for byte in range(256):
            told = self.told(b"X: 1", b"/info?a" + bytes([byte]) + b"b=<'&>")
            if told is not None:
                self.assertIn("b=<'&>", told["request"])

    def attempts(self) -> None:
        """
        What has worked elsewhere: markup, quotes, second header lines, folded ones.
        """
        for value in [
            b"<script>alert(1)</script>",
            b"</script><script>alert(1)//",
            b"\"'`><img src=x onerror=alert(1)>",
            b"&lt;script&gt; &#60; <!-- ]]>",
            b'\\u003cscript\\u003e \\" \\n',
            b'"}, "host": "evil"',
            b"\xe2\x80\xa8\xe2\x80\xa9 \xe2\x80\xae \xef\xbb\xbf \xed\xa0\x80",
            b"1%0d%0aX-Evil: 1",
            b"\x1b]0;evil\x07\x1b[2J",
            b"x" * 10_000,
            b"<" * 10_000,
            b"\xff" * 10_000,
        ]:
            told = self.told(b"X-Test: " + value)
            if told is not None:
                self.assertEqual(
                    told["headers"][1:], [["X-Test", self.expected(value)]]
                )
        for lines in [
            b"X-Test: 1\rX-Evil: 1",
            b"X-Test: 1\nX-Evil: 1",
            b"X-Test: 1\r\nX-Evil: 1",
            b"X-Test: 1\r\n X-Evil: 1",
            b"X-Test: 1\r\n\tX-Evil: 1",
            b"X-Test: 1\r\r\nX-Evil: 1",
            b"X-Test\r\n: 1",
            b": 1",
            b"X Test: 1",
            b"X-Test : 1",
            b"X-Test",
            b" X-Test: 1",
            b'X-Forwarded-For: <script>\r\nForwarded: for="<script>"',
        ]:
            self.told(lines)

    def many(self) -> None:
        """
        Many fields are told, all of them; too many are not.
        """
        told = self.told(b"\r\n".join(b"A%d: <%d>" % (n, n) for n in range(400)))
        self.assertEqual(told["headers"][1:], [[f"A{n}", f"<{n}>"] for n in range(400)])
        self.assertIsNone(self.told(b"\r\n".join([b"A: 1"] * 2000)))
        self.assertIsNone(self.told(b"A: " + b"x" * 20_000))

    def conversation(self) -> None:
        """
        In a conversation it is the same.
        """
        for value in [b"<script>\"'&", b"\xff\xfe", b"\xe2\x80\xae", b"x" * 9000]:
            connection = self.dial(self.port)
            request = upgradeRequest("/socket?info=1", X_Test="*")
            connection.sendall(request.replace(b"*", value))
            answer = b""
            while b"}" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertNotIn(b"X-Test", head)
            self.assertEqual(body[0], 0x80 | Opcode.TEXT)
            text = body[body.index(b"{") :]
            for byte in text:
                self.assertTrue(0x20 <= byte <= 0x7E, text)
            for character in b"<>&'":
                self.assertNotIn(character, text)
            headers: Iterable[Any] = json.loads(text)["headers"]
            self.assertIn(["X-Test", self.expected(value)], headers)
            connection.close()
