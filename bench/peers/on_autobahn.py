"""
An echo server on Autobahn and Twisted, with their defaults.
"""

from arguments import HOST, LIMIT, parse
from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
)
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.web.resource import Resource
from twisted.web.server import Site


class Echo(WebSocketServerProtocol):
    """
    Echoes every message.
    """

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.sendMessage(payload, isBinary)


def acceptDeflate(offers: list[object]) -> PerMessageDeflateOfferAccept | None:
    """
    Accept the first offer of permessage-deflate.
    """
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)
    return None


options = parse()
factory = WebSocketServerFactory()
factory.protocol = Echo
factory.setProtocolOptions(maxMessagePayloadSize=LIMIT, maxFramePayloadSize=LIMIT)
if options.deflate:
    factory.setProtocolOptions(perMessageCompressionAccept=acceptDeflate)
root = Resource()
root.putChild(b"socket", WebSocketResource(factory))
where = f"tcp:{options.port}:interface={HOST}"
if options.tls:
    certificate, key = options.tls
    where = (
        f"ssl:{options.port}:interface={HOST}:certKey={certificate}:privateKey={key}"
    )
serverFromString(reactor, where).listen(Site(root))
reactor.run()
