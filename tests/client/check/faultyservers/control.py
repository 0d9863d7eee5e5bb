"""
Servers with a fault in pings, pongs and other control frames.
"""

from tests.kit.frames import CLOSE, PONG
from tests.kit.referenceserver import Received, ReferenceServer, Violation


class Mute(ReferenceServer):
    """
    Opens the WebSocket, and answers nothing more.
    """

    def onFrame(self, received: Received) -> None:
        pass

    def fail(self, code: int) -> None:
        pass


class NoPongs(ReferenceServer):
    """
    Answers no ping.
    """

    def onPing(self, payload: bytes) -> None:
        pass


class PongsLate(ReferenceServer):
    """
    Answers pings between fragments after the message.
    """

    deflates = True
    _pings: tuple[bytes, ...] = ()

    def onPing(self, payload: bytes) -> None:
        if self._kind:
            self._pings += (payload,)
        else:
            super().onPing(payload)

    def onMessage(self, kind: int, payload: bytes) -> None:
        super().onMessage(kind, payload)
        pings, self._pings = self._pings, ()
        for each in pings:
            self.write(PONG, each)


class PongsInReverse(ReferenceServer):
    """
    Answers pings that arrive together in reverse order.
    """

    _pings: tuple[bytes, ...] = ()

    def onPing(self, payload: bytes) -> None:
        self._pings += (payload,)

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        pings, self._pings = self._pings, ()
        for each in reversed(pings):
            self.write(PONG, each)


class PongsTwice(ReferenceServer):
    """
    Answers each ping twice.
    """

    def onPing(self, payload: bytes) -> None:
        self.write(PONG, payload)
        self.write(PONG, payload)


class RefusesPongBetween(ReferenceServer):
    """
    Refuses pongs between fragments.
    """

    def onFrame(self, received: Received) -> None:
        if received.opcode == PONG and self._kind:
            raise Violation(1002)
        super().onFrame(received)


class RefusesBinaryPing(ReferenceServer):
    """
    Refuses pings that are not UTF-8.
    """

    def onPing(self, payload: bytes) -> None:
        self.decode(payload)
        super().onPing(payload)


class NoControlCheck(ReferenceServer):
    """
    Accepts control frames of any length, and their first fragments.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        pass


class AcceptsControlFragment(ReferenceServer):
    """
    Accepts the first fragments of control frames.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        super().checkControl(True, length)


class AcceptsLongControlLength(ReferenceServer):
    """
    Accepts control frames with a longer encoding of their length.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        super().checkControl(fin, 0)

    def checkShortest(self, length: int, size: int) -> None:
        if self._data[0] & 15 < CLOSE:
            super().checkShortest(length, size)
        elif length > 125:
            raise Violation(1002)
