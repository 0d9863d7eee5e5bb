"""
Variables of the environment that are called like ours, and are none: most are typing
errors.

Each program reads the variables of its own options. This module alone knows the
options of both, so that one environment can serve both.
"""

import difflib
import re
from collections.abc import Collection, Mapping

from echo.printable import printable

# Variables that are no options: of the data path, of the tests; and those that
# switches of every program would have.
_OTHERS = {
    "ECHO_EXAMPLES",
    "ECHO_HELP",
    "ECHO_USE_PUMP",
    "ECHO_USE_WIRE",
    "ECHO_VERSION",
}

# Kubernetes and Docker set these for a service that is called "echo".
_SERVICE = re.compile(
    r"ECHO_SERVICE_(?:HOST|PORT(?:_\w+)?)=.*"
    r"|ECHO_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?=.*"
    r"|ECHO_PORT=(?:tcp|udp|sctp)://.*",
    re.DOTALL,
)


def strangers(environment: Mapping[str, str], known: Collection[str]) -> list[str]:
    """
    @param known: The variables that the running program reads.

    @return: A warning for each variable C{ECHO_...} that neither program reads, with
        the variable whose name is nearest.
    """
    names = [
        name
        for name, value in sorted(environment.items())
        if name.startswith("ECHO_")
        and name not in known
        and name not in _OTHERS
        and not _SERVICE.fullmatch(f"{name}={value}")
    ]
    if not names:
        return []
    every = {*known, *_ofBothPrograms(), *_OTHERS}
    return [
        f"{printable(name)} in the environment is unknown: did you mean"
        f" {_nearest(name, every)}?"
        for name in names
        if name not in every
    ]


def _ofBothPrograms() -> set[str]:
    # To load the other program takes a moment, and is rarely needed.
    from echo import tap  # noqa: PLC0415
    from echo.client.program import options  # noqa: PLC0415

    kinds = (
        tap.Options,
        options.Options,
        options.CheckOptions,
        options.MergeOptions,
    )
    return {variable for kind in kinds for variable in kind({}).variables()}


def _nearest(name: str, every: Collection[str]) -> str:
    # Comparing takes time that grows with the name.
    return difflib.get_close_matches(name[:64].upper(), sorted(every), 1, 0.0)[0]
