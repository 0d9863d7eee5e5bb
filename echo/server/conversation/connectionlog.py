"""
The log of connections: one event when a conversation opens, and one when it closes or
is refused. L{echo.server.logevents} has the texts.
"""

from typing import Any

from twisted.logger import Logger

from echo.engine.outcome import closeOutcome, messageTraffic
from echo.server.logevents import closed, opened, publish, refused
from echo.server.peername import peerName
from echo.server.tlsinfo import tlsName

_log = Logger()


def logOpened(conversation: Any) -> None:
    origin = conversation.origin
    if origin and not origin.isascii():  # as in the header, of Latin-1
        origin = origin.encode("latin-1").decode("utf-8", "surrogateescape")
    behaviour = conversation.behaviour
    event = opened(
        conversation.peer,
        conversation.name,
        conversation.proxiedPeer,
        origin,
        conversation.agreedSubprotocol,
        tlsName(conversation.transport),
        behaviour.applied if behaviour else None,
    )
    publish(_log, event)


def logRefused(conversation: Any) -> None:
    target, status = conversation.refusedWith or (None, None)
    event = refused(
        peerName(conversation.transport.getPeer()),
        conversation.name,
        target,
        status,
        conversation.uncleanReason or "",
        conversation.origin,
    )
    publish(_log, event)


def logClosed(conversation: Any, seconds: float) -> None:
    messages, octets = conversation.frameReader.answered()
    code, reason, by = closeOutcome(conversation)
    passed = messageTraffic(conversation)
    event = closed(
        conversation.peer,
        conversation.name,
        code,
        reason,
        by,
        seconds,
        {"received": passed.received + messages, "sent": passed.sent + messages},
        {
            "received": passed.receivedOctets + octets,
            "sent": passed.sentOctets + octets,
        },
    )
    publish(_log, event)
