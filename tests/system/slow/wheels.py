"""
The packages as a user gets them: repaired for other machines, checked, and installed
with another Python, without a compiler and without the network.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from twisted.trial.unittest import SkipTest
from websockets.sync.client import connect

from tests.kit.processes import PATIENCE, ROOT, until
from tests.system.slow.builds import ENVIRONMENT, BuildTestCase

_INSTALLED = (
    *("bin/echo-client", "bin/wsecho", "share/bash-completion/completions/wsecho"),
    *("share/fish/vendor_completions.d/wsecho.fish", "share/man/man1/echo-client.1"),
    *("share/man/man8/twistd-echo.8", "share/man/man8/wsecho.8"),
    "share/zsh/site-functions/_echo-client",
)


def otherPython() -> str:
    """
    @return: A later CPython than the one that runs the tests, for the stable ABI, or
        this one if no other is installed.
    """
    minors = range(sys.version_info.minor + 1, 20)
    names = [f"python3.{minor}" for minor in minors]
    versions = Path("~/.pyenv/versions").expanduser()
    found = [
        *filter(None, map(shutil.which, names)),
        *(str(path) for name in names for path in versions.glob(f"3.*/bin/{name}")),
    ]
    for path in reversed(found):
        if not subprocess.run(
            [path, "-c", ""], check=False, capture_output=True
        ).returncode:
            return path
    return sys.executable


class WheelTests(BuildTestCase):
    """
    A wheel for Linux, and the sdist.
    """

    def tool(self, name: str) -> str:
        """
        @return: The path of a tool of the C{dev} requirements.
        """
        path = shutil.which(name, path=self.path())
        if path is None:
            raise SkipTest(f"there is no {name}: pip install -e '.[dev]'")
        return path

    def path(self) -> str:
        return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def repaired(self, built: Path) -> Path:
        """
        @return: The wheel for any Linux of this architecture.
        """
        (wheel,) = built.glob("*.whl")
        target = self.directory()
        tool = self.tool("auditwheel")
        self.tool("patchelf")  # auditwheel runs it
        environment = {**ENVIRONMENT, "PATH": self.path()}
        self.run_(tool, "repair", "-w", target, wheel, env=environment)
        (repaired,) = target.glob("*.whl")
        return repaired

    def test_installsWithoutCompiler(self) -> None:
        """
        One wheel fits a later Python, too. It contains the C codec, the programs, the
        man pages and the completion. The installed programs work without a compiler.
        """
        wheel = self.repaired(self.build())
        self.assertRegex(wheel.name, r"^wsecho-[\w.]+-cp311-abi3-manylinux[\w.]+\.whl$")
        place = self.directory()
        self.run_(otherPython(), "-m", "venv", place)
        self.run_(place / "bin/pip", "install", "-q", "--only-binary=:all:", wheel)
        for name in _INSTALLED:
            self.assertTrue((place / name).is_file(), name)
        environment = {"PATH": f"{place}/bin", "ECHO_USE_WIRE": "1"}
        self.assertIsNone(shutil.which("cc", path=environment["PATH"]))
        log = self.directory() / "log"
        with log.open("wb") as stream:
            daemon = subprocess.Popen(
                [place / "bin/wsecho", "--listen", "tcp:0:interface=127.0.0.1"],
                env=environment,
                stdout=stream,
                stderr=stream,
            )
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        url = until(
            lambda: re.search(r"Listening on (ws://\S+)", log.read_text()), "the URL"
        )[1]
        with connect(url, proxy=None) as client:
            client.send("Grüße")
            self.assertEqual(client.recv(PATIENCE), "Grüße")
        output = self.run_(
            place / "bin/echo-client", "-c3", "-i10ms", url, env=environment
        )
        self.assertIn("3 sent, 3 received, 0 lost", output)
        help_ = self.run_(place / "bin/twistd", "--help", env=environment)
        self.assertRegex(help_, r"(?m)^ *echo  *A WebSocket echo server")

    def test_checkersFindNothing(self) -> None:
        built = self.build()
        wheel = self.repaired(built)
        (sdist,) = built.glob("*.tar.gz")
        output = self.run_(self.tool("twine"), "check", "--strict", sdist, wheel)
        self.assertEqual(output.count("PASSED"), 2, output)
        self.run_(self.tool("check-wheel-contents"), wheel)

    def test_sdistBuildsWithoutNetwork(self) -> None:
        """
        An environment with the build requirements alone is enough.
        """
        (sdist,) = self.build("--sdist").glob("*.tar.gz")
        place = self.directory()
        venv.create(place, with_pip=True)
        requirements = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        self.run_(
            *(place / "bin/pip", "install", "-q"),
            *requirements["build-system"]["requires"],
        )
        target = self.directory()
        pip = str(place / "bin/pip")
        self.run_(
            *(*self.offline(), pip, "wheel", "--no-index", "--no-deps"),
            *("--no-build-isolation", "-w", str(target), str(sdist)),
        )
        (wheel,) = target.glob("*.whl")
        self.assertIn("wsecho", wheel.name)

    def offline(self) -> tuple[str, ...]:
        """
        @return: The command that runs another one without a network, where the kernel
            allows it.
        """
        unshare = ("unshare", "--net", "--map-root-user")
        tried = subprocess.run([*unshare, "true"], check=False, capture_output=True)
        return unshare if tried.returncode == 0 else ()

    def test_recipeCoversLinux(self) -> None:
        """
        C{cibuildwheel} makes a wheel for each libc and architecture.
        """
        command = (self.tool("cibuildwheel"), "--print-build-identifiers")
        result = subprocess.run(
            [*command, "--platform", "linux", ROOT],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(
            set(result.stdout.split()),
            {
                f"cp311-{libc}_{architecture}"
                for libc in ("manylinux", "musllinux")
                for architecture in ("x86_64", "aarch64")
            },
        )
