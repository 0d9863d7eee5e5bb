"""
Tests of L{tests.system.pages.screen}.
"""

from twisted.trial.unittest import SynchronousTestCase

from tests.system.pages.screen import difference, wholeNumbers


class ScreenTests(SynchronousTestCase):
    """
    What a page shows, and what a command writes.
    """

    def assertSame(self, shown: str, output: str, command: str = "") -> None:
        lines = shown.split("\n")
        self.assertEqual(difference(lines, output, wholeNumbers(command)), "")

    def assertOther(self, shown: str, output: str, command: str = "") -> None:
        lines = shown.split("\n")
        self.assertNotEqual(difference(lines, output, wholeNumbers(command)), "")

    def test_numbersWithUnits(self) -> None:
        for one, other in (
            ("time=0.37 ms", "time=1,204.5 µs"),
            ("in 4.52 ms (DNS 1.85, TCP 1.03)", "in 1.2 s (DNS 0, TCP 10)"),
            ("1.5MiB, 3 %", "12k, 0.0 %"),
            ("2026-11-29T06:32:00+0000", "2027-01-02T16:02:59+0100"),
            ("127.0.0.1:50312", "127.0.0.1:80"),
        ):
            self.assertSame(one, other)
        self.assertOther("3 sent", "many sent")
        self.assertOther("3 sent", "3 received")
        self.assertOther("3 messages", "3 s")

    def test_ids(self) -> None:
        self.assertSame("Hello 1 of 5f3a9c01-1", "Hello 1 of 12345678-1")
        self.assertOther("Hello 1 of 5f3a9c01-1", "Hello 1 of nobody-1")
        self.assertSame("connection 5f3a9c01-1", "connection 103a502e-7", "-c 1")

    def test_blanks(self) -> None:
        self.assertSame("a  b", " a    b  ")
        self.assertOther("a b", "ab")

    def test_anyText(self) -> None:
        self.assertSame("... Listening on ...", "[-] Listening on ws://localhost")
        self.assertOther("... Listening on ...", "[-] Opened")

    def test_anyLines(self) -> None:
        for output in ("first\nlast", "first\nx\ny\nlast", "first\nlast\nlast"):
            self.assertSame("first\n...\nlast", output)
        self.assertSame("...\nlast\n...", "last")
        self.assertOther("first\n...\nlast", "first\nlast\nmore")
        self.assertOther("...\nlast", "first")

    def test_linesMustBeAll(self) -> None:
        self.assertOther("first", "first\nsecond")
        self.assertOther("first\nsecond", "first")
        self.assertEqual(difference(["first"], "first\nsecond", isComplete=False), "")

    def test_specialCharacters(self) -> None:
        self.assertSame("a (b) [c] *", "a (b) [c] *")
        self.assertOther("a.c", "abc")

    def test_wholeNumbersOfCommand(self) -> None:
        """
        Those with a unit may differ.
        """
        command = "client -c 3 -w 5s 'ws://localhost:8080/?close=4001&after=2'"
        self.assertEqual(wholeNumbers(command), {"3", "8080", "4001", "2"})
        self.assertSame(
            "3 sent, closed: 4001, 5.0 s", "3 sent, closed: 4001, 7 s", command
        )
        self.assertOther("3 sent", "4 sent", command)
        self.assertOther("closed: 4001", "closed: 1006", command)

    def test_reportNamesFirstMissingLine(self) -> None:
        self.assertEqual(
            difference(["one", "two", "three"], "one\n2"),
            "the page shows:\n  one\n> two\n  three\n  (the end)\n"
            "the output is:\none\n2",
        )
