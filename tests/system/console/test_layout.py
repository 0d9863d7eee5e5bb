"""
The page at all sizes of the screen.
"""

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase
from tests.system.console.page import CONTROLS, EXTENT, OPEN_PARAMETERS

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
