"""
permessage-deflate as a server agrees to it (RFC 7692, 7.1), and the messages that it
compresses.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from echo.client.check.frames import LIMIT
from echo.client.check.verdicts import Failed

_NAME = "permessage-deflate"
_WIDEST = 15
_BITS = re.compile(r'server_max_window_bits *= *"?([0-9]{1,2})"?')


@dataclass(frozen=True)
class Agreement:
    """
    What client and server agreed on.

    @ivar serverTakeover: Whether the server's messages may refer to its earlier
        ones.

    @ivar clientTakeover: Whether ours may refer to our earlier ones.

    @ivar serverBits: The size of the server's window, as a power of two.
    """

    serverTakeover: bool = True
    clientTakeover: bool = True
    serverBits: int = _WIDEST


def parseAgreement(extensions: Iterable[str]) -> Agreement | None:
    """
    @param extensions: The extensions that the server accepts.

    @return: The agreement; C{None} if permessage-deflate is not among them.
    """
    for extension in extensions:
        name, *parameters = (part.strip() for part in extension.split(";"))
        if name == _NAME:
            bits = [
                int(found[1]) for found in map(_BITS.fullmatch, parameters) if found
            ]
            return Agreement(
                serverTakeover="server_no_context_takeover" not in parameters,
                clientTakeover="client_no_context_takeover" not in parameters,
                serverBits=min([_WIDEST, *(each for each in bits if each >= 8)]),
            )
    return None


class Inflater:
    """
    Inflates the messages of one server, one after another.

    It is as strict as the agreement: it keeps no context and no wider window than
    agreed on.
    """

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._context: zlib._Decompress | None = None

    def inflate(self, payload: bytes) -> bytes:
        """
        @return: A message.

        @raise Failed: It does not inflate, or to more than any that was asked for.
        """
        context = self._context
        if context is None or context.eof or not self._agreement.serverTakeover:
            context = self._context = zlib.decompressobj(-self._agreement.serverBits)
        # zlib looks back as far as its output buffer reaches, beyond its window.
        step = LIMIT if self._agreement.serverBits == _WIDEST else 1
        message = bytearray()
        rest = payload + b"\0\0\xff\xff"
        try:
            while piece := context.decompress(rest, step):
                rest = context.unconsumed_tail
                message += piece
                if len(message) > LIMIT:
                    raise Failed(f"sent a message of more than {LIMIT} bytes")
        except zlib.error:
            raise Failed("sent a compressed message that is broken") from None
        return bytes(message)
