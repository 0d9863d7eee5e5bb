"""
The data path: for a server, plain frames become their replies; for a client, messages
become frames, and plain frames become messages (RFC 6455 section 5).

It is compiled where there was a compiler (C{wire.h} says what it does), and has a
pure in Python that does the same. C{ECHO_USE_WIRE=0} takes the pure, C{1} insists on
the compiled one. This package knows of no reactor, no protocol and no daemon.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

#: The environment variable that chooses.
VARIABLE = "ECHO_USE_WIRE"


class Counts(Protocol):
    """
    The messages that were answered, and the bytes of their payload.
    """

    @property
    def texts(self) -> int:
        """
        Text messages.
        """

    @property
    def textOctets(self) -> int:
        """
        Their bytes.
        """

    @property
    def binaries(self) -> int:
        """
        Binary messages.
        """

    @property
    def binaryOctets(self) -> int:
        """
        Their bytes.
        """


class Codec(Protocol):
    """
    The data path of one conversation. Frames that are not plain it leaves alone:
    those that are not final, masked, text or binary, without RSV bits, within the
    limit, with a length in as few bytes as can be and, if text, of UTF-8.
    """

    @property
    def counts(self) -> Counts:
        """
        What it has answered.
        """

    @property
    def pumped(self) -> int:
        """
        How many bytes it was fed by a L{Pump<echo.wire.compiled.Pump>}.
        """

    @property
    def heardAt(self) -> float:
        """
        When a L{Pump<echo.wire.compiled.Pump>} last read something for this codec:
        seconds of C{time.monotonic}, or 0 for never.
        """

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        Go through what has arrived. A frame that is not complete is kept until more
        of it comes; the text in it is checked at once.

        @param data: What has arrived since.

        @return: The replies to plain frames, one after the other; and, from the
            beginning of the first frame that is not plain, all the rest as it came.
            That is None if there is no such frame. The codec keeps nothing of it.
        """

    def take(self) -> bytes:
        """
        @return: What it keeps of a frame that is not complete, as it came; it keeps
            it no longer.
        """


class Wire(Protocol):
    """
    What the conversations of a daemon have in common.
    """

    @property
    def totals(self) -> Counts:
        """
        What all of them have answered.
        """

    @property
    def makePump(self) -> Callable[[], Any] | None:
        """
        What makes a L{Pump<echo.wire.compiled.Pump>}; None if this is not compiled.
        """

    def codec(self, limit: int) -> Codec:
        """
        @param limit: Bytes of the longest message that is plain; 0 for no limit.

        @return: The data path of a new conversation.
        """


class ClientCodec(Protocol):
    """
    Reads what a server sends to one client. A frame is plain if it is a whole message
    without a mask, and otherwise as for a L{Codec}.
    """

    def feed(self, data: bytes) -> tuple[list[tuple[bytes, bool]], bytes | None]:
        """
        Go through what has arrived. A frame that is not complete is kept until more
        of it comes; the text in it is checked at once.

        @param data: What has arrived since.

        @return: The messages of plain frames, in their order: payload, and whether it
            is binary. And, from the beginning of the first frame that is not plain,
            all the rest as it came; None if there is no such frame. The codec keeps
            nothing of it.
        """

    def take(self) -> bytes:
        """
        @return: What it keeps of a frame that is not complete, as it came; it keeps
            it no longer.
        """


class WriteFrames(Protocol):
    """
    Makes the frames of a client.
    """

    def __call__(self, first: int, payloads: Sequence[bytes], masks: bytes) -> bytes:
        """
        @param first: The first byte of each frame: FIN, RSV and opcode.

        @param masks: Four bytes for each frame, from
            L{Masks.take<echo.wire.masks.Masks.take>}.

        @return: The frames, one after the other.
        """


def switch(name: str, environ: Mapping[str, str] = os.environ) -> bool | None:
    """
    @param name: An environment variable.

    @return: Whether it is on; None if it does not say.

    @raise ValueError: It is neither 0 nor 1.
    """
    value = environ.get(name, "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{name} must be 0 or 1, not {value!r}")
    return value == "1" if value else None


def choose(environ: Mapping[str, str] = os.environ) -> ModuleType:
    """
    @return: What the data path is made by: L{echo.wire.compiled} or
        L{echo.wire.pure}. Each has a class C{Wire} for a server, and for a client a
        class C{ClientCodec} and the function C{writeFrames}.

    @raise ImportError: It has to be compiled, and is not.

    @raise ValueError: What is wanted cannot be understood.
    """
    wanted = switch(VARIABLE, environ)
    if wanted is False:
        return import_module("echo.wire.pure")
    try:
        return import_module("echo.wire.compiled")
    except ImportError:
        if wanted:
            raise ImportError(
                f"{VARIABLE} is 1, but echo.wire is not compiled: there was no C"
                " compiler when it was installed"
            ) from None
        return import_module("echo.wire.pure")


def whyTwin(environ: Mapping[str, str] = os.environ) -> str:
    """
    @return: Why L{choose} takes the pure, where it does.
    """
    if environ.get(VARIABLE) == "0":
        return f"{VARIABLE} is 0"
    return "echo.wire is not compiled"
