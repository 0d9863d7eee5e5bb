"""
Tests of the choice between L{echo.wire.compiled} and L{echo.wire.pure}.
"""

import sys

from twisted.trial.unittest import SynchronousTestCase

from echo.wire import choose, pure, switch, whyPure

try:
    from echo.wire import compiled
except ImportError as error:
    whyNot: str | None = str(error)
else:
    whyNot = None


class CompiledTests(SynchronousTestCase):
    """
    Where there is a compiled one.
    """

    skip = whyNot

    def test_compiled(self) -> None:
        """
        It is taken, unless it is not wanted.
        """
        for environ in ({}, {"ECHO_USE_WIRE": ""}, {"ECHO_USE_WIRE": "1"}):
            self.assertIs(choose(environ), compiled)

    def test_twin(self) -> None:
        """
        The pure is taken if it is wanted.
        """
        environ = {"ECHO_USE_WIRE": "0"}
        self.assertIs(choose(environ), pure)
        self.assertEqual(whyPure(environ), "ECHO_USE_WIRE is 0")


class NotCompiledTests(SynchronousTestCase):
    """
    Where there is none.
    """

    def setUp(self) -> None:
        """
        Have it not be found.
        """
        name = "echo.wire.compiled"
        if name in sys.modules:
            self.addCleanup(sys.modules.__setitem__, name, sys.modules[name])
        else:
            self.addCleanup(sys.modules.__delitem__, name)
        sys.modules[name] = None  # type: ignore[assignment]  # importing it fails then

    def test_twin(self) -> None:
        """
        The pure is taken.
        """
        for environ in ({}, {"ECHO_USE_WIRE": "0"}):
            self.assertIs(choose(environ), pure)
        self.assertEqual(whyPure({}), "echo.wire is not compiled")

    def test_insist(self) -> None:
        """
        One can insist on the compiled one.
        """
        error = self.assertRaises(ImportError, choose, {"ECHO_USE_WIRE": "1"})
        self.assertIn("ECHO_USE_WIRE is 1, but", str(error))


class SwitchTests(SynchronousTestCase):
    """
    Environment variables that switch something.
    """

    def test_values(self) -> None:
        """
        They are 1 or 0, or say nothing.
        """
        for value, meaning in (("1", True), ("0", False), ("", None)):
            self.assertIs(switch("ECHO_X", {"ECHO_X": value}), meaning)
        self.assertIsNone(switch("ECHO_X", {}))

    def test_others(self) -> None:
        """
        Whatever else they are is an error, which says so.
        """
        error = self.assertRaises(ValueError, switch, "ECHO_X", {"ECHO_X": "off"})
        self.assertEqual(str(error), "ECHO_X must be 0 or 1, not 'off'")
