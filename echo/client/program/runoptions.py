"""
The options of C{echo-client} without a subcommand: what to send, and what to demand.
"""

import os
from dataclasses import replace

from echo.client.measure.gates import Gates
from echo.client.output.plots.plot import checkPlot
from echo.client.output.text.livereport import FAST
from echo.client.program import demandoptions, dialoptions
from echo.client.program.combinations import checkCombinations
from echo.client.run.modes.settings import (
    FleetSettings,
    HoldSettings,
    ProbeSettings,
    RunSettings,
    Target,
)
from echo.client.traffic.payloads import Payloads, SweepPayloads, parseSizes
from echo.client.traffic.plan import Load, Plan
from echo.client.transport.upgraderequest import checkSubprotocol
from echo.units import parseCount, parseRate, parseSize
from echo.usage import UsageError

_LARGEST = 2**30
_LEAST_LIMIT = 16 * 2**20
_SWEEP_COUNT = 10
_RAMP = 200.0


def _count(text: str) -> int:
    count = parseCount(text, example=1)
    if not count:
        raise ValueError(f"{text!r} is too few: try 1, or leave it out for no limit")
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


class RunOptions(dialoptions.DialOptions):
    """
    The options of a run.
    """

    synopsis = (
        "Usage: echo-client [options] [URL]\n"
        "       echo-client check [options] [URL]    RFC 6455 conformance\n"
        "       echo-client merge [options] FILE...  add up runs with --json"
    )
    longdesc = (
        "Send messages to a WebSocket echo server, and match each echo with its"
        f" message.\n\nURL is {dialoptions.DEFAULT_URL} by default."
    )
    groups = {
        "Target": dialoptions.TARGET,
        "TLS": dialoptions.TLS_GROUP,
        "Traffic": [
            *("interval TIME", "count N", "message TEXT", "size SIZE", "binary"),
            *("ping", "warmup N", "greeting N"),
        ],
        "Modes": [
            *("lines", "sweep A..B", "reconnect", "hold", "hold-ping TIME"),
            *("connections N", "ramp RATE", "rate RATE"),
        ],
        "Time limits": dialoptions.TIMEOUTS,
        "Thresholds": [
            *(*demandoptions.GROUP, "expect-subprotocol NAME", "expect-compression"),
        ],
        "Output": [*dialoptions.OUTPUT, "histogram", "plot FILE"],
    }
    tables = {
        "Values": {
            "RATE": "500, 500/s or 30000/m",
            "SIZE": "512, 64k, 1m or 1g: bytes, KiB, MiB or GiB",
            "TEXT": "the message; @FILE for a file; @- for standard input",
            "TIME": "250ms, 5s, 1m or 1h; a number alone is seconds",
            "WHICH": "avg, max, p50, p99.9 and the like [default: max]",
        },
        "Exit status": {
            "0": "all messages came back as sent",
            "1": "some did not, or a demand does not hold",
            "2": "an option is invalid, or there was nothing to send",
            "3": "no connection to the server",
            "4": "the server refused the handshake",
            "5": "the server broke the protocol",
            "6": "the server ended the run early",
            "130": "interrupted before the connection opened",
        },
    }
    optFlags = [
        ["binary", "b", "Send binary messages."],
        ["lines", None, "With -m @-: send each line of input as a message."],
        ["ping", None, "Send a control ping with each message."],
        ["reconnect", None, "Reconnect after each loss, and report each outage."],
        ["hold", None, "Send nothing, and report when the connection is cut."],
        demandoptions.HISTOGRAM,
        ["expect-compression", None, "Fail unless the server accepts compression."],
    ]
    optParameters = [
        ["interval", "i", None, "Send a message every TIME. [default: 1s]"],
        [
            *("count", "c", None),
            (
                "Stop after N messages: in all, of each size, or on each connection."
                " [default: no limit]"
            ),
        ],
        ["message", "m", None, "Send TEXT. [default: Hello 1 of RUN-1, ...]"],
        ["size", "s", None, "Make each message SIZE bytes long."],
        ["sweep", None, None, "Sweep message sizes from A to B, doubling: 1k..16m."],
        ["warmup", None, "0", "Exclude the first N messages from the statistics."],
        [
            *("greeting", None, "0"),
            "Discard N messages before the first echo. Fail if fewer arrive.",
        ],
        ["hold-ping", None, None, "Like --hold, with a ping every TIME."],
        ["connections", None, None, "Open N connections. [default: 1]"],
        [
            *("ramp", None, None),
            "With --connections: open them at this rate. [default: 200/s]",
        ],
        ["rate", None, None, "With --connections: send at this rate over all."],
        [
            *("plot", None, None),
            "Plot the round trips into FILE.svg or FILE.png. Needs matplotlib.",
        ],
        *demandoptions.PARAMETERS,
        [
            *("expect-subprotocol", None, None),
            "Offer this subprotocol, and fail unless the server chooses it.",
        ],
    ]
    converters = {
        **dialoptions.DialOptions.converters,
        **demandoptions.CONVERTERS,
        "interval": dialoptions.duration,
        "count": _count,
        "size": _size,
        "sweep": _sizes,
        "warmup": parseCount,
        "greeting": parseCount,
        "hold-ping": dialoptions.timeout,
        "connections": _count,
        "ramp": parseRate,
        "rate": parseRate,
        "plot": checkPlot,
        "expect-subprotocol": checkSubprotocol,
    }
    opt_max_rtt = demandoptions.opt_max_rtt

    settings: ProbeSettings | HoldSettings | FleetSettings

    def postOptions(self) -> None:
        super().postOptions()
        self["hold"] = self["hold"] or self["hold-ping"] is not None
        checkCombinations(self)
        self.settings = self._makeSettings()
        interval = self["interval"]
        self.display = replace(
            self.display,
            isFast=interval is not None and interval < FAST,
            each=not self["sweep"],
            histogram=bool(self["histogram"]),
        )

    def _makeSettings(self) -> ProbeSettings | HoldSettings | FleetSettings:
        plan = self._makePlan()
        gates = replace(
            demandoptions.makeGates(self),
            subprotocol=self["expect-subprotocol"],
            compression=bool(self["expect-compression"]),
            greeting=self["greeting"],
        )
        common = RunSettings(
            target=self._makeTarget(plan, gates),
            deadline=self["deadline"],
            showSecrets=bool(self["show-secrets"]),
        )
        if self["hold"]:
            ping = self["hold-ping"]
            return HoldSettings(**vars(common), gates=gates, pingInterval=ping)
        if self["connections"] is not None:
            ramp = self["ramp"] or _RAMP
            load = Load(self["connections"], ramp, self["rate"], plan)
            return FleetSettings(**vars(common), gates=gates, load=load)
        return ProbeSettings(
            **vars(common),
            gates=gates,
            plan=plan,
            lines=self.standardInput("lines") if self["lines"] else None,
            reconnect=bool(self["reconnect"]),
            plot=self["plot"],
        )

    def _makeTarget(self, plan: Plan, gates: Gates) -> Target:
        """
        @return: The target, with offers of all that the gates demand, and a limit for
            messages that no echo exceeds.
        """
        offered = list(self.target.subprotocols)
        if gates.subprotocol is not None and gates.subprotocol not in offered:
            offered.append(gates.subprotocol)
        return replace(
            self.target,
            subprotocols=offered,
            compression=self.target.compression or gates.compression,
            maxMessage=max(_LEAST_LIMIT, plan.payloads.longest + 64),
        )

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
