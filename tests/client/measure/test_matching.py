"""
Tests for L{echo.client.measure.matching}.
"""

import gc

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.matching import MEMORY, Anomaly, Echo, EchoMatcher, SentMessage


class EchoMatcherTests(SynchronousTestCase):
    """
    Tests for L{EchoMatcher}.
    """

    def setUp(self) -> None:
        self.matcher = EchoMatcher()

    def _send(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.matcher.sent(payload, False, 0)

    def _arrive(self, payload: bytes, isBinary: bool = False, now: int = 5) -> Echo:
        return self.matcher.arrived(payload, isBinary, now)

    def _is(self, echo: Echo, seq: int | None, *anomalies: Anomaly) -> None:
        self.assertEqual((echo.seq, echo.anomalies), (seq, anomalies))

    def test_exactEchoHasNumberAndTime(self) -> None:
        self.assertEqual(self.matcher.sent(b"a", False, 100).seq, 1)
        self.assertEqual(self.matcher.sent(b"b", False, 110).seq, 2)
        self.assertEqual(self.matcher.oldest(), 100)
        self.assertEqual(self._arrive(b"a", now=130), Echo(1, 30, answers=True))
        self.assertEqual(self._arrive(b"b", now=150), Echo(2, 40, answers=True))
        self.assertEqual(len(self.matcher), 0)
        self.assertIsNone(self.matcher.oldest())

    def test_timeOfOneMessageChanges(self) -> None:
        self.matcher.sent(b"a", False, 0).at = 3
        self._send(b"b")
        self.assertEqual(self.matcher.oldest(), 3)
        self.assertEqual(self._arrive(b"a", now=5).time, 2)
        self.assertEqual(self._arrive(b"b", now=5).time, 5)

    def test_oldestOfEqualMessagesIsAnswered(self) -> None:
        self._send(b"x", b"x")
        self._is(self._arrive(b"x"), 1)
        self._is(self._arrive(b"x"), 2)
        self._is(self._arrive(b"x"), 2, Anomaly.TWICE)

    def test_payloadIsAwaitedWhileOutstanding(self) -> None:
        self._send(b"a", b"b", b"b")
        self.assertTrue(self.matcher.awaits(b"b"))
        self.assertFalse(self.matcher.awaits(b"c"))
        self._arrive(b"b")
        self.assertTrue(self.matcher.awaits(b"b"))
        self._arrive(b"b")
        self.assertFalse(self.matcher.awaits(b"b"))
        self.assertTrue(self.matcher.awaits(b"a"))

    def test_unknownPayloadIsAlteredEchoOfOldest(self) -> None:
        self._send(b"a", b"b")
        echo = self._arrive(b"A")
        self._is(echo, 1, Anomaly.ALTERED)
        self.assertTrue(echo.answers)
        self._is(self._arrive(b"b"), 2)

    def test_payloadOfOtherConnectionIsCrossTalk(self) -> None:
        """
        It answers no message.
        """
        self.matcher = EchoMatcher(isForeign=b"theirs".__eq__)
        self._send(b"a")
        self._is(self._arrive(b"theirs"), None, Anomaly.CROSSED)
        self._is(self._arrive(b"A"), 1, Anomaly.ALTERED)

    def test_unknownPayloadIsUnexpectedIfNothingIsOutstanding(self) -> None:
        self._is(self._arrive(b"Welcome!"), None, Anomaly.UNEXPECTED)

    def test_exactEchoCorrectsGuess(self) -> None:
        self._send(b"a", b"b")
        self._arrive(b"Welcome!")
        self.assertEqual(self._arrive(b"a"), Echo(1, 5, corrects=True))
        self._is(self._arrive(b"b"), 2)
        self._is(self._arrive(b"a"), 1, Anomaly.TWICE)

    def test_changedTypeIsRecognised(self) -> None:
        """
        Unless a message of the right type is outstanding, too.
        """
        self._send(b"a")
        self._is(self._arrive(b"a", isBinary=True), 1, Anomaly.TYPE_CHANGED)
        self._send(b"x")
        self.matcher.sent(b"x", True, 0)
        self._is(self._arrive(b"x", isBinary=True), 3)

    def test_echoAfterLaterEchoIsOutOfOrder(self) -> None:
        self._send(b"a", b"b", b"c")
        self._is(self._arrive(b"c"), 3)
        self._is(self._arrive(b"a"), 1, Anomaly.OUT_OF_ORDER)
        echo = self._arrive(b"b", isBinary=True)
        self._is(echo, 2, Anomaly.TYPE_CHANGED, Anomaly.OUT_OF_ORDER)
        self._send(b"d", b"e")
        self._is(self._arrive(b"e", isBinary=True), 5, Anomaly.TYPE_CHANGED)
        self._is(self._arrive(b"d"), 4, Anomaly.OUT_OF_ORDER)

    def test_echoOfLostMessageIsLateOnce(self) -> None:
        self._send(b"a")
        self.assertEqual(self.matcher.lose(), [1])
        echo = self._arrive(b"a")
        self._is(echo, 1, Anomaly.LATE)
        self.assertFalse(echo.answers)
        self._is(self._arrive(b"a"), 1, Anomaly.TWICE)

    def test_messagesUpToTimeAreLost(self) -> None:
        for now in (10, 20, 30):
            self.matcher.sent(b"x", False, now)
        self.assertEqual(self.matcher.lose(before=20), [1, 2])
        self.assertEqual(self.matcher.lose(before=20), [])
        self.assertEqual(len(self.matcher), 1)
        self._is(self._arrive(b"x", now=30), 3)

    def test_messageReadBeforeSendingIsNoEcho(self) -> None:
        self.matcher.sent(b"x", False, 10)
        for payload in (b"x", b"welcome"):
            self._is(self._arrive(payload, now=9), None, Anomaly.UNEXPECTED)
        self._is(self._arrive(b"x", now=10), 1)
        for payload in (b"a", b"b"):
            self.matcher.sent(payload, False, 20)
        self._is(self._arrive(b"b", now=20), 3)
        self._is(self._arrive(b"altered", now=20), 2, Anomaly.ALTERED)

    def test_roundTripCountsFromChangedTime(self) -> None:
        self.matcher.sent(b"x", False, 1).at = 4
        self.assertEqual(self._arrive(b"x", now=9).time, 5)

    def test_responseTimeCountsFromDueTime(self) -> None:
        """
        Of exact, altered, correcting and late echoes.
        """
        for late, at in enumerate((10, 20, 30), 100):
            self.matcher.sent(b"%d" % at, False, at).late = late
        answers = [
            self._arrive(payload, now=40) for payload in (b"10", b"altered", b"20")
        ]
        self.matcher.lose()
        answers.append(self._arrive(b"30", now=50))
        self.assertEqual([each.time for each in answers], [30, 20, 20, 20])
        self.assertEqual([each.response for each in answers], [130, 121, 121, 122])
        self.assertEqual(
            [each.corrects for each in answers], [False, False, True, False]
        )
        self._send(b"not due")
        self.assertIsNone(self._arrive(b"not due", now=60).response)

    def test_longPayloadIsNotKept(self) -> None:

        class Payload(bytes):
            """
            It tells its end.
            """

            def __del__(self) -> None:
                freed.append(len(self))

        freed: list[int] = []
        self.matcher.sent(Payload(1000), True, 0)
        gc.collect()
        self.assertEqual(freed, [1000])
        self._is(self._arrive(bytes(1000), isBinary=True), 1)

    def test_longPayloadsDifferInAnyByte(self) -> None:
        self._send(b"x" * 1000 + b"1", b"x" * 1000 + b"2")
        self._is(self._arrive(b"x" * 1000 + b"2"), 2)

    def test_memoryIsBounded(self) -> None:
        """
        A second echo after a long time is unexpected.
        """
        for number in range(MEMORY + 1):
            self._send(b"%d" % number)
            self._arrive(b"%d" % number)
        self._is(self._arrive(b"1"), 2, Anomaly.TWICE)
        self._is(self._arrive(b"0"), None, Anomaly.UNEXPECTED)

    def test_latestPayloadsAreRemembered(self) -> None:
        self.matcher = EchoMatcher(memory=2)
        for payload in (b"a", b"b", b"a", b"c"):
            self._send(payload)
            self._arrive(payload)
        self._is(self._arrive(b"a"), 3, Anomaly.TWICE)
        self._is(self._arrive(b"b"), None, Anomaly.UNEXPECTED)

    @given(st.lists(st.tuples(st.binary(max_size=2), st.booleans()), max_size=30))
    def test_orderedEchoesHaveNoAnomalies(
        self, messages: list[tuple[bytes, bool]]
    ) -> None:
        matcher = EchoMatcher()
        for payload, isBinary in messages:
            matcher.sent(payload, isBinary, 0)
        for seq, (payload, isBinary) in enumerate(messages, 1):
            echo = matcher.arrived(payload, isBinary, 1)
            self.assertEqual(echo, Echo(seq, 1, answers=True))
        self.assertEqual(len(matcher), 0)

    @given(st.data(), st.lists(st.binary(max_size=1), max_size=20))
    def test_eachMessageIsAnsweredOnceOrLost(
        self, data: st.DataObject, payloads: list[bytes]
    ) -> None:
        matcher = EchoMatcher()
        sent = {matcher.sent(payload, False, 0).seq for payload in payloads}
        answered = []
        for payload in data.draw(st.lists(st.binary(max_size=1), max_size=40)):
            echo = matcher.arrived(payload, data.draw(st.booleans()), 1)
            if echo.answers:
                answered.append(echo.seq)
        lost = matcher.lose()
        self.assertEqual(sorted([*answered, *lost]), sorted(sent))
        self.assertEqual(matcher._byPayload, {})

    @given(st.data(), st.integers(1, 5))
    def test_indexDoesNotChangeResult(self, data: st.DataObject, memory: int) -> None:

        class Indexed(EchoMatcher):
            """
            It always has an index.
            """

            def sent(self, payload: bytes, isBinary: bool, now: int) -> SentMessage:
                sent = super().sent(payload, isBinary, now)
                if not self._byPayload:
                    self._index(sent)
                return sent

        matchers = EchoMatcher(memory), Indexed(memory)
        payloads, booleans = st.binary(max_size=1), st.booleans()
        for now in range(data.draw(st.integers(0, 40))):
            payload, isBinary = data.draw(payloads), data.draw(booleans)
            step = data.draw(st.sampled_from(["sent", "sent", "arrived", "lose"]))
            if step == "lose":
                self.assertEqual(*(each.lose(now - 5) for each in matchers))
            else:
                came = (
                    getattr(each, step)(payload, isBinary, now) for each in matchers
                )
                self.assertEqual(*came)
        self.assertEqual(*(each.lose() for each in matchers))
