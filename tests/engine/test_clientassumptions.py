"""
Tests of Autobahn: what L{echo.engine.client} assumes of it. A failure here says what a
new version of Autobahn has changed.
"""

from inspect import signature

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from echo.engine.client import ClientAdapter
from echo.engine.overrides import READING, WRITING
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import Reactor


class ClientAssumptionTests(SynchronousTestCase):
    """
    The undocumented names of C{WebSocketClientProtocol}.
    """

    def test_overriddenMethodsHaveTheSameParameters(self) -> None:
        for name in (
            *("_dataReceived", "_fail_connection", "dataReceived", "failHandshake"),
            *("on", "processData", "processHandshake", "sendData", "sendFrame"),
            *("startHandshake", "connectionMade"),
        ):
            ours = signature(getattr(ClientAdapter, name)).parameters
            theirs = signature(getattr(WebSocketClientProtocol, name)).parameters
            self.assertEqual(list(ours), list(theirs), name)

    def test_methodsThatSeeMessagesExist(self) -> None:
        for name in (*READING, *WRITING):
            self.assertTrue(callable(getattr(WebSocketClientProtocol, name)), name)

    def test_optionsAreAttributesOfTheFactory(self) -> None:
        factory = WebSocketClientFactory(reactor=Reactor())
        for name in WebSocketClientProtocol.CONFIG_ATTRS:
            self.assertTrue(hasattr(factory, name), name)
        for name in ("applyMask", "autoFragmentSize", "maskClientFrames"):
            self.assertIn(name, WebSocketClientProtocol.CONFIG_ATTRS)

    def test_attributesOfOpenConnection(self) -> None:
        """
        Autobahn itself sets the attributes that the adapter reads.
        """
        factory = WebSocketClientFactory("ws://x/", reactor=Reactor())
        factory.protocol = WebSocketClientProtocol
        factory.setProtocolOptions(openHandshakeTimeout=0)
        protocol = factory.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        protocol.dataReceived(switchingProtocols(transport.value()))
        self.assertEqual(protocol.state, protocol.STATE_OPEN)
        expected: list[tuple[str, object]] = [
            ("_perMessageCompress", None),
            ("closedByMe", False),
            ("current_frame", None),
            ("data", b""),
            ("http_status_line", "HTTP/1.1 101 Switching Protocols"),
            ("inside_message", False),
            ("remoteCloseCode", None),
            ("remoteCloseReason", None),
            ("wasClean", False),
            ("websocket_extensions_in_use", []),
            ("websocket_protocol_in_use", None),
        ]
        for name, value in expected:
            self.assertEqual(getattr(protocol, name), value, name)
        self.assertEqual(protocol.http_headers["upgrade"], "websocket")
        self.assertEqual(len(protocol.websocket_key), 24)
