"""
Tests of L{echo.testing} and L{echo.testing.pytestplugin} with real processes.
"""

import asyncio
import inspect
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import websockets.asyncio.client
from twisted.trial.unittest import SynchronousTestCase
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect, unix_connect

from echo import testing
from echo.testing import echoServer, pytestplugin
from tests.kit.certificates import GOOD, threadedContext
from tests.kit.processes import PATIENCE, until

# No proxy for loopback, and none of the developer's options for pytest.
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.lower().endswith("_proxy") and not name.startswith("PYTEST_")
}


def echo(url: str) -> str | bytes:
    """
    @return: The echo of a message.
    """
    with connect(url, proxy=None) as connection:
        connection.send("Hello")
        return connection.recv(PATIENCE)


def isGone(url: str) -> bool:
    """
    @return: Whether no daemon answers there.
    """
    try:
        echo(url)
    except (OSError, WebSocketException):
        return True
    return False


class Recorded(subprocess.Popen[Any]):
    """
    A process that a test can reach.

    @cvar last: The process that was started last.
    """

    last: ClassVar["Recorded"]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        Recorded.last = self
        super().__init__(*arguments, **options)


class EchoServerTests(SynchronousTestCase):
    """
    The context manager.
    """

    def setUp(self) -> None:
        self.patch(subprocess, "Popen", Recorded)

    def test_runsWithinBlock(self) -> None:
        with echoServer() as url:
            self.assertRegex(url, r"^ws://127\.0\.0\.1:\d+/socket$")
            self.assertEqual(echo(url), "Hello")
        self.assertTrue(isGone(url))
        self.assertEqual(Recorded.last.returncode, 0)

    def test_severalServers(self) -> None:
        with (
            echoServer("--subprotocol=one") as first,
            echoServer("--subprotocol=two") as second,
            connect(first, subprotocols=["one"], proxy=None) as one,  # type: ignore[list-item]  # a NewType of str
            connect(second, subprotocols=["two"], proxy=None) as two,  # type: ignore[list-item]  # a NewType of str
        ):
            self.assertEqual((one.subprotocol, two.subprotocol), ("one", "two"))

    def test_decorator(self) -> None:
        path = str(Path(self.mktemp()).absolute())

        @echoServer(f"--listen=unix:{path}")
        def talk() -> str | bytes:
            with unix_connect(path, "ws://localhost/socket") as connection:
                connection.send("Hello")
                return connection.recv(PATIENCE)

        self.assertEqual(talk(), "Hello")

    def test_urlOfTLS(self) -> None:
        directory = self.mktemp()
        Path(directory).mkdir()
        pem = GOOD.save(directory)
        tls = ("--listen-tls=tcp:0:interface=127.0.0.1", "--tls-cert", pem)
        context = threadedContext()
        with (
            echoServer(*tls, "--tls-key", pem) as url,
            connect(
                url, ssl=context, server_hostname="localhost", proxy=None
            ) as connection,
        ):
            self.assertTrue(url.startswith("wss://127.0.0.1:"))
            connection.send("Hello")
            self.assertEqual(connection.recv(PATIENCE), "Hello")

    def test_environmentIsIgnored(self) -> None:
        self.addCleanup(os.environ.pop, "ECHO_MAX_MESSAGE")
        os.environ["ECHO_MAX_MESSAGE"] = "nonsense"
        with echoServer() as url:
            self.assertEqual(echo(url), "Hello")

    def test_asyncio(self) -> None:

        async def talk() -> str | bytes:
            with echoServer() as url:
                async with websockets.asyncio.client.connect(
                    url, proxy=None
                ) as connection:
                    await connection.send("Hello")
                    return await connection.recv()

        self.assertEqual(asyncio.run(talk()), "Hello")

    def test_invalidOption(self) -> None:
        """
        The error is the daemon's.
        """
        with self.assertRaises(ValueError) as raised, echoServer("--drain=soon"):
            pass
        self.assertEqual(
            str(raised.exception),
            "--drain: 'soon' is not a time span: try 250ms, 5s or 1m",
        )

    def test_cannotStart(self) -> None:
        """
        The error is the daemon's.
        """
        nowhere = "--listen=unix:/nowhere/at/all"
        with self.assertRaises(RuntimeError) as raised, echoServer(nowhere):
            pass
        self.assertIn(
            "the echo server did not start: cannot listen on /nowhere/at/all",
            str(raised.exception),
        )

    def test_startTimesOut(self) -> None:
        self.pretend("exec sleep 1000")
        self.patch(testing, "_START", 0.01)
        with self.assertRaises(RuntimeError), echoServer():
            pass
        self.assertEqual(Recorded.last.returncode, -signal.SIGKILL)

    def test_stopTimesOut(self) -> None:
        self.pretend("trap '' TERM; echo ws://there/socket; exec sleep 1000")
        self.patch(testing, "_STOP", 0.01)
        with echoServer() as url:
            self.assertEqual(url, "ws://there/socket")
        self.assertEqual(Recorded.last.returncode, -signal.SIGKILL)

    def pretend(self, script: str) -> None:
        """
        Run a program in place of the daemon.
        """
        path = Path(self.mktemp()).absolute()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        self.patch(sys, "executable", str(path))

    def test_deathInBlockIsError(self) -> None:
        """
        It has the end of the log.
        """
        with self.assertRaises(RuntimeError) as raised, echoServer():
            Recorded.last.kill()
        message = str(raised.exception)
        self.assertTrue(message.startswith("the echo server died: "), message)
        self.assertIn("Listening on ws://", message)

    def test_deathIsNoteOnErrorOfBlock(self) -> None:
        with self.assertRaises(KeyError) as raised, echoServer():
            Recorded.last.kill()
            raise KeyError("what the test found")
        (note,) = raised.exception.__notes__
        self.assertTrue(note.startswith("the echo server died: "), note)

    def test_errorOfBlockIsUnchanged(self) -> None:
        with self.assertRaises(KeyError) as raised, echoServer():
            raise KeyError("what the test found")
        self.assertFalse(hasattr(raised.exception, "__notes__"))

    def test_interruptSparesDaemon(self) -> None:
        """
        A terminal sends it to all processes of the foreground group.
        """
        with echoServer():
            pid = Recorded.last.pid
            self.assertEqual(os.getpgid(pid), pid)


class ProcessTests(SynchronousTestCase):
    """
    The process that starts the daemon.
    """

    def output(self, code: str, cwd: Path | None = None) -> str:
        """
        @return: A Python program's output.
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

    def test_importsNoTwisted(self) -> None:
        """
        Nor does the pytest plugin import it.
        """
        for module in ("echo.testing", "echo.testing.pytestplugin"):
            code = f"import sys, {module}; print('twisted' in sys.modules)"
            self.assertEqual(self.output(code), "False\n")

    def test_daemonEndsWithParent(self) -> None:
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

    def test_forksOfParentMayTalk(self) -> None:
        """
        They may outlive the daemon.
        """
        code = (
            "import multiprocessing, time\n"
            "from echo import testing\n"
            "from echo.testing import echoServer\n"
            "from tests.system.slow.testing import echo, isGone\n"
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
        root = Path(__file__).parent.parent.parent
        self.assertEqual(self.output(code, cwd=root), "0\nTrue\n")

    def test_closedStandardStreams(self) -> None:
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

    def test_currentDirectoryIsNotImported(self) -> None:
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
        with contextmanager(inspect.unwrap(pytestplugin.echoServer))() as url:
            self.assertEqual(echo(url), "Hello")
        self.assertTrue(isGone(url))

    def test_pluginIsSilentUnlessUsed(self) -> None:
        """
        A run with warnings as errors passes, and imports nothing of Twisted.
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
    Run tests in a process.

    @param text: The module of the tests.

    @param command: The test runner: a module and its arguments.

    @return: The output of the passed tests.
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
