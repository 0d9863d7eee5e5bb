"""
Tests of the pump, L{echo.wire.compiled.Pump}, over pairs of sockets.
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

#: More seconds than anything here takes.
LONG = 60.0

LIMIT = 8 * 2**20


class PumpTests(SynchronousTestCase):
    """
    A pump, and the peers of conversations.
    """

    def setUp(self) -> None:
        """
        Make a pump.
        """
        self.wire = Wire()
        self.pump = Pump()

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """
        @return: A connection.
        """
        near, far = socket.socketpair()
        for end in (near, far):
            end.setblocking(False)
            self.addCleanup(end.close)
        return near, far

    def converse(self) -> tuple[Codec, socket.socket]:
        """
        @return: A conversation that is pumped, and its peer.
        """
        near, far = self.pair()
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, near.fileno())
        return codec, far

    def back(self) -> Returned:
        """
        @return: The conversation that the pump gives back.
        """
        back = self.pump.run(LONG)
        assert back is not None
        return back

    def test_echo(self) -> None:
        """
        What arrives is answered.
        """
        codec, peer = self.converse()
        peer.send(frame(TEXT, b"Hello") + frame(BINARY, b"\xff"))
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(
            peer.recv(99), serverFrame(TEXT, b"Hello") + serverFrame(BINARY, b"\xff")
        )
        self.assertEqual(codec.pumped, 11 + 7)
        self.assertEqual(self.wire.totals.texts, 1)

    def test_nothing(self) -> None:
        """
        Where there is nothing to do, nothing is done.
        """
        self.converse()
        self.assertIsNone(self.pump.run(LONG))

    def test_pieces(self) -> None:
        """
        A message may come in pieces; what follows its last is answered behind it.
        """
        codec, peer = self.converse()
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

    def test_notPlain(self) -> None:
        """
        A conversation is given back with what is not plain, and what follows it.
        What comes then is left alone.
        """
        codec, peer = self.converse()
        rest = frame(PING, b"?") + frame(TEXT, b"2")
        peer.send(frame(TEXT, b"1") + rest)
        self.assertEqual(self.back(), Returned(codec, b"", rest, 0))
        self.assertEqual(peer.recv(99), serverFrame(TEXT, b"1"))
        self.assertEqual(codec.feed(rest), (b"", rest))
        self.assertEqual(codec.pumped, 7)
        peer.send(frame(TEXT, b"3"))
        self.assertIsNone(self.pump.run(LONG))

    def test_notPlainInTheMiddle(self) -> None:
        """
        What had come before is not lost when a text turns out to be none.
        """
        codec, peer = self.converse()
        whole = frame(TEXT, b"Hello\xff, world")
        peer.send(whole[:10])
        self.assertIsNone(self.pump.run(LONG))
        peer.send(whole[10:14])
        self.assertEqual(codec.feed(self.back().rest), (b"", whole[:14]))

    def test_unsent(self) -> None:
        """
        A conversation is given back when its peer does not take what is sent: what
        was taken and what was not are one.
        """
        codec, peer = self.converse()
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

    def test_unsentParts(self) -> None:
        """
        That is so for the end of a long message, and what follows it, too.
        """
        _, peer = self.converse()
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

    def test_end(self) -> None:
        """
        A conversation is given back at its end: with all that was answered, and with
        the end still to be found.
        """
        codec, peer = self.converse()
        peer.send(frame(TEXT, b"Hello"))
        peer.shutdown(socket.SHUT_WR)
        self.assertEqual(self.back(), Returned(codec, b"", b"", 0))
        self.assertEqual(peer.recv(99), serverFrame(TEXT, b"Hello"))

    def test_hungUp(self) -> None:
        """
        Of a connection that is gone, nothing is read.
        """
        codec, peer = self.converse()
        peer.send(frame(TEXT, b"Hello"))
        peer.close()
        self.assertEqual(self.back(), Returned(codec, b"", b"", 0))
        self.assertEqual(codec.pumped, 0)

    def test_error(self) -> None:
        """
        An error of reading is told: the kernel tells it once.
        """
        read, write = os.pipe()
        self.addCleanup(os.close, read)
        self.addCleanup(os.close, write)
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, read)
        os.write(write, b"Hello")
        self.assertEqual(self.back(), Returned(codec, b"", b"", errno.ENOTSOCK))

    def test_cannotAdd(self) -> None:
        """
        Not everything can be pumped.
        """
        with self.assertRaises(OSError) as raised:
            self.pump.add(self.wire.codec(LIMIT), -1)
        self.assertEqual(raised.exception.errno, errno.EBADF)

    def test_remove(self) -> None:
        """
        What is pumped no longer stays where it is.
        """
        near, peer = self.pair()
        codec = self.wire.codec(LIMIT)
        self.pump.add(codec, near.fileno())
        self.pump.remove(codec)
        peer.send(b"Hello")
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(near.recv(99), b"Hello")

    def test_time(self) -> None:
        """
        When time is up, the rest is for the next time: each comes to its turn.
        """
        peers = [self.converse()[1] for _ in range(5)]
        for peer in peers:
            peer.send(frame(TEXT, b"Hello"))
        for done in range(5):
            self.assertEqual(self.wire.totals.texts, done)
            self.assertIsNone(self.pump.run(0))
        for peer in peers:
            self.assertEqual(peer.recv(99), serverFrame(TEXT, b"Hello"))

    def test_many(self) -> None:
        """
        There may be more than are told of at once.
        """
        peers = [self.converse()[1] for _ in range(300)]
        for peer in peers:
            peer.send(frame(TEXT, b"Hello"))
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(self.wire.totals.texts, 300)

    def test_backInTheMiddle(self) -> None:
        """
        While one is given back, the others wait.
        """
        codec, pinging = self.converse()
        _, texting = self.converse()
        pinging.send(frame(PING))
        texting.send(frame(TEXT, b"Hello"))
        self.assertEqual(self.back().codec, codec)
        self.assertEqual(self.wire.totals.texts, 0)
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(texting.recv(99), serverFrame(TEXT, b"Hello"))

    def test_removeInTheMiddle(self) -> None:
        """
        Who is removed meanwhile is left alone, though its turn had come.
        """
        codec, pinging = self.converse()
        other, texting = self.converse()
        pinging.send(frame(PING))
        texting.send(frame(TEXT, b"Hello"))
        self.assertEqual(self.back().codec, codec)
        self.pump.remove(other)
        self.assertIsNone(self.pump.run(LONG))
        self.assertEqual(self.wire.totals.texts, 0)

    def test_none(self) -> None:
        """
        There may be no pump, for want of descriptors.
        """
        low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (low, high))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, high))
        with self.assertRaises(OSError) as raised:
            Pump()
        self.assertEqual(raised.exception.errno, errno.EMFILE)
