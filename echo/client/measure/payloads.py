"""
What to send: plain data.
"""

from dataclasses import dataclass
from functools import cached_property

_PADDING = b"."


@dataclass(frozen=True)
class Payloads:
    """
    The payloads of the messages of one connection.

    @ivar fixed: The payload of each message; C{None} for C{Hello 1}, C{Hello 2}
        and so on.

    @ivar isBinary: Whether the messages are binary.

    @ivar size: How many bytes each is to have: it is cut or repeated. C{None} for
        as many as it has.
    """

    fixed: bytes | None = None
    isBinary: bool = False
    size: int | None = None

    @property
    def longest(self) -> int:
        """
        Bytes of the longest message that can be foreseen.
        """
        return len(self.payload(1))

    def payload(self, seq: int) -> bytes:
        """
        @return: The payload of the message of that number.
        """
        if self.fixed is not None:
            return self._same
        return self._sized(b"Hello %d" % seq)

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
