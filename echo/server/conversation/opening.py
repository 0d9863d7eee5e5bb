"""
Steps of a conversation's opening: its request and transport, the response of a refusal,
and the registration of the open conversation.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from autobahn.websocket.types import ConnectionDeny
from twisted.internet.interfaces import ITransport
from twisted.python.failure import Failure

from echo.printable import printable
from echo.server.conversation.connectionlog import logOpened
from echo.server.hooks.hookfailures import hookOf
from echo.server.hooks.hookrules import checkAssigned
from echo.server.http.requesthead import CheckedUpgrade
from echo.server.http.requestinfo import RequestInfo
from echo.server.http.responses import STATUS_FIELDS, FixedResponse
from echo.server.peername import peerName

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol


def connect(
    conversation: "EchoProtocol", transport: ITransport, upgrade: CheckedUpgrade
) -> bool:
    """
    Give a new conversation its request and its transport.

    @return: Whether C{connectionMade} succeeded. If not, the request is refused.
    """
    conversation.origin = upgrade.origin
    conversation.proxiedPeer = upgrade.client
    conversation.behaviour = upgrade.behaviour
    offer = upgrade.key, upgrade.subprotocols, upgrade.extensions
    conversation.takeRequest(transport, *offer)
    if conversation.isService or conversation.asksService:
        conversation.keepRequest(upgrade.head)
    try:
        conversation.makeConnection(transport)
        if conversation.isService:
            checkAssigned(conversation, conversation.factory.stock)
    except Exception:  # noqa: BLE001  (a service's mistake ends one conversation)
        failure = Failure()
        traceback = failure.getTracebackObject()
        hook = hookOf(conversation, traceback) or "connectionMade()"
        conversation.logFailure(hook, failure)
        conversation.refuse(500, f"{hook} failed", "handshake")
        return False
    return True


def refusalResponse(
    status: int,
    reason: str,
    headers: Iterable[tuple[str, str]] | None,
    isServices: bool,
) -> bytes:
    """
    @param isServices: Whether a service has chosen status and reason.
    """
    if status == ConnectionDeny.INTERNAL_SERVER_ERROR:
        reason = "internal error"  # Autobahn's has an exception's text
    phrase = reason if isServices else ""
    fields = dict(headers or STATUS_FIELDS.get(status, {}))
    body = f"{printable(reason)}\n"
    return FixedResponse(status, body, fields, phrase=phrase).last()


def register(conversation: "EchoProtocol") -> None:
    """
    Count and log an open conversation, and send the message of C{info=1}.
    """
    factory = conversation.factory
    conversation.peer = peerName(conversation.transport.getPeer())
    factory.conversations.add(conversation)
    factory.counters.opened(conversation.behaviour)
    if factory.logConnections:
        logOpened(conversation)
    if conversation.info is not None:
        conversation.sendMessage(_describe(conversation, conversation.info))


def _describe(conversation: "EchoProtocol", info: RequestInfo) -> bytes:
    behaviour = conversation.behaviour
    agreed = replace(
        info,
        subprotocol=conversation.agreedSubprotocol,
        extensions=conversation.agreedExtensions,
        applied=behaviour.applied if behaviour else None,
    )
    return agreed.json().encode("ascii")
