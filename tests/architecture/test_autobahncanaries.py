"""
Canaries: what L{echo.engine} assumes about Autobahn's internals, tested on Autobahn
alone. After an upgrade of Autobahn, a failing test here names the broken assumption.
"""

from typing import Any

import txaio
from autobahn.exception import PayloadExceededError
from autobahn.twisted.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)
from autobahn.util import ObservableMixin
from autobahn.wamp.types import TransportDetails
from autobahn.websocket.protocol import TrafficStats, WebSocketProtocol
from autobahn.websocket.types import ConnectionDeny
from autobahn.websocket.utf8validator import Utf8Validator
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

_REQUEST = (
    b"GET /socket?a=b HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nOrigin: http://localhost\r\n\r\n"
)

#: Masked with zeroes: a text, the start of a text, a ping, and a close with 4001.
_TEXT = b"\x81\x82\x00\x00\x00\x00hi"
_PARTIAL = b"\x81\x82\x00\x00\x00\x00h"
_CLOSE = b"\x88\x82\x00\x00\x00\x00\x0f\xa1"


class _Transport(StringTransport):
    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True
        super().abortConnection()

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass

    def unregisterProducer(self) -> None:
        """
        Without a producer, too, as Twisted's transports allow.
        """


class _TestCase(SynchronousTestCase):
    """
    A protocol of Autobahn's, and a transport in memory.
    """

    protocol: type = WebSocketServerProtocol
    factory: type = WebSocketServerFactory

    def setUp(self) -> None:
        self.clock: Any = MemoryReactorClock()
        self.patch(txaio.config, "loop", self.clock)

    def connect(self, **methods: Any) -> Any:
        """
        @param methods: Methods that override Autobahn's.

        @return: A connected protocol.
        """
        factory = self.factory("ws://localhost", reactor=self.clock)
        factory.protocol = type("Protocol", (self.protocol,), methods)
        self.configure(factory)
        protocol = factory.buildProtocol(None)
        self.transport = _Transport()
        protocol.makeConnection(self.transport)
        return protocol

    def configure(self, factory: Any) -> None:
        factory.setProtocolOptions(
            failByDrop=False, openHandshakeTimeout=0, closeHandshakeTimeout=0
        )

    def open(self, **methods: Any) -> Any:
        """
        @return: A protocol after the handshake.
        """
        protocol = self.connect(**methods)
        protocol.dataReceived(_REQUEST)
        self.transport.clear()
        return protocol


class ReadingTests(_TestCase):
    """
    How frames are read.
    """

    def test_consumeDataCallsProcessData(self) -> None:
        """
        Until it returns C{False}.
        """
        results = [True, True, False]
        protocol = self.open(processData=lambda self: results.pop(0))
        protocol.consumeData()
        self.assertEqual(results, [])

    def test_dataReceivedAppendsAndConsumes(self) -> None:
        """
        C{dataReceived} calls C{_dataReceived}, which appends to C{data} and calls
        C{consumeData}.
        """
        seen: list[bytes] = []
        protocol = self.connect(consumeData=lambda self: seen.append(self.data))
        protocol.dataReceived(b"a")
        protocol._dataReceived(b"b")
        self.assertEqual(seen, [b"a", b"ab"])

    def test_betweenFrames(self) -> None:
        """
        C{current_frame} is set inside a frame, C{inside_message} inside a message.
        """
        protocol = self.open()
        self.assertEqual(
            (protocol.current_frame, protocol.inside_message), (None, False)
        )
        protocol.dataReceived(_PARTIAL)
        frame = protocol.current_frame
        self.assertEqual((frame.opcode, frame.fin, frame.length), (1, True, 2))
        self.assertEqual(protocol.current_frame_masker.pointer(), 1)
        self.assertTrue(protocol.inside_message)
        protocol.dataReceived(b"i")
        self.assertEqual(
            (protocol.current_frame, protocol.inside_message), (None, False)
        )

    def test_endOfMessage(self) -> None:
        """
        C{_onMessageEnd} sees the pieces of the payload in C{message_data}, and calls
        C{onMessageEnd}, which calls C{_onMessage}.
        """
        seen: list[object] = []

        def end(self: Any) -> None:
            seen.append(list(self.message_data))
            self.onMessageEnd()

        def message(self: Any, payload: bytes, isBinary: bool) -> None:
            seen.append((payload, isBinary))

        protocol = self.open(_onMessageEnd=end, _onMessage=message)
        protocol.dataReceived(_TEXT)
        self.assertEqual(seen, [[b"hi"], (b"hi", False)])

    def test_limitOfMessage(self) -> None:
        """
        A longer message leads to C{_max_message_size_exceeded}, with its size and the
        limit.
        """
        seen: list[object] = []
        protocol = self.open(
            _max_message_size_exceeded=lambda self, *args: seen.extend(args[:2])
        )
        protocol.maxMessagePayloadSize = 1
        protocol.dataReceived(_TEXT)
        self.assertEqual(seen, [2, 1])

    def test_limitOfFrame(self) -> None:
        """
        A frame above C{maxFramePayloadSize} fails the connection with its header.
        """
        protocol = self.open()
        protocol.maxFramePayloadSize = 1
        protocol.dataReceived(_TEXT[:6])
        self.assertTrue(protocol.failedByMe)

    def test_protocolErrorFailsConnection(self) -> None:
        """
        By C{_fail_connection}, with code and reason, which sets C{failedByMe}.
        """
        seen: list[int] = []

        def fail(self: Any, code: int, reason: str) -> None:
            seen.append(code)
            WebSocketServerProtocol._fail_connection(self, code, reason)

        protocol = self.open(_fail_connection=fail)
        protocol.dataReceived(b"\x81\x02hi")  # without a mask
        self.assertEqual(seen, [1002])
        self.assertTrue(protocol.failedByMe)


class WritingTests(_TestCase):
    """
    How frames are written.
    """

    def test_sendFrameCallsSendData(self) -> None:
        """
        Once a frame.
        """
        seen: list[bytes] = []
        protocol = self.open()
        protocol.sendData = lambda data, *options: seen.append(data)
        protocol.sendFrame(1, b"hi")
        self.assertEqual(seen, [b"\x81\x02hi"])

    def test_limitAppliesToSentMessages(self) -> None:
        """
        C{sendMessage} reads C{maxMessagePayloadSize}, which the engine sets to 0 for
        the call.
        """
        protocol = self.open()
        protocol.maxMessagePayloadSize = 1
        self.assertRaises(PayloadExceededError, protocol.sendMessage, b"hi")
        protocol.maxMessagePayloadSize = 0
        protocol.sendMessage(b"hi")
        self.assertEqual(self.transport.value(), b"\x81\x02hi")

    def test_preparedMessage(self) -> None:
        """
        C{payloadHybi} is the whole frame. C{sendPreparedMessage} still does not count
        it.
        """
        protocol = self.open()
        message = protocol.factory.prepareMessage(b"hi", False, True)
        self.assertEqual(message.payloadHybi, b"\x81\x02hi")
        self.assertTrue(message.doNotCompress)
        protocol.sendPreparedMessage(message)
        self.assertEqual(protocol.trafficStats.outgoingWebSocketMessages, 0)

    def test_sentMessagesAreCounted(self) -> None:
        """
        With their payloads, and the bytes on the wire. C{logOctets} is off.
        """
        protocol = self.open()
        wire = protocol.trafficStats.outgoingOctetsWireLevel
        protocol.sendMessage(b"hi")
        stats = protocol.trafficStats
        self.assertEqual(stats.outgoingWebSocketMessages, 1)
        self.assertEqual(stats.outgoingOctetsAppLevel, 2)
        self.assertEqual(stats.outgoingOctetsWireLevel - wire, 4)
        self.assertFalse(protocol.logOctets)

    def test_loggedOctets(self) -> None:
        """
        With C{logOctets}, C{sendData} calls C{logTxOctets} with the bytes.
        """
        seen: list[bytes] = []
        protocol = self.open(logTxOctets=lambda self, data, sync: seen.append(data))
        protocol.logOctets = True
        protocol.sendData(b"hi")
        self.assertEqual(seen, [b"hi"])

    def test_noCompressionByDefault(self) -> None:
        self.assertIsNone(self.open()._perMessageCompress)


class CloseTests(_TestCase):
    """
    How connections end.
    """

    def test_closeByUs(self) -> None:
        """
        C{sendCloseFrame} takes any code and sets C{closedByMe}. The reply sets
        C{wasClean} and the remote code.
        """
        protocol = self.open()
        protocol.sendCloseFrame(1001, b"bye")
        self.assertEqual(self.transport.value(), b"\x88\x05\x03\xe9bye")
        self.assertTrue(protocol.closedByMe)
        self.assertEqual(protocol.state, protocol.STATE_CLOSING)
        self.assertEqual(
            (protocol.localCloseCode, protocol.localCloseReason), (1001, b"bye")
        )
        self.assertFalse(protocol.wasClean)
        protocol.dataReceived(_CLOSE)
        self.assertTrue(protocol.wasClean)
        self.assertEqual(
            (protocol.remoteCloseCode, protocol.remoteCloseReason), (4001, None)
        )

    def test_dropConnection(self) -> None:
        """
        It sets C{state} and C{droppedByMe}, and aborts the transport if asked to.
        """
        for abort in (False, True):
            protocol = self.open()
            protocol.dropConnection(abort=abort)
            self.assertEqual(protocol.state, protocol.STATE_CLOSED)
            self.assertTrue(protocol.droppedByMe)
            self.assertEqual(self.transport.aborted, abort)

    def test_connectionLost(self) -> None:
        """
        C{connectionLost} calls C{_connectionLost}, which calls C{_onClose} with
        C{wasClean}, code and reason.
        """
        seen: list[object] = []
        protocol = self.open(_onClose=lambda self, *args: seen.extend(args[:2]))
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(seen, [False, 1006])
        self.assertEqual(protocol.state, protocol.STATE_CLOSED)


class ServerHandshakeTests(_TestCase):
    """
    How a server opens a connection.
    """

    def test_configurationIsCopied(self) -> None:
        """
        C{connectionMade} copies the attributes in C{CONFIG_ATTRS} from the factory, if
        the protocol has none.
        """
        protocol = self.connect(autoFragmentSize=7)
        for name in WebSocketServerProtocol.CONFIG_ATTRS:
            expected = getattr(protocol.factory, name)
            if name == "autoFragmentSize":
                expected = 7
            self.assertEqual(getattr(protocol, name), expected, name)

    def test_connectionsAreCounted(self) -> None:
        protocol = self.connect()
        self.assertEqual(protocol.factory.countConnections, 1)
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(protocol.factory.countConnections, 0)

    def test_succeedHandshake(self) -> None:
        """
        It needs the key, the version, and the offered extensions. It writes the 101 and
        calls C{_onOpen}, which calls C{onOpen}.
        """
        seen: list[str] = []
        protocol = self.connect(onOpen=lambda self: seen.append("open"))
        protocol._wskey = "dGhlIHNhbXBsZSBub25jZQ=="
        protocol.websocket_version = 13
        protocol.websocket_extensions = []
        protocol.websocket_protocols = ["chat"]
        protocol.succeedHandshake(("chat", {"X-A": "b"}))
        response = self.transport.value()
        self.assertTrue(response.startswith(b"HTTP/1.1 101 "))
        self.assertIn(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", response)
        self.assertIn(b"X-A: b\r\n", response)
        self.assertEqual(protocol.http_response_data.encode(), response)
        self.assertEqual(protocol.websocket_protocol_in_use, "chat")
        self.assertEqual(seen, ["open"])

    def test_eventHandlers(self) -> None:
        """
        C{_results} is C{None} until C{set_valid_events}, which the constructor calls.
        """
        self.assertIsNone(ObservableMixin._results)
        self.assertIsNotNone(self.connect()._results)

    def test_attributesNeedFactoryOnly(self) -> None:
        """
        C{WebSocketProtocol._connectionMade} sets the attributes of a protocol without a
        transport.
        """
        protocol: Any = WebSocketServerProtocol()
        protocol.factory = self.connect().factory
        WebSocketProtocol._connectionMade(protocol)
        self.assertEqual(protocol.state, protocol.STATE_CONNECTING)
        self.assertIsInstance(protocol.trafficStats, TrafficStats)
        self.assertIsInstance(protocol.utf8validator, Utf8Validator)
        self.assertIsInstance(protocol._transport_details, TransportDetails)
        self.assertIsNone(protocol.wasNotCleanReason)

    def test_requestIsParsed(self) -> None:
        """
        Into these attributes, which a service's conversation offers as well.
        """
        protocol = self.open()
        self.assertEqual(protocol.http_request_data, _REQUEST)
        self.assertEqual(protocol.http_request_host, "localhost")
        self.assertEqual(protocol.http_request_path, "/socket")
        self.assertEqual(protocol.http_request_params, {"a": ["b"]})
        self.assertEqual(protocol.http_request_uri, "/socket?a=b")
        self.assertEqual(protocol.http_headers["upgrade"], "websocket")
        self.assertEqual(protocol.websocket_protocols, [])
        self.assertEqual(protocol.websocket_origin, "http://localhost")
        self.assertEqual(protocol.websocket_extensions, [])

    def test_refusal(self) -> None:
        """
        C{onConnect} raises C{ConnectionDeny}: that sets C{wasNotCleanReason}, and calls
        C{sendHttpErrorResponse} with status, reason and headers.
        """
        seen: list[object] = []

        def refuse(self: Any, request: object) -> None:
            raise ConnectionDeny(403, "no")

        protocol = self.connect(
            onConnect=refuse,
            sendHttpErrorResponse=lambda self, *args: seen.extend(args[:2]),
        )
        protocol.dataReceived(_REQUEST)
        self.assertEqual(seen, [403, "no"])
        self.assertEqual(protocol.wasNotCleanReason, "no")

    def test_extensionsHeader(self) -> None:
        """
        C{_parseExtensionsHeader} returns names and parameters.
        """
        parsed = self.connect()._parseExtensionsHeader("permessage-deflate; a=1; b")
        self.assertEqual(parsed, [("permessage-deflate", {"a": ["1"], "b": [True]})])

    def test_trafficStats(self) -> None:
        """
        The counters by these names.
        """
        stats = vars(TrafficStats())
        for name in (
            *("incomingOctetsWireLevel", "outgoingOctetsWireLevel"),
            *("incomingOctetsAppLevel", "outgoingOctetsAppLevel"),
            *("incomingWebSocketMessages", "outgoingWebSocketMessages"),
        ):
            self.assertEqual(stats[name], 0, name)


class ClientHandshakeTests(_TestCase):
    """
    How a client opens a connection.
    """

    protocol = WebSocketClientProtocol
    factory = WebSocketClientFactory

    def test_connectionMadeStartsHandshake(self) -> None:
        seen: list[str] = []
        self.connect(startHandshake=lambda self: seen.append("start"))
        self.assertEqual(seen, ["start"])

    def test_responseWithoutUpgrade(self) -> None:
        """
        C{processHandshake} parses C{data} up to the empty line, and calls
        C{failHandshake}. Status line and headers are attributes by then.
        """
        seen: list[Any] = []

        def fail(self: Any, reason: str) -> None:
            seen.extend((self.http_status_line, self.http_headers, self.data))

        protocol = self.connect(startHandshake=lambda self: None, failHandshake=fail)
        response = b"HTTP/1.1 404 Not Found\r\nX-A: b\r\n\r\nbody"
        protocol.dataReceived(response)
        self.assertEqual(seen, ["HTTP/1.1 404 Not Found", {"x-a": "b"}, response])

    def test_keyIsAttribute(self) -> None:
        """
        C{websocket_key} decides which C{Sec-WebSocket-Accept} is right.
        """
        seen: list[str] = []
        protocol = self.connect(
            startHandshake=lambda self: None,
            onOpen=lambda self: seen.append("open"),
        )
        protocol.websocket_key = b"dGhlIHNhbXBsZSBub25jZQ=="
        protocol.websocket_protocols = []
        protocol.dataReceived(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        )
        self.assertEqual(seen, ["open"])

    def test_frameIsMasked(self) -> None:
        """
        C{maskClientFrames} and C{applyMask} are on by default.
        """
        protocol = self.connect(startHandshake=lambda self: None)
        self.assertTrue(protocol.maskClientFrames and protocol.applyMask)
        self.assertEqual(protocol.autoFragmentSize, 0)

    def configure(self, factory: Any) -> None:
        factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)
