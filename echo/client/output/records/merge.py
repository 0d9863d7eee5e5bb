"""
Several runs, added up: C{echo-client merge}.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from echo.client.measure.steps import mergeSteps
from echo.client.measure.summary import FailedDemand, Summary
from echo.client.output.records.read import readSummary

# Bytes of a line: far more than a summary has.
_LONGEST = 2**26


def readRuns(name: str, stdin: BinaryIO | None = None) -> list[Summary]:
    """
    @param name: A file that C{--json} was written to; C{-} for standard input.

    @param stdin: That, if it is not the real one.

    @return: The summaries in it: one for each run that was written to it.

    @raise ValueError: It cannot be read, or there is none.
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
    """
    @return: The names of files that were named before, each once.
    """
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
        raise ValueError("there is no summary in it: is it the output of --json?")
    return found


# What was demanded of one run, and can be demanded of all together.
_ANEW = {"--max-loss", "--max-rtt", "--min-rate", "--expect-close"}


def _kept(run: Summary) -> list[FailedDemand]:
    return [demand for demand in run.failed if demand.option not in _ANEW]


def merge(runs: Iterable[Summary]) -> Summary:
    """
    @return: What several runs, one at least, come to together. The order does not
        matter, but for the order of what is listed.
    """
    first, *others = runs
    first.failed = _kept(first)
    # Some may be of several runs themselves.
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
