"""
The checks of a WebSocket request (RFC 6455 section 4.2.1), and of the operator's
policy. L{echo.server.http.upgrade} calls them.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from itertools import islice

from twisted.internet.interfaces import IAddress
from twisted.web.server import Request

from echo.httptokens import isTokenList
from echo.server.behaviour.behaviour import Behaviour
from echo.server.conversation.factory import EchoFactory
from echo.server.http import refusals
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.origins import isAuthority
from echo.server.http.refusals import Refused, UpgradeRefusal
from echo.server.http.requesthead import CheckedUpgrade, RequestHead

_TARGET = re.compile(rb"[!\"$-~]+")  # visible ASCII, and no fragment

# Browsers make one offer, and a shorter one. Autobahn parses each offer slowly.
_MOST_OFFERS = 8
_OFFER = re.compile(r"[ -~]{1,256}")


def asksForWebSocket(head: RequestHead) -> bool:
    return "websocket" in _lower(head, "upgrade") and "upgrade" in _lower(
        head, "connection"
    )


def checkRequest(request: Request, head: RequestHead) -> None:
    """
    Check what L{RequestHead.parseSimple} guarantees.

    @raise Refused: The request is not a GET of HTTP/1.1 without a body, or asks for no
        WebSocket.
    """
    if request.method != b"GET" or not asksForWebSocket(head):
        raise Refused(refusals.NO_UPGRADE)
    if request.clientproto != b"HTTP/1.1":
        raise Refused(refusals.HTTP_VERSION)
    body = head.values("content-length") + head.values("transfer-encoding")
    if body not in ([], ["0"]):
        raise Refused(refusals.BODY)
    if _TARGET.fullmatch(request.uri) is None:
        raise Refused(refusals.TARGET)


def checkUpgrade(
    head: RequestHead,
    peer: IAddress,
    behaviour: Behaviour | None,
    factory: EchoFactory,
    policy: AccessPolicy,
) -> CheckedUpgrade:
    """
    @raise Refused: A header field is invalid, the policy forbids the request, or the
        factory takes no conversation.
    """
    host = _only(head, "host", refusals.HOST)
    if not isAuthority(host):
        raise Refused(refusals.HOST)
    if head.values("sec-websocket-version") != ["13"]:
        raise Refused(refusals.VERSION)
    key = _only(head, "sec-websocket-key", refusals.KEY)
    if not _isKey(key):
        raise Refused(refusals.KEY)
    subprotocols = head.elements("sec-websocket-protocol")
    if not all(map(isTokenList, head.values("sec-websocket-protocol"))):
        raise Refused(refusals.SUBPROTOCOL)
    if behaviour is not None and behaviour.subprotocol is not None:
        # Autobahn accepts only an offered subprotocol. The behaviour shows clients
        # what happens when the server chooses another one.
        subprotocols = [behaviour.subprotocol]
    origins = head.values("origin")
    if len(origins) > 1:
        raise Refused(refusals.TWO_ORIGINS)
    if origins and not policy.origins.permit(origins[0], host):
        raise Refused(refusals.FOREIGN_ORIGIN)
    if factory.closing:
        raise Refused(refusals.DRAINING)
    if factory.full:
        raise Refused(refusals.FULL)
    if behaviour is not None and behaviour.status is not None:
        raise Refused(refusals.requested(behaviour.status))
    offers = filter(_OFFER.fullmatch, head.elements("sec-websocket-extensions"))
    return CheckedUpgrade(
        head=head,
        key=key,
        client=policy.clientAddress(peer, head),
        origin=origins[0] if origins else None,
        subprotocols=subprotocols,
        extensions=list(islice(offers, _MOST_OFFERS)),
        behaviour=behaviour,
    )


def _lower(head: RequestHead, name: str) -> list[str]:
    return [element.lower() for element in head.elements(name)]


def _only(head: RequestHead, name: str, otherwise: UpgradeRefusal) -> str:
    values = head.values(name)
    if len(values) != 1:
        raise Refused(otherwise)
    return values[0]


def _isKey(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16 and len(text) == 24
    except (Base64Error, ValueError):
        return False
