"""
The events of the log: a line for people, and fields for programs. The line of an HTTP
response is made here, and those of an opened, a closed and a refused conversation in
L{echo.server.conversation.connectionlog}.

The log is Twisted's (L{twisted.logger}). C{formatEvent} formats an event's line. An
observer (C{twistd --logger}) reads the fields as keys of the event, and C{twist
--log-format=json} writes them as JSON: they are texts, numbers, C{None}, or
dictionaries of numbers.

The names of events and fields are stable, the lines are not: L{EVENTS} and L{FIELDS}
have all of them.

A field has a peer's text as received, cut to a limit and without credentials. In the
line, the text is quoted and escaped, so that it cannot imitate another part of the
line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses
from time import time

from twisted.logger import Logger, LogLevel

from echo.printable import PRINTED_LIMIT, printable, quoted
from echo.redact import LOGGED_LIMIT, redactURL

_CONVERSATION = ("peer", "connection")
_REQUEST = ("method", "uri", "status", "reason", "origin")


@dataclass(frozen=True)
class Event:
    """
    One event.

    @ivar meaning: When it is published.

    @ivar fields: Names of L{FIELDS}.
    """

    meaning: str
    fields: tuple[str, ...]


#: All events by the value of their field C{event}, along the life of the daemon.
EVENTS: Mapping[str, Event] = {
    "listening": Event("The daemon listens at an endpoint.", ("where",)),
    "cannot_listen": Event("It cannot listen, and ends.", ("reason",)),
    "not_compiled": Event(
        "Messages are echoed in Python, not in C: slower, with the same results.",
        ("reason",),
    ),
    "tls_slow": Event("TLS uses Twisted's own transport: slower.", ("reason",)),
    "tls_failed": Event("A TLS handshake failed.", ("peer", "reason")),
    "answered": Event(
        "An HTTP response was sent, other than for /healthz and /readyz. It has a"
        " reason if the request cannot be parsed, has not exactly one valid Host"
        " field, or is a refused GET or HEAD of /socket.",
        ("peer", *_REQUEST),
    ),
    "hung_up": Event(
        "The daemon closed a connection before the client had read a first response.",
        ("peer", "reason"),
    ),
    "refused": Event(
        "A service's onConnect, or Autobahn, refused a handshake.",
        (*_CONVERSATION, *_REQUEST),
    ),
    "opened": Event(
        "A conversation opened.",
        (*_CONVERSATION, "client", "origin", "subprotocol", "tls", "behaviour"),
    ),
    "received": Event(
        "A message arrived. Only with --log-messages.",
        (*_CONVERSATION, "payload", "size", "binary"),
    ),
    "failed": Event(
        "A method raised an exception, a service's own for example.",
        (*_CONVERSATION, "hook", "log_failure"),
    ),
    "closed": Event(
        "A conversation ended.",
        (*_CONVERSATION, "code", "reason", "by", "seconds", "messages", "bytes"),
    ),
    "tls_renewed": Event("The daemon loaded a renewed certificate.", ("certificate",)),
    "tls_not_renewed": Event(
        "It could not load one, and keeps the earlier certificate.", ("reason",)
    ),
    "draining": Event("The daemon stops, and closes them.", ("conversations",)),
}

#: The meaning of each field. It is the same in all events.
FIELDS: Mapping[str, str] = {
    "where": "A URL, or the path of a UNIX socket.",
    "peer": "The other end of the connection: 192.0.2.1:50000, or unix.",
    "connection": "The name of the conversation, as in X-Echo-Connection.",
    "client": "The client's address that a trusted proxy reports; None without one.",
    "method": "Of the request. None for a request that cannot be parsed, and for a"
    " handshake that Autobahn refused.",
    "uri": "The target of the request. None if the method is.",
    "status": "Of the HTTP response. None for a handshake that Autobahn refused.",
    "origin": "The Origin of the request; None without one.",
    "subprotocol": "The selected subprotocol; None without one.",
    "tls": "The version of TLS; None without TLS.",
    "behaviour": "As in X-Echo-Applied; None without behaviours.",
    "payload": "The message; in hexadecimal if it is binary.",
    "size": "Bytes of the message.",
    "binary": "Whether the message is binary.",
    "hook": "The name of the method.",
    "log_failure": "Twisted's Failure: the exception and its traceback.",
    "code": "The close code; 1005 for a close without a code, 1006 for no close.",
    "reason": "Why; None without a reason. In closed, the text of the closing side.",
    "by": "Who closed first: peer or us; None for no close.",
    "seconds": "How long the conversation was open.",
    "messages": "Messages by direction: {'received': 3, 'sent': 3}.",
    "bytes": "Bytes of their payload, by direction.",
    "conversations": "The number of open conversations.",
    "certificate": "The path of the file.",
}


def verbatim(line: str) -> str:
    """
    @return: The format of a complete line. Twisted takes twice as long to fill in ten
        fields, and its two lines are a third of the cost of a connection.
    """
    return line.replace("{", "{{").replace("}", "}}")


def plain(text: str | bytes) -> str:
    r"""
    @return: A peer's text for a field, cut to
        L{PRINTED_LIMIT<echo.printable.PRINTED_LIMIT>} characters. JSON has no bytes, so
        bytes that are not UTF-8 become C{\xff}.
    """
    if isinstance(text, bytes):
        text = text[: 4 * PRINTED_LIMIT].decode("utf-8", "surrogateescape")
    text = text[:PRINTED_LIMIT]
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def redacted(url: bytes) -> str:
    beginning = url[: 4 * (LOGGED_LIMIT + 1)].decode("utf-8", "surrogateescape")
    return redactURL(beginning, LOGGED_LIMIT)


def publish(log: Logger, event: dict[str, object]) -> None:
    """
    Publish an event. C{log.info} would copy its fields three times.
    """
    event.update(
        log_logger=log,
        log_level=LogLevel.info,
        log_namespace=log.namespace,
        log_source=log.source,
        log_time=time(),
    )
    log.observer(event)


def answered(
    peer: str,
    method: str | None,
    uri: bytes | None,
    status: int,
    reason: str | None,
    origin: bytes | None = None,
) -> dict[str, object]:
    """
    @param method: None for a request that cannot be parsed; so is C{uri}.
    """
    url = None if uri is None else redacted(uri)
    page = None if origin is None else redacted(origin)
    if method is None or url is None:
        line = f"{status} {responses[status]}"
    else:
        line = f"{printable(method)} {quoted(url)} {status}"
    why = f" {quoted(reason)}" if reason else ""
    whose = "" if page is None else f" to origin {quoted(page)}"
    return {
        "log_format": verbatim(f"Answered {peer}: {line}{why}{whose}"),
        "event": "answered",
        "peer": peer,
        "method": method and plain(method),
        "uri": url and plain(url),
        "status": status,
        "reason": reason,
        "origin": page and plain(page),
    }
