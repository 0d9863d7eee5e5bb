"""
The command line of all peers in Python:
C{PORT [--tls CERTIFICATE KEY] [--deflate]}.
"""

import argparse
import ssl
from dataclasses import dataclass

#: The longest message.
LIMIT = 16 << 20

HOST = "127.0.0.1"
PATH = "/socket"


@dataclass(frozen=True)
class Arguments:
    """
    The parsed arguments.
    """

    port: int
    tls: tuple[str, str] | None
    deflate: bool

    def context(self) -> ssl.SSLContext | None:
        """
        @return: The TLS context; C{None} without C{--tls}.
        """
        if self.tls is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.tls)
        return context


def parse() -> Arguments:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--deflate", action="store_true")
    options = parser.parse_args()
    return Arguments(options.port, options.tls and tuple(options.tls), options.deflate)
