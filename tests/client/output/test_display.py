"""
Tests for L{echo.client.output.display}.
"""

import io

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.display import Style, wantsColor
from tests.kit.runs import Terminal


class ColorTests(SynchronousTestCase):
    """
    Tests for L{wantsColor} and L{Style}.
    """

    def test_autoNeedsTerminal(self) -> None:
        """
        Without C{NO_COLOR}.
        """
        for stream, environment, expected in (
            (Terminal(), {}, True),
            (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
            (Terminal(), {"NO_COLOR": "0"}, False),
            (Terminal(), {"TERM": "dumb"}, False),
            (io.StringIO(), {}, False),
        ):
            self.assertIs(wantsColor("auto", stream, environment), expected)

    def test_choiceOverridesTerminal(self) -> None:
        self.assertTrue(wantsColor("always", io.StringIO(), {"NO_COLOR": "1"}))
        self.assertFalse(wantsColor("never", Terminal(), {}))

    def test_disabledStyleKeepsText(self) -> None:
        style = Style(enabled=False)
        for each in (style.good, style.bad, style.faint, style.strong):
            self.assertEqual(each("text"), "text")

    def test_stylesEndThemselves(self) -> None:
        style = Style(enabled=True)
        self.assertEqual(style.good("text"), "\x1b[32mtext\x1b[39m")
        self.assertEqual(style.bad("text"), "\x1b[31mtext\x1b[39m")
        self.assertEqual(style.faint("text"), "\x1b[2mtext\x1b[22m")
        self.assertEqual(style.strong("text"), "\x1b[1mtext\x1b[22m")

    def test_outerStyleGoesOnAfterInner(self) -> None:
        style = Style(enabled=True)
        self.assertEqual(
            style.good(f"a{style.bad('b')}c"),
            "\x1b[32ma\x1b[31mb\x1b[39m\x1b[32mc\x1b[39m",
        )
