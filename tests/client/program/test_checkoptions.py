"""
Tests for L{echo.client.program.checkoptions}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.table import select
from echo.client.program.checkoptions import CheckOptions
from echo.usage import UsageError


class CheckOptionsTests(SynchronousTestCase):
    """
    Tests for L{CheckOptions}.
    """

    def test_helpOfQuiet(self) -> None:
        shown = " ".join(str(CheckOptions({})).split())
        self.assertIn("--quiet Show only failed demands and the summary.", shown)

    def test_takesOptionsOfConnection(self) -> None:
        options = CheckOptions({})
        options.parseOptions(["-k", "-w", "5s", "--json", "wss://x/"])
        self.assertEqual((options["url"], options["deadline"]), ("wss://x/", 5.0))
        self.assertFalse(options.settings.target.tls.verify)

    def test_refusesOptionsOfMessages(self) -> None:
        options = CheckOptions({})
        self.assertRaises(UsageError, options.parseOptions, ["--count", "1"])

    def test_sectionsSelectCases(self) -> None:
        for arguments, environment, cases in [
            ([], {}, select([])),
            (["--section", "5.5", "--section=9"], {}, select(["5.5", "9"])),
            ([], {"ECHO_SECTION": "5.5\n9"}, select(["5.5", "9"])),
            (["--section", "7692 7.1"], {}, select(["7692 7.1"])),
        ]:
            options = CheckOptions(environment)
            options.parseOptions(arguments)
            self.assertEqual(options.settings.cases, cases)

    def test_errorNamesSections(self) -> None:
        error = self.assertRaises(
            UsageError, CheckOptions({}).parseOptions, ["--section", "5.9"]
        )
        said = str(error)
        self.assertTrue(said.startswith("--section: no demand is in section '5.9'"))
        self.assertIn("5.5.2, 5.5.3", said)

    def test_junitNeedsWritableFileAndRun(self) -> None:
        path = self.mktemp()
        options = CheckOptions({})
        options.parseOptions(["--junit", path])
        self.assertEqual(options["junit"], path)
        for arguments, said in [
            (["--junit", f"{path}/a"], f"--junit: {path!r} is not a directory"),
            (["--junit", path, "--list"], "--junit does not work with --list"),
        ]:
            error = self.assertRaises(
                UsageError, CheckOptions({}).parseOptions, arguments
            )
            self.assertEqual(str(error), said)
