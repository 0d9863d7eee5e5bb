"""
A network in memory: whoever connects meets a server.
"""

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import CASES
from echo.client.check.runner import check
from echo.client.check.verdicts import Level, Verdict
from tests.client.check.referenceserver import Server
from tests.kit.client import URL, Reactor, Transport

#: Seconds that cases get.
TIMEOUT = 10.0


class End(Transport):
    """
    One end of a connection. What is written arrives in the next turn.

    @ivar written: How many bytes that were.
    """

    other: "End"

    def __init__(self, reactor: Reactor, peer: IPv4Address) -> None:
        super().__init__(peerAddress=peer)
        self._reactor = reactor
        self._flying = bytearray()
        self.written = 0

    def write(self, data: bytes) -> None:
        """
        Send.
        """
        if self.connected:
            self.written += len(data)
            if not self._flying:
                self._reactor.callLater(0, self._land)
            self._flying += data

    def _land(self) -> None:
        data, self._flying = self._flying, bytearray()
        self.other.deliver(bytes(data))

    def deliver(self, data: bytes) -> None:
        """
        Receive.
        """
        if self.connected and self.producerState == "producing":
            self.protocol.dataReceived(data)

    def end(self, reason: BaseException) -> None:
        """
        Be gone, here now and there in the next turn.
        """
        if self.connected:
            super().end(reason)
            self._reactor.callLater(0, self.other.end, ConnectionDone())


class Network(Reactor):
    """
    A reactor whose connections all arrive somewhere.

    @ivar serve: Makes the server of a connection.

    @ivar ends: The clients' ends of the connections there were.

    @ivar gone: Whether the server refuses connections.

    @ivar refused: How many it refused.
    """

    def __init__(self, serve: Callable[[], IProtocol]) -> None:
        super().__init__()
        self.serve = serve
        self.ends: list[End] = []
        self.gone = False
        self.refused = 0

    def turn(self) -> None:
        """
        Let time pass until something happens.
        """
        until = min(call.getTime() for call in self.getDelayedCalls())
        self.advance(max(until - self.seconds(), 0))

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """
        Connect at once.
        """
        connector = super().connectTCP(host, port, factory, timeout, bindAddress)
        address = IPv4Address("TCP", host, port)
        if self.gone:
            self.refused += 1
            error = Failure(ConnectError())
            self.callLater(0, factory.clientConnectionFailed, connector, error)
            return connector
        near, far = End(self, address), End(self, address)
        near.other, far.other = far, near
        near.protocol, far.protocol = factory.buildProtocol(address), self.serve()
        self.ends.append(near)
        far.protocol.makeConnection(far)
        near.protocol.makeConnection(near)
        return connector


class CheckTestCase(SynchronousTestCase):
    """
    Checks servers in memory.
    """

    def check(
        self,
        serve: Callable[[], IProtocol] = Server,
        cases: Sequence[Case] = CASES,
        **arguments: Any,
    ) -> list[Verdict]:
        """
        @return: What is said of a server.
        """
        self.start(serve, cases, **arguments)
        while not self.checking.called:
            self.reactor.turn()
        return self.successResultOf(self.checking)

    def start(
        self,
        serve: Callable[[], IProtocol] = Server,
        cases: Sequence[Case] = CASES,
        **arguments: Any,
    ) -> None:
        """
        Begin to check a server.
        """
        self.reactor = Network(serve)
        self.reported: list[Verdict] = []
        arguments.setdefault("timeout", TIMEOUT)
        self.checking: Deferred[list[Verdict]] = check(
            self.reactor, URL, arguments, self.reported.append, cases
        )

    def assertFound(
        self,
        serve: Callable[[], IProtocol],
        fails: Sequence[str],
        notes: Sequence[str] = (),
    ) -> None:
        """
        Assert what is said against a server.

        @param fails: How the names of the cases begin that it fails.

        @param notes: Those that it passes, but not with honour.
        """
        verdicts = self.check(serve)
        found = [each for each in verdicts if each.level in (Level.FAIL, Level.NOTE)]
        expected = {
            case.name: level
            for level, names in ((Level.FAIL, fails), (Level.NOTE, notes))
            for case in named(*names)
        }
        self.assertEqual({each.name: each.level for each in found}, expected)
        self.assertTrue(all(each.detail for each in found))

    def judge(
        self, serve: Callable[[], IProtocol], name: str, **arguments: Any
    ) -> tuple[Level, str]:
        """
        @param name: How the name of the case begins.

        @return: What is said of a server in one case: the level, and the detail.
        """
        (verdict,) = self.check(serve, named(name), **arguments)
        return verdict.level, verdict.detail


def named(*names: str) -> list[Case]:
    """
    @param names: How the names of cases begin; each must be that of some.

    @return: The cases.
    """
    for name in names:
        assert any(case.name.startswith(name) for case in CASES), name
    return [case for case in CASES if case.name.startswith(names)]
