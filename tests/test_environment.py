"""
Tests of L{echo.environment}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo import tap
from echo.client.program.checkoptions import CheckOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.runoptions import RunOptions
from echo.environment import CLIENT, DAEMON, unknownVariables


class UnknownVariablesTests(SynchronousTestCase):
    """
    Tests for L{unknownVariables}.
    """

    def test_nearestVariableIsSuggested(self) -> None:
        """
        The warning suggests the nearest variable of both programs.
        """
        for name, nearest in [
            ("ECHO_INTERVALL", "ECHO_INTERVAL"),
            ("ECHO_MAX_MESAGE", "ECHO_MAX_MESSAGE"),
            ("ECHO_USE_WIR", "ECHO_USE_WIRE"),
            ("ECHO_compression", "ECHO_COMPRESSION"),
        ]:
            text = f"{name} in the environment is unknown: did you mean {nearest}?"
            self.assertEqual(unknownVariables({name: "1"}, ()), [text])

    def test_oneLineEachInOrder(self) -> None:
        """
        Names are escaped, and long ones are cut.
        """
        names = ["ECHO_\x1b[m", "ECHO_" + "X" * 100_000, "ECHO_A\n"]
        lines = unknownVariables(dict.fromkeys(names, ""), ())
        starts = [line[:9] for line in lines]
        self.assertEqual(starts, ["ECHO_\\x1b", "ECHO_A\\n ", "ECHO_XXXX"])
        self.assertTrue(all(len(line) < 400 for line in lines))

    def test_noWarningForKnownVariables(self) -> None:
        """
        Known are the variables of both programs, of the data path and of the tests.
        Variables without C{ECHO_} are ignored.
        """
        for kind in (tap.Options, RunOptions, CheckOptions, MergeOptions):
            environment = dict.fromkeys(kind({}).variables(), "1")
            self.assertIn(
                "ECHO_COLOR" if kind is not tap.Options else "ECHO_LISTEN", environment
            )
            self.assertEqual(unknownVariables(environment, ()), [])
        for name in ("ECHO_USE_WIRE", "ECHO_USE_PUMP", "ECHO_EXAMPLES", "PATH", "ECHO"):
            self.assertEqual(unknownVariables({name: "1"}, ()), [])
        self.assertEqual(unknownVariables({"ECHO_OWN": "1"}, {"ECHO_OWN"}), [])

    def test_namesMatchOptions(self) -> None:
        """
        The listed names are the variables of both programs' options.
        """
        for listed, kinds in [
            (DAEMON, (tap.Options,)),
            (CLIENT, (RunOptions, CheckOptions, MergeOptions)),
        ]:
            variables = set[str]().union(*(kind({}).variables() for kind in kinds))
            self.assertEqual({f"ECHO_{name}" for name in listed.split()}, variables)

    def test_noWarningForServiceLinks(self) -> None:
        """
        Kubernetes sets these variables for a service "echo".
        """
        environment = {
            "ECHO_SERVICE_HOST": "10.0.0.1",
            "ECHO_SERVICE_PORT": "80",
            "ECHO_SERVICE_PORT_HTTP": "80",
            "ECHO_PORT": "tcp://10.0.0.1:80",
            "ECHO_PORT_80_TCP": "tcp://10.0.0.1:80",
            "ECHO_PORT_80_TCP_PROTO": "tcp",
            "ECHO_PORT_80_TCP_PORT": "80",
            "ECHO_PORT_80_TCP_ADDR": "10.0.0.1",
        }
        self.assertEqual(unknownVariables(environment, ()), [])
        (line,) = unknownVariables({"ECHO_PORT": "8080"}, ())
        self.assertTrue(line.startswith("ECHO_PORT in the environment is unknown"))
