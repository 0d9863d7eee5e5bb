"""
The daemon in memory: the real service tree, site and conversations on a reactor
whose time the test moves, with the real bytes of a connection in the test's hand.
"""

import signal
import socket
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IAddress, IPushProducer, ITransport
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.uri import parse_uri
from zope.interface import implementer

from echo.server.conversation.protocol import EchoProtocol
from echo.tap import Options, makeService

#: The key and the answer to it that RFC 6455 section 1.3 gives as an example.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

FULL_BUFFER = 65536

NOTICE = "Messages are echoed in Python, not in C: "


def upgradeRequest(target: str = "/socket", **fields: str | None) -> bytes:
    """
    @param fields: Header fields to add, to replace or, if None, to leave out;
        C{_} in a name stands for C{-}.

    @return: A request for a WebSocket.
    """
    lines = {
        "Host": "echo.example",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
    }
    names = {name.lower(): name for name in lines}
    for name, value in fields.items():
        dashed = name.replace("_", "-")
        key = names.get(dashed.lower(), dashed)
        if value is None:
            del lines[key]
        else:
            lines[key] = value
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1")


@implementer(ITransport, IPushProducer)
class MemoryTransport:
    """
    The daemon's side of a connection. What has arrived for it and was not read
    waits in a real socket, so that the kernel can be asked about it.

    @ivar taken: What the peer has taken of what was written.

    @ivar stuck: Whether the peer takes nothing for now.

    @ivar lost: Why the connection ended, once it has.
    """

    def __init__(self, reactor: MemoryReactorClock, peer: IAddress) -> None:
        self._reactor = reactor
        self._peer = peer
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._producer: Any = None
        self._reading = True
        self.taken = b""
        self.stuck = False
        self.dataBuffer = b""
        self.offset = self._tempDataLen = 0
        self.bufferSize = FULL_BUFFER
        self.protocol: Any = None
        self.disconnecting = False
        self.lost: type[BaseException] | None = None

    # The peer's hand.

    def arrive(self, data: bytes) -> None:
        """
        Bytes come in from the peer, as far as the kernel, which has room for
        some 200 KiB.
        """
        self._far.sendall(data)

    def finish(self) -> None:
        """
        The peer has nothing more to say.
        """
        self._far.shutdown(socket.SHUT_WR)

    def vanish(self) -> None:
        """
        The peer is gone, and only who looks for it learns of it.
        """
        self._far.close()

    def fill(self, count: int) -> None:
        """
        Have the kernel hold bytes that the peer has not taken.
        """
        self._near.sendall(bytes(count))

    def empty(self) -> None:
        """
        Let the peer take them.
        """
        self._far.recv(FULL_BUFFER)

    def read(self) -> None:
        """
        Give the daemon what has arrived, as far as it wants to have it.
        """
        while self._reading and self.lost is None:
            try:
                data = self._near.recv(self.bufferSize)
            except BlockingIOError:
                return
            if not data:
                self._reading = False
                self.protocol.readConnectionLost()
                return
            self.protocol.dataReceived(data)

    def take(self, count: int | None = None) -> None:
        """
        Let the peer take some of what waits for it, or all.
        """
        count = len(self.dataBuffer) if count is None else count
        self.taken += self.dataBuffer[:count]
        self.dataBuffer = self.dataBuffer[count:]
        if not self.dataBuffer:
            self._emptied()

    def _emptied(self) -> None:
        if self._producer is not None and not self._reading:
            self._producer.resumeProducing()
        if self.disconnecting and self._producer is None:
            self._lose(ConnectionDone)

    def hangUp(self) -> None:
        """
        The peer closes its end, in no order.
        """
        self._lose(ConnectionDone)

    def _lose(self, why: type[ConnectionDone | ConnectionAborted]) -> None:
        if self.lost is None:
            self.lost = why
            self._reading = False
            self._near.close()
            self._far.close()
            self.protocol.connectionLost(Failure(why()))

    # The daemon's hand.

    def write(self, data: bytes) -> None:
        """
        Send, unless the connection is going or gone.
        """
        if self.disconnecting or self.lost is not None:
            return
        if not self.stuck:
            self.taken += data
            return
        self.dataBuffer += data
        if len(self.dataBuffer) > FULL_BUFFER and self._producer is not None:
            self._producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """
        Send.
        """
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """
        Close, once everything is sent.
        """
        self.disconnecting = True
        self._reading = False
        if not self.dataBuffer:
            self._reactor.callLater(0, self._lose, ConnectionDone)

    def abortConnection(self) -> None:
        """
        Reset.
        """
        self.disconnecting = True
        self._reactor.callLater(0, self._lose, ConnectionAborted)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Take on who is to be paused; as in TCP, there can be one only.
        """
        if self._producer is not None:
            raise RuntimeError("there is a producer already")
        self._producer = producer

    def unregisterProducer(self) -> None:
        """
        Pause nobody any more.
        """
        self._producer = None

    def pauseProducing(self) -> None:
        """
        Read no more.
        """
        self._reading = False

    def resumeProducing(self) -> None:
        """
        Read again.
        """
        if not self.disconnecting and not self._reading:
            self._reading = True
            self._reactor.callLater(0, self.read)

    def stopProducing(self) -> None:
        """
        Close.
        """
        self.loseConnection()

    def fileno(self) -> int:
        """
        @return: The socket that the kernel can be asked about.
        """
        return self._near.fileno()

    def getHandle(self) -> socket.socket:
        """
        @return: That socket.
        """
        return self._near

    def getPeer(self) -> IAddress:
        """
        @return: Where the peer is.
        """
        return self._peer

    def getHost(self) -> IAddress:
        """
        @return: Where the daemon is.
        """
        return IPv4Address("TCP", "127.0.0.1", 8080)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """
        There is no delay in memory.
        """


class Peer:
    """
    The other end of one connection, spoken by the C{websockets} library.

    @ivar transport: The daemon's side.
    """

    def __init__(self, transport: MemoryTransport) -> None:
        self.transport = transport
        self.websocket = ClientProtocol(
            parse_uri("ws://echo.example/socket"),
            subprotocols=["chat"],  # type: ignore[list-item]  # a NewType of str
        )
        self._fed = 0
        self._unseen: list[Any] = []

    def send(self, data: bytes) -> bytes:
        """
        @return: What comes back at once.
        """
        before = len(self.transport.taken)
        for start in range(0, len(data), FULL_BUFFER):
            self.transport.arrive(data[start : start + FULL_BUFFER])
            self.transport.read()
        return self.transport.taken[before:]

    def open(self, target: str = "/socket", /, **fields: str | None) -> Response:
        """
        Ask for a WebSocket.

        @return: The answer.
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
        @return: The frames that have come since the last look.
        """
        return [event for event in self._events() if isinstance(event, Frame)]

    def messages(self) -> list[str | bytes]:
        """
        @return: The unfragmented messages that have come since the last look.
        """
        return [
            bytes(frame.data).decode() if frame.opcode == 1 else bytes(frame.data)
            for frame in self.frames()
            if frame.opcode in (1, 2)
        ]

    def speak(self, *calls: Callable[[ClientProtocol], object]) -> None:
        """
        Send what calls to the C{websockets} protocol produce.
        """
        for call in calls:
            call(self.websocket)
        self.flush()

    def sendText(self, text: str) -> None:
        """
        Send a text message.
        """
        self.speak(lambda protocol: protocol.send_text(text.encode()))

    def flush(self) -> None:
        """
        Let the daemon read what C{websockets} has to send.
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


class Reactor(MemoryReactorClock):
    """
    A reactor in memory, that signal handlers can call.
    """

    def callFromThread(self, call: Callable[..., object], *arguments: object) -> None:
        """
        Call it in the next iteration.
        """
        self.callLater(0, call, *arguments)

    def addSystemEventTrigger(  # type: ignore[override]  # MemoryReactor returns nothing
        self, phase: str, event: str, call: Callable[[], object]
    ) -> Callable[[], object]:
        """
        Call it when the reactor stops.
        """
        super().addSystemEventTrigger(phase, event, call)
        return call

    def removeSystemEventTrigger(self, trigger: Callable[[], object]) -> None:
        """
        Do not call it.
        """
        self.triggers["before"]["shutdown"].remove((trigger, (), {}))


class Signals:
    """
    The signals of a process.

    @ivar handlers: Those that were set, by number.

    @ivar died: The signals that ended the process.

    @ivar thread: Whether this is not the main thread.
    """

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}
        self.died: list[int] = []
        self.thread = False

    def getsignal(self, number: int) -> Any:
        """
        @return: The handler.
        """
        return self.handlers.get(number, signal.SIG_DFL)

    def signal(self, number: int, handler: Any) -> Any:
        """
        Set it.
        """
        if self.thread:
            raise ValueError("signal only works in main thread")
        if not (callable(handler) or isinstance(handler, signal.Handlers)):
            raise TypeError("signal handler must be callable or signal.SIG_DFL")
        before = self.getsignal(number)
        self.handlers[number] = handler
        return before

    def raise_signal(self, number: int) -> None:
        """
        Send one.
        """
        handler = self.getsignal(number)
        if callable(handler):
            handler(number, None)
        elif handler is signal.SIG_DFL:
            self.died.append(number)


class EchoFixture:
    """
    A running daemon.

    @ivar reactor: Whose time it runs by.

    @ivar service: What C{twistd} would run.

    @ivar signals: The signals of its process.

    @ivar lines: What the daemon has logged, as text, but for

    @ivar notices: what it says only where the data path is not in C.

    @ivar events: The log events of these lines.
    """

    def __init__(
        self,
        testCase: SynchronousTestCase,
        *arguments: str,
        protocol: type[EchoProtocol] = EchoProtocol,
        signals: Signals | None = None,
    ) -> None:
        """
        @param signals: Those of another daemon, if it is in the same process.
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
        The factory of the conversations.
        """
        return next(iter(self.service))._factory

    def dial(
        self,
        address: IAddress = IPv4Address("TCP", "192.0.2.1", 50000),  # noqa: B008  immutable
    ) -> Peer:
        """
        @return: A new connection that nothing was said on.
        """
        server = self.reactor.tcpServers[0][1]
        transport = MemoryTransport(self.reactor, address)
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
        Let the reactor go once round. (In memory it would go on for as long as there
        is something to do at once.)
        """
        reactor: Any = self.reactor
        for call in list(reactor.getDelayedCalls()):
            if call.getTime() <= reactor.seconds():
                reactor.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)

    def advance(self, seconds: float) -> None:
        """
        Let time pass, in steps of a tenth of a second and less.
        """
        for _ in range(int(seconds * 10)):
            self.reactor.advance(0.1)
        self.reactor.advance(seconds - int(seconds * 10) / 10)
