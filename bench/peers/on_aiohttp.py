"""
An echo server on C{aiohttp}, on C{uvloop}.
"""

import uvloop
from aiohttp import WSMsgType, web
from arguments import HOST, LIMIT, PATH, parse

options = parse()


async def echo(request: web.Request) -> web.WebSocketResponse:
    response = web.WebSocketResponse(max_msg_size=LIMIT, compress=options.deflate)
    await response.prepare(request)
    async for message in response:
        if message.type == WSMsgType.TEXT:
            await response.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await response.send_bytes(message.data)
    return response


application = web.Application()
application.router.add_get(PATH, echo)
web.run_app(
    application,
    host=HOST,
    port=options.port,
    ssl_context=options.context(),
    access_log=None,
    print=None,
    loop=uvloop.new_event_loop(),
)
