"""
Lines of standard input, each of which is a message.
"""

import os
from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from zope.interface import implementer

_READ = 2**16

#: Bytes of the longest line.
LONGEST = 16 * 2**20


#: Takes the next line, without its end; C{None} at the end of the input. It fails with
#: C{ValueError} if the line cannot be sent. Cancelling it loses no line.
TakeLine = Callable[[], Deferred[bytes | None]]


@implementer(IReadDescriptor)
class LineReader:
    """
    Reads lines of a descriptor, one for each call of C{take}.

    It leaves the flags of the descriptor alone: C{twisted.internet.stdio} makes it
    non-blocking, and with it the terminal that we write to.
    """

    def __init__(self, reactor: IReactorFDSet, descriptor: int, isBinary: bool) -> None:
        """
        @param isBinary: Whether lines may be invalid UTF-8.
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
        if self._complete():
            return self._line()
        self._taker = Deferred(self._cancelled)
        self._reactor.addReader(self)
        return self._taker

    def _cancelled(self, _: object) -> None:
        self._taker = None
        self._reactor.removeReader(self)

    def _complete(self) -> bool:
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
        return self._descriptor

    def logPrefix(self) -> str:
        return "standard input"

    def doRead(self) -> None:
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return
        except OSError:  # the terminal was closed
            data = b""
        self._buffer += data
        self._ended = not data
        self._serve()

    def connectionLost(self, reason: object) -> None:
        self._ended = True
        self._serve()

    def _serve(self) -> None:
        if self._taker is not None and self._complete():
            taker, self._taker = self._taker, None
            self._reactor.removeReader(self)
            self._line().chainDeferred(taker)


class LineFeed:
    """
    Gives a probe one line at a time, over one connection after another.

    @ivar ended: Whether the input has ended.

    @ivar problem: Why no more lines are sent, if this is an error.
    """

    def __init__(self, take: TakeLine) -> None:
        self.ended = False
        self.problem: str | None = None
        self._take = take
        self._line: Deferred[bytes | None] | None = None
        self._any = False

    @property
    def isEmpty(self) -> bool:
        """
        Whether there is no line to send now: the probe waits for one, or the next line
        cannot be sent.
        """
        return self._line is not None or self.problem is not None

    async def take(self) -> tuple[bytes | None, bool]:
        """
        @return: The next line, and whether it had to be awaited. The line is C{None} if
            the input ended, if it cannot be sent, and after L{cancel}.
        """
        self._line = self._line or self._take()
        waited, line = not self._line.called, None
        try:
            line = await self._line
            self.ended = line is None
            if self.ended and not self._any:
                self.problem = "there was nothing to send"
            self._any = True
        except ValueError as error:
            self.problem = str(error)
        except CancelledError:
            pass
        finally:
            self._line = None
        return line, waited

    def putBack(self, line: bytes) -> None:
        self._line = succeed(line)

    def cancel(self) -> None:
        if self._line is not None:
            self._line.cancel()
