"""
Reading: how received bytes get to the fast path or to Autobahn.

Bytes that arrive between two messages go to the fast path first, if the conversation
has one. Frames that the time slice has no time for wait for the next one
(L{echo.server.conversation.fairness}), and nothing more is read until then.
"""

from typing import TYPE_CHECKING

from echo.server.behaviour.throttle import Throttle
from echo.server.conversation.readgate import HoldReason
from echo.server.fastpath.fastpath import FastPath

if TYPE_CHECKING:
    from echo.server.conversation.protocol import EchoProtocol


class Reader:
    """
    Reads for one conversation.

    @ivar heardAt: Time of the last read, in seconds of the reactor's clock.

    @ivar fastPath: None where Autobahn sees all messages.

    @ivar throttle: For C{slow=}.
    """

    __slots__ = ("_conversation", "_leftFastPath", "fastPath", "heardAt", "throttle")

    def __init__(self, conversation: "EchoProtocol") -> None:
        self._conversation = conversation
        self._leftFastPath: FastPath | None = None
        self.fastPath: FastPath | None = None
        self.throttle: Throttle | None = None
        self.heardAt = 0.0

    def dataReceived(self, data: bytes) -> None:
        if self.throttle is None:
            self.readNow(data)
        else:
            self.throttle.dataReceived(data)

    def readNow(self, data: bytes) -> None:
        conversation, fastPath = self._conversation, self.fastPath
        fairness = conversation.factory.fairness
        try:
            if fastPath is not None:
                fastPath.stopPumping()  # these bytes were read before it began
            self.heardAt = began = fairness.seconds()
            if fastPath is None or fairness.left <= 0 or not self._isIdle():
                # TLS still reads after a close, and Autobahn would buffer it.
                if not conversation.isStateClosed:
                    conversation.parseBytes(data)
                return
            conversation.addTraffic(len(data))
            rest = fastPath.read(data)
            fairness.left -= fairness.seconds() - began
            if rest is not None:
                conversation.putBack(rest)
                conversation.processUnparsed()
        except Exception:  # noqa: BLE001  (a service's mistake ends one conversation)
            conversation.failReading()

    def _isIdle(self) -> bool:
        conversation = self._conversation
        isWaiting = conversation.readGate.reasons & HoldReason.FAIRNESS
        return not isWaiting and conversation.isBetweenMessages

    # In time slices.

    def processFrames(self) -> None:
        """
        Process the bytes that Autobahn has, as far as the time slice lasts.
        """
        isWaiting = self._conversation.readGate.reasons & HoldReason.FAIRNESS
        if not isWaiting and not self._processSlice():
            self.processLater()

    def processLater(self) -> None:
        """
        Process frames in the next time slice, and read no more until then.
        """
        gate = self._conversation.readGate
        if not gate.isHeldBy(HoldReason.FAIRNESS):
            gate.hold(HoldReason.FAIRNESS)
            self._conversation.factory.fairness.enqueue(self._continue)

    def _continue(self) -> None:
        if self._processSlice():
            self.release(HoldReason.FAIRNESS)
        else:
            self._conversation.factory.fairness.enqueue(self._continue)

    def _processSlice(self) -> bool:
        """
        @return: Whether nothing is left to process.
        """
        conversation = self._conversation
        try:
            return conversation.factory.fairness.run(self._processStep)
        except Exception:  # noqa: BLE001  (a service's mistake ends one conversation)
            conversation.failReading()
            return conversation.isStateClosed

    def _processStep(self) -> bool:
        """
        @return: Whether there can be more to process.
        """
        conversation, fastPath = self._conversation, self.fastPath
        if fastPath is not None and not conversation.isInMessage:
            if not conversation.isStateOpen:
                conversation.putBack(fastPath.codec.take())
            else:
                rest = fastPath.read(conversation.takeUnparsed())
                if rest is None:
                    return False
                conversation.putBack(rest)
        if conversation.readGate.reasons & HoldReason.BEHAVIOUR:
            return False  # one read can hold ten thousand more messages
        return conversation.processFrame()

    def release(self, reason: int) -> None:
        self._conversation.readGate.release(reason)
        if self.fastPath is not None and self._isIdle():
            self.fastPath.startPumping()

    # The fast path.

    def startFastPath(self) -> None:
        conversation = self._conversation
        codec = conversation.factory.wire.codec(conversation.codecLimit)
        self.fastPath = FastPath(conversation, codec)

    def leaveFastPath(self) -> None:
        """
        Let Autobahn see all further messages.
        """
        fastPath, self.fastPath = self.fastPath, None
        if fastPath is not None:
            fastPath.stopPumping()
            self._leftFastPath = fastPath
            self._conversation.putBack(fastPath.codec.take())

    def stopPumping(self) -> None:
        if self.fastPath is not None:
            self.fastPath.stopPumping()

    def connectionLost(self) -> None:
        if self.fastPath is not None:
            self.fastPath.connectionLost()

    # Counts of the read bytes and messages, and the time since the last read.

    def answered(self) -> tuple[int, int]:
        """
        @return: The messages that the fast path has answered, and bytes of payload.
        """
        fastPath = self.fastPath or self._leftFastPath
        return fastPath.answered if fastPath else (0, 0)

    def heard(self) -> int:
        fastPath = self.fastPath or self._leftFastPath
        pumped = fastPath.bytesPumped if fastPath else 0
        return self._conversation.wireBytesReceived + pumped

    def silence(self) -> float:
        # The reactor's clock can be set back.
        now = self._conversation.factory.reactor.seconds()
        silence = max(0.0, now - self.heardAt)
        fastPath = self.fastPath or self._leftFastPath
        return min(silence, fastPath.silence()) if fastPath else silence
