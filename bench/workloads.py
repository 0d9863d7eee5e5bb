"""
The workloads, and their measurement.
"""

import json
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import stage
from listening import Listening

# Seconds after the last handshake, in which the memory of a server settles.
_SETTLE = 1.0


@dataclass(frozen=True)
class Workload:
    """
    Messages and their echoes.

    @ivar title: Its name in tables.

    @ivar variant: The connections: C{plain}, C{tls} or C{deflate}.

    @ivar kind: The payloads: C{text}, C{json} or C{binary}.

    @ivar window: Messages in flight on each connection.
    """

    title: str
    connections: int
    window: int
    kind: str
    size: int
    variant: str = "plain"

    def inFlight(self) -> int:
        return self.connections * self.window

    def measure(
        self, load: Path, server: Listening, seconds: float
    ) -> dict[str, float]:
        """
        @return: Processor time per message and percentiles of the round trip in
            microseconds, messages and MB of payload per second, and the shares of
            their cores that server and load generator used.
        """
        what = [self.connections, self.window, self.kind, self.size, seconds]
        said = _load(load, "echo", server, self.variant, what)
        messages, seconds = said["messages"], said["seconds"]
        return {
            "processor": said["server"] / messages * 1e6,
            "rate": messages / seconds,
            "throughput": said["bytes"] / seconds / 1e6,
            "p50": said["p50"],
            "p99": said["p99"],
            "p999": said["p999"],
            "busy": said["server"] / seconds,
            "load": said["load"] / seconds,
        }


@dataclass(frozen=True)
class Handshakes:
    """
    Connections that are reset as soon as they are open.
    """

    title: str
    count: int
    variant: str = "plain"

    def measure(
        self, load: Path, server: Listening, seconds: float
    ) -> dict[str, float]:
        """
        @return: Processor microseconds per handshake, and handshakes per second.
        """
        said = _load(load, "handshakes", server, self.variant, [self.count])
        return {
            "processor": said["server"] / said["handshakes"] * 1e6,
            "rate": said["handshakes"] / said["seconds"],
            "busy": said["server"] / said["seconds"],
            "load": said["load"] / said["seconds"],
        }


@dataclass(frozen=True)
class Idle:
    """
    Idle connections.
    """

    title: str
    count: int
    variant: str = "plain"

    def measure(
        self, load: Path, server: Listening, seconds: float
    ) -> dict[str, float]:
        """
        @return: KiB of resident memory per connection.
        """
        before = server.memory()
        command = _command(load, "idle", server, self.variant, [self.count])
        with stage.started(command, stage.CLIENT_CORE) as child:
            with closing(child.lines()) as said:
                if not next(said, ""):
                    raise stage.BenchError(child.lastWords())
            time.sleep(_SETTLE)
            return {"memory": (server.memory() - before) / self.count / 1024}


def _command(
    load: Path, mode: str, server: Listening, variant: str, what: Sequence[object]
) -> list[str]:
    pids = ",".join(map(str, server.pids()))
    return [str(load), mode, str(server.port), pids, variant, *map(str, what)]


def _load(
    load: Path, mode: str, server: Listening, variant: str, what: Sequence[object]
) -> dict[str, float]:
    output, _ = stage.run(_command(load, mode, server, variant, what))
    said: dict[str, float] = json.loads(output)
    return said


Measurement = Workload | Handshakes | Idle

#: The workloads by their names on the command line, in the order of the tables.
WORKLOADS: dict[str, Measurement] = {
    "1x1": Workload("1x1, 32 B", 1, 1, "text", 32),
    "64x1": Workload("64x1, 32 B", 64, 1, "text", 32),
    "1000x1": Workload("1000x1, 32 B", 1000, 1, "text", 32),
    "16x64": Workload("16x64, 32 B", 16, 64, "text", 32),
    "64k": Workload("16x1, 64 KiB", 16, 1, "binary", 64 << 10),
    "1m": Workload("4x2, 1 MiB", 4, 2, "binary", 1 << 20),
    "json": Workload("64x1, 1 KiB UTF-8", 64, 1, "json", 1024),
    "tls": Workload("64x1, 32 B TLS", 64, 1, "text", 32, "tls"),
    "deflate": Workload("64x1, 1 KiB deflate", 64, 1, "json", 1024, "deflate"),
    "handshakes": Handshakes("2,000 handshakes", 2000),
    "idle": Idle("10,000 idle", 10000),
}

#: Workloads of the first round only: other work on the machine does not change the
#: memory of a connection.
ONCE = ("idle",)


def buildLoad(directory: Path) -> tuple[Path, dict[str, str]]:
    """
    Compile the load generator with the libraries that are installed.

    @return: The program, and a package to install for each missing variant.
    """
    options: list[str] = []
    lacks = {}
    for variant, header, package, found in (
        ("tls", "openssl/ssl.h", "libssl-dev", ["-DWITH_TLS", "-lssl", "-lcrypto"]),
        ("deflate", "zlib.h", "zlib1g-dev", ["-DWITH_ZLIB", "-lz"]),
    ):
        if stage.hasHeader(header):
            options += found
        else:
            lacks[variant] = package
    return stage.build("load", directory, "link", "messages", options=options), lacks
