"""
The fast path of one conversation: messages that are only echoed pass Autobahn by.

A codec (L{echo.wire}) answers simple frames. All other bytes go to Autobahn, unchanged
and in order, which is the only judge of unusual frames.
"""

from time import monotonic
from typing import TYPE_CHECKING

from echo.server.conversation.readgate import HoldReason
from echo.server.fastpath.pumping import Pumping
from echo.server.fastpath.tlspumping import TLSPumping
from echo.server.sockets import isSocket
from echo.wire import Codec

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol


class FastPath:
    """
    The codec of an open conversation, and its place in a pump.
    """

    __slots__ = ("_pumping", "codec", "conversation")

    def __init__(self, conversation: "EchoProtocol", codec: Codec) -> None:
        self.conversation = conversation
        self.codec = codec
        transport = conversation.transport
        self._pumping: Pumping | TLSPumping | None = (
            conversation.factory.pumping
            if isSocket(transport)
            else getattr(transport, "pumping", None)
        )

    def read(self, data: bytes) -> bytes | None:
        """
        Answer simple frames, and let the pump read from now on if there were no others.

        @return: The bytes from the first other frame on, or None if there is none.
        """
        replies, rest = self.codec.feed(data)
        if replies:
            self.conversation.sendBytes(replies)
        if rest is None and data:
            self.startPumping()
        return rest

    def answer(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        Answer bytes that the caller has read. The caller sends the replies.

        @return: See L{echo.wire.Codec.feed}.
        """
        replies, rest = result = self.codec.feed(data)
        self.conversation.addTraffic(len(data) - len(rest or b""), len(replies))
        return result

    # The pump.

    def startPumping(self) -> None:
        if self._pumping is None:
            return
        gate = self.conversation.readGate
        if not gate.reasons and self._pumping.start(self):
            gate.hold(HoldReason.PUMP)

    def stopPumping(self) -> None:
        """
        Let the transport read and write again.
        """
        gate = self.conversation.readGate
        if self._pumping is not None and gate.isHeldBy(HoldReason.PUMP):
            self._pumping.stop(self)
            gate.release(HoldReason.PUMP)

    def handBack(self, unsent: bytes, rest: bytes) -> None:
        """
        The pump has stopped.

        @param unsent: Replies that are not sent yet.

        @param rest: Bytes that were read and have no reply yet.
        """
        self.conversation.readGate.release(HoldReason.PUMP)
        if unsent:
            self.conversation.transport.write(unsent)
        self.conversation.dataReceived(rest)

    def connectionLost(self) -> None:
        gate = self.conversation.readGate
        if self._pumping is not None and gate.isHeldBy(HoldReason.PUMP):
            self._pumping.stop(self)
            gate.forget(HoldReason.PUMP)

    # What passed.

    @property
    def answered(self) -> tuple[int, int]:
        """
        The number of answered messages, and the bytes of their payload.
        """
        counts = self.codec.counts
        octets = counts.textOctets + counts.binaryOctets
        return counts.texts + counts.binaries, octets

    @property
    def bytesPumped(self) -> int:
        return self.codec.pumped

    def silence(self) -> float:
        return monotonic() - self.codec.heardAt
