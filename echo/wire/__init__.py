"""
The data path, in C and in Python. For a server, simple frames become their replies.
For a client, messages become frames, and simple frames become messages (RFC 6455
section 5).

A simple frame is a whole text or binary message: FIN is set, no RSV bit is set, the
length is encoded in as few bytes as possible and is within the limit, and text is valid
UTF-8. A client's frame is masked, a server's is not. A codec gives the bytes of any
other frame back, and Autobahn handles them.

    compiled    the C codec, as Python classes
    pure        the Python codec
    pump        the C pump, which serves sockets without a turn of the reactor
    masks       random masks for a client's frames
    build       how setuptools compiles codec.c and pump.c; wire.h describes them

The types of both codecs are here, and L{choose}, which picks one.
The fast paths of server and client call this package. It knows no reactor, no protocol
and no daemon.
"""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple, Protocol

#: The environment variable that chooses the codec.
VARIABLE = "ECHO_USE_WIRE"


class Counts(NamedTuple):
    """
    Numbers of messages, and bytes of their payloads.
    """

    texts: int
    textOctets: int
    binaries: int
    binaryOctets: int


class Codec(Protocol):
    """
    The codec of one server connection.
    """

    @property
    def counts(self) -> Counts:
        """
        The messages that this codec has answered up to now.
        """

    @property
    def pumped(self) -> int:
        """
        Bytes that a L{Pump<echo.wire.pump.Pump>} has read for this codec.
        """

    @property
    def heardAt(self) -> float:
        """
        Time of a L{Pump<echo.wire.pump.Pump>}'s last read for this codec: seconds of
        C{time.monotonic}, 0 for never.
        """

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        Process input. The codec keeps a partial frame until its rest arrives, and
        checks its text at once.

        @return: The replies to the simple frames, one after the other. And all input
            from the first other frame on, unchanged, or None if there is no such frame.
            The codec keeps nothing of it.
        """

    def take(self) -> bytes:
        """
        @return: The bytes of the partial frame as they arrived. The codec forgets them.
        """


class Wire(Protocol):
    """
    The codecs of one daemon.
    """

    @property
    def totals(self) -> Counts:
        """
        The messages that all codecs have answered up to now.
        """

    @property
    def makePump(self) -> Callable[[], Any] | None:
        """
        Makes a L{Pump<echo.wire.pump.Pump>}. None for the Python codec.
        """

    def codec(self, limit: int) -> Codec:
        """
        @param limit: Bytes of the longest simple message; 0 for no limit.

        @return: The codec of a new connection.
        """


class ClientCodec(Protocol):
    """
    Reads the frames of one client connection.
    """

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bool]], bytes | None]:
        """
        Process input, like L{Codec.feed}.

        @return: The messages of the simple frames, in order: payload, and whether it
            is binary. And all input from the first other frame on, or None.
        """

    def take(self) -> bytes: ...


def switch(name: str, environ: Mapping[str, str] = os.environ) -> bool | None:
    """
    @param name: An environment variable.

    @return: Whether it is 1; None if it is empty or missing.

    @raise ValueError: It is neither 0 nor 1.
    """
    value = environ.get(name, "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{name} must be 0 or 1, not {value!r}")
    return value == "1" if value else None


def choose(environ: Mapping[str, str] = os.environ) -> ModuleType:
    """
    @return: L{echo.wire.compiled} or L{echo.wire.pure}. Each has the class C{Wire} for
        a server, and the class C{ClientCodec} and the function C{writeFrames} for a
        client.

    @raise ImportError: The variable requires the C codec, which is not compiled.

    @raise ValueError: The variable is neither 0 nor 1.
    """
    wanted = switch(VARIABLE, environ)
    if wanted is False:
        return import_module("echo.wire.pure")
    try:
        return import_module("echo.wire.compiled")
    except ImportError:
        if wanted:
            raise ImportError(
                f"{VARIABLE} is 1, but echo.wire is not compiled: install a C compiler"
                " and then echo, or leave the variable empty"
            ) from None
        return import_module("echo.wire.pure")


def whyPure(environ: Mapping[str, str] = os.environ) -> str:
    if environ.get(VARIABLE) == "0":
        return f"{VARIABLE} is 0"
    return "echo.wire is not compiled"
