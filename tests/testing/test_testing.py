"""
Tests of L{EchoServerMixin} in trial's reactor. C{tests.system.slow} has those of
processes.
"""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from echo.client.connecting import connect as dial
from echo.server import service
from echo.testing import EchoServerMixin


class MixinTests(EchoServerMixin, TestCase):
    """
    The daemon in trial's reactor.
    """

    echoArguments = ("--max-message", "1k")

    def setUp(self) -> None:
        # trial handles signals: a drain that sets handlers fails.
        self.patch(service, "setHandlers", None)
        super().setUp()

    async def test_echo(self) -> None:
        connection = await dial(reactor, self.echoURL)
        await connection.send("Hello")
        self.assertEqual(await connection.receive(), "Hello")
        await connection.close()

    async def test_arguments(self) -> None:
        connection = await dial(reactor, self.echoURL)
        await connection.send(bytes(1025))
        self.assertEqual((await connection.close()).code, 1009)

    async def test_openConnectionIsClosed(self) -> None:
        """
        A connection that the test leaves open ends with it, and leaves the reactor
        clean.
        """
        connection = await dial(reactor, self.echoURL)
        await connection.send("Hello")

    def test_invalidOptionFailsTest(self) -> None:
        self.patch(type(self), "echoArguments", ["--drain=soon"])
        error = self.assertRaises(ValueError, super().setUp)
        self.assertIn("--drain: 'soon'", str(error))
