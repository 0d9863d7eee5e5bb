"""
What a wheel and an sdist contain and install.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

from websockets.sync.client import connect

from echo import __version__
from tests.kit.processes import PATIENCE, ROOT, DaemonProcess
from tests.system.slow.builds import ENVIRONMENT, FILES, TREE, BuildTestCase

PLUGIN = "twisted/plugins/echo_plugin.py"

# Tests that need other files of the tree, and tests that need none.
_PART = (
    "tests.client.output.records.test_schema",
    "tests.server.http.test_upgrade",
    "tests.system.test_deploy",
    "tests.test_news",
    "tests.wire.test_codec",
)


class PackagingTests(BuildTestCase):
    """
    A wheel and an sdist of this tree.
    """

    def unpack(self, directory: Path) -> Path:
        """
        @return: The directory of the unpacked wheel.
        """
        (wheel,) = directory.glob("*.whl")
        site = directory / "site"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)  # noqa: S202  it is our own
        return site

    def runWith(self, site: Path, code: str) -> list[str]:
        """
        @return: The lines of the output of a program that runs with an unpacked wheel.
        """
        program = f"import sys; sys.path.insert(0, {str(site)!r});{code}"
        return self.run_(sys.executable, "-c", program).splitlines()

    def test_contents(self) -> None:
        """
        The sdist has the whole tree. The wheel has all modules and their data, the
        plugin and the compiled extension, and neither tests nor files of Twisted. It is
        tagged for the stable ABI. Twisted finds the plugin in it.
        """
        built = self.build()  # the wheel from the sdist
        self.assertSource(built)
        site = self.unpack(built)
        self.assertWheel(site)
        code = (
            "from twisted.application.service import IServiceMaker;"
            "from twisted.plugin import getPlugins;"
            "(echo,) = (p for p in getPlugins(IServiceMaker) if p.tapname == 'echo');"
            "echo.options();"
            "import echo.tap, echo.wire, twisted.plugins.echo_plugin as plugin;"
            "print(plugin.__file__, echo.tap.__file__, echo.__version__, sep='\\n');"
            "print(echo.wire.choose().__name__)"
        )
        compiled = "compiled" if list(site.glob("echo/wire/_wire*.so")) else "pure"
        self.assertEqual(
            self.runWith(site, code),
            [
                str(site / PLUGIN),
                str(site / "echo/tap.py"),
                __version__,
                f"echo.wire.{compiled}",
            ],
        )

    def assertSource(self, built: Path) -> None:
        """
        Assert that the sdist has the whole tree, and no build results.
        """
        (sdist,) = built.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            files = {name.partition("/")[2] for name in archive.getnames()}
        tree = {
            str(path.relative_to(built.parent))
            for name in TREE
            for path in (built.parent / name).rglob("*")
            if path.is_file()
        }
        self.assertEqual({*tree, *FILES} - files, set())
        made = [name for name in files if name.endswith((".so", ".pyc"))]
        self.assertEqual(made, [])

    def assertWheel(self, site: Path) -> None:
        """
        Assert the wheel's files and metadata.
        """
        names = {str(path.relative_to(site)) for path in site.rglob("*.*")}
        (points,) = site.glob("*/entry_points.txt")
        text = points.read_text()
        self.assertIn("echo-client = echo.client.__main__:main", text)
        self.assertIn("echo = echo.testing.pytestplugin", text)
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
        tests = ("tests/",)
        self.assertEqual({name for name in names if name.startswith(tests)}, set())
        self.assertEqual({name for name in names if name.endswith((".c", ".h"))}, set())
        # The tag names the stable ABI.
        compiled = [name for name in names if name.startswith("echo/wire/_wire")]
        extension = ["echo/wire/_wire.abi3.so"] if shutil.which("cc") else []
        self.assertEqual(compiled, extension)
        self.assertRegex(
            self.metadata(site, "WHEEL")["Tag"],
            "^cp311-abi3-(?!any)" if compiled else "^py3-none-any$",
        )
        metadata = self.metadata(site, "METADATA")
        self.assertEqual(metadata["License-Expression"], "MIT")
        self.assertIsNone(metadata["License"])
        self.assertTrue(metadata.get_all("Project-URL"))
        needed = [line.split(">")[0] for line in metadata.get_all("Requires-Dist", [])]
        self.assertIn("pyopenssl", needed)

    def metadata(self, site: Path, name: str) -> Message:
        """
        @return: The fields of one of the wheel's metadata files.
        """
        (file,) = site.glob(f"*.dist-info/{name}")
        return message_from_string(file.read_text("utf-8"))

    def test_testsPassInSdist(self) -> None:
        (sdist,) = self.build("--sdist").glob("*.tar.gz")
        place = Path(self.mktemp()).absolute()
        with tarfile.open(sdist) as archive:
            archive.extractall(place, filter="data")
        (tree,) = place.iterdir()
        code = (
            "from pathlib import Path; import echo, tests;"
            "assert {Path(each.__file__).parent.parent for each in (echo, tests)}"
            " == {Path.cwd()};"
            "from twisted.scripts.trial import run; run()"
        )
        result = subprocess.run(
            [sys.executable, "-c", code, *_PART],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=tree,
            env={**ENVIRONMENT, "PYTHONPATH": str(tree)},
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("PASSED", result.stdout)

    def test_installsWithoutCompiler(self) -> None:
        """
        The daemon works, and logs once that the Python codec is in use.
        """
        site = self.unpack(self.build("--wheel", CC="false"))
        self.assertEqual(list(site.rglob("*.so")), [])
        wheel = self.metadata(site, "WHEEL")
        self.assertEqual(wheel["Tag"], "py3-none-any")
        self.assertEqual(wheel["Root-Is-Purelib"], "true")
        code = (
            "import echo.wire; print(echo.wire.__file__, echo.wire.choose().__name__)"
        )
        self.assertEqual(
            self.runWith(site, code), [f"{site}/echo/wire/__init__.py echo.wire.pure"]
        )
        daemon = DaemonProcess(
            site.parent,
            *("--listen", "tcp:0:interface=127.0.0.1"),
            prelude=f"sys.path.insert(0, {str(site)!r})",
            env=ENVIRONMENT,
            pass_fds=(),
        )
        self.addCleanup(daemon.end)
        with connect(daemon.url(), proxy=None) as client:
            for message in ("Grüße", b"\xff", "x" * 70_000):
                client.send(message)
                self.assertEqual(client.recv(PATIENCE), message)
        self.assertEqual(daemon.log.count("echo.wire is not compiled"), 1, daemon.log)
