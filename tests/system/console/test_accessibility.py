"""
The page without sight or without a mouse.
"""

from unittest import SkipTest

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.axe import MISSING as NO_AXE
from tests.system.console.axe import violations
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import CONTROLS, OPEN_EARLIER, OPEN_PARAMETERS

#: Returns the focusable elements in the order of the document.
_FOCUSABLE = """
const focusable = document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]");
return [...focusable].filter(it => !it.disabled && it.tabIndex >= 0 &&
    it.checkVisibility({visibilityProperty: true})).map(it => it.id || it.localName);
"""


_OUTLINED = """
const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== "none" || style.boxShadow !== "none";
"""


_CLEAR = """
const header = document.querySelector("header");
const {bottom} = header.getBoundingClientRect();
const {activeElement} = document;
return header.contains(activeElement) ||
    activeElement.getBoundingClientRect().bottom > bottom;
"""


class AccessibilityTests(ConsoleTestCase):
    """
    axe-core, the keyboard, and labels.
    """

    def test_noViolations(self) -> None:
        """
        Light and dark, narrow and wide, before a connection and with messages.
        """
        if NO_AXE:
            raise SkipTest(NO_AXE)
        self.visit()
        self.fill("knob-after", "3")
        self.assertAccessible()
        self.connect(close="4001")
        for number in range(3):
            self.send(f'{{"a": [{number}]}}')
        self.until("closed")
        self.counted(received=3)
        self.click("send")
        self.select(1)
        self.script(OPEN_PARAMETERS)
        self.script(OPEN_EARLIER)
        self.assertAccessible()
        self.script('document.getElementById("info-link").click()')
        until(self.find("info").is_displayed, "the panel")
        self.assertAccessible()

    def assertAccessible(self) -> None:
        """
        Assert that axe-core finds nothing in any colour scheme and width.
        """
        for scheme in ("light", "dark"):
            for width in (360, 1280):
                self.prefer(scheme)
                self.resize(width, 800)
                self.settle()
                found = violations(self.driver)
                self.assertEqual(found, [], f"{scheme}, {width}")

    def focused(self) -> str:
        """
        @return: The id of the focused element, or its tag.
        """
        name: str = self.script(
            "const it = document.activeElement; return it.id || it.localName"
        )
        return name

    def tab(self, name: str) -> None:
        """
        Press Tab until an element has the focus.
        """
        for _ in range(200):
            if self.focused() == name:
                return
            self.keys(Keys.TAB)
        self.fail(f"{name} is not reached")

    def test_tabReachesEveryControlInOrder(self) -> None:
        """
        The focused control is outlined.
        """
        self.visit()
        self.connect()
        self.script(OPEN_PARAMETERS)
        self.script(OPEN_EARLIER)
        expected = self.script(_FOCUSABLE)
        self.tab(expected[0])
        reached: list[str] = []
        while len(reached) < len(expected):
            reached.append(self.focused())
            self.assertTrue(self.script(_OUTLINED), f"{reached[-1]} is not marked")
            self.keys(Keys.TAB)
        self.assertEqual(reached, expected)
        for name in CONTROLS:
            self.assertIn(name, reached)

    def test_focusIsNotBehindHeader(self) -> None:
        self.visit()
        self.resize(360, 640)
        self.connect()
        self.script(OPEN_PARAMETERS)
        expected = self.script(_FOCUSABLE)
        self.tab(expected[-1])
        for name in reversed(expected):
            self.assertEqual(self.focused(), name)
            self.assertTrue(self.script(_CLEAR), f"{name} is behind the state")
            back = ActionChains(self.driver, duration=0).key_down(Keys.SHIFT)
            back.send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def test_connectSendCloseByKeyboard(self) -> None:
        self.visit()
        self.tab("connect")
        self.keys(Keys.ENTER)
        self.until("open")
        self.tab("message")
        self.keys("hello")
        self.tab("send")
        self.keys(Keys.SPACE)
        self.counted(sent=1, received=1)
        self.tab("close-code")
        self.keys(*"4002")
        self.tab("close")
        self.keys(Keys.ENTER)
        self.until("closed")
        self.assertIn("4002", self.text("close-meaning"))

    def test_stateIsAnnounced(self) -> None:
        self.visit()
        self.assertEqual(self.find("state").get_attribute("role"), "status")
        self.assertEqual(self.find("chart").get_attribute("role"), "img")
        self.connect()
        self.assertEqual(self.text("state"), "Connected")
