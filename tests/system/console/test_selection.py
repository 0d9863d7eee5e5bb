"""
The selected row of the log, which stays in sight.
"""

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import CLICK, SELECTED, FilledLogTestCase

#: Whether the log's active row is on the screen, below the header.
_ACTIVE_ON_SCREEN = """
const log = document.getElementById("log");
const row = document.getElementById(log.getAttribute("aria-activedescendant"));
if (!row) return false;
const {top, bottom} = row.getBoundingClientRect();
const {bottom: bar} = document.querySelector("header").getBoundingClientRect();
return top >= bar - 1 && bottom <= innerHeight + 1;
"""


#: Whether the log's active row is visible in the log.
_ACTIVE_IN_SIGHT = """
const log = document.getElementById("log");
const row = document.getElementById(log.getAttribute("aria-activedescendant"));
if (!row) return false;
const {top, bottom} = row.getBoundingClientRect();
const head = log.querySelector(".head");
const isThere = getComputedStyle(head).position === "sticky";
const edge = isThere ? head.getBoundingClientRect().bottom :
    log.getBoundingClientRect().top;
return top >= edge - 1 && bottom <= log.getBoundingClientRect().bottom;
"""


#: Limits the height of the details. Reading C{scrollTop} makes the browser scroll the
#: log before the page learns of the new size.
_ROOM = """
document.getElementById("details").style.maxHeight = arguments[0];
return document.getElementById("log").scrollTop;
"""


class FilteredSelectionTests(FilledLogTestCase):
    """
    While the log changes.
    """

    def test_afterFilter(self) -> None:
        """
        A row that a filter hid is back in sight without the filter.
        """
        self.fill("kind", "text")
        self.fill("message", "elderberry")
        self.script(CLICK, *["send"] * 50)
        self.counted(received=54)
        self.script('document.getElementById("log").scrollTop = 0')
        until(lambda: "banana" in self.payloads(), "the first ones")
        self.fill("search", "banana")
        self.shown("banana", "banana")
        self.select(1)
        for name, value in (("search", ""), ("show", "received"), ("show", "all")):
            self.fill(name, value)
            self.settle()
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"it with {value}")
        self.fill("search", "elder")
        until(lambda: set(self.payloads()) == {"elderberry"}, "the others")
        self.script('document.getElementById("log").scrollTop = 500')
        self.settle()
        self.fill("search", "")
        until(lambda: self.script(_ACTIVE_IN_SIGHT), "it to be back")
        self.assertIn("banana", self.script(SELECTED))

    def test_newestRowUnderNewMessages(self) -> None:
        """
        A button leads to the new messages.
        """
        self.fill("kind", "text")
        self.fill("message", "elderberry")
        for choose in (lambda: self.select(-1), lambda: self.keys(Keys.END)):
            choose()
            until(self.find("details").is_displayed, "the details")
            self.settle()
            selected = self.script(SELECTED)
            self.script(CLICK, *["send"] * 30)
            until(self.find("follow").is_displayed, "the way back")
            until(lambda: "new)" in self.text("follow"), "the number of new rows")
            self.settle()
            self.assertTrue(self.script(_ACTIVE_IN_SIGHT))
            self.assertEqual(self.script(SELECTED), selected)
            self.click("follow")
            until(lambda: not self.script(_ACTIVE_IN_SIGHT), "the newest")
            self.script('document.getElementById("log").focus()')


class ResizedSelectionTests(ConsoleTestCase):
    """
    While the screen changes.
    """

    def assertActive(self, width: int) -> None:
        """
        Assert that a row is selected and in sight.
        """
        until(self.find("details").is_displayed, "the details")
        self.settle()
        until(
            lambda: self.script(_ACTIVE_IN_SIGHT),
            f"the row that is selected at {width}",
        )

    def test_besideDetails(self) -> None:
        """
        By mouse and by keyboard.
        """
        self.visit()
        self.connect(repeat="60")
        self.send('{"a": [1, 2, 3]}')
        self.counted(received=60)
        for width, height in ((1280, 800), (1366, 768), (1440, 900), (1680, 1050)):
            self.resize(width, height)
            self.settle()
            self.select(-3)
            self.assertActive(width)
            self.driver.find_element("css selector", "#details-tree summary").click()
            self.assertActive(width)
            self.script('document.getElementById("log").focus()')
            self.keys(Keys.ESCAPE)
            self.settle()
            self.keys(Keys.END, Keys.ARROW_UP, Keys.ARROW_UP)
            self.assertActive(width)
            self.driver.find_element("css selector", "#details-tree summary").click()
            self.script('document.getElementById("log").focus()')
            self.keys(Keys.ESCAPE, Keys.END)

    def test_keysOnLowScreens(self) -> None:
        """
        The row that the keys move to is on the screen, too, where log and details do
        not fit.
        """
        self.visit()
        self.connect(repeat="40")
        self.send('{"a": [1, 2, 3]}')
        self.counted(received=40)
        self.addCleanup(
            self.command, "Page.setFontSizes", fontSizes={"standard": 16, "fixed": 13}
        )
        for width, height, letters in (
            (640, 360, 16),
            (640, 400, 16),
            (740, 360, 16),
            (360, 740, 16),
            (360, 740, 32),
            (1280, 800, 32),
        ):
            sizes = {"standard": letters, "fixed": letters * 13 // 16}
            self.command("Page.setFontSizes", fontSizes=sizes)
            self.resize(width, height)
            self.settle()
            self.script('document.getElementById("log").focus()')
            for key in (Keys.END, *[Keys.ARROW_UP] * 5, Keys.PAGE_UP, Keys.HOME):
                self.keys(key)
                self.settle()
                where = f"{width} by {height}, {letters}"
                until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row, {where}")
                until(lambda: self.script(_ACTIVE_ON_SCREEN), f"it on screen, {where}")
            self.keys(Keys.ESCAPE)

    def test_messagesAfterResize(self) -> None:
        """
        A new size may bring the log to its end. It still does not follow new messages
        until the details are closed.
        """
        self.visit()
        self.connect(repeat="30")
        self.send("hello")
        self.counted(received=30)
        self.select(-1)
        for count, (width, height) in enumerate(((360, 740), (1280, 800)), 2):
            self.resize(width, height)
            self.settle()
            self.send("more")
            self.counted(received=30 * count)
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row at {width}")
            self.assertTrue(self.find("follow").is_displayed(), width)
        self.click("follow")
        self.settle()
        self.select(-1)
        until(self.find("details").is_displayed, "the details")
        self.settle()
        for room in ("5rem", "none"):
            self.script(_ROOM, room)
            self.settle()
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row beside {room}")
        self.click("details-close")
        self.send("more")
        self.counted(received=120)
        self.assertFalse(self.find("follow").is_displayed())

    def test_scrolledLogStays(self) -> None:
        """
        A resize does not scroll back to the selected row.
        """
        self.visit()
        self.connect(repeat="60")
        self.send("hello")
        self.counted(received=60)
        self.select(-3)
        self.assertActive(1280)
        self.script('document.getElementById("log").scrollTop = 0')
        self.settle()  # the scroll event comes with the next frame
        self.assertFalse(self.script(_ACTIVE_IN_SIGHT))
        self.resize(1280, 900)
        self.settle()
        position = 'return document.getElementById("log").scrollTop'
        self.assertEqual(self.script(position), 0)
