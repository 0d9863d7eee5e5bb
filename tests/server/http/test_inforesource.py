"""
Tests of L{echo.server.http.inforesource} and L{echo.server.http.accesspolicy}.
"""

import json
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture
from tests.kit.handshake import upgradeRequest

SECRETS = {
    "Authorization": "Bearer abcdef",
    "Cookie": "session=1234; theme=dark",
    "X-Api-Key": "k",
    "x-lower": "v",
}


def ask(fixture: EchoFixture, target: str = "/info", **fields: str) -> Any:
    """
    @return: The JSON for a request.
    """
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    request = f"GET {target} HTTP/1.1\r\nHost: a.example\r\n{lines}\r\n"
    answer = fixture.dial().send(request.encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 200 OK\r\n" in head, head
    assert b"\r\nContent-Type: application/json\r\n" in head, head
    assert b"\r\nCache-Control: no-store\r\n" in head, head
    return json.loads(body)


class InfoTests(SynchronousTestCase):
    """
    The response of C{/info}, and the first frame of C{?info=1}.
    """

    def test_fields(self) -> None:
        """
        It has the request line, the header fields as received, the peer and the host.
        """
        fixture = EchoFixture(self)
        info = ask(fixture, "/info?a=b", x_odd="1", X_Odd="2")
        self.assertEqual(info["request"], "GET /info?a=b HTTP/1.1")
        self.assertEqual(
            info["headers"], [["Host", "a.example"], ["x-odd", "1"], ["X-Odd", "2"]]
        )
        self.assertEqual(info["peer"], "192.0.2.1:50000")
        self.assertEqual(info["host"], fixture.factory.host)
        for nothing in ("proxiedPeer", "tls", "subprotocol", "applied"):
            self.assertIsNone(info[nothing], nothing)
        self.assertEqual(info["extensions"], [])

    def test_targetIsURL(self) -> None:
        """
        The request line is as received, also with a URL.
        """
        info = ask(EchoFixture(self), "http://u:p@a.example/info?x")
        self.assertEqual(info["request"], "GET http://***@a.example/info?x HTTP/1.1")

    def test_secondRequest(self) -> None:
        """
        It has no header fields of an earlier request on the connection.
        """
        peer = EchoFixture(self).dial()
        request = b"GET /info HTTP/1.1\r\nHost: a.example\r\n"
        peer.send(request + b"X-First: 1\r\n\r\n")
        self.assertNotIn(b"X-First", peer.send(request + b"\r\n"))

    def test_secrets(self) -> None:
        """
        Credentials are hidden, unless C{--show-secrets} is set.
        """
        target = "/info?access_token=xyz"
        hidden = json.dumps(ask(EchoFixture(self), target, **SECRETS))
        shown = json.dumps(ask(EchoFixture(self, "--show-secrets"), target, **SECRETS))
        for secret in ("abcdef", "1234", "xyz", '"k"'):
            self.assertNotIn(secret, hidden)
            self.assertIn(secret, shown)
        self.assertIn('["x-lower", "v"]', hidden)

    def test_secretsElsewhere(self) -> None:
        """
        Credentials are hidden in the subprotocol, in the applied behaviour and in the
        log, too.
        """
        offer = "base64url.bearer.authorization.k8s.io.xyz"
        jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4eXoifQ.xyz"
        for target, protocol in [
            ("/socket?info=1", offer),
            ("/socket?info=1", jwt),
            (f"/socket?info=1&subprotocol={jwt}", "chat"),
            (f"/socket?info=1&subprotocol={offer}", "chat"),
            (f"/socket?info=1&close=4001&after=9s&reason={jwt}", "chat"),
        ]:
            for secrets in (False, True):
                fixture = EchoFixture(self, *["--show-secrets"] * secrets)
                peer = fixture.dial()
                request = upgradeRequest(target, Sec_WebSocket_Protocol=protocol)
                _, _, frames = peer.send(request).partition(b"\r\n\r\n")
                self.assertEqual(b"xyz" in frames, secrets, (target, protocol))
                self.assertNotIn("xyz", fixture.lines[-1])
                self.assertIn("***", fixture.lines[-1])

    def test_applied(self) -> None:
        """
        It has the behaviour of a query, for pages, which see no header of a 101. An
        invalid query has none.
        """
        fixture = EchoFixture(self, "--max-delay=1s")
        for query, applied in [
            ("", None),
            ("?", None),
            ("?delay=5m&repeat=3", "delay=1s&repeat=3"),
            ("?jitter=5s&drop=.5", "jitter=1s&drop=0.5"),
            ("?drop=.5&seed=7", "drop=0.5&seed=7"),
            ("?delay=soon", None),
            ("?utm_source=x", None),
        ]:
            self.assertEqual(ask(fixture, f"/info{query}")["applied"], applied, query)

    def test_firstFrame(self) -> None:
        """
        A conversation with C{info=1} begins with one text frame of the same, and the
        negotiated values. Then it echoes.
        """
        fixture = EchoFixture(self, "--compression")
        peer = fixture.dial()
        answer = peer.send(
            upgradeRequest(
                "/socket?info=1",
                Sec_WebSocket_Protocol="chat",
                Sec_WebSocket_Extensions="permessage-deflate",
                Cookie="session=1234",
            )
        )
        head, _, frames = answer.partition(b"\r\n\r\n")
        (conversation,) = fixture.factory.conversations
        self.assertIn(b"\r\nX-Echo-Applied: info=1\r\n", head)
        name = conversation.name.encode()
        self.assertIn(b"\r\nX-Echo-Connection: " + name + b"\r\n", head)
        self.assertEqual(frames[:2], b"\xc1\x7e")  # text, compressed, 16 bits of length
        (extension,) = conversation.websocket_extensions_in_use
        extension.start_decompress_message()
        info = json.loads(extension.decompress_message_data(frames[4:]))
        self.assertEqual(info["request"], "GET /socket?info=1 HTTP/1.1")
        self.assertEqual(info["connection"], conversation.name)
        self.assertEqual(info["subprotocol"], "chat")
        (agreed,) = info["extensions"]
        self.assertTrue(agreed.startswith("permessage-deflate"), agreed)
        self.assertEqual(info["applied"], "info=1")
        self.assertNotIn("1234", json.dumps(info))

    def test_uniqueNames(self) -> None:
        """
        No two connections have the same name, on one daemon or on two.
        """
        names = [
            ask(fixture)["connection"]
            for fixture in (EchoFixture(self), EchoFixture(self))
            for _ in range(3)
        ]
        self.assertEqual(len(set(names)), len(names))


class ProxyTests(SynchronousTestCase):
    """
    The client's address behind a proxy.
    """

    def test_trusted(self) -> None:
        """
        The address that a trusted proxy reports is in the JSON and in the log.
        """
        fixture = EchoFixture(self, "--trust-proxy=192.0.2.0/24")
        info = ask(fixture, X_Forwarded_For="6.6.6.6, 203.0.113.7")
        self.assertEqual(info["proxiedPeer"], "203.0.113.7")
        self.assertEqual(info["peer"], "192.0.2.1:50000")
        fixture.connect(Forwarded='for="[2001:db8::1]:4711"')
        self.assertIn(
            "Opened 192.0.2.1:50000 for [2001:db8::1]:4711: ", fixture.lines[-1]
        )

    def test_notTrusted(self) -> None:
        """
        The fields of other peers are ignored. The default trusts no proxy.
        """
        for arguments in [(), ("--trust-proxy=10.0.0.0/8",)]:
            fixture = EchoFixture(self, *arguments)
            info = ask(fixture, X_Forwarded_For="6.6.6.6", Forwarded="for=6.6.6.6")
            self.assertIsNone(info["proxiedPeer"])
            fixture.connect(X_Forwarded_For="6.6.6.6")
            self.assertIn("Opened 192.0.2.1:50000: ", fixture.lines[-1])

    def test_behindPROXY(self) -> None:
        """
        The peer of the PROXY header is the one that is trusted or not.
        """
        fixture = EchoFixture(
            self, "--listen=haproxy:tcp:1", "--trust-proxy=203.0.113.9"
        )
        peer = fixture.dial(IPv4Address("TCP", "10.0.0.1", 1))
        peer.transport.arrive(b"PROXY TCP4 203.0.113.9 10.0.0.1 5555 80\r\n")
        peer.open(X_Forwarded_For="198.51.100.1")
        self.assertIn("Opened 203.0.113.9:5555 for 198.51.100.1: ", fixture.lines[-1])
