"""
The offer of C{permessage-deflate}, and the client's decision on the server's response.
"""

from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

#: The value of C{Sec-WebSocket-Extensions} that offers compression.
DEFLATE: str = PerMessageDeflateOffer().get_extension_string()


def acceptDeflate(response: object) -> PerMessageDeflateResponseAccept | None:
    """
    @return: The acceptance of the server's extension, if it is the offered one.
    """
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)
    return None
