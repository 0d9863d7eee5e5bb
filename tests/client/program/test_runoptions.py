"""
Tests for L{echo.client.program.runoptions}, and for the combinations of options.
"""

import io
import sys
from itertools import product
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.gates import Gates, LeastRate, Limit
from echo.client.program.runoptions import RunOptions
from echo.client.run.modes.settings import FleetSettings, HoldSettings
from echo.client.traffic.payloads import Payloads, SweepPayloads
from echo.client.traffic.plan import Load, Plan
from echo.usage import UsageError


class OptionsTestCase(SynchronousTestCase):
    """
    Reads command lines of the program.
    """

    def parse(
        self, *arguments: str, stdin: bytes = b"", **environment: str
    ) -> RunOptions:
        options = RunOptions(environment, io.BytesIO(stdin))
        options.parseOptions(arguments)
        return options

    def refused(self, *arguments: str, **environment: str) -> str:
        """
        @return: The error.
        """
        return str(self.assertRaises(UsageError, self.parse, *arguments, **environment))


def planOf(options: RunOptions) -> Plan:
    """
    @return: The plan of each connection's messages.
    """
    settings = options.settings
    assert not isinstance(settings, HoldSettings)
    return settings.load.plan if isinstance(settings, FleetSettings) else settings.plan


def loadOf(options: RunOptions) -> Load | None:
    settings = options.settings
    return settings.load if isinstance(settings, FleetSettings) else None


class PlanTests(OptionsTestCase):
    """
    The plan and the target of a run.
    """

    def test_defaults(self) -> None:
        """
        One message a second to this machine, without end and without demands.
        """
        options = self.parse()
        self.assertEqual(options["url"], "ws://localhost:8080/socket")
        plan = planOf(options)
        self.assertEqual((plan.interval, plan.count, plan.timeout), (1, None, 10))
        self.assertEqual((plan.closedLoop, plan.grace, plan.ping), (False, 1.0, False))
        self.assertEqual((plan.warmup, plan.greeting), (0, 0))
        self.assertEqual(plan.payloads, Payloads(None))
        self.assertEqual(options.settings.gates, Gates())
        self.assertIsNone(loadOf(options))
        for name in ("hold", "lines", "reconnect", "histogram", "quiet"):
            self.assertFalse(options[name], name)
        self.assertIsNone(options["plot"])
        target = options.settings.target
        self.assertEqual(target.maxMessage, 16 * 2**20)
        self.assertEqual(target.timeout, 10.0)
        self.assertFalse(target.compression)

    def test_eachOptionHasItsField(self) -> None:
        options = self.parse(
            *("-i", "250ms", "-c", "3", "-m", "ü", "-s", "32m", "-b", "-q"),
            *("--timeout", "1m", "--close-timeout", "2s", "--warmup", "4"),
            *("--greeting", "5", "--ping", "--histogram", "--reconnect", "wss://x/y"),
        )
        plan = planOf(options)
        self.assertEqual((plan.interval, plan.count, plan.timeout), (0.25, 3, 60))
        self.assertEqual((plan.closedLoop, plan.grace, plan.ping), (False, 2.0, True))
        self.assertEqual((plan.warmup, plan.greeting), (4, 5))
        self.assertTrue(plan.payloads.isBinary)
        self.assertEqual(len(plan.payloads.payload(1)), 32 * 2**20)
        self.assertEqual(options["url"], "wss://x/y")
        for name in ("histogram", "reconnect", "quiet"):
            self.assertTrue(options[name], name)
        self.assertGreater(options.settings.target.maxMessage, 32 * 2**20)

    def test_messageIsTextFileOrInput(self) -> None:
        path = self.mktemp()
        Path(path).write_bytes(b"\xc3\xbc\n")
        for arguments, payload in [
            (("-m", "ü"), "ü".encode()),
            (("-m", ""), b""),
            (("-m", f"@{path}"), b"\xc3\xbc\n"),
            (("-m", "@-"), b"input"),
            (("-m", "\udcff", "-b"), b"\xff"),
        ]:
            options = self.parse(*arguments, stdin=b"input")
            self.assertEqual(planOf(options).payloads.payload(1), payload)

    def test_missingStandardInputIsError(self) -> None:
        self.patch(sys, "stdin", None)
        error = self.assertRaises(
            UsageError, RunOptions({}).parseOptions, ["--message", "@-"]
        )
        self.assertEqual(str(error), "--message: there is no standard input")

    def test_linesHaveNoIntervalByDefault(self) -> None:
        """
        The options do not read standard input.
        """
        options = self.parse("-m", "@-", "--lines", "-b", stdin=b"\xff\n")
        plan = planOf(options)
        self.assertEqual((plan.interval, plan.count, plan.closedLoop), (0, None, False))
        self.assertEqual(plan.payloads, Payloads(None, isBinary=True))
        self.assertEqual(options.standardInput("lines").read(), b"\xff\n")
        self.assertEqual(
            options.settings.target.maxMessage,
            16 * 2**20,
            "the longest line",
        )
        options = self.parse("-m", "@-", "--lines", "-i", "2s", "-c", "7")
        self.assertEqual((planOf(options).interval, planOf(options).count), (2, 7))

    def test_sweepSendsTenMessagesOfEachSize(self) -> None:
        """
        Or N with C{--count}. Each message waits for the echo of the earlier one, also
        with an interval.
        """
        plan = planOf(self.parse("--sweep", "1k..3k"))
        self.assertEqual(plan.payloads, SweepPayloads(False, (1024, 2048, 3072), 10))
        self.assertEqual((plan.interval, plan.count, plan.closedLoop), (0, 30, True))
        options = self.parse("--sweep", "16m..64m", "-c", "2", "-i", "1s", "-b")
        plan = planOf(options)
        sizes = (2**24, 2**25, 2**26)
        self.assertEqual(plan.payloads, SweepPayloads(True, sizes, 2))
        self.assertEqual((plan.interval, plan.count, plan.closedLoop), (1, 6, True))
        self.assertGreater(options.settings.target.maxMessage, 2**26)
        self.assertTrue(planOf(self.parse("--sweep", "1", "-i", "0")).interval == 0)
        self.assertTrue(planOf(self.parse("--sweep", "1", "-i", "0")).closedLoop)

    def test_loadHasRampAndRate(self) -> None:
        options = self.parse("--connections", "1000")
        self.assertEqual(loadOf(options), Load(1000, 200.0, None, planOf(options)))
        options = self.parse(
            *("--connections", "2", "--ramp", "600/m", "--rate", "5/s", "-c", "3")
        )
        self.assertEqual(loadOf(options), Load(2, 10.0, 5.0, planOf(options)))
        self.assertEqual(planOf(options).count, 3)

    def test_holdPingImpliesHold(self) -> None:
        options = self.parse("--hold")
        self.assertEqual((options["hold"], options["hold-ping"]), (1, None))
        options = self.parse("--hold-ping", "30s")
        self.assertEqual((options["hold"], options["hold-ping"]), (True, 30.0))
        options = self.parse("--hold", "--expect-close", "1001", "-w", "1m", "-q")
        self.assertEqual(options.settings.gates.close, 1001)

    def test_environmentSetsOptions(self) -> None:
        """
        An error names the variable.
        """
        options = self.parse(
            ECHO_INTERVAL="5s",
            ECHO_PING="1",
            ECHO_MAX_RTT="1s@p50\n\n2s",
            ECHO_COUNT="4",
        )
        self.assertEqual((planOf(options).interval, planOf(options).count), (5, 4))
        self.assertTrue(planOf(options).ping)
        self.assertEqual(
            options.settings.gates.limits,
            [Limit("1s@p50", 1.0, "p50"), Limit("2s", 2.0, "max")],
        )
        self.assertIn("ECHO_COUNT: ", self.refused(ECHO_COUNT="x"))
        self.assertIn("ECHO_MESSAGE: ", self.refused(ECHO_MESSAGE="@/nowhere"))
        said = self.refused("--hold", ECHO_COUNT="3")
        self.assertEqual(said, "ECHO_COUNT does not work with --hold")
        said = self.refused(ECHO_RAMP="3")
        self.assertEqual(said, "ECHO_RAMP needs --connections")


class GateTests(OptionsTestCase):
    """
    The demands on a run.
    """

    def test_eachDemandHasItsField(self) -> None:
        gates = self.parse(
            *("--max-loss", "0.5%", "--max-rtt", "200ms@p99", "--max-rtt", "1s"),
            *("--expect-close", "4001", "--expect-subprotocol", "a"),
            *("--expect-compression", "--min-rate", "99%"),
        ).settings.gates
        limits = [Limit("200ms@p99", 0.2, "p99"), Limit("1s", 1.0, "max")]
        least = LeastRate("99%", percent=99.0)
        self.assertEqual(gates, Gates(0.5, limits, 4001, "a", True, least))

    def test_offersExpectedSubprotocolOnce(self) -> None:
        options = self.parse("--expect-subprotocol", "a", "--expect-compression")
        self.assertEqual(options.settings.target.subprotocols, ["a"])
        self.assertTrue(options.settings.target.compression)
        for given, offered in [(("b",), ["b", "a"]), (("a", "b"), ["a", "b"])]:
            switches = [f"--subprotocol={each}" for each in given]
            options = self.parse("--expect-subprotocol", "a", *switches)
            self.assertEqual(options.settings.target.subprotocols, offered)

    def test_offerIsNoDemand(self) -> None:
        options = self.parse("--compression")
        self.assertTrue(options.settings.target.compression)
        self.assertFalse(options.settings.gates.compression)


class RefusalTests(OptionsTestCase):
    """
    The errors of invalid options.
    """

    def test_errorSaysWhatIsRight(self) -> None:
        for arguments, said in [
            (("-i", "soon"), "--interval: 'soon' is not a time span: try 250ms"),
            (("-i", "169h"), "--interval: '169h' is too long: at most 168h"),
            (("-c", "0"), "--count: '0' is too few: try 1, or leave it out"),
            (("-c", "-1"), "--count: '-1' is not a whole number: try 1 or 1000"),
            (("-c", "-1"), "--count: '-1' is not a whole number"),
            (("-s", "2g"), "--size: '2g' is too large: at most 1g"),
            (("-s", "x"), "--size: 'x' is not a size: try 512, 64k or 1m"),
            (("--sweep", "2..1"), "--sweep: '2..1' goes down: try 1..2"),
            (("--sweep", "1..2g"), "--sweep: '2g' is too large: at most 1g"),
            (("--sweep", "2g"), "--sweep: '2g' is too large: at most 1g"),
            (("--warmup", "x"), "--warmup: 'x' is not a whole number: try 0"),
            (("--greeting", "x"), "--greeting: 'x' is not a whole number: try 0"),
            (("--hold-ping", "0"), "--hold-ping: '0' is not a time span above 0"),
            (("--connections", "0"), "--connections: '0' is too few: try 1"),
            (
                ("--connections", "2", "--ramp", "0"),
                "--ramp: '0' is never: try 200, 200/s or 12000/m",
            ),
            (("--connections", "2", "--rate", "x"), "--rate: 'x' is not a rate: try"),
            (("--plot", "a.gif"), "--plot: 'a.gif' ends neither in .svg nor in .png"),
            (("--max-loss", "x"), "--max-loss: 'x' is not a percentage: try 0.5%"),
            (("--max-rtt", "1s@x"), "--max-rtt: 'x' is none of avg, max, p50"),
            (("--expect-close", "99"), "--expect-close: '99' is not a close code"),
            (("--expect-subprotocol", "a b"), "--expect-subprotocol: 'a b' is not a"),
            (("-m", "@/nowhere"), "--message: cannot read '/nowhere': No such file"),
            (("-m", "@"), "--message: cannot read ''"),
            (("-m", "@a\0b"), "--message: cannot read"),
            (("-m", "\udcff"), "--message: the message is not UTF-8: try --binary"),
            (("http://x/",), "'http' is not ws or wss: try ws://x/"),
        ]:
            self.assertIn(said, self.refused(*arguments))

    def test_plotIsCheckedNotWritten(self) -> None:
        path = f"{self.mktemp()}.svg"
        self.assertEqual(self.parse("--plot", path)["plot"], path)
        self.assertFalse(Path(path).exists())

    def test_errorNamesExcludedOption(self) -> None:
        """
        In either order.
        """
        values = {
            "count": "1",
            "message": "x",
            "size": "9",
            "warmup": "1",
            "greeting": "1",
            "interval": "0",
            "max-loss": "0",
            "max-rtt": "1s",
            "plot": "x.svg",
            "sweep": "1k",
            "connections": "2",
            "expect-close": "1000",
        }
        flags = ["binary", "lines", "ping", "histogram", "reconnect"]
        sending = [*flags, *(name for name in values if name != "expect-close")]
        cases = [
            *product(["hold"], sending),
            *product(["sweep"], ["size", "message", "lines", "reconnect"]),
            *product(["connections"], ["lines", "ping", "plot", "reconnect", "sweep"]),
            ("lines", "size"),
            ("reconnect", "expect-close"),
        ]
        for pair in cases:
            switches = [
                f"--{each}={values[each]}" if each in values else f"--{each}"
                for each in pair
            ]
            for arguments in (switches, switches[::-1]):
                said = self.refused(*arguments)
                start = f"--{pair[1]} does not work with --{pair[0]}"
                self.assertTrue(said.startswith(start), said)
        said = self.refused("--hold-ping", "1s", "-c", "1")
        self.assertEqual(said, "--count does not work with --hold")

    def test_errorNamesOptionsThatWorkWithConnections(self) -> None:
        for switch in ("--ping", "--reconnect", "--sweep=1k", "--hold"):
            said = self.refused(switch, "--connections", "2")
            start, _, listed = said.partition("; with --connections, these do: ")
            self.assertIn("does not work with", start)
            named = listed.split(", ")
            for name in ("--count", "--max-rtt", "--rate", "--ramp", "--greeting"):
                self.assertIn(name, named)
            for name in ("--ping", "--hold", "--hold-ping", "--sweep", "--connections"):
                self.assertNotIn(name, named)

    def test_errorNamesNeededOption(self) -> None:
        for arguments, said in [
            (("--ramp", "1"), "--ramp needs --connections"),
            (("--rate", "1"), "--rate needs --connections"),
            (("--lines",), "--lines needs --message"),
            (("--lines", "-m", "x"), "--lines needs --message @-"),
        ]:
            self.assertEqual(self.refused(*arguments), said)
