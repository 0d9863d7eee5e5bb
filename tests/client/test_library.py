"""
Tests of L{echo.client}, and of L{echo.server}: the names that programs import.
"""

import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

import echo.client
import echo.server
from echo.client import close, connecting, connection, errors
from echo.client.transport import tls
from echo.server.conversation.protocol import EchoProtocol


class FaceTests(SynchronousTestCase):
    """
    The names of L{echo.client} and L{echo.server}.
    """

    def test_namesOfClient(self) -> None:
        modules = {
            "TLS": tls,
            "Close": close,
            "Connection": connection,
            "connect": connecting,
        }
        for name in echo.client.__all__:
            defined = getattr(modules.get(name, errors), name)
            self.assertIs(getattr(echo.client, name), defined)

    def test_namesOfServer(self) -> None:
        self.assertIs(echo.server.EchoProtocol, EchoProtocol)

    def test_unknownNameIsAttributeError(self) -> None:
        for module in (echo.client, echo.server):
            error = self.assertRaises(AttributeError, getattr, module, "nothing")
            text = f"module '{module.__name__}' has no attribute 'nothing'"
            self.assertEqual(str(error), text)

    def test_packagesImportNeitherTwistedNorAutobahn(self) -> None:
        code = (
            "import sys, echo.client, echo.server;"
            " print([name for name in ('twisted', 'autobahn') if name in sys.modules])"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        self.assertEqual(ran.stdout, "[]\n", ran.stderr)
