"""
Tests of L{echo.server.http.upgrade}.
"""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.performer import Performer
from echo.server.http.refusals import REASONS
from tests.kit.daemon import EchoFixture
from tests.kit.handshake import ACCEPT, KEY, upgradeRequest

_FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "Host",
            "Upgrade",
            "Connection",
            "Origin",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
            "X-Anything",
        ]
    ),
    st.one_of(
        st.text(st.characters(max_codepoint=255), max_size=60),
        st.text("chat, \t;=-:\r\nA", max_size=20),
        st.sampled_from(
            [
                "permessage-deflate",
                "permessage-deflate; server_no_context_takeover, x; y=1",
                "http://echo.example",
                "echo.example:8080",
            ]
        ),
    ),
)

# Differs from answer to answer.
_VARIABLE = re.compile(rb"X-Echo-Connection: \S+|Date: [^\r]+")


class UpgradeTests(SynchronousTestCase):
    """
    From a request to a conversation.
    """

    def test_accepted(self) -> None:
        """
        A valid request gets the response of the example in RFC 6455, without the name
        of the software.
        """
        fixture = EchoFixture(self)
        answer = fixture.dial().send(upgradeRequest()).decode()
        self.assertEqual(
            answer.split("\r\n"),
            [
                "HTTP/1.1 101 Switching Protocols",
                "Upgrade: WebSocket",
                "Connection: Upgrade",
                f"X-Echo-Host: {fixture.factory.host}",
                f"X-Echo-Connection: {next(iter(fixture.factory.conversations)).name}",
                f"Sec-WebSocket-Accept: {ACCEPT}",
                "",
                "",
            ],
        )

    def test_onlyGET(self) -> None:
        """
        Other methods than GET are ordinary requests.
        """
        request = upgradeRequest().replace(b"GET", b"HEAD", 1)
        self.assertIn(b" 426 ", EchoFixture(self).dial().send(request))

    def test_lists(self) -> None:
        """
        Upgrade and Connection are lists, case-insensitive, in one line or several.
        """
        cases = [
            {"Upgrade": "h2c, WebSocket", "Connection": "keep-alive, Upgrade"},
            {"Connection": "keep-alive\r\nConnection: UPGRADE"},
        ]
        for fields in cases:
            EchoFixture(self).connect(**fields)

    def test_firstFrameWithTheRequest(self) -> None:
        """
        Bytes after the request go to the conversation. twisted.web would keep them for
        the next request.
        """
        peer = EchoFixture(self).dial()
        frame = b"\x81\x82\0\0\0\0Hi"
        answer = peer.send(upgradeRequest() + frame * 4000)
        self.assertEqual(answer.partition(b"\r\n\r\n")[2], b"\x81\x02Hi" * 4000)

    def test_afterAPause(self) -> None:
        """
        A connection that was paused while its client did not read earlier responses is
        read again.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.transport.stuck = True
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100 + upgradeRequest())
        peer.transport.stuck = False
        peer.transport.take()
        fixture.advance(0.1)
        self.assertEqual(peer.send(b"\x81\x82\0\0\0\0Hi"), b"\x81\x02Hi")

    def test_byteByByte(self) -> None:
        """
        A request can arrive in any pieces.
        """
        peer = EchoFixture(self).dial()
        for byte in upgradeRequest():
            peer.send(bytes([byte]))
        self.assertIn(b" 101 ", peer.transport.taken)

    def test_ordinaryRequest(self) -> None:
        """
        An ordinary request gets 426, with the protocol (RFC 9110 section 15.5.22).
        """
        cases: list[dict[str, str | None]] = [
            {"Upgrade": None},
            {"Connection": None},
            {"Upgrade": "h2c"},
        ]
        for fields in cases:
            response = EchoFixture(self).dial().open(**fields)
            self.assertEqual(response.status_code, 426)
            self.assertEqual(response.headers["Upgrade"], "websocket")
            self.assertIn("upgrade", response.headers.get_all("Connection"))

    def test_invalid(self) -> None:
        """
        Each invalid request gets its own status.
        """
        version, key, host = "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Host"
        subprotocol, origin = "Sec-WebSocket-Protocol", "Origin"
        cases: list[tuple[int, str, str | None]] = [
            (426, version, "8"),
            (426, version, "1_3"),
            (426, version, None),
            (426, version, "13\r\nSec-WebSocket-Version: 13"),
            (400, key, None),
            (400, key, "short"),
            (400, key, "dGhlIHNhbXBsZSBub25j"),
            (400, key, "dGhlIHNhbXBsZSBub25jZQ=!"),
            (400, key, "dGhlIHNhbXBsZSBub25j\xe9Q=="),
            (400, key, f"{KEY}\r\nSec-WebSocket-Key: {KEY}"),
            (400, host, None),
            (400, host, "a\r\nHost: a"),
            (400, host, "a b"),
            (400, host, ""),
            (400, subprotocol, "chat, no good"),
            (400, subprotocol, "chat\x0bX: y"),
            (400, origin, "http://a\r\nOrigin: http://a"),
            (403, origin, "http://evil.example"),
            (403, origin, "null"),
            (400, "Content-Length", "1"),
        ]
        for status, name, value in cases:
            self.refused(status, upgradeRequest("/socket", **{name: value}) + b"x")
        for target in ["/socket?a#fragment", "/socket?\x85"]:
            self.refused(400, upgradeRequest(target))

    def refused(self, status: int, request: bytes) -> None:
        """
        Assert that a request gets this status, on a connection that closes.
        """
        head = EchoFixture(self).dial().send(request).decode("latin-1")
        self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), (request, head))
        self.assertIn("\r\nConnection: close\r\n", head)
        self.assertNotIn("evil", head)

    def test_oldHTTP(self) -> None:
        """
        HTTP/1.0 has no Upgrade.
        """
        request = upgradeRequest().replace(b"HTTP/1.1", b"HTTP/1.0")
        answer = EchoFixture(self).dial().send(request)
        self.assertIn(b" 505 ", answer.splitlines()[0])

    def test_nothingSmuggled(self) -> None:
        """
        A refusal closes the connection: bytes that a proxy has passed as frames are not
        a second request.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        second = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = peer.send(upgradeRequest(Sec_WebSocket_Version="12") + second)
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
        fixture.advance(0.1)
        self.assertIsNotNone(peer.transport.lost)

    def test_origin(self) -> None:
        """
        Pages of the daemon's own host, listed origins and requests without an origin
        are accepted.
        """
        fixture = EchoFixture(self, "--allow-origin", "https://friend.example")
        fixture.connect()
        fixture.connect(Origin="http://echo.example")
        fixture.connect(Origin="https://friend.example:443")

    def test_anyOrigin(self) -> None:
        """
        C{*} accepts each origin, also those that Autobahn would refuse.
        """
        fixture = EchoFixture(self, "--allow-origin", "*")
        for origin in ["null", "https://a.example", "chrome-extension://x", "://"]:
            fixture.connect(Origin=origin)

    def test_full(self) -> None:
        """
        Above the limit a request gets 503. Only conversations count, not silent
        connections.
        """
        fixture = EchoFixture(self, "--max-connections", "2")
        for _ in range(5):
            fixture.dial()
        first = fixture.connect()
        fixture.connect()
        response = fixture.dial().open()
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.headers["Retry-After"], "5")
        first.transport.hangUp()
        fixture.connect()

    def test_draining(self) -> None:
        """
        A request during the drain gets 503.
        """
        fixture = EchoFixture(self)
        fixture.connect()
        late = fixture.dial()
        fixture.service.stopService()
        response = late.open()
        self.assertEqual(response.status_code, 503)
        self.assertIn("Retry-After", response.headers)


class SubprotocolTests(SynchronousTestCase):
    """
    The negotiated subprotocol (RFC 6455 section 4.2.2).
    """

    def agreed(self, offer: str | None, *arguments: str) -> str | None:
        """
        @return: What the daemon says to an offer.
        """
        response = (
            EchoFixture(self, *arguments).dial().open(Sec_WebSocket_Protocol=offer)
            if offer is not None
            else EchoFixture(self, *arguments).dial().open()
        )
        self.assertEqual(response.status_code, 101)
        return response.headers.get("Sec-WebSocket-Protocol")

    def test_first(self) -> None:
        """
        The first offered subprotocol is accepted: browsers fail without one.
        """
        self.assertEqual(self.agreed("chat, soap"), "chat")
        self.assertEqual(self.agreed("a\r\nSec-WebSocket-Protocol: b"), "a")
        self.assertEqual(self.agreed(",, chat,chat ,"), "chat")

    def test_none(self) -> None:
        """
        Without an offer there is none.
        """
        self.assertIsNone(self.agreed(None))
        self.assertIsNone(self.agreed(""))

    def test_listed(self) -> None:
        """
        With C{--subprotocol} only listed ones are accepted, in the client's order.
        """
        listed = ("--subprotocol", "soap", "--subprotocol", "wamp")
        self.assertEqual(self.agreed("chat, wamp, soap", *listed), "wamp")
        self.assertIsNone(self.agreed("chat", *listed))


class HostileTests(SynchronousTestCase):
    """
    Hostile requests.
    """

    def test_noSplitFields(self) -> None:
        """
        Only the end of a line ends a field. Autobahn's parser, which would split at
        these bytes, gets none of them.
        """
        for separator in "\x0b\x0c\x1c\x1d\x1e\x85\x1f\xa0":
            fixture = EchoFixture(self, "--subprotocol", "evil")
            peer = fixture.dial()
            peer.send(
                upgradeRequest(
                    X_Note=f"a{separator}Sec-WebSocket-Protocol: evil",
                    User_Agent=f"b{separator}Sec-WebSocket-Extensions: x-evil",
                )
            )
            self.assertNotIn(b"evil", peer.transport.taken)
            self.assertIn(b"HTTP/1.1 101", peer.transport.taken)

    @given(_FIELDS, st.text(st.characters(max_codepoint=255), max_size=30))
    def test_anyBytes(self, fields: dict[str, str], query: str) -> None:
        """
        Each request gets an HTTP response without the client's text in its first
        line, or the connection ends. Nothing is raised.
        """
        fixture = EchoFixture(self, "--compression", "--allow-origin", "*")
        answer = fixture.dial().send(upgradeRequest(f"/socket?{query}", **fields))
        if answer:
            self.assertRegex(answer.splitlines()[0], rb"\AHTTP/1\.[01] \d{3} [\w ]+\Z")
        fixture._close()
        self.assertEqual(self.flushLoggedErrors(), [])

    @settings(max_examples=40)
    @given(_FIELDS)
    def test_inOnePiece(self, fields: dict[str, str]) -> None:
        """
        A request in one piece gets the response of one in several pieces, which
        twisted.web parses.
        """
        answers = set()
        for cut in (0, 9):
            fixture = EchoFixture(self, "--compression")
            peer = fixture.dial()
            request = upgradeRequest(**fields)
            answer = b"".join(
                map(peer.send, filter(None, (request[:cut], request[cut:])))
            )
            answers.add(_VARIABLE.sub(b"", answer))
            fixture._close()
        self.assertEqual(len(answers), 1, answers)


class BehaviourTests(SynchronousTestCase):
    """
    Behaviours in the query, as far as the handshake.
    """

    def answer(self, target: str, *arguments: str, **fields: str | None) -> str:
        """
        @return: What a request for a WebSocket is answered with.
        """
        request = upgradeRequest(target, **fields)
        return EchoFixture(self, *arguments).dial().send(request).decode()

    def test_applied(self) -> None:
        """
        The response has the applied behaviour, after the caps.
        """
        answer = self.answer("/socket?delay=.25s&repeat=9", "--max-repeat=5")
        self.assertIn("\r\nX-Echo-Applied: delay=250ms&repeat=5\r\n", answer)

    def test_none(self) -> None:
        """
        Without a behaviour the response has no such field, and the conversation no
        performer.
        """
        for target in ["/socket", "/socket?", "/socket?&", "/socket?abort=0"]:
            fixture = EchoFixture(self)
            answer = fixture.dial().send(upgradeRequest(target)).decode()
            self.assertIn(" 101 ", answer)
            self.assertNotIn("X-Echo-Applied", answer)
            (conversation,) = fixture.factory.conversations
            self.assertIsNone(conversation.behaviour)
            self.assertNotIsInstance(conversation.answering, Performer)
            self.assertEqual(
                {"sendMessage", "onMessage", "onPing", "dataReceived"}
                & set(vars(conversation)),
                set(),
            )

    def test_invalid(self) -> None:
        """
        The response to an invalid query names the mistake, for ordinary requests too: a
        page sees no other response.
        """
        fixture = EchoFixture(self)
        for fields in [{}, {"Upgrade": None}]:
            peer = fixture.dial()
            answer = peer.send(upgradeRequest("/socket?delay=x", **fields)).decode()
            head, _, body = answer.partition("\r\n\r\n")
            self.assertIn("HTTP/1.1 400 Bad Request\r\n", head)
            self.assertIn("\r\nContent-Type: text/plain; charset=utf-8", head)
            self.assertIn("\r\nConnection: close", head)
            self.assertEqual(
                body, 'delay: "x" is not a time span: try 250ms, 5s or 1m\n'
            )
        self.assertEqual(fixture.factory.counters.refusals["behaviour"], 2)

    def test_switchedOff(self) -> None:
        """
        The operator can switch behaviours off, except for C{info}.
        """
        answer = self.answer("/socket?delay=1s", "--no-behaviours")
        self.assertIn(" 400 ", answer)
        self.assertIn("switched off", answer)
        fixture = EchoFixture(self, "--no-behaviours")
        self.assertIn(b" 101 ", fixture.dial().send(upgradeRequest("/socket?info=1")))

    def test_status(self) -> None:
        """
        C{status=} refuses the handshake, with the fields that the status requires.
        """
        for status, line in [
            (200, "OK"),
            (401, "Unauthorized\r\n"),
            (503, "Service Unavailable\r\n"),
            (599, "Unknown\r\n"),
        ]:
            answer = self.answer(f"/socket?status={status}")
            self.assertTrue(answer.startswith(f"HTTP/1.1 {status} {line}"), answer)
            self.assertTrue(
                answer.endswith("\r\n\r\nRefused, as requested by status=.\n")
            )
            self.assertIn("\r\nConnection: close\r\n", answer)
        for status, field in [
            (401, "WWW-Authenticate: Basic"),
            (405, "Allow: "),
            (407, "Proxy-Authenticate: Basic"),
            (426, "Upgrade: websocket"),
            (503, "Retry-After: "),
        ]:
            self.assertIn(f"\r\n{field}", self.answer(f"/socket?status={status}"))

    def test_emptyStatus(self) -> None:
        """
        A status without content has no body.
        """
        for status in [204, 304]:
            answer = self.answer(f"/socket?status={status}")
            self.assertTrue(answer.endswith("\r\n\r\n"), answer)
            self.assertNotIn("\r\nContent-", answer)
            self.assertNotIn("\r\nTransfer-Encoding", answer)
        answer = self.answer("/socket?status=205")
        self.assertIn("\r\nContent-Length: 0\r\n", answer)
        self.assertTrue(answer.endswith("\r\n\r\n"), answer)

    def test_statusLast(self) -> None:
        """
        C{status=} applies to requests that would be accepted.
        """
        target = "/socket?status=503"
        self.assertIn(" 426 ", self.answer(target, Upgrade=None))
        self.assertIn(" 403 ", self.answer(target, Origin="http://evil.example"))

    def test_subprotocol(self) -> None:
        """
        C{subprotocol=} is selected, regardless of offers and C{--subprotocol}.
        """
        for offered in [None, "chat", "x, chat", "chat, x"]:
            fields = {"Sec_WebSocket_Protocol": offered} if offered else {}
            for arguments in [(), ("--subprotocol=chat",)]:
                answer = self.answer("/socket?subprotocol=x", *arguments, **fields)
                self.assertIn("\r\nSec-WebSocket-Protocol: x\r\n", answer)

    def test_reasons(self) -> None:
        """
        Refusals count by reason. No client can add a reason.
        """
        fixture = EchoFixture(self, "--max-connections=1")
        requests: list[tuple[str, str, dict[str, str | None]]] = [
            ("no_upgrade", "/socket", {"Upgrade": None}),
            ("target", "/socket?close=4001&reason=a#b", {}),
            ("host", "/socket", {"Host": "a b"}),
            ("version", "/socket", {"Sec_WebSocket_Version": "8"}),
            ("key", "/socket", {"Sec_WebSocket_Key": "x"}),
            ("subprotocol", "/socket", {"Sec_WebSocket_Protocol": "a b"}),
            ("origin", "/socket", {"Origin": "http://evil.example"}),
            ("asked", "/socket?status=500", {}),
            ("behaviour", "/socket?x=1", {}),
        ]
        for _, target, fields in requests:
            fixture.dial().send(upgradeRequest(target, **fields))
        fixture.dial().send(upgradeRequest().replace(b"HTTP/1.1", b"HTTP/1.0"))
        fixture.dial().send(upgradeRequest(Content_Length="1") + b"x")
        fixture.dial().send(upgradeRequest().replace(b"GET", b"POST"))
        fixture.dial().send(upgradeRequest("/").replace(b"GET", b"POST"))
        blocker = fixture.connect()
        fixture.dial().send(upgradeRequest())
        keptAlive = fixture.dial()
        fixture.service.stopService()
        keptAlive.send(upgradeRequest())
        reasons = {reason for reason, _, _ in requests}
        reasons |= {"http_version", "body", "method", "full", "draining"}
        self.assertEqual(
            fixture.factory.counters.refusals,
            {reason: int(reason in reasons) for reason in REASONS},
        )
        blocker.transport.hangUp()
