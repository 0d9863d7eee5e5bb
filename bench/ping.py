"""
Sends message after message on one connection, and times each around send and receive.

Usage: C{ping.py LIBRARY URL MESSAGES SIZE}. It prints one line of JSON with times in
microseconds, like C{reference.c}.

Each function imports its own library, so that the others cost nothing.
"""
# ruff: noqa: PLC0415  (see above)

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from time import perf_counter_ns
from typing import Any

_Ping = Callable[[str, Iterator[str]], list[int]]


def onWebsockets(url: str, messages: Iterator[str]) -> list[int]:
    from websockets.asyncio.client import connect

    async def ping() -> list[int]:
        times = []
        options: dict[str, Any] = {"compression": None, "ping_interval": None}
        async with connect(url, proxy=None, **options) as connection:
            for message in messages:
                before = perf_counter_ns()
                await connection.send(message)
                echo = await connection.recv()
                times.append(perf_counter_ns() - before)
                _compare(echo, message)
        return times

    return asyncio.run(ping())


def onAiohttp(url: str, messages: Iterator[str]) -> list[int]:
    from aiohttp import ClientSession

    async def ping() -> list[int]:
        times = []
        async with ClientSession() as session, session.ws_connect(url) as connection:
            for message in messages:
                before = perf_counter_ns()
                await connection.send_str(message)
                echo = await connection.receive_str()
                times.append(perf_counter_ns() - before)
                _compare(echo, message)
        return times

    return asyncio.run(ping())


def onEcho(url: str, messages: Iterator[str]) -> list[int]:
    """
    Use C{echo.client.connect} without the program. Like the program, take the times
    of the connection: right before the write and right after the read.
    """
    from twisted.internet.defer import Deferred
    from twisted.internet.task import react

    from echo.client import connect

    times: list[int] = []

    async def ping(reactor: Any) -> None:
        connection = await connect(reactor, url)
        for message in messages:
            await connection.send(message)
            before = connection.sentAt
            echo = await connection.receive()
            times.append(connection.readAt - before)
            _compare(echo, message)
        await connection.close()

    try:
        react(lambda reactor: Deferred.fromCoroutine(ping(reactor)))
    except SystemExit as end:
        if end.code:
            raise
    return times


def _onUvloop(ping: _Ping) -> _Ping:
    """
    @return: The same measurement on uvloop.
    """

    def install(url: str, messages: Iterator[str]) -> list[int]:
        from uvloop import EventLoopPolicy

        asyncio.set_event_loop_policy(EventLoopPolicy())
        return ping(url, messages)

    return install


LIBRARIES: dict[str, _Ping] = {
    "echo": onEcho,
    "websockets": onWebsockets,
    "websockets+uvloop": _onUvloop(onWebsockets),
    "aiohttp": onAiohttp,
    "aiohttp+uvloop": _onUvloop(onAiohttp),
}


def _compare(echo: str | bytes, message: str) -> None:
    if echo != message:
        raise SystemExit("an echo differs from its message")


def main(library: str, url: str, count: str, size: str) -> None:
    width = int(size)
    messages = (f"{n:0{width}}"[-width:] for n in range(int(count)))
    times = sorted(LIBRARIES[library](url, messages))
    result: dict[str, float] = {"messages": len(times), "size": width}
    for name, share in ("min", 0.0), ("p50", 0.5), ("p90", 0.9), ("p99", 0.99):
        result[name] = round(times[int(share * (len(times) - 1))] / 1000, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
