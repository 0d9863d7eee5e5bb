"""
The manual as Sphinx builds it: its reference, its links, its plain text. It needs the
extra C{docs}.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from twisted.internet.task import Clock
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from echo.client.check.cases.table import CASES
from echo.client.program.checkoptions import CheckOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.runoptions import RunOptions
from echo.server.behaviour.parameters import PARAMETERS
from echo.server.conversation.factory import EchoFactory
from echo.server.daemonsettings import DaemonSettings
from echo.server.http.refusals import REASONS
from echo.server.logevents import EVENTS, FIELDS
from echo.server.metrics.collector import makeRegistry
from echo.tap import Options
from echo.usage import CommonOptions

MANUAL = Path(__file__).parents[3] / "docs"

_TAG = re.compile(r"<[^>]*>")
_FIRST_CELL = re.compile(r"<tr[^>]*><td>(.*?)</td>", re.DOTALL)
_TERM = re.compile(r"<dt>(.*?)</dt>", re.DOTALL)
_OPTION = re.compile(r'<dt class="sig sig-object std" id="([^"]*)">', re.DOTALL)
_ITEM = re.compile(r"<li><p>(.*?)</p></li>", re.DOTALL)
_ADDRESS = re.compile(r'(?:href|src)="([^"#?]+)')


@cache
def built() -> tuple[Path, str]:
    """
    Build the manual once.

    @return: The directory of the pages, and the errors and warnings.
    """
    target = Path(mkdtemp())
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    process = subprocess.run(
        [*command, "-d", target / "doctrees", MANUAL, target / "html"],
        capture_output=True,
        text=True,
        check=False,
    )
    return target / "html", process.stdout + process.stderr


def texts(pattern: re.Pattern[str], page: str) -> list[str]:
    """
    @return: The text of each match in a page of the reference.
    """
    html = (built()[0] / "reference" / f"{page}.html").read_text()
    return [unescape(_TAG.sub("", each)).strip() for each in pattern.findall(html)]


class ManualTestCase(SynchronousTestCase):
    """
    Tests of the built manual.
    """

    def setUp(self) -> None:
        if find_spec("furo") is None:
            raise SkipTest("needs the extra docs")
        self.pages, self.warnings = built()

    def assertOnce(self, names: Iterable[str], shown: list[str]) -> None:
        """
        Each of the names is shown once.
        """
        counts = {name: shown.count(name) for name in names}
        self.assertTrue(counts)
        self.assertEqual({each: n for each, n in counts.items() if n != 1}, {})


class ReferenceTests(ManualTestCase):
    """
    The reference has each thing once, on its page.
    """

    def assertOptions(self, page: str, program: str, options: CommonOptions) -> None:
        names = [f"cmdoption-{program}-{each.name}" for each in options.described()]
        short = [
            f"cmdoption-{program}-{each.short}"
            for each in options.described()
            if each.short
        ]
        html = (self.pages / "reference" / f"{page}.html").read_text()
        ids = re.findall(r'id="(cmdoption-[^"]*)"', html)
        self.assertOnce([*names, *short], ids)

    def test_options(self) -> None:
        self.assertOptions("daemon-options", "twistd-echo", Options({}))
        self.assertOptions("client-options", "echo-client", RunOptions({}))
        self.assertOptions("check-options", "echo-client-check", CheckOptions({}))
        self.assertOptions("merge-options", "echo-client-merge", MergeOptions({}))

    def test_behaviours(self) -> None:
        cells = texts(_FIRST_CELL, "behaviours")
        names = [each.partition("=")[0] for each in cells]
        self.assertEqual(names, list(PARAMETERS))

    def test_metrics(self) -> None:
        """
        Each sample of a scrape.
        """
        registry = makeRegistry(EchoFactory(Clock(), DaemonSettings()))
        samples = {each.name for one in registry.collect() for each in one.samples}
        cells = texts(_FIRST_CELL, "metrics")
        shown = [name for cell in cells for name in cell.split(", ")]
        expected = [name for name in samples if not name.endswith("_created")]
        self.assertOnce([*expected, *REASONS], shown)

    def test_logEvents(self) -> None:
        self.assertEqual(texts(_FIRST_CELL, "log-events"), list(EVENTS))
        self.assertEqual(texts(_TERM, "log-events"), list(FIELDS))

    def test_exitStatuses(self) -> None:
        """
        Those of the client, of its subcommands, and of the daemon, in this order.
        """
        programs = (RunOptions, CheckOptions, MergeOptions, Options)
        statuses = [each for one in programs for each in one.tables["Exit status"]]
        self.assertEqual(texts(_FIRST_CELL, "exit-statuses"), statuses)

    def test_demands(self) -> None:
        self.assertOnce([case.name for case in CASES], texts(_ITEM, "check-cases"))

    def test_records(self) -> None:
        """
        Each type of a record has a section, with its fields.
        """
        headings = texts(re.compile(r"<h3>(.*?)<a", re.DOTALL), "ndjson")
        types = ["connected", "echo", "lost", "ping", "closed", "outage", "step"]
        more = ["progress", "demand", "check", "error", "interim and summary"]
        self.assertEqual(headings[: len(types + more)], types + more)
        cells = texts(_FIRST_CELL, "ndjson")
        self.assertOnce(["phases.dns", "closeReasons"], [*cells, "closeReasons"])


class PageTests(ManualTestCase):
    """
    All pages.
    """

    def test_noWarnings(self) -> None:
        self.assertEqual(self.warnings, "")

    def test_addresses(self) -> None:
        """
        What a page refers to on its own site exists, by a relative address.
        """
        pages = list(self.pages.rglob("*.html"))
        self.assertGreater(len(pages), 30)
        for page in pages:
            for address in _ADDRESS.findall(page.read_text()):
                if not address.startswith(("http:", "https:", "data:")):
                    self.assertTrue((page.parent / address).exists(), (page, address))

    def test_plainText(self) -> None:
        """
        Each page of the manual is a plain text, too, and C{llms.txt} lists it once.
        """
        found = {each.relative_to(MANUAL) for each in MANUAL.rglob("*.rst")}
        # Fragments of the news are no pages.
        sources = {each for each in found if each.parts[0] != "newsfragments"}
        text = (self.pages / "llms.txt").read_text()
        self.assertTrue(text.startswith("# echo\n\n> "), text[:100])
        listed = re.findall(r"^- \[.+\]\((.+)\): \S", text, re.MULTILINE)
        self.assertOnce(
            [str(each.with_suffix(".txt")) for each in sources - {Path("index.rst")}],
            listed,
        )
        for each in sources:
            page = self.pages / each.with_suffix(".txt")
            self.assertGreater(len(page.read_text()), 200, each)
            self.assertNotIn(str(Path.home()), page.read_text())

    def test_contents(self) -> None:
        """
        The titles of the first page lead to the answers that readers look for.
        """
        index = (self.pages / "index.txt").read_text()
        for words in (
            "which headers reached the server",
            "what 6 and the others mean",
            "make the server close with 4001",
            "Why is my p99 so high?",
            "systemd",
            "Add a command of your own",
        ):
            self.assertIn(words, index)
