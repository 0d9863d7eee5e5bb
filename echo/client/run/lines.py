"""
Standard input, a message a line.
"""

import os
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

_READ = 2**16

#: Bytes of the longest line.
LONGEST = 16 * 2**20


@implementer(IReadDescriptor)
class Lines:
    """
    Lines as they come, each when it is asked for.

    It reads when there is something to read, and leaves the descriptor as it is:
    C{twisted.internet.stdio} would make it non-blocking, and with it the terminal
    that we write to.
    """

    def __init__(self, reactor: Any, descriptor: int, isBinary: bool) -> None:
        """
        @param isBinary: Whether a line may be anything, and not UTF-8 only.
        """
        self._reactor = reactor
        self._descriptor = descriptor
        self._isBinary = isBinary
        self._buffer = bytearray()
        self._searched = 0
        self._number = 0
        self._ended = False
        self._taker: Deferred[bytes | None] | None = None

    def take(self) -> Deferred[bytes | None]:
        """
        @return: The next line, without its end; C{None} if there is none. It fails
            with C{ValueError} if the line cannot be sent. Cancelling it loses
            nothing.
        """
        if self._complete():
            return self._line()
        self._taker = Deferred(self._cancelled)
        self._reactor.addReader(self)
        return self._taker

    def _cancelled(self, _: object) -> None:
        self._taker = None
        self._reactor.removeReader(self)

    def _complete(self) -> bool:
        """
        @return: Whether there is a line, or will be none.
        """
        end = self._buffer.find(b"\n", self._searched)
        self._searched = len(self._buffer) if end < 0 else end
        return end >= 0 or self._ended or len(self._buffer) > LONGEST

    def _line(self) -> Deferred[bytes | None]:
        if self._ended and not self._buffer:
            return succeed(None)
        self._number += 1
        line = bytes(self._buffer[: self._searched])
        del self._buffer[: self._searched + 1]
        self._searched = 0
        if len(line) > LONGEST:
            return fail(ValueError(f"line {self._number} is longer than 16 MiB"))
        if not self._isBinary:
            try:
                line.decode()
            except UnicodeDecodeError:
                problem = f"line {self._number} is not UTF-8: try --binary"
                return fail(ValueError(problem))
        return succeed(line)

    # What the reactor calls

    def fileno(self) -> int:
        """
        @return: What to wait for.
        """
        return self._descriptor

    def logPrefix(self) -> str:
        """
        @return: What the reactor calls us.
        """
        return "standard input"

    def doRead(self) -> None:
        """
        There is something, or the end of it.
        """
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return
        except OSError:  # a terminal that is gone
            data = b""
        self._buffer += data
        self._ended = not data
        self._serve()

    def connectionLost(self, reason: object) -> None:
        """
        The reactor cannot watch it any more.
        """
        self._ended = True
        self._serve()

    def _serve(self) -> None:
        if self._taker is not None and self._complete():
            taker, self._taker = self._taker, None
            self._reactor.removeReader(self)
            self._line().chainDeferred(taker)
