"""
The C pump: it reads sockets, answers simple frames and writes the replies without a
turn of the reactor.
"""

import os
from dataclasses import dataclass
from typing import Any, Protocol

from echo.wire import Codec
from echo.wire._wire import ffi, lib


class CCodec(Codec, Protocol):
    """
    A codec of L{echo.wire.compiled}.
    """

    @property
    def struct(self) -> Any:
        """
        Its C struct.
        """


@dataclass(frozen=True)
class Returned:
    """
    A connection that a L{Pump} no longer serves.

    @ivar unsent: Replies that are not sent yet.

    @ivar rest: Bytes that arrived after the replies' frames and were not fed yet.

    @ivar error: The C{errno} of a failed read, or 0.
    """

    codec: CCodec
    unsent: bytes
    rest: bytes
    error: int


class Pump:
    """
    Serves the sockets of connections, as long as their frames are simple and their
    peers read the replies. A reactor can watch it like a socket: it is readable when a
    connection is ready.
    """

    def __init__(self) -> None:
        """
        @raise OSError: The system has no epoll, or no memory.
        """
        made = lib.wire_pump_new()
        if made == ffi.NULL:
            raise OSError(ffi.errno, os.strerror(ffi.errno))
        self._pump = ffi.gc(made, lib.wire_pump_free)
        self._codecs: dict[object, CCodec] = {}

    def fileno(self) -> int:
        return int(self._pump.epoll)

    def add(self, codec: CCodec, fd: int) -> None:
        """
        @raise OSError: epoll refused the socket.
        """
        error = lib.wire_pump_add(self._pump, codec.struct, fd)
        if error:
            raise OSError(error, os.strerror(error))
        self._codecs[codec.struct] = codec

    def remove(self, codec: CCodec) -> None:
        lib.wire_pump_remove(self._pump, codec.struct)
        del self._codecs[codec.struct]

    def run(self, seconds: float) -> Returned | None:
        """
        Serve all ready connections.

        @param seconds: The approximate time limit.

        @return: A connection that the pump cannot serve: call again for the others.
            None if no connection is ready, or the time is up.
        """
        pump = self._pump
        if not lib.wire_pump_run(pump, int(seconds * 1e9)):
            return None
        unsent = b"".join(
            ffi.buffer(pump.unsent[i], pump.unsent_length[i])[:] for i in range(2)
        )
        return Returned(
            self._codecs.pop(pump.returned),
            unsent,
            ffi.buffer(pump.rest, pump.rest_length)[:],
            pump.error,
        )
