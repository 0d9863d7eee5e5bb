"""
Compares the output of a command with the output that a page shows.

Any number matches a number, with its unit, and any hexadecimal id an id. Runs of blanks
match. A line C{...} stands for any lines, C{...} in a line for any text. A whole number
of the command itself, such as the 4001 of C{?close=4001}, must be the same.
"""

import re
from collections.abc import Collection, Sequence

_UNIT = r"(?: ?(?:[nmuµ]?s|min|[hdBkMG%]|[kKMG]i?B)(?![A-Za-z]))?"
_NUMBER = rf"\d[\d,]*(?:\.\d+)?{_UNIT}"
_ID = r"[0-9a-f]{6,}(?:-\d+)?"
_TOKEN = re.compile(
    rf"(?P<any>\.\.\.)|(?P<blanks>\s+)|(?P<id>\b(?=\d*[a-f])(?=[a-f]*\d){_ID}\b)"
    rf"|(?P<number>{_NUMBER})"
)
_WHOLE = re.compile(r"(?<![\w.])\d+(?![\w.%])")


def wholeNumbers(command: str) -> frozenset[str]:
    """
    @return: The whole numbers of a command, without those with a unit.
    """
    return frozenset(_WHOLE.findall(command))


def pattern(line: str, exact: Collection[str] = ()) -> "re.Pattern[str]":
    """
    @param line: A line that a page shows.

    @param exact: Numbers that must be the same.

    @return: What matches a line of output.
    """

    def part(match: "re.Match[str]") -> str:
        if match["number"] in exact:
            return rf"(?<!\d){match[0]}(?!\d)"
        kinds = {"any": ".*", "blanks": r"\s+", "id": _ID, "number": _NUMBER}
        return kinds[match.lastgroup or ""]

    text = line.strip()
    result, end = "", 0
    for match in _TOKEN.finditer(text):
        result += re.escape(text[end : match.start()]) + part(match)
        end = match.end()
    return re.compile(result + re.escape(text[end:]))


def difference(
    shown: Sequence[str],
    output: str,
    exact: Collection[str] = (),
    isComplete: bool = True,
) -> str:
    """
    @param shown: The lines of the page.

    @param exact: Numbers that must be the same.

    @param isComplete: Whether the output may not go on.

    @return: The first line that is not there and the output, or an empty text.
    """
    lines = [line.strip() for line in output.strip("\n").split("\n")]
    ends = {0}  # the numbers of lines that the shown lines so far can match
    for number, line in enumerate(shown):
        if line.strip() == "...":
            following = set(range(min(ends), len(lines) + 1))
        else:
            match = pattern(line, exact).fullmatch
            following = {
                end + 1 for end in ends if end < len(lines) and match(lines[end])
            }
        if not following:
            return _report(shown, number, output)
        ends = following
    if isComplete and len(lines) not in ends:
        return _report(shown, len(shown), output)
    return ""


def _report(shown: Sequence[str], number: int, output: str) -> str:
    expected = [
        f"{'>' if place == number else ' '} {line}"
        for place, line in enumerate((*shown, "(the end)"))
    ]
    return "\n".join(("the page shows:", *expected, "the output is:", output))
