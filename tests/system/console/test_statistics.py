"""
Figures, the chart, and the round trips that they count.
"""

import re
from typing import cast

from tests.kit.processes import PATIENCE, until
from tests.system.console.page import CLICK, ConnectedTestCase, VisitedTestCase

#: Counts the pixels of the chart that are neither black nor white nor grey.
_COLOURED = """
const chart = document.getElementById("chart");
const {data} = chart.getContext("2d").getImageData(0, 0, chart.width, chart.height);
let coloured = 0;
for (let at = 0; at < data.length; at += 4) {
    const colour = data.subarray(at, at + 3);
    const isSolid = data[at + 3] > 200;
    if (isSolid && Math.max(...colour) - Math.min(...colour) > 80) coloured++;
}
return coloured;
"""

#: Sends a number of messages.
_SEND = """
for (let i = 0; i < arguments[0]; i++) echoConsole.session.send(`message ${i}`);
"""

#: Adds round trips to the session's chart as if they had just arrived, and returns
#: the labels of the scale from the bottom: the chart draws them as text.
_DRAW = """
const labels = [];
const {fillText} = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    labels.push(text);
    return fillText.call(this, text, ...rest);
};
const done = arguments[arguments.length - 1];
import(new URL("console/chart.js", document.baseURI)).then(({Chart}) => {
    const chart = new Chart(document.getElementById("chart"));
    chart.isLogarithmic = arguments[1];
    const now = 60000;
    arguments[0].forEach((value, i) => chart.add(now - 200 * i, value, 1));
    labels.length = 0;
    chart.draw(now);
    CanvasRenderingContext2D.prototype.fillText = fillText;
    done(labels);
}).catch(error => done([String(error)]));
"""


class StatisticsTests(ConnectedTestCase):
    """
    Figures and chart.
    """

    def test_roundTripsAreInOrder(self) -> None:
        for number in range(5):
            self.send(str(number))
        self.counted(sent=5, received=5)
        shown = [self.statistic(name) for name in ("min", "mean", "max")]
        self.assertEqual(shown, sorted(shown))
        self.assertGreaterEqual(shown[0], 0)

    def test_percentilesFrom100Samples(self) -> None:
        """
        With fewer, the page says how many there are.
        """
        shown = ("min", "median", "p99", "max")
        self.script(_SEND, 99)
        self.counted(sent=99, received=99)
        note = "Percentiles need 100 round trips: 99 so far."
        until(lambda: self.content("samples") == note, "the number of samples")
        self.assertEqual([self.statistic("median"), self.statistic("p99")], [-1, -1])
        self.script(_SEND, 1)
        self.counted(sent=100, received=100)
        note = "Percentiles of 100 round trips."
        until(lambda: self.content("samples") == note, "percentiles")
        figures = [self.statistic(name) for name in shown]
        self.assertEqual(figures, sorted(figures))

    def test_clockIsFine(self) -> None:
        """
        The page is isolated, so the clock's steps are those of Chromium's finest, or
        less fine on a busy machine.
        """
        self.assertIs(self.script("return crossOriginIsolated"), True)
        shown = re.fullmatch(
            r"The browser's clock has steps of (\d+) µs\.",
            self.content("clock"),
        )
        assert shown is not None
        self.assertLess(int(shown[1]), 100)

    def test_chartInBothColourSchemes(self) -> None:
        """
        The chart's label has the numbers in words.
        """
        self.assertEqual(self.script(_COLOURED), 0)
        for number in range(3):
            self.send(str(number))
        self.counted(received=3)
        for scheme in ("dark", "light"):
            self.prefer(scheme)
            until(lambda: self.script(_COLOURED), "round trips to be drawn")
        until(
            lambda: "3 round trips" in (self.find("chart").accessible_name or ""),
            "numbers in its label",
        )

    def test_chartRestartsWithConnection(self) -> None:
        self.send("hello")
        self.counted(received=1)
        until(lambda: self.script(_COLOURED), "a round trip to be drawn")
        self.click("connect")
        self.until("closed")
        self.connect()
        until(lambda: not self.script(_COLOURED), "the round trip to disappear")
        self.assertEqual(self.find("chart").accessible_name, "No round trips yet")
        self.counted(received=0)


class ScaleTests(VisitedTestCase):
    """
    The vertical scale of the chart.
    """

    def labels(self, *values: float, isLogarithmic: bool = False) -> list[str]:
        """
        @return: The chart's texts.
        """
        self.driver.set_script_timeout(PATIENCE)
        labels = self.driver.execute_async_script(_DRAW, values, isLogarithmic)
        return cast("list[str]", labels)

    def test_firstMessageDoesNotFlatten(self) -> None:
        labels = self.labels(0.4, 0.4, 0.4, 0.4, 12)
        self.assertEqual(labels[:5], ["0", "0.1", "0.2", "0.3", "0.4 ms"])
        self.assertIn("▲ above the scale, up to 12.0 ms", labels)

    def test_spreadIsNotCut(self) -> None:
        labels = self.labels(0.4, 0.6, 0.9, 1)
        self.assertIn("1 ms", labels)
        self.assertFalse([text for text in labels if "above" in text])

    def test_logarithmicScaleHasAll(self) -> None:
        labels = self.labels(0.4, 0.4, 0.4, 0.4, 120, isLogarithmic=True)
        self.assertEqual(labels[:5], ["0.1", "1", "10", "100", "1000 ms"])
        self.assertFalse([text for text in labels if "above" in text])

    def test_switchIsInTheURL(self) -> None:
        self.find("log-scale").click()
        until(lambda: "logarithmic=1" in self.driver.current_url, "the switch")


class LostTests(VisitedTestCase):
    """
    Messages without an echo at the end of their connection.
    """

    def test_lostAreCounted(self) -> None:
        self.connect(mute="1")
        self.script(_SEND, 3)
        self.counted(sent=3, received=0)
        self.assertEqual(self.find("stat-lost").text, "0")
        self.find("connect").click()
        self.until("closed")
        until(lambda: self.find("stat-lost").text == "3", "the lost messages")
        self.assertEqual(self.find("stat-waiting").text, "0")


class RoundTripTests(VisitedTestCase):
    """
    Round trips of repeated, dropped and identical messages.
    """

    def trips(self, direction: str) -> list[str]:
        """
        @return: The round trips in the rows of a direction.
        """
        return [row["cells"]["rtt"] for row in self.rows(direction)]

    def test_copiesOfIdenticalMessagesHaveNone(self) -> None:
        """
        With C{repeat}, an echo of a payload that was sent twice may belong to either
        message, so the page shows no round trip. Other messages have one.
        """
        self.resize(1280, 1600)  # all rows are in sight
        self.connect(repeat="3", delay="200ms")
        self.fill("message", "same")
        self.script(CLICK, *["send"] * 3)
        self.send("other")
        self.counted(sent=4, received=12)
        until(lambda: len(self.rows()) == 17, "all of them")
        self.assertEqual(self.trips("sent")[:3], ["", "", ""])
        self.assertRegex(self.trips("sent")[3], "ms$")
        self.assertEqual(self.trips("received")[:9], [""] * 9)
        self.assertEqual(self.trips("received")[10:], ["", ""])
        self.assertGreaterEqual(self.statistic("min"), 200)
        self.assertEqual(self.statistic("min"), self.statistic("max"))
        self.assertEqual(self.text("stat-waiting"), "≥ 0")

    def test_firstRoundTripSurvivesSecondMessage(self) -> None:
        """
        An echo that arrived while its payload was unique keeps its round trip. Echoes
        after a second message of that payload have none.
        """
        self.connect(dup="1")
        self.send("same")
        self.counted(sent=1, received=2, waiting=0)
        self.assertEqual(self.text("stat-waiting"), "0")
        self.send("same")
        self.counted(sent=2, received=4)
        until(lambda: len(self.rows()) == 7, "all of them")
        self.assertRegex(self.trips("received")[0], "ms$")
        self.assertEqual(self.trips("received")[1:], ["", "", ""])
        self.assertRegex(self.trips("sent")[0], "ms$")
        self.assertEqual(self.trips("sent")[1:], [""])

    def test_waitingThenNone(self) -> None:
        """
        A unique message without an echo shows C{waiting}, and C{none} after the end of
        the connection. Identical messages show neither.
        """
        self.connect(drop="1")
        for message in ("same", "same", "other"):
            self.send(message)
        self.counted(sent=3, waiting=3)
        until(lambda: self.trips("sent") == ["", "", "waiting"], "hope for one")
        self.click("connect")
        self.until("closed")
        until(lambda: self.trips("sent") == ["", "", "none"], "it to be in vain")
        until(lambda: self.text("stat-waiting") == "0", "none to be waited for")
