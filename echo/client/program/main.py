"""
C{echo-client}: the program.
"""

import getopt
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO, TextIO

from echo.client.measure.status import Status, judge
from echo.client.output.records.merge import merge, readRuns, repeated
from echo.client.output.records.ndjson import RecordReport
from echo.client.output.streams import Output
from echo.client.output.text.histogram import drawsBlocks
from echo.client.output.text.live import FAST, LiveOutput, LiveReport
from echo.client.output.text.report import Display, Report
from echo.client.output.text.terminal import StatusLine, Style, wantsColor
from echo.client.program.dialoptions import OutputOptions
from echo.client.program.options import CheckOptions, MergeOptions, Options
from echo.client.program.process import Process, writable
from echo.client.run.descriptors import requireDescriptors
from echo.client.run.modes.base import Run
from echo.client.run.modes.modes import CheckRun, FleetRun, HoldRun, ProbeRun
from echo.usage import UsageError
from echo.wire import choose

_Command = Callable[[Sequence[str], Process], int]


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    reactor: Any = None,
    setSignal: Callable[..., object] = signal.signal,
    leave: Callable[[int], object] = os._exit,
) -> int:
    """
    Run the program.

    @param arguments: Its arguments; those of the process, if C{None}.

    The others are those of L{Process}.

    @return: The exit status.
    """
    process = Process(
        environment,
        stdin,
        writable(sys.stdout if stdout is None else stdout),
        writable(sys.stderr if stderr is None else stderr),
        reactor,
        setSignal,
        leave,
    )
    command, rest = _command(sys.argv[1:] if arguments is None else arguments)
    try:
        _requireWire(environment)
        return command(rest, process)
    except UsageError as error:
        process.stderr.write(f"echo-client: {error}\n")
        return Status.USAGE
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    finally:
        process.flush()


def _requireWire(environment: Mapping[str, str]) -> None:
    try:
        choose(environment)
    except (ImportError, ValueError) as error:
        raise UsageError(str(error)) from None


def _probe(arguments: Sequence[str], process: Process) -> int:
    options = Options(process.environment, process.stdin)
    _parse(options, arguments, process)
    load = options.load
    if load is not None:
        try:
            requireDescriptors(load.connections)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def make(reactor: Any, interrupt: Callable[[], None]) -> Run[Options]:
        report = _report(options, process, interrupt, reactor)
        if load is not None:
            return FleetRun(reactor, options, report, load)
        return (HoldRun if options["hold"] else ProbeRun)(reactor, options, report)

    return process.run(make)


def _check(arguments: Sequence[str], process: Process) -> int:
    options = CheckOptions(process.environment, process.stdin)
    _parse(options, arguments, process)
    if options["list"]:
        report = _report(options, process, lambda: None, None)
        for case in options.cases:
            report.demand(case)
        return Status.FAILED if report.broken else Status.OK

    def make(reactor: Any, interrupt: Callable[[], None]) -> CheckRun:
        return CheckRun(reactor, options, _report(options, process, interrupt, reactor))

    return process.run(make)


def _merge(arguments: Sequence[str], process: Process) -> int:
    options = MergeOptions(process.environment)
    _parse(options, arguments, process)
    try:
        runs = [readRuns(each, process.stdin) for each in options["files"]]
    except ValueError as error:
        raise UsageError(str(error)) from None
    for each in repeated(options["files"]):
        process.stderr.write(
            f"echo-client: {each!r} is named more than once: its runs count each time\n"
        )
    summary = merge(chain.from_iterable(runs))
    summary.failed += options.gates.ended(summary)
    summary.status = judge(summary, options.gates)
    summary.error = None
    _report(options, process, lambda: None, None).summary(summary)
    return summary.status


_COMMANDS = {"check": _check, "merge": _merge}


def _command(arguments: Sequence[str]) -> tuple[_Command, list[str]]:
    """
    Find the subcommand. It may stand before, between and behind the options and the
    URL, as long as it is not the value of an option.

    @return: The subcommand, and the arguments without it.
    """
    given = list(arguments)
    kinds = [each({}) for each in (Options, CheckOptions, MergeOptions)]
    short = "".join(each.shortOpt for each in kinds)
    long = list({name for each in kinds for name in each.spellings()})
    for index, word in enumerate(given):
        if word not in _COMMANDS:
            continue
        try:
            getopt.gnu_getopt(given[:index], short, long)
        except getopt.error:
            continue  # an option that takes this word for its value, or is unknown
        return _COMMANDS[word], given[:index] + given[index + 1 :]
    return _probe, given


def _parse(options: OutputOptions, arguments: Sequence[str], process: Process) -> None:
    for line in options.warnings():
        process.stderr.write(f"echo-client: {line}\n")
    options.parseOptions(arguments)


def _report(
    options: OutputOptions,
    process: Process,
    interrupt: Callable[[], None],
    reactor: Any,
) -> Report:
    """
    @return: What tells the user, as the user wants to be told.
    """
    out, err = process.stdout, process.stderr

    def style(stream: TextIO) -> Style:
        return Style(wantsColor(options["color"], stream, process.environment))

    display = Display(
        style(out),
        style(err),
        quiet=bool(options.get("quiet", True)),  # there is nothing else to a merge
        each=not options.get("sweep"),
        verbose=bool(options.get("verbose")),
        secrets=bool(options.get("show-secrets")),
        histogram=bool(options.get("histogram")),
        blocks=drawsBlocks(out),
    )
    if options["json"]:
        return RecordReport(Output(out, err, interrupt), display)
    interval = options.get("interval")
    if interval is not None and interval < FAST and out.isatty() and not display.quiet:
        line = StatusLine(out)
        return LiveReport(LiveOutput(out, err, interrupt, line), display, reactor, line)
    return Report(Output(out, err, interrupt), display)


if __name__ == "__main__":
    sys.exit(main())
