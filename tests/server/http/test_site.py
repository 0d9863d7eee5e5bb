"""
Tests of L{echo.server.http.site}, L{echo.server.http.channel} and
L{echo.server.http.responses}.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.printable import quoted
from echo.server.behaviour.parameters import PARAMETERS
from echo.server.http.responses import BaseResource
from echo.server.http.site import EchoSite
from tests.kit.daemon import EchoFixture, Peer, jsonFields
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import get, upgradeRequest
from tests.kit.transports import FULL_BUFFER


class AddressTests(SynchronousTestCase):
    """
    What stands at which address.
    """

    def answer(self, request: bytes) -> tuple[str, str]:
        """
        @return: Head and body of the answer to a request.
        """
        head, _, body = EchoFixture(self).dial().send(request).partition(b"\r\n\r\n")
        undated = re.sub(rb"\r\nDate: [^\r]*", b"", head)
        return undated.decode(), body.decode()

    def test_index(self) -> None:
        """
        The page says what this is, and may load and run nothing but what is here.
        """
        head, body = self.answer(get())
        self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"))
        self.assertIn("Content-Type: text/html; charset=utf-8", head)
        self.assertIn("Content-Security-Policy: default-src 'none';", head)
        self.assertNotIn("unsafe", head)
        self.assertIn("X-Content-Type-Options: nosniff", head)
        self.assertIn("A WebSocket that answers", body)
        self.assertIn(f"Content-Length: {len(body.encode())}", head)

    def test_console(self) -> None:
        """
        All that the page names is there, with its type and under the same policy.
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
            self.assertNotEqual(body, "")

    def test_everyKnob(self) -> None:
        """
        All that can be asked for in the URL is a field of the page.
        """
        _, page = self.answer(get())
        jsonFields = set(re.findall(r'id="knob-(\w+)"\s+name="(\w+)"', page))
        self.assertEqual(jsonFields, {(name, name) for name in PARAMETERS})

    def test_everyModule(self) -> None:
        """
        A module finds those that it imports.
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
        A load balancer learns that the daemon is alive, and whether it takes
        conversations; the log says nothing of that.
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

    def test_nothingThere(self) -> None:
        """
        There is nothing anywhere else, below the socket neither.
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

    def test_methods(self) -> None:
        """
        GET and HEAD are understood, at every address.
        """
        for target in ["/", "/socket", "/x"]:
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]:
                head, _ = self.answer(get(target, method))
                self.assertTrue(head.startswith("HTTP/1.1 405 "), (target, method))
                self.assertIn("\r\nAllow: GET, HEAD", head)

    def test_asterisk(self) -> None:
        """
        An asterisk is no exception to that, and no address (RFC 9110 9.3.7).
        """
        self.assertIn("HTTP/1.1 405 ", self.answer(get("*", "OPTIONS"))[0])
        self.assertIn("HTTP/1.1 404 ", self.answer(get("*"))[0])

    def test_wholeURL(self) -> None:
        """
        A target may be a whole URL, as proxies send it.
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
        HEAD is answered like GET, without the body.
        """
        for target in ["/", "/socket", "/x"]:
            head, body = self.answer(get(target, "HEAD"))
            like, _ = self.answer(get(target))
            self.assertEqual((head, body), (like, ""))

    def test_silentAboutItself(self) -> None:
        """
        No answer says who wrote the server, or in which version.
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

    def test_keptAlive(self) -> None:
        """
        One connection may ask several times before it upgrades.
        """
        peer = EchoFixture(self).dial()
        answers = peer.send(get() + get("/x") + upgradeRequest())
        self.assertEqual(
            re.findall(rb"HTTP/1\.1 (\d+)", answers), [b"200", b"404", b"101"]
        )

    def test_noHTTP2(self) -> None:
        """
        HTTP/2 is never agreed on, whatever is installed.
        """
        site: Any = EchoFixture(self).reactor.tcpServers[0][1]
        self.assertEqual(site.acceptableProtocols(), [b"http/1.1"])

    def test_split(self) -> None:
        """
        A request is understood wherever its packets begin, also behind another one.
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

    def test_bodiesGoNowhere(self) -> None:
        """
        A body is read to its end and kept nowhere; twisted.web would put it into
        a file.
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


class DeadlineTests(SynchronousTestCase):
    """
    How long one may stand in the door.
    """

    def test_silent(self) -> None:
        """
        Who says nothing is asked to leave, in order.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(
            fixture.lines[-1], "Hung up on 192.0.2.1:50000: no request in 5 s"
        )

    def test_reasons(self) -> None:
        """
        The log says whether it was half a request, or none behind an answer.
        """
        for data, reason in (
            (b"G", "request incomplete after 5 s"),
            (b"GET / HTTP/1.1\r\nHost", "request incomplete after 5 s"),
            (get(rest="Content-Length: 9\r\n"), "request incomplete after 5 s"),
            (get(), "idle for 5 s after a response"),
            (get() + b"GET", "request incomplete after 5 s"),
        ):
            fixture = EchoFixture(self)
            fixture.dial().send(data)
            fixture.advance(5.2)
            self.assertEqual(
                fixture.lines[-1], f"Hung up on 192.0.2.1:50000: {reason}", data
            )

    def test_trickle(self) -> None:
        """
        The deadline is for the whole request, not for its next byte.
        """
        fixture = EchoFixture(self, "--handshake-timeout=2s")
        peer = fixture.dial()
        for byte in upgradeRequest()[:20]:
            peer.send(bytes([byte]))
            fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_nextRequest(self) -> None:
        """
        After an answer the time begins anew.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        for _ in range(3):
            fixture.advance(4)
            peer.send(get())
        self.assertIsNone(peer.transport.lost)
        fixture.advance(5.1)
        self.assertIsNotNone(peer.transport.lost)

    def test_endsWithTheUpgrade(self) -> None:
        """
        A conversation may last.
        """
        fixture = EchoFixture(self, "--ping-interval=0")
        peer = fixture.connect()
        fixture.advance(100)
        self.assertIsNone(peer.transport.lost)

    def test_none(self) -> None:
        """
        A time-out of 0 is none.
        """
        fixture = EchoFixture(self, "--handshake-timeout=0")
        peer = fixture.dial()
        fixture.advance(1000)
        self.assertIsNone(peer.transport.lost)

    def test_doesNotLeave(self) -> None:
        """
        Who does not take the answer either is dropped, and one's leaving in time
        leaves no timer behind.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.transport.stuck = True
        peer.send(get(rest="Connection: close\r\n"))
        fixture.advance(4.9)
        self.assertIsNone(peer.transport.lost)
        fixture.advance(0.2)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        peer = fixture.dial()
        peer.send(get(rest="Connection: close\r\n"))
        peer.transport.protocol.loseConnection()
        fixture.advance(0.1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])


class PipelineTests(SynchronousTestCase):
    """
    Requests that arrive together.
    """

    def statuses(self, answers: bytes) -> list[bytes]:
        """
        @return: Those of the answers, in order.
        """
        return re.findall(rb"HTTP/1\.1 (\d+)", answers)

    def flood(self, fixture: EchoFixture) -> tuple[Peer, int]:
        """
        @return: A peer that has asked so often, and takes no answers.
        """
        peer = fixture.dial()
        peer.transport.stuck = True
        requests = (get() + get("/x")) * 500 + get("/info")
        for _ in range(2):
            peer.send(requests)
        return peer, 2

    def finish(self, fixture: EchoFixture, data: bytes) -> Peer:
        """
        @return: A peer that has said this and is to say no more. What comes first is
            answered; the rest waits for its turn.
        """
        fixture.factory.fairness.left = 0.0
        peer = fixture.dial()
        peer.transport.arrive(data)
        peer.transport.finish()
        peer.transport.read()
        return peer

    def test_notTaken(self) -> None:
        """
        Who takes no answers gets no more of them, and is read no further; when they
        are taken, the rest comes, in order, and nothing is missing.
        """
        fixture = EchoFixture(self)
        peer, times = self.flood(fixture)
        transport = peer.transport
        longest = len(fixture.dial().send(get()))
        held = transport.protocol._dataBuffer
        for _ in range(3):
            fixture.advance(0.1)
            self.assertLessEqual(len(transport.dataBuffer), FULL_BUFFER + longest)
            self.assertLessEqual(sum(map(len, held)), FULL_BUFFER)
        while transport.dataBuffer:
            transport.take()
            fixture.reactor.advance(0)
        expected = ([b"200", b"404"] * 500 + [b"200"]) * times
        self.assertEqual(self.statuses(transport.taken), expected)
        transport.stuck = False
        self.assertIn(b" 101 ", peer.send(upgradeRequest()))

    def test_stalled(self) -> None:
        """
        Who takes none for too long is dropped, like any other peer.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        fixture.advance(19.9)
        self.assertFalse(peer.transport.disconnecting)
        fixture.advance(0.2)
        self.assertEqual(
            fixture.lines[-1],
            "Hung up on 192.0.2.1:50000: the client read nothing of the response for"
            " 20 s",
        )
        fixture.advance(5)
        self.assertIs(peer.transport.lost, ConnectionAborted)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])

    def test_takenInTime(self) -> None:
        """
        Who takes some of them, however late, is not.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        for _ in range(3):
            fixture.advance(15)
            peer.transport.take()
        fixture.advance(15)
        self.assertFalse(peer.transport.disconnecting)

    def test_takesSlowly(self) -> None:
        """
        Nor is who takes a little of one, however slowly, or of what is sent already.
        """
        fixture = EchoFixture(self, "--stall-timeout=20s")
        peer, _ = self.flood(fixture)
        for _ in range(4):
            peer.transport.take(100)
            fixture.advance(15)
        self.assertFalse(peer.transport.disconnecting)
        fixture.advance(41)
        self.assertTrue(peer.transport.disconnecting)
        late = fixture.dial()
        late.send(get())
        for size in (3, 2, 1):
            late.transport.fill(size)
            fixture.advance(5)
            self.assertFalse(late.transport.disconnecting)
        fixture.advance(5.1)
        self.assertTrue(late.transport.disconnecting)

    def test_ended(self) -> None:
        """
        Who has nothing more to ask gets all of the answers, and then the end.
        """
        fixture = EchoFixture(self)
        peer = self.finish(fixture, get("/x") * 5)
        fixture.advance(0.1)
        self.assertEqual(len(self.statuses(peer.transport.taken)), 5)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_endedInAConversation(self) -> None:
        """
        So it is if the last of them asks for a conversation.
        """
        fixture = EchoFixture(self)
        peer = self.finish(
            fixture, get("/x") + upgradeRequest() + frame(TEXT, b"Hello")
        )
        fixture.advance(0.1)
        self.assertEqual(self.statuses(peer.transport.taken), [b"404", b"101"])
        self.assertTrue(peer.transport.taken.endswith(b"\x81\x05Hello"))
        self.assertIs(peer.transport.lost, ConnectionDone)
        self.assertEqual(fixture.factory.conversations, set())

    def test_endedInTheMidst(self) -> None:
        """
        A request that is not complete then never will be.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        peer.transport.arrive(get("/x") + b"GET / HTTP/1.1\r\nHost: a")
        peer.transport.finish()
        peer.transport.read()
        fixture.advance(0.1)
        self.assertEqual(self.statuses(peer.transport.taken), [b"404"])
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_turns(self) -> None:
        """
        Answers take time from the turn of all, and the next request waits for the
        next one.
        """
        fixture = EchoFixture(self)
        now = [0.0]
        fairness = fixture.factory.fairness
        fairness.seconds = lambda: now[0]
        fairness.slice = fairness.left = 0.0049
        site: Any = fixture.reactor.tcpServers[0][1]

        def log(request: Any) -> None:
            now[0] += 0.001

        self.patch(site, "log", log)
        peer, other = fixture.dial(), fixture.dial()
        self.assertEqual(len(self.statuses(peer.send(get("/info") * 12))), 5)
        # The first of somebody else's does not wait.
        self.assertEqual(self.statuses(other.send(get("/healthz") * 2)), [b"200"])
        for count in (10, 12):
            fixture.turn()
            self.assertEqual(len(self.statuses(peer.transport.taken)), count)
        self.assertEqual(len(self.statuses(other.transport.taken)), 2)

    def test_gone(self) -> None:
        """
        For who does not wait for its turn nothing is done any more.
        """
        fixture = EchoFixture(self)
        peer = self.finish(fixture, get("/x") * 3)
        peer.transport.hangUp()
        fixture.advance(0.1)
        self.assertEqual(len(self.statuses(peer.transport.taken)), 1)
        self.assertEqual(fixture.reactor.getDelayedCalls(), [])
        self.assertEqual(self.flushLoggedErrors(), [])


class BadRequestTests(SynchronousTestCase):
    """
    What is no request at all.
    """

    def test_counted(self) -> None:
        """
        Whoever never comes to a request is counted; whoever has made one and is
        silent after that is not.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(b"garbage\r\n\r\n")
        fixture.dial()
        fixture.dial().send(get("/healthz"))
        failed = fixture.dial()
        failed.transport.protocol.connectionLost(Failure(SSL.Error()))
        fixture.advance(6)
        refusals = {key: n for key, n in fixture.factory.counters.refusals.items() if n}
        self.assertEqual(refusals, {"malformed": 1, "tls": 1, "timeout": 1})

    def test_notCounted(self) -> None:
        """
        A site without counters counts nothing.
        """
        factory = EchoFixture(self).factory
        EchoSite(BaseResource(), factory, factory.reactor).countRefusal("timeout")
        self.assertEqual(sum(factory.counters.refusals.values()), 0)

    def refused(self, status: str, data: bytes) -> None:
        """
        Assert that it is answered so, once, with a line in the log.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        head, _, why = peer.send(data).decode().partition("\r\n\r\n")
        self.assertEqual(
            head.split("\r\n"),
            [
                f"HTTP/1.1 {status}",
                "Connection: close",
                "Content-Type: text/plain; charset=utf-8",
                "X-Content-Type-Options: nosniff",
                f"Content-Length: {len(why)}",
            ],
        )
        self.assertRegex(why, r"\A[A-Z][^\n]{20,}\.\n\Z")
        event = fixture.events[-1]
        self.assertEqual(
            fixture.lines[-1],
            f"Answered 192.0.2.1:50000: {status} {quoted(event['reason'])}",
        )
        self.assertEqual(event["peer"], "192.0.2.1:50000")
        self.assertEqual(event["event"], "answered")
        self.assertEqual(event["status"], int(status.split(maxsplit=1)[0]))
        fixture.advance(0.1)
        self.assertIs(peer.transport.lost, ConnectionDone)

    def test_garbage(self) -> None:
        """
        Garbage is a bad request.
        """
        for data in [
            b"garbage\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET / HTTP/1.1\r\nno colon\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ]:
            self.refused("400 Bad Request", data)

    def test_host(self) -> None:
        """
        A request of HTTP/1.1 has one Host field, at any address; one of HTTP/1.0 needs
        none.
        """
        lines = ("", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host:\r\n")
        for target in ("/", "/info", "/socket", "/healthz", "/nowhere", "*"):
            for method in ("GET", "HEAD", "POST"):
                for line in lines:
                    fixture = EchoFixture(self)
                    peer = fixture.dial()
                    data = f"{method} {target} HTTP/1.1\r\n{line}\r\n".encode()
                    answer = peer.send(data + get())
                    self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), data)
                    self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
                    if target == "/info":
                        why = "There must be one Host field: a host, and optionally a"
                        self.assertIn(why, fixture.events[-1]["reason"])
        answer = EchoFixture(self).dial().send(b"GET /info HTTP/1.0\r\n\r\n")
        self.assertIn(b" 200 ", answer)

    def test_why(self) -> None:
        """
        The answer says whether the first line is wrong, or a field.
        """
        for data in [
            b"X\r\n\r\n",
            b"GET / HTTP/2.0\r\n\r\n",
            b"GET /info\r\n\r\n",
            b"\r\n\r\n",
            b" GET / HTTP/1.1\r\n\r\n",
            b"GET /\xe9 HTTP/1.1\r\n\r\n",
        ]:
            answer = EchoFixture(self).dial().send(data)
            _, _, body = answer.partition(b"\r\n\r\n")
            self.assertTrue(
                body.startswith(b"The first line must be METHOD target HTTP/1.1"),
                answer,
            )
        for line in (b"no colon", b" X: a", b"Content-Length: x"):
            data = b"GET / HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n"
            answer = EchoFixture(self).dial().send(data)
            self.assertIn(b"header field must be a name", answer)

    def test_tooLarge(self) -> None:
        """
        So much of it is too much, in one line, in many, or in total.
        """
        self.refused(f"414 {HTTPStatus(414).phrase}", b"GET /" + b"x" * 20000)
        for data in [
            b"GET / HTTP/1.1\r\nX: " + b"x" * 20000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 600 + b"\r\n",
            b"GET / HTTP/1.1\r\n" + (b"X: " + b"x" * 1000 + b"\r\n") * 20 + b"\r\n",
        ]:
            self.refused("431 Request Header Fields Too Large", data)

    def test_halfClosed(self) -> None:
        """
        A peer that closes its half after its request gets the answer.
        """
        fixture = EchoFixture(self)
        peer = fixture.dial()
        channel = IHalfCloseableProtocol(peer.transport.protocol)
        peer.transport.stuck = True
        peer.send(get())
        channel.readConnectionLost()
        channel.writeConnectionLost()
        fixture.advance(0.1)
        self.assertIsNone(peer.transport.lost)
        peer.transport.take()
        self.assertIn(b"200 OK", peer.transport.taken)
        self.assertIs(peer.transport.lost, ConnectionDone)


class LogTests(SynchronousTestCase):
    """
    One line for each answer in HTTP.
    """

    def test_answered(self) -> None:
        """
        It has what was asked for, by whom, and what the answer was.
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
        Where a request asked for a conversation, the line and its fields say why it
        is refused.
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
        The reason has no credentials either.
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
        Credentials in an address are not for the log.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(get("/info?a=b&token=secret"))
        self.assertIn(
            'Answered 192.0.2.1:50000: GET "/info?a=b&token=***" 200', fixture.lines
        )

    def test_refusedOrigin(self) -> None:
        """
        A refused page is named, printably.
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
        Nothing that is asked for fills the disk or moves the cursor.
        """
        fixture = EchoFixture(self)
        fixture.dial().send(get("/\x85" + "x" * 5000, "M" * 3000))
        self.assertTrue(fixture.lines[-1].isprintable(), fixture.lines[-1])
        self.assertLess(len(fixture.lines[-1]), 600)
        self.assertLess(len(json.dumps(jsonFields(fixture.events[-1]))), 1000)

    def test_tls(self) -> None:
        """
        A failed TLS handshake is one line with OpenSSL's reason.
        """
        fixture = EchoFixture(self)
        channel = fixture.dial().transport.protocol
        channel.connectionLost(Failure(SSL.Error([("", "", "no shared cipher")])))
        self.assertEqual(
            fixture.lines[-1], "TLS failed with 192.0.2.1:50000: no shared cipher"
        )
