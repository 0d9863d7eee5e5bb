"""
Tests of the choice between L{echo.wire.compiled} and L{echo.wire.twin}.
"""

import sys

from twisted.trial.unittest import SynchronousTestCase

from echo.wire import choose, twin, whyTwin

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
        The twin is taken if it is wanted.
        """
        environ = {"ECHO_USE_WIRE": "0"}
        self.assertIs(choose(environ), twin)
        self.assertEqual(whyTwin(environ), "ECHO_USE_WIRE is 0")


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
        The twin is taken.
        """
        for environ in ({}, {"ECHO_USE_WIRE": "0"}):
            self.assertIs(choose(environ), twin)
        self.assertEqual(whyTwin({}), "echo.wire is not compiled")

    def test_insist(self) -> None:
        """
        One can insist on the compiled one.
        """
        self.assertRaises(ImportError, choose, {"ECHO_USE_WIRE": "1"})
