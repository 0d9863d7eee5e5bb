"""
The switches of C{echo-client}: every check is here, and says what would be right.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, ClassVar

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import checkSection, select
from echo.client.measure.gates import (
    Gates,
    parseCloseCode,
    parseLeastRate,
    parseLimit,
    parsePercent,
)
from echo.client.output.junit import checkJUnit
from echo.client.output.plots.plot import checkPlot
from echo.client.program.dialoptions import (
    DEFAULT_URL,
    DialOptions,
    OutputOptions,
    duration,
    timeout,
)
from echo.client.traffic.payloads import Payloads
from echo.client.traffic.plan import Load, Plan
from echo.client.traffic.sweep import SweepPayloads, parseSizes
from echo.client.transport.upgraderequest import checkSubprotocol
from echo.units import parseCount, parseRate, parseSize
from echo.usage import UsageError, repeatable

_LARGEST = 2**30
_LEAST_LIMIT = 16 * 2**20
_SWEEP_COUNT = 10
_RAMP = 200.0


def _count(text: str) -> int:
    count = parseCount(text, example=1)
    if not count:
        raise ValueError(f"{text!r} is too few: try 1, or leave it out for no end")
    return count


def _size(text: str) -> int:
    size = parseSize(text)
    if size > _LARGEST:
        raise ValueError(f"{text!r} is too large: at most 1g")
    return size


def _sizes(text: str) -> list[int]:
    sizes = parseSizes(text)
    _size(text.rpartition("..")[2])
    return sizes


def _plot(text: str) -> str:
    checkPlot(text)
    return text


# Switches that change what a run is, and those that mean nothing to it.
_SENDS_NOTHING = (
    "count message binary size lines warmup greeting ping interval "
    "max-loss max-rtt min-rate plot histogram reconnect sweep connections"
)
_EXCLUDED = {
    "hold": _SENDS_NOTHING.split(),
    "sweep": ["size", "message", "lines", "reconnect"],
    "connections": ["lines", "ping", "plot", "reconnect", "sweep"],
    "lines": ["size"],
    "reconnect": ["expect-close"],
}
_NEEDED = {"ramp": "connections", "rate": "connections", "lines": "message"}


class Options(DialOptions):
    """
    What to connect to, what to send, and how long to wait.

    @ivar plan: What to send.

    @ivar gates: What it must come to.

    @ivar load: Over how many connections, if over more than one.
    """

    synopsis = (
        "Usage: echo-client [options] [URL]\n"
        "       echo-client check [options] [URL]    RFC 6455 conformance\n"
        "       echo-client merge [options] FILE...  add up runs with --json"
    )
    about = (
        "Sends one message an interval to a WebSocket echo server and matches it "
        f"with its echo. The URL is {DEFAULT_URL} if there is none. Times are like "
        "250ms, 5s or 1m, sizes like 512, 64k or 1m.\n\n"
        "Every option can come from the environment instead: --interval from "
        "ECHO_INTERVAL. --no-NAME switches off a flag that the environment switches "
        "on: --no-compression.\n\n"
        "Exit status: 0 every message came back as sent, 1 some did not, or a demand "
        "was not met, 2 wrong usage, or nothing to send, 3 could not connect, 4 "
        "handshake refused, 5 protocol error, 6 the server ended the run before its "
        "time, 130 interrupted before there was anything to sum up."
    )
    optFlags: ClassVar[list[list[str | None]]] = [
        ["binary", "b", "Send binary messages."],
        ["lines", None, "With -m @-: send each line of input as a message."],
        ["ping", None, "Send a control ping with each message."],
        ["reconnect", None, "Reconnect after each loss, and report each outage."],
        ["hold", None, "Send nothing, and report when the connection is cut."],
        ["histogram", None, "Draw a histogram of the round trips."],
        [
            "expect-compression",
            None,
            "Fail unless the server accepts permessage-deflate.",
        ],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["interval", "i", None, "Send a message every TIME. [default: 1s]"],
        [
            "count",
            "c",
            None,
            "Stop after N messages: in all, of a size, or on a connection.",
        ],
        ["message", "m", None, "Send this text, or @FILE, or @- for standard input."],
        ["size", "s", None, "Make each message SIZE bytes long."],
        ["sweep", None, None, "Sweep message sizes from A to B, doubling: 1k..16m."],
        ["warmup", None, "0", "Exclude the first N messages from the times."],
        [
            "greeting",
            None,
            "0",
            "Discard N messages before the first echo; fail if fewer come.",
        ],
        ["hold-ping", None, None, "Like --hold, with a ping every TIME."],
        ["connections", None, None, "Open N connections."],
        [
            "ramp",
            None,
            None,
            "With --connections: open them at this rate. [default: 200/s]",
        ],
        ["rate", None, None, "With --connections: send at this rate over all: 500/s."],
        ["plot", None, None, "Plot the round trips into FILE.svg or FILE.png (extra)."],
        ["max-loss", None, None, "Fail if more messages are lost: 0.1%."],
        ["min-rate", None, None, "Fail if less load is applied: 500/s or 99%."],
        [
            "expect-close",
            None,
            None,
            "Fail unless the server closes first, with this code.",
        ],
        [
            "expect-subprotocol",
            None,
            None,
            "Offer this subprotocol; fail unless it is chosen.",
        ],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        **DialOptions.converters,
        "interval": duration,
        "count": _count,
        "size": _size,
        "sweep": _sizes,
        "warmup": parseCount,
        "greeting": parseCount,
        "hold-ping": timeout,
        "connections": _count,
        "ramp": parseRate,
        "rate": parseRate,
        "plot": _plot,
        "max-loss": parsePercent,
        "max-rtt": parseLimit,
        "min-rate": parseLeastRate,
        "expect-close": parseCloseCode,
        "expect-subprotocol": checkSubprotocol,
    }
    opt_max_rtt = repeatable(
        "max-rtt", "Fail if messages take longer: 200ms@p99 (repeatable)."
    )

    plan: Plan
    gates: Gates
    load: Load | None = None

    def postOptions(self) -> None:
        """
        Check all of it.

        @raise UsageError: Something makes no sense.
        """
        super().postOptions()
        self["hold"] = self["hold"] or self["hold-ping"] is not None
        self._checkCombination()
        self._offerExpected()
        self.gates = Gates(
            maxLoss=self["max-loss"],
            limits=self.get("max-rtt", ()),
            leastRate=self["min-rate"],
            close=self["expect-close"],
            subprotocol=self["expect-subprotocol"],
            compression=bool(self["expect-compression"]),
            greeting=self["greeting"],
        )
        self.plan = self._makePlan()
        if self["connections"] is not None:
            ramp = self["ramp"] or _RAMP
            self.load = Load(self["connections"], ramp, self["rate"], self.plan)

    def connectArguments(self) -> dict[str, Any]:
        """
        @return: What L{echo.client.connecting.connect} takes, beside the URL.
        """
        longest = self.plan.payloads.longest + 64
        return {
            **super().connectArguments(),
            "maxMessage": max(_LEAST_LIMIT, longest),
        }

    def _checkCombination(self) -> None:
        """
        @raise UsageError: One option makes no sense with, or without, another.
        """
        for name, others in _EXCLUDED.items():
            for other in others:
                if self._wanted(name) and self._wanted(other):
                    raise UsageError(self._conflict(name, other))
        for name, other in _NEEDED.items():
            if self._wanted(name) and not self._wanted(other):
                raise UsageError(f"{self.source(name)} needs --{other}")
        if self["lines"] and self["message"] != "@-":
            raise UsageError(f"{self.source('lines')} needs --message @-")

    def _conflict(self, name: str, other: str) -> str:
        text = f"{self.source(other)} does not work with {self.source(name)}"
        if "connections" not in (name, other):
            return text
        own = {row[0] for row in (*self.optFlags, *self.optParameters)} | {"max-rtt"}
        own -= {"connections", "hold", "hold-ping", *_EXCLUDED["connections"]}
        listed = ", ".join(f"--{each}" for each in sorted(map(str, own)))
        return f"{text}; with --connections, these do: {listed}"

    def _wanted(self, name: str) -> bool:
        value = self.get(name)
        # A time or a share of 0 is something that somebody asks for.
        return isinstance(value, float) or value not in (None, 0, [])

    def _offerExpected(self) -> None:
        """
        Offer what is expected to be accepted.
        """
        subprotocol = self["expect-subprotocol"]
        offered = self.setdefault("subprotocol", [])
        if subprotocol is not None and subprotocol not in offered:
            offered.append(subprotocol)
        self["compression"] = self["compression"] or self["expect-compression"]

    def _makePlan(self) -> Plan:
        binary, sizes, interval = bool(self["binary"]), self["sweep"], self["interval"]
        payloads: Payloads | SweepPayloads
        count = self["count"]
        if sizes is None:
            payloads = Payloads(self._message(), binary, self["size"])
        else:
            payloads = SweepPayloads(binary, tuple(sizes), count or _SWEEP_COUNT)
            count = payloads.each * len(sizes)
        if interval is None:
            interval = 0.0 if sizes is not None or self["lines"] else 1.0
        return Plan(
            payloads=payloads,
            interval=interval,
            count=count,
            timeout=self["timeout"],
            closedLoop=sizes is not None,
            grace=self["close-timeout"],
            warmup=self["warmup"],
            greeting=self["greeting"],
            ping=bool(self["ping"]),
            abandon=bool(self["reconnect"]),
        )

    def _message(self) -> bytes | None:
        text = self["message"]
        if text is None or self["lines"]:
            return None
        if text == "@-":
            message = self.standardInput("message").read()
        elif text.startswith("@"):
            message = self.readFile("message", text[1:])
        else:
            message = os.fsencode(text)
        if not self["binary"]:
            try:
                message.decode()
            except UnicodeDecodeError:
                source = self.source("message")
                raise UsageError(
                    f"{source}: the message is not UTF-8: try --binary"
                ) from None
        return message


class CheckOptions(DialOptions):
    """
    What to check for conformance.

    @ivar cases: The demands.
    """

    synopsis = "Usage: echo-client check [options] [URL]"
    about = (
        "Checks a WebSocket echo server against RFC 6455, a line for each demand. "
        f"The URL is {DEFAULT_URL} if there is none.\n\n"
        "Exit status: 0 it conforms, 1 it does not, 2 usage, 3 could not connect, "
        "4 handshake refused, 5 the handshake itself is not that of RFC 6455, 130 "
        "interrupted."
    )
    optFlags: ClassVar[list[list[str | None]]] = [
        ["list", None, "List the demands, and connect to no server."],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["junit", None, None, "Write the verdicts into FILE, as JUnit XML."],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        **DialOptions.converters,
        "section": checkSection,
        "junit": checkJUnit,
    }
    opt_section = repeatable(
        "section", "Check this section and those below it: 5.5, or 7692 (repeatable)."
    )

    cases: tuple[Case, ...]

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        stdin: BinaryIO | None = None,
    ) -> None:
        super().__init__(environment, stdin)
        # Each demand can wait that long.
        self["timeout"] = self.defaults["timeout"] = "5s"
        self.docs["quiet"] = "Show only failed demands and the summary."

    def postOptions(self) -> None:
        """
        Check all of it.

        @raise UsageError: Something makes no sense.
        """
        super().postOptions()
        if self["list"] and self["junit"] is not None:
            raise UsageError(f"{self.source('junit')} does not work with --list")
        self.cases = select(self.get("section", ()))


class MergeOptions(OutputOptions):
    """
    Which runs to add up, and what they must come to together.

    @ivar gates: What they must come to.
    """

    synopsis = "Usage: echo-client merge [options] FILE..."
    about = (
        "Adds up what runs with --json have written: the summaries in each file. "
        "Percentiles are those of all round trips together. - is standard "
        "input.\n\n"
        "Exit status: 0 every message of every run came back as sent, 1 some did "
        "not, or a demand was not met, 2 usage, 5 protocol error, 6 a server ended a "
        "run before its time."
    )
    optFlags: ClassVar[list[list[str | None]]] = [
        ["histogram", None, "Draw how the round trips are distributed."],
    ]
    optParameters: ClassVar[list[list[str | None]]] = [
        ["max-loss", None, None, "Fail if more messages are lost: 0.1%."],
        ["min-rate", None, None, "Fail if less load was applied: 500/s or 99%."],
        ["expect-close", None, None, "Fail unless the server closed with this code."],
    ]
    converters: ClassVar[Mapping[str, Callable[[str], Any]]] = {
        **OutputOptions.converters,
        "max-loss": parsePercent,
        "max-rtt": parseLimit,
        "min-rate": parseLeastRate,
        "expect-close": parseCloseCode,
    }
    opt_max_rtt = repeatable(
        "max-rtt", "Fail if messages take longer: 200ms@p99 (repeatable)."
    )

    gates: Gates

    def parseArgs(self, *arguments: str) -> None:
        """
        Take the names of the files.

        @raise UsageError: There are none.
        """
        if not arguments:
            raise UsageError("which runs? Name the files that --json was written to")
        self["files"] = arguments

    def postOptions(self) -> None:
        """
        Check all of it.

        @raise UsageError: Something makes no sense.
        """
        super().postOptions()
        self.gates = Gates(
            maxLoss=self["max-loss"],
            limits=self.get("max-rtt", ()),
            leastRate=self["min-rate"],
            close=self["expect-close"],
        )
