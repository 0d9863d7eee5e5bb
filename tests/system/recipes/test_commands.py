"""
The commands themselves.
"""

from tests.system.pages.parser import pages
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
    The pages of the manual that show them.
    """

    def test_eachIsOnOnePage(self) -> None:
        texts = [path.read_text("utf-8") for path in pages()]
        recipes = (
            *(DISTANCE, HOLD, HOLD_PING, RECONNECT, LOAD, MERGE, SWEEP),
            *(CHECK, SECTIONS, LISTING, LINES),
        )
        for command in recipes:
            shown = [text for text in texts if f"   $ {command}\n" in text]
            self.assertEqual(len(shown), 1, command)
