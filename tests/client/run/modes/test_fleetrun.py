"""
Tests for L{echo.client.run.modes.fleetrun}.
"""

import io

from twisted.internet.address import IPv4Address

from echo.client.run.modes import base
from tests.kit.client import Server
from tests.kit.frames import TEXT, serverClose, serverFrame
from tests.kit.reactor import Reactor
from tests.kit.runs import RunTestCase

_OK = "0 lost (0.0 %)"
_REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


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

    def test_greetingIsSuspected(self) -> None:
        """
        With more than one stranger a connection, only if none looks like an altered
        echo.
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

    def test_crossTalkIsSeen(self) -> None:
        """
        An echo on the wrong connection is cross-talk, also on a connection that waits
        for no echo.
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

    def test_tellsThatCrossTalkIsNotSeen(self) -> None:
        """
        Messages of the user, or of too few bytes, do not name their connection.
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

    def test_failsWithoutExpectedGreeting(self) -> None:
        self._fleet("-c1", "-w", "1m", "--greeting", "1")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(
            1,
            "2 sent, 2 received, 0 lost",
            "FAILED: --greeting 1: none came before the first echo",
        )

    def test_okIfAllEchoesAreExact(self) -> None:
        self._fleet("-c1", "-w", "1m")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(
            0, "2 sent, 2 received, 0 lost", "connections: 2 of 2 opened, 0 failed"
        )

    def test_handshakeDemandHoldsForEachConnection(self) -> None:
        """
        The summary names it once.
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

    def test_progressEverySecond(self) -> None:
        self._fleet()
        self._accept()
        self._echo()
        self.reactor.advance(1)
        self.assertIn("1 s: 2 open, 0 failed, 2 sent, 2 received", self.out.getvalue())
        self.run_.interrupt()
        self._end()
        self.assertStatus(0)

    def test_failsIfConnectionDoesNotOpen(self) -> None:
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

    def test_failsIfEchoIsLost(self) -> None:
        """
        Unless C{--max-loss} allows it.
        """
        for gates, status in [((), 1), (("--max-loss", "100%"), 0)]:
            self.reactor, self.servers = Reactor(), []
            self._fleet("-c1", "-w", "3s", *gates)
            self._accept()
            self.reactor.pump([3, 1])
            self._end()
            self.assertStatus(status, "2 lost (100.0 %)")

    def test_demandsHoldForAllConnectionsTogether(self) -> None:
        self._fleet("-c1", "--max-rtt", "0s", "--max-loss", "0%")
        self._accept()
        self._echo()
        self._end()
        self.assertStatus(1, "FAILED: --max-rtt 0s: ")
        self.assertEqual(len(self.failed), 1)

    def test_closedIfServerClosesBeforePlannedEnd(self) -> None:
        """
        A close with 1000 ends the run early if its connection had something to send or
        to receive, or no planned end.
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

    def test_oneEarlyCloseIsEnough(self) -> None:
        """
        Also if the other connections go on to the deadline.
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

    def test_closeAfterDeadlineIsNotEarly(self) -> None:
        self._fleet("-w", "3s", "--max-loss", "100")
        self._accept()
        self.reactor.advance(3)
        for server in self.servers:
            server.say(serverClose(1001))
            server.hangUp()
        self.assertStatus(0, "2 lost (100.0 %)", "2 closed by the server")

    def test_unreachableOrRefusedIfNoneOpens(self) -> None:
        self._fleet("-c1", "--timeout", "5s")
        self.reactor.advance(5)
        self.assertStatus(3, "0 of 2 opened, 2 failed")
        self.reactor = Reactor()
        self._fleet("-c1")
        for _, _, factory, _, _ in self.reactor.tcpClients:
            Server(factory, IPv4Address("TCP", "127.0.0.1", 8080)).say(_REFUSED)
        self.assertStatus(4, "failed: 2 connections: HTTP 404")

    def test_closedIfServerClosesFirst(self) -> None:
        """
        Unless the code is expected.
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

    def test_deadlineFailsIfNotAllWasSent(self) -> None:
        """
        A fleet without a planned end ends in good order.
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

    def test_brokenIfOneServerBreaksProtocol(self) -> None:
        """
        In a frame or in a handshake. Text and JSON have the cause.
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

    def test_brokenIfOneHandshakeIsInvalid(self) -> None:
        """
        Whether the other connections opened or were refused.
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

    def test_unansweredClosesAreNoFault(self) -> None:
        self._fleet("-c1", "--close-timeout", "2s")
        self._accept()
        self._echo()
        self.servers[0].say(serverClose(1000))
        self.servers[0].hangUp()
        self.reactor.advance(2)
        self.assertStatus(0, "closed by us, not answered: 1\n")

    def test_closesAreListedByReason(self) -> None:
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

    def test_brokenConnectionCountsOnce(self) -> None:
        self._fleet("-w", "3s")
        self._accept(1)
        self.servers[0].say(serverFrame(TEXT, rsv=7))
        self.servers[0].hangUp()
        self.reactor.advance(3)
        self.assertStatus(5, "1 of 2 opened, 1 failed", ", 1 not tried to the end")
        self.assertEqual(
            self.failed, ["--deadline: not all connections were opened in time"]
        )

    def test_deadlineFailsIfNotAllOpened(self) -> None:
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

    def test_interruptedBeforeConnected(self) -> None:
        """
        Status 130, without output.
        """
        self._fleet()
        self.run_.interrupt()
        self.assertStatus(130)
        self.assertEqual(self.out.getvalue() + self.err.getvalue(), "")
