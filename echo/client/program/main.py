"""
C{echo-client}: find the subcommand, read its options, run it.
"""

import getopt
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

from twisted.internet.interfaces import IReactorTime

from echo.client.measure.events import Finished, Tell
from echo.client.measure.status import Status, judge
from echo.client.output.display import Display
from echo.client.output.formats import makeReport
from echo.client.output.records.merge import merge, readRuns, repeated
from echo.client.output.streams import isDataLoss
from echo.client.program.checkoptions import CheckOptions
from echo.client.program.dialoptions import OutputOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.process import Process
from echo.client.program.runoptions import RunOptions
from echo.client.run.descriptors import requireDescriptors
from echo.client.run.modes.base import Run
from echo.client.run.modes.checkrun import CheckRun
from echo.client.run.modes.fleetrun import FleetRun
from echo.client.run.modes.holdrun import HoldRun
from echo.client.run.modes.proberun import ProbeRun
from echo.client.run.modes.settings import (
    CheckSettings,
    FleetSettings,
    HoldSettings,
    ProbeSettings,
)
from echo.usage import UsageError
from echo.wire import choose

_Command = Callable[[Sequence[str], Process], int]


def main(arguments: Sequence[str] | None = None, process: Process | None = None) -> int:
    """
    Run the program. The defaults are the real arguments and the real process.

    @return: The exit status.
    """
    process = process or Process()
    command, rest = _command(sys.argv[1:] if arguments is None else arguments)
    try:
        _requireWire(process.environment)
        return command(rest, process)
    except UsageError as error:
        process.stderr.write(f"echo-client: {error}\n")
        return Status.USAGE
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    finally:
        process.flush()


def makeRun(
    settings: ProbeSettings | HoldSettings | FleetSettings | CheckSettings,
    display: Display,
    process: Process,
    reactor: IReactorTime,
) -> Run:
    tell = _report(display, process, lambda error: run.outputBroken(error), reactor)  # noqa: PLW0108  (there is no run yet)
    run: Run
    match settings:
        case ProbeSettings():
            run = ProbeRun(reactor, settings, tell)
        case HoldSettings():
            run = HoldRun(reactor, settings, tell)
        case FleetSettings():
            run = FleetRun(reactor, settings, tell)
        case _:
            run = CheckRun(reactor, settings, tell)
    return run


def _report(
    display: Display,
    process: Process,
    onBroken: Callable[[OSError], None] = lambda _: None,
    reactor: IReactorTime | None = None,
) -> Tell:
    streams = (process.stdout, process.stderr)
    return makeReport(display, *streams, process.environment, onBroken, reactor)


def _requireWire(environment: Mapping[str, str]) -> None:
    try:
        choose(environment)
    except (ImportError, ValueError) as error:
        raise UsageError(str(error)) from None


def _run(arguments: Sequence[str], process: Process) -> int:
    options = RunOptions(process.environment, process.stdin)
    _parse(options, arguments, process)
    settings = options.settings
    if isinstance(settings, FleetSettings):
        try:
            requireDescriptors(settings.load.connections)
        except ValueError as error:
            raise UsageError(str(error)) from None
    return process.run(partial(makeRun, settings, options.display, process))


def _check(arguments: Sequence[str], process: Process) -> int:
    options = CheckOptions(process.environment, process.stdin)
    _parse(options, arguments, process)
    if options["list"]:
        broken: list[OSError] = []
        tell = _report(options.display, process, broken.append)
        for case in options.settings.cases:
            tell(case)
        return Status.FAILED if any(map(isDataLoss, broken)) else Status.OK
    return process.run(partial(makeRun, options.settings, options.display, process))


def _merge(arguments: Sequence[str], process: Process) -> int:
    options = MergeOptions(process.environment)
    _parse(options, arguments, process)
    files, gates = options["files"], options.gates
    try:
        runs = [readRuns(each, process.stdin) for each in files]
    except ValueError as error:
        raise UsageError(str(error)) from None
    for each in repeated(files):
        process.stderr.write(
            f"echo-client: {each!r} is named more than once: its runs count each time\n"
        )
    summary = merge(chain.from_iterable(runs))
    summary.failed += gates.ended(summary)
    summary.status = judge(summary, gates)
    summary.error = None
    _report(options.display, process)(Finished(summary))
    return summary.status


_COMMANDS = {"check": _check, "merge": _merge}


def _command(arguments: Sequence[str]) -> tuple[_Command, list[str]]:
    """
    Find the subcommand: the first argument with its name that is no option's value.

    @return: The subcommand, and the arguments without its name.
    """
    given = list(arguments)
    kinds = [each({}) for each in (RunOptions, CheckOptions, MergeOptions)]
    short = "".join(each.shortOpt for each in kinds)
    long = list({name for each in kinds for name in each.spellings()})
    for index, word in enumerate(given):
        if word not in _COMMANDS:
            continue
        try:
            getopt.gnu_getopt(given[:index], short, long)
        except getopt.error:
            continue  # an option takes this word for its value, or is unknown
        return _COMMANDS[word], given[:index] + given[index + 1 :]
    return _run, given


def _parse(options: OutputOptions, arguments: Sequence[str], process: Process) -> None:
    for line in options.warnings():
        process.stderr.write(f"echo-client: {line}\n")
    options.parseOptions(arguments)


if __name__ == "__main__":
    sys.exit(main())
