"""
Tests for L{echo.client.protocol}: for when bytes leave.
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
    A transport as reactors have them, of which the test decides what it takes.

    @ivar room: Bytes that it takes before it takes no more.

    @ivar left: What has left.

    @ivar writing: Whether the reactor is to call when there is room.
    """

    connected = 1
    writing = False
    broken = False

    def __init__(self) -> None:
        super().__init__(Reactor())
        self.room = 2**20
        self.left = b""

    def startWriting(self) -> None:
        """
        There is something to write.
        """
        self.writing = True

    def stopWriting(self) -> None:
        """
        There is nothing.
        """
        self.writing = False

    def stopReading(self) -> None:
        """
        There is no reading here.
        """

    def writeSomeData(self, data: bytes) -> Any:
        """
        Take what there is room for.
        """
        if self.broken:
            return CONNECTION_LOST
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.left += taken
        return len(taken)

    def getPeer(self) -> Any:
        """
        @return: Somebody.
        """
        return IPv4Address("TCP", "127.0.0.1", 80)

    getHost = getPeer


class PromptTests(SynchronousTestCase):
    """
    Tests for what leaves at once, and what does not.
    """

    def setUp(self) -> None:
        """
        Connect.
        """
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

    def test_atOnce(self) -> None:
        """
        A message has left when it is sent, and the reactor has nothing to do.
        """
        protocol = self._open()
        protocol.sendMessage(b"x", isBinary=True)
        self.assertEqual(self._left(), [(2, b"x")])
        self.assertFalse(self.descriptor.writing)

    def test_belowTLS(self) -> None:
        """
        It is the transport below all wrappers that is to be hurried.
        """
        factory = WrappingFactory(self.factory)
        protocol = ProtocolWrapper(factory, self.factory.buildProtocol(None))
        protocol.makeConnection(self.descriptor)
        self.assertTrue(self.descriptor.left.startswith(b"GET / "))
        self.assertFalse(self.descriptor.writing)

    def test_noRoom(self) -> None:
        """
        What does not leave at once leaves as soon as there is room, in order.
        """
        protocol = self._open()
        self.descriptor.room = 3
        protocol.sendMessage(b"1", isBinary=True)
        protocol.sendMessage(b"2", isBinary=True)
        self.assertEqual(len(self.descriptor.left), 3)
        self.assertTrue(self.descriptor.writing)
        self.descriptor.room = 100
        self.descriptor.doWrite()
        self.assertEqual(self._left(), [(2, b"1"), (2, b"2")])

    def test_full(self) -> None:
        """
        A transport that has enough pauses who sends, and goes on by itself.
        """
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

    def test_fullBelowTLS(self) -> None:
        """
        A transport below a wrapper that has enough is not hurried: it would call
        who waits to send in the middle of sending.
        """
        factory = WrappingFactory(self.factory)
        websocket = self.factory.buildProtocol(None)
        ProtocolWrapper(factory, websocket).makeConnection(self.descriptor)
        self.descriptor.left = b""
        websocket.pauseProducing()
        websocket.sendData(b"x")
        self.assertEqual(self.descriptor.left, b"")
        self.assertTrue(self.descriptor.writing)

    def test_pings(self) -> None:
        """
        A ping is answered at once where there is room; of those that come while
        there is none, the latest is.
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

    def test_broken(self) -> None:
        """
        An error is left to the reactor to meet.
        """
        protocol = self._open()
        self.descriptor.broken = True
        protocol.sendMessage(b"x", isBinary=True)
        self.assertTrue(self.descriptor.writing)
        self.assertIs(self.descriptor.doWrite(), CONNECTION_LOST)

    def test_closing(self) -> None:
        """
        A transport that is about to be gone, or is, is not hurried: it would say so
        to us instead of the reactor.
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
