"""
Round trips at a fixed rate over many connections: C{echo-client} and a client in C, in
turn, against the same daemon.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import stage


def _paced(program: Path, url: str, connections: int, rate: int, seconds: int) -> float:
    """
    @return: The median round trip of the client in C, in microseconds.
    """
    port = url.rpartition(":")[2].partition("/")[0]
    command = [str(program), port, str(connections), str(rate), str(seconds)]
    output, _ = stage.run(command)
    return float(json.loads(output)["p50"])


def _fleet(
    url: str, connections: int, rate: int, seconds: int
) -> tuple[float, float, float]:
    """
    @return: The median round trip and the median response time of C{echo-client}, in
        microseconds, and the percentage of the due messages that it sent.
    """
    program = Path(sys.executable).with_name("echo-client")
    command = [str(program), "-q", "--json", "--connections", str(connections)]
    # All connections open within 0.1 s, as with the client in C.
    command += ["--ramp", f"{10 * connections}/s", "--rate", f"{rate}/s"]
    output, _ = stage.run([*command, "-w", f"{seconds}s", url])
    summary = json.loads(output.splitlines()[-1])
    load = summary["load"]
    share = 100 * load["sent"] / load["due"]
    return summary["rtt"]["p50"] * 1000, summary["response"]["p50"] * 1000, share


def comparison(
    directory: Path, rates: Sequence[int], connections: int, seconds: int, rounds: int
) -> list[dict[str, object]]:
    """
    @param directory: The directory for the compiled client in C.

    @param rates: Messages a second, over all connections.

    @return: A record for each rate: the medians of the rounds, in microseconds, and
        the median of the rounds' ratios.
    """
    program = stage.build("paced", directory, "link")
    records: list[dict[str, object]] = []
    with stage.daemon() as url:
        for rate in rates:
            runs = []
            for number in range(rounds):
                reference = _paced(program, url, connections, rate, seconds)
                runs.append((reference, *_fleet(url, connections, rate, seconds)))
                print(f"{rate}/s: {number + 1} of {rounds}", file=sys.stderr)
            records.append(
                {
                    "rate": rate,
                    "reference": round(median(run[0] for run in runs), 1),
                    "roundTrip": round(median(run[1] for run in runs), 1),
                    "response": round(median(run[2] for run in runs), 1),
                    "sent": round(median(run[3] for run in runs), 1),
                    "ratio": round(median(run[1] / run[0] for run in runs), 2),
                }
            )
    return records
