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

    def test_nearest(self) -> None:
        """
        A variable that neither program reads is named, with the nearest one, which
        may be that of the other program.
        """
        for name, nearest in [
            ("ECHO_INTERVALL", "ECHO_INTERVAL"),
            ("ECHO_MAX_MESAGE", "ECHO_MAX_MESSAGE"),
            ("ECHO_USE_WIR", "ECHO_USE_WIRE"),
            ("ECHO_compression", "ECHO_COMPRESSION"),
        ]:
            text = f"{name} in the environment is unknown: did you mean {nearest}?"
            self.assertEqual(unknownVariables({name: "1"}, ()), [text])

    def test_order(self) -> None:
        """
        Each has its line, in the order of the names, and with whatever is in them
        escaped; a long one is no trouble.
        """
        names = ["ECHO_\x1b[m", "ECHO_" + "X" * 100_000, "ECHO_A\n"]
        lines = unknownVariables(dict.fromkeys(names, ""), ())
        starts = [line[:9] for line in lines]
        self.assertEqual(starts, ["ECHO_\\x1b", "ECHO_A\\n ", "ECHO_XXXX"])
        self.assertTrue(all(len(line) < 400 for line in lines))

    def test_known(self) -> None:
        """
        Variables of options of either program, of the data path and of the tests
        are known, and those of everybody else are nobody's business.
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

    def test_table(self) -> None:
        """
        The names that are listed are those of the options of both programs.
        """
        for listed, kinds in [
            (DAEMON, (tap.Options,)),
            (CLIENT, (RunOptions, CheckOptions, MergeOptions)),
        ]:
            variables = set[str]().union(*(kind({}).variables() for kind in kinds))
            self.assertEqual({f"ECHO_{name}" for name in listed.split()}, variables)

    def test_serviceLinks(self) -> None:
        """
        What Kubernetes sets for a service that is called "echo" is no typing error.
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
