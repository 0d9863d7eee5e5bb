"""
The Containerfile, as far as it goes without a container engine: each of its steps runs
here, in a virtual environment in the place of the image.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

from twisted.trial.unittest import SkipTest
from websockets.sync.client import connect

from tests.kit.processes import PATIENCE, ROOT, freePort, until
from tests.system.slow.builds import ENVIRONMENT, BuildTestCase

_FILE = ROOT / "deploy/container/Containerfile"


def instructions() -> list[tuple[str, str]]:
    """
    @return: The instructions and their arguments, each on one line.
    """
    text = re.sub(r"^#.*\n", "", _FILE.read_text(), flags=re.MULTILINE)
    lines = filter(None, text.replace("\\\n", "").splitlines())
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


class ContainerTests(BuildTestCase):
    """
    C{deploy/container/Containerfile}.
    """

    def arguments(self, name: str) -> list[str]:
        return [rest for word, rest in instructions() if word == name]

    def command(self, name: str) -> list[str]:
        """
        @return: The words of an instruction in exec form.
        """
        (text,) = self.arguments(name)
        words: list[str] = json.loads(text[text.index("[") :])
        return words

    def test_linterFindsNothing(self) -> None:
        tool = Path(sys.executable).with_name("hadolint")
        if not tool.exists():
            raise SkipTest("there is no hadolint: pip install -e '.[dev]'")
        self.assertEqual(self.run_(tool, _FILE), "")

    def image(self) -> Path:
        """
        Run the steps of the build.

        @return: The directory of the environment with the daemon.
        """
        # Another user can read it, as a directory of trial could be private.
        place = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
        self.addCleanup(shutil.rmtree, place)
        place.chmod(0o755)
        source = place / "source"
        source.mkdir()
        for copied in self.arguments("COPY"):
            *names, target = copied.split()
            for name in names:
                path = source / target / (name if target == "./" else "")
                if (ROOT / name).is_dir():
                    ignored = shutil.ignore_patterns("*.so", "__pycache__")
                    shutil.copytree(ROOT / name, path, ignore=ignored)
                else:
                    shutil.copy(ROOT / name, path)
        venv.create(place / "image", with_pip=True)
        environment = {**ENVIRONMENT, "PATH": f"{place}/image/bin:{os.environ['PATH']}"}
        for step in self.arguments("RUN"):
            script = re.sub(r"^--mount\S+\s+", "", step).replace(
                "/wheels", f"{place}/wheels"
            )
            self.run_("sh", "-ec", f"cd {source}; {script}", env=environment)
        return place / "image"

    def test_daemon(self) -> None:
        """
        The daemon is the first process and has no rights. It cannot write where it is
        installed, and says nothing about that. It listens on all addresses, has the
        compiled data path and passes the health check. SIGTERM ends it.
        """
        if os.geteuid():
            raise SkipTest("root alone can switch the user")
        image = self.image()
        (user,) = self.arguments("USER")
        uid, gid = user.split(":")
        port = str(freePort())
        asUser = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        environment = {
            "PATH": f"{image}/bin:/usr/bin:/bin",
            "ECHO_USE_WIRE": "1",
            "ECHO_MAX_MESSAGE": "1k",
        }
        command = [*self.command("ENTRYPOINT"), *self.command("CMD")]
        log = self.directory() / "log"
        with log.open("wb") as stream:
            daemon = subprocess.Popen(
                [
                    *("unshare", "--pid", "--fork", "--kill-child", *asUser),
                    *(each.replace("8080", port) for each in command),
                ],
                cwd=self.arguments("WORKDIR")[-1],
                env=environment,
                stdout=stream,
                stderr=stream,
            )
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        until(lambda: "Listening on" in log.read_text(), "the daemon")
        # Every address of 127.0.0.0/8 is one of this machine, and not loopback's first.
        with connect(f"ws://127.0.0.2:{port}/socket", proxy=None) as client:
            client.send("Grüße")
            self.assertEqual(client.recv(PATIENCE), "Grüße")
        check = [each.replace("8080", port) for each in self.command("HEALTHCHECK")]
        output = self.run_(*asUser, *check, env=environment)
        self.assertIn("1 received", output)
        (pid,) = (
            Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        )
        status = Path(f"/proc/{pid}/status").read_text()
        self.assertRegex(status, r"NSpid:\s+\d+\s+1\n")
        self.assertRegex(status, rf"Uid:\s+{uid}\s+{uid}\s+{uid}\s+{uid}\n")
        os.kill(int(pid), signal.SIGTERM)
        daemon.wait(PATIENCE)
        text = log.read_text()
        self.assertIn("SIGTERM", text)
        self.assertNotIn("plugin cache", text)
        self.assertNotIn("Traceback", text)
