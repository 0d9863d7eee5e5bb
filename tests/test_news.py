"""
The news fragments, of which C{towncrier} makes the next section of NEWS.rst.
"""

import re
import tomllib
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import ROOT


class FragmentTests(SynchronousTestCase):
    """
    Each file is a fragment that C{towncrier} reads.
    """

    def setUp(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        self.options = project["tool"]["towncrier"]
        self.directory = ROOT / self.options["directory"]

    def fragments(self) -> list[Path]:
        return [path for path in self.directory.rglob("*") if path.is_file()]

    def test_names(self) -> None:
        """
        A name is C{+WORDS.TYPE.rst}, in the directory of a section.
        """
        types = "|".join(each["directory"] for each in self.options["type"])
        sections = {self.directory / each["path"] for each in self.options["section"]}
        for path in self.fragments():
            self.assertRegex(path.name, rf"^\+[a-z][a-z0-9-]*\.({types})\.rst$")
            self.assertIn(path.parent, sections)

    def test_texts(self) -> None:
        """
        A text is a paragraph of sentences, in lines as short as those of the manual.
        """
        for path in self.fragments():
            text = path.read_text("utf-8")
            self.assertTrue(re.fullmatch(r"(\S.*\n)+", text), path)
            self.assertTrue(text.endswith(".\n"), path)
            self.assertLessEqual(max(map(len, text.splitlines())), 98, path)
