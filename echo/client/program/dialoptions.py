"""
The switches that all connecting commands of C{echo-client} have: where to, as whom,
and how to show it.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from echo.client.transport.proxy import Proxy, parseProxy, proxyFor
from echo.client.transport.route import parseDNSOverride
from echo.client.transport.tls import TLS
from echo.client.transport.upgraderequest import (
    checkHeader,
    checkSubprotocol,
    parseHeader,
)
from echo.client.transport.url import Address, parseURL
from echo.units import parseDuration
from echo.usage import CommonOptions, UsageError, repeatable

DEFAULT_URL = "ws://localhost:8080/socket"

_LONGEST = 7 * 24 * 3600.0
_COLORS = ("auto", "always", "never")


def duration(text: str) -> float:
    """
    @return: A time span that is not out of all reason, in seconds.

    @raise ValueError: It is none.
    """
    seconds = parseDuration(text)
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is too long: at most 168h")
    return seconds


def timeout(text: str) -> float:
    """
    @return: A time span in which something can happen, in seconds.

    @raise ValueError: It is none.
    """
    seconds = duration(text)
    if not seconds:
        raise ValueError(f"{text!r} leaves no time at all: try 250ms, 5s or 1m")
    return seconds


def _origin(text: str) -> str:
    return checkHeader("Origin", text)[1]


def _color(text: str) -> str:
    if text not in _COLORS:
        raise ValueError(f"{text!r} is none of {', '.join(_COLORS)}")
    return text


class OutputOptions(CommonOptions):
    """
    How to show what there is to say.
    """

    optFlags: ClassVar[list[list[str | None]]] = [
        ["json", None, "Write NDJSON: an object a line, the summary last."],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["color", None, "auto", "Colours: auto, always or never."],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {"color": _color}


class DialOptions(OutputOptions):
    """
    Where to connect to, and as whom.

    @ivar tls: Whom to trust, and who we are.
    """

    optFlags: ClassVar[list[list[str | None]]] = [
        ["compression", None, "Offer permessage-deflate."],
        ["quiet", "q", "Show the summary only."],
        ["insecure", "k", "Accept any certificate of the server."],
        ["show-secrets", None, "Do not hide credentials in the output."],
        ["verbose", "v", "Show the heads of the handshake."],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["deadline", "w", None, "Stop after TIME."],
        ["timeout", None, "10s", "Wait TIME for the connection, and for each echo."],
        [
            "close-timeout",
            None,
            "1s",
            "Wait TIME for the close reply and, at the end, for the next echo.",
        ],
        ["origin", None, None, "Send this Origin header."],
        ["cacert", None, None, "Trust these authorities (PEM file), not the system's."],
        ["cert", None, None, "Our certificate and its chain (PEM file)."],
        ["key", None, None, "Its private key (PEM file), if not in that of --cert."],
        ["unix-socket", None, None, "Connect to this Unix socket, whatever the host."],
        ["proxy", None, None, "HTTP proxy URL; overrides HTTPS_PROXY."],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        **OutputOptions.converters,
        "deadline": timeout,
        "timeout": timeout,
        "close-timeout": duration,
        "origin": _origin,
        "header": parseHeader,
        "subprotocol": checkSubprotocol,
        "resolve": parseDNSOverride,
    }
    opt_header = repeatable("header", "Send a header, 'Name: value' (repeatable).")
    opt_H = opt_header
    opt_subprotocol = repeatable("subprotocol", "Offer a subprotocol (repeatable).")
    opt_resolve = repeatable(
        "resolve", "HOST:PORT:ADDRESS: connect to this address (repeatable)."
    )

    tls: TLS
    _proxy: Proxy | None

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

        @raise UsageError: There are several.
        """
        if len(arguments) > 1:  # which may have credentials in them
            raise UsageError(f"expected one URL, got {len(arguments)}")
        (self["url"],) = arguments or (DEFAULT_URL,)

    def postOptions(self) -> None:
        """
        Check all of it.

        @raise UsageError: Something makes no sense.
        """
        super().postOptions()
        try:
            address = parseURL(self["url"])
        except ValueError as error:
            raise UsageError(str(error)) from None
        self._proxy = self._chooseProxy(address)
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
        @return: What L{echo.client.connecting.connect} takes, beside the URL.
        """
        return {
            "origin": self["origin"],
            "headers": self.get("header", ()),
            "subprotocols": self.get("subprotocol", ()),
            "tls": self.tls,
            "unixSocket": self["unix-socket"],
            "proxy": self._proxy,
            "resolve": self.get("resolve", ()),
            "compression": bool(self["compression"]),
            "timeout": self["timeout"],
            "closeTimeout": self["close-timeout"],
        }

    def readFile(self, name: str, path: str) -> bytes:
        """
        @param name: The option that says which.

        @return: What is in a file.

        @raise UsageError: It cannot be read.
        """
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            source = self.source(name)
            raise UsageError(f"{source}: cannot read {path!r}: {reason}") from None

    def standardInput(self, name: str) -> BinaryIO:
        """
        @param name: The option that wants it.

        @raise UsageError: There is none: it was closed before we began.
        """
        if self._stdin is not None:
            return self._stdin
        if sys.stdin is None:
            raise UsageError(f"{self.source(name)}: there is no standard input")
        return sys.stdin.buffer

    def _chooseProxy(self, address: Address) -> Proxy | None:
        text = self["proxy"]
        if self["unix-socket"] is not None:
            if text:
                raise UsageError("--proxy makes no sense with --unix-socket")
            return None
        try:
            if text is None:
                return proxyFor(address, self._environment)
            return parseProxy(text) if text else None
        except ValueError as error:
            source = "the environment's proxy" if text is None else self.source("proxy")
            raise UsageError(f"{source}: {error}") from None

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
        return self.readFile(name, self[name])
