"""
Tests of the pump, L{echo.wire.pump.Pump}, with pairs of sockets.
"""

import errno
import os
import resource
import socket

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.frames import BINARY, PING, TEXT, frame, serverFrame

try:
    from echo.wire.compiled import Codec, Wire
    from echo.wire.pump import Pump, Returned
except ImportError as error:
    skip = str(error)

#: Seconds. No call takes as long.
LONG = 60.0

LIMIT = 8 * 2**20


class PumpTests(SynchronousTestCase):
    """
    One pump, and the peers of its connections.
    """

    def setUp(self) -> None:
        self.wire = Wire()
        self.pump = Pump()

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """
        @return: Two connected sockets.
        """
        near, far = socket.socketpair()
        for end in (near, far):
            end.setblocking(False)
            self.addCleanup(end.close)
        return near, far

    def connect(self) -> "tuple[Codec, socket.socket]":
        """
        @return: A connection that the pump serves, and its peer.
        """
        near, far = self.pair()
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, near.fileno())
        return codec, far

    def returned(self) -> "Returned":
        """
        @return: The connection that the pump returns.
        """
        back = self.pump.run(LONG)
        assert back is not None
        return back

    def test_messageIsAnswered(self) -> None:
        codec, peer = self.connect()
        peer.send(frame(TEXT, b"Hello") + frame(BINARY, b"\xff"))
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(
            peer.recv(99), serverFrame(TEXT, b"Hello") + serverFrame(BINARY, b"\xff")
        )
        self.assertEqual(codec.pumped, 11 + 7)
        self.assertEqual(self.wire.totals.texts, 1)

    def test_withoutInputNothingHappens(self) -> None:
        self.connect()
        self.assertIsNone(self.pump.run(LONG))

    def test_messageInPieces(self) -> None:
        """
        The frames after its last piece are answered too.
        """
        codec, peer = self.connect()
        payload = bytes(range(256)) * 800
        whole = frame(BINARY, payload) + frame(TEXT, b"Hello")
        answer = serverFrame(BINARY, payload) + serverFrame(TEXT, b"Hello")
        for start in range(0, len(whole), 60001):
            peer.send(whole[start : start + 60001])
            self.assertIsNone(self.pump.run(LONG))
        got = b""
        while len(got) < len(answer):
            got += peer.recv(2**20)
        self.assertEqual(got, answer)
        self.assertEqual(codec.pumped, len(whole))

    def test_otherFrameReturnsConnection(self) -> None:
        """
        With the frame and all bytes after it. The pump reads no more.
        """
        codec, peer = self.connect()
        rest = frame(PING, b"?") + frame(TEXT, b"2")
        peer.send(frame(TEXT, b"1") + rest)
        self.assertEqual(self.returned(), Returned(codec, b"", rest, 0))
        self.assertEqual(peer.recv(99), serverFrame(TEXT, b"1"))
        self.assertEqual(codec.feed(rest), (b"", rest))
        self.assertEqual(codec.pumped, 7)
        peer.send(frame(TEXT, b"3"))
        self.assertIsNone(self.pump.run(LONG))

    def test_invalidTextReturnsAllItsBytes(self) -> None:
        """
        From earlier reads, too.
        """
        codec, peer = self.connect()
        whole = frame(TEXT, b"Hello\xff, world")
        peer.send(whole[:10])
        self.assertIsNone(self.pump.run(LONG))
        peer.send(whole[10:14])
        self.assertEqual(codec.feed(self.returned().rest), (b"", whole[:14]))

    def test_slowPeerReturnsConnection(self) -> None:
        """
        Sent and unsent replies together are complete.
        """
        codec, peer = self.connect()
        sent, back = 0, None
        while back is None:
            peer.send(frame(BINARY, bytes(50000)))
            sent += 1
            back = self.pump.run(LONG)
        got = b""
        while len(got) + len(back.unsent) < sent * 50004:
            got += peer.recv(2**20)
        self.assertEqual(got + back.unsent, serverFrame(BINARY, bytes(50000)) * sent)
        self.assertEqual(back, Returned(codec, back.unsent, b"", 0))

    def test_slowPeerAfterLongMessage(self) -> None:
        """
        The end of the long reply and the replies after it.
        """
        _, peer = self.connect()
        payload = bytes(range(256)) * 16384
        whole = frame(BINARY, payload) + frame(TEXT, b"Hello")
        sent, back = 0, None
        while back is None:
            sent += peer.send(whole[sent : sent + 100000])
            back = self.pump.run(LONG)
        self.assertEqual(sent, len(whole))
        got = b""
        while len(got) + len(back.unsent) < len(payload) + 17:
            got += peer.recv(2**20)
        self.assertEqual(
            got + back.unsent,
            serverFrame(BINARY, payload) + serverFrame(TEXT, b"Hello"),
        )

    def test_endOfInputReturnsConnection(self) -> None:
        """
        After all replies. The end stays readable.
        """
        codec, peer = self.connect()
        peer.send(frame(TEXT, b"Hello"))
        peer.shutdown(socket.SHUT_WR)
        self.assertEqual(self.returned(), Returned(codec, b"", b"", 0))
        self.assertEqual(peer.recv(99), serverFrame(TEXT, b"Hello"))

    def test_brokenConnectionIsNotRead(self) -> None:
        """
        The kernel reports its error only once.
        """
        codec, peer = self.connect()
        peer.send(frame(TEXT, b"Hello"))
        peer.close()
        self.assertEqual(self.returned(), Returned(codec, b"", b"", 0))
        self.assertEqual(codec.pumped, 0)

    def test_readErrorIsReturned(self) -> None:
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.addCleanup(os.close, write)
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, read)
        os.write(write, b"Hello")
        self.assertEqual(self.returned(), Returned(codec, b"", b"", errno.ENOTSOCK))

    def test_invalidSocketIsRefused(self) -> None:
        with self.assertRaises(OSError) as raised:
            self.pump.add(self.wire.codec(LIMIT), -1)
        self.assertEqual(raised.exception.errno, errno.EBADF)

    def test_removedConnectionIsNotRead(self) -> None:
        near, peer = self.pair()
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, near.fileno())
        self.pump.remove(codec)
        peer.send(b"Hello")
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(near.recv(99), b"Hello")

    def test_timeLimit(self) -> None:
        """
        The remaining connections are served in the next call.
        """
        peers = [self.connect()[1] for _ in range(5)]
        for peer in peers:
            peer.send(frame(TEXT, b"Hello"))
        for done in range(5):
            self.assertEqual(self.wire.totals.texts, done)
            self.assertIsNone(self.pump.run(0))
        for peer in peers:
            self.assertEqual(peer.recv(99), serverFrame(TEXT, b"Hello"))

    def test_moreConnectionsThanOneEpollWait(self) -> None:
        peers = [self.connect()[1] for _ in range(300)]
        for peer in peers:
            peer.send(frame(TEXT, b"Hello"))
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(self.wire.totals.texts, 300)

    def test_returnedConnectionDelaysOthers(self) -> None:
        """
        They are served in the next call.
        """
        codec, pinging = self.connect()
        _, texting = self.connect()
        pinging.send(frame(PING))
        texting.send(frame(TEXT, b"Hello"))
        self.assertEqual(self.returned().codec, codec)
        self.assertEqual(self.wire.totals.texts, 0)
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(texting.recv(99), serverFrame(TEXT, b"Hello"))

    def test_removedConnectionIsSkipped(self) -> None:
        """
        Even if epoll has reported it already.
        """
        codec, pinging = self.connect()
        other, texting = self.connect()
        pinging.send(frame(PING))
        texting.send(frame(TEXT, b"Hello"))
        self.assertEqual(self.returned().codec, codec)
        self.pump.remove(other)
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(self.wire.totals.texts, 0)

    def test_withoutDescriptorsNoPump(self) -> None:
        """
        The constructor raises.
        """
        low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (low, high))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, high))
        with self.assertRaises(OSError) as raised:
            Pump()
        self.assertEqual(raised.exception.errno, errno.EMFILE)
