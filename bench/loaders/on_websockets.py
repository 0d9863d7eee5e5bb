"""
A load generator on C{websockets}: C{on_websockets.py URL LOAD SECONDS}.

With LOAD 1, one connection sends a message in each turn of the event loop. With a
higher LOAD, each of LOAD connections sends its next message after the echo; C{sweep} is
one such connection. Each echo is compared with its message, and timed. It prints one
line of JSON with times in microseconds.
"""

import asyncio
import json
import sys
from collections import deque
from time import perf_counter, perf_counter_ns
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

#: Messages in flight at most, on a connection that does not wait for echoes.
WINDOW = 512


def _compare(echo: str | bytes, message: str) -> None:
    if echo != message:
        raise SystemExit("an echo differs from its message")


async def pingPong(
    connection: ClientConnection, number: int, end: float, times: list[int]
) -> None:
    """
    Send the next message after the echo.
    """
    seq = 0
    while perf_counter() < end:
        seq += 1
        message = f"Hello {number}-{seq}"
        before = perf_counter_ns()
        await connection.send(message)
        echo = await connection.recv()
        times.append(perf_counter_ns() - before)
        _compare(echo, message)


async def stream(connection: ClientConnection, end: float, times: list[int]) -> None:
    """
    Send a message in each turn of the event loop, without waiting for echoes.
    """
    waiting: deque[tuple[str, int]] = deque()

    async def send() -> None:
        seq = 0
        while perf_counter() < end:
            if len(waiting) < WINDOW:
                seq += 1
                message = f"Hello 0-{seq}"
                waiting.append((message, perf_counter_ns()))
                await connection.send(message)
            await asyncio.sleep(0)

    sending = asyncio.create_task(send())
    while waiting or not sending.done():
        echo = await connection.recv()
        message, before = waiting.popleft()
        times.append(perf_counter_ns() - before)
        _compare(echo, message)
    await sending


async def main(url: str, load: str, seconds: float) -> None:
    options: dict[str, Any] = {"compression": None, "ping_interval": None}
    count = 1 if load == "sweep" else int(load)
    opening = (connect(url, proxy=None, **options) for _ in range(count))
    connections = await asyncio.gather(*opening)
    times: list[int] = []
    end = perf_counter() + seconds
    if load == "1":
        await stream(connections[0], end, times)
    else:
        loads = (pingPong(each, n, end, times) for n, each in enumerate(connections))
        await asyncio.gather(*loads)
    times.sort()
    result = {
        "messages": len(times),
        "seconds": seconds,
        "p50": times[len(times) // 2] / 1000,
        "p99": times[int(0.99 * (len(times) - 1))] / 1000,
    }
    print(json.dumps(result))


asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
