"""
Matches arrived messages with sent messages.

Times are whole nanoseconds of the caller's clock. Of long payloads only a digest is
kept, and of answered and lost messages only a bounded number.
"""

import enum
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

#: Answered and lost messages that are remembered.
MEMORY = 4096

# Payloads up to _SHORT bytes are their own fingerprint. The fingerprint of a longer
# payload is its length and its digest: longer than any short one.
_SHORT = 64
_DIGEST = 64


class Anomaly(enum.Enum):
    """
    A fault of an arrived message.
    """

    ALTERED = "altered"
    TYPE_CHANGED = "type changed"
    TWICE = "twice"
    OUT_OF_ORDER = "out of order"
    LATE = "late"
    UNEXPECTED = "unexpected"
    CROSSED = "cross-talk"


class Echo(NamedTuple):
    """
    An arrived message, as it was matched.

    @ivar seq: The number of the sent message that it is the echo of; C{None} if it is
        no echo.

    @ivar time: Its round trip in nanoseconds, since the message was sent; C{None}
        without C{seq}.

    @ivar response: Its response time in nanoseconds, since the message was due; C{None}
        without due time.

    @ivar answers: Whether it answers an outstanding message.

    @ivar corrects: Whether it shows that an earlier arrived message was no altered echo
        of C{seq}, as was guessed.
    """

    seq: int | None
    time: int | None
    anomalies: tuple[Anomaly, ...] = ()
    answers: bool = False
    corrects: bool = False
    response: int | None = None


@dataclass(slots=True)
class SentMessage:
    """
    A message that was sent, or is sent next.

    @ivar seq: Its number, from 1.

    @ivar at: When it was sent.

    @ivar late: How long it was due; C{None} if it had no due time.
    """

    seq: int
    at: int
    fingerprint: bytes
    isBinary: bool
    late: int | None = None

    def response(self, now: int) -> int | None:
        return None if self.late is None else now - self.at + self.late


class _Past(enum.Enum):
    ANSWERED = enum.auto()
    GUESSED = enum.auto()  # a strange payload is taken for its altered echo
    LOST = enum.auto()


class EchoMatcher:
    """
    Matches each arrived message with a sent one.

    An arrived message is the echo of the oldest outstanding message with the same
    payload and type, or else with the same payload. The payload of another connection
    is cross-talk. Any other unknown payload counts as the altered echo of the oldest
    outstanding message. This guess is corrected if the exact echo arrives later.

    Most echoes arrive in the order of their messages. An index finds the others. It is
    built when it is needed, and kept until no message is outstanding.
    """

    # Each connection of a run has one.
    __slots__ = (
        "_byPayload",
        "_highest",
        "_isForeign",
        "_memory",
        "_outstanding",
        "_past",
        "_seq",
    )

    def __init__(
        self,
        memory: int = MEMORY,
        isForeign: Callable[[bytes], bool] | None = None,
    ) -> None:
        """
        @param memory: Number of answered and lost messages to remember.

        @param isForeign: Returns whether a payload is that of another connection.
        """
        self._memory = memory
        self._isForeign = isForeign
        self._seq = 0
        self._highest = 0
        self._outstanding: OrderedDict[int, SentMessage] = OrderedDict()
        self._byPayload: dict[tuple[bytes, bool], deque[SentMessage]] = {}
        self._past: OrderedDict[bytes, tuple[SentMessage, _Past]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._outstanding)

    @property
    def cutOff(self) -> int:
        """
        Number of outstanding messages that a close cuts off now. The others were lost
        before: a later message is answered.
        """
        return sum(seq > self._highest for seq in self._outstanding)

    def sent(self, payload: bytes, isBinary: bool, now: int) -> SentMessage:
        """
        Add a message that is sent next.
        """
        self._seq += 1
        fingerprint = payload if len(payload) <= _SHORT else _digested(payload)
        sent = SentMessage(self._seq, now, fingerprint, isBinary)
        self._outstanding[self._seq] = sent
        if self._byPayload:
            self._index(sent)
        return sent

    def awaits(self, payload: bytes) -> bool:
        fingerprint = payload if len(payload) <= _SHORT else _digested(payload)
        return any(
            sent.fingerprint == fingerprint for sent in self._outstanding.values()
        )

    def arrived(self, payload: bytes, isBinary: bool, now: int) -> Echo:
        fingerprint = payload if len(payload) <= _SHORT else _digested(payload)
        oldest = next(iter(self._outstanding.values()), None)
        if (
            oldest is not None
            and oldest.fingerprint == fingerprint
            and oldest.isBinary is isBinary
            and oldest.at <= now
        ):
            return self._answered(oldest, isBinary, now)
        if not self._byPayload:
            for sent in self._outstanding.values():
                self._index(sent)
        for sameType in (True, False):
            waiting = self._byPayload.get((fingerprint, isBinary == sameType))
            if waiting and waiting[0].at <= now:
                return self._answered(waiting[0], isBinary, now)
        if fingerprint in self._past:
            return self._again(*self._past[fingerprint], isBinary, now)
        if self._isForeign is not None and self._isForeign(payload):
            return Echo(None, None, (Anomaly.CROSSED,))
        if oldest is None or oldest.at > now:  # it arrived before that was sent
            return Echo(None, None, (Anomaly.UNEXPECTED,))
        self._settle(oldest, _Past.GUESSED)
        return Echo(
            oldest.seq,
            now - oldest.at,
            (Anomaly.ALTERED,),
            answers=True,
            response=oldest.response(now),
        )

    def _index(self, sent: SentMessage) -> None:
        key = (sent.fingerprint, sent.isBinary)
        self._byPayload.setdefault(key, deque()).append(sent)

    def _answered(self, sent: SentMessage, isBinary: bool, now: int) -> Echo:
        self._settle(sent, _Past.ANSWERED)
        anomalies: tuple[Anomaly, ...] = ()
        if isBinary is sent.isBinary and sent.seq > self._highest:  # as a rule
            self._highest = sent.seq
        else:
            anomalies = self._faults(sent, isBinary)
        time, late = now - sent.at, sent.late
        response = None if late is None else time + late
        return Echo(sent.seq, time, anomalies, True, False, response)

    def _again(self, sent: SentMessage, past: _Past, isBinary: bool, now: int) -> Echo:
        time, response = now - sent.at, sent.response(now)
        self._settle(sent, _Past.ANSWERED)
        if past is _Past.GUESSED:
            faults = self._faults(sent, isBinary)
            return Echo(sent.seq, time, faults, corrects=True, response=response)
        anomaly = Anomaly.LATE if past is _Past.LOST else Anomaly.TWICE
        return Echo(sent.seq, time, (anomaly,), response=response)

    def _faults(self, sent: SentMessage, isBinary: bool) -> tuple[Anomaly, ...]:
        anomalies = [Anomaly.TYPE_CHANGED] if isBinary != sent.isBinary else []
        if sent.seq < self._highest:
            anomalies.append(Anomaly.OUT_OF_ORDER)
        self._highest = max(self._highest, sent.seq)
        return tuple(anomalies)

    def oldest(self) -> int | None:
        for sent in self._outstanding.values():
            return sent.at
        return None

    def lose(self, before: int | None = None) -> list[int]:
        """
        Count outstanding messages as lost.

        @param before: Only messages that were sent at this time or earlier.

        @return: The numbers of the lost messages.
        """
        lost: list[int] = []
        while self._outstanding:
            sent = next(iter(self._outstanding.values()))
            if before is not None and sent.at > before:
                break
            self._settle(sent, _Past.LOST)
            lost.append(sent.seq)
        return lost

    def _settle(self, sent: SentMessage, past: _Past) -> None:
        """
        Remember a message that is answered or lost.

        @param sent: If it is outstanding, the oldest one with its payload and type.
        """
        if self._outstanding.pop(sent.seq, None) is not None and self._byPayload:
            key = (sent.fingerprint, sent.isBinary)
            same = self._byPayload[key]
            same.popleft()
            if not same:
                del self._byPayload[key]
        remembered, fingerprint = self._past, sent.fingerprint
        remembered[fingerprint] = (sent, past)
        remembered.move_to_end(fingerprint)
        if len(remembered) > self._memory:
            remembered.popitem(last=False)


def _digested(payload: bytes) -> bytes:
    digest = blake2b(payload, digest_size=_DIGEST).digest()
    return len(payload).to_bytes(8, "big") + digest
