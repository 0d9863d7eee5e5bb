"""
Tests for L{echo.client.run.modes}.
"""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree as ET

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol

from echo.client.check.cases.table import CASES, select
from echo.client.program.checkoptions import CheckOptions
from echo.client.program.main import makeRun
from echo.client.program.process import Process
from echo.client.program.runoptions import RunOptions
from echo.client.run.modes import base
from echo.client.run.modes.proberun import ProbeRun
from echo.client.run.modes.settings import ProbeSettings, Target
from tests.client.check.referenceserver import ReferenceServer
from tests.kit.client import BrokenStream, ClientTestCase, Server, texts
from tests.kit.frames import CLOSE, PING, PONG, TEXT, serverClose, serverFrame
from tests.kit.network import Network
from tests.kit.reactor import Reactor

_OK = "0 lost (0.0 %)"
_REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class RunTestCase(ClientTestCase):
    """
    Runs the program's work, without the program.

    @ivar run_: What runs.

    @ivar over: When it is over.
    """

    options: type[RunOptions | CheckOptions] = RunOptions

    def setUp(self) -> None:
        """
        Make streams. As a rule, messages do not name their run here.
        """
        super().setUp()
        self.patch(base, "token_hex", lambda _: None)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.servers: list[Server] = []

    def begin(self, *arguments: str, stdin: Any = None, stdout: Any = None) -> None:
        """
        Start the run that the program makes of a command line.
        """
        options = self.options({}, stdin)
        options.parseOptions(arguments)
        process = Process({}, stdin, stdout or self.out, self.err)
        self.run_ = makeRun(options.settings, options.output, process, self.reactor)
        self.over: Deferred[None] = self.run_.start()

    def meet(self) -> Server:
        """
        @return: The server's side of the latest connection.
        """
        factory = self.reactor.tcpClients[-1][2]
        server = Server(factory, IPv4Address("TCP", "127.0.0.1", 8080))
        self.servers.append(server)
        self.addCleanup(server.hangUp)
        return server

    def connect(self, *extra: str) -> Server:
        """
        @return: The same, with the handshake done.
        """
        server = self.meet()
        server.accept(*extra)
        return server

    def say(self, *payloads: str) -> None:
        """
        The latest server says something.
        """
        self.servers[-1].say(*(serverFrame(TEXT, each.encode()) for each in payloads))

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """
        The latest server closes, or answers our close.
        """
        self.servers[-1].say(serverClose(code, reason))
        self.servers[-1].hangUp()

    def assertStatus(self, status: int, *written: str) -> None:
        """
        It is over, with an exit status, and some lines on standard output.
        """
        self.assertIsNone(self.successResultOf(self.over))
        self.assertEqual(self.run_.status, status)
        self.assertEqual(self.run_.summary.status, status)
        for line in written:
            self.assertIn(line, self.out.getvalue())

    def assertClosing(self) -> None:
        """
        We have closed, and wait for the server to do so.
        """
        self.assertNoResult(self.over)
        self.assertEqual(self.servers[-1].frames()[-1], (CLOSE, b"\x03\xe8"))

    @property
    def failed(self) -> list[str]:
        """
        The demands that do not hold.
        """
        return [*map(str, self.run_.summary.failed)]

    def records(self) -> list[dict[str, Any]]:
        """
        @return: What a program reads.
        """
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


class StatusTests(RunTestCase):
    """
    What each ending comes to.
    """

    def test_faithful(self) -> None:
        """
        All came back: 0.
        """
        self.begin("-c1")
        self.connect()
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0, "1 sent, 1 received, 0 lost (0.0 %)")
        self.assertIn("echo-client: connected to ws://", self.err.getvalue())
        self.assertIn("closed by us, answered with 1000", self.err.getvalue())
        self.assertEqual(self.run_.summary.connections.handshakes.count, 1)

    def test_unfaithful(self) -> None:
        """
        Something did not come back as it was sent: 1.
        """
        for said in (["Hallo 1"], ["Hello 1", "Hello 1"], ["Hello 1", "Bye"]):
            self.begin("-i", "1h")
            self.connect()
            self.say(*said)
            self.run_.interrupt()
            self.assertClosing()
            self.close()
            self.assertStatus(1)

    def test_lost(self) -> None:
        """
        Something did not come back at all: 1, unless that much may be lost.
        """
        for gates, status in [((), 1), (("--max-loss", "100"), 0)]:
            self.begin("-c1", "-w", "3s", *gates)
            self.connect()
            self.reactor.pump([3, 1])
            self.assertClosing()
            self.close()
            self.assertStatus(status, "1 sent, 0 received, 1 lost (100.0 %)")

    def test_unreachable(self) -> None:
        """
        Nobody there: 3, and one line.
        """
        self.begin()
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: cannot connect (TCP): no answer within 10 s\n",
        )

    def test_refused(self) -> None:
        """
        A refusal: 4.
        """
        self.begin()
        self.meet().say(_REFUSED)
        self.assertStatus(4)
        self.assertIn("handshake refused: HTTP 404 Not Found", self.err.getvalue())

    def test_noHandshake(self) -> None:
        """
        No WebSocket at all: 5.
        """
        self.begin()
        self.meet().say(b"SSH-2.0-x\r\n\r\n")
        self.assertStatus(5)

    def test_broken(self) -> None:
        """
        No WebSocket any more: 5, whatever came before, and the summary.
        """
        self.begin("--expect-close", "1000")
        server = self.connect()
        self.say("Hello 1")
        server.say(serverFrame(TEXT, rsv=7))
        server.hangUp()
        self.assertStatus(
            5, "1 sent, 1 received, 0 lost", "failed: 1 connection: protocol error: "
        )
        connections = self.run_.summary.connections
        self.assertEqual((connections.closes, connections.broken), ({}, 1))

    def test_closed(self) -> None:
        """
        A server that closes before its time ends the run with 6, whatever the code
        and whatever may be lost.
        """
        gates = ("--max-loss", "100", "--expect-close", "4002")
        for code in (4001, 1000, 1001, None):
            self.begin("-c2", *gates)
            self.connect()
            self.close(code)
            self.assertStatus(6)
            closes = self.run_.summary.connections.closes
            self.assertEqual(closes, {code or 1005: 1})
        self.begin()
        self.connect().hangUp()
        self.assertStatus(6)

    def test_incomplete(self) -> None:
        """
        A server that closes in good order has ended the run before its time if a
        message was still to be sent, or to be answered, or if the run had no end.
        The summary says so, too.
        """
        for arguments, said, lost in [
            (("-c2",), ["Hello 1"], 0),
            (("-c1",), [], 1),
            ((), ["Hello 1"], 0),
            (("-w", "1h"), ["Hello 1"], 0),
            (("--max-rtt", "1h", "--max-loss", "0"), ["Hello 1"], 0),
        ]:
            for code in (1000, 1001):
                self.begin(*arguments)
                self.connect()
                self.say(*said)
                self.close(code)
                self.assertStatus(6, f" received, {lost} lost (")
                self.assertFalse(self.run_.summary.complete)
                self.assertEqual(self.failed, [])

    def test_afterItsTime(self) -> None:
        """
        A server that closes while the client waits for the last echoes, after the
        deadline or an interrupt, has not ended the run before its time: the echoes
        count.
        """
        self.begin("-w", "3s", "-i", "1h", "--max-loss", "100")
        self.connect()
        self.reactor.advance(3)
        self.close(1001)
        self.assertStatus(0, "1 lost (100.0 %)")
        self.assertTrue(self.run_.summary.complete)

    def test_notAllSent(self) -> None:
        """
        Standard error says if the server closed before every message was sent, and
        the summary if it cut the run short.
        """
        said = "echo-client: not all messages were sent\n"
        cut = "cut short: the server closed 1 of 1 connections before the end of the"
        for count, told in [("-c2", 1), ("-c1", 0)]:
            self.err = io.StringIO()
            self.begin(count)
            self.connect()
            self.close()
            self.assertStatus(6, cut)
            self.assertEqual(self.err.getvalue().count(said), told)

    def test_mute(self) -> None:
        """
        A server that does not answer our close is left, and that is no fault of
        what came back.
        """
        self.begin("-c1", "--close-timeout", "2s")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2)
        self.assertStatus(0, "closed by us, not answered: 1\n")
        self.assertIn("closed by us: ", self.err.getvalue())

    def test_interrupted(self) -> None:
        """
        An interrupt ends it in good order: what is outstanding gets a moment, and
        is lost if that is not enough.
        """
        for said, status in [(["Hello 1"], 0), ([], 1)]:
            self.begin("-c9", "-i", "1h")
            self.connect()
            self.run_.interrupt()
            self.say(*said)
            if not said:
                self.reactor.advance(1)
            self.assertClosing()
            self.close()
            self.assertStatus(status)
            self.assertNotIn("not all", self.err.getvalue())

    def test_interruptedEarly(self) -> None:
        """
        One before there is a connection: 130, and not a word.
        """
        self.begin()
        server = self.meet()
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertFalse(server.transport.connected)
        self.assertEqual(self.out.getvalue() + self.err.getvalue(), "")

    def test_errorRecords(self) -> None:
        """
        A program gets a summary last, whatever happened.
        """
        self.begin("--json", "--max-loss", "0%")
        self.meet().say(_REFUSED)
        self.assertStatus(4)
        error, summary = self.records()
        self.assertEqual(error["type"], "error")
        self.assertEqual((summary["type"], summary["status"]), ("summary", 4))
        self.assertEqual(summary["error"], error["message"])
        self.assertEqual((summary["sent"], summary["rtt"]), (0, None))

    def test_interruptedRecords(self) -> None:
        """
        So it does where there was nothing but an interrupt.
        """
        self.begin("--json")
        self.run_.interrupt()
        (summary,) = self.records()
        self.assertEqual((summary["type"], summary["status"]), ("summary", 130))
        self.assertIn("interrupted", summary["error"])

    def test_records(self) -> None:
        """
        It gets each event, in its order.
        """
        self.begin("--json", "-c2", "-i", "1s", "--ping")
        server = self.connect()
        for opcode, payload in server.frames():
            server.say(serverFrame(PONG if opcode == PING else opcode, payload))
        self.reactor.advance(1)
        self.close(1001, "bye")
        self.assertStatus(6)
        self.assertEqual(
            [each["type"] for each in self.records()],
            ["connected", "echo", "ping", "ping", "lost", "closed", "summary"],
        )

    def test_redacted(self) -> None:
        """
        The summary has no credentials either.
        """
        self.begin("-c1", "ws://u:p@h/?token=abc")
        self.connect()
        self.say("Hello 1")
        self.close()
        self.assertStatus(0, "--- ws://***@h/?token=*** ---")


class OutputTests(RunTestCase):
    """
    Streams that nobody reads, or that take no more.
    """

    def test_brokenPipe(self) -> None:
        """
        When nobody reads the data any more, it ends, and nothing is wrong.
        """
        self.begin("-i", "1h", stdout=BrokenStream(32))
        self.connect()
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0)

    def test_fullDisk(self) -> None:
        """
        Data that somebody misses are a failure: 1.
        """
        self.begin("-c1", stdout=BrokenStream(28))
        self.connect()
        self.say("Hello 1")
        self.close()
        self.successResultOf(self.over)
        self.assertEqual(self.run_.status, 1)
        self.assertIn("cannot write: No go", self.err.getvalue())

    def test_worse(self) -> None:
        """
        What was worse than that stays.
        """
        self.begin("--json", stdout=BrokenStream(28))
        self.reactor.advance(10)
        self.successResultOf(self.over)
        self.assertEqual(self.run_.status, 3)

    def test_atOnce(self) -> None:
        """
        When the very first line cannot be written, nothing is sent at all, whatever
        was to be done.
        """
        for arguments in ((), ("--hold",), ("--reconnect",), ("--connections", "1")):
            for server in self.servers:
                server.hangUp()
            self.reactor = Reactor()
            self.begin("--json", *arguments, stdout=BrokenStream(32))
            server = self.connect()
            self.reactor.advance(1)
            self.reactor.advance(1)
            sent = [payload for _, payload in server.frames()]
            if arguments != ("--connections", "1"):
                self.assertEqual(sent, [b"\x03\xe8"])
            self.close()
            self.successResultOf(self.over)

    def test_bug(self) -> None:
        """
        A mistake of our own is not passed over.
        """

        def broken() -> Any:
            raise ZeroDivisionError("a bug")

        settings = ProbeSettings(target=Target(url="ws://x/"), deadline=5.0)
        run = ProbeRun(self.reactor, settings, lambda event: None)
        run.dial = broken  # type: ignore[method-assign]
        self.failureResultOf(run.start(), ZeroDivisionError)


class DeadlineTests(RunTestCase):
    """
    The time that all of it may take.
    """

    def test_connecting(self) -> None:
        """
        It is the longest that connecting may take.
        """
        self.begin("-w", "3s")
        self.reactor.advance(2.9)
        self.assertNoResult(self.over)
        self.reactor.advance(0.1)
        self.assertStatus(3)
        self.assertIn("no answer within 3 s", self.err.getvalue())

    def test_tooLate(self) -> None:
        """
        A connection that opens just after the deadline is closed at once, and the
        demand is not met: 1.
        """
        for arguments in ((), ("-c1",), ("--hold",), ("--reconnect",)):
            self.reactor = Reactor()
            self.begin("-w", "1500us", *arguments)
            server = self.meet()
            self.reactor.advance(0.0015)  # the attempt has 2 ms
            self.assertNoResult(self.over)
            server.accept()
            self.assertClosing()
            self.close()
            self.assertStatus(1, "--deadline: the connection opened too late")

    def test_unfinished(self) -> None:
        """
        Where the deadline ends the handshake, the server has not refused it. A
        server that does refuse it then is told of as ever.
        """
        said = "the time of the run (-w 1.5ms) ended before the handshake did"
        for arguments in ((), ("--json",)):
            self.reactor, self.err = Reactor(), io.StringIO()
            self.begin("-w", "1500us", *arguments)
            self.meet()
            self.reactor.pump([0.0015, 0.0005])
            self.assertStatus(4)
            self.assertIn(said, self.err.getvalue())
            self.assertNotIn("refused", self.err.getvalue())
            self.assertEqual(self.run_.summary.error, said)
        self.reactor, self.err = Reactor(), io.StringIO()
        self.begin("-w", "1500us")
        server = self.meet()
        self.reactor.advance(0.0015)
        server.say(_REFUSED)
        self.assertStatus(4)
        self.assertIn("handshake refused: HTTP 404", self.err.getvalue())

    def test_shorterTimeout(self) -> None:
        """
        A time-out that is shorter stays.
        """
        self.begin("-w", "30s", "--timeout", "2s")
        self.reactor.advance(2)
        self.assertStatus(3)

    def test_running(self) -> None:
        """
        A run without end ends then, in good order.
        """
        self.begin("-w", "3s", "-i", "1h")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2.9)
        self.assertNoResult(self.over)
        self.reactor.advance(0.1)
        self.assertClosing()
        self.close()
        self.assertStatus(0)

    def test_missed(self) -> None:
        """
        What has an end must have come to it: 1, and it is said.
        """
        self.begin("-w", "3s", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(3)
        self.assertClosing()
        self.close()
        self.assertStatus(1, "FAILED: --deadline: not all was sent in time")
        self.assertEqual(self.failed, ["--deadline: not all was sent in time"])

    def test_allSent(self) -> None:
        """
        What was sent in time may come back in the moment after.
        """
        self.begin("-w", "3s", "-c1")
        self.connect()
        self.reactor.advance(3)
        self.say("Hello 1")
        self.assertClosing()
        self.close()
        self.assertStatus(0, _OK)

    def test_reconnecting(self) -> None:
        """
        Each attempt to connect again has what is left of it; with it, it is over.
        """
        self.begin("-w", "5s", "--reconnect", "-i", "1h")
        self.connect()
        self.say("Hello 1")
        self.reactor.advance(2)
        self.close(1012)
        self.reactor.advance(0.5)
        self.assertEqual(len(self.reactor.tcpClients), 2)
        self.reactor.advance(2.5)
        self.assertStatus(6, "--reconnect: not connected at the end")
        (outage,) = self.run_.summary.outages
        self.assertEqual((outage.at, outage.seconds, outage.attempts), (2, None, 1))

    def test_reconnectAfter(self) -> None:
        """
        Where nothing is left of it, an attempt has next to no time.
        """
        self.begin("-w", "5s", "--reconnect")
        self.connect()
        self.reactor.rightNow += 6  # it was busy
        attempt = self.run_.dial()
        self.reactor.advance(0.001)
        said = str(self.failureResultOf(attempt).value)
        self.assertIn("within 0.001 s", said)
        self.reactor.advance(1)
        self.assertClosing()
        self.close()
        self.successResultOf(self.over)


class GateTests(RunTestCase):
    """
    What is demanded.
    """

    def test_subprotocol(self) -> None:
        """
        Without the wanted subprotocol it is over at once: nothing is sent, and a
        reconnect would change nothing.
        """
        for arguments in ((), ("--reconnect",), ("--hold",)):
            self.begin("--expect-subprotocol", "b", "--subprotocol", "a", *arguments)
            self.connect("Sec-WebSocket-Protocol: a")
            self.assertEqual(self.servers[-1].frames(), [(CLOSE, b"\x03\xe8")])
            self.close()
            self.assertStatus(1, '--expect-subprotocol b: the server chose "a"')

    def test_met(self) -> None:
        """
        With it, nothing is different.
        """
        self.begin("--expect-subprotocol", "a", "-c1")
        self.connect("Sec-WebSocket-Protocol: a")
        self.say("Hello 1")
        self.close()
        self.assertStatus(0)
        self.assertEqual(self.failed, [])

    def test_compression(self) -> None:
        """
        So it is with compression.
        """
        self.begin("--expect-compression")
        self.connect()
        self.assertEqual(self.servers[-1].frames(), [(CLOSE, b"\x03\xe8")])
        self.close()
        self.assertStatus(1, "--expect-compression: the server declined")

    def test_loss(self) -> None:
        """
        What is demanded of the whole is told after it.
        """
        self.begin("-c1", "--max-loss", "10%", "--max-rtt", "1s")
        self.connect()
        self.close(1001)
        self.assertStatus(
            6,
            "FAILED: --max-loss 10%: 100 % lost",
            "FAILED: --max-rtt 1s: there was no round trip",
        )

    def test_close(self) -> None:
        """
        A close that is expected excuses what it meets: what was on its way, and
        what was not sent.
        """
        for arguments in ((), ("-c9",)):
            self.begin("--expect-close", "4001", *arguments)
            self.connect()
            self.close(4001)
            self.assertStatus(0, "1 lost (100.0 %)")
            self.assertNotIn("cut short", self.out.getvalue())
            self.assertFalse(self.run_.summary.complete)
            self.assertEqual(self.failed, [])

    def test_lostBefore(self) -> None:
        """
        It excuses nothing that was lost before.
        """
        self.begin("--expect-close", "4001", "--timeout", "500us", "-i", "1s")
        self.connect()
        self.reactor.advance(1)
        self.assertEqual(self.run_.summary.statistics.lost.count, 1)
        self.close(4001)
        self.assertStatus(1, "2 lost")
        self.assertEqual(self.failed, [])

    def test_lostBetween(self) -> None:
        """
        It excuses no message that the echo of a later one overtook.
        """
        self.begin("--expect-close", "4001", "-i", "1s")
        self.connect()
        self.reactor.pump([1, 1])
        self.say("Hello 2")
        self.close(4001)
        self.assertStatus(1, "3 sent, 1 received, 2 lost")
        self.assertEqual(self.run_.summary.cutOff, 1)
        self.assertEqual(self.failed, [])

    def test_wrongClose(self) -> None:
        """
        A close with another code than the expected one is an early end.
        """
        for code in (4002, 1000):
            self.begin("--expect-close", "4001")
            self.connect()
            self.say("Hello 1")
            self.close(code)
            self.assertStatus(6, f"--expect-close 4001: the server closed with {code}")

    def test_noClose(self) -> None:
        """
        An end by us is none by the server.
        """
        self.begin("--expect-close", "1000", "-c1")
        self.connect()
        self.say("Hello 1")
        self.close()
        self.assertStatus(1, "--expect-close 1000: it did not close")


class InterimTests(RunTestCase):
    """
    What it comes to so far.
    """

    def test_any(self) -> None:
        """
        It can be asked for at any moment, and changes nothing.
        """
        for arguments in ((), ("--hold",), ("--sweep", "1..4"), ("--connections", "2")):
            for server in self.servers:
                server.hangUp()
            self.reactor = Reactor()
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin(*arguments)
            self.run_.interim()
            self.assertIn("0 sent, 0 received", self.err.getvalue())
            server = self.connect()
            self.reactor.advance(2)
            self.run_.interim()
            self.assertEqual(self.run_.summary.seconds, 2)
            server.hangUp()
            self.run_.interrupt()
            self.reactor.advance(1)
            self.successResultOf(self.over)
            summed = self.out.getvalue()
            self.run_.interim()
            self.assertEqual(self.out.getvalue(), summed)
            self.assertEqual(self.err.getvalue().count("\necho-client: --- ws:"), 2)

    def test_records(self) -> None:
        """
        A program gets it as a record that is not the summary.
        """
        self.begin("--json", "-i", "1h")
        self.run_.interim()
        self.connect()
        self.say("Hello 1")
        self.run_.interim()
        self.close()
        modes = [each["type"] for each in self.records()]
        expected = ["interim", "connected", "echo", "interim", "closed", "summary"]
        self.assertEqual(modes, expected)
        received = [
            each["received"] for each in self.records() if each["type"] == "interim"
        ]
        self.assertEqual(received, [0, 1])


class ReconnectTests(RunTestCase):
    """
    One connection after another.
    """

    def test_outage(self) -> None:
        """
        Each outage is told when it begins and when it is over, and all are summed
        up.
        """
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.close(1012, "restart")
        self.assertIn('closed by the server: 1012 "restart"', self.err.getvalue())
        self.assertNotIn("not all", self.err.getvalue())
        self.assertNotIn("outage", self.out.getvalue())
        self.reactor.advance(0.5)
        self.connect()
        self.assertEqual(texts(self.servers[-1].frames()), ["Hello 2"])
        self.assertIn(' for 0.50 s: 1012 "restart", 1 lost, ', self.out.getvalue())
        self.assertEqual(self.err.getvalue().count("connected to"), 2)
        self.say("Hello 2")
        self.assertClosing()
        self.close()
        self.assertStatus(
            1, "2 sent, 1 received, 1 lost", "outages: 1, 0.50 s in all, 1 messages"
        )
        connections = self.run_.summary.connections
        self.assertEqual((connections.opened, connections.closes), (1, {}))
        self.assertEqual(connections.handshakes.count, 2)

    def test_lossless(self) -> None:
        """
        An outage is no failure by itself.
        """
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.close(1012)
        self.reactor.advance(0.5)
        self.connect()
        self.say("Hello 2")
        self.close()
        self.assertStatus(0, "outages: 1, ")

    def test_refusedMeanwhile(self) -> None:
        """
        Why it is not possible to connect again is told meanwhile.
        """
        self.begin("--reconnect", "-i", "1h", "-c2")
        self.connect()
        self.say("Hello 1")
        self.close(1012)
        self.reactor.advance(0.5)
        factory = self.reactor.tcpClients[-1][2]
        Server(factory, IPv4Address("TCP", "127.0.0.1", 8080)).say(_REFUSED)
        self.assertIn("not yet: handshake refused: HTTP 404", self.err.getvalue())
        self.reactor.advance(0.5)
        self.connect()
        self.say("Hello 2")
        self.close()
        self.assertStatus(0, "outages: 1, ")

    def test_unconnected(self) -> None:
        """
        The server has ended a run that is not connected at its end: 6, whatever
        the code. Its last close is told once.
        """
        for code in (1012, 1001):
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin("--json", "--reconnect", "-i", "1h")
            self.connect()
            self.say("Hello 1")
            self.close(code)
            self.run_.interrupt()
            self.assertStatus(6)
            self.assertEqual(self.failed, ["--reconnect: not connected at the end"])
            self.assertEqual(
                [each["type"] for each in self.records()],
                ["connected", "echo", "closed", "outage", "summary"],
            )
            self.assertEqual(self.err.getvalue().count("closed by the server"), 1)

    def test_brokenAtTheEnd(self) -> None:
        """
        A peer that broke the protocol did so also where it was not met again.
        """
        self.begin("--reconnect")
        server = self.connect()
        server.say(serverFrame(TEXT, rsv=7))
        server.hangUp()
        self.run_.interrupt()
        self.assertStatus(5)


class LinesTests(RunTestCase):
    """
    Standard input, line by line.
    """

    def setUp(self) -> None:
        """
        Make a pipe.
        """
        super().setUp()
        reading, self.writing = os.pipe()
        self.stdin = os.fdopen(reading, "rb")
        self.addCleanup(self.stdin.close)
        self.lines = ("-m", "@-", "--lines")

    def _come(self, data: bytes) -> None:
        os.write(self.writing, data)
        self.reactor.readers.copy().pop().doRead()

    def test_lines(self) -> None:
        """
        Each is sent, and the end of the input is the end.
        """
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"a\n")
        self.assertEqual(texts(self.servers[-1].frames()), ["a"])
        self.reactor.advance(0)
        os.close(self.writing)
        self.reactor.readers.copy().pop().doRead()
        self.say("a")
        self.assertClosing()
        self.close()
        self.assertStatus(0, "1 sent, 1 received")

    def test_cut(self) -> None:
        """
        A server that closes before the end of the input ends the run before its
        time, also in good order.
        """
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"a\n")
        self.say("a")
        self.close()
        self.assertStatus(6, "1 sent, 1 received")

    def test_badLine(self) -> None:
        """
        A line that cannot be sent is a mistake of the caller: 2, after the summary
        of what could be.
        """
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self._come(b"\xff\n")
        self.assertClosing()
        self.close()
        self.assertStatus(2, "0 sent")
        said = "standard input: line 1 is not UTF-8: try --binary\n"
        self.assertIn(f"echo-client: {said}", self.err.getvalue())
        self.assertIn(f"FAILED: {said}", self.out.getvalue())

    def test_empty(self) -> None:
        """
        Input without a line is a mistake of the caller, too: nothing was sent.
        """
        os.close(self.writing)
        self.begin(*self.lines, stdin=self.stdin)
        self.connect()
        self.reactor.readers.copy().pop().doRead()
        self.assertClosing()
        self.close()
        self.assertStatus(
            2, "0 sent", "FAILED: standard input: there was nothing to send"
        )
        said = "echo-client: standard input: there was nothing to send\n"
        self.assertIn(said, self.err.getvalue())

    def test_binary(self) -> None:
        """
        Where messages are binary, it is none.
        """
        self.addCleanup(os.close, self.writing)
        self.begin(*self.lines, "-b", "-c1", stdin=self.stdin)
        server = self.connect()
        self._come(b"\xff\n")
        self.assertEqual(server.frames(), [(2, b"\xff")])
        server.say(serverFrame(2, b"\xff"))
        self.close()
        self.assertStatus(0)


class SweepTests(RunTestCase):
    """
    One size after another.
    """

    def _echo(self) -> None:
        """
        Send back all that came.
        """
        server = self.servers[-1]
        for opcode, payload in server.frames():
            server.say(serverFrame(opcode, payload))

    def test_steps(self) -> None:
        """
        Each size is told when all of it came back, and all are in the summary.
        """
        self.begin("--sweep", "1..2", "-c2")
        self.connect()
        for told in (0, 1, 1, 2):
            self._echo()
            self.assertEqual(self.out.getvalue().count(" of 2, min/avg"), told)
            self.reactor.advance(0)
        self.close()
        self.assertStatus(0, "1: 2 of 2, ", "2: 2 of 2, ")
        steps = self.run_.summary.steps
        self.assertEqual([(each.size, each.sent) for each in steps], [(1, 2), (2, 2)])

    def test_cut(self) -> None:
        """
        A server that closes in the middle of a sweep ends it with 6. The messages
        of the last size are in the summary.
        """
        self.begin("--json", "--sweep", "1..2", "-c2")
        self.connect()
        self._echo()
        self.reactor.advance(0)
        self.close(1001)
        self.assertStatus(6)
        (step,) = self.records()[-1]["steps"]
        self.assertEqual((step["size"], step["sent"], step["rtt"]["count"]), (1, 2, 1))

    def test_dead(self) -> None:
        """
        A server that is silent for a time-out ends the sweep: 1. Only the sizes
        that were tried are told, without figures where there are none.
        """
        self.begin("--sweep", "1..4", "--timeout", "500us")
        self.connect()
        self._echo()
        self.reactor.advance(0.5)  # the second message, and its time-out
        self.assertClosing()
        self.close()
        self.assertStatus(1, "2 sent, 1 received, 1 lost", "1: 1 of 2, min/avg/p50")
        self.assertIn(
            "not all messages were sent: the server did not answer in --timeout",
            self.err.getvalue(),
        )
        self.assertFalse(self.run_.summary.complete)
        self.assertEqual(len(self.run_.summary.steps), 1)

    def test_interval(self) -> None:
        """
        With an interval, too, a message waits for the echo of the one before.
        """
        self.begin("--sweep", "1..2", "-c2", "-i", "1s")
        server = self.connect()
        self.reactor.pump([1, 1])
        self.assertEqual(texts(server.frames()), ["1"])
        self.say("1")
        self.reactor.advance(0.9)
        self.assertEqual(texts(server.frames()), [])
        self.reactor.advance(0.1)
        self.assertEqual(texts(server.frames()), ["2"])
        self.close()
        self.assertStatus(6)


class PlotTests(RunTestCase):
    """
    A drawing of it.
    """

    def test_saved(self) -> None:
        """
        It has all that came back, what was lost, the pongs and the outages, and is
        saved when all is over.
        """
        path = Path(f"{self.mktemp()}.svg")
        self.begin(
            *("--plot", str(path), "--ping", "--reconnect", "-i", "1s", "ws://x/?a=b")
        )
        assert isinstance(self.run_, ProbeRun)
        plot = self.run_._plot
        assert plot is not None
        server = self.connect()
        self.reactor.advance(0.5)
        for opcode, payload in server.frames():
            server.say(serverFrame(PONG if opcode == PING else opcode, payload))
        self.reactor.advance(0.5)
        self.close(1012)
        self.reactor.advance(0.5)
        self.connect()
        self.say("What?")
        self.close(1012)
        self.assertFalse(path.exists())
        self.reactor.advance(0.05)
        self.run_.interrupt()
        self.assertStatus(6)
        self.assertIn("<svg", path.read_text())
        # They are where they were sent, as exactly as two clocks can tell.
        self.assertEqual([round(at, 1) for at, _ in plot.trips.points], [0.5, 1.5])
        self.assertEqual([round(at, 1) for at, _ in plot.pings.points], [0.5])
        self.assertEqual(plot.losses.kept, [(1.0, 1.0)])
        self.assertEqual(plot.outages.kept, [(1.0, 1.5), (1.5, 1.55)])

    def test_failing(self) -> None:
        """
        A plot that cannot be written is a failure, of a run that has no worse.
        """
        for said, status in [("Hello 1", 1), (None, 6)]:
            directory = Path(self.mktemp())
            directory.mkdir()
            self.begin("-c1", "--plot", str(directory / "a.png"))
            directory.rmdir()
            self.connect()
            if said is None:
                self.close(4000)
            else:
                self.say(said)
                self.close()
            self.assertStatus(status, "1 sent")
            self.assertIn("echo-client: --plot: [Errno 2] No such", self.err.getvalue())

    def test_notConnected(self) -> None:
        """
        Where there is nothing to draw, nothing is.
        """
        path = f"{self.mktemp()}.svg"
        self.begin("--plot", path)
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertFalse(Path(path).exists())


class HoldRunTests(RunTestCase):
    """
    Tests for L{HoldRun}.
    """

    def test_cut(self) -> None:
        """
        A connection that is cut is told of, with when and how: 6, also if it was
        closed in good order.
        """
        for code in (4001, 1000, 1001):
            self.out, self.err = io.StringIO(), io.StringIO()
            self.begin("--hold")
            self.connect()
            self.reactor.advance(60)
            self.close(code)
            self.assertStatus(
                6, "held open for 60.00 s, silent for the last 60.00 s: cut"
            )
            self.assertIn(f"closed by the server: {code}", self.err.getvalue())
            self.assertNotIn("not all messages", self.err.getvalue())
            self.assertNotIn("sent", self.out.getvalue())

    def test_expected(self) -> None:
        """
        A cut may be what is wanted.
        """
        self.begin("--hold", "--expect-close", "1001")
        self.connect()
        self.close(1001)
        self.assertStatus(0)

    def test_notCut(self) -> None:
        """
        Until its deadline it is not: 0.
        """
        self.begin("--hold", "-w", "1m")
        self.connect()
        self.reactor.advance(60)
        self.assertClosing()
        self.close()
        self.assertStatus(0, ": not cut")

    def test_interrupted(self) -> None:
        """
        So it is until somebody has seen enough.
        """
        self.begin("--hold", "--json")
        self.connect()
        self.reactor.advance(5)
        self.run_.interrupt()
        self.assertClosing()
        self.close()
        self.assertStatus(0)
        hold = self.records()[-1]["hold"]
        self.assertEqual(hold, {"seconds": 5.0, "idle": 5.0, "cut": False, "pinged": 0})

    def test_pings(self) -> None:
        """
        Pings and what else comes is told, and counted.
        """
        self.begin("--hold-ping", "10s", "--timeout", "3s")
        server = self.connect()
        self.say("Welcome")
        self.reactor.advance(10)
        ((opcode, payload),) = server.frames()
        self.assertEqual(opcode, PING)
        server.say(serverFrame(PONG, payload))
        self.reactor.advance(10)
        self.reactor.advance(3)
        server.hangUp()
        self.assertStatus(
            6,
            'Received: "Welcome"',
            "Pong: ping=1",
            "pings: 2 sent, 1 answered, 1 lost",
        )
        self.assertIn("lost: ping 2", self.err.getvalue())


class FleetRunTests(RunTestCase):
    """
    Tests for L{FleetRun}.
    """

    def _fleet(self, *arguments: str) -> None:
        self.begin("--connections", "2", "--ramp", "1000", "-i", "1h", *arguments)
        self.reactor.pump([1 / 512] * 4)
        self.assertEqual(len(self.reactor.tcpClients), 2)

    def _accept(self, count: int = 2) -> None:
        peer = IPv4Address("TCP", "127.0.0.1", 8080)
        for _, _, factory, _, _ in self.reactor.tcpClients[:count]:
            server = Server(factory, peer)
            self.servers.append(server)
            self.addCleanup(server.hangUp)
            server.accept()
        self.reactor.pump([1 / 128] * 4)

    def _end(self, code: int = 1000) -> None:
        self.reactor.advance(0.1)
        for server in self.servers:
            server.say(serverClose(code))
            server.hangUp()

    def _echo(self) -> None:
        for server in self.servers:
            for opcode, payload in server.frames():
                if opcode == TEXT:
                    server.say(serverFrame(opcode, payload))

    def test_greeting(self) -> None:
        """
        Servers that greet are told as such, with what to try: of several messages
        each, if all are known to be none of ours.
        """
        for greeting, hinted in [
            ("Welcome!", 1),
            ("Welcome!|Hello 1", 1),
            ("Welcome!|Enjoy!|Hello 1", 2),
            ("Welcome!|Enjoy!", None),
        ]:
            self.setUp()
            self._fleet("-c1", "-w", "1m", "--timeout", "1s")
            self._accept()
            for server in self.servers:
                ((_, sent),) = server.frames()
                said = greeting.encode().replace(b"Hello 1", sent).split(b"|")
                server.say(*(serverFrame(TEXT, each) for each in said))
            self._end()
            hint = f": is it a greeting? Try --greeting {hinted}\n"
            told = self.err.getvalue()
            self.assertEqual(hint in told, hinted is not None, (greeting, told))

    def test_crossTalk(self) -> None:
        """
        Echoes that go to the wrong connection are seen, whether or not that waits for
        one: 1. Messages that are all the same cannot tell, and that is said.
        """
        self.patch(base, "token_hex", lambda _: "5f3a9c01")
        self._fleet("-c1", "-w", "1m", "--timeout", "1s", "--json")
        self._accept()
        one, two = self.servers
        ((_, first),), ((_, second),) = one.frames(), two.frames()
        self.assertEqual(first, b"Hello 1 of 5f3a9c01-1")
        self.assertEqual(second, b"Hello 1 of 5f3a9c01-2")
        one.say(
            serverFrame(TEXT, second),
            serverFrame(TEXT, second),
            serverFrame(TEXT, first),
        )
        two.say(serverFrame(TEXT, second))
        self._end()
        self.assertStatus(1)
        summary = self.records()[-1]
        self.assertEqual((summary["crossed"], summary["received"]), (2, 2))
        self.assertEqual((summary["altered"], summary["unexpected"]), (0, 0))

    def test_crossTalkUnseen(self) -> None:
        """
        With a message of the user's own, or in too few bytes for a name, the summary
        says that cross-talk cannot be told.
        """
        for arguments, told in [(("-m", "x"), True), (("-s", "8"), True), ((), False)]:
            self.setUp()
            self.patch(base, "token_hex", lambda _: "5f3a9c01")
            self._fleet("-c1", *arguments)
            self._accept()
            self._echo()
            self._end()
            text = "cross-talk cannot be told"
            self.assertEqual(text in self.out.getvalue(), told)

    def test_noGreeting(self) -> None:
        """
        A greeting that does not come is a demand that was not met: 1.
        """
        self._fleet("-c1", "-w", "1m", "--greeting", "1")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(
            1,
            "2 sent, 2 received, 0 lost",
            "FAILED: --greeting 1: none came before the first echo",
        )

    def test_faithful(self) -> None:
        """
        All of them came back, over all connections: 0.
        """
        self._fleet("-c1", "-w", "1m")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(
            0, "2 sent, 2 received, 0 lost", "connections: 2 of 2 opened, 0 failed"
        )

    def test_handshakes(self) -> None:
        """
        What is demanded of a handshake is demanded of each, and told once.
        """
        self._fleet("-c1", "--expect-compression", "--expect-subprotocol", "a")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(1, "2 sent, 2 received, 0 lost")
        self.assertEqual(
            self.failed,
            [
                "--expect-subprotocol a: the server chose none",
                "--expect-compression: the server declined",
            ],
        )

    def test_progress(self) -> None:
        """
        Each second is told.
        """
        self._fleet()
        self._accept()
        self._echo()
        self.reactor.advance(1)
        self.assertIn("1 s: 2 open, 0 failed, 2 sent, 2 received", self.out.getvalue())
        self.run_.interrupt()
        self._end()
        self.assertStatus(0)

    def test_failures(self) -> None:
        """
        What could not be opened is counted, and no success.
        """
        self._fleet("-c1", "--timeout", "5s")
        self._accept(1)
        self._echo()
        self._end()
        self.reactor.advance(5)
        self.assertStatus(
            1,
            "1 of 2 opened, 1 failed",
            "failed: 1 connection: TCP: no answer within 5 s",
        )

    def test_lost(self) -> None:
        """
        What did not come back is lost, unless that much may be.
        """
        for gates, status in [((), 1), (("--max-loss", "100%"), 0)]:
            self.reactor, self.servers = Reactor(), []
            self._fleet("-c1", "-w", "3s", *gates)
            self._accept()
            self.reactor.pump([3, 1])
            self._end()
            self.assertStatus(status, "2 lost (100.0 %)")

    def test_gates(self) -> None:
        """
        Demands hold for all together.
        """
        self._fleet("-c1", "--max-rtt", "0s", "--max-loss", "0%")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(1, "FAILED: --max-rtt 0s: ")
        self.assertEqual(len(self.failed), 1)

    def test_incomplete(self) -> None:
        """
        A server that closes a connection in good order has ended the run before its
        time, if that connection had something to send or to receive, or no end.
        """
        for arguments, echoes, lost in [
            (("-c2",), True, 0),
            (("-c1", "--max-loss", "100"), False, 2),
            ((), True, 0),
            (("-w", "1h", "--max-rtt", "1h"), True, 0),
        ]:
            for code in (1000, 1001):
                self.reactor, self.servers = Reactor(), []
                self._fleet(*arguments)
                self._accept()
                if echoes:
                    self._echo()
                self._end(code)
                self.assertStatus(6, f" {lost} lost (", "2 closed by the server")
                self.assertFalse(self.run_.summary.complete)
                self.assertEqual(self.failed, [])

    def test_oneCut(self) -> None:
        """
        One connection that the server closes is enough, also if the others go on to
        the deadline.
        """
        self._fleet("-w", "3s")
        self._accept()
        self._echo()
        self.servers[0].say(serverClose(1000))
        self.servers[0].hangUp()
        self.reactor.advance(3)
        self.reactor.advance(0.1)
        self.servers[1].say(serverClose(1000))
        self.servers[1].hangUp()
        self.assertStatus(6, _OK, "1 closed by the server")

    def test_closedAfterItsTime(self) -> None:
        """
        A server that closes after the deadline, while the client waits for the last
        echoes, ends nothing before its time.
        """
        self._fleet("-w", "3s", "--max-loss", "100")
        self._accept()
        self.reactor.advance(3)
        for server in self.servers:
            server.say(serverClose(1001))
            server.hangUp()
        self.assertStatus(0, "2 lost (100.0 %)", "2 closed by the server")

    def test_refused(self) -> None:
        """
        Where none could be opened, it is what it is where one cannot: 3 or 4.
        """
        self._fleet("-c1", "--timeout", "5s")
        self.reactor.advance(5)
        self.assertStatus(3, "0 of 2 opened, 2 failed")
        self.reactor = Reactor()
        self._fleet("-c1")
        for _, _, factory, _, _ in self.reactor.tcpClients:
            Server(factory, IPv4Address("TCP", "127.0.0.1", 8080)).say(_REFUSED)
        self.assertStatus(4, "failed: 2 connections: HTTP 404")

    def test_closed(self) -> None:
        """
        A close by the server ends the run with 6, whatever is lost by it, unless
        its code is expected.
        """
        for arguments, echoes, status in [
            ((), True, 6),
            (("--expect-close", "4001"), True, 0),
            (("--expect-close", "4001"), False, 0),
            (("--expect-close", "4002"), True, 6),
            ((), False, 6),
        ]:
            self.reactor, self.servers = Reactor(), []
            self._fleet(*arguments)
            self._accept()
            if echoes:
                self._echo()
            self._end(4001)
            self.assertStatus(status, "closed by the server: 2 connections: 4001")

    def test_deadline(self) -> None:
        """
        Where there is no end to it, it ends in good order when time is up; where
        there is one, it must have been reached.
        """
        for arguments, status, failed in [
            ((), 0, []),
            (("-c2",), 1, ["--deadline: not all was sent in time"]),
            (("-c1",), 0, []),
        ]:
            self.reactor, self.servers = Reactor(), []
            self._fleet("-w", "3s", *arguments)
            self._accept()
            if arguments != ("-c1",):
                self._echo()
            self.reactor.advance(3)
            self._echo()
            self._end()
            self.assertStatus(status, _OK)
            self.assertEqual(self.failed, failed)

    def test_protocolError(self) -> None:
        """
        A server that breaks the protocol on one connection, in a frame or in its
        handshake, ends the run with 5. Its cause is told in text and in JSON.
        """
        key = "protocol error: RSV = 7 and no extension negotiated"
        for arguments in ((), ("--json",), ("--expect-close", "1000")):
            self.reactor, self.servers = Reactor(), []
            self.out = io.StringIO()
            self._fleet("-c1", *arguments)
            self._accept()
            self._echo()
            self.servers[0].say(serverFrame(TEXT, rsv=7))
            self._end()
            self.assertStatus(5, key)
            if "--json" in arguments:
                connections = self.records()[-1]["connections"]
                self.assertEqual(connections["failures"], {key: 1})
                self.assertEqual(connections["broken"], 1)
            else:
                self.assertIn(f"failed: 1 connection: {key}", self.out.getvalue())

    def test_badHandshake(self) -> None:
        """
        So does a server that breaks the protocol in a handshake, whether the others
        were opened or refused.
        """
        for other in (b"", _REFUSED):
            self.reactor, self.servers = Reactor(), []
            self._fleet("-c1")
            for _, _, factory, _, _ in self.reactor.tcpClients:
                self.servers.append(Server(factory, IPv4Address("TCP", "::", 80)))
            good, bad = self.servers
            if other:
                good.say(other)
            else:
                good.accept()
            bad.say(b"SSH-2.0-OpenSSH\r\n")
            good.hangUp()
            self.assertStatus(
                5, "failed: 1 connection: protocol error: the answer is not HTTP"
            )

    def test_unanswered(self) -> None:
        """
        Closes that the server does not answer are told. They are no fault.
        """
        self._fleet("-c1", "--close-timeout", "2s")
        self._accept()
        self._echo()
        self.servers[0].say(serverClose(1000))
        self.servers[0].hangUp()
        self.reactor.advance(2)
        self.assertStatus(0, "closed by us, not answered: 1\n")

    def test_closeReasons(self) -> None:
        """
        Closes are listed by code and reason.
        """
        self._fleet()
        self._accept()
        for server, reason in zip(self.servers, ("full", "\x1b[2J"), strict=True):
            server.say(serverClose(4001, reason))
            server.hangUp()
        self.assertStatus(
            6,
            'closed by the server: 1 connection: 4001 "full"\n',
            'closed by the server: 1 connection: 4001 "\\x1b[2J"\n',
        )

    def test_brokenAndLate(self) -> None:
        """
        A connection that broke counts once: the one that did not open in time is
        missed.
        """
        self._fleet("-w", "3s")
        self._accept(1)
        self.servers[0].say(serverFrame(TEXT, rsv=7))
        self.servers[0].hangUp()
        self.reactor.advance(3)
        self.assertStatus(5, "1 of 2 opened, 1 failed", ", 1 not tried to the end")
        self.assertEqual(
            self.failed, ["--deadline: not all connections were opened in time"]
        )

    def test_deadlineOpening(self) -> None:
        """
        A fleet that was not even opened in time has failed, also if nobody refused.
        """
        for count in (0, 1):
            self.reactor, self.servers = Reactor(), []
            self._fleet("-w", "3s")
            self._accept(count)
            self._echo()
            self.reactor.advance(3)
            self._end()
            self.assertStatus(1, f"connections: {count} of 2 opened")
            self.assertEqual(
                self.failed, ["--deadline: not all connections were opened in time"]
            )

    def test_interrupted(self) -> None:
        """
        An interrupt before there is any connection: 130, and not a word.
        """
        self._fleet()
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertEqual(self.out.getvalue() + self.err.getvalue(), "")


class Mute(ReferenceServer):
    """
    Keeps every rule but that of an echo server.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Say nothing.
        """


class CheckRunTests(RunTestCase):
    """
    Tests for L{CheckRun}.
    """

    options = CheckOptions

    def setUp(self) -> None:
        """
        Name a file for the report.
        """
        super().setUp()
        self.path = self.mktemp()

    def _check(
        self, serve: Callable[[], IProtocol], *arguments: str, **to: Any
    ) -> None:
        """
        Check a server, to the end.
        """
        self.reactor = network = Network(serve)
        self.out, self.err = io.StringIO(), io.StringIO()
        self.begin(*arguments, **to)
        while not self.over.called:
            network.turn()

    def test_conforming(self) -> None:
        """
        A server that keeps to the standard: 0, with a line for each demand.
        """
        self._check(ReferenceServer)
        lines = self.out.getvalue().splitlines()
        ok, skipped = (
            len([each for each in lines if each.startswith(f"{mark}  ")])
            for mark in ("ok  ", "skip")
        )
        self.assertEqual(ok + skipped, len(CASES))
        self.assertStatus(0, f": {ok} ok, 0 notes, 0 failed, {skipped} not checked\n")
        self.assertEqual(len(self.out.getvalue().splitlines()), len(CASES) + 1)
        self.assertEqual(self.err.getvalue(), "")

    def test_nonconforming(self) -> None:
        """
        One that does not, in whatever: 1.
        """
        self._check(Mute, "--json", "--timeout", "2s")
        self.assertStatus(1)
        *checks, summary = self.records()
        self.assertEqual({each["type"] for each in checks}, {"check"})
        self.assertGreater(summary["check"]["fail"], 0)
        self.assertGreater(summary["check"]["ok"], 0)
        self.assertEqual((summary["status"], summary["error"]), (1, None))

    def junit(self) -> ET.Element:
        """
        @return: The report that was written.
        """
        return ET.parse(self.path).getroot()  # noqa: S314  (ours)

    def messages(self, tag: str) -> list[str | None]:
        """
        @return: What the report says, each thing once.
        """
        return sorted({each.get("message") for each in self.junit().iter(tag)}, key=str)

    def test_section(self) -> None:
        """
        The demands of a section, and no others.
        """
        self._check(ReferenceServer, "--section", "5.5")
        count = len(select(["5.5"]))
        self.assertStatus(0, f": {count} ok, 0 notes, 0 failed\n")

    def test_junit(self) -> None:
        """
        The verdicts go into a file, too.
        """
        self._check(Mute, "--junit", self.path, "--section", "5.6", "--section", "5.1")
        self.assertStatus(1)
        top = self.junit()
        self.assertEqual(top.get("tests"), str(len(select(["5.6", "5.1"]))))
        self.assertEqual((top.get("errors"), top.get("skipped")), ("0", "0"))
        self.assertEqual(self.messages("failure"), ["no answer within 5 s"])
        passed = [each for each in top.iter("testcase") if not len(each)]
        self.assertGreater(len(passed), 0)

    def test_junitUnreachable(self) -> None:
        """
        Without a connection there are errors, and no demand passes.
        """
        self.begin("--junit", self.path)
        self.assertEqual(self.messages("error"), ["not checked: the run did not end"])
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.junit().get("errors"), str(len(CASES)))
        (message,) = self.messages("error")
        self.assertIn("no answer within 5 s", str(message))

    def test_junitDeadline(self) -> None:
        """
        When time is up, what is known is written, and the rest is an error.
        """
        self._check(
            Mute, "-w", "7s", "--junit", self.path, "--section", "4", "--section", "5.6"
        )
        self.assertStatus(1)
        top = self.junit()
        self.assertEqual(
            self.messages("error"),
            ["not checked: --deadline: not all was checked in time"],
        )
        self.assertGreater(int(top.get("tests", 0)), int(top.get("errors", 0)))

    def test_junitInterrupted(self) -> None:
        """
        So it is after an interrupt.
        """
        self.begin("--junit", self.path)
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertEqual(self.messages("error"), ["not checked: interrupted"])

    def test_junitUnwritable(self) -> None:
        """
        A report that cannot be written is told, and the run does not pass.
        """
        Path(self.path).mkdir()
        self._check(ReferenceServer, "--junit", f"{self.path}/a", "--section", "9")
        self.assertStatus(0)
        with mock.patch.object(Path, "write_bytes", side_effect=OSError(28, "Full")):
            self._check(ReferenceServer, "--junit", f"{self.path}/a", "--section", "9")
        self.assertStatus(1)
        self.assertEqual(
            self.err.getvalue(), "echo-client: --junit: [Errno 28] Full\n" * 2
        )

    def test_brokenPipe(self) -> None:
        """
        When nobody reads the verdicts it comes to its end all the same.
        """
        self._check(ReferenceServer, stdout=BrokenStream(32))
        self.assertStatus(0)

    def test_unreachable(self) -> None:
        """
        Nobody there: 3, and one line.
        """
        self.begin()
        self.reactor.advance(10)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")
        self.assertIn("no answer within 5 s\n", self.err.getvalue())

    def test_interrupted(self) -> None:
        """
        An interrupt ends it: 130.
        """
        self.begin("--json")
        self.run_.interrupt()
        self.assertStatus(130)
        (summary,) = self.records()
        self.assertEqual((summary["type"], summary["status"]), ("summary", 130))

    def test_cut(self) -> None:
        """
        After a deadline or an interrupt, the last line and the JSON summary count the
        demands that were not checked.
        """
        for asJSON in (False, True):
            for arguments, status in ((("-w", "7s"), 1), ((), 130)):
                with self.subTest(json=asJSON, status=status):
                    self.reactor = Network(Mute)
                    self.out, self.err = io.StringIO(), io.StringIO()
                    self.begin(*arguments, *(["--json"] * asJSON))
                    if status == 130:
                        while self.reactor.seconds() < 7:
                            self.reactor.turn()
                        self.run_.interrupt()
                    while not self.over.called:
                        self.reactor.turn()
                    self.assertStatus(status)
                    self.reactor.advance(0)
                    self.assertCut(asJSON)

    def assertCut(self, asJSON: bool) -> None:
        """
        Assert that all demands are counted, and that some are not checked.
        """
        *lines, last = self.out.getvalue().splitlines()
        left = len(CASES) - len(lines)
        self.assertGreater(left, 0)
        if asJSON:
            summary = self.records()[-1]
            self.assertEqual(summary["check"]["unchecked"], left)
            self.assertEqual(sum(summary["check"].values()), len(CASES))
            self.assertIs(summary["complete"], False)
            connections = summary["connections"]
            self.assertGreater(connections["opened"], 0)
            self.assertEqual(connections["wanted"], connections["opened"])
        else:
            left += len([each for each in lines if each.startswith("skip")])
            self.assertTrue(last.endswith(f", {left} not checked"), last)

    def test_interruptedAtOnce(self) -> None:
        """
        An interrupt before the first connection leaves a last line, too.
        """
        self.begin()
        self.run_.interrupt()
        text = f": 0 ok, 0 notes, 0 failed, {len(CASES)} not checked\n"
        self.assertStatus(130, text)

    def _die(self, connections: int, *arguments: str) -> None:
        """
        Check a server that refuses all further connections after a few.
        """
        left = iter(range(connections - 1, -1, -1))

        def serve() -> IProtocol:
            assert isinstance(self.reactor, Network)
            self.reactor.gone = not next(left)
            return ReferenceServer()

        self._check(serve, *arguments)

    def test_gone(self) -> None:
        """
        If the server dies, one line says so: 1, and the remaining demands are not
        checked.
        """
        self._die(20, "--junit", self.path)
        self.assertStatus(1)
        *lines, last = self.out.getvalue().splitlines()
        self.assertFalse([each for each in lines if each.startswith("FAIL")])
        text = "the server cannot be reached any more: cannot connect (TCP): "
        self.assertIn(text, self.err.getvalue())
        self.assertEqual(self.err.getvalue().count("\n"), 1)
        left = len(CASES) - len(lines)
        self.assertTrue(last.endswith(f", {left} not checked"), last)
        self.assertEqual(self.junit().get("errors"), str(left))

    def test_goneAtOnce(self) -> None:
        """
        If it dies before any demand is checked: 3.
        """
        self._die(1)
        self.assertStatus(3)
        self.assertEqual(self.out.getvalue(), "")

    def test_deadline(self) -> None:
        """
        A server that takes too long does not pass: 1, and it is said.
        """
        self.begin("--json", "-w", "3s")
        self.meet().accept()
        self.reactor.advance(3)
        self.assertStatus(1)
        self.assertEqual(
            self.err.getvalue(),
            "echo-client: --deadline: not all was checked in time\n",
        )
        self.assertEqual(
            self.records()[-1]["failed"], ["--deadline: not all was checked in time"]
        )
