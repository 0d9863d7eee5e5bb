"""
C{permessage-deflate}, from the client's side of the handshake.
"""

from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

#: What is offered where compression is wanted.
DEFLATE: str = PerMessageDeflateOffer().get_extension_string()


def acceptDeflate(response: object) -> PerMessageDeflateResponseAccept | None:
    """
    @return: What accepts the server's word, if it is one about what was offered.
    """
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)
    return None


def refuseDeflate(response: object) -> None:
    """
    Nothing was offered, so nothing can be accepted.
    """
