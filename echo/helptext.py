"""
The layout of C{--help}: titled tables of two columns.

L{echo.usage} fills them. This module knows nothing of options.
"""

import textwrap
from collections.abc import Mapping

#: The rows of a table: the left column's text to the right column's.
Rows = Mapping[str, str]

#: A space at which no line breaks.
NO_BREAK = "\xa0"

_GAP = "  "


def wrapped(text: str, width: int) -> str:
    """
    @param text: Paragraphs, with an empty line between them.

    @return: The text in lines of at most C{width} characters.
    """
    fill = textwrap.TextWrapper(width, break_on_hyphens=False).fill
    return "\n\n".join(map(fill, text.split("\n\n")))


def aligned(tables: Mapping[str, Rows], width: int) -> list[str]:
    """
    @param tables: Rows by title. The right columns of all tables align.

    @return: A paragraph for each table. A left column that is wider than the half of
        C{width} has a line of its own.
    """
    longest = max(len(left) for rows in tables.values() for left in rows)
    column = len(_GAP) + min(longest, width // 2) + len(_GAP)
    return [_table(title, rows, column, width) for title, rows in tables.items()]


def _table(title: str, rows: Rows, column: int, width: int) -> str:
    right = textwrap.TextWrapper(
        width,
        initial_indent=" " * column,
        subsequent_indent=" " * column,
        break_on_hyphens=False,
    )
    lines = [f"{title}:"]
    for left, text in rows.items():
        cell = right.fill(text)
        beginning = f"{_GAP}{left}{_GAP}"
        if len(beginning) > column:
            lines.append(beginning.rstrip())
        else:
            cell = beginning.ljust(column) + cell[column:]
        lines.append(cell)
    return "\n".join(lines).replace(NO_BREAK, " ")
