"""
An echo server on C{picows}, on C{uvloop}.
"""

import uvloop
from arguments import HOST, LIMIT, PATH, parse
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_create_server,
)


class Echo(WSListener):
    """
    Echoes every message.
    """

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            transport.send(frame.msg_type, frame.get_payload_as_memoryview(), frame.fin)
        elif frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


def listen(request: WSUpgradeRequest) -> WSListener | None:
    return Echo() if request.path == PATH.encode() else None


async def main() -> None:
    options = parse()
    server = await ws_create_server(
        listen, HOST, options.port, ssl=options.context(), max_frame_size=LIMIT
    )
    await server.serve_forever()


uvloop.run(main())
