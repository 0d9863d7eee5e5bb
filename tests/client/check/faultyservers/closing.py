"""
Servers with a fault in the closing handshake.
"""

import struct

from tests.kit.frames import CLOSE, PING
from tests.kit.referenceserver import ReferenceServer, Violation


class NoCloseCheck(ReferenceServer):
    """
    Echoes close frames with any payload.
    """

    def checkClose(self, payload: bytes) -> None:
        pass


class ClosesWith1000(ReferenceServer):
    """
    Closes with code 1000 in every case.
    """

    def onClose(self, payload: bytes) -> None:
        super().onClose(struct.pack("!H", 1000))

    def fail(self, code: int) -> None:
        super().fail(1000)


class NoCloseFrame(ReferenceServer):
    """
    Ends the TCP connection without a close frame.
    """

    def onClose(self, payload: bytes) -> None:
        self.end()

    def fail(self, code: int) -> None:
        self.end()


class KeepsTCPOpen(ReferenceServer):
    """
    Leaves the TCP connection open after the closing handshake.
    """

    def end(self) -> None:
        pass


class AnswersAfterClose(KeepsTCPOpen):
    """
    Answers frames after the closing handshake.
    """

    def onClose(self, payload: bytes) -> None:
        super().onClose(payload)
        self._over = False


class RefusesUnicodeReason(ReferenceServer):
    """
    Refuses close reasons that are not ASCII.
    """

    def checkClose(self, payload: bytes) -> None:
        super().checkClose(payload)
        if not payload[2:].isascii():
            raise Violation(1007)


class ClosesAfterMessage(ReferenceServer):
    """
    Ignores a close frame between fragments.
    """

    def onClose(self, payload: bytes) -> None:
        if not self._kind:
            super().onClose(payload)


class AcceptsCode65535(ReferenceServer):
    """
    Accepts close code 65,535.
    """

    def checkClose(self, payload: bytes) -> None:
        if payload[:2] != b"\xff\xff":
            super().checkClose(payload)


class ReadsAfterFailure(ReferenceServer):
    """
    Answers frames after it failed the connection.
    """

    def fail(self, code: int) -> None:
        self.write(CLOSE, struct.pack("!H", code))
        self._data = self._data[6:]  # the frame that failed, which was empty
        super().dataReceived(b"")
        self.end()


class PongsAfterClose(ReferenceServer):
    """
    Answers a ping after the closing handshake.
    """

    _closing = False

    def onClose(self, payload: bytes) -> None:
        self._closing = True
        super().onClose(payload)

    def end(self) -> None:
        received = self.parse() if self._closing else None
        if received is not None and received.opcode == PING:
            self.onPing(received.payload)
        super().end()
