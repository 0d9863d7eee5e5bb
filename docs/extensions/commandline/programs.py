"""
The programs and their options.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from echo.client.program.checkoptions import CheckOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.runoptions import RunOptions
from echo.server.daemonoptions import Options
from echo.usage import CommonOptions


@dataclass(frozen=True)
class Program:
    """
    A program, or a subcommand.

    @ivar name: What the user types.

    @ivar synopsis: The ways to call it: one a line.

    @ivar hasFiles: Whether its arguments are files.

    @ivar subcommands: Its subcommands, by name.
    """

    name: str
    options: CommonOptions
    synopsis: str
    hasFiles: bool = False
    subcommands: Mapping[str, "Program"] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """
        The first sentence of its description, without the full stop.
        """
        return self.options.longdesc.partition("\n\n")[0].partition(". ")[0].rstrip(".")


def _forms(options: RunOptions | CheckOptions | MergeOptions) -> str:
    """
    @return: The ways to call a client, without what each does.
    """
    lines = options.synopsis.removeprefix("Usage: ").splitlines()
    return "\n".join(line.strip().partition("    ")[0] for line in lines)


_check, _merge, _run = CheckOptions({}), MergeOptions({}), RunOptions({})

CLIENT = Program(
    "echo-client",
    _run,
    _forms(_run),
    subcommands={
        "check": Program("echo-client check", _check, _forms(_check)),
        "merge": Program("echo-client merge", _merge, _forms(_merge), hasFiles=True),
    },
)
DAEMON = Program(
    "wsecho",
    Options({}),
    "wsecho [options]\n"
    "python -m echo [options]\n"
    "twistd [options of twistd] echo [options]\n"
    "twist [options of twist] echo [options]",
)
