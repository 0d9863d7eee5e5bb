"""
The options of all programs, their values and their exit statuses, as C{--help} shows
them.
"""

import re
from collections.abc import Iterator, Mapping

from commandline.programs import CLIENT, DAEMON
from echo.option import Option
from echo.usage import CommonOptions
from reference.markup import escaped, literal, sentence, table, terms

#: The options by program. C{wsecho} has those of C{twistd echo}.
PROGRAMS: Mapping[str, CommonOptions] = {
    "twistd echo": DAEMON.options,
    CLIENT.name: CLIENT.options,
    **{each.name: each.options for each in CLIENT.subcommands.values()},
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
        yield from _option(option, program)


def values(program: str) -> Iterator[str]:
    """
    @return: What the placeholders stand for.
    """
    return terms(PROGRAMS[program].tables["Values"])


def statuses(program: str) -> Iterator[str]:
    rows = PROGRAMS[program].tables["Exit status"].items()
    cells = (
        (literal(status), sentence(text[0].upper() + text[1:])) for status, text in rows
    )
    return table(("Status", "Meaning"), cells)


def linked(text: str, program: str) -> str:
    """
    @return: A plain text, with a link for each option of the program.
    """
    names = {each.name for each in PROGRAMS[program].described()}

    def link(match: re.Match[str]) -> str:
        known = match[0].removeprefix("--") in names
        return f":option:`{match[0]} <{program} {match[0]}>`" if known else match[0]

    return _MENTION.sub(link, escaped(text))


def _option(option: Option, program: str) -> Iterator[str]:
    names = [option.spelling]
    if option.short:
        names.insert(0, f"-{option.short} {option.placeholder}".rstrip())
    yield f".. option:: {', '.join(names)}"
    yield ""
    yield f"   {linked(option.text, program)}"
    yield ""
    facts = []
    if option.default:
        facts.append(f"Default: {sentence(option.default)}")
    if option.variable:
        facts.append(f"Environment: {literal(option.variable)}.")
    if facts:
        yield f"   {' '.join(facts)}"
        yield ""
