"""
Whatever a network or a server does to C{echo-client}, it ends in its time, with the
exit status and the one line that say what it was.

Each row of the tables here is what the program is called with (mostly the URL of a
server that goes wrong, step by step), its exit status, and how that line begins.
The servers are real sockets, and the client is the real program.
"""

import signal
import socket
import struct
from pathlib import Path
from typing import NamedTuple

from tests.kit.certificates import (
    AUTHORITY,
    ELSEWHERE,
    EXPIRED,
    GOOD,
    SELF_SIGNED,
    Identity,
    serverContext,
)
from tests.kit.frames import serverClose
from tests.kit.handshake import switchingProtocols
from tests.kit.processes import ClientProcessTestCase, ClientRun, freePort
from tests.kit.servers import (
    HELLO,
    ScriptedServer,
    Step,
    WebSocketServer,
    acceptUpgrade,
    acceptUpgradeWithout,
    halfClose,
    inTurn,
    readNothing,
    readRequest,
    readToEnd,
    receive,
    reset,
    send,
    sendForever,
)

#: Where a server is silent, before the WebSocket is open and after: more time than
#: what does come takes on a busy machine.
_UNOPENED = ("--timeout", "3s")
_OPENED = ("-c1", "--timeout", "3s", "--close-timeout", "200ms")

#: Where it says much, none of it what is waited for.
_FLOODED = ("--timeout", "500ms")

#: One message, and then time for the server to do something.
_ONE = ("-m", "Hello 1", "-i", "1h", "--close-timeout", "200ms")

#: A head of an answer that goes on and on, until here.
_OK = b"HTTP/1.1 200 OK\r\nX: "


class Fault(NamedTuple):
    """
    A row of a table.

    @ivar arguments: What the program is called with.

    @ivar status: What it exits with.

    @ivar line: How the line about it begins.
    """

    arguments: tuple[str, ...]
    status: int
    line: str

    def isToldBy(self, run: ClientRun) -> bool:
        """
        Whether a run ended so.
        """
        return run.status == self.status and run.told[-1].startswith(self.line)


class FaultTestCase(ClientProcessTestCase):
    """
    Meets faults.
    """

    def bare(self, *steps: Step) -> str:
        """
        @return: The URL of a server that does this.
        """
        return ScriptedServer(self, inTurn(*steps)).url

    def opened(self, *steps: Step) -> str:
        """
        @return: The URL of a server that does this once the WebSocket is open and
            the first message there.
        """
        return self.bare(acceptUpgrade, receive, *steps)

    def meet(self, *faults: Fault) -> list[ClientRun]:
        """
        Run the program into all of the faults at once.

        @return: What it left: each has the right status and the right last line.
        """
        runs = self.runAll(*(fault.arguments for fault in faults))
        wrong = [
            f"{run.status} {run.err!r} is not {fault}"
            for fault, run in zip(faults, runs, strict=True)
            if not fault.isToldBy(run)
        ]
        self.assertEqual(wrong, [])
        return runs

    def assertUnopened(self, *faults: Fault) -> None:
        """
        Fail unless there is that one line about each, and nothing else.
        """
        for run in self.meet(*faults):
            self.assertEqual((run.out, len(run.told)), ("", 1), run.err)

    def assertOpened(self, *faults: Fault, lost: int) -> None:
        """
        Fail unless there is that one line about each, after those about the
        connection and about the message that is lost, and the summary has it.

        @param lost: How many of the one message are lost.
        """
        for fault, run in zip(faults, self.meet(*faults), strict=True):
            url = fault.arguments[-1]
            self.assertTrue(run.told[0].startswith(f"connected to {url} ("), run.err)
            self.assertEqual(run.told[1:-1], ["lost: seq 1"] * lost)
            summary = run.lines[run.lines.index(f"--- {url} ---") + 1 :]
            counts = f"1 sent, {1 - lost} received, {lost} lost ("
            self.assertTrue(summary[0].startswith(counts), run.out)
            self.assertEqual("lost: 1 (seq 1)" in summary, bool(lost), run.out)


class UnreachableTests(FaultTestCase):
    """
    There is nobody to talk to: 3.
    """

    def test_unreachable(self) -> None:
        """
        Whether it was the name, the port or the socket is said.
        """
        closed = f"ws://127.0.0.1:{freePort()}/"
        nowhere = ("--unix-socket", self.mktemp(), "ws://x/")
        self.assertUnopened(
            Fault((closed,), 3, "cannot connect (TCP): connection refused"),
            Fault(
                ("ws://nobody.invalid/",),
                3,
                "cannot connect (DNS): the host name is not known",
            ),
            Fault(
                nowhere, 3, "cannot connect (unix socket): no such file or directory"
            ),
            Fault(
                (*_UNOPENED, self._full()),
                3,
                "cannot connect (TCP): no answer within 3 s",
            ),
        )

    def _full(self) -> str:
        """
        @return: The URL of a port where nobody answers any more: its queue is full.
        """
        listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(listening.close)
        for _ in range(2):
            waiting = socket.socket()
            self.addCleanup(waiting.close)
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        return f"ws://127.0.0.1:{listening.getsockname()[1]}/"


class TLSTests(FaultTestCase):
    """
    TLS fails: 3.
    """

    def _server(self, identity: Identity) -> str:
        context = serverContext(identity, self.directory)
        return f"wss://localhost:{WebSocketServer(self, context=context).port}/"

    def setUp(self) -> None:
        """
        Make a place for files.
        """
        self.directory = self.mktemp()
        Path(self.directory).mkdir()

    def test_certificates(self) -> None:
        """
        A certificate that is not to be trusted is refused, and why is said.
        """
        authority = Path(self.directory) / "authority.pem"
        authority.write_bytes(AUTHORITY.pem)
        trust = ("--cacert", str(authority))
        refused = "cannot connect (TLS): the server's certificate is refused: it"
        self.assertUnopened(
            Fault((self._server(GOOD),), 3, f"{refused}s issuer is not trusted"),
            Fault((*trust, self._server(EXPIRED)), 3, f"{refused} has expired"),
            Fault(
                (*trust, self._server(ELSEWHERE)), 3, f"{refused} is not for localhost"
            ),
            Fault((*trust, self._server(SELF_SIGNED)), 3, f"{refused} is self-signed"),
        )

    def test_notTLS(self) -> None:
        """
        So is a server that speaks something else, says nothing, or goes away.
        """
        failed = "cannot connect (TLS): "
        # Records of TLS that all say "hello?", which is no reason to give up.
        endless = sendForever(b"\x16\x03\x03\x40\x00" + bytes(0x4000))
        self.assertUnopened(
            Fault(
                (self._secure(send(b"HTTP/1.1 400 Bad Request\r\n\r\n")),),
                3,
                f"{failed}the server does not speak TLS here (",
            ),
            Fault(
                (*_UNOPENED, self._secure(readToEnd)),
                3,
                f"{failed}no answer within 3 s",
            ),
            Fault(
                (self._secure(),),
                3,
                f"{failed}the server hung up during the TLS handshake",
            ),
            Fault(
                (self._secure(reset),),
                3,
                f"{failed}the server hung up during the TLS handshake",
            ),
            Fault(
                (*_FLOODED, self._secure(endless)),
                3,
                f"{failed}no answer within 0.5 s",
            ),
        )

    def _secure(self, *steps: Step) -> str:
        return self.bare(receive, *steps).replace("ws:", "wss:")

    def test_notPlain(self) -> None:
        """
        A server that waits for TLS does not answer who speaks without it.
        """
        self.assertUnopened(
            Fault(
                (self._server(GOOD).replace("wss:", "ws:"),), 4, "handshake refused: "
            )
        )


class RefusedTests(FaultTestCase):
    """
    There is no WebSocket to be had: 4.
    """

    def _answer(self, head: str) -> tuple[str, ...]:
        return (self.bare(readRequest, send(f"HTTP/{head}\r\n\r\n".encode())),)

    def test_statuses(self) -> None:
        """
        A refusal is told with its status, a redirect with where to.
        """
        refused = "handshake refused: HTTP "
        self.assertUnopened(
            Fault(self._answer("1.0 200 OK"), 4, f"{refused}200 OK"),
            Fault(
                self._answer("1.1 301 Moved\r\nLocation: wss://b.example/\x1b[m"),
                4,
                f"{refused}301 Moved (to wss://b.example/?[m)",
            ),
            Fault(
                self._answer("1.1 401 Unauthorized"), 4, f"{refused}401 Unauthorized"
            ),
            Fault(
                self._answer("1.1 426 Upgrade Required\r\nUpgrade: h2c"),
                4,
                f"{refused}426 Upgrade Required",
            ),
            Fault(
                self._answer("1.1 503 Service Unavailable\r\nRetry-After: 1"),
                4,
                f"{refused}503 Service Unavailable",
            ),
        )

    def test_silence(self) -> None:
        """
        No answer, half of one, or one that is always about to come is waited for
        only so long.
        """
        tooLate = "handshake refused: no complete answer within 3 s"
        soon = sendForever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        self.assertUnopened(
            Fault((*_UNOPENED, self.bare(readToEnd)), 4, tooLate),
            Fault(
                (*_UNOPENED, self.bare(readRequest, send(b"HTTP/1.1 1"), readToEnd)),
                4,
                tooLate,
            ),
            Fault(
                (*_FLOODED, self.bare(readRequest, soon)),
                4,
                tooLate.replace("3", "0.5"),
            ),
        )

    def test_hangUp(self) -> None:
        """
        A server that goes away in the middle of it does not want us either.
        """
        gone = "handshake refused: the server hung up without a"
        half = send(b"HTTP/1.1 1")
        self.assertUnopened(
            Fault((self.bare(readRequest),), 4, f"{gone}n answer"),
            Fault((self.bare(readRequest, reset),), 4, f"{gone}n answer"),
            Fault((self.bare(readRequest, half),), 4, f"{gone} complete answer"),
        )


class MisunderstoodTests(FaultTestCase):
    """
    What answers is no WebSocket server: 5.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        return Fault((self.bare(*steps),), 5, f"protocol error: {line}")

    def test_handshake(self) -> None:
        """
        A server that accepts without having understood is told by what is missing.
        """
        wrong = switchingProtocols(b"Sec-WebSocket-Key: another\r\n\r\n")
        self.assertUnopened(
            self._fault(
                "HTTP Sec-WebSocket-Accept bogus value", readRequest, send(wrong)
            ),
            self._fault(
                "HTTP Sec-WebSocket-Accept header missing",
                acceptUpgradeWithout("Sec-WebSocket-Accept"),
            ),
            self._fault("HTTP Upgrade header missing", acceptUpgradeWithout("Upgrade")),
            self._fault(
                "HTTP Connection header missing", acceptUpgradeWithout("Connection")
            ),
        )

    def test_garbage(self) -> None:
        """
        So are an answer without end, and one that is no HTTP.
        """
        tooLong = "the head of the answer is too long"
        self.assertUnopened(
            self._fault(tooLong, readRequest, send(_OK + b"x" * 2**17 + b"\r\n\r\n")),
            self._fault(tooLong, readRequest, send(_OK), sendForever(b"x" * 2**16)),
            self._fault(
                tooLong, readRequest, send(_OK), sendForever(b"\r\nX: y" * 1000)
            ),
            self._fault(
                "the answer is not HTTP", readRequest, send(b"\0\xff\x1b[m\r\n\r\n")
            ),
            self._fault("the answer is not HTTP", send(b"SSH-2.0-x\r\n"), readToEnd),
        )


class BrokenFrameTests(FaultTestCase):
    """
    The server breaks the rules once the WebSocket is open: 5.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        arguments = (*_ONE, self.opened(*steps, readToEnd))
        return Fault(arguments, 5, f"protocol error: {line}")

    def test_frames(self) -> None:
        """
        Which rule a frame breaks is said.
        """
        self.assertOpened(
            self._fault("masked server-to-client frame", send(b"\x81\x81ABCDE")),
            self._fault("encountered invalid UTF-8", send(b"\x81\x02\xc3\x28")),
            self._fault("data frame using reserved opcode 3", send(b"\x83\0")),
            self._fault("RSV = 4 and no extension", send(b"\xc1\x02hi")),
            self._fault("received continuation data frame", send(b"\x80\0")),
            lost=1,
        )

    def test_closeFrames(self) -> None:
        """
        So is what is wrong with a close frame.
        """
        invalid = "invalid close "
        self.assertOpened(
            self._fault(f"{invalid}code 999", send(serverClose(999))),
            self._fault(f"{invalid}code 1005", send(serverClose(1005))),
            self._fault(f"{invalid}code 5000", send(serverClose(5000))),
            self._fault(f"{invalid}reason", send(b"\x88\x03\x03\xe8\xff")),
            self._fault("received close control", send(b"\x88\x01\x03")),
            lost=1,
        )

    def test_endless(self) -> None:
        """
        A message longer than any should be is not waited for.
        """
        begin, length = send(b"\x02\0"), struct.pack("!Q", 2**16)
        announced = send(b"\x82\x7f" + struct.pack("!Q", 2**40))
        fragments = sendForever(b"\0\x7f" + length + bytes(2**16))
        tooLong = "the message is longer than 16777216 bytes (closed with 1009)"
        self.assertOpened(
            self._fault(tooLong, announced),
            self._fault(tooLong, begin, fragments),
            lost=1,
        )

    def test_told(self) -> None:
        """
        The server gets to know it too, by the code of our close.
        """
        got: list[bytes] = []

        def keep(connection: socket.socket) -> None:
            got.append(connection.recv(1024))

        self.meet(
            self._fault("data frame using reserved opcode", send(b"\x83\0"), keep)
        )
        (frame,) = got
        self.assertEqual(frame[0], 0x88)
        code = bytes(a ^ b for a, b in zip(frame[2:4], frame[6:8], strict=True))
        self.assertEqual(code, struct.pack("!H", 1002))


class ClosedTests(FaultTestCase):
    """
    The server ends the run before its time: 6.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        return Fault((*_ONE, self.opened(*steps)), 6, line)

    def test_closed(self) -> None:
        """
        Its code and reason are told; what is in them does not reach the terminal.
        """
        by = "closed by the server: "
        rude = serverClose(4001, "go \x1b[31maway")
        self.assertOpened(
            self._fault(f"{by}1000", send(HELLO + serverClose(1000)), readToEnd),
            self._fault(
                f'{by}1001 "bye"', send(HELLO + serverClose(1001, "bye")), readToEnd
            ),
            self._fault(f"{by}1011", send(HELLO + serverClose(1011)), readToEnd),
            self._fault(rf'{by}4001 "go \x1b[31maway"', send(HELLO + rude), readToEnd),
            self._fault(f"{by}1005 (no code)", send(HELLO + b"\x88\0"), readToEnd),
            lost=0,
        )

    def test_unanswered(self) -> None:
        """
        So it is while an echo is missing.
        """
        self.assertOpened(
            self._fault(
                "closed by the server: 1000", send(serverClose(1000)), readToEnd
            ),
            lost=1,
        )

    def test_tooEarly(self) -> None:
        """
        It says so if messages were still to be sent.
        """
        end = (acceptUpgrade, receive, send(HELLO + serverClose(1000)), readToEnd)
        arguments = ("-c2", *_ONE, self.bare(*end))
        (run,) = self.meet(Fault(arguments, 6, "not all messages were sent"))
        self.assertEqual(run.told[-2], "closed by the server: 1000")

    def test_notHungUp(self) -> None:
        """
        A server that says goodbye and does not go is left.
        """
        stays = send(HELLO + serverClose(1000))
        self.assertOpened(
            self._fault("closed by the server: 1000", stays, readNothing), lost=0
        )

    def test_lost(self) -> None:
        """
        A connection that ends without a goodbye was lost, in whatever way.
        """
        lost = "connection lost: 1006 ("
        half = send(b"\x81\x7e\x01\0half")
        self.assertOpened(
            self._fault(lost),
            self._fault(lost, halfClose, readToEnd),
            self._fault(lost, reset),
            self._fault(lost, half),
            self._fault(lost, half, reset),
            lost=1,
        )
        self.assertOpened(self._fault(lost, send(HELLO)), lost=0)


class UnansweredTests(FaultTestCase):
    """
    The server is there, and nothing comes of it: 1.
    """

    def _fault(self, *steps: Step) -> Fault:
        arguments = (*_OPENED, self.opened(*steps))
        return Fault(arguments, 1, "closed by us: no close frame in answer to ours")

    def test_silence(self) -> None:
        """
        An echo, and the answer to our close, are waited for only so long: in
        silence, in the middle of a frame or of a message.
        """
        self.assertOpened(
            self._fault(readToEnd),
            self._fault(readNothing),
            self._fault(send(b"\x81\x7e"), readToEnd),
            self._fault(send(b"\x81\x07Hell"), readToEnd),
            self._fault(send(b"\x01\x07Hello 1"), readToEnd),
            lost=1,
        )

    def test_floods(self) -> None:
        """
        What comes without end, and is no echo, does not change that.
        """
        # It takes a busy machine this long to open the WebSocket.
        soon = (*_OPENED, "--timeout", "2s")
        line = "closed by us: no close frame in answer to ours"
        pings = self.opened(sendForever(b"\x89\x02hi" * 1000))
        fragments = self.opened(send(b"\x01\0"), sendForever(b"\0\0" * 1000))
        self.assertOpened(
            Fault((*soon, pings), 1, line), Fault((*soon, fragments), 1, line), lost=1
        )

    def test_unsolicited(self) -> None:
        """
        In a flood of messages that nobody sent, Ctrl-C is heard, each message is
        named, and no message is taken for an echo without a word.
        """
        url = self.opened(sendForever(b"\x81\x02hi" * 100))
        process = self.start(*_ONE, url)
        self.untilReceived(process)
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 1)
        end = "closed by us: no close frame in answer to ours"
        self.assertEqual(run.told[-1], end)
        self.assertEqual(
            {line.partition(": is it a greeting?")[0] for line in run.told[1:-1]},
            {"seq=1 came back altered", 'a message came that was not sent: "hi"'},
        )
        hints = [line for line in run.told if "--greeting" in line]
        self.assertLess(len(hints), 10)
        self.assertIn(f"--- {url} ---", run.lines)


class NeverReadingTests(FaultTestCase):
    """
    The server takes nothing of what we send.
    """

    def test_timeout(self) -> None:
        """
        A message that does not go out is lost like one that does not come back,
        and with it those that had no room.
        """
        first, second = (self.bare(acceptUpgrade, readNothing) for _ in range(2))
        runs = self.runAll(
            (*_OPENED, "-s", "8m", first),
            (*_OPENED, "-c3", "-i0", "-s", "8m", second),
        )
        for run in runs:
            self.assertEqual(run.status, 1)
            self.assertIn("lost: seq 1", run.told)
            self.assertIn("closed by us: no close frame in answer to ours", run.told)

    def test_interrupt(self) -> None:
        """
        Ctrl-C ends it all the same, and what was under way is lost.
        """
        url = self.bare(acceptUpgrade, readNothing)
        process = self.start("--close-timeout", "200ms", "-i0", "-s", "8m", url)
        assert process.stderr is not None
        self.assertTrue(process.stderr.readline().startswith(b"echo-client: connected"))
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 1)
        end = "closed by us: no close frame in answer to ours"
        self.assertEqual(run.told[-2:], ["lost: seq 1", end])
        self.assertIn(f"--- {url} ---", run.lines)
