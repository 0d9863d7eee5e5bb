"""
The log of connections: one event when a conversation opens, and one when it closes or
is refused. L{echo.server.logevents} names their fields.
"""

from typing import TYPE_CHECKING

from twisted.logger import Logger

from echo.engine.outcome import closeOutcome, messageTraffic
from echo.printable import quoted
from echo.redact import LOGGED_LIMIT, redactQuery, redactSubprotocol, redactURL
from echo.server.logevents import plain, publish, redacted, verbatim
from echo.server.peername import peerName
from echo.server.tlsinfo import tlsName

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol

_log = Logger()

_BY = {"peer": " by the peer", "us": " by us", None: ""}


def logOpened(conversation: "EchoProtocol") -> None:
    peer, connection = conversation.peer, conversation.name
    client, origin = conversation.proxiedPeer, conversation.origin
    if origin and not origin.isascii():  # as in the header, of Latin-1
        origin = origin.encode("latin-1").decode("utf-8", "surrogateescape")
    origin = origin and redactURL(origin, LOGGED_LIMIT)
    subprotocol = conversation.agreedSubprotocol
    subprotocol = subprotocol and redactSubprotocol(subprotocol, LOGGED_LIMIT)
    tls = tlsName(conversation.transport)
    behaviour = conversation.behaviour and conversation.behaviour.applied
    behaviour = behaviour and redactQuery(behaviour, LOGGED_LIMIT)
    behind = f" for {client}" if client else ""
    asked = f", behaviour {quoted(behaviour)}" if behaviour else ""
    event: dict[str, object] = {
        "log_format": verbatim(
            f"Opened {peer}{behind}: origin {_shown(origin)},"
            f" subprotocol {_shown(subprotocol)}, {tls or 'no TLS'},"
            f" connection {connection}{asked}"
        ),
        "event": "opened",
        "peer": peer,
        "connection": connection,
        "client": client,
        "origin": origin and plain(origin),
        "subprotocol": subprotocol and plain(subprotocol),
        "tls": tls,
        "behaviour": behaviour and plain(behaviour),
    }
    publish(_log, event)


def logRefused(conversation: "EchoProtocol") -> None:
    peer = peerName(conversation.transport.getPeer())
    target, status = conversation.refusedWith or (None, None)
    reason, origin = conversation.uncleanReason or "", conversation.origin
    uri = None if target is None else redacted(target)
    origin = origin and redactURL(origin, LOGGED_LIMIT)
    asked = "" if uri is None else f"GET {quoted(uri)} {status} "
    whose = f" to origin {quoted(origin)}" if origin else ""
    event: dict[str, object] = {
        "log_format": verbatim(f"Refused {peer}: {asked}{quoted(reason)}{whose}"),
        "event": "refused",
        "peer": peer,
        "connection": conversation.name,
        "method": None if uri is None else "GET",
        "uri": uri and plain(uri),
        "status": status,
        "reason": plain(reason),
        "origin": origin and plain(origin),
    }
    publish(_log, event)


def logClosed(conversation: "EchoProtocol", seconds: float) -> None:
    peer, connection = conversation.peer, conversation.name
    code, reason, by = closeOutcome(conversation)
    passed = messageTraffic(conversation)
    answered, octets = conversation.frameReader.answered()
    received, sent = passed.received + answered, passed.sent + answered
    receivedOctets = passed.receivedOctets + octets
    sentOctets = passed.sentOctets + octets
    event = {
        "log_format": verbatim(
            f"Closed {peer}: {code} {quoted(reason)}{_BY[by]} after {seconds:.3f} s,"
            f" received {received} messages {receivedOctets} bytes,"
            f" sent {sent} messages {sentOctets} bytes,"
            f" connection {connection}"
        ),
        "event": "closed",
        "peer": peer,
        "connection": connection,
        "code": code,
        "reason": plain(reason),
        "by": by,
        "seconds": seconds,
        "messages": {"received": received, "sent": sent},
        "bytes": {"received": receivedOctets, "sent": sentOctets},
    }
    publish(_log, event)


def _shown(text: str | None) -> str:
    return quoted(text) if text else "none"
