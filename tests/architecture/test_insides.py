"""
Tests of the internal names of other libraries: each library has one room that knows
them. Everywhere else only public and documented names are used.
"""

import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.architecture.code import isWithin, modules
from tests.architecture.insides import LIBRARIES, foreign, uses

#: The room that knows a library's internal names: one package for Autobahn, one module
#: for each other library.
ROOMS = {
    "Autobahn": "echo.engine",
    "autobahn.util": "echo.engine",
    "HAProxy": "echo.server.proxyprotocol",
    "TLS": "echo.server.tlstransport",
    "twisted.web": "echo.server.http.channel",
    "twisted.internet": "echo.writebuffer",
}

#: Names with an underscore that Python documents, and the type of zlib's objects.
DOCUMENTED = {"_asdict", "_exit", "_Decompress"}

#: The internal names that each module uses, by library.
INSIDES = {
    "Autobahn": {
        "echo.engine.adapter": """
            dropConnection failedByMe _max_message_size_exceeded maxFramePayloadSize
            maxMessagePayloadSize _onMessageEnd _onOpen _perMessageCompress
            sendCloseFrame wasClean
        """,
        "echo.engine.attributes": """
            _connectionMade
        """,
        "echo.engine.client": """
            applyMask autoFragmentSize closedByMe CONFIG_ATTRS consumeData current_frame
            _dataReceived dropConnection _fail_connection failHandshake http_headers
            http_status_line inside_message maskClientFrames _perMessageCompress
            processData processHandshake remoteCloseCode remoteCloseReason sendData
            sendFrame startHandshake wasClean websocket_key websocket_protocol_in_use
        """,
        "echo.engine.handshake": """
            countConnections dropConnection http_headers http_request_data
            http_request_host http_request_params http_request_path http_request_uri
            http_response_data http_status_line _onOpen _parseExtensionsHeader
            _perMessageCompress processHandshake sendHttpErrorResponse succeedHandshake
            trafficStats _transport_details utf8validator wasNotCleanReason
            websocket_extensions websocket_origin websocket_protocol_in_use
            websocket_protocols _wskey
        """,
        "echo.engine.outcome": """
            closedByMe incomingOctetsAppLevel incomingWebSocketMessages localCloseCode
            localCloseReason outgoingOctetsAppLevel outgoingWebSocketMessages
            remoteCloseCode remoteCloseReason trafficStats wasClean wasNotCleanReason
        """,
        "echo.engine.server": """
            _connectionLost consumeData countConnections current_frame
            current_frame_masker _dataReceived dropConnection droppedByMe failedByMe
            incomingOctetsWireLevel inside_message logOctets logTxOctets
            maxFramePayloadSize maxMessagePayloadSize message_data _onClose _onMessage
            outgoingOctetsAppLevel outgoingOctetsWireLevel outgoingWebSocketMessages
            payloadHybi processData sendCloseFrame sendData sendFrame
            sendPreparedMessage STATE_CLOSING trafficStats wasClean wasNotCleanReason
        """,
    },
    "HAProxy": {
        "echo.server.proxyprotocol": """
            _parser _proxyInfo twisted.protocols.haproxy._v2parser.V2Parser
            twisted.protocols.haproxy._wrapper.HAProxyProtocolWrapper
            twisted.protocols.haproxy._wrapper.HAProxyWrappingFactory
        """,
    },
    "TLS": {
        "echo.server.tlstransport": """
            _aborted _appSendBuffer _flushReceiveBIO _flushSendBIO _from_ssl
            _handshakeDone _into_ssl _lostTLSConnection OpenSSL._util.ffi
            OpenSSL._util.lib _ssl _tlsConnection _tlsShutdownFinished
        """,
    },
    "autobahn.util": {
        "echo.engine.server": """
            _results
        """,
    },
    "twisted.internet": {
        "echo.writebuffer": """
            _tempDataLen
        """,
    },
    "twisted.web": {
        "echo.server.http.channel": """
            _abortingCall _buffer _busyReceiving _dataBuffer _handlingRequest
            _networkProducer _receivedHeaderCount _receivedHeaderSize
            _respondToBadRequestAndDisconnect _waitingForTransport
        """,
    },
}


class InsidesTests(SynchronousTestCase):
    """
    Internal names stand in one room a library.
    """

    def test_rooms(self) -> None:
        """
        A module uses internal names only of the library whose room it is in.
        """
        found = [
            f"{use.place}: {use.name} ({use.library})"
            for use in uses()
            if not isWithin(use.module, ROOMS[use.library])
        ]
        self.assertEqual(found, [])

    def test_list(self) -> None:
        """
        L{INSIDES} is complete. A new name needs a canary test. A missing name is not
        used any more, or its library does not have it any more.
        """
        listed = {
            (library, module, name)
            for library, uses_ in INSIDES.items()
            for module, names in uses_.items()
            for name in names.split()
        }
        found = {(use.library, use.module, use.name) for use in uses()}
        self.assertEqual(sorted(found - listed), [], "new")
        self.assertEqual(sorted(listed - found), [], "missing")

    def test_canaries(self) -> None:
        """
        A canary test names each internal name.
        """
        canaries = "".join(
            path.read_text() for path in Path(__file__).parent.glob("test_*canaries.py")
        )
        words = set(re.findall(r"\w+", canaries))
        found = {use.name for use in uses() if use.name.split(".")[-1] not in words}
        self.assertEqual(found, set())

    def test_otherLibraries(self) -> None:
        """
        No module uses private names of other libraries, or imports their private
        modules.
        """
        listed = {use.name for use in uses()} | DOCUMENTED
        found = [
            f"{module.at(node)}: {name}"
            for module in modules().values()
            for node, name in foreign(module)
            if name not in listed
        ]
        self.assertEqual(found, [])

    def test_each(self) -> None:
        """
        Each library has a room.
        """
        self.assertEqual({library.name for library in LIBRARIES}, set(ROOMS))
