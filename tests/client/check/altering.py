"""
Servers that change messages, lose them, or understand some frames only.
"""

import struct
import unicodedata

from tests.client.check.referenceserver import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Received,
    Server,
    Violation,
)


class Altering(Server):
    """
    Changes messages.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: A message, changed.
        """
        raise NotImplementedError

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send a message back, changed.
        """
        super().onMessage(kind, self.alter(payload))


class WithoutMark(Altering):
    """
    Takes U+FEFF in front for a byte order mark.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message without it.
        """
        return payload.removeprefix(b"\xef\xbb\xbf")


class Newlines(Altering):
    """
    Knows one kind of line ends.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message with that kind.
        """
        return payload.replace(b"one\r\n", b"one\n")


class Composing(Altering):
    """
    Normalises text.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message, composed.
        """
        try:
            return unicodedata.normalize("NFC", payload.decode()).encode()
        except UnicodeDecodeError:
            return payload


class Stripping(Altering):
    """
    Removes blanks at both ends.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message without them.
        """
        return payload.strip(b" \t") if len(payload) < 256 else payload


class NulTerminated(Altering):
    """
    Takes NUL for the end of a text.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message up to there.
        """
        return payload.split(b"\0")[0] if payload.endswith(b"two\0") else payload


class Narrow(Altering):
    """
    Replaces noncharacters.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message with a question mark in their place.
        """
        return payload.replace("\ufffe".encode(), b"?")


class Spoiling(Altering):
    """
    Spoils a byte far behind the first.
    """

    at = 2**16

    def alter(self, payload: bytes) -> bytes:
        """
        @return: The message with that byte changed.
        """
        if len(payload) <= self.at:
            return payload
        return payload[: self.at] + b"\0" + payload[self.at + 1 :]


class SpoilingSooner(Spoiling):
    """
    Spoils the last byte of 64 KiB.
    """

    at = 2**16 - 1


class Repeating(Altering):
    """
    Sends the first 4 KiB of 64 KiB twice.
    """

    def alter(self, payload: bytes) -> bytes:
        """
        @return: A message of the right length.
        """
        if len(payload) <= 2**16:
            return payload
        return payload[:4096] * 2 + payload[8192:]


class Limited(Server):
    """
    Takes no messages above 32 KiB.
    """

    limit = 2**15


class Forgetful(Server):
    """
    Loses a message after many.
    """

    _count = 0

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back, but for the 1,500th.
        """
        self._count += 1
        if self._count != 1500:
            super().onMessage(kind, payload)


class Hasty(Server):
    """
    Takes a length for complete that is not.
    """

    def parse(self) -> Received | None:
        """
        @return: A frame, if its length arrived together with its first bytes.
        """
        if 2 <= len(self._data) < 4 and self._data[1] & 127 > 125:
            raise Violation(1002)
        return super().parse()


class Masks(Server):
    """
    Takes a mask of zeros for none.
    """

    def parse(self) -> Received | None:
        """
        @return: The next frame.
        """
        second = self._data[1] if len(self._data) >= 6 else 0
        if 128 < second < 254 and self._data[2:6] == bytes(4):
            raise Violation(1002)
        return super().parse()


class FourFragments(Server):
    """
    Takes no more than four fragments a message.
    """

    _fragments = 0

    def onPart(self, received: Received) -> None:
        """
        Count it.
        """
        self._fragments = self._fragments + 1 if received.opcode == CONTINUATION else 1
        if self._fragments > 4:
            raise Violation(1008)
        super().onPart(received)


class NoEmpty(Server):
    """
    Takes an empty message in fragments for none.
    """

    def onPart(self, received: Received) -> None:
        """
        Refuse the end of nothing.
        """
        super().onPart(received)
        if received.fin and received.opcode == CONTINUATION and not self._parts:
            raise Violation(1002)


class OneKind(Server):
    """
    Takes all messages in fragments for what the first of them was.
    """

    _first = 0

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back as that.
        """
        if payload.startswith(b"in fragments"):
            kind = self._first = self._first or kind
        super().onMessage(kind, payload)


class PongsLate(Server):
    """
    Answers pings between fragments after the message.
    """

    deflates = True
    _pings: tuple[bytes, ...] = ()

    def onPing(self, payload: bytes) -> None:
        """
        UpgradeResponse, or wait.
        """
        if self._kind:
            self._pings += (payload,)
        else:
            super().onPing(payload)

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back, then the pongs.
        """
        super().onMessage(kind, payload)
        pings, self._pings = self._pings, ()
        for each in pings:
            self.write(PONG, each)


class PongsBackwards(Server):
    """
    Answers the latest ping first.
    """

    _pings: tuple[bytes, ...] = ()

    def onPing(self, payload: bytes) -> None:
        """
        Keep it until all that has arrived was read.
        """
        self._pings += (payload,)

    def dataReceived(self, data: bytes) -> None:
        """
        Read, then answer.
        """
        super().dataReceived(data)
        pings, self._pings = self._pings, ()
        for each in reversed(pings):
            self.write(PONG, each)


class PongsTwice(Server):
    """
    Answers each ping twice.
    """

    def onPing(self, payload: bytes) -> None:
        """
        UpgradeResponse.
        """
        self.write(PONG, payload)
        self.write(PONG, payload)


class NoPongBetween(Server):
    """
    Takes no pongs between fragments.
    """

    def onFrame(self, received: Received) -> None:
        """
        Refuse them.
        """
        if received.opcode == PONG and self._kind:
            raise Violation(1002)
        super().onFrame(received)


class TextPings(Server):
    """
    Takes pings of text only.
    """

    def onPing(self, payload: bytes) -> None:
        """
        UpgradeResponse, if it is one.
        """
        self.decode(payload)
        super().onPing(payload)


class PartialControl(Server):
    """
    Takes control frames that are not whole, but not those that are too long.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        """
        Look at the length only.
        """
        super().checkControl(True, length)


class LongControl(Server):
    """
    Takes control frames that write a short length in a long way.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        """
        Leave the length for later.
        """
        super().checkControl(fin, 0)

    def checkShortest(self, length: int, size: int) -> None:
        """
        Let them pass.
        """
        if self._data[0] & 15 < CLOSE:
            super().checkShortest(length, size)
        elif length > 125:
            raise Violation(1002)


class Patient(Server):
    """
    Looks at text only when it has all of it.
    """

    def onPart(self, received: Received) -> None:
        """
        Keep it, and look at the end.
        """
        self._parts += received.payload
        if received.fin and self._kind == TEXT:
            self.decode(self._parts)


class Unfinished(Server):
    """
    Does not mind characters that are cut off.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        Take it for the first part of something.
        """
        super().decode(text, False)

    def onPart(self, received: Received) -> None:
        """
        Forget what is left of the message before.
        """
        if received.opcode != CONTINUATION:
            self._decoder.reset()
        super().onPart(received)


class Overlong(Server):
    """
    Reads characters in more bytes than they need.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        Let those of three and four bytes pass.
        """
        for each in (b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf"):
            text = text.replace(each, b"/")
        super().decode(text, final)


class Lenient(Server):
    """
    Passes over continuation bytes that continue nothing.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        Leave them out.
        """
        super().decode(text.replace(b" \x80", b" "), final)


class AsciiReasons(Server):
    """
    Takes reasons in ASCII only.
    """

    def checkClose(self, payload: bytes) -> None:
        """
        Refuse others.
        """
        super().checkClose(payload)
        if not payload[2:].isascii():
            raise Violation(1007)


class ClosesLater(Server):
    """
    Waits for the end of a message before it answers a close.
    """

    def onClose(self, payload: bytes) -> None:
        """
        UpgradeResponse, if there is no message.
        """
        if not self._kind:
            super().onClose(payload)


class SignedCodes(Server):
    """
    Reads close codes with a sign, and knows no code below zero.
    """

    def checkClose(self, payload: bytes) -> None:
        """
        Let them pass.
        """
        if payload[:2] != b"\xff\xff":
            super().checkClose(payload)


class FailsLater(Server):
    """
    Reads on after a failure.
    """

    def fail(self, code: int) -> None:
        """
        Say so, and go on with what has arrived.
        """
        self.write(CLOSE, struct.pack("!H", code))
        self._data = self._data[6:]  # the frame that failed, which was empty
        super().dataReceived(b"")
        self.end()


class PongsAfterClose(Server):
    """
    Answers pings after a close.
    """

    _closing = False

    def onClose(self, payload: bytes) -> None:
        """
        UpgradeResponse.
        """
        self._closing = True
        super().onClose(payload)

    def end(self) -> None:
        """
        UpgradeResponse a ping that has arrived.
        """
        received = self.parse() if self._closing else None
        if received is not None and received.opcode == PING:
            self.onPing(received.payload)
        super().end()


class SlowlyBinary(Server):
    """
    Sends long text back as binary.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back, as it may be.
        """
        super().onMessage(BINARY if len(payload) == 2**16 else kind, payload)


class AtOnce(Server):
    """
    Wants all of a request at once.
    """

    def readHead(self) -> None:
        """
        Refuse a part.
        """
        if b"\r\n\r\n" not in self._data:
            self.refuse("400 Bad Request")
        else:
            super().readHead()


class SpacedKey(Server):
    """
    Takes blanks for a part of the key.
    """

    def readHead(self) -> None:
        """
        Keep them away from the parser.
        """
        self._data = self._data.replace(b":   ", b": _").replace(b" \t\r\n", b"\r\n")
        super().readHead()

    def isKey(self, key: str | None) -> bool:
        """
        @return: Whether this looks like a key.
        """
        return super().isKey(key and key.replace("_", ""))


class OneToken(Server):
    """
    Knows no lists in header fields.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        """
        Refuse them.
        """
        if "," in fields.get("connection", ""):
            self.refuse("400 Bad Request")
        else:
            super().onRequest(line, fields)


class MirrorsExtensions(Server):
    """
    Accepts any extension that is not about compression.
    """

    def choices(self, fields: dict[str, str]) -> list[str]:
        """
        @return: It, as it was offered.
        """
        offered = fields.get("sec-websocket-extensions", "permessage-deflate")
        if "permessage-deflate" in offered:
            return []
        return [f"Sec-WebSocket-Extensions: {offered}"]


class AnyVersion(Server):
    """
    Takes a request without a version.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        """
        Add it.
        """
        super().onRequest(line, {"sec-websocket-version": "13", **fields})
