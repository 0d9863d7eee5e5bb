"""
A TLS transport for many short messages: the only module that uses the internal names of
Twisted's TLS and of pyOpenSSL.

Twisted's transport reads and writes OpenSSL's buffers until an exception says that they
are empty, and delays a write to the reactor's next turn. That takes several times the
processor time of encryption. Here the usual read and write call OpenSSL's functions
directly, at once and without an exception. Handshakes, long messages, errors and the
end are left to Twisted.
"""

from collections.abc import Callable

# As twisted.internet._sslverify does: no public name leads there. If they are missing,
# the import of this module fails, and echo.server.tls uses Twisted's transport.
from OpenSSL import SSL
from OpenSSL._util import ffi, lib
from twisted.internet.interfaces import (
    IDelayedCall,
    IProtocolFactory,
    IReactorTime,
    ITCPTransport,
)
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from echo.server.fastpath.tlspumping import TLSPumping, makeTLSPumping
from echo.server.sockets import buffered, sendNow
from echo.server.tls import RenewableContext

_NEEDED = (
    *(lib.SSL_read, lib.SSL_write, lib.SSL_get_error, lib.SSL_ERROR_WANT_READ),
    *(lib.BIO_read, lib.BIO_write),
)

#: Bytes of the longest record.
RECORD = 2**14

# All connections share it: no bytes stay there between two calls.
_room = ffi.new("char[]", 2 * RECORD)
_bytes = ffi.buffer(_room)


class TLSTransport(TLSMemoryBIOProtocol):
    """
    One connection inside TLS.
    """

    factory: "TLSTransportFactory"
    transport: ITCPTransport
    _ending: IDelayedCall | None = None
    _tlsConnection: SSL.Connection

    #: Seconds for the peer to read the buffered bytes after the end of TLS.
    endTimeout = 5.0

    @property
    def pumping(self) -> TLSPumping | None:
        return self.factory.pumping

    def dataReceived(self, data: bytes) -> None:
        if not self._handshakeDone or self._appSendBuffer:
            super().dataReceived(data)
            return
        ssl = self._tlsConnection._ssl  # noqa: SLF001  see lib
        lib.BIO_write(self._tlsConnection._into_ssl, data, len(data))  # noqa: SLF001  see lib
        while not self._lostTLSConnection:
            count = lib.SSL_read(ssl, _room, len(_bytes))
            if count <= 0:
                if lib.SSL_get_error(ssl, count) != lib.SSL_ERROR_WANT_READ:
                    # Twisted's method meets the same error, and handles it.
                    self._flushReceiveBIO()
                break
            if not self._aborted:
                self.wrappedProtocol.dataReceived(_bytes[:count])
        self._flushSendBIO()

    def exchange(
        self, data: bytes, answer: Callable[[bytes], tuple[bytes, bytes | None]]
    ) -> bytes | None:
        """
        Answer encrypted bytes.

        @param answer: answer(plaintext) -> (reply, unhandled remainder or None).

        @return: None if everything is answered and sent. Otherwise the unhandled
            plaintext, which can be empty: process it, and then call L{dataReceived}.
        """
        connection = self._tlsConnection
        ssl = connection._ssl  # noqa: SLF001  see lib
        lib.BIO_write(connection._into_ssl, data, len(data))  # noqa: SLF001  see lib
        while (count := lib.SSL_read(ssl, _room, len(_bytes))) > 0:
            reply, rest = answer(_bytes[:count])
            if reply:
                self.write(reply)
            if rest is not None:
                return rest
        self._flushSendBIO()
        isAll = lib.SSL_get_error(ssl, count) == lib.SSL_ERROR_WANT_READ
        return None if isAll and not buffered(self.transport) else b""

    def write(self, data: bytes) -> None:
        sent, length = 0, len(data)
        if 0 < length <= RECORD and self.isUsual():
            sent = lib.SSL_write(self._tlsConnection._ssl, data, length)  # noqa: SLF001  see lib
            self._flushSendBIO()
        if sent != length:
            super().write(data[max(sent, 0) :])

    def isUsual(self) -> bool:
        """
        @return: Whether a write can be encrypted and sent now.
        """
        return self._handshakeDone and not (
            self.disconnecting or self._lostTLSConnection or self._appSendBuffer
        )

    def _flushSendBIO(self) -> None:
        connection = self._tlsConnection
        count = lib.BIO_read(connection._from_ssl, _room, len(_bytes))  # noqa: SLF001  see lib
        if count <= 0:
            return
        if self.disconnecting:
            # An abort comes here, too, and drops the buffer. If the close_notify were
            # sent, the peer would see an orderly end.
            self.transport.write(_bytes[:count])
        else:
            sendNow(self.transport, _bytes[:count])

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        """
        TLS has ended. Twisted tells the inner protocol when the buffer is empty: set a
        deadline for that.
        """
        super()._tlsShutdownFinished(reason)
        if self._ending is None:
            self._ending = self.factory.reactor.callLater(
                self.endTimeout, self.transport.abortConnection
            )

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # as Twisted's
        super().connectionLost(reason)  # this can end TLS
        if self._ending is not None and self._ending.active():
            self._ending.cancel()


class TLSTransportFactory(TLSMemoryBIOFactory):
    """
    The TLS transports of one listener.
    """

    protocol = TLSTransport

    def __init__(
        self,
        contextFactory: RenewableContext,
        wrappedFactory: IProtocolFactory,
        reactor: IReactorTime,
    ) -> None:
        super().__init__(contextFactory, False, wrappedFactory, reactor)
        self.reactor = reactor
        self.pumping = makeTLSPumping(reactor)
