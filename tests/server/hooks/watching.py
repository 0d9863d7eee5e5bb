"""
Autobahn's hooks, and services that note their calls.
"""

from collections.abc import Callable
from typing import Any

from echo.server.conversation.protocol import EchoProtocol
from tests.kit.frames import CLOSE, PING, PONG, TEXT, frame

#: Autobahn's hooks and methods that see what arrives, each with what makes it called.
RECEIVING = {
    "consumeData": frame(TEXT, b"1"),
    "dataReceived": frame(TEXT, b"1"),
    "onCloseFrame": frame(CLOSE),
    "onFrameBegin": frame(TEXT, b"1"),
    "onFrameData": frame(TEXT, b"1"),
    "onFrameEnd": frame(TEXT, b"1"),
    "onMessage": frame(TEXT, b"1"),
    "onMessageBegin": frame(TEXT, b"1"),
    "onMessageEnd": frame(TEXT, b"1"),
    "onMessageFrame": frame(TEXT, b"1"),
    "onMessageFrameBegin": frame(TEXT, b"1"),
    "onMessageFrameData": frame(TEXT, b"1"),
    "onMessageFrameEnd": frame(TEXT, b"1"),
    "onPing": frame(PING),
    "onPong": frame(PONG),
    "processControlFrame": frame(PING),
    "processData": frame(TEXT, b"1"),
}


#: Hooks and methods that Autobahn calls to send, each with what makes it called.
SENDING = {
    "dropConnection": frame(CLOSE),
    "sendCloseFrame": frame(CLOSE),
    "sendData": frame(TEXT, b"1"),
    "sendFrame": frame(TEXT, b"1"),
    "sendMessage": frame(TEXT, b"1"),
    "sendPong": frame(PING),
    "unregisterProducer": frame(CLOSE),
}


#: Methods that Autobahn calls only with some option, or that a service calls itself. An
#: override of one takes the connection off the fast path, too.
OTHERS = {
    *("beginMessage", "beginMessageFrame", "endMessage"),
    *("sendMessageFrame", "sendMessageFrameData", "sendPreparedMessage"),
    *("sendClose", "sendPing", "registerProducer"),
    *("logRxFrame", "logRxOctets", "logTxFrame", "logTxOctets", "setTrackTimings"),
    *("fire", "off", "on", "set_valid_events", "succeedHandshake"),
}


def service(name: str, hook: Callable[..., Any]) -> type[EchoProtocol]:
    """
    @return: A service with this hook.
    """
    return type("Service", (EchoProtocol,), {name: hook})


def spy(name: str) -> tuple[type[EchoProtocol], list[Any]]:
    """
    @return: A service that overrides a method and calls Autobahn's, and a list of the
        arguments that it is called with.
    """
    calls: list[Any] = []

    def hook(self: Any, *arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return getattr(super(kind, self), name)(*arguments, **options)

    kind = service(name, hook)
    return kind, calls
