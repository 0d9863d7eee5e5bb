"""
Tests of L{echo.server.behaviour.behaviour}.
"""

import math
from dataclasses import fields
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.behaviour import Behaviour, Caps, Chance
from echo.server.behaviour.parameters import PARAMETERS

_DRAWS = 10_000

_times = st.builds(
    "{}{}".format, st.integers(0, 99999), st.sampled_from(["us", "ms", "s", "m", ""])
)
_intervals = _times.filter(lambda text: text.strip("usm") != "0")
_sizes = st.builds("{}{}".format, st.integers(1, 9999), st.sampled_from(["", "k", "m"]))
_flags = st.sampled_from(["0", "1"])
_fractions = st.decimals(0, 1, places=6).map("{:f}".format)
_counts = st.integers(1, 10**6).map(str)
_queries = st.fixed_dictionaries(
    # Always there, so that whatever else is drawn goes with it.
    {"close": st.sampled_from(["1000", "1014", "4001"])},
    optional={
        "delay": _times,
        "jitter": _times,
        "reason": st.sampled_from(["bye", "a%26b%3D%25", "%E2%82%AC+", "%22"]),
        "after": _counts | _intervals.filter(lambda text: text[-1].isalpha()),
        "abort": _flags,
        "drop": _fractions,
        "dup": _fractions,
        "repeat": _counts,
        "fragment": _sizes,
        "tick": _intervals,
        "ping": _intervals,
        "nopong": _flags,
        "mute": _flags,
        "slow": _sizes,
        "status": st.integers(200, 599).map(str),
        "subprotocol": st.sampled_from(["chat", "a%2Bb", "~!*'"]),
        "seed": st.integers(0, 10**18 - 1).map(str),
        "info": _flags,
    },
).map(lambda texts: "&".join(f"{name}={text}" for name, text in texts.items()))


def asked(query: str, caps: Caps | None = None) -> Behaviour:
    """
    @return: The behaviour that a query asks for; it draws 7 for a seed.
    """
    behaviour = Behaviour.fromQuery(query.encode(), caps or Caps(), lambda: 7)
    assert behaviour is not None
    return behaviour


class QueryTests(SynchronousTestCase):
    """
    Parsing a whole query.
    """

    def test_defaultsArePlainEcho(self) -> None:
        for query in [b"", b"&", b"abort=0", b"delay=0&drop=0&repeat=1&info=0"]:
            self.assertIsNone(Behaviour.fromQuery(query))

    def test_allParametersTogether(self) -> None:
        self.assertEqual(
            asked(
                "delay=250ms&jitter=50ms&close=4001&reason=bye&after=3&abort=1"
                "&drop=0.1&dup=0.2&repeat=3&fragment=1k&tick=1s&ping=2s&nopong=1"
                "&mute=1&slow=2k/s&status=503&subprotocol=chat&seed=42&info=1"
            ),
            Behaviour(
                delay=0.25,
                jitter=0.05,
                close=4001,
                reason="bye",
                afterMessages=3,
                abort=True,
                drop=0.1,
                dup=0.2,
                repeat=3,
                fragment=1024,
                tick=1.0,
                ping=2.0,
                nopong=True,
                mute=True,
                slow=2048,
                status=503,
                subprotocol="chat",
                seed=42,
                info=True,
            ),
        )

    def test_fieldsAreParameters(self) -> None:
        """
        C{after} has two fields, all others one.
        """
        names = [field.name for field in fields(Behaviour)]
        index = names.index("afterMessages")
        self.assertEqual(names[index : index + 2], ["afterMessages", "afterTime"])
        names[index : index + 2] = ["after"]
        self.assertEqual(names, list(PARAMETERS))

    def test_afterCountsMessagesOrTime(self) -> None:
        self.assertEqual(
            asked("abort=1&after=2"), Behaviour(abort=True, afterMessages=2)
        )
        self.assertEqual(asked("abort=1&after=2s"), Behaviour(abort=True, afterTime=2))
        self.assertEqual(asked("close=1000&abort=1"), Behaviour(close=1000, abort=True))

    def test_missingParameterIsRefused(self) -> None:
        """
        A parameter that needs another one is refused without it.
        """
        for query, line in [
            ("reason=bye", "reason: only a close frame has one: add close=4001"),
            (
                "reason=bye&abort=1",
                "reason: only a close frame has one: add close=4001",
            ),
            (
                "after=3",
                "after: nothing would happen then: add close=4001 or abort=1",
            ),
            (
                "after=2s&abort=0",
                "after: nothing would happen then: add close=4001 or abort=1",
            ),
        ]:
            error = self.assertRaises(ValueError, asked, query)
            self.assertEqual(str(error), line)

    def test_invalidValueIsRefused(self) -> None:
        error = self.assertRaises(ValueError, asked, "delay=x")
        self.assertEqual(
            str(error), 'delay: "x" is not a time span: try 250ms, 5s or 1m'
        )

    @given(st.binary(max_size=100))
    def test_anyBytesAreParsedOrRefused(self, query: bytes) -> None:
        """
        The error is one line of printable text.
        """
        try:
            behaviour = Behaviour.fromQuery(query)
        except ValueError as error:
            self.assertTrue(str(error).isprintable())
            self.assertLessEqual(len(str(error)), 300)
        else:
            self.assertNotEqual(behaviour, Behaviour())


class CapsTests(SynchronousTestCase):
    """
    The operator's limits.
    """

    caps = Caps(maxDelay=2.0, maxRepeat=5, minInterval=0.5)

    def test_valueBeyondCapIsCapped(self) -> None:
        """
        Other values stay.
        """
        for query, applied in [
            ("delay=5s", "delay=2s"),
            ("delay=2s", "delay=2s"),
            ("repeat=6", "repeat=5"),
            ("repeat=999999999999999999", "repeat=5"),
            ("repeat=4", "repeat=4"),
            ("repeat=5&dup=0.5", "dup=0.5&repeat=4&seed=7"),
            ("tick=1ms", "tick=500ms"),
            ("tick=1s", "tick=1s"),
            ("ping=499ms", "ping=500ms"),
            ("ping=1h", "ping=3600s"),
        ]:
            self.assertEqual(asked(query, self.caps).applied, applied)

    def test_noDupWithOneRepeat(self) -> None:
        caps = Caps(maxRepeat=1)
        self.assertIsNone(Behaviour.fromQuery(b"dup=1&repeat=2", caps))

    def test_jitterIsWhatDelayLeaves(self) -> None:
        for query, applied in [
            ("jitter=3s", "jitter=2s&seed=7"),
            ("delay=1.5s&jitter=1s", "delay=1.5s&jitter=500ms&seed=7"),
            ("delay=1.9s&jitter=1s", "delay=1.9s&jitter=100ms&seed=7"),
            ("delay=1s&jitter=1s", "delay=1s&jitter=1s&seed=7"),
            ("delay=9s&jitter=1s", "delay=2s"),
        ]:
            self.assertEqual(asked(query, self.caps).applied, applied)

    def test_defaultCaps(self) -> None:
        self.assertEqual(
            asked("delay=1h&repeat=1000&tick=1us&ping=1us").applied,
            "delay=60s&repeat=100&tick=10ms&ping=10ms",
        )

    def test_cappedToNothingIsPlainEcho(self) -> None:
        self.assertIsNone(Behaviour.fromQuery(b"delay=1s&jitter=1s", Caps(maxDelay=0)))

    def test_infoWhereBehavioursAreOff(self) -> None:
        off = Caps(allowed=False)
        self.assertEqual(asked("info=1", off), Behaviour(info=True))
        error = self.assertRaises(ValueError, asked, "delay=1s", off)
        self.assertEqual(str(error), "delay: behaviours are switched off here")


class AppliedTests(SynchronousTestCase):
    """
    C{Behaviour.applied}.
    """

    def test_fixedOrder(self) -> None:
        """
        The order of the query does not matter.
        """
        behaviour = asked("after=3&abort=0&close=4001&&%64elay=.25")
        self.assertEqual(behaviour.applied, "delay=250ms&close=4001&after=3")

    def test_eachValueInItsUnit(self) -> None:
        query = (
            "delay=250ms&jitter=1.5s&close=4001&reason=bye&after=2s&abort=1"
            "&drop=0.1&dup=0.2&repeat=3&fragment=1k&tick=1s&ping=2s&nopong=1"
            "&mute=1&slow=2k/s&status=503&subprotocol=chat&seed=0&info=1"
        )
        self.assertEqual(asked(query).applied, query)

    def test_emptyForPlainEcho(self) -> None:
        self.assertEqual(Behaviour().applied, "")

    def test_wholeTimeKeepsUnit(self) -> None:
        self.assertEqual(Behaviour(abort=True, afterTime=2).applied, "after=2s&abort=1")

    def test_textIsEscaped(self) -> None:
        behaviour = Behaviour(close=1000, reason='\u20ac 1%&+="', subprotocol="a+b")
        self.assertEqual(
            behaviour.applied,
            "close=1000&reason=%E2%82%AC%201%25%26%2B%3D%22&subprotocol=a%2Bb",
        )

    @given(_queries)
    def test_roundTrip(self, query: str) -> None:
        """
        The applied query gives the same behaviour again. It is ASCII without
        spaces.
        """
        behaviour = asked(query)
        applied = behaviour.applied
        self.assertRegex(applied, r"\A[!-~]*\Z")
        self.assertEqual(Behaviour.fromQuery(applied.encode()), behaviour)
        names = [name for name, _ in parse_qsl(applied, strict_parsing=True)]
        self.assertEqual(names, [name for name in PARAMETERS if name in names])


class SeedTests(SynchronousTestCase):
    """
    The seed.
    """

    def test_randomnessHasSeed(self) -> None:
        for query in ("jitter=1s", "drop=0.1", "dup=0.1"):
            self.assertEqual(asked(query).seed, 7)
            self.assertEqual(asked(f"{query}&seed=0").seed, 0)

    def test_noSeedWithoutRandomness(self) -> None:
        """
        A given seed is kept.
        """
        self.assertIsNone(asked("delay=1s&drop=0").seed)
        self.assertEqual(asked("seed=5"), Behaviour(seed=5))

    def test_seedsDiffer(self) -> None:
        seeds = set()
        for _ in range(4):
            behaviour = Behaviour.fromQuery(b"drop=0.5")
            assert behaviour is not None
            seeds.add(behaviour.seed)
        self.assertGreater(len(seeds), 1)
        self.assertTrue(all(seed in range(2**32) for seed in seeds))


class ChanceTests(SynchronousTestCase):
    """
    Random decisions.
    """

    def decisions(self, query: str, count: int = 200) -> list[tuple[int, float]]:
        """
        @return: For each message how often it is echoed, and after how long.
        """
        chance = Chance(asked(query))
        return [(chance.copies(), chance.delay()) for _ in range(count)]

    def assertFrequent(self, hits: int, probability: float) -> None:
        """
        Assert that C{hits} of L{_DRAWS} are within five standard deviations.
        """
        deviation = math.sqrt(_DRAWS * probability * (1 - probability))
        self.assertLess(abs(hits - _DRAWS * probability), 5 * deviation)

    def test_sameSeedSameDecisions(self) -> None:
        query = "jitter=1s&drop=0.5&dup=0.5&seed="
        self.assertEqual(self.decisions(query + "1"), self.decisions(query + "1"))
        for one, other in zip(
            zip(*self.decisions(query + "1"), strict=True),
            zip(*self.decisions(query + "2"), strict=True),
            strict=True,
        ):
            self.assertNotEqual(one, other)

    def test_parametersAreIndependent(self) -> None:
        dropped = [copies == 0 for copies, _ in self.decisions("drop=0.5&seed=1")]
        doubled = [copies == 2 for copies, _ in self.decisions("dup=0.5&seed=1")]
        late = [delay for _, delay in self.decisions("jitter=1s&seed=1")]
        self.assertNotEqual(dropped, doubled)
        self.assertEqual(
            self.decisions("jitter=1s&drop=0.5&dup=0.5&seed=1"),
            [
                (0 if drop else 1 + double, delay)
                for drop, double, delay in zip(dropped, doubled, late, strict=True)
            ],
        )

    def test_fractionsZeroAndOne(self) -> None:
        for query, copies in [
            ("repeat=3", 3),
            ("drop=1", 0),
            ("drop=1&repeat=3&dup=1", 0),
            ("dup=1", 2),
            ("dup=1&repeat=3", 4),
            ("drop=0&dup=0&seed=1", 1),
        ]:
            decided = {copies for copies, _ in self.decisions(query)}
            self.assertEqual(decided, {copies}, query)

    def test_dropFraction(self) -> None:
        for seed in (1, 2, 3):
            decided = self.decisions(f"drop=0.1&seed={seed}", _DRAWS)
            self.assertFrequent(sum(copies == 0 for copies, _ in decided), 0.1)

    def test_dupFraction(self) -> None:
        for seed in (1, 2, 3):
            decided = self.decisions(f"dup=0.3&repeat=2&seed={seed}", _DRAWS)
            self.assertEqual({copies for copies, _ in decided}, {2, 3})
            self.assertFrequent(sum(copies == 3 for copies, _ in decided), 0.3)

    def test_dupOfEchoedMessages(self) -> None:
        decided = [copies for copies, _ in self.decisions("drop=.5&dup=.5", _DRAWS)]
        self.assertFrequent(decided.count(0), 0.5)
        self.assertFrequent(decided.count(1), 0.25)
        self.assertFrequent(decided.count(2), 0.25)

    def test_constantDelayWithoutJitter(self) -> None:
        decided = self.decisions("delay=250ms&drop=0.5&seed=1")
        self.assertEqual({delay for _, delay in decided}, {0.25})

    def test_jitterIsUniform(self) -> None:
        decided = self.decisions("delay=2s&jitter=4s&seed=1", _DRAWS)
        delays = [delay for _, delay in decided]
        self.assertTrue(all(2 <= delay <= 6 for delay in delays))
        for quarter in range(4):
            lower = 2 + quarter
            self.assertFrequent(sum(lower <= d < lower + 1 for d in delays), 0.25)
