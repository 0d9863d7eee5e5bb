"""
What to send: plain data.
"""

import re
from dataclasses import dataclass
from functools import cached_property

_PADDING = b"."
_NAME = re.compile(rb"Hello \d+ of ([0-9a-f]{8})-(\d+)")

# Bytes that are enough for a name: ten digits for each number.
_NAME_ROOM = 40


@dataclass(frozen=True)
class Payloads:
    """
    The payloads of the messages of a run.

    @ivar fixed: The payload of each message; C{None} for C{Hello 1}, C{Hello 2}
        and so on.

    @ivar run: Eight hexadecimal digits that no other run has. With them, payloads name
        their run and their connection, unless they are C{fixed}: C{Hello 1 of
        5f3a9c01-2}. So an echo that goes to a wrong connection is seen there.

    @ivar isBinary: Whether the messages are binary.

    @ivar size: How many bytes each is to have: it is cut or repeated. C{None} for
        as many as it has.
    """

    fixed: bytes | None = None
    isBinary: bool = False
    size: int | None = None
    run: str | None = None

    @property
    def longest(self) -> int:
        """
        Bytes of the longest message that can be foreseen.
        """
        return len(self.payload(1))

    @property
    def named(self) -> bool:
        """
        Whether each payload names its connection.
        """
        if self.run is None or self.fixed is not None:
            return False
        return self.size is None or self.size >= _NAME_ROOM

    def payload(self, seq: int, connection: int = 1) -> bytes:
        """
        @param seq: The number of the message on its connection, from 1.

        @param connection: The number of the connection, from 1.

        @return: The payload of this message.
        """
        if self.fixed is not None:
            return self._same
        base = b"Hello %d" % seq
        if self.named:
            base += b" of %s-%d" % (self._run, connection)
        return self._sized(base)

    def isForeign(self, payload: bytes, connection: int) -> bool:
        """
        @return: Whether a payload names another connection than this one.
        """
        name = _NAME.match(payload) if self.named else None
        if name is None:
            return False
        return (name[1], name[2]) != (self._run, b"%d" % connection)

    @cached_property
    def _run(self) -> bytes:
        return (self.run or "").encode()

    @cached_property
    def _same(self) -> bytes:
        return self._sized(self.fixed or b"")

    def _sized(self, base: bytes) -> bytes:
        if self.size is None:
            return base
        payload = (base or _PADDING) * (self.size // (len(base) or 1) + 1)
        payload = payload[: self.size]
        if not self.isBinary:
            # A character cut in two is no text.
            payload = payload.decode("utf-8", "ignore").encode()
        return payload.ljust(self.size, _PADDING)
