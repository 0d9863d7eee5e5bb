"""
The page at all sizes of the screen.
"""

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import CONTROLS, EXTENT, IN_SIGHT, OPEN_PARAMETERS

#: Shows the longest possible figures.
_LONG_FIGURES = """
for (const name of ["sent", "received", "waiting"]) {
    document.getElementById(`stat-${name}`).textContent = "100,000";
}
for (const name of ["min", "median", "p99", "max"]) {
    document.getElementById(`stat-${name}`).textContent = "12345 ms";
}
"""


#: Counts the pairs of elements whose contents overlap.
_OVERLAPS = """
const boxes = [...document.querySelectorAll(arguments[0])].map(element => {
    if (element.localName === "input") return element.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
});
let overlaps = 0;
for (const [index, one] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
        const isBeside = one.right <= other.left || other.right <= one.left;
        const isApart = one.bottom <= other.top || other.bottom <= one.top;
        if (!isBeside && !isApart) overlaps++;
    }
}
return overlaps;
"""


#: Counts the drawn pixels at the lower edge of the chart, which is empty unless the
#: chart is cut off.
_CUT = """
const chart = document.getElementById("chart");
const edge = chart.getContext("2d").getImageData(0, chart.height - 1, chart.width, 1);
return edge.data.filter(each => each > 0).length;
"""


_PANE = """
const {scrollWidth, clientWidth} = document.querySelector(".side");
return {scrollWidth, clientWidth};
"""


#: The width of the last sent message as a part of the row's, and whether it is cut.
_LAST_MESSAGE = """
const row = [...document.querySelectorAll('#log [data-direction="sent"]')].at(-1);
const payload = row.querySelector(".payload");
const range = document.createRange();
range.selectNodeContents(payload);
return {
    isCut: payload.scrollWidth > payload.clientWidth,
    part: range.getBoundingClientRect().width / row.clientWidth,
};
"""


#: Whether the row of the last sent message is on the screen, and not scrolled away in
#: the log.
_SENT_IN_SIGHT = """
const row = [...document.querySelectorAll('#log [data-direction="sent"]')].at(-1);
if (!row) return false;
const {top, bottom} = row.getBoundingClientRect();
const log = document.getElementById("log").getBoundingClientRect();
return top >= log.top && bottom <= Math.min(log.bottom, innerHeight) + 1;
"""


#: Whether rows fill the log: above the first one is the head at most.
_IS_FULL = """
const log = document.getElementById("log").getBoundingClientRect();
const row = document.querySelector("#log .row").getBoundingClientRect();
return row.top <= log.top + row.height + 1;
"""

#: JSON of 70 bytes.
_JSON = '{"id": 12, "method": "subscribe", "params": ["ticker", "EURUSD", 100]}'


class LayoutTests(ConsoleTestCase):
    """
    Narrow, wide, and with large letters.
    """

    def test_noSidewaysScrolling(self) -> None:
        self.visit()
        self.connect()
        self.send("x" * 3000)
        self.counted(received=1)
        self.script(OPEN_PARAMETERS)
        for width in (360, 1280, 2560):
            self.resize(width, 900)
            root = self.script(EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            for name in CONTROLS:
                rectangle = self.find(name).rect
                self.assertGreater(rectangle["width"], 0, f"{name} at {width}")
                self.assertGreaterEqual(rectangle["x"], 0, f"{name} at {width}")
                self.assertLessEqual(
                    rectangle["x"] + rectangle["width"],
                    root["clientWidth"],
                    f"{name} at {width}",
                )

    def test_longChipIsCut(self) -> None:
        self.visit()
        self.fill("knob-reason", "very long indeed " * 20)
        for width in (360, 1280, 2560):
            self.resize(width, 900)
            root = self.script(EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            form, chips = self.find("connection").rect, self.find("knob-chips").rect
            self.assertLessEqual(chips["width"], form["width"], width)
            chip = self.find("knob-chips").find_element("tag name", "button").rect
            self.assertLessEqual(chip["width"], form["width"], width)
            pane = self.script(_PANE)
            self.assertLessEqual(pane["scrollWidth"], pane["clientWidth"], width)

    def test_longFiguresDoNotOverlap(self) -> None:
        self.visit()
        for width in (320, 360, 480, 1280, 1900, 2560):
            self.resize(width, 800)
            self.settle()
            self.assertFiguresApart(width)

    def assertFiguresApart(self, width: int) -> None:
        """
        Assert that long figures do not overlap.
        """
        self.script(_LONG_FIGURES)
        self.assertEqual(
            self.script(_OVERLAPS, "#statistics dt, #statistics dd"), 0, width
        )

    def test_lettersOfTwiceTheSize(self) -> None:
        self.visit()
        self.command("Page.setFontSizes", fontSizes={"standard": 32, "fixed": 26})
        self.addCleanup(
            self.command, "Page.setFontSizes", fontSizes={"standard": 16, "fixed": 13}
        )
        self.script(OPEN_PARAMETERS)
        for width in (360, 1280):
            self.resize(width, 800)
            self.settle()
            root = self.script(EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            for fields in (
                "#knobs label:not(.flag), #knobs label + input",
                "#closing label, #closing input, #closing button",
            ):
                self.assertEqual(self.script(_OVERLAPS, fields), 0, (width, fields))
            self.assertFiguresApart(width)
            self.assertEqual(self.script(_CUT), 0, width)

    def test_logFollowsNewestAtEachSize(self) -> None:
        self.visit()
        self.connect(repeat="50")
        self.send("hello")
        self.send("last")
        self.counted(received=100)
        for width, height in ((360, 800), (1280, 800), (1280, 600), (2560, 1200)):
            self.resize(width, height)
            self.settle()
            until(
                lambda: "last" in self.payloads("received"),
                f"the newest message at {width} by {height}",
            )
            self.assertFalse(self.find("follow").is_displayed())
            until(lambda: self.script(_IS_FULL), f"a full log at {width} by {height}")

    def test_chartIsHighEnough(self) -> None:
        self.visit()
        for width in (320, 800, 1024, 1280, 2560):
            self.resize(width, 700)
            self.settle()
            self.assertGreaterEqual(self.find("chart").rect["height"], 120, width)

    def test_composerIsBelowLog(self) -> None:
        """
        At every width, as in a chat.
        """
        self.visit()
        for width in (320, 400, 800, 1280, 2560):
            self.resize(width, 800)
            self.settle()
            log, composer = self.find("log").rect, self.find("sender").rect
            gap = composer["y"] - log["y"] - log["height"]
            self.assertTrue(0 <= gap < 20, (width, gap))
            self.assertAlmostEqual(composer["x"], log["x"], delta=2)

    def test_sentMessageIsInSightOnPhones(self) -> None:
        """
        Nobody needs to scroll to connect, to send, or to see the message.
        """
        self.visit()
        self.resize(320, 568)
        self.connect()
        for width, height in ((320, 568), (360, 640), (400, 800)):
            self.resize(width, height)
            self.settle()
            self.send(_JSON)
            self.settle()
            self.assertEqual(self.script("return scrollY"), 0, width)
            for name in ("connect", "message", "send"):
                self.assertTrue(self.script(IN_SIGHT, name), (name, width))
            until(lambda: self.script(_SENT_IN_SIGHT), f"the message at {width}")

    def test_messageFillsRow(self) -> None:
        """
        JSON of 70 bytes is not cut from 1280 pixels on. On a wide screen, it takes most
        of the row.
        """
        self.visit()
        self.connect()
        self.send(_JSON)
        self.counted(received=1)
        for width in (1280, 1440, 1920, 2560):
            self.resize(width, 800)
            self.settle()
            message = self.script(_LAST_MESSAGE)
            self.assertFalse(message["isCut"], width)
            self.assertGreater(message["part"], 0.5, width)

    def test_connectStaysBesideURL(self) -> None:
        """
        It stays in sight with the parameters open.
        """
        self.visit()
        self.script(OPEN_PARAMETERS)
        for width in (320, 1280):
            self.resize(width, 700)
            self.script('document.getElementById("knob-status").scrollIntoView()')
            self.settle()
            self.assertTrue(self.script(IN_SIGHT, "connect"), width)
            url, connect = self.find("url").rect, self.find("connect").rect
            self.assertEqual(url["y"], connect["y"], width)
