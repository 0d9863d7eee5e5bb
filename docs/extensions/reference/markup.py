"""
reStructuredText of plain texts.
"""

import re
from collections.abc import Iterator, Mapping

# Also the characters that make links of addresses.
_MARKUP = re.compile(r"[\\*`|_:@]")


def escaped(text: str) -> str:
    """
    @return: The text, with no character that reStructuredText interprets.
    """
    return _MARKUP.sub(r"\\\g<0>", text)


def sentence(text: str) -> str:
    """
    @return: The text with one full stop at its end.
    """
    return escaped(text.removesuffix(".")) + "."


def literal(text: str) -> str:
    return f"``{text}``"


def section(title: str, label: str = "") -> Iterator[str]:
    """
    @param label: A name for C{:ref:}.
    """
    if label:
        yield f".. _{label}:"
        yield ""
    yield title
    yield "-" * len(title)
    yield ""


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """
    @param rows: The reStructuredText of the cells: one line each.
    """
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield ""
    for row in [heads, *rows]:
        first, *others = row
        yield f"   * - {first}"
        yield from (f"     - {other}" for other in others)
    yield ""


def terms(rows: Mapping[str, str]) -> Iterator[str]:
    """
    @return: A definition list of literals and plain texts.
    """
    for term, text in rows.items():
        yield literal(term)
        yield f"   {sentence(text)}"
        yield ""
