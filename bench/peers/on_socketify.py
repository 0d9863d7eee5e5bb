"""
An echo server on uWebSockets, through C{socketify}.
"""

from arguments import HOST, LIMIT, PATH, parse
from socketify import (
    App,
    AppListenOptions,
    AppOptions,
    CompressOptions,
    OpCode,
    WebSocket,
)


def echo(connection: WebSocket, message: str | bytes, code: OpCode) -> None:
    connection.send(message, code, options.deflate)


options = parse()
tls = None
if options.tls:
    certificate, key = options.tls
    tls = AppOptions(cert_file_name=certificate, key_file_name=key)
application = App(tls)
application.ws(
    PATH,
    {
        "compression": CompressOptions.SHARED_COMPRESSOR
        if options.deflate
        else CompressOptions.DISABLED,
        "max_payload_length": LIMIT,
        "idle_timeout": 120,
        "message": echo,
    },
)
application.listen(AppListenOptions(port=options.port, host=HOST), lambda _: None)
application.run()
