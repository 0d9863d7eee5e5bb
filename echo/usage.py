"""
The base of all command lines: L{twisted.python.usage}, with values from the environment
and errors that name the option.
"""

import getopt
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import ClassVar

from twisted.python import usage

from echo import __version__
from echo.environment import unknownVariables
from echo.helptext import NO_BREAK, Rows, aligned, wrapped
from echo.option import Option

UsageError = usage.UsageError

_YES = ("1", "true", "yes", "on")
_NO = ("0", "false", "no", "off")


def repeatable(name: str, doc: str) -> Callable[["CommonOptions", str], None]:
    """
    Make an option that may be repeated.

    @param name: The long name, for example C{trust-proxy}. Assign the result to
        C{opt_trust_proxy}.

    @param doc: The line in C{--help}.

    @return: The method that collects the values in a list.
    """

    def collect(self: CommonOptions, value: str) -> None:
        self.setdefault(name, []).append(value)

    collect.__doc__ = doc
    return collect


class CommonOptions(usage.Options):
    """
    Options with values from the command line, else from C{ECHO_<NAME>} in the
    environment, else from their defaults.

    In the environment, a L{repeatable} option has one value a line, and a flag is C{1}
    or C{0} (C{yes} or C{no}, C{true} or C{false}, C{on} or C{off}). An empty variable
    of a flag has no effect. C{--no-NAME} switches the flag C{--NAME} off, and C{--NAME}
    the flag C{--no-NAME}. The last one on the command line counts.

    C{--help} shows C{longdesc}, the option groups, C{tables} and C{about}, in this
    order. C{longdesc} and C{about} have an empty line between paragraphs.

    @cvar groups: Option names by group title, in the order of C{--help}. A name with
        a value has its placeholder after it: C{max-message SIZE}. Other options follow
        in a group of their own.

    @cvar tables: Further tables by title, such as that of exit statuses. The rows
        are the left column's text to the right column's.

    @cvar converters: Functions that parse values, by long name. Each raises
        C{ValueError} with an example of a valid value. C{None} is not converted.
    """

    converters: ClassVar[Mapping[str, Callable[[str], object]]] = {}
    groups: ClassVar[Mapping[str, Sequence[str]]] = {}
    tables: ClassVar[Mapping[str, Rows]] = {}
    longdesc = ""
    about = (
        "Every option can also be set in the environment: --max-message as"
        " ECHO_MAX_MESSAGE. A repeatable option takes one value a line there. The"
        " command line overrides the environment. --no-NAME switches the flag --NAME"
        " off, and --NAME the flag --no-NAME."
    )

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        super().__init__()
        self._environment = environment
        self._fromEnvironment: dict[str, str] = {}

    def getUsage(self, width: int | None = None) -> str:
        columns = width or int(self._environment.get("COLUMNS", "80"))
        parts = [
            wrapped(self.longdesc, columns),
            *aligned(self._optionTables(), columns),
            *(
                aligned({title: rows}, columns)[0]
                for title, rows in self.tables.items()
            ),
            wrapped(self.about, columns),
        ]
        return "\n" + "\n\n".join(filter(None, parts)) + "\n"

    def described(self) -> Iterator[Option]:
        """
        @return: All options, in the order of C{--help}.
        """
        grouped = {each.split()[0] for each in chain(*self.groups.values())}
        others = [
            option.replace("=", " VALUE")
            for option in self.longOpt
            if option.removesuffix("=") not in grouped
        ]
        letters = {
            name: letter for letter, name in self.synonyms.items() if len(letter) == 1
        }
        for title, spellings in {**self.groups, "Other options": others}.items():
            for spelling in spellings:
                name, _, placeholder = spelling.partition(" ")
                text, _, default = self.docs[name].strip().partition(" [default: ")
                value = self.defaults.get(name)
                yield Option(
                    name=name,
                    short=letters.get(name, ""),
                    placeholder=placeholder,
                    text=text,
                    default=value
                    if isinstance(value, str)
                    else default.removesuffix("]"),
                    variable="" if name in _COMMAND_LINE_ONLY else _variable(name),
                    isRepeatable=bool(placeholder) and self._isRepeatable(name),
                    group=title,
                )

    def _optionTables(self) -> dict[str, dict[str, str]]:
        tables: dict[str, dict[str, str]] = {}
        for option in self.described():
            left = f"-{option.short}, " if option.short else "    "
            default = option.default and f" [default:{NO_BREAK}{option.default}]"
            rows = tables.setdefault(option.group, {})
            rows[f"{left}{option.spelling}"] = f"{option.text}{default}"
        return tables

    def opt_help(self) -> None:
        """
        Display this help and exit.
        """
        try:
            print(self, flush=True)
        except BrokenPipeError:
            # Python flushes stdout again at its exit, and would print a traceback.
            with suppress(OSError):
                stdout = sys.stdout.fileno()
                os.dup2(os.open(os.devnull, os.O_WRONLY), stdout)
        sys.exit(0)

    opt_h = opt_help

    def opt_version(self) -> None:
        """
        Display the version and exit.
        """
        print("echo", __version__)
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Read the command line and the environment.

        @raise UsageError: An option is invalid: one line.

        @raise SystemExit: The same in a subcommand of C{twistd} or C{twist}, which
            would print its whole help to standard output before that line.
        """
        arguments = list(sys.argv[1:] if options is None else options)
        try:
            super().parseOptions(self._withEnvironment(arguments))
        except UsageError as error:
            if self.parent is None:
                raise
            raise SystemExit(f"{self.parent.subCommand}: {error}") from None

    def parseArgs(self, *arguments: str) -> None:
        if arguments:
            raise UsageError(f"unexpected argument {arguments[0]!r}")

    def postOptions(self) -> None:
        for name, convert in self.converters.items():
            text = self.get(name)
            try:
                if isinstance(text, list):
                    self[name] = [convert(each) for each in text]
                elif text is not None:
                    self[name] = convert(text)
            except ValueError as error:
                raise UsageError(f"{self.source(name)}: {error}") from None

    def source(self, name: str) -> str:
        """
        @return: The option, or the variable that set it, for an error message.
        """
        return self._fromEnvironment.get(name, f"--{name}")

    def spellings(self) -> list[str]:
        """
        @return: All long options and the negations of flags, as C{getopt} takes them.
        """
        return [*self.longOpt, *map(_negation, self._flags())]

    def variables(self) -> set[str]:
        names = {name.removesuffix("=") for name in self.spellings()}
        return {_variable(name) for name in names.difference(_COMMAND_LINE_ONLY)}

    def warnings(self) -> list[str]:
        """
        @return: A line for each variable C{ECHO_...} that neither program reads.
        """
        return unknownVariables(self._environment, self.variables())

    def _withEnvironment(self, arguments: Sequence[str]) -> list[str]:
        """
        @return: The arguments for Twisted's parser: with options from the environment,
            and without flags that are switched off.
        """
        negations = {_negation(name): name for name in self._flags()}
        try:
            given, rest = getopt.gnu_getopt(arguments, self.shortOpt, self.spellings())
        except getopt.error as error:
            raise UsageError(str(error)) from None
        chosen: list[tuple[str, str]] = []
        decided: set[str] = set()
        for option, value in given:
            spelled = option.lstrip("-")
            name = self.synonyms[negations.get(spelled, spelled)]
            decided.add(name)
            if spelled in negations:
                chosen = [each for each in chosen if each[0] != name]
            else:
                chosen.append((name, value))
        chosen = [*self._environmentOptions(decided), *chosen]
        words = [
            f"--{name}={value}" if f"{name}=" in self.longOpt else f"--{name}"
            for name, value in chosen
        ]
        return [*words, "--", *rest]

    def _flags(self) -> list[str]:
        own = [name for name in self.longOpt if not name.endswith("=")]
        return [name for name in own if name not in _COMMAND_LINE_ONLY]

    def _environmentOptions(self, decided: Collection[str]) -> list[tuple[str, str]]:
        """
        @return: Names and values of options in the environment, without the C{decided}
            ones of the command line.
        """
        flags = (name for name in self._flags() if name not in decided)
        found = [(name, "") for name in flags if self._isOn(name)]
        for option in self.longOpt:
            name = option.removesuffix("=")
            value = self._environment.get(_variable(name))
            if name == option or name in decided or value is None:
                continue
            self._fromEnvironment[name] = _variable(name)
            isRepeatable = self._isRepeatable(name)
            values = filter(None, value.splitlines()) if isRepeatable else [value]
            found += [(name, each) for each in values]
        return found

    def _isRepeatable(self, name: str) -> bool:
        return hasattr(self, f"opt_{name.replace('-', '_')}")

    def _isOn(self, flag: str) -> bool:
        """
        @return: Whether the environment switches a flag on, by its own variable or by
            that of its negation.
        """
        for name, on, off in ((flag, _YES, _NO), (_negation(flag), _NO, _YES)):
            variable = _variable(name)
            value = self._environment.get(variable)
            if not value:
                continue
            if value.lower() not in on + off:
                raise UsageError(f"{variable}: {value!r} is not 1 or 0")
            self._fromEnvironment[flag] = variable
            return value.lower() in on
        return False


#: Flags that the environment cannot set.
_COMMAND_LINE_ONLY = ("help", "version")


def _negation(flag: str) -> str:
    return flag.removeprefix("no-") if flag.startswith("no-") else f"no-{flag}"


def _variable(name: str) -> str:
    return "ECHO_" + name.replace("-", "_").upper()
