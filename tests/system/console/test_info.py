"""
The panel with the request as received.
"""

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.page import CLIPBOARD, FilledLogTestCase


class InfoTests(FilledLogTestCase):
    """
    The answer of C{/info}, in the page.
    """

    def test_opensInPage(self) -> None:
        """
        The connection and the log stay as they are.
        """
        self.fill("knob-delay", "2ms")
        self.click("info-link")
        until(lambda: "User-Agent" in self.text("info-headers"), "the header fields")
        self.assertEqual(self.find("info").accessible_name, "Request as received")
        self.assertIn("GET /info?delay=2ms HTTP/1.1", self.text("info-facts"))
        agent = self.script("return navigator.userAgent")
        self.assertIn(agent, self.text("info-headers"))
        self.assertEqual(self.state(), "open")
        self.assertEqual(len(self.rows()), 9)
        self.click("info-close")
        self.send("date")
        self.counted(sent=5, received=5)

    def test_byKeyboard(self) -> None:
        """
        Enter opens it, and Escape closes it. The focus returns to the link.
        """
        self.script('document.getElementById("info-link").focus()')
        self.keys(Keys.ENTER)
        until(self.find("info").is_displayed, "the panel")
        within = 'return document.activeElement.closest("dialog")?.id'
        self.assertEqual(self.script(within), "info")
        self.keys(Keys.ESCAPE)
        until(lambda: not self.find("info").is_displayed(), "it to close")
        focused = self.script("return document.activeElement.id")
        self.assertEqual(focused, "info-link")

    def test_copy(self) -> None:
        self.command(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        self.click("info-link")
        until(lambda: "User-Agent" in self.text("info-headers"), "the header fields")
        self.click("info-copy")
        text = self.driver.execute_async_script(CLIPBOARD)
        self.assertIn('"request": "GET /info HTTP/1.1"', text)
