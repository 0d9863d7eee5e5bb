"""
The configurations of CI systems on the page C{gate}.
"""

from typing import Any

import yaml
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import ROOT
from tests.system.pages.parser import blocks

_PAGE = ROOT / "docs" / "howto" / "gate.rst"


class ConfigurationTests(SynchronousTestCase):
    """
    Each is valid YAML, and runs the commands of the page.
    """

    def configuration(self, name: str) -> Any:
        (text,) = (each.body for each in blocks(_PAGE) if each.file == name)
        return yaml.safe_load(text)

    def assertRuns(self, install: str, commands: list[str]) -> None:
        """
        Assert that the commands install the client, and then are those of the page.
        """
        first, *rest = commands
        self.assertEqual(first, install)
        lines = _PAGE.read_text("utf-8").splitlines()
        for command in rest:
            self.assertIn(f"   $ {command}", lines)

    def test_githubActions(self) -> None:
        workflow = self.configuration(".github/workflows/gate.yml")
        (job,) = workflow["jobs"].values()
        self.assertEqual([*job["env"]], ["ENDPOINT"])
        commands = [step["run"] for step in job["steps"] if "run" in step]
        self.assertRuns("pipx install wsecho", commands)

    def test_gitlab(self) -> None:
        (job,) = self.configuration(".gitlab-ci.yml").values()
        self.assertEqual([*job["variables"]], ["ENDPOINT"])
        self.assertRuns("pip install wsecho", job["script"])
