"""
Servers that break one rule each, or that keep them in an unusual way.
"""

import struct
from typing import Any

from twisted.internet.protocol import Protocol

from tests.client.check.referenceserver import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Received,
    Server,
)


class Deflating(Server):
    """
    Agrees on compression.
    """

    deflates = True


class Greeting(Deflating):
    """
    Speaks first.
    """

    def greet(self) -> None:
        """
        Say something, compressed where that is agreed on.
        """
        self._compressed = self._deflated
        self.onMessage(TEXT, b"Welcome, echo-client check!")
        self._compressed = False
        self.onMessage(BINARY, b"\xff")


class Talkative(Server):
    """
    Does all that it may: pings, pongs that nobody asked for, and fragments.
    """

    def greet(self) -> None:
        """
        Ping.
        """
        self.write(PING, b"Are you there?")

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send a message back in three fragments.
        """
        self.write(PONG, b"I am here.")
        self.write(kind, payload[:1], fin=False)
        self.write(PONG, b"Still.")
        self.write(CONTINUATION, b"", fin=False)
        self.write(CONTINUATION, payload[1:])


class WrongAccept(Server):
    """
    Does not know the answer to the key.
    """

    def accept(self, key: str) -> str:
        """
        @return: The answer to another key.
        """
        return super().accept(key.swapcase())


class NoUpgradeFields(Server):
    """
    Leaves out that the protocol changes.
    """

    def upgradeFields(self) -> list[str]:
        """
        @return: Nothing.
        """
        return []


class UnaskedExtension(Server):
    """
    Accepts what nobody offered.
    """

    def choices(self, fields: dict[str, str]) -> list[str]:
        """
        @return: An extension among them.
        """
        return [*super().choices(fields), "Sec-WebSocket-Extensions: x-own"]


class UnaskedSubprotocol(Server):
    """
    Chooses what nobody offered.
    """

    def choices(self, fields: dict[str, str]) -> list[str]:
        """
        @return: One of its own.
        """
        return ["Sec-WebSocket-Protocol: own"]


class AcceptsAll(Server):
    """
    Opens a WebSocket whatever is asked.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        """
        Accept it.
        """
        self._opened = True
        self.transport.write(self.acceptance(fields))


class TextAsBinary(Server):
    """
    Knows one kind of messages only.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back as binary.
        """
        super().onMessage(BINARY, payload)


class NoPongs(Server):
    """
    Does not answer pings.
    """

    def onPing(self, payload: bytes) -> None:
        """
        Do nothing.
        """


class Masking(Server):
    """
    Masks what it sends.
    """

    def encode(self, payload: bytes) -> bytes:
        """
        @return: A frame masked with a key that spares the payload.
        """
        head = super().encode(payload)
        at = len(head) - len(payload)
        return bytes([head[0] | 0x80]) + head[1:at] + bytes(4) + payload


class Lavish(Server):
    """
    Writes all lengths in eight bytes, and takes them in as many.
    """

    def encode(self, payload: bytes) -> bytes:
        """
        @return: A frame.
        """
        return struct.pack("!BQ", 127, len(payload)) + payload

    def checkShortest(self, length: int, size: int) -> None:
        """
        Let it pass.
        """


class Latin(Server):
    """
    Does not look at text.
    """

    def decode(self, text: bytes, final: bool = True) -> None:
        """
        Let it pass.
        """


class NoReserve(Server):
    """
    Does not look at the reserved bits, nor at opcodes that it does not know.
    """

    def checkReserved(self, rsv: int, opcode: int) -> None:
        """
        Let it pass.
        """

    def onFrame(self, received: Received) -> None:
        """
        Pass over what it does not know.
        """
        if received.opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING):
            super().onFrame(received)


class ReservedBits(Server):
    """
    Sets a reserved bit.
    """

    def onMessage(self, kind: int, payload: bytes) -> None:
        """
        Send it back, with the bit.
        """
        self.write(kind, payload, rsv=2)


class ReservedOpcode(Server):
    """
    Says goodbye with a frame of its own invention before.
    """

    def onClose(self, payload: bytes) -> None:
        """
        Say goodbye.
        """
        self.write(5, b"")
        super().onClose(payload)


class LongPong(Server):
    """
    Sends control frames of any length.
    """

    def onPing(self, payload: bytes) -> None:
        """
        UpgradeResponse, and add a pong that is too long.
        """
        super().onPing(payload)
        self.write(PONG, bytes(126))


class NoMask(Server):
    """
    Takes frames without a mask.
    """

    def checkMask(self, second: int) -> None:
        """
        Let it pass.
        """


class AnyControl(Server):
    """
    Takes control frames of any length, and the first of their fragments.
    """

    def checkControl(self, fin: bool, length: int) -> None:
        """
        Let it pass.
        """


class AnyOrder(Server):
    """
    Takes fragments as they come.
    """

    def checkOrder(self, opcode: int) -> None:
        """
        Let it pass.
        """
        if opcode == CONTINUATION and not self._kind:
            self._kind = TEXT


class AnyClose(Server):
    """
    Gives back whatever a close frame carries.
    """

    def checkClose(self, payload: bytes) -> None:
        """
        Let it pass.
        """


class ClosesWith1000(Server):
    """
    Knows one way to say goodbye.
    """

    def onClose(self, payload: bytes) -> None:
        """
        UpgradeResponse with 1000.
        """
        super().onClose(struct.pack("!H", 1000))

    def fail(self, code: int) -> None:
        """
        Fail with 1000.
        """
        super().fail(1000)


class NoClose(Server):
    """
    Hangs up where it is to say goodbye.
    """

    def onClose(self, payload: bytes) -> None:
        """
        Hang up.
        """
        self.end()

    def fail(self, code: int) -> None:
        """
        Hang up.
        """
        self.end()


class NeverEnds(Server):
    """
    Leaves it to the client to end the TCP connection.
    """

    def end(self) -> None:
        """
        Do nothing.
        """


class GoesOn(NeverEnds):
    """
    Answers what comes after a close frame.
    """

    def onClose(self, payload: bytes) -> None:
        """
        UpgradeResponse, and go on.
        """
        super().onClose(payload)
        self._over = False


class Mute(Server):
    """
    Opens a WebSocket, and says no more.
    """

    def onFrame(self, received: Received) -> None:
        """
        Do nothing.
        """

    def fail(self, code: int) -> None:
        """
        Do nothing.
        """


class Unlimited(Server):
    """
    Takes frames of any length.
    """

    limit = 2**63


class Scripted(Protocol):
    """
    Opens no WebSocket, or another one: says what it is to say.
    """

    transport: Any

    def __init__(self, *answers: bytes, end: bool = False) -> None:
        """
        @param answers: Each answers what arrives at once.

        @param end: Whether it hangs up then.
        """
        self._answers = list(answers)
        self._end = end

    def dataReceived(self, data: bytes) -> None:
        """
        UpgradeResponse.
        """
        if self._answers:
            self.transport.write(self._answers.pop(0))
        if not self._answers and self._end:
            self.transport.loseConnection()
