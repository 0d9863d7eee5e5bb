"""
Conformance checks over real sockets: of the daemon, of a server on the websockets
library, and of servers with faults.
"""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from echo.client.check.cases import messages
from echo.client.check.cases.case import Case
from echo.client.check.cases.table import CASES
from echo.client.check.runner import Runner
from echo.client.check.verdicts import Level, Verdict
from echo.client.connecting import connect
from echo.client.errors import CannotConnect, ProtocolError
from echo.client.transport.tls import TLS
from tests.client.check.faultyservers.closing import KeepsTCPOpen
from tests.client.check.faultyservers.control import Mute, NoPongs
from tests.client.check.faultyservers.frames import (
    Masking,
    NoReservedCheck,
    NoUTF8Check,
)
from tests.client.check.faultyservers.handshake import UnofferedExtension, WrongAccept
from tests.client.check.faultyservers.messages import TextAsBinary
from tests.kit.certificates import AUTHORITY, GOOD, SELF_SIGNED
from tests.kit.processes import PATIENCE, DaemonProcess
from tests.kit.referenceserver import ReferenceServer
from tests.kit.servers import WebSocketServer

# Seconds until a silent server fails: longer than a handshake takes on a busy machine.
_SILENCE = 3.0


class CheckTestCase(TestCase):
    """
    Checks servers.
    """

    timeout = 4 * PATIENCE

    def setUp(self) -> None:
        from twisted.internet import reactor  # noqa: PLC0415  importing installs it

        self.reactor: Any = reactor

    def check(
        self,
        url: str,
        cases: Sequence[Case] = CASES,
        timeout: float = PATIENCE,
        **arguments: Any,
    ) -> Deferred[list[Verdict]]:
        """
        Check a server.
        """
        reported: list[Verdict] = []
        connector = partial(connect, self.reactor, url, timeout=timeout, **arguments)
        runner = Runner(self.reactor, connector, timeout, reported.append, lambda: None)

        def done(_: None) -> list[Verdict]:
            self.assertEqual([v.name for v in reported], [c.name for c in cases])
            return reported

        return Deferred.fromCoroutine(runner.check(cases)).addCallback(done)

    def start(self, protocol: type[Protocol]) -> str:
        """
        Listen, and return the URL.
        """
        factory = Factory.forProtocol(protocol)
        factory.noisy = False
        port = self.reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return f"ws://127.0.0.1:{port.getHost().port}/"

    def assertFaultless(self, verdicts: list[Verdict]) -> None:
        """
        Assert that all cases pass or are skipped.
        """
        fine = (Level.OK, Level.SKIP)
        self.assertEqual([v for v in verdicts if v.level not in fine], [])


class DaemonTests(CheckTestCase):
    """
    The daemon passes all cases.
    """

    def daemon(self, *arguments: str) -> DaemonProcess:
        """
        Start a daemon.
        """
        # The path in trial's directory would be too long for a Unix socket.
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        pem = self.directory / "identity.pem"
        pem.write_bytes(GOOD.keyPEM + GOOD.pem)
        process = DaemonProcess(
            self.directory, *[each.format(self.directory) for each in arguments]
        )
        self.addCleanup(process.end)
        return process

    async def test_TCP(self) -> None:
        daemon = self.daemon("--listen", "tcp:0:interface=127.0.0.1")
        self.assertFaultless(await self.check(daemon.url()))

    async def test_compression(self) -> None:
        daemon = self.daemon("--listen", "tcp:0:interface=127.0.0.1", "--compression")
        self.assertFaultless(await self.check(daemon.url()))

    async def test_TLS(self) -> None:
        """
        An untrusted certificate ends the check.
        """
        daemon = self.daemon(
            *("--listen-tls", "tcp:0:interface=127.0.0.1"),
            *("--tls-cert", "{}/identity.pem", "--tls-key", "{}/identity.pem"),
        )
        url = f"wss://localhost:{daemon.port()}/socket"
        trust = TLS(authorities=AUTHORITY.pem)
        self.assertFaultless(await self.check(url, tls=trust))
        distrust = TLS(authorities=SELF_SIGNED.pem)
        await self.assertFailure(self.check(url, tls=distrust), CannotConnect)

    async def test_unixSocket(self) -> None:
        daemon = self.daemon("--listen", "unix:{}/socket")
        daemon.logged("Listening on")
        path = str(self.directory / "socket")
        self.assertFaultless(await self.check("ws://localhost/socket", unixSocket=path))


class WebSocketsTests(CheckTestCase):
    """
    A server on the C{websockets} library.
    """

    async def test_websockets(self) -> None:
        """
        It does not send its version, accepts longer encodings of a length, and
        decodes text when the message is complete.
        """
        server = WebSocketServer(self, compression="deflate")
        verdicts = await self.check(server.url)
        self.assertEqual(
            {v.name: v.level for v in verdicts if v.level is not Level.OK},
            {
                "version 99 is refused with 426 and version 13": Level.FAIL,
                **dict.fromkeys(
                    [
                        "a ping with a length of 16 bits is refused with 1002",
                        "a length in more bytes than it needs is refused with 1002",
                        "a length of 64 bits where 16 are enough is refused with 1002",
                        "a fragment that is not UTF-8 is refused with 1007 at once",
                    ],
                    Level.NOTE,
                ),
            },
        )


class FaultyServerTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    async def assertFails(
        self, server: type[ReferenceServer], *names: str, timeout: float = PATIENCE
    ) -> None:
        """
        Assert that a server fails exactly these cases.

        @param names: Beginnings of their names.

        @param timeout: Seconds for each of these cases; shorter if they time out.
        """
        url = self.start(server)
        bad = [case for case in CASES if case.name.startswith(names)]
        for cases, failing, patience in [
            ([case for case in CASES if case not in bad], [], PATIENCE),
            (bad, [case.name for case in bad], timeout),
        ]:
            verdicts = await self.check(url, cases, patience, closeTimeout=0.1)
            failed = [v.name for v in verdicts if v.level is Level.FAIL]
            self.assertEqual(failed, failing)

    async def test_wrongAcceptEndsTheCheck(self) -> None:
        url = self.start(WrongAccept)
        await self.assertFailure(self.check(url), ProtocolError)

    async def test_closedPortEndsTheCheck(self) -> None:
        port = self.reactor.listenTCP(0, Factory(), interface="127.0.0.1")
        url = f"ws://127.0.0.1:{port.getHost().port}/"
        await port.stopListening()
        await self.assertFailure(self.check(url), CannotConnect)

    async def test_textAsBinary(self) -> None:
        await self.assertFails(
            TextAsBinary,
            *("a text comes", "an empty text", "text from all", "U+FEFF", "CR LF"),
            *("a decomposed", "blanks at", "NUL in", "noncharacters", "a text of"),
            *("messages sent", "2000 messages", "a frame is understood"),
            *("a length of 16 bits is u", "a length of 64 bits is u", "a mask of"),
            *("fragments cut", "empty fragments", "five fragments"),
            *("messages in fragments", "a ping between fragments is answered at"),
            *("a pong between", "a pong that nobody"),
        )

    async def test_noPongs(self) -> None:
        await self.assertFails(
            NoPongs,
            *("a ping is", "an empty ping", "a ping of 125", "a ping that is no"),
            *("of several", "a ping between"),
            timeout=_SILENCE,
        )

    async def test_maskedFrames(self) -> None:
        await self.assertFails(Masking, "the server masks")

    async def test_anyTextAccepted(self) -> None:
        await self.assertFails(
            NoUTF8Check, "text with", "fragments that", "a reason that"
        )

    async def test_reservedBitsAndOpcodesAccepted(self) -> None:
        await self.assertFails(
            NoReservedCheck, "a frame of opcode", "a ping with RSV", "a pong with RSV"
        )

    async def test_serverLeavesTCPOpen(self) -> None:
        await self.assertFails(
            KeepsTCPOpen, "after a close", "after a failure", timeout=_SILENCE
        )

    async def test_unofferedExtension(self) -> None:
        await self.assertFails(
            UnofferedExtension,
            *("no extension", "an unknown extension", "permessage-deflate: only"),
        )

    async def test_silentServerTimesOut(self) -> None:
        url = self.start(Mute)
        cases = messages.CASES[:8]  # run side by side
        verdicts = await self.check(url, cases, _SILENCE, closeTimeout=0.1)
        self.assertEqual(
            [(v.level, v.detail) for v in verdicts],
            [(Level.FAIL, f"no answer within {_SILENCE:g} s")] * len(cases),
        )

    async def test_cancelEndsTheCheck(self) -> None:
        checking = self.check(self.start(Mute))
        self.reactor.callLater(0.1, checking.cancel)
        await self.assertFailure(checking, CancelledError)
