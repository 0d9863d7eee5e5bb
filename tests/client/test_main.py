"""
Tests of L{echo.client.__main__}.
"""

import importlib
import signal
import subprocess
import sys
from types import ModuleType

from twisted.trial.unittest import SynchronousTestCase

from echo.client import __main__ as start


class MainTests(SynchronousTestCase):
    """
    The start of the program.
    """

    def test_statusOfProgramIsReturned(self) -> None:
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        script = ModuleType("echo.client.program.main")
        script.main = lambda: 7  # type: ignore[attr-defined]  # a module of the test's own
        name = "echo.client.program.main"
        real = importlib.import_module(name)
        self.addCleanup(sys.modules.__setitem__, name, real)
        sys.modules[name] = script
        self.assertEqual(start.main(), 7)

    def test_interruptWhileLoading(self) -> None:
        """
        An interrupt during loading ends the process by the signal, without a traceback.
        """
        code = (
            "import os, signal, sys, types\n"
            "class Loading(types.ModuleType):\n"
            "    def __getattr__(self, name):\n"
            "        os.kill(os.getpid(), signal.SIGINT)\n"
            "sys.modules['echo.client.program.main'] = Loading('script')\n"
            "import runpy; runpy.run_module('echo.client', run_name='__main__')"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
        )
        self.assertEqual((result.returncode, result.stderr), (-signal.SIGINT, b""))
