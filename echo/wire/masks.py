"""
Random masks for a client's frames (RFC 6455 sections 5.3 and 10.3).
"""

import os

#: Masks that one system call fetches: a call for each message would cost more than the
#: rest of its frame.
_BATCH = 1024


class Masks:
    """
    Random masks. Each is used once, so that no peer can predict it.
    """

    def __init__(self) -> None:
        self._masks = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """
        @return: Masks of four bytes each, one after the other.
        """
        at, self._at = self._at, self._at + 4 * count
        if self._at > len(self._masks):
            self._masks = os.urandom(4 * max(count, _BATCH))
            at, self._at = 0, 4 * count
        return self._masks[at : self._at]

    def forget(self) -> None:
        self._masks = b""
        self._at = 0


#: The masks of this process. A forked process discards them: it must not use the same.
masks = Masks()
os.register_at_fork(after_in_child=masks.forget)
