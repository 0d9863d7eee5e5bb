"""
Starts a server, waits until it listens, and reads its memory and processor time.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import stage

# Seconds between two attempts to connect: short beside any start.
_GLANCE = 0.001

# Seconds within which a server must listen.
_PATIENCE = 30.0


@dataclass(frozen=True)
class Listening:
    """
    A server that listens.

    @ivar start: Seconds and processor seconds from the start of its process until its
        port accepted a connection.
    """

    pid: int
    port: int
    start: dict[str, float]

    def pids(self) -> list[int]:
        """
        @return: The process and its descendants.
        """
        found = [self.pid]
        for pid in found:  # the loop extends the list
            for listed in Path(f"/proc/{pid}/task").glob("*/children"):
                found.extend(map(int, listed.read_text().split()))
        return found

    def memory(self) -> int:
        """
        @return: Bytes of resident memory.
        """
        page = os.sysconf("SC_PAGESIZE")
        return sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
            for pid in self.pids()
        )


def _processor(pid: int) -> float:
    """
    @return: Seconds of user and system time of a process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def freePort() -> int:
    """
    @return: A free port of the loopback interface.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def listening(
    command: Sequence[str], port: int, environment: Mapping[str, str]
) -> Iterator[Listening]:
    """
    Run a server on the core of the servers, until the end of the block.

    @raise stage.BenchError: The server ends, or does not listen on the port.
    """
    began = time.monotonic()
    with stage.started(command, stage.SERVER_CORE, environment, mute=True) as child:
        while not _answers(port):
            if child.process.poll() is not None:
                raise stage.BenchError(f"did not start: {child.lastWords()}")
            if time.monotonic() - began > _PATIENCE:
                raise stage.BenchError(f"does not listen on port {port}")
            time.sleep(_GLANCE)
        seconds, pid = time.monotonic() - began, child.process.pid
        yield Listening(pid, port, {"seconds": seconds, "processor": _processor(pid)})
