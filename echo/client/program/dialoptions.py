"""
The options that several subcommands share: for the output, and for the connection.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from echo.client.output.display import Display
from echo.client.run.modes.settings import Target
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

#: Option names by group, for C{--help}: L{CommonOptions.groups} says how.
TARGET = [
    *("header 'NAME: VALUE'", "origin ORIGIN", "subprotocol NAME", "compression"),
    *("proxy URL", "resolve HOST:PORT:ADDRESS", "unix-socket PATH"),
]
TLS_GROUP = ["insecure", "cacert FILE", "cert FILE", "key FILE"]
TIMEOUTS = ["deadline TIME", "timeout TIME", "close-timeout TIME"]
OUTPUT = ["quiet", "verbose", "json", "color WHEN", "show-secrets"]


def duration(text: str) -> float:
    """
    @return: Seconds, of a week at most.
    """
    seconds = parseDuration(text)
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is too long: at most 168h")
    return seconds


def timeout(text: str) -> float:
    seconds = duration(text)
    if not seconds:
        raise ValueError(f"{text!r} is not a time span above 0: try 250ms, 5s or 1m")
    return seconds


def _origin(text: str) -> str:
    return checkHeader("Origin", text)[1]


def _color(text: str) -> str:
    if text not in _COLORS:
        raise ValueError(f"{text!r} is none of {', '.join(_COLORS)}")
    return text


class OutputOptions(CommonOptions):
    """
    The options for the output.
    """

    about = CommonOptions.about.replace("max-message", "color").replace(
        "MAX_MESSAGE", "COLOR"
    )

    optFlags = [
        ["json", None, "Write NDJSON: one object a line, the summary last."],
    ]
    optParameters = [
        ["color", None, "auto", "Use colours: auto, always or never."],
    ]
    converters = {"color": _color}

    display: Display

    def postOptions(self) -> None:
        super().postOptions()
        self.display = Display(json=bool(self["json"]), color=self["color"])


class DialOptions(OutputOptions):
    """
    The options for the connection. C{stdin} is the stream that C{@-} reads; C{None}
    for that of the process.
    """

    optFlags = [
        ["compression", None, "Offer permessage-deflate."],
        ["quiet", "q", "Show only the summary, and why a run ends early."],
        ["insecure", "k", "Accept any certificate of the server."],
        ["show-secrets", None, "Show credentials in the output."],
        ["verbose", "v", "Show the headers of the handshake."],
    ]
    optParameters = [
        ["deadline", "w", None, "Stop after TIME. [default: no limit]"],
        ["timeout", None, "10s", "Wait TIME for the connection, and for each echo."],
        [
            *("close-timeout", None, "1s"),
            "Wait TIME for the close reply and, at the end, for the next echo.",
        ],
        ["origin", None, None, "Send this Origin header."],
        [
            *("cacert", None, None),
            "Trust the authorities in FILE, in PEM. [default: those of the system]",
        ],
        ["cert", None, None, "Client certificate and its chain, in PEM."],
        [
            *("key", None, None),
            "Private key, in PEM, not encrypted. [default: the one in --cert]",
        ],
        ["unix-socket", None, None, "Connect to this Unix socket instead of the host."],
        [
            *("proxy", None, None),
            "HTTP proxy; overrides HTTPS_PROXY. Empty: no proxy.",
        ],
    ]
    converters = {
        **OutputOptions.converters,
        "deadline": timeout,
        "timeout": timeout,
        "close-timeout": duration,
        "origin": _origin,
        "header": parseHeader,
        "subprotocol": checkSubprotocol,
        "resolve": parseDNSOverride,
    }
    opt_header = repeatable("header", "Send this header. Repeatable.")
    opt_H = opt_header
    opt_subprotocol = repeatable("subprotocol", "Offer this subprotocol. Repeatable.")
    opt_resolve = repeatable(
        "resolve", "Connect to ADDRESS for this host and port. Repeatable."
    )

    target: Target

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        stdin: BinaryIO | None = None,
    ) -> None:
        super().__init__(environment)
        self._stdin = stdin

    def parseArgs(self, *arguments: str) -> None:
        if len(arguments) > 1:  # a URL can contain credentials: show none
            raise UsageError(f"expected one URL, got {len(arguments)}")
        (self["url"],) = arguments or (DEFAULT_URL,)

    def postOptions(self) -> None:
        super().postOptions()
        try:
            address = parseURL(self["url"])
        except ValueError as error:
            raise UsageError(str(error)) from None
        self.target = Target(
            url=self["url"],
            origin=self["origin"],
            headers=self.get("header", ()),
            subprotocols=self.get("subprotocol", ()),
            proxy=self._proxy(address),
            tls=self._tls(),
            unixSocket=self["unix-socket"],
            resolve=self.get("resolve", ()),
            compression=bool(self["compression"]),
            timeout=self["timeout"],
            closeTimeout=self["close-timeout"],
        )
        self.display = replace(
            self.display,
            quiet=bool(self["quiet"]),
            verbose=bool(self["verbose"]),
            secrets=bool(self["show-secrets"]),
        )

    def readFile(self, name: str, path: str) -> bytes:
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            source = self.source(name)
            raise UsageError(f"{source}: cannot read {path!r}: {reason}") from None

    def standardInput(self, name: str) -> BinaryIO:
        if self._stdin is not None:
            return self._stdin
        if sys.stdin is None:
            raise UsageError(f"{self.source(name)}: there is no standard input")
        return sys.stdin.buffer

    def _proxy(self, address: Address) -> Proxy | None:
        text = self["proxy"]
        if self["unix-socket"] is not None:
            if text:
                raise UsageError("--proxy does not work with --unix-socket")
            return None
        try:
            if text is None:
                return proxyFor(address, self._environment)
            return parseProxy(text) if text else None
        except ValueError as error:
            source = "the environment's proxy" if text is None else self.source("proxy")
            raise UsageError(f"{source}: {error}") from None

    def _tls(self) -> TLS:
        tls = TLS(
            authorities=self._file("cacert"),
            certificate=self._file("cert"),
            key=self._file("key"),
            verify=not self["insecure"],
        )
        if self["cacert"] or self["cert"] or self["key"]:
            # Check the files now. Without files there is nothing to check, and
            # loading the system's authorities takes time.
            try:
                tls.context()
            except ValueError as error:
                raise UsageError(str(error)) from None
        return tls

    def _file(self, name: str) -> bytes | None:
        if self[name] is None:
            return None
        return self.readFile(name, self[name])
