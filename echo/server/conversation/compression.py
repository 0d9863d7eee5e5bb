"""
The agreement on permessage-deflate (RFC 7692, C{--compression}).

Neither side keeps a window from one message to the next: a kept window takes about
100 KiB for the life of a connection.
"""

from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
)

from echo.engine.handshake import Offer


def acceptFirst(offers: list[PerMessageDeflateOffer]) -> PerMessageDeflateOfferAccept:
    return _NoContextTakeover(
        offers[0], request_no_context_takeover=True, no_context_takeover=True
    )


class _NoContextTakeover(PerMessageDeflateOfferAccept):
    """
    An answer with C{server_no_context_takeover}. Autobahn adds it only if the client
    asks for it.
    """

    def get_extension_string(self) -> str:
        extension = str(super().get_extension_string())
        parameter = "; server_no_context_takeover"
        return extension if parameter in extension else extension + parameter


def decline(_offers: list[PerMessageDeflateOffer]) -> None:
    pass


def validOffers(extensions: list[Offer]) -> list[Offer]:
    """
    @param extensions: All offered extensions, with parameters as Autobahn parses them.

    @return: The valid offers of permessage-deflate. Invalid ones are declined (RFC 7692
        section 7). Autobahn would fail the handshake.
    """
    return [
        (name, parameters)
        for name, parameters in extensions
        if name == PerMessageDeflateOffer.EXTENSION_NAME and _isValid(parameters)
    ]


def _isValid(parameters: dict[str, list[str | bool]]) -> bool:
    try:
        PerMessageDeflateOffer.parse(parameters)
    except Exception:  # noqa: BLE001  (Autobahn raises nothing more specific)
        return False
    return True
