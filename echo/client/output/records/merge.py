"""
C{echo-client merge}: reads the summaries of runs and adds them up.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from echo.client.measure.steps import mergeSteps
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.output.records.read import readSummary

# Bytes of the longest line that is read. A summary is far shorter.
_LONGEST = 2**26


def readRuns(name: str, stdin: BinaryIO | None = None) -> list[Summary]:
    """
    Read the summaries of all runs in a file; C{-} is standard input.

    @raise ValueError: The file cannot be read, or has no summary.
    """
    try:
        if name == "-":
            return _summaries(stdin or sys.stdin.buffer)
        with Path(name).open("rb") as file:
            return _summaries(file)
    except OSError as error:
        raise ValueError(f"cannot read {name!r}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def repeated(names: Iterable[str]) -> list[str]:
    seen, again = set[Path](), dict[str, None]()
    for name in names:
        path = Path(name).resolve()
        if path in seen:
            again[name] = None
        seen.add(path)
    return list(again)


def _summaries(file: BinaryIO) -> list[Summary]:
    found = []
    lines = iter(lambda: file.readline(_LONGEST), b"")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError(f"line {number} is not JSON") from None
        if isinstance(record, dict) and record.get("type") == "summary":
            found.append(readSummary(record))
    if not found:
        raise ValueError("it has no summary: is it the output of --json?")
    return found


# Demands on a single run, which C{merge} makes on all runs together.
_JUDGED_AGAIN = {"--max-loss", "--max-rtt", "--min-rate", "--expect-close"}


def _kept(run: Summary) -> list[FailedDemand]:
    return [demand for demand in run.failed if demand.option not in _JUDGED_AGAIN]


def merge(runs: Iterable[Summary]) -> Summary:
    """
    @return: The summary of all runs together, of which there is one at least.
    """
    first, *others = runs
    first.failed = _kept(first)
    # A summary can be the result of an earlier merge, with several URLs.
    urls = dict.fromkeys(first.url.split(", "))
    for each in others:
        urls |= dict.fromkeys(each.url.split(", "))
        first.seconds = max(first.seconds, each.seconds)
        first.statistics.merge(each.statistics)
        first.connections.merge(each.connections)
        first.throughput.merge(each.throughput)
        first.outages += each.outages
        first.steps += each.steps
        first.error = first.error or each.error
        first.failed += [demand for demand in _kept(each) if demand not in first.failed]
        first.cutOff += each.cutOff
        first.complete &= each.complete
    first.outages.sort(key=lambda outage: outage.when)
    first.steps = mergeSteps(first.steps)
    first.url = ", ".join(urls)
    return first
