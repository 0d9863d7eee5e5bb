"""
The daemon in memory: the real service tree, site and conversations, on a reactor whose
time the test moves, with a client that speaks through the C{websockets} library.
"""

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress
from twisted.logger import LogEvent, eventAsJSON, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from websockets.client import ClientProtocol
from websockets.frames import Close, Frame
from websockets.http11 import Response
from websockets.uri import parse_uri

from echo.server.conversation.protocol import EchoProtocol
from echo.tap import Options, makeService
from tests.kit.handshake import KEY, upgradeRequest
from tests.kit.reactor import Reactor, Signals
from tests.kit.transports import FULL_BUFFER, SocketTransport

NOTICE = "Messages are echoed in Python, not in C: "

# What Twisted adds for observers of the old kind, such as trial's.
_LEGACY = ("message", "time", "system", "format", "isError", "failure", "why")


def jsonFields(event: LogEvent) -> dict[str, Any]:
    """
    @return: An event as C{twist --log-format=json} writes it, without the fields that
        Twisted and trial add.
    """
    loaded: dict[str, Any] = json.loads(eventAsJSON(dict(event)))
    return {
        name: value
        for name, value in loaded.items()
        if not name.startswith("log_") and name not in _LEGACY
    }


class Peer:
    """
    A client of the daemon, which speaks through the C{websockets} library.

    @ivar transport: The daemon's transport.
    """

    def __init__(self, transport: SocketTransport) -> None:
        self.transport = transport
        self.websocket = ClientProtocol(
            parse_uri("ws://echo.example/socket"),
            subprotocols=["chat"],  # type: ignore[list-item]  # a NewType of str
        )
        self._fed = 0
        self._unseen: list[Any] = []

    def send(self, data: bytes) -> bytes:
        """
        @return: The immediate answer.
        """
        before = len(self.transport.taken)
        for start in range(0, len(data), FULL_BUFFER):
            self.transport.arrive(data[start : start + FULL_BUFFER])
            self.transport.read()
        return self.transport.taken[before:]

    def open(self, target: str = "/socket", /, **fields: str | None) -> Response:
        """
        Request a WebSocket.

        @return: The response.
        """
        self.transport.arrive(upgradeRequest(target, **fields))
        self.transport.read()
        self.websocket.key = KEY
        events = self._events()
        (response,) = [event for event in events if isinstance(event, Response)]
        self._unseen = [event for event in events if event is not response]
        return response

    def frames(self) -> list[Frame]:
        """
        @return: The frames since the last call.
        """
        return [event for event in self._events() if isinstance(event, Frame)]

    def closes(self) -> list[Close]:
        """
        @return: The close frames since the last call.
        """
        return [Close.parse(each.data) for each in self.frames() if each.opcode == 8]

    def messages(self) -> list[str | bytes]:
        """
        @return: The unfragmented messages since the last call of this or L{frames}.
        """
        return [
            bytes(frame.data).decode() if frame.opcode == 1 else bytes(frame.data)
            for frame in self.frames()
            if frame.opcode in (1, 2)
        ]

    def speak(self, *calls: Callable[[ClientProtocol], object]) -> None:
        """
        Send what these calls make the C{websockets} protocol send.
        """
        for call in calls:
            call(self.websocket)
        self.flush()

    def sendText(self, text: str) -> None:
        self.speak(lambda protocol: protocol.send_text(text.encode()))

    def flush(self) -> None:
        """
        Deliver what the C{websockets} protocol has to send.
        """
        for data in self.websocket.data_to_send():
            if data and self.transport.lost is None:
                self.transport.arrive(data)
        self.transport.read()

    def _events(self) -> list[Any]:
        taken = self.transport.taken
        self.websocket.receive_data(taken[self._fed :])
        self._fed = len(taken)
        unseen, self._unseen = self._unseen, []
        return unseen + self.websocket.events_received()


class EchoFixture:
    """
    A running daemon.

    @ivar reactor: Its reactor.

    @ivar service: Its service tree, as C{twistd} would run it.

    @ivar signals: The signals of its process.

    @ivar events: Its log events, without L{notices}; C{lines} has their texts.

    @ivar notices: The log lines that say why the Python codec is in use.
    """

    def __init__(
        self,
        testCase: SynchronousTestCase,
        *arguments: str,
        protocol: type[EchoProtocol] = EchoProtocol,
        signals: Signals | None = None,
    ) -> None:
        """
        @param signals: The signals of a process that runs another daemon, too.
        """
        self.reactor = Reactor()
        self.signals = Signals() if signals is None else signals
        self.lines: list[str] = []
        self.notices: list[str] = []
        self.events: list[LogEvent] = []
        config = Options({})
        config.parseOptions(arguments)
        observer: Any = self._observe
        globalLogPublisher.addObserver(observer)
        testCase.addCleanup(globalLogPublisher.removeObserver, observer)
        self.service: Any = makeService(config, self.reactor, self.signals, protocol)
        self.service.privilegedStartService()
        self.service.startService()
        self.peers: list[Peer] = []
        testCase.addCleanup(self._close)

    def _observe(self, event: LogEvent) -> None:
        if event.get("log_namespace", "").startswith("echo."):
            line = formatEvent(event)
            if line.startswith(NOTICE):
                self.notices.append(line)
            else:
                self.lines.append(line)
                self.events.append(event)

    def _close(self) -> None:
        for peer in self.peers:
            peer.transport.hangUp()

    @property
    def factory(self) -> Any:
        """
        The conversations' factory.
        """
        return next(iter(self.service))._factory

    def dial(
        self,
        address: IAddress = IPv4Address("TCP", "192.0.2.1", 50000),  # noqa: B008  immutable
    ) -> Peer:
        """
        @return: A new connection, without a request.
        """
        server = self.reactor.tcpServers[0][1]
        transport = SocketTransport(self.reactor, address)
        transport.protocol = server.buildProtocol(address)
        transport.protocol.makeConnection(transport)
        peer = Peer(transport)
        self.peers.append(peer)
        return peer

    def connect(self, target: str = "/socket", /, **fields: str | None) -> Peer:
        """
        @return: A new conversation.
        """
        peer = self.dial()
        response = peer.open(target, **fields)
        assert response.status_code == 101, response
        return peer

    def turn(self) -> None:
        """
        Run one iteration of the reactor. (The reactor in memory runs all calls that are
        due, and those that they schedule.)
        """
        reactor: Any = self.reactor
        for call in list(reactor.getDelayedCalls()):
            if call.getTime() <= reactor.seconds():
                reactor.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)

    def advance(self, seconds: float) -> None:
        """
        Let time pass in steps of a tenth of a second.
        """
        for _ in range(int(seconds * 10)):
            self.reactor.advance(0.1)
        self.reactor.advance(seconds - int(seconds * 10) / 10)
