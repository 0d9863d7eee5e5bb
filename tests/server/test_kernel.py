"""
Tests of L{echo.server.kernel}.
"""

import socket

from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from echo.server.kernel import unread, unsent


class Transport:
    """
    A transport, as far as the kernel is concerned.
    """

    dataBuffer = b"12345"
    offset = 2

    def __init__(self, connection: socket.socket) -> None:
        self.fileno = connection.fileno


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
        first = unsent(self.transport)
        self.assertEqual(unsent(self.transport), first)
        self.near.sendall(b"Hello")
        second = unsent(self.transport)
        self.assertNotEqual(second, first)
        self.far.recv(5)
        self.assertEqual(unsent(self.transport), first)
        self.transport.offset += 1
        self.assertNotEqual(unsent(self.transport), first)

    def test_wrapped(self) -> None:
        """
        Below TLS and PROXY there is a socket all the same.
        """
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Protocol())
        wrapper.transport = self.transport  # type: ignore[assignment]  # as good as one
        self.far.sendall(b"Hello")
        self.assertEqual(unread(wrapper), 5)
