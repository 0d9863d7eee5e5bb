"""
Tests of L{echo.testing} and L{echo.pytestplugin} in processes of their own: to start
each takes a second.
"""

import inspect
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo import pytestplugin
from tests.process import PATIENCE, until
from tests.test_readme import blocks
from tests.test_testing import echo, isGone

# A proxy is not for loopback; warnings and switches of whoever runs this, neither.
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.lower().endswith("_proxy") and not name.startswith("PYTEST_")
}


class ProcessTests(SynchronousTestCase):
    """
    The process that tests, and what may happen to it.
    """

    def output(self, code: str, cwd: Path | None = None) -> str:
        """
        @return: The output of a Python program.
        """
        result = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=cwd,
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        return result.stdout

    def test_noTwisted(self) -> None:
        """
        To import it, or to have it imported by pytest, costs nearly nothing, and
        takes no reactor.
        """
        for module in ("echo.testing", "echo.pytestplugin"):
            code = f"import sys, {module}; print('twisted' in sys.modules)"
            self.assertEqual(self.output(code), "False\n")

    def test_killed(self) -> None:
        """
        The daemon ends with whoever started it, however that ended.
        """
        code = (
            "import time\n"
            "from echo.testing import echoServer\n"
            "with echoServer() as url:\n"
            "    print(url, flush=True)\n"
            "    time.sleep(1000)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as process:
            self.addCleanup(process.kill)
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            self.assertEqual(echo(url), "Hello")
            process.kill()
        until(lambda: isGone(url), "the end of the daemon")

    def test_forks(self) -> None:
        """
        Forks of it may talk to the daemon, and may stay when it goes.
        """
        code = (
            "import multiprocessing, time\n"
            "from echo import testing\n"
            "from echo.testing import echoServer\n"
            "from tests.test_testing import echo, isGone\n"
            "testing._STOP = 1000\n"
            "fork = multiprocessing.get_context('fork').Process\n"
            "with echoServer() as url:\n"
            "    talks = fork(target=echo, args=[url])\n"
            "    talks.start()\n"
            "    stays = fork(target=time.sleep, args=[1000])\n"
            "    stays.start()\n"
            "    talks.join()\n"
            "    print(talks.exitcode)\n"
            "print(isGone(url))\n"
            "stays.kill()\n"
        )
        root = Path(__file__).parent.parent
        self.assertEqual(self.output(code, cwd=root), "0\nTrue\n")

    def test_closed(self) -> None:
        """
        It needs no standard streams itself.
        """
        code = (
            "import os\n"
            "from echo.testing import echoServer\n"
            "from websockets.sync.client import connect\n"
            "kept = os.dup(1)\n"
            "for each in range(3): os.close(each)\n"
            "with echoServer() as url, connect(url, proxy=None) as connection:\n"
            "    connection.send('Hello')\n"
            "    os.write(kept, connection.recv().encode())\n"
        )
        self.assertEqual(self.output(code), "Hello")

    def test_elsewhere(self) -> None:
        """
        What lies in the directory it runs in is not taken for a module.
        """
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        for name in ("twisted", "logging", "echo"):
            (directory / f"{name}.py").write_text("raise SystemExit('the wrong one')")
        code = (
            "import os, sys; sys.path.remove('')\n"
            "from echo.testing import echoServer\n"
            "with echoServer() as url: print(url)\n"
        )
        self.assertIn("ws://", self.output(code, cwd=directory))


class PytestTests(SynchronousTestCase):
    """
    The plugin for pytest.
    """

    def test_fixture(self) -> None:
        """
        The fixture is the context manager.
        """
        with contextmanager(inspect.unwrap(pytestplugin.echoServer))() as url:
            self.assertEqual(echo(url), "Hello")
        self.assertTrue(isGone(url))

    def test_unused(self) -> None:
        """
        Whoever does not use it does not notice it: in a run in which warnings are
        errors it says nothing, and nothing of Twisted is loaded.
        """
        result = run(
            Path(self.mktemp()),
            "import sys\ndef test_it():\n    assert 'twisted' not in sys.modules\n",
            *("pytest", "-q", "-W", "error"),
        )
        self.assertIn("1 passed", result)
        self.assertNotIn("warning", result)


def run(directory: Path, text: str, *command: str) -> str:
    """
    Run tests in a process of their own.

    @param text: Their module.

    @param command: What runs them, as a module and its arguments.

    @return: All the output, once they have passed.
    """
    directory.mkdir()
    (directory / "test_example.py").write_text(text)
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=directory,
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


class ExampleTests(SynchronousTestCase):
    """
    The examples in README.rst, run as it says.
    """

    def example(self, text: str, *command: str) -> str:
        """
        @return: The output of the example that has a certain text in it.
        """
        (code,) = (block for block in blocks("python") if text in block)
        return run(Path(self.mktemp()), code, *command)

    def test_unittest(self) -> None:
        """
        The one for C{unittest}.
        """
        self.assertIn(
            "\nOK\n", self.example("unittest.TestCase", "unittest", "test_example")
        )

    def test_pytest(self) -> None:
        """
        The one for C{pytest}.
        """
        self.assertIn("1 passed", self.example("def test_ping(echoServer)", "pytest"))

    def test_trial(self) -> None:
        """
        The one for C{trial}.
        """
        result = self.example("EchoServerMixin", "twisted.trial", "test_example")
        self.assertIn("PASSED (successes=1)", result)
