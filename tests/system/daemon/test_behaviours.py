"""
Behaviours that clients request in the URL, over TCP, TLS and Unix sockets.
"""

import contextlib
import json
import signal
import socket
import struct
import time
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.kit.certificates import AUTHORITY, CLIENT
from tests.kit.frames import BINARY, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.processes import PATIENCE
from tests.system.daemon.behaviours import BehavioursTestCase


class BehaviourTests(BehavioursTestCase):
    """
    Every behaviour.
    """

    def test_eachOverTCP(self) -> None:
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
        C{delay} and C{jitter}: each echo is late enough, and in order.
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

    def test_closeOverEachListener(self) -> None:
        """
        C{close}, C{reason} and C{after}.
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

    def test_abortOverEachListener(self) -> None:
        """
        No close frame arrives; the 101 and the last echo do.
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
        C{abort} over TCP is a reset.
        """
        connection = self.dial(self.port)
        self.open(connection, "/socket?abort=1&after=1")
        connection.sendall(frame(TEXT, b"Hello"))
        self.assertEqual(self.read(connection, 7), b"\x81\x05Hello")
        with self.assertRaises(ConnectionResetError):
            connection.recv(1)

    def test_slowOverEachListener(self) -> None:
        """
        C{slow}: a plain echo arrives long before most of a slow one.
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
        # All echoes arrive, no faster than the limit. Kernel and TLS have buffered some
        # kilobytes.
        for client in clients.values():
            client.send("end")
            while client.recv(PATIENCE) != "end":
                pass
        self.assertGreater(time.monotonic() - began, 16 / pace)

    def slowSender(self) -> None:
        """
        C{slow} stops a fast sender: the daemon reads little more than the kernel
        buffers.
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
        C{status} comes before all other behaviours.
        """
        for status in [200, 204, 302, 401, 426, 503, 599]:
            with self.assertRaises(InvalidStatus) as raised:
                self.ask(f"status={status}&delay=1s")
            self.assertEqual(raised.exception.response.status_code, status)

    def subprotocol(self) -> None:
        """
        C{subprotocol}, offered or not.
        """
        client = self.ask("subprotocol=b", subprotocols=["a", "b"])
        self.assertEqual(client.subprotocol, "b")
        connection = self.dial(self.port)
        connection.sendall(upgradeRequest("/socket?subprotocol=b"))
        self.assertIn(b"\r\nSec-WebSocket-Protocol: b\r\n", self.head(connection))

    def combined(self) -> None:
        """
        All of them together.
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

    def test_delayedEchoesAreSentOnShutdown(self) -> None:
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
    The operator's limits, and what clients see of the daemon.
    """

    def test_limitsCapBehaviours(self) -> None:
        """
        The 101 has the capped values.
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

    def test_noBehaviours(self) -> None:
        """
        C{info} still works.
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
        @return: The answer to C{GET /info} with header fields.
        """
        lines = "".join(
            f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()
        )
        request = f"GET /info HTTP/1.0\r\nHost: a.example\r\n{lines}\r\n"
        status, body = self.assertSafe(self.exchange(request.encode()))
        self.assertEqual(status, 200)
        told: dict[str, Any] = json.loads(body)
        return told

    def test_uniqueConnectionNames(self) -> None:
        """
        The 101 and the log have them.
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

    def test_trustProxy(self) -> None:
        """
        Without it no proxy is trusted.
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

    def test_showSecrets(self) -> None:
        """
        The log has no secrets either way.
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

    def test_infoOnTLS(self) -> None:
        """
        Version and client certificate.
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
