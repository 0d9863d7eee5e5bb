"""
Servers that send invalid frames, or accept them.
"""

import struct

from tests.kit.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT
from tests.kit.referenceserver import Received, ReferenceServer


class Masking(ReferenceServer):
    """
    RefusesZeroMask its frames, with a key of zeros.
    """

    def encode(self, payload: bytes) -> bytes:
        head = super().encode(payload)
        at = len(head) - len(payload)
        return bytes([head[0] | 0x80]) + head[1:at] + bytes(4) + payload


class LongLengths(ReferenceServer):
    """
    Encodes all lengths in eight bytes, and accepts such.
    """

    def encode(self, payload: bytes) -> bytes:
        return struct.pack("!BQ", 127, len(payload)) + payload

    def checkShortest(self, length: int, size: int) -> None:
        pass


class SetsReservedBit(ReferenceServer):
    """
    Sets RSV2 in its echoes.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        self.write(kind, payload, rsv=2)


class SendsReservedOpcode(ReferenceServer):
    """
    Sends a frame of opcode 5 before its close frame.
    """

    def onClose(self, payload: bytes) -> None:
        self.write(5, b"")
        super().onClose(payload)


class SendsLongPong(ReferenceServer):
    """
    Sends a pong of 126 bytes after each pong.
    """

    def onPing(self, payload: bytes) -> None:
        super().onPing(payload)
        self.write(PONG, bytes(126))


class NoReservedCheck(ReferenceServer):
    """
    Accepts reserved bits and opcodes.
    """

    def checkReserved(self, rsv: int, opcode: int) -> None:
        pass

    def onFrame(self, received: Received) -> None:
        if received.opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING):
            super().onFrame(received)


class NoMaskCheck(ReferenceServer):
    """
    Accepts frames without a mask.
    """

    def checkMask(self, second: int) -> None:
        pass


class NoFrameLimit(ReferenceServer):
    """
    Accepts frames of any length.
    """

    limit = 2**63


class NoUTF8Check(ReferenceServer):
    """
    Accepts text that is not UTF-8.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        pass


class DecodesAtEnd(ReferenceServer):
    """
    Decodes text when the message is complete.
    """

    def onFragment(self, received: Received) -> None:
        self._parts += received.payload
        if received.fin and self._kind == TEXT:
            self.decode(self._parts)


class AcceptsCutCharacter(ReferenceServer):
    """
    Accepts text that ends within a character.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        super().decode(text, False)

    def onFragment(self, received: Received) -> None:
        if received.opcode != CONTINUATION:
            self._decoder.reset()
        super().onFragment(received)


class AcceptsOverlongForms(ReferenceServer):
    """
    Accepts overlong forms of three and four bytes.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        for each in (b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf"):
            text = text.replace(each, b"/")
        super().decode(text, final)


class SkipsContinuationBytes(ReferenceServer):
    """
    Accepts a continuation byte without a first byte.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        super().decode(text.replace(b" \x80", b" "), final)
