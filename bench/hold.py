"""
Opens many connections, and leaves them idle.

Usage: C{hold.py LIBRARY URL CONNECTIONS}. When all connections are open, it prints one
line of JSON, C{{"open": CONNECTIONS}}, and waits to be killed.

Each function imports its own library, so that the memory of the others does not count.
"""
# ruff: noqa: PLC0415  (see above)

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

# Handshakes at a time.
_DIALLING = 50

# Seconds for which the connections stay open.
_PATIENCE = 60.0


async def _dialOn(dial: Callable[[], Awaitable[object]], left: Iterator[int]) -> Any:
    return [await dial() for _ in left]


def _tell(count: int) -> None:
    print(json.dumps({"open": count}), flush=True)


async def _holdOnAsyncio(dial: Callable[[], Awaitable[object]], count: int) -> None:
    left = iter(range(count))
    held = await asyncio.gather(*(_dialOn(dial, left) for _ in range(_DIALLING)))
    _tell(sum(map(len, held)))
    await asyncio.sleep(_PATIENCE)


def onWebsockets(url: str, count: int) -> None:
    from websockets.asyncio.client import connect

    def dial() -> Awaitable[object]:
        options: dict[str, Any] = {"compression": None, "ping_interval": None}
        return connect(url, proxy=None, **options)

    asyncio.run(_holdOnAsyncio(dial, count))


def onAiohttp(url: str, count: int) -> None:
    from aiohttp import ClientSession, TCPConnector

    async def hold() -> None:
        async with ClientSession(connector=TCPConnector(limit=0)) as session:
            await _holdOnAsyncio(lambda: session.ws_connect(url), count)

    asyncio.run(hold())


def onEcho(url: str, count: int) -> None:
    from twisted.internet.defer import Deferred, gatherResults
    from twisted.internet.task import deferLater, react

    from echo.client import connect

    async def hold(reactor: Any) -> None:
        left = iter(range(count))
        dialling = [
            Deferred.fromCoroutine(_dialOn(lambda: connect(reactor, url), left))
            for _ in range(_DIALLING)
        ]
        held = await gatherResults(dialling)
        _tell(sum(map(len, held)))
        await deferLater(reactor, _PATIENCE)

    react(lambda reactor: Deferred.fromCoroutine(hold(reactor)))


LIBRARIES = {"echo": onEcho, "websockets": onWebsockets, "aiohttp": onAiohttp}


if __name__ == "__main__":
    LIBRARIES[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
