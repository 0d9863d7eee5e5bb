"""
Tests for L{echo.client.program.mergeoptions}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.gates import Gates, Limit
from echo.client.program.mergeoptions import MergeOptions
from echo.usage import UsageError


class MergeOptionsTests(SynchronousTestCase):
    """
    Tests for L{MergeOptions}.
    """

    def _parse(self, *arguments: str) -> MergeOptions:
        options = MergeOptions({})
        options.parseOptions(arguments)
        return options

    def test_needsFiles(self) -> None:
        options = self._parse("a", "-")
        self.assertEqual(options["files"], ("a", "-"))
        self.assertEqual(options.gates, Gates())
        error = self.assertRaises(UsageError, self._parse)
        self.assertEqual(str(error), "expected the files of runs with --json, got none")

    def test_takesDemandsOnAllRuns(self) -> None:
        options = self._parse(
            *("--max-loss", "1%", "--max-rtt", "1s", "--histogram", "--json"),
            *("--color", "always", "--expect-close", "4001", "a"),
        )
        limits = [Limit("1s", 1.0, "max")]
        self.assertEqual(options.gates, Gates(1.0, limits, close=4001))
        self.assertTrue(options["histogram"])
        self.assertTrue(options["json"])
        self.assertEqual(options["color"], "always")
        self.assertRaises(UsageError, self._parse, "--expect-compression", "a")
