"""
Links that restore the page's fields.
"""

from typing import Any

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import CLIPBOARD, IMAGE

#: Names in a fragment: those of fields, and those of JavaScript's objects.
_FIELD_NAMES = (
    "url",
    "subprotocols",
    "delay",
    "abort",
    "reason",
    "kind",
    "send",
    "every",
    "closeCode",
    "closeReason",
    "search",
    "show",
    "__proto__",
    "constructor",
)


_FIELDS = """
const fields = document.querySelectorAll("#connection input, #closing input");
return Object.fromEntries([...fields].map(field =>
    [field.id, field.type === "checkbox" ? field.checked : field.value]));
"""


class LinkTests(ConsoleTestCase):
    """
    The fragment of the URL.
    """

    def fields(self) -> dict[str, Any]:
        """
        @return: The values of the fields.
        """
        fields: dict[str, Any] = self.script(_FIELDS)
        return fields

    def test_copiedLinkRestoresFields(self) -> None:
        """
        It does not connect.
        """
        self.visit()
        self.command(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        self.fill("subprotocols", "chat, v2.chat")
        self.fill("knob-delay", "10ms")
        self.fill("knob-reason", "a&b=c #d")
        self.fill("knob-mute", True)
        fields = self.fields()
        target = self.text("target")
        self.click("copy-link")
        link = self.clipboard()
        self.click("copy-target")
        self.assertEqual(self.clipboard(), target)
        self.assertTrue(link.startswith(self.page), link)
        self.visit(fragment=link.removeprefix(self.page))
        self.assertEqual(self.fields(), fields)
        self.assertEqual(self.text("target"), target)
        self.assertEqual(self.text("knob-count"), "3 set")
        self.assertFalse(self.find("knob-delay").is_displayed())
        self.assertEqual(self.state(), "idle")
        self.assertEqual(self.script("return echoConsole.log.length"), 0)

    def test_linkWithoutLongMessage(self) -> None:
        """
        The page says that the message is missing.
        """
        self.visit()
        self.fill("message", "x" * 8193)
        self.click("copy-link")
        until(lambda: "without the message" in self.text("copied"), "what is missing")

    def test_reloadKeepsFields(self) -> None:
        self.visit()
        self.fill("knob-delay", "10ms")
        self.driver.refresh()
        until(lambda: self.script("return window.echoConsole"), "the page's script")
        delay = self.find("knob-delay").get_attribute("value")
        self.assertEqual(delay, "10ms")

    def clipboard(self) -> str:
        """
        @return: The text in the clipboard, once there is one.
        """
        text: str = self.driver.execute_async_script(CLIPBOARD)
        return text

    def test_behavioursInOwnQuery(self) -> None:
        """
        The page takes them as those of the endpoint, and names others.
        """
        self.visit(fragment="?status=503&delay=1ms&foo=1%3Cb%3E#delay=2ms&mute=1")
        target = f"{self.socket}?delay=1ms&mute=1&status=503"
        self.assertEqual(self.text("target"), target)
        self.assertIn("foo=1", self.text("close-meaning"))
        self.assertEqual(self.script("return location.search"), "")
        self.driver.refresh()
        until(lambda: self.script("return window.echoConsole"), "the page's script")
        self.assertEqual(self.text("target"), target)
        self.assertEqual(self.text("close-meaning"), "")

    def test_hostileLinkRunsNothing(self) -> None:
        for value in (IMAGE, "javascript:pwned=1", "x" * 10_000, "%FF%", "%00"):
            setup = "&".join(f"{name}={value}" for name in _FIELD_NAMES)
            self.visit(fragment=f"#{value}&{setup}")
            self.assertHarmless()

    def assertHarmless(self) -> None:
        """
        Assert that no foreign script has run, and that the page works.
        """
        self.assertEqual(self.state(), "idle")
        self.assertIsNone(self.script("return window.pwned"))
        self.assertEqual(
            self.script('return document.querySelectorAll("img, iframe").length'), 0
        )
