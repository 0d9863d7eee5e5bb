"""
TLS between a conversation and its socket, for messages that are small and many.

Twisted's TLS transport asks OpenSSL for more until an exception says that there is no
more, in both directions, lets a write wait for the next turn of the reactor, and again
for the next look at the socket. All of that costs several times what encryption does.
Here the usual read and the usual write are done at once and without an exception, by
OpenSSL's own functions, which pyOpenSSL takes a detour to. Whatever is not usual is
Twisted's: handshakes, long messages, errors and the end.
"""

from collections.abc import Callable
from typing import Any

# As twisted.internet._sslverify does: there is no public way to them. Without them the
# import of this module fails, and echo.server.tls uses Twisted's transport.
from OpenSSL._util import ffi, lib
from twisted.internet.interfaces import IDelayedCall
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from echo.server.fastpath.tlspumping import TLSPumping, makeTLSPumping
from echo.server.sockets import buffered, sendNow
from echo.server.tls import RenewableContext

_NEEDED = (
    *(lib.SSL_read, lib.SSL_write, lib.SSL_get_error, lib.SSL_ERROR_WANT_READ),
    *(lib.BIO_read, lib.BIO_write),
)

#: The most that one record holds.
RECORD = 2**14

# Everything passes through it: nothing stays there from one call to the next.
_room = ffi.new("char[]", 2 * RECORD)
_bytes = ffi.buffer(_room)


class TLSTransport(TLSMemoryBIOProtocol):
    """
    One connection inside TLS.
    """

    factory: Any
    transport: Any
    wrappedProtocol: Any
    _ending: IDelayedCall | None = None
    _tlsConnection: Any

    #: Seconds for the peer to take what waits for it when TLS has ended.
    endTimeout = 5.0

    @property
    def pumping(self) -> TLSPumping | None:
        """
        Who else could read for it.
        """
        pumping: TLSPumping | None = self.factory.pumping
        return pumping

    def dataReceived(self, data: bytes) -> None:
        """
        Pass on what it says, record by record.
        """
        if not self._handshakeDone or self._appSendBuffer:
            super().dataReceived(data)
            return
        ssl = self._tlsConnection._ssl  # noqa: SLF001  see lib
        lib.BIO_write(self._tlsConnection._into_ssl, data, len(data))  # noqa: SLF001  see lib
        while not self._lostTLSConnection:
            count = lib.SSL_read(ssl, _room, len(_bytes))
            if count <= 0:
                if lib.SSL_get_error(ssl, count) != lib.SSL_ERROR_WANT_READ:
                    # Asked again, OpenSSL says the same again: this time to Twisted.
                    self._flushReceiveBIO()
                break
            if not self._aborted:
                self.wrappedProtocol.dataReceived(_bytes[:count])
        self._flushSendBIO()

    def exchange(
        self, data: bytes, answer: Callable[[bytes], tuple[bytes, bytes | None]]
    ) -> bytes | None:
        """
        Answer what was read, for as long as that is all there is to do.

        @param answer: Takes what was said, and tells what is to be said, and what of
            the first is none of its business, if there is anything.

        @return: That; it may be empty, if there is something else that is not usual.
            Go on with it, and then with L{dataReceived}. None if all is done.
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
        """
        Send.
        """
        sent, length = 0, len(data)
        if 0 < length <= RECORD and self.isUsual():
            sent = lib.SSL_write(self._tlsConnection._ssl, data, length)  # noqa: SLF001  see lib
            self._flushSendBIO()
        if sent != length:
            super().write(data[max(sent, 0) :])

    def isUsual(self) -> bool:
        """
        @return: Whether nothing stands between writing and sending.
        """
        return self._handshakeDone and not (
            self.disconnecting or self._lostTLSConnection or self._appSendBuffer
        )

    def _flushSendBIO(self) -> None:
        """
        Send what OpenSSL has to be sent.
        """
        connection = self._tlsConnection
        count = lib.BIO_read(connection._from_ssl, _room, len(_bytes))  # noqa: SLF001  see lib
        if count <= 0:
            return
        if self.disconnecting:
            # An abort ends here too, and is to take this back: sent, it would make
            # an orderly end of it.
            self.transport.write(_bytes[:count])
        else:
            sendNow(self.transport, _bytes[:count])

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        """
        TLS has ended, and the protocol inside is told nothing until the peer has taken
        what waits for it: give it a deadline.
        """
        super()._tlsShutdownFinished(reason)
        if self._ending is None:
            self._ending = self.factory.reactor.callLater(
                self.endTimeout, self.transport.abortConnection
            )

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # as Twisted's
        """
        The transport is gone: stop the clock.
        """
        super().connectionLost(reason)  # this may well end TLS
        if self._ending is not None and self._ending.active():
            self._ending.cancel()


class TLSTransportFactory(TLSMemoryBIOFactory):
    """
    Has connections inside TLS.
    """

    protocol = TLSTransport

    def __init__(
        self, contextFactory: RenewableContext, wrappedFactory: Any, reactor: Any
    ) -> None:
        """
        @param contextFactory: What their side of TLS is made by.

        @param wrappedFactory: What makes the protocols inside.
        """
        super().__init__(contextFactory, False, wrappedFactory, reactor)
        self.reactor = reactor
        self.pumping = makeTLSPumping(reactor)
