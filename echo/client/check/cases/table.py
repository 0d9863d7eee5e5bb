"""
The table of all cases, and the choice of cases by section.
"""

from collections.abc import Sequence

from echo.client.check.cases import (
    closinghandshake,
    controlframes,
    fragmentation,
    invalidframes,
    messages,
    openinghandshake,
    permessagedeflate,
)
from echo.client.check.cases.case import Case

#: In the order of the report.
CASES: tuple[Case, ...] = (
    *openinghandshake.CASES,
    *messages.CASES,
    *fragmentation.CASES,
    *controlframes.CASES,
    *closinghandshake.CASES,
    *invalidframes.CASES,
    *permessagedeflate.CASES,
)


def sections(cases: Sequence[Case] = CASES) -> list[str]:
    """
    @return: The sections of the cases, in the order of the RFCs.
    """
    return sorted({case.section for case in cases}, key=_order)


def checkSection(text: str) -> str:
    """
    @raise ValueError: No case is in this section or below it.
    """
    if not any(_isWithin(case.section, text) for case in CASES):
        raise ValueError(
            f"no demand is in section {text!r}: try one of {', '.join(sections())}, "
            "or the beginning of one, like 5 or 7692"
        )
    return text


def select(chosen: Sequence[str]) -> tuple[Case, ...]:
    """
    @param chosen: Sections; each includes the sections below it.

    @return: Their cases; all cases without a section.
    """
    return tuple(
        case
        for case in CASES
        if not chosen or any(_isWithin(case.section, each) for each in chosen)
    )


def _isWithin(section: str, parent: str) -> bool:
    return section == parent or section.startswith((f"{parent}.", f"{parent} "))


def _order(section: str) -> list[int]:
    rfc, _, rest = section.rpartition(" ")
    return [int(rfc or 6455), *map(int, rest.split("."))]
