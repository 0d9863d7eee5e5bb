"""
The events of the log: a line for people, and fields for programs. The line of an HTTP
response is made here, and those of an opened, a closed and a refused conversation in
L{echo.server.conversation.connectionlog}.

The log is Twisted's (L{twisted.logger}). C{formatEvent} formats an event's line. An
observer (C{twistd --logger}) reads the fields as keys of the event, and C{twist
--log-format=json} writes them as JSON: they are texts, numbers, C{None}, or
dictionaries of numbers.

The names of fields are stable, the lines are not. C{event} is the name of the event:

  - C{listening}: C{where}, a URL or the path of a UNIX socket. C{cannot_listen}:
    C{reason}.
  - C{answered}, an HTTP response: C{peer}, C{method}, C{uri}, C{status}, C{reason},
    C{origin}. C{method} and C{uri} are C{None} for a request that cannot be parsed.
    C{reason} is C{None} unless the request cannot be parsed, has not exactly one valid
    Host field, or is a refused GET or HEAD of C{/socket}.
  - C{hung_up}, the daemon closed a connection before the client had read a first
    response: C{peer}, C{reason}.
  - C{tls_failed}, a TLS handshake: C{peer}, C{reason}.
  - C{opened}, a conversation: C{peer}, C{connection}, C{client}, C{origin},
    C{subprotocol}, C{tls}, C{behaviour}.
  - C{received}, with C{--log-messages}: C{peer}, C{connection}, C{payload},
    C{size}, C{binary}.
  - C{failed}, a method raised an exception, a service's own for example: C{peer},
    C{connection}, C{hook}, its name, and Twisted's C{log_failure}.
  - C{closed}, a conversation: C{peer}, C{connection}, C{code}, C{reason}, C{by},
    C{seconds}, C{messages}, C{bytes}.
  - C{refused}, a handshake, by a service's C{onConnect} or by Autobahn: C{peer},
    C{connection}, C{method}, C{uri}, C{status}, C{reason}, C{origin}. C{method},
    C{uri} and C{status} are C{None} if Autobahn has parsed the request.
  - C{draining}, the daemon closes its conversations: C{conversations}, their number.
  - C{not_compiled}, messages are echoed in Python: C{reason}.
  - C{tls_renewed}: C{certificate}, a path. C{tls_not_renewed}, and C{tls_slow},
    TLS uses Twisted's own transport: C{reason}.

These fields have the same meaning in all events:

  - C{peer}: the other end of the connection, C{192.0.2.1:50000} or C{unix}.
  - C{connection}: the name of the conversation, as in C{X-Echo-Connection}.
  - C{client}: the address that a trusted proxy reports, or C{None}.
  - C{origin}, C{subprotocol}, C{tls}, C{behaviour}: C{None} if absent.
  - C{code}: the close code; 1005 for a close without a code, 1006 for no close.
  - C{by}: who closed first, C{"peer"} or C{"us"}; C{None} for no close.
  - C{seconds}: how long the conversation was open.
  - C{messages}, C{bytes}: of their payload, C{{"received": 3, "sent": 3}}.
  - C{size}: bytes of one message.
  - C{binary}: whether the message is binary; C{payload} is hexadecimal then.
  - C{reason}: why. In C{closed} it is the peer's text if C{by} is C{"peer"}.

A field has a peer's text as received, cut to a limit and without credentials. In the
line, the text is quoted and escaped, so that it cannot imitate another part of the
line.
"""

from http.client import responses
from time import time

from twisted.logger import Logger, LogLevel

from echo.printable import PRINTED_LIMIT, printable, quoted
from echo.redact import LOGGED_LIMIT, redactURL


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
