"""
Tests of the choice between L{echo.wire.compiled} and L{echo.wire.pure}.
"""

import sys

from twisted.trial.unittest import SynchronousTestCase

from echo.wire import choose, pure, switch, whyPure
from tests.wire.codecs import whyNot

if whyNot is None:
    from echo.wire import compiled


class CompiledTests(SynchronousTestCase):
    """
    With a compiled C codec.
    """

    skip = whyNot

    def test_defaultIsC(self) -> None:
        """
        The variable may also require it.
        """
        for environ in ({}, {"ECHO_USE_WIRE": ""}, {"ECHO_USE_WIRE": "1"}):
            self.assertIs(choose(environ), compiled)

    def test_0ForcesPython(self) -> None:
        environ = {"ECHO_USE_WIRE": "0"}
        self.assertIs(choose(environ), pure)
        self.assertEqual(whyPure(environ), "ECHO_USE_WIRE is 0")


class NotCompiledTests(SynchronousTestCase):
    """
    Without a compiled C codec.
    """

    def setUp(self) -> None:
        """
        Make the import fail.
        """
        name = "echo.wire.compiled"
        if name in sys.modules:
            self.addCleanup(sys.modules.__setitem__, name, sys.modules[name])
        else:
            self.addCleanup(sys.modules.__delitem__, name)
        sys.modules[name] = None  # type: ignore[assignment]  # makes the import fail

    def test_defaultIsPython(self) -> None:
        for environ in ({}, {"ECHO_USE_WIRE": "0"}):
            self.assertIs(choose(environ), pure)
        self.assertEqual(whyPure({}), "echo.wire is not compiled")

    def test_1RequiresC(self) -> None:
        """
        The error names the variable.
        """
        error = self.assertRaises(ImportError, choose, {"ECHO_USE_WIRE": "1"})
        self.assertIn("ECHO_USE_WIRE is 1, but", str(error))


class SwitchTests(SynchronousTestCase):
    """
    Environment variables with the values 0 and 1.
    """

    def test_values(self) -> None:
        """
        An empty or missing variable is C{None}.
        """
        for value, meaning in (("1", True), ("0", False), ("", None)):
            self.assertIs(switch("ECHO_X", {"ECHO_X": value}), meaning)
        self.assertIsNone(switch("ECHO_X", {}))

    def test_otherValuesAreErrors(self) -> None:
        error = self.assertRaises(ValueError, switch, "ECHO_X", {"ECHO_X": "off"})
        self.assertEqual(str(error), "ECHO_X must be 0 or 1, not 'off'")
