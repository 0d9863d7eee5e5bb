"""
TLS of the listeners: protocol versions, ciphers, and certificates that can be renewed
while the daemon runs.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from OpenSSL import SSL
from twisted.internet.interfaces import (
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
)
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from echo.opensslerrors import opensslReasons
from echo.printable import printable

_log = Logger()

#: The suites for TLS 1.2: Mozilla's Intermediate list (Server Side TLS 5.7) without its
#: finite-field suites. TLS 1.3 has good suites only.
CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    b"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)

#: The protocol inside TLS (ALPN). HTTP/2 has no Upgrade.
HTTP = b"http/1.1"


@dataclass(frozen=True)
class TLSFiles:
    """
    Paths of PEM files: the certificate and its chain, the private key, not encrypted,
    and the authorities of client certificates. None requests no client certificate.
    """

    certificate: str
    key: str
    clientCA: str | None = None

    def stamp(self) -> tuple[object, ...]:
        """
        @return: A value that changes when a file is replaced or rewritten.
        """
        paths = self.certificate, self.key, self.clientCA
        return tuple(_stamp(path) for path in paths if path is not None)

    def load(self) -> SSL.Context:
        """
        @return: A context for new connections.

        @raise ValueError: A file is unusable.
        """
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_cipher_list(CIPHERS)
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
        context.set_alpn_select_callback(_selectHTTP)
        # OpenSSL refuses to resume sessions with client certificates without an id.
        context.set_session_id(b"echo")
        # OpenSSL would ask the terminal for the passphrase.
        context.set_passwd_cb(lambda *_: b"")
        _use("private key", self.key, context.use_privatekey_file)
        _use("certificate chain", self.certificate, context.use_certificate_chain_file)
        try:
            context.check_privatekey()
        except SSL.Error:
            raise ValueError(
                f"{self.key!r} is not the key of {self.certificate!r}"
            ) from None
        if self.clientCA is not None:
            authorities = "file of certificate authorities"
            _use(authorities, self.clientCA, context.load_verify_locations)
            _use(authorities, self.clientCA, context.load_client_ca)
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        return context


@implementer(IOpenSSLServerConnectionCreator)
class RenewableContext:
    """
    The TLS context of new connections. Changed files are loaded again. If they are
    unusable, the last good context stays in use, and the log has one error.
    """

    def __init__(self, files: TLSFiles) -> None:
        self._files = files
        self._stamp = files.stamp()
        self._context = files.load()

    def serverConnectionForTLS(self, _protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        stamp = self._files.stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._context = self._files.load()
            except ValueError as error:
                _log.error(
                    "TLS files not renewed: {reason}",
                    event="tls_not_renewed",
                    reason=str(error),
                )
            else:
                _log.info(
                    "TLS files renewed: {certificate}",
                    event="tls_renewed",
                    certificate=self._files.certificate,
                )
        return SSL.Connection(self._context, None)


def tlsFactory(
    context: RenewableContext, factory: IProtocolFactory, reactor: IReactorTime
) -> TLSMemoryBIOFactory:
    """
    @return: A factory of TLS connections: that of
        L{echo.server.tlstransport}, or Twisted's own if pyOpenSSL lacks
        functions that the former needs.
    """
    try:
        module = import_module("echo.server.tlstransport")
    except (ImportError, AttributeError) as error:
        _log.warn(
            "TLS uses Twisted's own transport, which takes more processor time:"
            " pyOpenSSL lacks what echo.server.tlstransport needs ({reason})",
            event="tls_slow",
            reason=str(error),
        )
        return TLSMemoryBIOFactory(context, False, factory, reactor)
    fast: TLSMemoryBIOFactory = module.TLSTransportFactory(context, factory, reactor)
    return fast


def _selectHTTP(_connection: SSL.Connection, offered: list[bytes]) -> Any:
    # pyOpenSSL has no public name for the type of NO_OVERLAPPING_PROTOCOLS.
    return HTTP if HTTP in offered else SSL.NO_OVERLAPPING_PROTOCOLS


def tlsReason(error: BaseException | None) -> str:
    """
    @return: The reasons of an exception of OpenSSL, such as C{no shared cipher}.
    """
    return printable(", ".join(opensslReasons(error)) or str(error))


def _use(what: str, path: str, load: Callable[[Any], object]) -> None:
    try:
        # OpenSSL's error for a missing file is "system lib".
        with open(path, "rb"):  # noqa: PTH123  the path is the operator's, verbatim
            pass
        load(path)
    except OSError as error:
        raise ValueError(f"cannot read {path!r}: {error.strerror}") from None
    except SSL.Error as error:
        raise ValueError(f"{path!r} is not a PEM {what}: {tlsReason(error)}") from None


def _stamp(path: str) -> object:
    try:
        status = os.stat(path)  # noqa: PTH116  once per connection: a Path is slow
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
