"""
Two connections side by side.
"""

from tests.kit.processes import until
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

    def test_figuresAndDifferences(self) -> None:
        """
        Each message is sent on both.
        """
        self.connectBoth()
        for number in range(3):
            self.send(str(number))
        self.shown("received", "3", "3", "0")
        self.shown("state", "Connected", "Connected", "")
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
        self.assertIn("second=ws", self.driver.current_url)
        self.click("connect")
        self.until("closed")
        until(lambda: self.script(_STATE) == "closed", "the second end")

    def test_lossOnOneConnectionOnly(self) -> None:
        """
        The first one goes on.
        """
        self.connectBoth("?close=4001&after=1")
        self.send("one")
        until(lambda: self.script(_STATE) == "closed", "the close by the server")
        self.shown("state", "Connected", "Closed 4001", "")
        self.send("two")
        self.shown("received", "2", "1", "−1")  # noqa: RUF001  a minus sign

    def test_secondIsRefused(self) -> None:
        self.allowed = ("failed: .*503", "status of 426")
        self.fill("second", self.socket + "?status=503")
        self.connect()
        until(lambda: self.script(_STATE) == "closed", "the refusal")
        self.shown("state", "Connected", "Refused", "")

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
        self.resize(320, 700)
        self.settle()
        extent = self.script(EXTENT)
        self.assertLessEqual(extent["scrollWidth"], extent["clientWidth"])
        if axe.MISSING is None:
            self.assertEqual(axe.violations(self.driver), [])
