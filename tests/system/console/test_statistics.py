"""
Figures, the chart, and the round trips that they count.
"""

from tests.kit.processes import until
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


class StatisticsTests(ConnectedTestCase):
    """
    Figures and chart.
    """

    def test_roundTripsAreInOrder(self) -> None:
        for number in range(5):
            self.send(str(number))
        self.counted(sent=5, received=5)
        shown = [self.statistic(name) for name in ("min", "median", "p99", "max")]
        self.assertEqual(shown, sorted(shown))
        self.assertGreaterEqual(shown[0], 0)

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
