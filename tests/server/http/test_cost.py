"""
Tests of what a request costs: reading, showing and logging it is little work, whatever
is in it.
"""

import gc
import sys
from collections.abc import Iterator
from types import FrameType

from twisted.internet.address import IPv4Address
from twisted.protocols.basic import LineReceiver
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.daemon import EchoFixture
from tests.kit.handshake import KEY

#: Bytes of the largest header that is let in, about, and its most fields.
SIZE = 16_000
FIELDS = 490

#: What a hostile field is full of.
PIECES = (
    *("%", "%=", "%41", "%2541=", "%3D", "%26", "%2F%2F%40", "%74oken="),
    *(";", ",", '"', '\\"', "&", "=", "a&", "a,", "a;", "/", "/%41", "//a@"),
    *("key", "key=&", "pw&", "token,a,", "monkey=", "design", "eyJ", "eyJa.b.c,"),
    *("subprotocol=", "subprotocol=a.%2C", "info=1&", "permessage-deflate;a,"),
    *("for=a,", 'for="', "127.0.0.1,", "for=127.0.0.1,", "a", "é", "\x85", "\t"),
)

#: What is full of it.
NAMES = (
    *("Host", "Origin", "Cookie", "Authorization", "Forwarded", "X-Forwarded-For"),
    *("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Upgrade", "X-Any"),
)

UPGRADE = {
    "Host": "echo.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}


def request(target: str, *fields: tuple[str, str], method: str = "GET") -> bytes:
    """
    @return: A request.
    """
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


def large() -> Iterator[bytes]:
    """
    @return: Requests that are as large as they may be in one place.
    """
    for piece in PIECES:
        filler = piece * ((SIZE - 300) // len(piece))
        if piece.isascii() and piece.isprintable():
            for start in ("/", "/info?", "/socket?", "http://"):
                yield request(start + filler, *UPGRADE.items())
            for name in ("subprotocol", "reason"):
                target = f"/socket?info=1&close=1000&{name}={filler}"
                yield request(target, *UPGRADE.items())
        for name in NAMES:
            fields = {**UPGRADE, name: UPGRADE.get(name, "") + filler}
            yield request("/socket?info=1", *fields.items())
        yield request("/info", ("Host", "a"), ("X-Any", "a"), (filler, "a"))


def many() -> Iterator[bytes]:
    """
    @return: Requests with as many fields as they may have.
    """
    for piece in PIECES:
        for name in ("a", "token", "Forwarded", "Sec-WebSocket-Protocol"):
            room = SIZE // FIELDS - len(name) - 4
            fields = [(name, piece * (room // len(piece)))] * FIELDS
            yield request("/socket?info=1", *UPGRADE.items(), *fields)


def folded() -> Iterator[bytes]:
    """
    @return: Requests with a field in many lines, and with much behind them.
    """
    yield b"GET /info HTTP/1.1\r\nHost: a\r\nX: a\r\n" + b" \r\n" * (SIZE // 3)
    yield request(
        "/info", ("Host", "a"), *[("a", "")] * FIELDS, ("Connection", "close")
    ) + bytes(SIZE)


class CostTests(SynchronousTestCase):
    """
    The work is counted in calls of functions, in Python and in C.
    """

    def calls(self, fixture: EchoFixture, data: bytes) -> int:
        """
        @return: How many calls a request takes.
        """
        count = 0

        def note(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        peer = fixture.dial(IPv4Address("TCP", "127.0.0.1", 50000))
        peer.transport.arrive(data)
        before = sys.getprofile()
        # A collection would call the finalizers of earlier tests' objects.
        gc.disable()
        sys.setprofile(note)
        try:
            peer.transport.read()
        finally:
            sys.setprofile(before)
            gc.enable()
        self.assertRegex(peer.transport.taken, rb"\AHTTP/1\.1 \d{3} ")
        peer.transport.hangUp()
        fixture.peers.clear()
        return count

    def test_calls(self) -> None:
        """
        There are few for each byte, and not many for each field. (For 15 KB of
        C{%=} there were more than 60,000.)
        """
        for options in (
            (),
            ("--compression", "--trust-proxy=127.0.0.1", "--show-secrets"),
        ):
            fixture = EchoFixture(self, *options)
            for requests, most in (
                (large(), 9 * SIZE // 16),
                (many(), 70 * FIELDS),
                (folded(), 50 * FIELDS),
            ):
                for data in requests:
                    count = self.calls(fixture, data)
                    self.assertLess(count, most, data[:300])

    def test_pieces(self) -> None:
        """
        A line that arrives byte by byte is copied a few times only. (For each byte
        twisted.web copies what it has of the line: 120 MB in all.)
        """
        copied = 0
        receive = LineReceiver.dataReceived

        def note(channel: LineReceiver, data: bytes) -> None:
            nonlocal copied
            copied += len(channel._buffer) + len(data)
            receive(channel, data)

        self.patch(LineReceiver, "dataReceived", note)
        fixture = EchoFixture(self)
        for piece in ("a", "\n", "\r"):
            filler = piece * ((SIZE - 300) // len(piece))
            data = request("/info", ("Host", "echo.example"), ("X", filler))
            copied = 0
            peer = fixture.dial()
            for start in range(len(data)):
                peer.transport.arrive(data[start : start + 1])
                peer.transport.read()
            self.assertRegex(peer.transport.taken, rb"\AHTTP/1\.1 (200|400) ")
            self.assertLess(copied, 8 * len(data), piece)
