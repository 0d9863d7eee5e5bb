"""
Servers with permessage-deflate, and one fault in it each.
"""

import zlib
from typing import Any

from tests.client.check.faultyservers.control import NoPongs
from tests.client.check.faultyservers.frames import NoUTF8Check
from tests.kit.frames import BINARY, PING, TEXT
from tests.kit.referenceserver import Received, ReferenceServer, Violation

_TAIL = b"\0\0\xff\xff"


class Deflating(ReferenceServer):
    """
    Accepts permessage-deflate. No fault.
    """

    deflates = True


class Greeting(Deflating):
    """
    Sends a text and a binary message first. No fault.
    """

    def greet(self) -> None:
        self._compressed = self._deflated
        self.onMessage(TEXT, b"Welcome, echo-client check!")
        self._compressed = False
        self.onMessage(BINARY, b"\xff")


class KeepsContext(Deflating):
    """
    Agrees to C{server_no_context_takeover}, and keeps its context.
    """

    _compressor: Any = None

    def compressor(self) -> Any:
        self._compressor = self._compressor or super().compressor()
        return self._compressor


class AnnouncesContext(KeepsContext):
    """
    Accepts C{server_no_context_takeover} without confirming it, and keeps its context.
    """

    def agreement(self) -> str:
        return "permessage-deflate"


class IgnoresWindow(Deflating):
    """
    Agrees to a window of 9 bits, and uses 15.
    """

    def compressor(self) -> Any:
        return zlib.compressobj(wbits=-15)


class HidesWindow(Deflating):
    """
    Uses a window of 9 bits without confirming C{server_max_window_bits}.
    """

    def extensionFields(self, fields: dict[str, str]) -> list[str]:
        return [
            each.partition("; server_max")[0]
            for each in super().extensionFields(fields)
        ]


class DropsClientContext(Deflating):
    """
    Inflates each message without the context of earlier ones.
    """

    def inflate(self, payload: bytes) -> bytes:
        self._inflater = None
        return super().inflate(payload)


class NoClientTakeover(DropsClientContext):
    """
    Demands C{client_no_context_takeover}. No fault.
    """

    def agreement(self) -> str:
        return f"{super().agreement()}; client_no_context_takeover"


class RefusesDeflatedFragments(Deflating):
    """
    Refuses compressed messages in fragments.
    """

    def onFragment(self, received: Received) -> None:
        if self._compressed and not received.fin:
            raise Violation(1003)
        super().onFragment(received)


class InflatesTextOnly(Deflating):
    """
    Inflates text only.
    """

    def inflate(self, payload: bytes) -> bytes:
        return payload if self._binary else super().inflate(payload)

    _binary = False

    def onFragment(self, received: Received) -> None:
        self._binary = self._kind == BINARY
        super().onFragment(received)


class InflatesFirstBlock(Deflating):
    """
    Inflates the first block of a message only.
    """

    def inflate(self, payload: bytes) -> bytes:
        return super().inflate(payload.partition(_TAIL)[0])


class RefusesStoredBlock(Deflating):
    """
    Refuses stored blocks.
    """

    def inflate(self, payload: bytes) -> bytes:
        if payload[0] & 6 == 0 and len(payload) > 1:
            raise Violation(1007)
        return super().inflate(payload)


class RefusesEmptyDeflated(Deflating):
    """
    Refuses empty compressed messages.
    """

    def inflate(self, payload: bytes) -> bytes:
        if payload == b"\0":
            raise Violation(1007)
        return super().inflate(payload)


class AcceptsAnyOffer(Deflating):
    """
    Accepts offers with invalid parameters.
    """

    def isValidOffer(self, parameters: list[str]) -> bool:
        return True


class NoUTF8CheckDeflating(Deflating, NoUTF8Check):
    """
    Accepts compressed text that is not UTF-8.
    """


class AcceptsRSV1Ping(Deflating):
    """
    Accepts pings with RSV1.
    """

    def checkReserved(self, rsv: int, opcode: int) -> None:
        if (rsv, opcode) != (4, PING):
            super().checkReserved(rsv, opcode)


class NoPongsDeflating(Deflating, NoPongs):
    """
    Accepts permessage-deflate, and answers no ping.
    """


class InflatesAllText(Deflating):
    """
    Inflates uncompressed text, too.
    """

    def onFragment(self, received: Received) -> None:
        self._compressed |= self._kind == TEXT and self._deflated
        super().onFragment(received)


class EndsWithFinalBlock(Deflating):
    """
    Ends each compressed message with a final block (7.2.3.4). No fault.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        if not self._compressed:
            super().onMessage(kind, payload)
            return
        compressor = self.compressor()
        data = compressor.compress(payload) + compressor.flush(zlib.Z_FINISH)
        self.write(kind, data + b"\0", rsv=4)

    def agreement(self) -> str:
        return "permessage-deflate"
