"""
The processor time and memory of the daemon, beside other WebSocket servers.

Each server runs alone on one core, the load generator (C{load.c}) on another. In each
round, each server gets each workload once, one server after another, so that all of
them run on the machine in the same state. The median of the rounds counts.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import stage
from certificate import makeCertificate
from chart import chart
from listening import freePort, listening
from results import Results
from servers import SERVERS, Kit, Server
from table import details, overview
from targets import judgement
from workloads import ONCE, WORKLOADS, Workload, buildLoad

# The share of a core above which it is busy, and below which it has time left.
_FULL, _FREE = 0.95, 0.9

# Messages in flight that keep a server busy all the time.
_SATURATING = 64


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _prepare(kit: Kit, names: Iterable[str]) -> dict[str, Server]:
    """
    @return: The servers that this machine can run. Prints why others are left out.
    """
    servers = {}
    for name in names:
        try:
            servers[name] = SERVERS[name](kit)
            _say(f"{name}: {servers[name].version}")
        except stage.BenchError as error:
            _say(f"{name} is left out: {error}")
    return servers


def _plan(
    servers: dict[str, Server], options: argparse.Namespace
) -> Iterator[tuple[int, str, str]]:
    """
    @return: The measurements in their order: round, workload and server.
    """
    for number in range(options.rounds):
        for workload in options.workloads:
            if number > 0 and workload in ONCE:
                continue
            _say(f"round {number + 1} of {options.rounds}: {workload}")
            for name, server in servers.items():
                if WORKLOADS[workload].variant in server.variants:
                    yield number, workload, name


def _measure(
    load: Path, servers: dict[str, Server], options: argparse.Namespace
) -> Results:
    results = Results()
    for number, key, name in _plan(servers, options):
        if (key, name) in results.failures:
            continue
        server, workload, port = servers[name], WORKLOADS[key], freePort()
        command = server.command(port, workload.variant)
        try:
            with listening(command, port, server.environment) as running:
                results.addStart(name, running.start)
                values = workload.measure(load, running, options.seconds)
        except stage.BenchError as error:
            results.fail(key, name, str(error))
            _say(f"{name} FAILED {key}: {error}")
        else:
            results.add(key, name, number, values)
    return results


def _warn(results: Results, servers: Iterable[str]) -> None:
    """
    Warn of conditions that falsify rates and round trips. Processor time stays valid.
    """
    limited, disturbed, total = [], 0, 0
    for key, workload in WORKLOADS.items():
        if not isinstance(workload, Workload) or workload.inFlight() < _SATURATING:
            continue
        for name in servers:
            busy = results.value(key, name, "busy")
            load = results.value(key, name, "load")
            if busy is None or load is None:
                continue
            total += 1
            if busy < _FREE and load > _FULL:
                limited.append(f"{name} {key}")
            disturbed += busy < _FREE and load < _FREE
    if limited:
        _say(f"the load generator was the limit: {', '.join(limited)}")
    if disturbed:
        _say(
            f"other processes were running in {disturbed} of {total} measurements: "
            "only processor time is reliable, rates and round trips are not"
        )


def _circumstances(servers: dict[str, Server]) -> dict[str, object]:
    described = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(": ")[2] for line in described if "model name" in line]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "servers": {name: server.version for name, server in servers.items()},
    }


def _among(names: list[str]) -> Callable[[str], list[str]]:
    def split(text: str) -> list[str]:
        asked = text.split(",")
        for each in asked:
            if each not in names:
                raise argparse.ArgumentTypeError(f"{each}: none of {', '.join(names)}")
        return [each for each in names if each in asked]

    return split


def _rounds(text: str) -> int:
    rounds = int(text)
    if rounds < 1:
        raise ValueError
    return rounds


def _seconds(text: str) -> float:
    """
    Ten seconds at most: some servers send pings after twenty.
    """
    seconds = float(text)
    if not 0 < seconds <= 10:
        raise ValueError
    return seconds


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="run", description=__doc__.strip().splitlines()[0]
    )
    add = parser.add_argument
    add("--rounds", type=_rounds, default=5, help="number of rounds, 5 by default")
    add(
        "--seconds",
        type=_seconds,
        default=0.5,
        help="of each measurement, 0.5 by default",
    )
    for what, known in ("--servers", SERVERS), ("--workloads", WORKLOADS):
        names = list(known)
        choice = f"some of {','.join(names)}"
        add(what, type=_among(names), default=names, help=choice)
    cache = stage.HERE / ".cache"
    add("--json", type=Path, default=cache / "run.ndjson", help="file for the figures")
    add("--svg", type=Path, default=cache / "run.svg", help="file for the chart")
    add("--cache", type=Path, default=cache, help="directory for downloads")
    return parser.parse_args()


def main() -> None:
    options = _parse()
    os.sched_setaffinity(0, {stage.CLIENT_CORE})
    with stage.workshop() as directory:
        kit = Kit(directory, options.cache.resolve(), makeCertificate(directory))
        load, lacks = buildLoad(directory)
        for variant, package in lacks.items():
            _say(f"{variant} is left out: apt-get install {package}")
        options.workloads = [
            key for key in options.workloads if WORKLOADS[key].variant not in lacks
        ]
        servers = _prepare(kit, options.servers)
        results = _measure(load, servers, options)

    circumstances = _circumstances(servers)
    names, workloads = list(servers), options.workloads
    for table in (
        overview(results, names, workloads),
        details(results, names, workloads),
        judgement(results),
    ):
        if table:
            print(f"{table}\n")
    records = [circumstances, *results.records()]
    options.json.write_text("".join(json.dumps(each) + "\n" for each in records))
    caption = "{date}, {cores} cores of {processor}, CPython {python}".format_map(
        circumstances
    )
    options.svg.write_text(chart(results, names, workloads, caption))
    _say(f"figures: {options.json}; chart: {options.svg}")
    _warn(results, names)
    if results.failures:
        sys.exit(f"run: {len(results.failures)} measurements failed")


if __name__ == "__main__":
    try:
        main()
    except stage.BenchError as error:
        sys.exit(f"run: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
