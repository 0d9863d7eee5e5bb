"""
Faults after the WebSocket has opened: exit statuses 5, 6 and 1.
"""

import signal
import socket
import struct

from tests.kit.frames import serverClose
from tests.kit.servers import (
    HELLO,
    Step,
    acceptUpgrade,
    halfClose,
    readNothing,
    readToEnd,
    receive,
    reset,
    send,
    sendForever,
)
from tests.system.client.faults import Fault, FaultTestCase

_OPENED = ("-c1", "--timeout", "3s", "--close-timeout", "200ms")


#: One message, and no other before the server acts.
_ONE = ("-m", "Hello 1", "-i", "1h", "--close-timeout", "200ms")


class InvalidFrameTests(FaultTestCase):
    """
    Protocol violations: 5.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        arguments = (*_ONE, self.opened(*steps, readToEnd))
        return Fault(arguments, 5, f"protocol error: {line}")

    def test_invalidFrames(self) -> None:
        self.assertOpened(
            self._fault("masked server-to-client frame", send(b"\x81\x81ABCDE")),
            self._fault("encountered invalid UTF-8", send(b"\x81\x02\xc3\x28")),
            self._fault("data frame using reserved opcode 3", send(b"\x83\0")),
            self._fault("RSV = 4 and no extension", send(b"\xc1\x02hi")),
            self._fault("received continuation data frame", send(b"\x80\0")),
            lost=1,
        )

    def test_invalidCloseFrames(self) -> None:
        invalid = "invalid close "
        self.assertOpened(
            self._fault(f"{invalid}code 999", send(serverClose(999))),
            self._fault(f"{invalid}code 1005", send(serverClose(1005))),
            self._fault(f"{invalid}code 5000", send(serverClose(5000))),
            self._fault(f"{invalid}reason", send(b"\x88\x03\x03\xe8\xff")),
            self._fault("received close control", send(b"\x88\x01\x03")),
            lost=1,
        )

    def test_endlessMessage(self) -> None:
        begin, length = send(b"\x02\0"), struct.pack("!Q", 2**16)
        announced = send(b"\x82\x7f" + struct.pack("!Q", 2**40))
        fragments = sendForever(b"\0\x7f" + length + bytes(2**16))
        tooLong = "the message is longer than 16777216 bytes (closed with 1009)"
        self.assertOpened(
            self._fault(tooLong, announced),
            self._fault(tooLong, begin, fragments),
            lost=1,
        )

    def test_serverGetsCloseCode(self) -> None:
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
    The server ends the run early: 6.
    """

    def _fault(self, line: str, *steps: Step) -> Fault:
        return Fault((*_ONE, self.opened(*steps)), 6, line)

    def test_codeAndReason(self) -> None:
        """
        Escape sequences do not reach the terminal.
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

    def test_closeBeforeEcho(self) -> None:
        self.assertOpened(
            self._fault(
                "closed by the server: 1000", send(serverClose(1000)), readToEnd
            ),
            lost=1,
        )

    def test_closeBeforeLastMessage(self) -> None:
        end = (acceptUpgrade, receive, send(HELLO + serverClose(1000)), readToEnd)
        arguments = ("-c2", *_ONE, self.bare(*end))
        (run,) = self.meet(Fault(arguments, 6, "not all messages were sent"))
        self.assertEqual(run.errorLines[-2], "closed by the server: 1000")

    def test_serverKeepsConnectionAfterClose(self) -> None:
        stays = send(HELLO + serverClose(1000))
        self.assertOpened(
            self._fault("closed by the server: 1000", stays, readNothing), lost=0
        )

    def test_connectionLost(self) -> None:
        """
        With FIN or RST, also within a frame.
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
    The server does not echo: 1.
    """

    def _fault(self, *steps: Step) -> Fault:
        arguments = (*_OPENED, self.opened(*steps))
        return Fault(arguments, 1, "closed by us: no close frame in answer to ours")

    def test_silence(self) -> None:
        """
        Also within a frame, and within a message.
        """
        self.assertOpened(
            self._fault(readToEnd),
            self._fault(readNothing),
            self._fault(send(b"\x81\x7e"), readToEnd),
            self._fault(send(b"\x81\x07Hell"), readToEnd),
            self._fault(send(b"\x01\x07Hello 1"), readToEnd),
            lost=1,
        )

    def test_floodWithoutEcho(self) -> None:
        # A busy machine needs this long to open the WebSocket.
        soon = (*_OPENED, "--timeout", "2s")
        line = "closed by us: no close frame in answer to ours"
        pings = self.opened(sendForever(b"\x89\x02hi" * 1000))
        fragments = self.opened(send(b"\x01\0"), sendForever(b"\0\0" * 1000))
        self.assertOpened(
            Fault((*soon, pings), 1, line), Fault((*soon, fragments), 1, line), lost=1
        )

    def test_floodOfMessagesAndSigint(self) -> None:
        """
        Each unexpected message is reported.
        """
        url = self.opened(sendForever(b"\x81\x02hi" * 100))
        process = self.start(*_ONE, url)
        self.untilReceived(process)
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 1)
        end = "closed by us: no close frame in answer to ours"
        self.assertEqual(run.errorLines[-1], end)
        self.assertEqual(
            {line.partition(": is it a greeting?")[0] for line in run.errorLines[1:-1]},
            {"seq=1 came back altered", 'a message came that was not sent: "hi"'},
        )
        hints = [line for line in run.errorLines if "--greeting" in line]
        self.assertLess(len(hints), 10)
        self.assertIn(f"--- {url} ---", run.lines)


class NeverReadingTests(FaultTestCase):
    """
    The server reads nothing.
    """

    def test_unsentMessagesAreLost(self) -> None:
        first, second = (self.bare(acceptUpgrade, readNothing) for _ in range(2))
        runs = self.runAll(
            (*_OPENED, "-s", "8m", first),
            (*_OPENED, "-c3", "-i0", "-s", "8m", second),
        )
        for run in runs:
            self.assertEqual(run.status, 1)
            self.assertIn("lost: seq 1", run.errorLines)
            self.assertIn(
                "closed by us: no close frame in answer to ours", run.errorLines
            )

    def test_sigint(self) -> None:
        url = self.bare(acceptUpgrade, readNothing)
        process = self.start("--close-timeout", "200ms", "-i0", "-s", "8m", url)
        assert process.stderr is not None
        self.assertTrue(process.stderr.readline().startswith(b"echo-client: connected"))
        process.send_signal(signal.SIGINT)
        run = self.finish(process)
        self.assertEqual(run.status, 1)
        end = "closed by us: no close frame in answer to ours"
        self.assertEqual(run.errorLines[-2:], ["lost: seq 1", end])
        self.assertIn(f"--- {url} ---", run.lines)
