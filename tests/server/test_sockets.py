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
    What the kernel holds.
    """

    def setUp(self) -> None:
        """
        Make a connection.
        """
        self.near, self.far = socket.socketpair()
        self.addCleanup(self.near.close)
        self.addCleanup(self.far.close)
        self.transport = Transport(self.near)

    def test_unread(self) -> None:
        """
        What has arrived is counted until it is read.
        """
        self.assertEqual(unread(self.transport), 0)
        self.far.sendall(b"Hello")
        self.assertEqual(unread(self.transport), 5)
        self.near.recv(3)
        self.assertEqual(unread(self.transport), 2)

    def test_unsent(self) -> None:
        """
        What the peer takes shows, in the kernel and above it.
        """
        first = deliveryState(self.transport)
        self.assertEqual(deliveryState(self.transport), first)
        self.near.sendall(b"Hello")
        second = deliveryState(self.transport)
        self.assertNotEqual(second, first)
        self.far.recv(5)
        self.assertEqual(deliveryState(self.transport), first)
        self.transport.offset += 1
        self.assertNotEqual(deliveryState(self.transport), first)

    def test_untaken(self) -> None:
        """
        What was sent is counted until the peer has taken all of it.
        """
        self.assertEqual(undelivered(self.transport), 0)
        self.near.sendall(b"Hello")
        self.assertGreater(undelivered(self.transport), 0)
        self.far.recv(5)
        self.assertEqual(undelivered(self.transport), 0)

    def test_buffered(self) -> None:
        """
        What the kernel was not given yet is counted, wherever it waits.
        """
        self.assertEqual(buffered(self.transport), 3)
        self.transport._tempDataLen = 4
        self.assertEqual(buffered(self.transport), 7)
        self.transport.offset += 3
        self.assertEqual(buffered(self.transport), 4)

    def test_readInPieces(self) -> None:
        """
        Who is read slowly is read in pieces, of no more than usual, until that is taken
        back. The kernel's room stays as it is: less of it would lose what is on its
        way.
        """
        option = socket.SOL_SOCKET, socket.SO_RCVBUF
        usual = self.near.getsockopt(*option)
        for size, piece in [(10**30, 65536), (10000, 10000), (1, 1)]:
            self.transport.bufferSize = 65536
            takeBack = readInPieces(self.transport, size)
            self.assertEqual(self.transport.bufferSize, piece)
            self.assertEqual(self.near.getsockopt(*option), usual)
            takeBack()
            self.assertEqual(self.transport.bufferSize, 65536)

    def test_ends(self) -> None:
        """
        The end of what a peer says is known while something of it is still unread, and
        told from the end of the connection.
        """
        self.far.sendall(b"Hello")
        self.assertFalse(hasEnded(self.transport))
        self.far.shutdown(socket.SHUT_WR)
        self.assertTrue(hasEnded(self.transport))
        self.assertFalse(isBroken(self.transport))
        self.far.close()
        self.assertTrue(hasEnded(self.transport))
        self.assertTrue(isBroken(self.transport))

    def test_wrapped(self) -> None:
        """
        Below TLS and PROXY there is a socket all the same.
        """
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = self.transport  # type: ignore[assignment]  # as good as one
        self.far.sendall(b"Hello")
        self.assertEqual(unread(wrapper), 5)
        self.assertFalse(hasEnded(wrapper))
        readInPieces(wrapper, 1)()
        self.assertEqual(self.transport.bufferSize, 65536)


class SendTests(SynchronousTestCase):
    """
    What is sent at once, and what waits.
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

    def test_atOnce(self) -> None:
        """
        The kernel gets it, without a look at whether it takes anything.
        """
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.far.recv(99), b"Hello")
        self.assertEqual(self.reactor.getWriters(), [])

    def test_rest(self) -> None:
        """
        What it does not take waits for its turn, and so does whatever comes then.
        """
        data = bytes(range(256)) * 4096
        sendNow(self.transport, data)
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.reactor.getWriters(), [self.transport])
        got = b""
        while self.reactor.getWriters():
            got += self.far.recv(2**20)
            self.transport.doWrite()
        self.assertEqual(got + self.far.recv(2**20), data + b"Hello")

    def test_broken(self) -> None:
        """
        A connection that is broken is Twisted's to find.
        """
        self.far.close()
        sendNow(self.transport, b"Hello")
        self.assertEqual(self.reactor.getWriters(), [self.transport])
        self.assertIsInstance(self.transport.doWrite(), ConnectionLost)

    def test_gone(self) -> None:
        """
        To one that has ended, nothing is sent.
        """
        self.transport.connected = 0
        sendNow(self.transport, b"Hello")
        self.assertRaises(BlockingIOError, self.far.recv, 99)

    def test_isSocket(self) -> None:
        """
        A connection is one with its socket, unless there is something in between.
        """
        self.assertTrue(isSocket(self.transport))
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        self.assertFalse(isSocket(wrapper))
        self.transport.TLS = True
        self.assertFalse(isSocket(self.transport))
