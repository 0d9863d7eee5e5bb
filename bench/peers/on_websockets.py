"""
An echo server on C{websockets}.
"""

import asyncio

from arguments import HOST, LIMIT, parse
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def main() -> None:
    options = parse()
    server = serve(
        echo,
        HOST,
        options.port,
        ssl=options.context(),
        compression="deflate" if options.deflate else None,
        max_size=LIMIT,
    )
    async with server as listening:
        await listening.serve_forever()


asyncio.run(main())
