"""
Conformance checks over real sockets: of the daemon, of a server of the C{websockets}
library, and of servers that break rules.
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
from echo.client.check.runner import check
from echo.client.check.verdicts import Level, Verdict
from echo.client.connecting import connect
from echo.client.errors import CannotConnect, ProtocolError
from echo.client.transport.tls import TLS
from tests.client.check.broken import (
    Latin,
    Masking,
    Mute,
    NeverEnds,
    NoPongs,
    NoReserve,
    TextAsBinary,
    UnaskedExtension,
    WrongAccept,
)
from tests.client.check.referenceserver import Server
from tests.kit.certificates import AUTHORITY, GOOD, SELF_SIGNED
from tests.kit.processes import PATIENCE, DaemonProcess
from tests.kit.servers import WebSocketServer

# Seconds after which nothing more is taken to come, where nothing does: longer than
# a busy machine takes for a handshake.
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
        @return: The verdicts on a server.
        """
        reported: list[Verdict] = []
        connector = partial(connect, self.reactor, url, timeout=timeout, **arguments)
        checking = check(self.reactor, connector, reported.append, cases, timeout)

        def done(verdicts: list[Verdict]) -> list[Verdict]:
            self.assertEqual(verdicts, reported)
            self.assertEqual([v.name for v in verdicts], [c.name for c in cases])
            return verdicts

        return checking.addCallback(done)

    def start(self, protocol: type[Protocol]) -> str:
        """
        @return: A server's URL.
        """
        factory = Factory.forProtocol(protocol)
        factory.noisy = False
        port = self.reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        return f"ws://127.0.0.1:{port.getHost().port}/"

    def assertFaultless(self, verdicts: list[Verdict]) -> None:
        fine = (Level.OK, Level.SKIP)
        self.assertEqual([v for v in verdicts if v.level not in fine], [])


class DaemonTests(CheckTestCase):
    """
    The daemon passes every case.
    """

    def daemon(self, *arguments: str) -> DaemonProcess:
        # Not trial's own, whose path would be too long for a socket.
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

    async def test_tcp(self) -> None:
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


class IndependentServerTests(CheckTestCase):
    """
    A server of the C{websockets} library.
    """

    async def test_websockets(self) -> None:
        """
        It does not send its version, accepts overlong lengths, and validates text only
        at the end of a message.
        """
        peer = WebSocketServer(self, compression="deflate")
        verdicts = await self.check(peer.url)
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


class BrokenTests(CheckTestCase):
    """
    Servers that break rules fail the cases of these rules, and no others.
    """

    async def assertFails(
        self, server: type[Server], *names: str, timeout: float = PATIENCE
    ) -> None:
        """
        Assert which cases a server fails.

        @param names: Prefixes of the cases' names.

        @param timeout: Seconds for the failed cases, if the server fails by silence.
            Other cases have more time.
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

    async def test_wrongAccept(self) -> None:
        """
        Every other case is skipped.
        """
        url = self.start(WrongAccept)
        await self.assertFailure(self.check(url), ProtocolError)

    async def test_closedPort(self) -> None:
        """
        Every case is skipped.
        """
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

    async def test_invalidUTF8Accepted(self) -> None:
        """
        Text may be ISO 8859-1.
        """
        await self.assertFails(Latin, "text with", "fragments that", "a reason that")

    async def test_reservedBitsIgnored(self) -> None:
        await self.assertFails(
            NoReserve, "a frame of opcode", "a ping with RSV", "a pong with RSV"
        )

    async def test_connectionLeftOpen(self) -> None:
        await self.assertFails(
            NeverEnds, "after a close", "after a failure", timeout=_SILENCE
        )

    async def test_unaskedExtension(self) -> None:
        await self.assertFails(
            UnaskedExtension,
            *("no extension", "an unknown extension", "permessage-deflate: only"),
        )

    async def test_silentServerDoesNotHoldUp(self) -> None:
        url = self.start(Mute)
        cases = messages.CASES[:8]  # all at once
        verdicts = await self.check(url, cases, _SILENCE, closeTimeout=0.1)
        self.assertEqual(
            [(v.level, v.detail) for v in verdicts],
            [(Level.FAIL, f"no answer within {_SILENCE:g} s")] * len(cases),
        )

    async def test_cancelledCheckEndsAtOnce(self) -> None:
        checking = self.check(self.start(Mute))
        self.reactor.callLater(0.1, checking.cancel)
        await self.assertFailure(checking, CancelledError)
