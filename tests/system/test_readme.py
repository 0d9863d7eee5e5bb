"""
README.rst: the first screen.
"""

import re

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.table import CASES
from tests.kit.processes import ROOT
from tests.system.pages.parser import blocks

_PAGE = ROOT / "README.rst"
README = _PAGE.read_text("utf-8")


class CommandTests(SynchronousTestCase):
    """
    The first two commands.
    """

    def test_commands(self) -> None:
        """
        They need nothing but Python with venv. C{.ci/run} runs both.
        """
        run, test = (each.body for each in blocks(_PAGE) if each.language == "shell")
        self.assertEqual(
            run,
            "python3 -m venv .venv && .venv/bin/pip install ."
            " && .venv/bin/twistd -n echo\n",
        )
        self.assertEqual(
            test,
            "python3 -m venv .venv && .venv/bin/pip install -e '.[test]'"
            " && .venv/bin/trial -j4 tests\n",
        )


class ScreenTests(SynchronousTestCase):
    """
    Length, figures and links.
    """

    def test_oneScreen(self) -> None:
        self.assertLessEqual(len(README.splitlines()), 150)

    def test_numberOfCases(self) -> None:
        self.assertIn(f"A check of {len(CASES)} demands", README)
        page = (ROOT / "docs/howto/check.rst").read_text("utf-8")
        self.assertIn(f"tests {len(CASES)} demands", page)

    def test_linksLeadToFiles(self) -> None:
        targets = re.findall(r"<([^<>]+)>`_|^\.\. image:: (\S+)", README, re.MULTILINE)
        files = [link or image for link, image in targets]
        self.assertGreater(len(files), 8)
        missing = [name for name in files if not (ROOT / name).is_file()]
        self.assertEqual(missing, [])
