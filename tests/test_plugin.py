"""
Tests of the plugin for C{twistd} and C{twist}.
"""

import subprocess
import sys
from typing import Any

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase


class PluginTests(SynchronousTestCase):
    """
    The plugin.
    """

    def test_onlyPluginOfThatName(self) -> None:
        makers: list[Any] = [
            each for each in getPlugins(IServiceMaker) if each.tapname == "echo"
        ]
        (maker,) = makers
        self.assertEqual(maker.module, "echo.tap")
        self.assertTrue(maker.description)
        options = maker.options()
        options.parseOptions([])
        self.assertIn("max-message", options)

    def test_importsNothing(self) -> None:
        """
        C{twistd} loads the plugin for all of its commands.
        """
        code = (
            "import sys, twisted.plugins.echo_plugin;"
            "print([name for name in sys.modules"
            " if name.split('.')[0] in ('echo', 'autobahn')])"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        self.assertEqual(result.stdout.strip(), "[]")
