"""
What was sent, matched with what came back.

Plain data: nothing here knows a reactor, a socket or a clock; times are whole
nanoseconds of whatever clock the caller has. No payload is kept, and what is over
and done with is remembered in bounded memory only.
"""

import enum
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

#: How many payloads that are no longer waited for are remembered.
MEMORY = 4096

# Payloads up to this many bytes are their own fingerprint. That of a longer one is
# longer than these: its length and its digest.
_SHORT = 64
_DIGEST = 64


class Anomaly(enum.Enum):
    """
    What can be wrong with a message that came.
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
    A message that came, and what it is taken for.

    @ivar seq: Which message it is the echo of; C{None} if of none.

    @ivar time: Its round trip in nanoseconds, from when the message was sent; C{None}
        if it has no C{seq}.

    @ivar response: Its response time in nanoseconds, from when the message was due;
        C{None} if no time was due.

    @ivar anomalies: What is wrong with it.

    @ivar answers: Whether a message got its answer by this, which it had not yet.

    @ivar corrects: Whether an earlier message, that had been taken for an altered
        echo of C{seq}, is by this known to have been none.
    """

    seq: int | None
    time: int | None
    anomalies: tuple[Anomaly, ...] = ()
    answers: bool = False
    corrects: bool = False
    response: int | None = None


@dataclass(slots=True)
class _Sent:
    seq: int
    at: int
    fingerprint: bytes
    isBinary: bool
    late: int | None = None

    def response(self, now: int) -> int | None:
        """
        @return: The response time.
        """
        return None if self.late is None else now - self.at + self.late


class _Past(enum.Enum):
    ANSWERED = enum.auto()
    GUESSED = enum.auto()  # something came that was taken for its altered echo
    LOST = enum.auto()


class EchoMatcher:
    """
    Matches each message that comes with one that was sent.

    A message is the echo of the oldest one outstanding that has its payload and
    its type, else its payload. A payload of another connection is cross-talk. Any
    other payload that was not sent is the altered echo of the oldest one outstanding:
    a guess, taken back if the true echo comes.

    As a rule, echoes come in the order of their messages. The others are found in an
    index, which is made once it is needed, and kept until nothing is outstanding.
    """

    def __init__(
        self,
        memory: int = MEMORY,
        isForeign: Callable[[bytes], bool] | None = None,
    ) -> None:
        """
        @param memory: How many payloads that are no longer waited for to remember.

        @param isForeign: Whether a payload is known to be that of another connection.
        """
        self._memory = memory
        self._isForeign = isForeign
        self._seq = 0
        self._highest = 0
        self._outstanding: OrderedDict[int, _Sent] = OrderedDict()
        self._bySameness: dict[tuple[bytes, bool], deque[_Sent]] = {}
        self._past: OrderedDict[bytes, tuple[_Sent, _Past]] = OrderedDict()

    def __len__(self) -> int:
        """
        How many are outstanding.
        """
        return len(self._outstanding)

    @property
    def cutOff(self) -> int:
        """
        How many are outstanding that an end of the connection would cut off. An echo
        of a later message has overtaken the others: they were lost before.
        """
        return sum(seq > self._highest for seq in self._outstanding)

    def sent(self, payload: bytes, isBinary: bool, now: int) -> int:
        """
        Note a message that is about to be sent.

        @return: Its number; the first is 1.
        """
        self._seq += 1
        sent = _Sent(self._seq, now, _fingerprint(payload), isBinary)
        self._outstanding[sent.seq] = sent
        if self._bySameness:
            self._index(sent)
        return sent.seq

    def stamp(self, seq: int, now: int, late: int | None = None) -> None:
        """
        Correct when it was sent: to note it takes time, which is not the peer's.

        @param late: For how long the message had been due; C{None} if it had no due
            time.
        """
        sent = self._outstanding[seq]
        sent.at = now
        sent.late = late

    def awaits(self, payload: bytes) -> bool:
        """
        @return: Whether a message with this payload is outstanding.
        """
        fingerprint = _fingerprint(payload)
        return any(
            sent.fingerprint == fingerprint for sent in self._outstanding.values()
        )

    def arrived(self, payload: bytes, isBinary: bool, now: int) -> Echo:
        """
        Match a message that came.
        """
        fingerprint = _fingerprint(payload)
        oldest = next(iter(self._outstanding.values()), None)
        if (
            oldest is not None
            and oldest.fingerprint == fingerprint
            and oldest.isBinary is isBinary
            and oldest.at <= now
        ):
            return self._answered(oldest, isBinary, now)
        index = self._indexed()
        for sameType in (True, False):
            waiting = index.get((fingerprint, isBinary == sameType))
            if waiting and waiting[0].at <= now:
                return self._answered(waiting[0], isBinary, now)
        if fingerprint in self._past:
            return self._again(*self._past[fingerprint], isBinary, now)
        if self._isForeign is not None and self._isForeign(payload):
            return Echo(None, None, (Anomaly.CROSSED,))
        if oldest is None or oldest.at > now:  # it was there before that was sent
            return Echo(None, None, (Anomaly.UNEXPECTED,))
        self._forget(oldest, _Past.GUESSED)
        return Echo(
            oldest.seq,
            now - oldest.at,
            (Anomaly.ALTERED,),
            answers=True,
            response=oldest.response(now),
        )

    def _indexed(self) -> dict[tuple[bytes, bool], deque[_Sent]]:
        """
        @return: The messages that are outstanding, by what makes them the same.
        """
        if not self._bySameness:
            for sent in self._outstanding.values():
                self._index(sent)
        return self._bySameness

    def _index(self, sent: _Sent) -> None:
        key = (sent.fingerprint, sent.isBinary)
        self._bySameness.setdefault(key, deque()).append(sent)

    def _answered(self, sent: _Sent, isBinary: bool, now: int) -> Echo:
        self._forget(sent, _Past.ANSWERED)
        anomalies = self._faults(sent, isBinary)
        time, late = now - sent.at, sent.late
        response = None if late is None else time + late
        return Echo(sent.seq, time, anomalies, True, False, response)

    def _again(self, sent: _Sent, past: _Past, isBinary: bool, now: int) -> Echo:
        time, response = now - sent.at, sent.response(now)
        self._remember(sent, _Past.ANSWERED)
        if past is _Past.GUESSED:
            faults = self._faults(sent, isBinary)
            return Echo(sent.seq, time, faults, corrects=True, response=response)
        anomaly = Anomaly.LATE if past is _Past.LOST else Anomaly.TWICE
        return Echo(sent.seq, time, (anomaly,), response=response)

    def _faults(self, sent: _Sent, isBinary: bool) -> tuple[Anomaly, ...]:
        if isBinary is sent.isBinary and sent.seq > self._highest:  # as a rule
            self._highest = sent.seq
            return ()
        anomalies = [Anomaly.TYPE_CHANGED] if isBinary != sent.isBinary else []
        if sent.seq < self._highest:
            anomalies.append(Anomaly.OUT_OF_ORDER)
        self._highest = max(self._highest, sent.seq)
        return tuple(anomalies)

    def oldest(self) -> int | None:
        """
        @return: When the oldest one outstanding was sent.
        """
        for sent in self._outstanding.values():
            return sent.at
        return None

    def lose(self, before: int | None = None) -> list[int]:
        """
        Give up waiting.

        @param before: For those that were sent then or earlier; for all, if C{None}.

        @return: Their numbers.
        """
        lost: list[int] = []
        while self._outstanding:
            sent = next(iter(self._outstanding.values()))
            if before is not None and sent.at > before:
                break
            self._forget(sent, _Past.LOST)
            lost.append(sent.seq)
        return lost

    def _forget(self, sent: _Sent, past: _Past) -> None:
        """
        @param sent: One outstanding; of those that are the same, the oldest.
        """
        del self._outstanding[sent.seq]
        if self._bySameness:
            key = (sent.fingerprint, sent.isBinary)
            same = self._bySameness[key]
            same.popleft()
            if not same:
                del self._bySameness[key]
        self._remember(sent, past)

    def _remember(self, sent: _Sent, past: _Past) -> None:
        remembered, fingerprint = self._past, sent.fingerprint
        remembered[fingerprint] = (sent, past)
        remembered.move_to_end(fingerprint)
        if len(remembered) > self._memory:
            remembered.popitem(last=False)


def _fingerprint(payload: bytes) -> bytes:
    if len(payload) <= _SHORT:
        return payload
    digest = blake2b(payload, digest_size=_DIGEST).digest()
    return len(payload).to_bytes(8, "big") + digest
