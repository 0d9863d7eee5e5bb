"""
permessage-deflate (RFC 7692, 7): what a server agreed to, and compressed messages.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from echo.client.check.frames import LIMIT
from echo.client.check.verdicts import Failed

#: The name of the extension.
DEFLATE = "permessage-deflate"

#: The end of a flushed block, which senders remove (7.2.1).
TAIL = b"\0\0\xff\xff"

_WIDEST = 15
_BITS = re.compile(r'server_max_window_bits *= *"?([0-9]{1,2})"?')


@dataclass
class Agreement:
    """
    The accepted parameters. It inflates the server's messages, with no more context and
    no wider window than they allow.

    @ivar serverTakeover: Whether the server's messages may refer to its earlier
        messages; C{clientTakeover} is the same of the client's.

    @ivar serverBits: The size of the server's window, as a power of two.
    """

    serverTakeover: bool
    clientTakeover: bool
    serverBits: int
    _context: "zlib._Decompress | None" = None

    def inflate(self, payload: bytes) -> bytes:
        """
        @raise Failed: The payload is not valid, or the message is longer than
            L{LIMIT}.
        """
        context = self._context
        if context is None or context.eof or not self.serverTakeover:
            context = self._context = zlib.decompressobj(-self.serverBits)
        # zlib resolves references within its output buffer even beyond its window.
        step = LIMIT if self.serverBits == _WIDEST else 1
        message = bytearray()
        rest = payload + TAIL
        try:
            while piece := context.decompress(rest, step):
                rest = context.unconsumed_tail
                message += piece
                if len(message) > LIMIT:
                    raise Failed(f"sent a message of more than {LIMIT} bytes")
        except zlib.error:
            raise Failed("sent a compressed message that is broken") from None
        return bytes(message)


def parseAgreement(extensions: Iterable[str]) -> Agreement | None:
    for extension in extensions:
        name, *parameters = (part.strip() for part in extension.split(";"))
        if name == DEFLATE:
            found = [int(each[1]) for each in map(_BITS.fullmatch, parameters) if each]
            return Agreement(
                serverTakeover="server_no_context_takeover" not in parameters,
                clientTakeover="client_no_context_takeover" not in parameters,
                serverBits=min([_WIDEST, *(bits for bits in found if bits >= 8)]),
            )
    return None


class Deflater:
    """
    Deflates the messages of one client, with context takeover.
    """

    def __init__(self, level: int = -1) -> None:
        self._context = zlib.compressobj(level, wbits=-_WIDEST)

    def deflate(self, message: bytes) -> bytes:
        data = self._context.compress(message)
        return (data + self._context.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)
