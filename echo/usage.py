"""
Command lines of the daemon and of the client: L{twisted.python.usage} with a
value for every option from the environment too, and errors that name the option.
"""

import getopt
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from twisted.python import usage

from echo import __version__

UsageError = usage.UsageError

_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no", "off")


def repeatable(name: str, doc: str) -> Callable[["Options", str], None]:
    """
    An option that may be given several times.

    @param name: Its long name. It is to be assigned to C{opt_} and that name.

    @param doc: Its line in C{--help}.

    @return: The method that collects its values, as a list, in the options.
    """

    def collect(self: Options, value: str) -> None:
        self.setdefault(name, []).append(value)

    collect.__doc__ = doc
    return collect


class Options(usage.Options):
    """
    Options whose values come from the command line, else from C{ECHO_<NAME>} in
    the environment, else from their defaults.

    In the environment the values of a L{repeatable} option are a line each, and
    a flag is C{1} or C{0} (C{yes} or C{no}, C{true} or C{false}, C{on} or C{off}).

    @cvar converters: What makes the value out of the text, by long name; each
        raises C{ValueError} with what would be right. Where an option is
        repeatable, each of its values is converted. An option without a value
        (C{None}) stays so.
    """

    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {}

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        super().__init__()
        self._environment = environment
        self._fromEnvironment: set[str] = set()

    def opt_version(self) -> None:
        """
        Display the version and exit.
        """
        print("echo", __version__)
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Read the command line and the environment.

        @raise UsageError: One line that says what was wrong and what would be
            right. Below C{twistd} and C{twist}, which would print all of their
            own help ahead of it and on the wrong stream, it is written to
            standard error here and L{SystemExit} is raised.
        """
        arguments = list(sys.argv[1:] if options is None else options)
        try:
            super().parseOptions(self._environmentArguments(arguments) + arguments)
        except UsageError as error:
            if self.parent is None:
                raise
            raise SystemExit(f"{self.parent.subCommand}: {error}") from None

    def parseArgs(self, *arguments: str) -> None:
        """
        @raise UsageError: There is an argument, and there should be none.
        """
        if arguments:
            raise UsageError(f"unexpected argument {arguments[0]!r}")

    def postOptions(self) -> None:
        """
        Make values out of texts.

        @raise UsageError: A text is none that its option takes.
        """
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
        @param name: The long name of an option.

        @return: Where its value came from, for an error to name.
        """
        return _variable(name) if name in self._fromEnvironment else f"--{name}"

    def _environmentArguments(self, arguments: list[str]) -> list[str]:
        """
        @return: The arguments that the environment stands for: those of options
            that are not among C{arguments}.
        """
        try:
            given, _ = getopt.getopt(arguments, self.shortOpt, self.longOpt)
        except getopt.error:
            return []  # the caller meets the same error, and says so
        names = {self.synonyms[option.lstrip("-")] for option, _ in given}
        found: list[str] = []
        for option in self.longOpt:
            name = option.rstrip("=")
            value = self._environment.get(_variable(name))
            if value is None or self.synonyms[name] in names or name in _OWN:
                continue
            self._fromEnvironment.add(name)
            if not option.endswith("="):
                flag = name if self._flag(name, value) else f"no-{name}"
                found += [f"--{flag}"] if flag in self.longOpt else []
            elif hasattr(self, f"opt_{name.replace('-', '_')}"):
                found += [f"--{name}={line}" for line in value.splitlines() if line]
            else:
                found.append(f"--{name}={value}")
        return found

    def _flag(self, name: str, value: str) -> bool:
        if value.lower() in _YES:
            return True
        if value.lower() in _NO:
            return False
        raise UsageError(f"{_variable(name)}: {value!r} is not 1 or 0")


_OWN = ("help", "version")


def _variable(name: str) -> str:
    return "ECHO_" + name.replace("-", "_").upper()
