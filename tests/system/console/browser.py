"""
A headless browser, and the console page in it.

All tests of a process share one browser, which takes longer to start than most of them
to run. Each test loads the page anew.
"""

import atexit
import functools
import os
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

_CHROMIUM = shutil.which(os.environ.get("CHROMIUM", ""))
_DRIVER = shutil.which("chromedriver")

#: Why tests are skipped, or None. They take longer than all others together, so a run
#: must ask for them.
MISSING = (
    None
    if _CHROMIUM and _DRIVER
    else "no browser: install chromium and chromedriver (Debian: chromium-driver), and"
    " set CHROMIUM to the browser's name or path"
)

_SWITCHES = (
    "--headless=new",
    "--no-sandbox",  # containers cannot provide one
    "--disable-dev-shm-usage",  # containers have little shared memory
    "--disable-gpu",
    "--disable-quic",
    "--disable-features=BackForwardCache",  # its pages keep their sockets
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Chromium's own log line on a failed connection, as a regular expression.
FAILED = r"WebSocket connection to '[^']*' failed: "


@functools.cache
def _browser() -> Chrome:
    profile = TemporaryDirectory(
        prefix="chromium", dir=Path.cwd(), ignore_cleanup_errors=True
    )
    options = ChromeOptions()
    options.binary_location = str(_CHROMIUM)
    for switch in (*_SWITCHES, f"--user-data-dir={profile.name}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Without its path, Selenium looks for the driver on the network.
    driver = Chrome(options, Service(str(_DRIVER)))
    atexit.register(profile.cleanup)
    atexit.register(driver.quit)
    return driver


@functools.cache
def _daemon() -> str:
    """
    @return: The URL of the daemon that all tests of the process share.
    """
    server = echoServer()
    url = server.__enter__()
    atexit.register(server.__exit__, None, None, None)
    return url


#: Sets a field, and fires the events of a person's input.
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
    Opens the page, and uses it as a person would. At the end of a test the browser must
    have logged no error, and have loaded nothing from another host.

    @ivar driver: The browser.

    @ivar socket: The daemon's URL.

    @ivar allowed: Regular expressions for errors that the browser may log.
    """

    skip = MISSING
    allowed: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.driver = _browser()
        self.socket = _daemon()

    def visit(self, socket: str | None = None, fragment: str = "") -> None:
        """
        Load the page.

        @param socket: The daemon's URL.
        """
        self.socket = socket or self.socket
        self.page = self.socket.replace("ws", "http", 1).removesuffix("socket")
        self.driver.get("about:blank")  # a mere change of the fragment loads nothing
        self.driver.get_log("browser")
        self.resize(1280, 800)
        self.prefer("light")
        # Messages of earlier tests.
        origin = self.page.rstrip("/")
        self.command(
            "Storage.clearDataForOrigin", origin=origin, storageTypes="local_storage"
        )
        self.addCleanup(self.driver.get, "about:blank")  # closes its connections
        self.addCleanup(self.assertClean)
        self.driver.get(self.page + fragment)
        until(lambda: self.script("return window.echoConsole"), "the page's script")

    def resize(self, width: int, height: int) -> None:
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """
        Choose the colour scheme: C{light} or C{dark}.
        """
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.command("Emulation.setEmulatedMedia", features=[feature])

    def settle(self) -> None:
        """
        Wait until the page is drawn, and its animations are over.
        """
        self.driver.execute_async_script(_SETTLED)

    def command(self, name: str, **parameters: Any) -> Any:
        """
        Run a command of Chromium's, for which WebDriver has none.
        """
        return self.driver.execute_cdp_cmd(name, parameters)

    def script(self, code: str, *arguments: Any) -> Any:
        """
        @return: The result of a function's body.
        """
        return self.driver.execute_script(code, *arguments)

    def find(self, name: str) -> WebElement:
        """
        @return: The element with an id.
        """
        return self.driver.find_element("id", name)

    def text(self, name: str) -> str:
        return self.find(name).text

    def fill(self, name: str, value: str | bool) -> None:
        """
        Set a field.
        """
        self.script(_FILL, name, value)

    def content(self, name: str) -> str:
        """
        @return: The text of an element that may be hidden.
        """
        content: str = self.script(_TEXT, name)
        return content

    def click(self, name: str) -> None:
        """
        Click on an element, which must be visible.
        """
        self.find(name).click()

    def keys(self, *keys: str) -> None:
        """
        Press keys.
        """
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def connect(self, socket: str | None = None, **parameters: str | bool) -> None:
        """
        Press Connect, and wait for the connection.
        """
        self.dial(socket, **parameters)
        self.until("open")

    def dial(self, socket: str | None = None, **parameters: str | bool) -> None:
        """
        Press Connect.
        """
        if socket:
            self.fill("url", socket)
        for name, value in parameters.items():
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
        self.fill("kind", kind)
        self.fill("message", message)
        self.click("send")

    def statistic(self, name: str) -> float:
        """
        @return: A figure of the statistics, or -1 if it is empty.
        """
        shown = re.sub(r"[^\d.]", "", self.content(f"stat-{name}"))
        return float(shown) if shown else -1

    def counted(self, **counts: int) -> None:
        """
        Wait until the page shows these counts, and has drawn the log.
        """
        for name, count in counts.items():
            until(lambda: self.statistic(name) == count, f"{name} to be {count}")  # noqa: B023  called at once
        self.settle()

    def rows(self, direction: str | None = None) -> list[dict[str, Any]]:
        """
        @return: The drawn rows of the log, of one direction or all: their data, and the
            texts of their C{cells}.
        """
        rows: list[dict[str, Any]] = self.script(_ROWS)
        return [row for row in rows if direction in (None, row["direction"])]

    def payloads(self, direction: str | None = None) -> list[str]:
        """
        @return: The payloads of these rows.
        """
        return [row["cells"]["payload"] for row in self.rows(direction)]

    def select(self, index: int, direction: str | None = None) -> None:
        """
        Click on one of these rows.
        """
        which = f'[data-direction="{direction}"]' if direction else ""
        rows = self.driver.find_elements("css selector", f"#log .row{which}")
        rows[index].click()

    def assertClean(self) -> None:
        """
        Assert that the browser logged no error, and loaded nothing from another host.
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
