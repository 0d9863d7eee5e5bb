"""
A real browser, without a window, and the console page in it.

There is one browser for all tests of a process: it takes longer to start than most
tests to run. Every test has the page to itself, freshly loaded.
"""

import atexit
import functools
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webelement import WebElement
from twisted.trial.unittest import SynchronousTestCase

from echo.testing import echoServer
from tests.kit.processes import until

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_DRIVER = shutil.which("chromedriver")

#: What to install, where there is no browser.
MISSING = (
    None
    if _CHROMIUM and _DRIVER
    else "no browser: install chromium and chromedriver (Debian: chromium-driver)"
)

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",  # containers have none to give
    "--disable-dev-shm-usage",  # and little shared memory
    "--disable-gpu",
    "--disable-quic",
    "--disable-features=BackForwardCache",  # a page that is left hangs up
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: What Chromium itself writes to the console when a connection fails.
FAILED = r"WebSocket connection to '[^']*' failed: "


@functools.cache
def _browser() -> Chrome:
    """
    @return: The browser, which ends with this process.
    """
    profile = TemporaryDirectory(
        prefix="chromium", dir=Path.cwd(), ignore_cleanup_errors=True
    )
    options = ChromeOptions()
    options.binary_location = str(_CHROMIUM)
    for switch in (*_SWITCHES, f"--user-data-dir={profile.name}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Named, the driver is not looked for on the network.
    driver = Chrome(options, Service(str(_DRIVER)))
    atexit.register(profile.cleanup)
    atexit.register(driver.quit)
    return driver


@functools.cache
def _daemon() -> str:
    """
    @return: Where a daemon listens that all tests share, which ends with this
        process.
    """
    server = echoServer()
    url = server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return url


#: Sets a field as a person would have: the page hears of it.
_FILL = """
const [name, value] = arguments;
const field = document.getElementById(name);
if (field.type === "checkbox") {
    if (field.checked !== value) field.click();
} else {
    field.value = value;
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
}
"""

_SETTLED = """
const done = arguments[0];
const ended = () => Promise.allSettled(document.getAnimations().map(it => it.finished));
requestAnimationFrame(() => requestAnimationFrame(() => ended().then(() => done())));
"""

_TEXT = "return document.getElementById(arguments[0]).textContent"

_ROWS = """
const rows = [...document.querySelectorAll("#log .row")];
const cells = ["time", "direction", "type", "size", "rtt", "payload"];
return rows.map(row => ({...row.dataset, cells: Object.fromEntries(
    cells.map(name => [name, row.querySelector("." + name).textContent.trim()]))}));
"""


class ConsoleTestCase(SynchronousTestCase):
    """
    Opens the page, and works it as a person would. When a test is over, the browser
    must have had nothing to complain of, and have asked nobody else for anything.

    @ivar driver: The browser.

    @ivar socket: Where the daemon listens.

    @ivar allowed: What the browser may complain of after all: regular expressions.
    """

    skip = MISSING
    allowed: tuple[str, ...] = ()

    def setUp(self) -> None:
        """
        Have a browser, and a daemon.
        """
        self.driver = _browser()
        self.socket = _daemon()

    def visit(self, socket: str | None = None, fragment: str = "") -> None:
        """
        Load the page.

        @param socket: Of which daemon.
        """
        self.socket = socket or self.socket
        self.page = self.socket.replace("ws", "http", 1).removesuffix("socket")
        self.driver.get("about:blank")  # else another fragment would load nothing
        self.driver.get_log("browser")
        self.resize(1280, 800)
        self.prefer("light")
        self.addCleanup(self.driver.get, "about:blank")  # hangs up
        self.addCleanup(self.assertClean)
        self.driver.get(self.page + fragment)
        until(lambda: self.script("return window.echoConsole"), "the page's script")

    def resize(self, width: int, height: int) -> None:
        """
        Give the page so much room.
        """
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """
        Ask the page for C{light} or C{dark}.
        """
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.command("Emulation.setEmulatedMedia", features=[feature])

    def settle(self) -> None:
        """
        Wait until everything is drawn, and no colour is on its way to another.
        """
        self.driver.execute_async_script(_SETTLED)

    def command(self, name: str, **parameters: Any) -> Any:
        """
        Tell the browser what WebDriver has no words for.
        """
        return self.driver.execute_cdp_cmd(name, parameters)

    def script(self, code: str, *arguments: Any) -> Any:
        """
        @return: What a function's body returns.
        """
        return self.driver.execute_script(code, *arguments)

    def find(self, name: str) -> WebElement:
        """
        @return: The element with an id.
        """
        return self.driver.find_element("id", name)

    def text(self, name: str) -> str:
        """
        @return: What is to be read there.
        """
        return self.find(name).text

    def fill(self, name: str, value: str | bool) -> None:
        """
        Set a field.
        """
        self.script(_FILL, name, value)

    def click(self, name: str) -> None:
        """
        Click on it, which takes that it can be seen.
        """
        self.find(name).click()

    def keys(self, *keys: str) -> None:
        """
        Press keys, wherever the focus is.
        """
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def connect(self, socket: str | None = None, **knobs: str | bool) -> None:
        """
        Press Connect, and wait until it is.
        """
        self.dial(socket, **knobs)
        self.until("open")

    def dial(self, socket: str | None = None, **knobs: str | bool) -> None:
        """
        Press Connect.
        """
        if socket:
            self.fill("url", socket)
        for name, value in knobs.items():
            self.fill(f"knob-{name}", value)
        self.click("connect")

    def until(self, state: str) -> None:
        """
        Wait for a state of the connection.
        """
        until(lambda: self.state() == state, f"the connection to be {state}")

    def state(self) -> str | None:
        """
        @return: The state of the connection.
        """
        return self.find("state").get_attribute("data-state")

    def send(self, message: str, kind: str = "text") -> None:
        """
        Send a message.
        """
        self.fill("kind", kind)
        self.fill("message", message)
        self.click("send")

    def statistic(self, name: str) -> float:
        """
        @return: A number of the statistics.
        """
        shown = self.script(_TEXT, f"stat-{name}")
        shown = re.sub(r"[^\d.]", "", shown)
        return float(shown) if shown else -1

    def counted(self, **counts: int) -> None:
        """
        Wait until so many are counted, and the log shows them, too.
        """
        for name, count in counts.items():
            until(lambda: self.statistic(name) == count, f"{name} to be {count}")  # noqa: B023  called at once
        self.settle()

    def rows(self, direction: str | None = None) -> list[dict[str, Any]]:
        """
        @return: The rows of the log that are drawn, of one direction or all: what
            they are, and what is in their C{cells}.
        """
        rows: list[dict[str, Any]] = self.script(_ROWS)
        return [row for row in rows if direction in (None, row["direction"])]

    def payloads(self, direction: str | None = None) -> list[str]:
        """
        @return: What those rows say.
        """
        return [row["cells"]["payload"] for row in self.rows(direction)]

    def select(self, index: int, direction: str | None = None) -> None:
        """
        Click on one of those rows.
        """
        which = f'[data-direction="{direction}"]' if direction else ""
        rows = self.driver.find_elements("css selector", f"#log .row{which}")
        rows[index].click()

    def assertClean(self) -> None:
        """
        Assert that the page did nothing that a browser complains of, and had
        nothing from anybody else.
        """
        complaints = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE"
            and not any(re.search(each, entry["message"]) for each in self.allowed)
        ]
        self.assertEqual(complaints, [])
        names = self.script(
            'return performance.getEntriesByType("resource").map(each => each.name)'
        )
        foreign = [name for name in names if not name.startswith(self.page)]
        self.assertEqual(foreign, [])
