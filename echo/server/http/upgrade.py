"""
C{/socket}: an acceptable WebSocket request becomes a conversation (RFC 6455 section
4.2). All others get an HTTP response with a fixed text.

Autobahn's own HTTP parser never sees a request: it splits lines at eight characters,
and reflects the request in its responses. The conversation gets checked parts
(L{echo.server.http.upgradechecks}).
"""

from twisted.protocols.policies import ProtocolWrapper
from twisted.web.server import NOT_DONE_YET

from echo.server.behaviour.behaviour import Behaviour
from echo.server.conversation.factory import EchoFactory
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.channel import EchoChannel
from echo.server.http.inforesource import describe
from echo.server.http.refusals import Refused, refusal
from echo.server.http.request import EchoRequest
from echo.server.http.requesthead import CheckedUpgrade, RequestHead
from echo.server.http.requestinfo import RequestInfo
from echo.server.http.responses import BaseResource
from echo.server.http.upgradechecks import asksForWebSocket, checkRequest, checkUpgrade


class UpgradeResource(BaseResource):
    """
    The resource C{/socket}.
    """

    def __init__(self, factory: EchoFactory, policy: AccessPolicy) -> None:
        super().__init__()
        self._factory = factory
        self._policy = policy
        factory.prepare()  # raises a TypeError for a hook that is not called

    def render(self, request: EchoRequest) -> int:
        head = RequestHead.fromRequest(request)
        try:
            behaviour = self._behaviour(request)
            checkRequest(request, head)
            peer = request.getClientAddress()
            upgrade = checkUpgrade(head, peer, behaviour, self._factory, self._policy)
        except Refused as error:
            return self._refuse(request, error)
        name = self._factory.nameConnection()
        info = None
        if behaviour is not None and behaviour.info:
            info = describe(request, name, self._factory, self._policy)
        self._handOver(request.channel, upgrade, name, info)
        return NOT_DONE_YET

    def upgrade(self, channel: EchoChannel, head: RequestHead) -> bool:
        """
        Upgrade a connection whose first request twisted.web has not parsed.

        @return: False for a request to be refused: twisted.web parses it, and
            L{render} refuses it.
        """
        if not asksForWebSocket(head):
            return False
        try:
            upgrade = checkUpgrade(
                head, channel.getPeer(), None, self._factory, self._policy
            )
        except Refused:
            return False
        channel.setTimeout(None)
        self._handOver(channel, upgrade, self._factory.nameConnection())
        return True

    def _refuse(self, request: EchoRequest, refused: Refused) -> int:
        # A proxy may take the connection for upgraded: no byte that follows is a
        # second request.
        request.responseHeaders.addRawHeader("Connection", "close")
        request.channel.persistent = False
        request.refusalText = refused.refusal.text
        self._factory.counters.refused(refused.refusal.reason)
        return refused.refusal.response.render(request)

    def _behaviour(self, request: EchoRequest) -> Behaviour | None:
        _, _, query = request.uri.partition(b"?")
        if not query:
            return None
        try:
            return Behaviour.fromQuery(
                query,
                self._policy.caps,
                mayHaveOthers=self._factory.prepare().asksService,
            )
        except ValueError as error:
            raise Refused(refusal("behaviour", 400, str(error))) from None

    def _handOver(
        self,
        channel: EchoChannel,
        upgrade: CheckedUpgrade,
        name: str,
        info: RequestInfo | None = None,
    ) -> None:
        transport = channel.transport
        conversation = self._factory.prepare()()
        conversation.name = name
        conversation.info = info
        channel.handOver(conversation)
        if isinstance(transport, ProtocolWrapper):
            transport.wrappedProtocol = conversation
        else:
            transport.protocol = conversation
        conversation.begin(transport, upgrade)
