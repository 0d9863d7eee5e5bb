"""
Tests of L{echo.usage}.
"""

import io
import os
import sys
from typing import Any

from twisted.python import usage
from twisted.trial.unittest import SynchronousTestCase

from echo import __version__
from echo.option import Option
from echo.units import parseCount
from echo.usage import CommonOptions, UsageError, repeatable


class TeaOptions(CommonOptions):
    """
    Options of each kind.
    """

    optParameters = [
        ["cups", "c", "2", "How many."],
        ["leaf", None, None, "Which."],
    ]
    optFlags = [
        ["milk", "m", "With milk."],
        ["no-lemon", None, "Without lemon."],
    ]
    about = "Makes tea.\n\nIn a pot, " + 10 * "very " + "--slowly-and-with-care."
    converters = {"cups": parseCount, "spoon": parseCount, "leaf": str.upper}
    opt_spoon = repeatable("spoon", "How much sugar. May be repeated.")


def parse(*arguments: str, **environment: str) -> dict[str, Any]:
    """
    @return: The options for these arguments in this environment.
    """
    options = TeaOptions(environment)
    options.parseOptions(arguments)
    return options


class OptionsTests(SynchronousTestCase):
    """
    Values from the command line, the environment and defaults.
    """

    def test_defaultsAreConverted(self) -> None:
        """
        C{None} is not converted.
        """
        options = parse()
        self.assertEqual((options["cups"], options["leaf"]), (2, None))
        self.assertFalse(options["milk"])

    def test_commandLine(self) -> None:
        """
        Long and short forms. A repeatable option is a list.
        """
        options = parse("-c", "3", "-m", "--leaf=oolong", "--spoon=1", "--spoon", "2")
        self.assertEqual((options["cups"], options["leaf"]), (3, "OOLONG"))
        self.assertTrue(options["milk"])
        self.assertEqual(options["spoon"], [1, 2])

    def test_environmentSetsOptions(self) -> None:
        """
        A repeatable option has one value a line.
        """
        options = parse(ECHO_CUPS="4", ECHO_MILK="yes", ECHO_SPOON="1\n2\n")
        self.assertEqual((options["cups"], options["spoon"]), (4, [1, 2]))
        self.assertTrue(options["milk"])

    def test_commandLineOverridesEnvironment(self) -> None:
        """
        Under any name of the option.
        """
        environment = {"ECHO_CUPS": "no", "ECHO_SPOON": "no", "ECHO_MILK": "no!"}
        options = parse("-c3", "--spo", "7", "-m", **environment)
        self.assertEqual((options["cups"], options["spoon"]), (3, [7]))

    def test_flags(self) -> None:
        """
        A flag in the environment takes the usual words, in any case.
        """
        for word in ["1", "true", "Yes", "ON"]:
            self.assertTrue(parse(ECHO_MILK=word)["milk"], word)
        for word in ["0", "false", "No", "off", ""]:
            self.assertFalse(parse(ECHO_MILK=word)["milk"], word)

    def test_negations(self) -> None:
        """
        C{--no-NAME} switches C{--NAME} off, and the reverse. The last one on the
        command line counts, and overrides the environment.
        """
        on = {"ECHO_MILK": "1", "ECHO_NO_LEMON": "1"}
        for arguments, environment, found in [
            ((), on, (True, True)),
            (("--no-milk", "--lemon"), on, (False, False)),
            (("--no-mil", "--lem"), on, (False, False)),
            (("--no-milk", "-m"), {}, (True, False)),
            (("-m", "--milk", "--no-milk"), {}, (False, False)),
            (("--lemon", "--no-lemon"), {}, (False, True)),
            (("--leaf", "--no-milk", "-m"), {}, (True, False)),
            ((), {"ECHO_NO_MILK": "0", "ECHO_LEMON": "no"}, (True, True)),
            ((), {"ECHO_NO_MILK": "1", "ECHO_LEMON": "1"}, (False, False)),
            (("--no-milk",), {"ECHO_NO_MILK": "0"}, (False, False)),
        ]:
            options = parse(*arguments, **environment)
            flags = (bool(options["milk"]), bool(options["no-lemon"]))
            self.assertEqual(flags, found, (arguments, environment))

    def test_optionsAfterArguments(self) -> None:
        """
        Two hyphens end the options.
        """

        class Rest(TeaOptions):
            def parseArgs(self, *arguments: str) -> None:
                self["rest"] = arguments

        options = Rest({})
        options.parseOptions(["a", "-c", "3", "b", "--", "--milk"])
        self.assertEqual(options["rest"], ("a", "b", "--milk"))
        self.assertEqual((options["cups"], options["milk"]), (3, 0))

    def test_warningForUnknownVariable(self) -> None:
        environment = {"ECHO_CUPS": "1", "ECHO_LEMON": "1", "ECHO_SPOONS": "2"}
        (line,) = TeaOptions(environment).warnings()
        self.assertIn("ECHO_SPOONS in the environment is unknown", line)
        self.assertIn("did you mean ECHO_SPOON?", line)

    def test_errorNamesItsSource(self) -> None:
        """
        An error names the option, or the variable.
        """
        for arguments, environment, expected in [
            (["--cups=x"], {}, "--cups: 'x' is not a whole number"),
            (["--spoon=x"], {}, "--spoon: 'x' is not a whole number"),
            ([], {"ECHO_CUPS": "x"}, "ECHO_CUPS: 'x' is not a whole number"),
            ([], {"ECHO_MILK": "perhaps"}, "ECHO_MILK: 'perhaps' is not 1 or 0"),
            ([], {"ECHO_NO_MILK": "x"}, "ECHO_NO_MILK: 'x' is not 1 or 0"),
            (["--no-cups"], {}, "option --no-cups not recognized"),
            (["--no-milk=1"], {}, "option --no-milk must not have an argument"),
            (["--sugar"], {"ECHO_CUPS": "3"}, "option --sugar not recognized"),
            (["please"], {}, "unexpected argument 'please'"),
        ]:
            error = self.assertRaises(UsageError, parse, *arguments, **environment)
            self.assertIn(expected, str(error))

    def test_environmentCannotAskForHelp(self) -> None:
        """
        C{ECHO_HELP} and C{ECHO_VERSION} do not end the daemon.
        """
        self.assertEqual(parse(ECHO_VERSION="1.2", ECHO_HELP="1")["cups"], 2)

    def test_versionIsOurs(self) -> None:
        """
        It is our version, not Twisted's.
        """
        out = io.StringIO()
        self.patch(sys, "stdout", out)
        self.assertRaises(SystemExit, parse, "--version")
        self.assertEqual(out.getvalue(), f"echo {__version__}\n")

    def test_help(self) -> None:
        """
        C{-h} is C{--help}.
        """
        for switch in ("-h", "--help"):
            out = io.StringIO()
            self.patch(sys, "stdout", out)
            self.assertRaises(SystemExit, parse, switch)
            self.assertIn("-h, --help", out.getvalue())

    def test_helpIntoClosedPipe(self) -> None:
        """
        The exit status is 0, and Python prints no traceback at its exit.
        """
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as out:
            self.patch(sys, "stdout", out)
            exit_ = self.assertRaises(SystemExit, parse, "--help")
        self.assertEqual(exit_.code, 0)

    def test_about(self) -> None:
        """
        The help ends with paragraphs, as wide as the terminal.
        """
        text = str(TeaOptions({"COLUMNS": "40"}))
        first, second = text.split("\n\n")[-2:]
        self.assertEqual(first, "Makes tea.")
        lines = ["In a pot, very very very very very very", "very very very very"]
        self.assertEqual(second.splitlines(), [*lines, "--slowly-and-with-care."])
        self.assertLess(len(str(TeaOptions({})).splitlines()), len(text.splitlines()))

    def test_groups(self) -> None:
        """
        The help has a table for each group, with placeholders, short options and
        defaults. Options of no group are in a table of their own.
        """

        class Grouped(TeaOptions):
            groups = {"Pot": ["cups N", "leaf NAME"], "Cup": ["milk", "spoon G"]}

        pot, cup, others = str(Grouped({})).split("\n\n")[1:4]
        self.assertEqual(
            pot,
            "Pot:\n  -c, --cups N     How many. [default: 2]\n"
            "      --leaf NAME  Which.",
        )
        self.assertEqual(
            cup,
            "Cup:\n  -m, --milk       With milk.\n"
            "      --spoon G    How much sugar. May be repeated.",
        )
        self.assertEqual(
            others,
            "Other options:\n      --no-lemon   Without lemon.\n"
            "  -h, --help       Display this help and exit.\n"
            "      --version    Display the version and exit.",
        )

    def test_described(self) -> None:
        """
        Each option is described as plain data, in the order of C{--help}. A default
        is the value of the option, or the end of its text.
        """

        class Described(TeaOptions):
            groups = {"Tea": ["cups N", "milk", "spoon N"]}
            opt_spoon = repeatable("spoon", "Add sugar. [default: none]")

        cups, milk, spoon, *others = Described({}).described()
        self.assertEqual(
            cups, Option("cups", "c", "N", "How many.", "2", "ECHO_CUPS", False, "Tea")
        )
        self.assertEqual(
            milk, Option("milk", "m", "", "With milk.", "", "ECHO_MILK", False, "Tea")
        )
        self.assertEqual(
            spoon,
            Option("spoon", "", "N", "Add sugar.", "none", "ECHO_SPOON", True, "Tea"),
        )
        self.assertEqual(
            {(each.spelling, each.variable) for each in others},
            {
                ("--leaf VALUE", "ECHO_LEAF"),
                ("--no-lemon", "ECHO_NO_LEMON"),
                ("--help", ""),
                ("--version", ""),
            },
        )

    def test_tables(self) -> None:
        """
        Further tables follow the options. Their columns are their own.
        """

        class Tabled(TeaOptions):
            longdesc = "Tea."
            tables = {"Exit status": {"0": "tea", "1": "no " + 30 * "tea "}}

        parts = str(Tabled({})).split("\n\n")
        self.assertEqual(parts[1], "Tea.")
        table = parts[-3].splitlines()
        self.assertEqual(table[:2], ["Exit status:", "  0  tea"])
        self.assertTrue(table[3].startswith("     tea"), table)
        self.assertLessEqual(max(map(len, table)), 80)

    def test_narrow(self) -> None:
        """
        On a narrow terminal, a long option has a line of its own.
        """
        text = str(TeaOptions({"COLUMNS": "30"}))
        self.assertIn("\n      --leaf VALUE\n                   Which.\n", text)

    def test_argumentsOfProcess(self) -> None:
        """
        Parsed by default.
        """
        self.patch(sys, "argv", ["tea", "--cups=9"])
        options = TeaOptions({})
        options.parseOptions()
        self.assertEqual(options["cups"], 9)


class SubcommandTests(SynchronousTestCase):
    """
    Options of a subcommand of C{twistd}, which would print its whole help.
    """

    def test_errorIsOneLine(self) -> None:
        """
        It names the subcommand, and ends the process.
        """

        class Kitchen(usage.Options):
            subCommands = [["tea", None, lambda: TeaOptions({}), "Make tea."]]

        error = self.assertRaises(
            SystemExit, Kitchen().parseOptions, ["tea", "--cups", "x"]
        )
        self.assertEqual(
            str(error), "tea: --cups: 'x' is not a whole number: try 0 or 1000"
        )
