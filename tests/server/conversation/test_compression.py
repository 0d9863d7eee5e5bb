"""
Tests of L{echo.server.conversation.compression}, and of the message limit of compressed
messages (L{echo.engine.adapter}).
"""

import random
import struct
import zlib

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import BINARY, TEXT, frame


def deflate(data: bytes) -> bytes:
    """
    @return: A message's payload as permessage-deflate has it.
    """
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


class CompressionTests(SynchronousTestCase):
    """
    C{--compression} (RFC 7692).
    """

    offer = "permessage-deflate"

    def agreed(self, offer: str, *arguments: str) -> str | None:
        """
        @return: What the daemon says to an offer of extensions.
        """
        response = (
            EchoFixture(self, *arguments).dial().open(Sec_WebSocket_Extensions=offer)
        )
        self.assertEqual(response.status_code, 101)
        return response.headers.get("Sec-WebSocket-Extensions")

    def test_offByDefault(self) -> None:
        self.assertIsNone(self.agreed(self.offer))

    def test_noContextTakeover(self) -> None:
        self.assertEqual(
            self.agreed(self.offer, "--compression"),
            "permessage-deflate; client_no_context_takeover;"
            " server_no_context_takeover",
        )

    def test_eightOffersAreRead(self) -> None:
        """
        An offer has 256 characters at most.
        """
        for before, isAgreed in (
            ("x-a, " * 7, True),
            ("x-a, " * 8, False),
            ("x-a; b=" + "c" * 300 + ", ", True),
        ):
            agreed = self.agreed(before + self.offer, "--compression")
            self.assertEqual(agreed is not None, isAgreed, before)

    def test_invalidOfferIsDeclined(self) -> None:
        """
        RFC 7692 section 7.
        """
        for offer in [
            "permessage-deflate; server_max_window_bits=99",
            "permessage-deflate; client_no_context_takeover=1",
            "permessage-deflate; unheard_of",
            "permessage-bzip2",
            "x-something; a=b",
        ]:
            self.assertIsNone(self.agreed(offer, "--compression"), offer)
            self.assertIsNotNone(self.agreed(f"{offer}, {self.offer}", "--compression"))

    def connect(self, *arguments: str) -> Peer:
        """
        @return: A conversation with deflate.
        """
        fixture = EchoFixture(self, "--compression", *arguments)
        return fixture.connect(Sec_WebSocket_Extensions=self.offer)

    def test_compressedEcho(self) -> None:
        peer = self.connect()
        answer = peer.send(frame(TEXT, deflate(b"Hello " * 100), rsv=4))
        self.assertEqual(answer[0], 0x80 | 0x40 | TEXT)
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[2:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, b"Hello " * 100)

    def test_longestIncompressibleMessage(self) -> None:
        """
        Autobahn would refuse to send it.
        """
        peer = self.connect("--max-message=64k")
        noise = random.Random(1).randbytes(65536)
        self.assertGreater(len(deflate(noise)), 65536)
        answer = peer.send(frame(BINARY, noise))
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[10:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, noise)

    def test_limitIsOnInflatedMessage(self) -> None:
        peer = self.connect("--max-message=64k")
        noise = random.Random(1).randbytes(65536)
        peer.send(frame(BINARY, deflate(noise), rsv=4))
        answer = peer.transport.taken.partition(b"\r\n\r\n")[2]
        inflated = zlib.decompressobj(wbits=-15).decompress(
            answer[10:] + b"\0\0\xff\xff"
        )
        self.assertEqual(inflated, noise)

    def test_limitIsExact(self) -> None:
        """
        Autobahn would cut the message to 65536 bytes.
        """
        for size in (65537, 65538, 70000, 2**24):
            peer = self.connect("--max-message=64k")
            peer.send(frame(BINARY, deflate(bytes(size)), rsv=4))
            goodbye = peer.transport.taken.partition(b"\r\n\r\n")[2]
            self.assertEqual(goodbye[:1] + goodbye[2:4], b"\x88\x03\xf1", size)
            self.assertIn(b"the message is longer than 65536 bytes", goodbye)

    def test_invalidDataCloses1007(self) -> None:
        peer = self.connect()
        answer = peer.send(frame(BINARY, b"\xff\xff\xff\xff", rsv=4))
        self.assertEqual(answer[2:4], struct.pack("!H", 1007))
