"""
Servers that alter or lose messages, or refuse valid ones.
"""

import unicodedata

from tests.kit.frames import BINARY, CONTINUATION, PING, PONG, TEXT
from tests.kit.referenceserver import Received, ReferenceServer, Violation


class PingsAndFragments(ReferenceServer):
    """
    Sends pings, unsolicited pongs, and all echoes in three fragments. No fault.
    """

    def greet(self) -> None:
        self.write(PING, b"Are you there?")

    def onMessage(self, kind: int, payload: bytes) -> None:
        self.write(PONG, b"I am here.")
        self.write(kind, payload[:1], fin=False)
        self.write(PONG, b"Still.")
        self.write(CONTINUATION, b"", fin=False)
        self.write(CONTINUATION, payload[1:])


class TextAsBinary(ReferenceServer):
    """
    Echoes text as binary.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        super().onMessage(BINARY, payload)


class Altering(ReferenceServer):
    """
    Alters its echoes.
    """

    def alter(self, payload: bytes) -> bytes:
        raise NotImplementedError

    def onMessage(self, kind: int, payload: bytes) -> None:
        super().onMessage(kind, self.alter(payload))


class StripsBOM(Altering):
    """
    Removes U+FEFF from the front.
    """

    def alter(self, payload: bytes) -> bytes:
        return payload.removeprefix(b"\xef\xbb\xbf")


class NormalisesNewlines(Altering):
    """
    Replaces CR LF with LF.
    """

    def alter(self, payload: bytes) -> bytes:
        return payload.replace(b"one\r\n", b"one\n")


class NormalisesUnicode(Altering):
    """
    Normalises text to NFC.
    """

    def alter(self, payload: bytes) -> bytes:
        try:
            return unicodedata.normalize("NFC", payload.decode()).encode()
        except UnicodeDecodeError:
            return payload


class StripsBlanks(Altering):
    """
    Strips blanks from both ends.
    """

    def alter(self, payload: bytes) -> bytes:
        return payload.strip(b" \t") if len(payload) < 256 else payload


class StopsAtNUL(Altering):
    """
    Cuts text at the first NUL.
    """

    def alter(self, payload: bytes) -> bytes:
        return payload.split(b"\0")[0] if payload.endswith(b"two\0") else payload


class ReplacesNoncharacters(Altering):
    """
    Replaces a noncharacter with a question mark.
    """

    def alter(self, payload: bytes) -> bytes:
        return payload.replace("\ufffe".encode(), b"?")


class CorruptsByte65536(Altering):
    """
    Overwrites byte 65,536 of a message.
    """

    at = 2**16

    def alter(self, payload: bytes) -> bytes:
        if len(payload) <= self.at:
            return payload
        return payload[: self.at] + b"\0" + payload[self.at + 1 :]


class CorruptsByte65535(CorruptsByte65536):
    """
    Overwrites byte 65,535 of a message.
    """

    at = 2**16 - 1


class RepeatsFirstPart(Altering):
    """
    Overwrites the second 4 KiB of a long message with the first.
    """

    def alter(self, payload: bytes) -> bytes:
        if len(payload) <= 2**16:
            return payload
        return payload[:4096] * 2 + payload[8192:]


class LongTextAsBinary(ReferenceServer):
    """
    Echoes text of 64 KiB as binary.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        super().onMessage(BINARY if len(payload) == 2**16 else kind, payload)


class Limit32KiB(ReferenceServer):
    """
    Refuses messages above 32 KiB.
    """

    limit = 2**15


class LosesMessage1500(ReferenceServer):
    """
    Loses the 1,500th message.
    """

    _count = 0

    def onMessage(self, kind: int, payload: bytes) -> None:
        self._count += 1
        if self._count != 1500:
            super().onMessage(kind, payload)


class WantsWholeLength(ReferenceServer):
    """
    Refuses a frame whose length arrives after its first two bytes.
    """

    def parse(self) -> Received | None:
        if 2 <= len(self._data) < 4 and self._data[1] & 127 > 125:
            raise Violation(1002)
        return super().parse()


class RefusesZeroMask(ReferenceServer):
    """
    Takes a mask of zeros for no mask.
    """

    def parse(self) -> Received | None:
        second = self._data[1] if len(self._data) >= 6 else 0
        if 128 < second < 254 and self._data[2:6] == bytes(4):
            raise Violation(1002)
        return super().parse()


class RefusesFifthFragment(ReferenceServer):
    """
    Refuses the fifth fragment of a message.
    """

    _fragments = 0

    def onFragment(self, received: Received) -> None:
        self._fragments = self._fragments + 1 if received.opcode == CONTINUATION else 1
        if self._fragments > 4:
            raise Violation(1008)
        super().onFragment(received)


class RefusesEmptyFragments(ReferenceServer):
    """
    Refuses a message of empty fragments.
    """

    def onFragment(self, received: Received) -> None:
        super().onFragment(received)
        if received.fin and received.opcode == CONTINUATION and not self._parts:
            raise Violation(1002)


class KeepsFirstOpcode(ReferenceServer):
    """
    Echoes fragmented messages with the opcode of the first of them.
    """

    _first = 0

    def onMessage(self, kind: int, payload: bytes) -> None:
        if payload.startswith(b"in fragments"):
            kind = self._first = self._first or kind
        super().onMessage(kind, payload)


class NoFragmentCheck(ReferenceServer):
    """
    Accepts fragments in any order.
    """

    def checkOrder(self, opcode: int) -> None:
        if opcode == CONTINUATION and not self._kind:
            self._kind = TEXT
