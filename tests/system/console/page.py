"""
The page in several states, and JavaScript that several test modules run in it.
"""

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase

IMAGE = "<img src=x onerror='window.pwned = 1'>"


#: The controls of every session.
CONTROLS = ("url", "connect", "message", "send", "close", "search", "pause", "save")

CLICK = """
for (const name of arguments) document.getElementById(name).click();
"""


SELECTED = """
return document.querySelector('#log [aria-selected="true"]')?.textContent
"""


IN_SIGHT = """
const element = document.getElementById(arguments[0]);
const {top, bottom, height} = element.getBoundingClientRect();
return height > 0 && top >= 0 && bottom <= innerHeight;
"""


OPEN_EARLIER = 'document.getElementById("earlier").open = true'


#: Takes the text out of the clipboard, once there is one.
CLIPBOARD = """
const done = arguments[0];
const look = async () => {
    const text = await navigator.clipboard.readText();
    if (text) navigator.clipboard.writeText("").then(() => done(text));
    else setTimeout(look, 10);
};
look();
"""


OPEN_PARAMETERS = 'document.getElementById("knobs").open = true'


EXTENT = """
const {scrollWidth, clientWidth, scrollHeight} = document.documentElement;
return {scrollWidth, clientWidth, scrollHeight};
"""


class VisitedTestCase(ConsoleTestCase):
    """
    The page, not connected.
    """

    def setUp(self) -> None:
        super().setUp()
        self.visit()


class ConnectedTestCase(VisitedTestCase):
    """
    The page, connected.
    """

    def setUp(self) -> None:
        super().setUp()
        self.connect()


class FilledLogTestCase(ConnectedTestCase):
    """
    The page with four messages, and their echoes, in its log.
    """

    def setUp(self) -> None:
        super().setUp()
        for message in ("apple", "banana", "cherry"):
            self.send(message)
        self.send("ff", kind="hex")
        self.counted(sent=4, received=4)

    def shown(self, *payloads: str) -> None:
        """
        Wait for the log to show these payloads.
        """
        until(lambda: self.payloads() == list(payloads), f"{payloads} in the log")
