"""
The commands themselves.
"""

import re

from tests.system.readme import README, blocks
from tests.system.recipes.recipes import (
    CHECK,
    DISTANCE,
    HOLD,
    HOLD_PING,
    LINES,
    LISTING,
    LOAD,
    MERGE,
    RECONNECT,
    SECTIONS,
    SWEEP,
    RecipeTestCase,
)


class CommandTests(RecipeTestCase):
    """
    The README's section.
    """

    def test_eachCommandIsTested(self) -> None:
        section = re.split(r"^Questions\n=+\n", README, flags=re.MULTILINE)[1]
        section = re.split(r"^.+\n===+\n", section, flags=re.MULTILINE)[0]
        lines = [line for block in blocks("shell") for line in block.splitlines()]
        self.assertEqual(
            [line for line in lines if f"    {line}\n" in section],
            [
                *(DISTANCE, HOLD, HOLD_PING, RECONNECT, LOAD, MERGE, SWEEP),
                *(CHECK, SECTIONS, LISTING, LINES),
            ],
        )
