"""
Tests of L{echo.client}, and of L{echo.server}: the names that programs import.
"""

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

import echo.client
import echo.server
from echo.client import connecting, connection, errors
from echo.server.conversation.protocol import EchoProtocol


class FaceTests(SynchronousTestCase):
    """
    The packages themselves have the names that programs import.
    """

    def test_client(self) -> None:
        """
        The library's names are those of the modules that define them.
        """
        self.assertIs(echo.client.connect, connecting.connect)
        self.assertIs(echo.client.Connection, connection.Connection)
        for name in echo.client.__all__:
            if name not in ("connect", "Connection"):
                self.assertIs(getattr(echo.client, name), getattr(errors, name))

    def test_server(self) -> None:
        """
        A service imports C{EchoProtocol} from the package.
        """
        self.assertIs(echo.server.EchoProtocol, EchoProtocol)

    def test_unknown(self) -> None:
        """
        Another name is an C{AttributeError} that has module and name.
        """
        for module in (echo.client, echo.server):
            error = self.assertRaises(AttributeError, getattr, module, "nothing")
            text = f"module '{module.__name__}' has no attribute 'nothing'"
            self.assertEqual(str(error), text)

    def test_quick(self) -> None:
        """
        To import the packages imports nothing of Twisted or Autobahn.
        """
        code = (
            "import sys, echo.client, echo.server;"
            " print([name for name in ('twisted', 'autobahn') if name in sys.modules])"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        self.assertEqual(ran.stdout, "[]\n", ran.stderr)
