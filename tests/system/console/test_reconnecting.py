"""
The switch that connects again after a loss.
"""

import signal
from pathlib import Path
from typing import Any

from tests.kit.processes import DaemonProcess, freePort, until
from tests.system.console.browser import FAILED, ConsoleTestCase

_ENTRIES = """
const {log} = echoConsole;
return Array.from({length: log.length}, (_, index) => log.entries(index))
    .map(({type, payload}) => [type, payload]);
"""

#: Returns the pixels of the chart that have the colour of outages.
_OUTAGE_PIXELS = """
const chart = document.getElementById("chart");
const colour = getComputedStyle(chart).textDecorationColor.match(/\\d+/g).map(Number);
const {data} = chart.getContext("2d").getImageData(0, 0, chart.width, chart.height);
let count = 0;
for (let i = 0; i < data.length; i += 4) {
    const isColour = colour.every((part, at) => Math.abs(part - data[i + at]) < 4);
    if (data[i + 3] > 0 && isColour) count++;
}
return count;
"""

_COUNT_SOCKETS = """
window.sockets = 0;
window.WebSocket = class extends WebSocket {
    constructor(...request) { super(...request); window.sockets++; }
};
"""


class ReconnectTests(ConsoleTestCase):
    """
    Losses with the switch on, and how to stop the attempts.
    """

    def entries(self) -> list[Any]:
        """
        @return: The types and payloads of the log.
        """
        entries: list[Any] = self.script(_ENTRIES)
        return entries

    def test_daemonRestarts(self) -> None:
        """
        The page connects to the second daemon, goes on counting, and shows the outage
        in the log and in the chart. The second daemon is killed: the attempts end when
        the switch is turned off.
        """
        self.allowed = (FAILED, "ERR_CONNECTION_REFUSED")
        directory = Path(self.mktemp())
        directory.mkdir()

        def start(port: int) -> DaemonProcess:
            daemon = DaemonProcess(
                directory, "--listen", f"tcp:{port}:interface=127.0.0.1"
            )
            self.addCleanup(daemon.end)
            return daemon

        port = freePort()
        first = start(port)
        self.visit(first.url())
        self.fill("reconnect", True)
        self.connect()
        self.send("hello")
        self.counted(sent=1, received=1)
        first.signal()
        self.until("waiting")
        self.assertEqual(self.text("state"), "Reconnecting…")
        self.assertIn("1001", self.text("close-meaning"))
        first.wait()
        until(lambda: self.entries()[-1][0] == "note", "a failed attempt")
        second = start(port)
        second.url()
        self.until("open")
        self.assertEqual(self.text("close-meaning"), "")
        self.send("hello")
        self.counted(sent=2, received=2)
        types, payloads = zip(*self.entries(), strict=True)
        self.assertEqual(
            types,
            (
                *("open", "text", "text", "close"),
                *("note", "open", "note", "text", "text"),
            ),
        )
        self.assertIn("first attempt to reconnect failed", payloads[4])
        self.assertRegex(payloads[6], r"^Outage \d+(\.\d+)? s, \d+ attempts?$")
        until(lambda: self.script(_OUTAGE_PIXELS) > 50, "the outage in the chart")
        label = self.find("chart")
        until(lambda: "outage of" in str(label.get_attribute("aria-label")), "it")
        second.signal(signal.SIGKILL)
        self.until("waiting")
        self.assertIn("developer tools", self.text("close-meaning"))
        self.fill("reconnect", False)
        self.until("closed")
        self.assertEqual(self.text("state"), "Closed 1006")
        self.assertIn("not reconnected: stopped after", self.entries()[-1][1])
        self.script(_COUNT_SOCKETS)
        self.script("return new Promise(go => setTimeout(go, 300))")
        self.assertEqual(self.script("return sockets"), 0)

    def test_endByUserIsFinal(self) -> None:
        """
        Disconnect, the close with a code, and Stop during an outage end it. So does a
        first attempt that fails.
        """
        self.allowed = (FAILED, "status of 426")
        self.visit(fragment="#reconnect=1")
        for button in ("connect", "close"):
            self.connect()
            self.click(button)
            self.until("closed")
        self.dial(status="503")
        self.until("closed")
        until(lambda: "503" in self.text("close-meaning"), "the status")
        self.script(_COUNT_SOCKETS)
        self.dial(status="", close="4001")
        self.until("waiting")
        self.assertEqual(self.text("connect"), "Stop")
        self.click("connect")
        self.until("closed")
        count = self.script("return sockets")
        self.script("return new Promise(go => setTimeout(go, 300))")
        self.assertEqual(self.script("return sockets"), count)

    def test_repeatingGoesOn(self) -> None:
        """
        The messages of an outage are not sent.
        """
        self.visit(fragment="#reconnect=1&every=20&close=1012&after=5")
        self.connect()
        self.click("repeat")
        until(lambda: self.statistic("received") >= 12, "the third connection")
        self.click("repeat")
        outages = [text for _, text in self.entries() if text.startswith("Outage")]
        self.assertGreaterEqual(len(outages), 2)
        self.assertTrue(all(outage.endswith(" 1 attempt") for outage in outages))
