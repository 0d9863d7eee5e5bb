"""
Two connections side by side.
"""

from tests.kit.processes import PATIENCE, until
from tests.system.console import axe
from tests.system.console.page import EXTENT, VisitedTestCase

_CELLS = """
return [...document.getElementById("compared-" + arguments[0]).cells]
    .map(cell => cell.textContent);
"""

_OF_SECOND = """
return [...document.querySelectorAll('#log .row[data-connection="2"]')]
    .map(row => row.querySelector(".direction").textContent.trim());
"""

#: Draws a round trip of each connection, and returns whether its mark is a disc.
_DISCS = """
const done = arguments[arguments.length - 1];
const pen = CanvasRenderingContext2D.prototype;
const {arc} = pen;
import(new URL("console/chart.js", document.baseURI)).then(({Chart}) => {
    done([1, 2].map(connection => {
        const chart = new Chart(document.getElementById("chart"));
        let isDisc = false;
        pen.arc = function (...rest) { isDisc = true; arc.apply(this, rest); };
        chart.add(60000, 1, connection);
        chart.draw(60000);
        pen.arc = arc;
        return isDisc;
    }));
});
"""

#: The words of the table that are broken into two lines.
_BROKEN = """
const range = document.createRange();
return [...document.querySelectorAll("#comparison :is(th, td)")].flatMap(cell => {
    const words = cell.textContent.trim().split(/\\s+/);
    return words.filter(word => {
        const text = [...cell.childNodes].find(node => node.data?.includes(word));
        if (!text) return false;
        const start = text.data.indexOf(word);
        range.setStart(text, start);
        range.setEnd(text, start + word.length);
        return range.getClientRects().length > 1;
    });
});
"""

_STATE = "return echoConsole.second.state"


class ComparisonTests(VisitedTestCase):
    """
    The second URL has a delay of 100 ms, as a slow proxy.
    """

    def connectBoth(self, query: str = "?delay=100ms") -> None:
        self.fill("second", self.socket + query)
        self.connect()
        until(lambda: self.script(_STATE) == "open", "the second connection")

    def cells(self, name: str) -> list[str]:
        """
        @return: A row of the table: its title, both figures, and their difference.
        """
        cells: list[str] = self.script(_CELLS, name)
        return cells

    def shown(self, name: str, *cells: str) -> None:
        """
        Wait until a row has these cells after its title.
        """
        until(lambda: self.cells(name)[1:] == list(cells), f"{name} to be {cells}")

    def states(self, first: str, second: str) -> None:
        """
        Wait until the page shows these states.
        """
        text = f"First: {first}. Second: {second}."
        until(lambda: self.text("compared-states") == text, text)

    def test_figuresAndDifferences(self) -> None:
        """
        Each message is sent on both, and a close as well.
        """
        self.connectBoth()
        for number in range(3):
            self.send(str(number))
        self.shown("received", "3", "3", "0")
        self.states("Connected", "Connected")
        title, _, second, difference = self.cells("mean")
        self.assertEqual(title, "Mean")
        self.assertGreaterEqual(float(second.removesuffix(" ms")), 100)
        self.assertGreater(float(difference.strip("+ ms")), 50)
        self.assertEqual(self.cells("p99")[1:], ["–", "–", "–"])  # noqa: RUF001  "no value"
        self.assertFalse(self.find("statistics").is_displayed())
        directions = self.script(_OF_SECOND)
        self.assertEqual(
            sorted(directions), ["event", *["received"] * 3, *["sent"] * 3]
        )
        until(
            lambda: (
                "second connection: 3 round trips"
                in (self.find("chart").accessible_name or "")
            ),
            "the second connection in the chart's label",
        )
        self.fill("close-code", "4000")
        self.click("close")
        self.states("Closed 4000", "Closed 4000")

    def test_repeatedOnBothAfterReload(self) -> None:
        """
        The page's URL holds the second URL.
        """
        second = self.socket + "?delay=100ms"
        self.fill("second", second)
        self.driver.refresh()
        self.assertEqual(self.find("second").get_attribute("value"), second)
        self.connect()
        until(lambda: self.script(_STATE) == "open", "the second connection")
        self.fill("every", "5")
        self.click("repeat")
        until(lambda: self.script("return echoConsole.second.received") >= 3, "echoes")
        self.click("repeat")
        sent = self.cells("sent")
        self.assertEqual(sent[1:], [sent[1], sent[1], "0"])

    def test_marksDifferInShape(self) -> None:
        self.driver.set_script_timeout(PATIENCE)
        self.assertEqual(self.driver.execute_async_script(_DISCS), [True, False])

    def test_lossOnOneConnectionOnly(self) -> None:
        """
        The first one goes on.
        """
        self.connectBoth("?close=4001&after=1")
        self.send("one")
        until(lambda: self.script(_STATE) == "closed", "the close by the server")
        self.states("Connected", "Closed 4001")
        self.send("two")
        self.shown("received", "2", "1", "−1")  # noqa: RUF001  a minus sign

    def test_secondIsRefused(self) -> None:
        self.allowed = ("failed: .*503", "status of 426")
        self.fill("second", self.socket + "?status=503")
        self.connect()
        until(lambda: self.script(_STATE) == "closed", "the refusal")
        self.states("Connected", "Refused")

    def test_wrongURLIsNamed(self) -> None:
        self.fill("second", "http://localhost/")
        self.assertEqual(self.find("second").get_attribute("aria-invalid"), "true")
        self.assertIn("begins with ws:// or wss://", self.find("target").text)

    def test_oneConnectionAgain(self) -> None:
        self.connectBoth()
        self.click("connect")
        self.until("closed")
        self.fill("second", "")
        self.connect()
        self.assertFalse(self.find("comparison").is_displayed())
        self.assertTrue(self.find("statistics").is_displayed())

    def test_narrowAndAccessible(self) -> None:
        self.connectBoth()
        for number in range(3):
            self.send(str(number))
        self.shown("received", "3", "3", "0")
        for width in (1024, 1280, 320):
            self.resize(width, 700)
            self.settle()
            extent = self.script(EXTENT)
            self.assertLessEqual(extent["scrollWidth"], extent["clientWidth"])
            self.assertEqual(self.script(_BROKEN), [], width)
        if axe.MISSING is None:
            self.assertEqual(axe.violations(self.driver), [])
