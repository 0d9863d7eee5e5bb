"""
Tests of L{echo.testing} in trial's own reactor; C{tests.system.slow} has those that
start processes.
"""

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from echo.client.connecting import connect as dial
from echo.server import service
from echo.testing import EchoServerMixin


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
