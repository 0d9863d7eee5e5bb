"""
Proxies between a client and a server.
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
    @param port: The server's port.

    @param after: Seconds without a byte in either direction.

    @param cut: What the proxy then does to the client's connection.

    @return: A TCP proxy, as the script of a L{ScriptedServer}.
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
    Run nginx until the test ends.

    @param program: The path of nginx.

    @param server: The server's port.

    @param after: nginx cuts a connection after this time without a byte of the server.

    @return: nginx's port.
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
