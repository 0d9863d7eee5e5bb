"""
Completion of a program, by C{shtab} from a parser of C{argparse}. The parser parses
nothing: it describes the options.
"""

from argparse import ArgumentParser

import shtab

from commandline.programs import Program

#: The placeholders of values that are files.
_FILES = ("FILE", "PATH")


def script(program: Program, shell: str) -> str:
    """
    @param shell: C{bash}, C{zsh} or C{fish}.
    """
    parser = ArgumentParser(program.name, add_help=False)
    _fill(parser, program)
    return shtab.complete(parser, shell)


def _fill(parser: ArgumentParser, program: Program) -> None:
    for option in program.options.described():
        names = [f"-{option.short}", f"--{option.name}"]
        # argparse formats the text with "%", and shtab does not escape colons for zsh.
        text = option.text.replace("%", "%%")
        if not option.placeholder:
            parser.add_argument(
                *names[not option.short :], action="store_true", help=text
            )
            continue
        action = parser.add_argument(
            *names[not option.short :],
            action="append" if option.isRepeatable else "store",
            metavar=option.placeholder.strip("'").replace(":", "\\:"),
            help=text,
        )
        if option.placeholder in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
    if program.hasFiles:
        files = parser.add_argument("files", metavar="FILE", nargs="*")
        files.complete = shtab.FILE  # type: ignore[attr-defined]
    if program.subcommands:
        subparsers = parser.add_subparsers()
        for name, subcommand in program.subcommands.items():
            _fill(
                subparsers.add_parser(name, add_help=False, help=subcommand.summary),
                subcommand,
            )
