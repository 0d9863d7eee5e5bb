"""
Earlier messages and snippets, and what the browser stores of them.
"""

import json
from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import IMAGE, OPEN_EARLIER

_STORED = 'return localStorage.getItem("echo.messages")'

_GROUPS = """
return Object.fromEntries(
    [...document.querySelectorAll("#earlier-messages optgroup")].map(group =>
        [group.label, [...group.children].map(option => option.text)]));
"""

_REFUSE_STORAGE = """
Object.defineProperty(window, "localStorage", {
    get: () => { throw new DOMException("", "SecurityError"); },
});
"""

#: Fills the history, and returns what it has and what is stored.
_MANY = """
const done = arguments[0];
(async () => {
    const {History} = await import(new URL("console/history.js", document.baseURI));
    const history = new History(() => {});
    const add = (text, isSnippet) => history.add({kind: "text", text}, isSnippet);
    for (let i = 0; i < 60; i++) add(`snippet ${i}`, true);
    for (let i = 0; i < 60; i++) add(`message ${i}`);
    add("x".repeat(8193));
    const again = new History(() => {});
    return [history, again].map(it => it.messages.map(({text}) => text));
})().then(done, error => done(String(error)));
"""

#: Returns the lower edge of the conversation.
_SECTION = """
return document.querySelector(".conversation").getBoundingClientRect().bottom + scrollY;
"""

_SECRETS = (
    '{"token": "abc"}',
    "wss://host/?access_token=abc",
    "wss://user:hunter2@host/",
    "Authorization: Bearer abc",
    "login eyJhbGciOi.eyJzdWIi.abc",
    "deadbeef00112233445566778899aabbccddeeff",
)


class HistoryTests(ConsoleTestCase):
    """
    The messages of earlier sends.
    """

    def groups(self) -> dict[str, list[str]]:
        """
        @return: The listed messages.
        """
        groups: dict[str, list[str]] = self.script(_GROUPS)
        return groups

    def stored(self) -> list[str]:
        """
        @return: The texts in the browser's storage.
        """
        stored: list[Any] = json.loads(self.script(_STORED) or "[]")
        return [each["text"] for each in stored]

    def reload(self) -> None:
        self.driver.refresh()
        until(lambda: self.script("return window.echoConsole"), "the page's script")

    def field(self) -> tuple[str, str]:
        """
        @return: The kind and the message in the fields.
        """
        kind, message = (
            self.find(name).get_attribute("value") or "" for name in ("kind", "message")
        )
        return kind, message

    def test_arrowKeys(self) -> None:
        """
        They go through the messages of all kinds, and back to the one that was not
        sent. In a message of several lines, they move the cursor first.
        """
        self.visit()
        self.connect()
        self.send("one")
        self.send("00 ff", kind="hex")
        self.send("one")
        self.fill("kind", "text")
        self.fill("message", "first line\nsecond line")
        self.counted(sent=3)
        self.script('document.getElementById("message").focus()')
        draft = ("text", "first line\nsecond line")
        for key, expected in (
            (Keys.CONTROL + Keys.END + Keys.NULL, draft),
            (Keys.ARROW_UP, draft),
            (Keys.ARROW_UP, ("text", "one")),
            (Keys.ARROW_UP, ("hex", "00 ff")),
            (Keys.ARROW_UP, ("hex", "00 ff")),
            (Keys.ARROW_DOWN, ("text", "one")),
            (Keys.ARROW_DOWN, draft),
            (Keys.ARROW_DOWN, draft),
        ):
            self.keys(key)
            self.settle()
            self.assertEqual(self.field(), expected)

    def test_keptAfterReload(self) -> None:
        """
        A chosen message stands in the field. "Forget" removes it, and "Forget all"
        removes the rest.
        """
        self.visit()
        self.connect()
        for message in ("apple", IMAGE, "banana"):
            self.send(message)
        self.counted(sent=3)
        self.reload()
        self.assertEqual(self.text("earlier-count"), "3")
        self.script(OPEN_EARLIER)
        listed = {"Kept in this browser": ["banana", IMAGE, "apple"]}
        self.assertEqual(self.groups(), listed)
        self.script('document.getElementById("earlier-messages").focus()')
        self.keys("app", Keys.ENTER)
        until(lambda: self.field() == ("text", "apple"), "the message in the field")
        self.click("keep")
        listed = {"Snippets": ["apple"], "Kept in this browser": ["banana", IMAGE]}
        self.assertEqual(self.groups(), listed)
        self.assertEqual(self.find("keep").get_attribute("aria-pressed"), "true")
        self.click("forget")
        self.assertEqual(self.stored(), ["banana", IMAGE])
        self.click("forget-all")
        self.assertIsNone(self.script(_STORED))
        self.assertEqual(self.groups(), {})
        self.reload()
        self.assertEqual(self.groups(), {})

    def test_secretsAreNotStored(self) -> None:
        """
        They are there until the page is closed, unless the user keeps one as a snippet.
        """
        self.visit()
        self.fill("url", f"{self.socket}?reason=token-in-url&close=4001&after=1m")
        self.connect()
        for message in (*_SECRETS, "plain"):
            self.send(message)
        self.send("746f6b656e3d616263", kind="hex")
        self.counted(sent=len(_SECRETS) + 2)
        self.script(OPEN_EARLIER)
        self.assertEqual(self.stored(), ["plain"])
        self.assertNotIn("token", self.script("return JSON.stringify(localStorage)"))
        listed = self.groups()["Until the page is closed"]
        self.assertEqual(listed, ["hex: 746f6b656e3d616263", *reversed(_SECRETS)])
        self.assertIn("forgotten with the page", self.text("earlier-note"))
        self.send(_SECRETS[0])
        self.click("keep")
        self.assertEqual(self.stored(), [_SECRETS[0], "plain"])
        self.reload()
        self.assertNotIn("Until the page is closed", self.groups())

    def test_browserRefusesStorage(self) -> None:
        """
        The page says so. Earlier messages are there until it is closed.
        """
        added = self.command(
            "Page.addScriptToEvaluateOnNewDocument", source=_REFUSE_STORAGE
        )
        self.addCleanup(
            self.command, "Page.removeScriptToEvaluateOnNewDocument", **added
        )
        self.visit()
        self.connect()
        self.send("hello")
        self.counted(received=1)
        self.script(OPEN_EARLIER)
        self.assertEqual(self.groups(), {"Until the page is closed": ["hello"]})
        self.assertIn("refuses storage", self.text("earlier-note"))

    def test_openListFits(self) -> None:
        """
        The form below it stays in the same section of the page.
        """
        self.visit()
        self.script(OPEN_EARLIER)
        for width in (320, 1280):
            self.resize(width, 800)
            self.settle()
            form = self.find("closing").rect
            section = self.script(_SECTION)
            self.assertLessEqual(form["y"] + form["height"], section)

    def test_boundedAndHostileStorage(self) -> None:
        """
        The newest 50 messages and 50 snippets are kept, and none of more than 8,192
        characters. What another page of the host has stored does no harm.
        """
        self.visit()
        expected = [
            *(f"message {number}" for number in reversed(range(10, 60))),
            *(f"snippet {number}" for number in reversed(range(10, 60))),
        ]
        both = self.driver.execute_async_script(_MANY)
        self.assertEqual(both, [expected, expected])
        for stored in ("{", '{"length": 1}', '[null, {"kind": "text"}, 1]'):
            self.script('localStorage.setItem("echo.messages", arguments[0])', stored)
            self.reload()
            self.assertEqual(self.groups(), {})
