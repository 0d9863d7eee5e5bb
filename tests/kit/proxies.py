"""
What stands between a client and a server, and is not always a friend of either.
"""

import select
import socket
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import freePort, until
from tests.kit.servers import Step


def cutting(port: int, after: float, cut: Step) -> Step:
    """
    @param port: Where the server is.

    @param after: Seconds without a byte, in whatever direction.

    @param cut: What is done to the client's connection then.

    @return: A TCP proxy, for a L{ScriptedServer}.
    """

    def relay(client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            other = {client: server, server: client}
            while readable := select.select(other, [], [], after)[0]:
                for each in readable:
                    data = each.recv(65536)
                    if not data:
                        return
                    other[each].sendall(data)
            cut(client)

    return relay


_NGINX = """
daemon off;
master_process off;
pid pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{server};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout {after};
        }}
    }}
}}
"""


def nginx(test: SynchronousTestCase, program: str, server: int, after: str) -> int:
    """
    Run nginx for as long as a test takes.

    @param program: Where it is.

    @param server: The port of the server behind it.

    @param after: The time without a byte of the server that it cuts after.

    @return: The port that it listens on.
    """
    directory = Path(test.mktemp()).absolute()
    directory.mkdir()
    port = freePort()
    configuration = directory / "nginx.conf"
    configuration.write_text(_NGINX.format(port=port, server=server, after=after))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-p", str(directory), "-c", str(configuration)], stderr=log
        )
    test.addCleanup(process.wait)
    test.addCleanup(process.kill)

    def listens() -> bool:
        if process.poll() is not None:
            raise AssertionError((directory / "log").read_text())
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return False
        return True

    until(listens, "nginx")
    return port
