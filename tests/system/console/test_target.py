"""
The URL that the page connects to.
"""

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.page import VisitedTestCase


class TargetTests(VisitedTestCase):
    """
    The URL field, the target, and the command for a terminal.
    """

    def test_terminalCommandMatchesFields(self) -> None:
        self.assertEqual(self.text("terminal"), self.socket)
        self.fill("knob-delay", "2s")
        self.fill("knob-nopong", True)
        url = f"'{self.socket}?delay=2s&nopong=1'"
        self.assertEqual(self.text("terminal"), f"--ping {url}")
        self.fill("subprotocols", "chat, v2|chat")
        command = f"--ping --subprotocol chat --subprotocol 'v2|chat' {url}"
        self.assertEqual(self.text("terminal"), command)
        self.fill("url", "http://example.org/")
        self.fill("knob-delay", "3s")
        self.assertEqual(self.text("terminal"), command)
        self.fill("url", f"{self.socket}/it's")
        self.assertIn(r"/it'\''s?delay=3s", self.text("terminal"))

    def test_pastedQueryFillsFields(self) -> None:
        """
        Unknown and invalid parameters stay in the URL, for the daemon to refuse.
        """
        self.fill("knob-jitter", "1ms")
        self.fill("knob-abort", True)
        query = "delay=2s&jitter=500ms&reason=a+%26%20b&mute=1&abort=0"
        left = "a=b&delay=3s&tick=&info=yes&slow=%"
        self.fill("url", f"{self.socket}?{query}&{left}")
        shown = {
            name: self.find(f"knob-{name}").get_attribute("value")
            for name in ("delay", "jitter", "reason", "tick", "slow")
        }
        self.assertEqual(
            shown,
            {
                "delay": "2s",
                "jitter": "500ms",
                "reason": "a & b",
                "tick": "",
                "slow": "",
            },
        )
        for name, isSet in (("mute", True), ("abort", False), ("info", False)):
            self.assertEqual(self.find(f"knob-{name}").is_selected(), isSet, name)
        url = self.find("url").get_attribute("value")
        self.assertEqual(url, f"{self.socket}?{left}")
        expected = f"{url}&delay=2s&jitter=500ms&mute=1&reason=a%20%26%20b"
        self.assertEqual(self.text("target"), expected)
        self.fill("url", f"{self.socket}?repeat=2")
        self.assertEqual(self.find("url").get_attribute("value"), self.socket)

    def test_secondPasteReplacesFirst(self) -> None:
        """
        Parameters of the first URL are reset. An unchanged URL leaves the fields alone.
        """
        self.visit(fragment="#jitter=1ms")
        self.paste(f"{self.socket}?delay=1ms", Keys.ENTER)
        self.until("open")
        self.paste(f"{self.socket}?mute=1", Keys.TAB)
        self.assertEqual(self.text("target"), f"{self.socket}?mute=1")
        self.fill("knob-delay", "2ms")
        self.find("url").send_keys("x", Keys.BACKSPACE, Keys.TAB)
        self.find("url").send_keys(Keys.ENTER)
        target = f"{self.socket}?delay=2ms&mute=1"
        self.assertEqual(self.text("target"), target)
        until(lambda: self.script("return echoConsole.session.url") == target, "it")
        self.paste(self.socket, Keys.ENTER)
        self.assertEqual(self.text("target"), self.socket)

    def paste(self, url: str, key: str) -> None:
        """
        Replace the URL, and press a key.
        """
        self.find("url").send_keys(Keys.CONTROL, "a", Keys.NULL, url, key)

    def test_invalidURLKeepsConnection(self) -> None:
        """
        So does an invalid subprotocol. The page names the mistake.
        """
        self.connect()
        for name, value, words in (
            ("url", "http://[", "not a URL"),
            ("url", "https://example.org", "begins with ws://"),
            ("url", "127.0.0.1:9304/socket", "ws:// or wss:// is missing"),
            ("subprotocols", "a[b]", "A subprotocol is"),
            ("subprotocols", "chat, chat", "twice"),
        ):
            kept = self.find(name).get_attribute("value") or ""
            self.fill(name, value)
            self.find("subprotocols").send_keys(Keys.ENTER)
            self.assertIn(words, self.text("target-note"))
            self.assertNotIn("Connects to", self.text("target-note"))
            focused = self.script("return document.activeElement.id")
            self.assertEqual(focused, name)
            self.assertEqual(self.state(), "open")
            self.fill(name, kept)
