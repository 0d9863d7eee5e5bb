"""
Tests of L{echo.engine.client} and L{echo.writebuffer}: when bytes leave.
"""

from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address
from twisted.internet.main import CONNECTION_LOST
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from echo.client.connection import Connection
from echo.client.protocol import ClientFactory, ClientProtocol
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.client.transport.url import parseURL
from tests.kit.frames import PING, PONG, parseFrames, serverFrame
from tests.kit.handshake import switchingProtocols
from tests.kit.reactor import Reactor


class Descriptor(FileDescriptor):
    """
    A transport of the reactor's kind; the test decides how many bytes it takes.

    @ivar room: Bytes that it takes.

    @ivar left: Bytes that have left.

    @ivar writing: Whether the reactor is to call it when there is room.
    """

    connected = 1
    writing = False
    broken = False

    def __init__(self) -> None:
        super().__init__(Reactor())
        self.room = 2**20
        self.left = b""

    def startWriting(self) -> None:
        self.writing = True

    def stopWriting(self) -> None:
        self.writing = False

    def stopReading(self) -> None:
        pass

    def writeSomeData(self, data: bytes) -> Any:
        if self.broken:
            return CONNECTION_LOST
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.left += taken
        return len(taken)

    def getPeer(self) -> Any:
        return IPv4Address("TCP", "127.0.0.1", 80)

    getHost = getPeer


class PromptTests(SynchronousTestCase):
    """
    Bytes that leave at once, and bytes that do not.
    """

    def setUp(self) -> None:
        request = UpgradeRequest(parseURL("ws://x/"))
        self.connection = Connection("ws://x/")
        self.factory = ClientFactory(
            Reactor(),
            request,
            self.connection,
            None,
            closeTimeout=1,
            maxMessage=1,
            compression=False,
        )
        self.factory.recorder.enter("TCP")
        self.descriptor = Descriptor()

    def _open(self) -> ClientProtocol:
        protocol = self.factory.buildProtocol(None)
        protocol.makeConnection(self.descriptor)
        protocol.dataReceived(switchingProtocols(self.descriptor.left))
        self.descriptor.left = b""
        self.successResultOf(self.connection.ready)
        return protocol

    def _left(self) -> list[tuple[int, bytes]]:
        data, self.descriptor.left = self.descriptor.left, b""
        return parseFrames(data)

    def test_messageLeavesAtOnce(self) -> None:
        """
        A message leaves when it is sent, without a writer in the reactor.
        """
        protocol = self._open()
        protocol.sendMessage(b"x", isBinary=True)
        self.assertEqual(self._left(), [(2, b"x")])
        self.assertFalse(self.descriptor.writing)

    def test_messageLeavesAtOnceBelowWrappers(self) -> None:
        factory = WrappingFactory(self.factory)
        protocol = ProtocolWrapper(factory, self.factory.buildProtocol(None))
        protocol.makeConnection(self.descriptor)
        self.assertTrue(self.descriptor.left.startswith(b"GET / "))
        self.assertFalse(self.descriptor.writing)

    def test_restLeavesWhenSocketHasRoom(self) -> None:
        protocol = self._open()
        self.descriptor.room = 3
        protocol.sendMessage(b"1", isBinary=True)
        protocol.sendMessage(b"2", isBinary=True)
        self.assertEqual(len(self.descriptor.left), 3)
        self.assertTrue(self.descriptor.writing)
        self.descriptor.room = 100
        self.descriptor.doWrite()
        self.assertEqual(self._left(), [(2, b"1"), (2, b"2")])

    def test_fullTransportPausesSender(self) -> None:
        protocol = self._open()
        self.descriptor.room = 0
        protocol.sendMessage(b"x" * 2**17, isBinary=True)
        protocol.sendMessage(b"y", isBinary=True)
        self.assertEqual(self.descriptor.left, b"")
        self.assertTrue(self.descriptor.writing)
        self.descriptor.room = 2**20
        self.descriptor.doWrite()
        self.descriptor.doWrite()
        self.assertEqual(self._left(), [(2, b"x" * 2**17), (2, b"y")])

    def test_pausedTransportBelowWrapperIsNotWritten(self) -> None:
        """
        A write to a paused transport below a wrapper would call waiting senders in the
        middle of a send.
        """
        factory = WrappingFactory(self.factory)
        websocket = self.factory.buildProtocol(None)
        ProtocolWrapper(factory, websocket).makeConnection(self.descriptor)
        self.descriptor.left = b""
        websocket.pauseProducing()
        websocket.sendData(b"x")
        self.assertEqual(self.descriptor.left, b"")
        self.assertTrue(self.descriptor.writing)

    def test_latestPingIsAnsweredAfterPause(self) -> None:
        """
        A ping is answered at once. Of the pings that arrive during a pause, only the
        latest is answered.
        """
        protocol = self._open()
        protocol.dataReceived(serverFrame(PING, b"1"))
        self.assertEqual(self._left(), [(PONG, b"1")])
        self.descriptor.room = 0
        protocol.sendMessage(b"x" * 2**17, isBinary=True)
        for payload in (b"2", b"3", b"4"):
            protocol.dataReceived(serverFrame(PING, payload))
        self.descriptor.room = 2**20
        self.descriptor.doWrite()
        self.descriptor.doWrite()
        self.assertEqual(self._left(), [(2, b"x" * 2**17), (PONG, b"4")])
        protocol.pauseProducing()
        protocol.resumeProducing()
        self.assertEqual(self._left(), [])

    def test_writeErrorIsLeftToReactor(self) -> None:
        protocol = self._open()
        self.descriptor.broken = True
        protocol.sendMessage(b"x", isBinary=True)
        self.assertTrue(self.descriptor.writing)
        self.assertIs(self.descriptor.doWrite(), CONNECTION_LOST)

    def test_closingTransportIsNotWritten(self) -> None:
        """
        A write to a closing transport would report its end to us instead of the
        reactor.
        """
        protocol = self._open()
        self.descriptor.loseConnection()
        protocol.sendMessage(b"x", isBinary=True)
        self.assertEqual(self.descriptor.left, b"")
        self.assertTrue(self.descriptor.writing)
        self.descriptor.doWrite()
        self.assertEqual(self._left(), [(2, b"x")])
        self.descriptor.connected = 0
        protocol.sendMessage(b"x", isBinary=True)
        self.assertEqual(self._left(), [])
