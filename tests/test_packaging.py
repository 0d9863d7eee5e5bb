"""
What is installed: a plugin without which there is no daemon, and no tests.
"""

import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo import __version__

ROOT = Path(__file__).parent.parent

PLUGIN = "twisted/plugins/echo_plugin.py"


@cache
def built() -> Path:
    """
    Build both. (The wheel is built from the sdist, so that nothing is in it that
    is not in both.)

    @return: The directory, below trial's own, that they are in.
    """
    directory = Path("built").absolute()
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(directory), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return directory


class PackagingTests(SynchronousTestCase):
    """
    A wheel and an sdist, built from this tree.
    """

    def test_contents(self) -> None:
        """
        Both have the plugin, all modules and what lies beside them; the wheel has no
        tests, and nothing that belongs to Twisted.
        """
        (wheel,) = built().glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            (points,) = (name for name in names if name.endswith("entry_points.txt"))
            text = archive.read(points).decode()
            self.assertIn("echo-client = echo.client.__main__:main", text)
            self.assertIn("echo = echo.pytestplugin", text)
        for pattern in (
            "*.py",
            "*.html",
            "*.js",
            "*.css",
            "*.svg",
            "*.json",
            "py.typed",
        ):
            for path in (ROOT / "echo").rglob(pattern):
                self.assertIn(str(path.relative_to(ROOT)), names)
        self.assertIn(PLUGIN, names)
        self.assertEqual(
            {name for name in names if name.startswith("twisted/")}, {PLUGIN}
        )
        self.assertEqual({name for name in names if name.startswith("tests/")}, set())
        (sdist,) = built().glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            files = {name.partition("/")[2] for name in archive.getnames()}
        for name in [PLUGIN, "echo/server/console/index.html", "README.rst", "LICENSE"]:
            self.assertIn(name, files)

    def test_installed(self) -> None:
        """
        Where the wheel is unpacked, Twisted finds the daemon: the one in it.
        """
        (wheel,) = built().glob("*.whl")
        site = built() / "site"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)  # noqa: S202  it is our own
        code = (
            f"import sys; sys.path.insert(0, {str(site)!r});"
            "from twisted.application.service import IServiceMaker;"
            "from twisted.plugin import getPlugins;"
            "(echo,) = (p for p in getPlugins(IServiceMaker) if p.tapname == 'echo');"
            "echo.options();"
            "import echo.tap, twisted.plugins.echo_plugin as plugin;"
            "print(plugin.__file__, echo.tap.__file__, echo.__version__, sep='\\n')"
        )
        result = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            cwd=built(),
            check=False,
        )
        self.assertEqual(
            result.stdout.splitlines(),
            [str(site / PLUGIN), str(site / "echo/tap.py"), __version__],
            result.stderr,
        )
