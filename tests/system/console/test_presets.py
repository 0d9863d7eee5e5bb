"""
The menu of presets. L{tests.system.slow.presets} has what each of them does.
"""

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase


class PresetTests(ConsoleTestCase):
    """
    What the menu sets and shows.
    """

    def shown(self) -> str:
        """
        @return: The selected option.
        """
        selected: str = Select(self.find("preset")).first_selected_option.text
        return selected

    def choose(self, name: str) -> None:
        Select(self.find("preset")).select_by_visible_text(name)

    def test_setsFields(self) -> None:
        """
        It clears the other fields. The daemon does what the sentence says.
        """
        self.visit()
        self.fill("knob-delay", "10ms")
        self.assertEqual(self.shown(), "Own parameters")
        self.assertEqual(self.text("preset-note"), "")
        self.choose("Rate limit")
        query = "close=1008&reason=rate%20limit&after=5"
        self.assertEqual(self.text("target"), f"{self.socket}?{query}")
        self.assertIn("after 5 messages", self.text("preset-note"))
        self.connect()
        for number in range(5):
            self.send(str(number))
        self.until("closed")
        self.assertEqual(self.text("state"), 'Closed 1008 "rate limit"')
        self.fill("knob-after", "6")
        self.assertEqual(self.shown(), "Own parameters")
        self.choose("None: a plain echo")
        self.assertEqual(self.text("target"), self.socket)

    def test_shownForLinkAndTypedURL(self) -> None:
        self.visit(fragment="#mute=1&nopong=1")
        self.assertEqual(self.shown(), "Dead peer")
        self.fill("url", f"{self.socket}?status=503")
        until(lambda: self.shown() == "Overload", "the preset of the URL")

    def test_chosenByKeyboard(self) -> None:
        self.visit()
        self.script('document.getElementById("preset").focus()')
        self.keys("Fl", Keys.ENTER)
        self.settle()
        self.assertEqual(self.shown(), "Flaky mobile")
        self.assertIn("jitter=350ms", self.text("target"))
