"""
A man page of a program, in the macros of C{man(7)}.
"""

import re
from collections.abc import Iterator, Mapping

from commandline.programs import Program
from echo.option import Option

_OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")


def page(
    program: Program, names: str, section: int, source: str, date: str, related: str
) -> str:
    """
    @param names: The names of the page. The first one is its title.

    @param source: The distribution and its version.

    @param related: Other pages: C{twistd(1)}.
    """
    title = names.partition(",")[0].upper()
    lines = [
        f'.TH {_plain(title)} {section} {date} "{_plain(source)}"',
        # Options and variables stay in one piece.
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{_plain(names)} \\- {_text(program.summary)}",
        ".SH SYNOPSIS",
        *_synopsis(program),
        ".SH DESCRIPTION",
        *_paragraphs(program.options.longdesc),
        ".SH OPTIONS",
        *_options(program),
        *_tables(program.options.tables, ".SH"),
    ]
    for name, subcommand in program.subcommands.items():
        lines += [
            f".SH SUBCOMMAND {_plain(name.upper())}",
            *_synopsis(subcommand),
            ".PP",
            *_paragraphs(subcommand.options.longdesc),
            *_options(subcommand),
            *_tables(subcommand.options.tables, ".SS"),
        ]
    lines += [
        ".SH ENVIRONMENT",
        *_paragraphs(program.options.about),
        ".SH SEE ALSO",
        _plain(related),
    ]
    return "\n".join(lines) + "\n"


def _synopsis(program: Program) -> Iterator[str]:
    for index, line in enumerate(program.synopsis.splitlines()):
        if index:
            yield ".br"
        command, _, arguments = line.partition(" [")
        yield f"\\fB{_plain(command)}\\fR [{_plain(arguments)}"


def _paragraphs(text: str) -> Iterator[str]:
    for index, paragraph in enumerate(text.split("\n\n")):
        if index:
            yield ".PP"
        yield from _sentences(paragraph)


def _options(program: Program) -> Iterator[str]:
    group = ""
    for option in program.options.described():
        if option.group != group:
            group = option.group
            yield f'.SS "{_plain(group)}"'
        yield ".TP"
        yield ", ".join(_spellings(option))
        yield from _sentences(option.text)
        if option.default:
            yield _text(f"Default: {option.default}.")
        if option.variable:
            yield _text(f"Environment: {option.variable}.")


def _spellings(option: Option) -> Iterator[str]:
    value = option.placeholder and f" \\fI{_plain(option.placeholder)}\\fR"
    if option.short:
        yield f"\\fB\\-{option.short}\\fR{value}"
    yield f"\\fB\\-\\-{_plain(option.name)}\\fR{value}"


def _tables(tables: Mapping[str, Mapping[str, str]], macro: str) -> Iterator[str]:
    for title, rows in tables.items():
        yield f'{macro} "{title.upper() if macro == ".SH" else title}"'
        for left, right in rows.items():
            yield ".TP"
            yield f"\\fB{_plain(left)}\\fR"
            yield f"{_text(right)}."


def _sentences(text: str) -> Iterator[str]:
    """
    @return: A line for each sentence, so that C{man} sets the space between them.
    """
    return map(_text, re.split(r"(?<=[.:]) (?=[A-Z])", text))


def _text(text: str) -> str:
    """
    @return: Text with the options in bold.
    """
    return _OPTION.sub(r"\\fB\g<0>\\fR", _plain(text, hyphen="-")).replace("-", "\\-")


def _plain(text: str, hyphen: str = "\\-") -> str:
    """
    @return: The text, with no character that C{troff} interprets.
    """
    escaped = text.replace("\\", "\\e").replace("-", hyphen).replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped
