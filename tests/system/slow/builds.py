"""
Builds of this tree, for tests of what they contain and how they install.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import ROOT

# The tree. All of it is in the sdist; "echo" and "twisted" are in the wheel.
TREE = ("bench", "deploy", "docs", "echo", "tests", "twisted")
FILES = (
    *("CONTRIBUTING.rst", "LICENSE", "MANIFEST.in", "NEWS.rst", "README.rst"),
    *("pyproject.toml", "setup.cfg", "setup.py"),
)

# Build results, which a build makes again.
_LEFT_OUT = shutil.ignore_patterns(*("*.so", "__pycache__", ".cache", "dropin.cache"))

# No options of the developer's shell, and not the PYTHONPATH of trial's workers.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("ECHO_") and name != "PYTHONPATH"
}


class BuildTestCase(SynchronousTestCase):
    """
    Builds in copies of the tree.
    """

    def run_(self, *command: str | Path, env: Mapping[str, str] = ENVIRONMENT) -> str:
        """
        @return: The output of a successful command: standard output and error.
        """
        result = subprocess.run(
            command,
            env=env,
            cwd=self.directory(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(result.returncode, 0, f"{command}:\n{result.stdout}")
        return result.stdout

    def directory(self) -> Path:
        """
        @return: A new directory.
        """
        path = Path(self.mktemp()).absolute()
        path.mkdir(parents=True)
        return path

    def build(self, *arguments: str, **environment: str) -> Path:
        """
        Build in a copy of the tree, with the build requirements of C{pyproject.toml}
        only.

        @return: The directory of the results.
        """
        tree = self.directory()
        for name in TREE:
            shutil.copytree(ROOT / name, tree / name, ignore=_LEFT_OUT)
        for name in FILES:
            shutil.copy(ROOT / name, tree)
        self.run_(
            *(sys.executable, "-m", "build", *arguments, str(tree)),
            env={**ENVIRONMENT, **environment},
        )
        return tree / "dist"
