"""
Tests of L{echo.server.http.site} and L{echo.server.http.responses}.
"""

import json
import re
from typing import Any

from OpenSSL import SSL
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.parameters import PARAMETERS
from tests.kit.daemon import EchoFixture, jsonFields
from tests.kit.handshake import get, upgradeRequest

#: What isolates the page from other origins.
_ISOLATION = {
    "Embedder": "require-corp",
    "Opener": "same-origin",
    "Resource": "same-origin",
}


class AddressTests(SynchronousTestCase):
    """
    The resources, and the responses that all share.
    """

    def answer(self, request: bytes) -> tuple[str, str]:
        """
        @return: Header and body of the response, without C{Date}.
        """
        head, _, body = EchoFixture(self).dial().send(request).partition(b"\r\n\r\n")
        undated = re.sub(rb"\r\nDate: [^\r]*", b"", head)
        return undated.decode(), body.decode()

    def test_page(self) -> None:
        """
        The page is complete, and its policy permits only its own files.
        """
        head, body = self.answer(get())
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"))
        self.assertIn("Content-Type: text/html; charset=utf-8", head)
        self.assertIn("Content-Security-Policy: default-src 'none';", head)
        self.assertNotIn("unsafe", head)
        for name, value in _ISOLATION.items():
            self.assertIn(f"\r\nCross-Origin-{name}-Policy: {value}\r\n", head)
        self.assertIn("X-Content-Type-Options: nosniff", head)
        self.assertIn("A WebSocket that answers", body)
        self.assertIn(f"Content-Length: {len(body.encode())}", head)

    def test_filesOfPage(self) -> None:
        """
        Each file of the page has its type and the same policy.
        """
        _, page = self.answer(get())
        names = set(re.findall(r'(?:src|href)="(console/[^"]+)"', page))
        self.assertIn("console/console.js", names)
        types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
        for name in names:
            head, body = self.answer(get(f"/{name}"))
            self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), name)
            kind = types[name[name.rindex(".") :]]
            self.assertIn(f"\r\nContent-Type: {kind}", head)
            self.assertIn("\r\nContent-Security-Policy: default-src 'none';", head)
            for policy, value in _ISOLATION.items():
                self.assertIn(f"\r\nCross-Origin-{policy}-Policy: {value}", head)
            self.assertNotEqual(body, "")

    def test_pageHasEveryParameter(self) -> None:
        """
        Each parameter of the URL is a field of the page.
        """
        _, page = self.answer(get())
        names = set(re.findall(r'id="knob-(\w+)"\s+name="(\w+)"', page))
        self.assertEqual(names, {(name, name) for name in PARAMETERS})

    def test_modulesOfPage(self) -> None:
        """
        Each imported module exists.
        """
        seen: set[str] = set()
        names = ["console.js"]
        while names:
            name = names.pop()
            if name not in seen:
                seen.add(name)
                head, body = self.answer(get(f"/console/{name}"))
                self.assertIn(" 200 OK", head, name)
                names += re.findall(r'from "\./([\w.]+)"', body)
        self.assertGreater(len(seen), 1)

    def test_health(self) -> None:
        """
        C{/healthz} is 200 at all times, C{/readyz} is 503 from the stop on. Neither is
        logged.
        """
        fixture = EchoFixture(self)
        blocker = fixture.connect()
        peer = fixture.dial()
        logged = len(fixture.lines)
        self.assertIn(b" 200 OK\r\n", peer.send(get("/healthz")))
        self.assertIn(b" 200 OK\r\n", peer.send(get("/readyz?x")))
        fixture.service.stopService()
        self.assertIn(b" 503 Service Unavailable\r\n", peer.send(get("/readyz")))
        alive = peer.send(get("/healthz"))
        self.assertIn(b" 200 OK\r\n", alive)
        self.assertIn(b"\r\nCache-Control: no-store\r\n", alive)
        self.assertEqual(fixture.lines[logged:], ["Closing 1 conversations"])
        blocker.transport.hangUp()

    def test_notFound(self) -> None:
        """
        All other addresses are 404, also below C{/socket}.
        """
        for target in [
            *("/x", "/socket/", "/socket/x", "/index.html", "//", "/%00", "/x/y/z"),
            *("/info/", "/info/x", "/healthz/x", "/readyz/x", "/console", "/console/"),
            *("/console/x", "/console/index.html", "/console/console.js/x"),
            *("/" * 15_000, "/" + "x" * 300, "/healthz/" + "%41" * 5_000),
            *("/console/../console.js", "/console/%2e%2e/tap.py", "/metrics"),
        ]:
            head, _ = self.answer(get(target))
            self.assertTrue(head.startswith("HTTP/1.1 404 Not Found\r\n"), target)

    def test_onlyGETandHEAD(self) -> None:
        """
        GET and HEAD are the only methods, at each address.
        """
        for target in ["/", "/socket", "/x"]:
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]:
                head, _ = self.answer(get(target, method))
                self.assertTrue(head.startswith("HTTP/1.1 405 "), (target, method))
                self.assertIn("\r\nAllow: GET, HEAD", head)

    def test_asterisk(self) -> None:
        """
        C{*} is no address, for OPTIONS neither (RFC 9110 section 9.3.7).
        """
        self.assertIn("HTTP/1.1 405 ", self.answer(get("*", "OPTIONS"))[0])
        self.assertIn("HTTP/1.1 404 ", self.answer(get("*"))[0])

    def test_targetIsURL(self) -> None:
        """
        The target can be a URL, as proxies send it.
        """
        for target, status in [
            ("http://a.example/", 200),
            ("http://a.example", 200),
            ("HTTPS://a.example:443/socket?delay=1s", 426),
            ("HTTPS://a.example:443/socket?x", 400),
            ("http://a.example?x", 200),
            ("http://a.example/x", 404),
            ("/http://a.example/", 404),
        ]:
            self.assertIn(f"HTTP/1.1 {status} ", self.answer(get(target))[0], target)

    def test_head(self) -> None:
        """
        HEAD gets the header of GET, without the body.
        """
        for target in ["/", "/socket", "/x"]:
            head, body = self.answer(get(target, "HEAD"))
            like, _ = self.answer(get(target))
            self.assertEqual((head, body), (like, ""))

    def test_noSoftwareNamed(self) -> None:
        """
        No response names the software or its version.
        """
        for request in [
            get(),
            get("/x"),
            get("/socket"),
            get("/", "POST"),
            get("*", "OPTIONS"),
            get("/", version="1.0"),
            upgradeRequest(),
            upgradeRequest(Sec_WebSocket_Version="12"),
            b"garbage\r\n\r\n",
            get(rest="Content-Length: x\r\n"),
        ]:
            answer = b"".join(part.encode() for part in self.answer(request)).lower()
            self.assertIn(b"http/1.", answer)
            for word in [b"server:", b"twisted", b"autobahn", b"python"]:
                self.assertNotIn(word, answer, request)

    def test_keepAlive(self) -> None:
        """
        A connection can carry several requests before it upgrades.
        """
        peer = EchoFixture(self).dial()
        answers = peer.send(get() + get("/x") + upgradeRequest())
        self.assertEqual(
            re.findall(rb"HTTP/1\.1 (\d+)", answers), [b"200", b"404", b"101"]
        )

    def test_noHTTP2(self) -> None:
        """
        ALPN never selects HTTP/2, whichever packages are installed.
        """
        site: Any = EchoFixture(self).reactor.tcpServers[0][1]
        self.assertEqual(site.acceptableProtocols(), [b"http/1.1"])

    def test_requestInPieces(self) -> None:
        """
        A request is parsed wherever its packets begin, also a pipelined one.
        """
        fixture = EchoFixture(self)
        both = get("/healthz") + get("/nowhere")
        for size in (1, 2, 3):
            for first in range(len(both)):
                peer = fixture.dial()
                answers = peer.send(both[:first])
                for start in range(first, len(both), size):
                    answers += peer.send(both[start : start + size])
                fixture.advance(0.1)
                answers += peer.send(b"")
                self.assertEqual(answers.count(b"HTTP/1.1 "), 2)
                self.assertIn(b" 200 ", answers)
                self.assertIn(b" 404 ", answers)
                peer.transport.hangUp()
                fixture.peers.clear()

    def test_bodyDiscarded(self) -> None:
        """
        A body is read to its end and discarded. twisted.web would write it to a file.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.send(get("/", "POST", rest="Content-Length: 1000000\r\n"))
        peer.send(bytes(500000))
        (request,) = peer.transport.protocol.requests
        self.assertEqual(request.content.getvalue(), b"")
        self.assertIn(b" 405 ", peer.send(bytes(500000)))
        chunked = get("/", "PUT", rest="Transfer-Encoding: chunked\r\n")
        self.assertIn(b" 405 ", peer.send(chunked + b"2\r\nHi\r\n0\r\n\r\n"))


class LogTests(SynchronousTestCase):
    """
    The log line of a response.
    """

    def test_answered(self) -> None:
        """
        The line and its fields have the peer, the request and the status.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(get("/x?y"))
        self.assertEqual(fixture.lines[-1], 'Answered 192.0.2.1:50000: GET "/x?y" 404')
        self.assertEqual(
            jsonFields(fixture.events[-1]),
            {
                "event": "answered",
                "peer": "192.0.2.1:50000",
                "method": "GET",
                "uri": "/x?y",
                "status": 404,
                "reason": None,
                "origin": None,
            },
        )

    def test_refused(self) -> None:
        """
        For a refused WebSocket request, the line and its fields have the reason.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(upgradeRequest("/socket?dealy=3s", Origin="http://a{0}"))
        reason = '"dealy" is no parameter: did you mean delay? There are delay, jitter'
        found = jsonFields(fixture.events[-1])
        self.assertEqual(found["reason"][: len(reason)], reason)
        self.assertEqual(found["origin"], "http://a{0}")
        shown = reason.replace('"', r"\"")
        self.assertIn(
            f'Answered 192.0.2.1:50000: GET "/socket?dealy=3s" 400 "{shown}',
            fixture.lines[-1],
        )
        fixture.dial().send(upgradeRequest(Sec_WebSocket_Key="no"))
        self.assertIn(' 400 "There must be one Sec-WebSocket-Key ', fixture.lines[-1])

    def test_refusedCredentials(self) -> None:
        """
        The reason has no credentials.
        """
        jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0"
        for query in (
            f"delay={jwt}",
            f"{jwt}=1",
            "token=c2VjcmV0%",
            f"delay=eyJ0c2VjcmV0{'x' * 500}.{jwt}",
            "subprotocol=bearer.c2VjcmV0,",
        ):
            fixture = EchoFixture(self)
            answer = fixture.dial().send(upgradeRequest(f"/socket?{query}"))
            self.assertIn(b" 400 ", answer)
            for text in (answer.decode(), fixture.lines[-1], str(fixture.events[-1])):
                self.assertNotIn("c2VjcmV0", text)

    def test_credentials(self) -> None:
        """
        The URL has no credentials.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(get("/info?a=b&token=secret"))
        self.assertIn(
            'Answered 192.0.2.1:50000: GET "/info?a=b&token=***" 200', fixture.lines
        )

    def test_refusedOrigin(self) -> None:
        """
        A refused origin is named, in printable characters.
        """
        fixture = EchoFixture(self)
        fixture.dial().open(Origin="http://evil\x9b2J.example")
        self.assertEqual(
            fixture.lines[-1],
            'Answered 192.0.2.1:50000: GET "/socket" 403'
            ' "This origin is not allowed."'
            ' to origin "http://evil\\xc2\\x9b2J.example"'.replace(
                r"\xc2\x9b", r"\x9b"
            ),
        )
        fixture.dial().open(Origin="http://user:secret@evil.example")
        self.assertIn(' to origin "http://***@evil.example"', fixture.lines[-1])

    def test_hostile(self) -> None:
        """
        A line is printable and short, whatever the request.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(get("/\x85" + "x" * 5000, "M" * 3000))
        self.assertTrue(fixture.lines[-1].isprintable(), fixture.lines[-1])
        self.assertLess(len(fixture.lines[-1]), 600)
        self.assertLess(len(json.dumps(jsonFields(fixture.events[-1]))), 1000)

    def test_tlsFailed(self) -> None:
        """
        A failed TLS handshake has one line, with the reason of OpenSSL.
        """
        fixture = EchoFixture(self)
        channel = fixture.dial().transport.protocol
        channel.connectionLost(Failure(SSL.Error([("", "", "no shared cipher")])))
        self.assertEqual(
            fixture.lines[-1], "TLS failed with 192.0.2.1:50000: no shared cipher"
        )
