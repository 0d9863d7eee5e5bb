"""
Tests of L{echo.testing} and L{echo.pytestplugin}, with real processes and sockets.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import websockets.asyncio.client
from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect, unix_connect

from echo import testing
from echo.client.connection import connect as dial
from echo.server import service
from echo.testing import EchoServerMixin, echoServer
from tests.certificates import GOOD, threadedContext
from tests.process import PATIENCE


def echo(url: str) -> str | bytes:
    """
    @return: What comes back.
    """
    with connect(url, proxy=None) as connection:
        connection.send("Hello")
        return connection.recv(PATIENCE)


def isGone(url: str) -> bool:
    """
    @return: Whether nobody listens there any more.
    """
    try:
        echo(url)
    except (OSError, WebSocketException):
        return True
    return False


class Recorded(subprocess.Popen[Any]):
    """
    A process that a test can get hold of.

    @cvar last: The last one that was started.
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
        """
        Get hold of the daemon's process.
        """
        self.patch(subprocess, "Popen", Recorded)

    def test_echo(self) -> None:
        """
        The daemon is there in the block, and is not there after it.
        """
        with echoServer() as url:
            self.assertRegex(url, r"^ws://127\.0\.0\.1:\d+/socket$")
            self.assertEqual(echo(url), "Hello")
        self.assertTrue(isGone(url))
        self.assertEqual(Recorded.last.returncode, 0)

    def test_many(self) -> None:
        """
        There may be several at once, each with switches of its own.
        """
        with (
            echoServer("--subprotocol=one") as first,
            echoServer("--subprotocol=two") as second,
            connect(first, subprotocols=["one"], proxy=None) as one,  # type: ignore[list-item]  # a NewType of str
            connect(second, subprotocols=["two"], proxy=None) as two,  # type: ignore[list-item]  # a NewType of str
        ):
            self.assertEqual((one.subprotocol, two.subprotocol), ("one", "two"))

    def test_decorator(self) -> None:
        """
        It may be for the whole of a function.
        """
        path = str(Path(self.mktemp()).absolute())

        @echoServer(f"--listen=unix:{path}")
        def talk() -> str | bytes:
            with unix_connect(path, "ws://localhost/socket") as connection:
                connection.send("Hello")
                return connection.recv(PATIENCE)

        self.assertEqual(talk(), "Hello")

    def test_TLS(self) -> None:
        """
        With TLS alone the URL says so.
        """
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

    def test_environment(self) -> None:
        """
        What the environment says is for another daemon.
        """
        self.addCleanup(os.environ.pop, "ECHO_MAX_MESSAGE")
        os.environ["ECHO_MAX_MESSAGE"] = "nonsense"
        with echoServer() as url:
            self.assertEqual(echo(url), "Hello")

    def test_asyncio(self) -> None:
        """
        Its peers may be in an event loop.
        """

        async def talk() -> str | bytes:
            with echoServer() as url:
                async with websockets.asyncio.client.connect(
                    url, proxy=None
                ) as connection:
                    await connection.send("Hello")
                    return await connection.recv()

        self.assertEqual(asyncio.run(talk()), "Hello")

    def test_wrong(self) -> None:
        """
        A wrong switch is named, in the daemon's own words.
        """
        with self.assertRaises(ValueError) as raised, echoServer("--drain=soon"):
            pass
        self.assertEqual(
            str(raised.exception),
            "--drain: 'soon' is not a time span: try 250ms, 5s or 1m",
        )

    def test_cannotStart(self) -> None:
        """
        What keeps the daemon from listening is said in its own words too.
        """
        nowhere = "--listen=unix:/nowhere/at/all"
        with self.assertRaises(RuntimeError) as raised, echoServer(nowhere):
            pass
        self.assertIn(
            "the echo server did not start: cannot listen on /nowhere/at/all",
            str(raised.exception),
        )

    def test_silent(self) -> None:
        """
        A daemon that does not come up is not waited for without end.
        """
        self.pretend("exec sleep 1000")
        self.patch(testing, "_START", 0.01)
        with self.assertRaises(RuntimeError), echoServer():
            pass
        self.assertEqual(Recorded.last.returncode, -signal.SIGKILL)

    def test_stubborn(self) -> None:
        """
        Nor is one that does not go.
        """
        self.pretend("trap '' TERM; echo ws://there/socket; exec sleep 1000")
        self.patch(testing, "_STOP", 0.01)
        with echoServer() as url:
            self.assertEqual(url, "ws://there/socket")
        self.assertEqual(Recorded.last.returncode, -signal.SIGKILL)

    def pretend(self, script: str) -> None:
        """
        Have something else run in place of our own Python.
        """
        path = Path(self.mktemp()).absolute()
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        self.patch(sys, "executable", str(path))

    def test_died(self) -> None:
        """
        That the daemon died in the block is an error, with the end of its log.
        """
        with self.assertRaises(RuntimeError) as raised, echoServer():
            Recorded.last.kill()
        message = str(raised.exception)
        self.assertTrue(message.startswith("the echo server died: "), message)
        self.assertIn("Listening on ws://", message)

    def test_diedOfSomething(self) -> None:
        """
        Where the block failed, that is a note on its own error.
        """
        with self.assertRaises(KeyError) as raised, echoServer():
            Recorded.last.kill()
            raise KeyError("what the test found")
        (note,) = raised.exception.__notes__
        self.assertTrue(note.startswith("the echo server died: "), note)

    def test_failed(self) -> None:
        """
        A failure of which the daemon knows nothing is left as it is.
        """
        with self.assertRaises(KeyError) as raised, echoServer():
            raise KeyError("what the test found")
        self.assertFalse(hasattr(raised.exception, "__notes__"))

    def test_interrupted(self) -> None:
        """
        Ctrl-C, which goes to all of a group of processes, is not for the daemon.
        """
        with echoServer():
            pid = Recorded.last.pid
            self.assertEqual(os.getpgid(pid), pid)


class MixinTests(EchoServerMixin, TestCase):
    """
    The daemon in trial's own reactor.
    """

    echoArguments = ("--max-message", "1k")

    def setUp(self) -> None:
        """
        Start the daemon.
        """
        # Signals are trial's: a drain that takes them fails.
        self.patch(service, "interrupts", None)
        super().setUp()

    async def test_echo(self) -> None:
        """
        It answers.
        """
        connection = await dial(reactor, self.echoURL)
        await connection.send("Hello")
        self.assertEqual(await connection.receive(), "Hello")
        await connection.close()

    async def test_switches(self) -> None:
        """
        It has the switches that the class says.
        """
        connection = await dial(reactor, self.echoURL)
        await connection.send(bytes(1025))
        self.assertEqual((await connection.close()).code, 1009)

    async def test_leftOpen(self) -> None:
        """
        A connection that the test leaves behind is closed, and the reactor clean.
        """
        connection = await dial(reactor, self.echoURL)
        await connection.send("Hello")

    def test_wrong(self) -> None:
        """
        A wrong switch is an error of the test, and names it.
        """
        self.patch(type(self), "echoArguments", ["--drain=soon"])
        error = self.assertRaises(ValueError, super().setUp)
        self.assertIn("--drain: 'soon'", str(error))
