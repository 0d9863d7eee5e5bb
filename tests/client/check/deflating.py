"""
Servers that break one rule of permessage-deflate each.
"""

import zlib
from typing import Any

from tests.client.check.broken import Deflating, Latin, NoPongs
from tests.client.check.referenceserver import BINARY, PING, TEXT, Received, Violation

_TAIL = b"\0\0\xff\xff"


class KeepsContext(Deflating):
    """
    Says that it keeps no context, and keeps it.
    """

    _compressor: Any = None

    def compressor(self) -> Any:
        """
        @return: The one of the message before.
        """
        self._compressor = self._compressor or super().compressor()
        return self._compressor


class SharesContext(KeepsContext):
    """
    Keeps its context, and says so; unless somebody asks it not to.
    """

    def agreement(self) -> str:
        """
        @return: The name, and nothing else.
        """
        return "permessage-deflate"


class WideWindow(Deflating):
    """
    Agrees on a smaller window, and uses the largest.
    """

    def compressor(self) -> Any:
        """
        @return: One with the largest window.
        """
        return zlib.compressobj(wbits=-15)


class NoWindow(Deflating):
    """
    Does not say that it uses a smaller window.
    """

    def choices(self, fields: dict[str, str]) -> list[str]:
        """
        @return: Fields that do not say so.
        """
        return [each.partition("; server_max")[0] for each in super().choices(fields)]


class ForgetsContext(Deflating):
    """
    Inflates each message by itself.
    """

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: The message.
        """
        self._inflater = None
        return super().inflate(payload)


class NoTakeover(ForgetsContext):
    """
    The same, as agreed on.
    """

    def agreement(self) -> str:
        """
        @return: That it wants messages without context.
        """
        return f"{super().agreement()}; client_no_context_takeover"


class WholeOnly(Deflating):
    """
    Inflates whole messages only.
    """

    def onPart(self, received: Received) -> None:
        """
        Refuse compressed fragments.
        """
        if self._compressed and not received.fin:
            raise Violation(1003)
        super().onPart(received)


class TextOnly(Deflating):
    """
    Inflates text only.
    """

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: The message, or what there is of it.
        """
        return payload if self._binary else super().inflate(payload)

    _binary = False

    def onPart(self, received: Received) -> None:
        """
        Remember what it is.
        """
        self._binary = self._kind == BINARY
        super().onPart(received)


class OneBlock(Deflating):
    """
    Takes the end of a block for the end of the message.
    """

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: The message up to there.
        """
        return super().inflate(payload.partition(_TAIL)[0])


class NothingStored(Deflating):
    """
    Knows no blocks without compression.
    """

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: The message, if it is compressed.
        """
        if payload[0] & 6 == 0 and len(payload) > 1:
            raise Violation(1007)
        return super().inflate(payload)


class NothingEmpty(Deflating):
    """
    Knows no empty messages that are compressed.
    """

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: The message, if there is any.
        """
        if payload == b"\0":
            raise Violation(1007)
        return super().inflate(payload)


class AnyOffer(Deflating):
    """
    Takes any offer.
    """

    def knows(self, parameters: list[str]) -> bool:
        """
        @return: C{True}.
        """
        return True


class LatinDeflating(Deflating, Latin):
    """
    Does not look at text, be it compressed or not.
    """


class PlainPings(Deflating):
    """
    Takes pings for compressed ones, and does not mind.
    """

    def checkReserved(self, rsv: int, opcode: int) -> None:
        """
        Let it pass.
        """
        if (rsv, opcode) != (4, PING):
            super().checkReserved(rsv, opcode)


class SilentDeflating(Deflating, NoPongs):
    """
    Answers no ping.
    """


class PlainText(Deflating):
    """
    Takes all text for compressed text.
    """

    def onPart(self, received: Received) -> None:
        """
        Do so.
        """
        self._compressed |= self._kind == TEXT and self._deflated
        super().onPart(received)


class ManyBlocks(Deflating):
    """
    Ends each message with a last block, and its window with it (7.2.3.4).
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send a message back so.
        """
        if not self._compressed:
            super().onMessage(kind, payload)
            return
        compressor = self.compressor()
        data = compressor.compress(payload) + compressor.flush(zlib.Z_FINISH)
        self.write(kind, data + b"\0", rsv=4)

    def agreement(self) -> str:
        """
        @return: The name, and nothing else.
        """
        return "permessage-deflate"
