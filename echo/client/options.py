"""
The switches of C{echo-client}: every check is here, and says what would be right.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from echo.client.address import checkHeader, checkSubprotocol, parseHeader, parseURL
from echo.client.payloads import Payloads
from echo.client.probe import Plan
from echo.client.tls import TLS
from echo.units import parseCount, parseDuration, parseSize
from echo.usage import Options as CommonOptions
from echo.usage import UsageError, repeatable

DEFAULT_URL = "ws://localhost:8080/socket"

_LONGEST = 7 * 24 * 3600.0
_LARGEST = 2**30
_LEAST_LIMIT = 16 * 2**20


def _duration(text: str) -> float:
    seconds = parseDuration(text)
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is too long: at most 168h")
    return seconds


def _timeout(text: str) -> float:
    seconds = _duration(text)
    if not seconds:
        raise ValueError(f"{text!r} leaves no time at all: try 250ms, 5s or 1m")
    return seconds


def _count(text: str) -> int:
    count = parseCount(text)
    if not count:
        raise ValueError(f"{text!r} is too few: try 1, or leave it out for no end")
    return count


def _size(text: str) -> int:
    size = parseSize(text)
    if size > _LARGEST:
        raise ValueError(f"{text!r} is too large: at most 1g")
    return size


def _origin(text: str) -> str:
    return checkHeader("Origin", text)[1]


class Options(CommonOptions):
    """
    What to connect to, what to send, and how long to wait.

    @ivar plan: What to send.

    @ivar tls: Whom to trust, and who we are.
    """

    synopsis = "Usage: echo-client [options] [URL]"
    longdesc = (
        "Sends one message an interval to a WebSocket echo server and matches it "
        f"with its echo. The URL is {DEFAULT_URL} if there is none. Times are like "
        "250ms, 5s or 1m, sizes like 512, 64k or 1m. Every option can also come from "
        "the environment: ECHO_INTERVAL stands for --interval.\n\n"
        "Exit status: 0 every message came back as sent, 1 some did not, 2 usage, "
        "3 could not connect, 4 handshake refused, 5 protocol error, 6 closed by the "
        "server with a code other than 1000 or 1001, 130 interrupted before there "
        "was anything to sum up."
    )
    optFlags: ClassVar[list[list[str | None]]] = [
        ["binary", "b", "Send binary messages."],
        ["insecure", "k", "Accept any certificate of the server."],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["interval", "i", "1s", "Time from a message to the next."],
        ["count", "c", None, "Stop after so many messages."],
        ["message", "m", None, "Send this text, or @FILE, or @- for standard input."],
        ["size", "s", None, "Make each message exactly that long."],
        ["timeout", None, "10s", "Time to connect in, and for an echo to come in."],
        ["close-timeout", None, "1s", "Time for the server to close in."],
        ["origin", None, None, "Origin header."],
        ["cacert", None, None, "File (PEM) of the authorities to trust instead."],
        ["cert", None, None, "File (PEM) with our certificate and its chain."],
        ["key", None, None, "File (PEM) with its private key, if not with --cert."],
        ["unix-socket", None, None, "Connect to this socket, whatever the host."],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        "interval": _duration,
        "count": _count,
        "size": _size,
        "timeout": _timeout,
        "close-timeout": _duration,
        "origin": _origin,
        "header": parseHeader,
        "subprotocol": checkSubprotocol,
    }
    opt_header = repeatable("header", "Send a header, 'Name: value' (repeatable).")
    opt_H = opt_header
    opt_subprotocol = repeatable("subprotocol", "Offer a subprotocol (repeatable).")

    plan: Plan
    tls: TLS

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        stdin: BinaryIO | None = None,
    ) -> None:
        """
        @param stdin: Where C{@-} reads; the real one, if C{None}.
        """
        super().__init__(environment)
        self._stdin = stdin

    def parseArgs(self, *arguments: str) -> None:
        """
        Take the URL.
        """
        url, *rest = arguments or (DEFAULT_URL,)
        self["url"] = url
        super().parseArgs(*rest)

    def postOptions(self) -> None:
        """
        Check all of it.

        @raise UsageError: Something makes no sense.
        """
        super().postOptions()
        try:
            parseURL(self["url"])
        except ValueError as error:
            raise UsageError(str(error)) from None
        self.plan = Plan(
            Payloads(self._message(), bool(self["binary"]), self["size"]),
            self["interval"],
            self["count"],
            self["timeout"],
        )
        self.tls = TLS(
            authorities=self._file("cacert"),
            certificate=self._file("cert"),
            key=self._file("key"),
            verify=not self["insecure"],
        )
        if self["cacert"] or self["cert"] or self["key"]:
            self._checkFiles()

    def connectArguments(self) -> dict[str, Any]:
        """
        @return: What L{echo.client.connection.connect} takes, beside the URL.
        """
        longest = len(self.plan.payloads.payload(1)) + 64
        return {
            "origin": self["origin"],
            "headers": self.get("header", ()),
            "subprotocols": self.get("subprotocol", ()),
            "tls": self.tls,
            "unixSocket": self["unix-socket"],
            "timeout": self["timeout"],
            "closeTimeout": self["close-timeout"],
            "maxMessage": max(_LEAST_LIMIT, longest),
        }

    def _checkFiles(self) -> None:
        # Without files there is nothing to check, and loading the system's
        # authorities would be for nothing.
        try:
            self.tls.context()
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _file(self, name: str) -> bytes | None:
        if self[name] is None:
            return None
        return self._read(name, self[name])

    def _read(self, name: str, path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            source = self.source(name)
            raise UsageError(f"{source}: cannot read {path!r}: {reason}") from None

    def _readStandardInput(self) -> bytes:
        if self._stdin is not None:
            return self._stdin.read()
        if sys.stdin is None:  # it was closed before we began
            raise UsageError(f"{self.source('message')}: there is no standard input")
        return sys.stdin.buffer.read()

    def _message(self) -> bytes | None:
        text = self["message"]
        if text is None:
            return None
        if text == "@-":
            message = self._readStandardInput()
        elif text.startswith("@"):
            message = self._read("message", text[1:])
        else:
            message = os.fsencode(text)
        if not self["binary"]:
            try:
                message.decode()
            except UnicodeDecodeError:
                source = self.source("message")
                raise UsageError(
                    f"{source}: the message is not UTF-8: try --binary"
                ) from None
        return message
