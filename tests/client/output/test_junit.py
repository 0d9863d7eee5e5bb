"""
Tests for L{echo.client.output.junit}.
"""

from pathlib import Path
from unittest import mock
from xml.etree import ElementTree as ET

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.case import Case
from echo.client.check.conversation import Conversation
from echo.client.check.verdicts import Level, Verdict
from echo.client.output.junit import JUnitFile, junit

_URL = "ws://x/?a=1&b=<2>"


async def _unchecked(connection: Conversation) -> None:
    raise NotImplementedError


CASES = [
    Case(section, name, _unchecked)
    for section, name in (
        ("5.2", "masks"),
        ("7692 7.1", "deflates"),
        ("10.4", "limits"),
        ("5.2", "frames"),
    )
]

VERDICTS = [
    Verdict("5.2", "masks", Level.OK, seconds=0.25),
    Verdict("7692 7.1", "deflates", Level.NOTE, "slow"),
    Verdict("10.4", "limits", Level.FAIL, "none"),
]


class JUnitTests(SynchronousTestCase):
    """
    Tests for L{junit}.
    """

    def parse(self, verdicts: list[Verdict], missing: str = "") -> ET.Element:
        """
        @return: The parsed document.
        """
        return ET.fromstring(junit(_URL, CASES, verdicts, missing))  # noqa: S314  (ours)

    def test_elementOfEachLevel(self) -> None:
        top = self.parse(VERDICTS, "interrupted")
        found = {
            each.get("name"): [(child.tag, child.get("message")) for child in each]
            for each in top.iter("testcase")
        }
        self.assertEqual(
            found,
            {
                "masks": [],
                "deflates": [("skipped", "note: slow")],
                "limits": [("failure", "none")],
                "frames": [("error", "not checked: interrupted")],
            },
        )
        (skipped,) = self.parse(
            [Verdict("5.2", "masks", Level.SKIP, "it was declined")]
        ).iter("skipped")
        self.assertEqual(skipped.get("message"), "not checked: it was declined")
        times = [each.get("time") for each in top.iter("testcase")]
        self.assertEqual(times, ["0.250", None, "0.000", "0.000"])

    def test_suiteOfEachSectionWithCounts(self) -> None:
        top = self.parse(VERDICTS)
        counts = ("tests", "failures", "errors", "skipped")
        self.assertEqual(
            [(each.tag, each.get("name"), *map(each.get, counts)) for each in top],
            [
                ("testsuite", "RFC 6455, 5.2", "2", "0", "1", "0"),
                ("testsuite", "RFC 6455, 10.4", "1", "1", "0", "0"),
                ("testsuite", "RFC 7692, 7.1", "1", "0", "0", "1"),
            ],
        )
        self.assertEqual([top.get(each) for each in counts], ["4", "1", "1", "1"])
        self.assertEqual(top.get("name"), f"echo-client check {_URL}")
        classes = {each.get("classname") for each in top.iter("testcase")}
        self.assertEqual(classes, {"RFC 6455, 5.2", "RFC 6455, 10.4", "RFC 7692, 7.1"})

    def test_controlCharactersAndMarkupAreEscaped(self) -> None:
        detail = "]]></failure>&\0\x1b\ufffe\ud800\"'<a b='\n\U0001f600"
        top = self.parse([Verdict("5.2", "masks", Level.FAIL, detail)], detail)
        (failure,) = top.iter("failure")
        shown = "]]></failure>&\\x00\\x1b\\ufffe\\ud800\"'<a b='\n\U0001f600"
        self.assertEqual(failure.get("message"), shown)
        self.assertEqual(
            {each.get("message") for each in top.iter("error")},
            {f"not checked: {shown}"},
        )


class JUnitFileTests(SynchronousTestCase):
    """
    Tests for L{JUnitFile}.
    """

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.file = JUnitFile(str(self.path), CASES)

    def test_beginReplacesEarlierReport(self) -> None:
        for _ in range(2):
            self.file.begin(_URL)
            self.assertEqual(
                self.path.read_bytes(), junit(_URL, CASES, [], "the run did not end")
            )
            self.file.end(_URL, VERDICTS, "late")
            self.assertEqual(
                self.path.read_bytes(), junit(_URL, CASES, VERDICTS, "late")
            )

    def test_deviceGetsTheLastReportOnly(self) -> None:
        with mock.patch.object(Path, "write_bytes") as write:
            file = JUnitFile("/dev/null", CASES)
            file.begin(_URL)
            write.assert_not_called()
            file.end(_URL, [], "late")
            write.assert_called_once_with(junit(_URL, CASES, [], "late"))
