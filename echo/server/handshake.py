"""
The handshake of a conversation, when its request was found good elsewhere.

Autobahn makes an answer of a request that it parses itself, and has each of its
protocols remember some sixty things, most of them the same for all, and much of the
rest never asked for. Here it is told what there is to answer, and its protocols
remember what is theirs.
"""

from collections.abc import Callable
from typing import Any

from autobahn.twisted.util import peer2str
from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.protocol import TrafficStats, WebSocketProtocol
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure


class _Late:
    """
    An attribute that is made when it is asked for: most conversations never do.
    """

    _name: str

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, conversation: Any, owner: type) -> Any:
        if conversation is None:
            return self
        made = self._make(conversation)
        setattr(conversation, self._name, made)
        return made


class Handshake:
    """
    Mixed into an Autobahn server protocol, right in front of it.
    """

    factory: Any
    http_response_data: str
    transport: Any
    agree: Callable[[list[str]], Any]
    succeedHandshake: Callable[[Any], None]
    _parseExtensionsHeader: Callable[..., Any]

    is_open = _Late(lambda _: Deferred())
    is_closed = _Late(lambda _: Deferred())
    peer = _Late(lambda conversation: peer2str(conversation.transport))
    trafficStats = _Late(lambda _: TrafficStats())
    utf8validator = _Late(lambda _: Utf8Validator())
    _transport_details = None

    def __init__(self) -> None:
        """
        Make nothing yet.
        """

    def begin(
        self, transport: Any, key: str, subprotocols: list[str], extensions: list[str]
    ) -> None:
        """
        Answer 101, and be open.

        @param key: The request's C{Sec-WebSocket-Key}.

        @param subprotocols: Those that it offers.

        @param extensions: Those that it offers, with their parameters.
        """
        self.connected = 1
        self.transport = transport
        self.factory.countConnections += 1
        self.websocket_protocols = subprotocols
        self.websocket_extensions = self._parseExtensionsHeader(", ".join(extensions))
        self._wskey = key
        self.succeedHandshake(self.agree(subprotocols))
        # Nobody asks for them any more.
        del self.websocket_protocols, self.websocket_extensions, self._wskey
        del self.http_response_data, self.is_open

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport is gone. Autobahn would put that into words, four times, for a
        log that is off.
        """
        WebSocketProtocol._connectionLost(self, reason)  # noqa: SLF001  all that it does beside
        self.factory.countConnections -= 1
        # What was told to it is the conversation itself, which would be left to the
        # garbage collector.
        del self.is_closed


def readied(factory: Any) -> Any:
    """
    @return: The class of this factory's conversations, for L{Handshake.begin}. What
        Autobahn would have each of them remember though it is the same for all is
        remembered by the class.
    """
    kind = factory.protocol
    model: Any = WebSocketServerProtocol()
    model.factory = factory
    WebSocketProtocol._connectionMade(model)  # noqa: SLF001  it is to be that one's
    common = {
        name: staticmethod(value) if callable(value) else value
        for name, value in vars(model).items()
        if not hasattr(kind, name)
    }
    return type(
        kind.__name__,
        (kind,),
        {
            **common,
            "__module__": kind.__module__,
            "__doc__": kind.__doc__,
            "factory": factory,
            "send_queue": (),
            "websocket_version": 13,
        },
    )
