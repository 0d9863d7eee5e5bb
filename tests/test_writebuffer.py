"""
Tests of L{echo.writebuffer}, and of what it assumes of Twisted's transports.
"""

from twisted.internet.abstract import FileDescriptor
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from echo.writebuffer import descriptorOf, queued, writeNow
from tests.kit.reactor import Reactor


class Socket(FileDescriptor):
    """
    Takes one byte a write.
    """

    connected = 1

    def startWriting(self) -> None:
        pass

    def writeSomeData(self, data: bytes) -> int:
        return 1


class WriteBufferTests(SynchronousTestCase):
    """
    L{descriptorOf}, L{queued} and L{writeNow}.
    """

    def test_descriptorBelowWrappers(self) -> None:
        socket = Socket(Reactor())
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = socket
        self.assertIs(descriptorOf(wrapper), socket)
        self.assertIsNone(descriptorOf(StringTransport()))

    def test_queuedBytes(self) -> None:
        """
        A write leaves what the socket does not take. The next write queues behind it.
        """
        socket = Socket(Reactor())
        self.assertEqual(queued(socket), 0)
        for size in (2, 5):
            writeNow(socket, b"abc")
            self.assertEqual(queued(socket), size)
        socket.doWrite()
        self.assertEqual(queued(socket), 4)
