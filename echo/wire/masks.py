"""
Masks of a client's frames.
"""

import os

#: Masks that are taken from the system at once: a call for each message would cost more
#: than the rest of its frame.
_AT_ONCE = 1024


class Masks:
    """
    Masks that no peer can predict: each is used once (RFC 6455, 5.3 and 10.3).
    """

    def __init__(self) -> None:
        self._masks = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """
        @return: Masks of four bytes each.
        """
        at, self._at = self._at, self._at + 4 * count
        if self._at > len(self._masks):
            self._masks = os.urandom(4 * max(count, _AT_ONCE))
            at, self._at = 0, 4 * count
        return self._masks[at : self._at]

    def forget(self) -> None:
        """
        Take new ones from the system for the next frame.
        """
        self._masks = b""
        self._at = 0


#: The masks of this process. A child process must not repeat them.
masks = Masks()
os.register_at_fork(after_in_child=masks.forget)
