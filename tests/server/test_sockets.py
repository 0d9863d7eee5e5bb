"""
Tests of L{echo.server.sockets}.
"""

import socket

from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.internet.unix import Server
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from echo.server.sockets import (
    buffered,
    deliveryState,
    hasEnded,
    isBroken,
    isSocket,
    readInPieces,
    sendNow,
    undelivered,
    unread,
)


class Transport:
    """
    A transport, as far as the kernel is concerned.
    """

    dataBuffer = b"12345"
    offset = 2
    bufferSize = 65536
    _tempDataLen = 0

    def __init__(self, connection: socket.socket) -> None:
        self.fileno = connection.fileno
        self._connection = connection

    def getHandle(self) -> socket.socket:
        """
        @return: The socket.
        """
        return self._connection


class KernelTests(SynchronousTestCase):
    """
    What the kernel knows of a connection.
    """

    def setUp(self) -> None:
        """
        Make a connection.
        """
        self.near, self.far = socket.socketpair()
        self.addCleanup(self.near.close)
        self.addCleanup(self.far.close)
        self.transport = Transport(self.near)

    def test_unreadBytes(self) -> None:
        self.assertEqual(unread(self.transport), 0)
        self.far.sendall(b"Hello")
        self.assertEqual(unread(self.transport), 5)
        self.near.recv(3)
        self.assertEqual(unread(self.transport), 2)

    def test_deliveryStateChanges(self) -> None:
        first = deliveryState(self.transport)
        self.assertEqual(deliveryState(self.transport), first)
        self.near.sendall(b"Hello")
        second = deliveryState(self.transport)
        self.assertNotEqual(second, first)
        self.far.recv(5)
        self.assertEqual(deliveryState(self.transport), first)
        self.transport.offset += 1
        self.assertNotEqual(deliveryState(self.transport), first)

    def test_undeliveredBytes(self) -> None:
        self.assertEqual(undelivered(self.transport), 0)
        self.near.sendall(b"Hello")
        self.assertGreater(undelivered(self.transport), 0)
        self.far.recv(5)
        self.assertEqual(undelivered(self.transport), 0)

    def test_bufferedBytes(self) -> None:
        self.assertEqual(buffered(self.transport), 3)
        self.transport._tempDataLen = 4
        self.assertEqual(buffered(self.transport), 7)
        self.transport.offset += 3
        self.assertEqual(buffered(self.transport), 4)

    def test_readInPieces(self) -> None:
        option = socket.SOL_SOCKET, socket.SO_RCVBUF
        usual = self.near.getsockopt(*option)
        for size, piece in [(10**30, 65536), (10000, 10000), (1, 1)]:
            self.transport.bufferSize = 65536
            takeBack = readInPieces(self.transport, size)
            self.assertEqual(self.transport.bufferSize, piece)
            self.assertEqual(self.near.getsockopt(*option), usual)
            takeBack()
            self.assertEqual(self.transport.bufferSize, 65536)

    def test_endAndReset(self) -> None:
        self.far.sendall(b"Hello")
        self.assertFalse(hasEnded(self.transport))
        self.far.shutdown(socket.SHUT_WR)
        self.assertTrue(hasEnded(self.transport))
        self.assertFalse(isBroken(self.transport))
        self.far.close()
        self.assertTrue(hasEnded(self.transport))
        self.assertTrue(isBroken(self.transport))

    def test_belowTLSAndPROXY(self) -> None:
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = self.transport  # type: ignore[assignment]  # as good as one
        self.far.sendall(b"Hello")
        self.assertEqual(unread(wrapper), 5)
        self.assertFalse(hasEnded(wrapper))
        readInPieces(wrapper, 1)()
        self.assertEqual(self.transport.bufferSize, 65536)


class SendTests(SynchronousTestCase):
    """
    C{sendNow}.
    """

    def setUp(self) -> None:
        """
        Make a connection.
        """
        near, self.far = socket.socketpair()
        for end in (near, self.far):
            end.setblocking(False)
            self.addCleanup(end.close)
        self.near = near
        self.reactor = MemoryReactorClock()
        self.transport = Server(near, Protocol(), "", None, 1, self.reactor)

    def test_sentAtOnce(self) -> None:
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.far.recv(99), b"Hello")
        self.assertEqual(self.reactor.getWriters(), [])

    def test_restIsBuffered(self) -> None:
        data = bytes(range(256)) * 4096
        sendNow(self.transport, data)
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.reactor.getWriters(), [self.transport])
        got = b""
        while self.reactor.getWriters():
            got += self.far.recv(2**20)
            self.transport.doWrite()
        self.assertEqual(got + self.far.recv(2**20), data + b"Hello")

    def test_brokenConnection(self) -> None:
        self.far.close()
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.reactor.getWriters(), [self.transport])
        self.assertIsInstance(self.transport.doWrite(), ConnectionLost)

    def test_disconnectedTransport(self) -> None:
        self.transport.connected = 0
        sendNow(self.transport, b"Hello")
        self.assertRaises(BlockingIOError, self.far.recv, 99)

    def test_bareSocket(self) -> None:
        self.assertTrue(isSocket(self.transport))
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        self.assertFalse(isSocket(wrapper))
        self.transport.TLS = True
        self.assertFalse(isSocket(self.transport))
