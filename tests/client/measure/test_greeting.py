"""
Tests for L{echo.client.measure.greeting}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.greeting import Greeting
from echo.client.measure.matching import EchoMatcher
from echo.client.measure.statistics import Statistics

WELCOME, ENJOY, HELLO = (b"Welcome", False), (b"Enjoy", False), (b"Hello 1", False)


class GreetingTests(SynchronousTestCase):
    """
    Tests for L{Greeting}.
    """

    def setUp(self) -> None:
        self.statistics = Statistics()
        self.matcher = EchoMatcher()
        self.matcher.sent(HELLO[0], False, 0)
        self.greeting = Greeting(2, self.statistics)

    def test_onlyGreetingIsDiscarded(self) -> None:
        """
        However its messages are distributed over reads.
        """
        for reads, rests in [
            ([[WELCOME, ENJOY, HELLO, WELCOME]], [[HELLO, WELCOME]]),
            ([[WELCOME], [ENJOY, ENJOY], [ENJOY]], [[], [ENJOY], [ENJOY]]),
            ([[WELCOME, ENJOY], [HELLO]], [[], [HELLO]]),
        ]:
            self.setUp()
            for read, rest in zip(reads, rests, strict=True):
                found = list(self.greeting.strip(read, self.matcher))
                self.assertEqual(found, rest)
            self.greeting.end()
            self.assertEqual(self.statistics.ungreeted, 0)

    def test_echoEndsGreetingAndMissingMessagesAreCounted(self) -> None:
        rest = self.greeting.strip([WELCOME, HELLO, ENJOY], self.matcher)
        self.assertEqual(list(rest), [HELLO, ENJOY])
        self.greeting.end()
        self.assertEqual(self.statistics.ungreeted, 1)
