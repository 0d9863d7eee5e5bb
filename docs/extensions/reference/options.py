"""
The options of all programs, their values and their exit statuses, as C{--help} shows
them.
"""

import re
from collections.abc import Iterator, Mapping

from echo.client.program.checkoptions import CheckOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.runoptions import RunOptions
from echo.option import Option
from echo.tap import Options
from echo.usage import CommonOptions
from reference.markup import escaped, literal, table, terms

#: The options by program. C{wsecho} has those of C{twistd echo}.
PROGRAMS: Mapping[str, CommonOptions] = {
    "twistd echo": Options({}),
    "echo-client": RunOptions({}),
    "echo-client check": CheckOptions({}),
    "echo-client merge": MergeOptions({}),
}

_MENTION = re.compile(r"--[a-z][a-z-]*[a-z]")


def group(program: str, title: str) -> Iterator[str]:
    """
    @param title: The title of the group in C{--help}.
    """
    described = [each for each in PROGRAMS[program].described() if each.group == title]
    if not described:
        raise ValueError(f"{program} has no options in a group {title!r}")
    yield f".. program:: {program}"
    yield ""
    for option in described:
        yield from _option(option)


def values(program: str) -> Iterator[str]:
    """
    @return: What the placeholders stand for.
    """
    return terms(PROGRAMS[program].tables["Values"])


def statuses(program: str) -> Iterator[str]:
    rows = PROGRAMS[program].tables["Exit status"].items()
    cells = ((literal(status), f"{escaped(text)}.") for status, text in rows)
    return table(("Status", "Meaning"), cells)


def _option(option: Option) -> Iterator[str]:
    names = [option.spelling]
    if option.short:
        names.insert(0, f"-{option.short} {option.placeholder}".rstrip())
    yield f".. option:: {', '.join(names)}"
    yield ""
    yield f"   {_linked(option.text)}"
    yield ""
    facts = []
    if option.default:
        facts.append(f"Default: {escaped(option.default)}.")
    if option.variable:
        facts.append(f"Environment: {literal(option.variable)}.")
    if facts:
        yield f"   {' '.join(facts)}"
        yield ""


def _linked(text: str) -> str:
    return _MENTION.sub(lambda match: f":option:`{match[0]}`", escaped(text))
