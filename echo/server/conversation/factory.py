"""
The factory of a daemon's conversations, and the state that they share.
"""

from itertools import count
from secrets import token_hex
from socket import gethostname

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.interfaces import IReactorTime

from echo.printable import printable
from echo.server.conversation.answering import Answering, Counted, Logged
from echo.server.conversation.fairness import FairScheduler
from echo.server.conversation.protocol import EchoProtocol
from echo.server.daemonsettings import DaemonSettings
from echo.server.fastpath.pumping import makePumping
from echo.server.hooks.hookrules import called
from echo.server.hooks.serviceclass import isCurrent, prepareClass
from echo.server.metrics.counters import Counters
from echo.wire import Wire, choose


class EchoFactory(WebSocketServerFactory):
    """
    Makes the conversations of one daemon.

    @cvar stock: The daemon's own protocol class, the base of every service's.

    @cvar stockHooks: Its hooks as they are before anything is assigned to it.

    @ivar protocol: The protocol class, the daemon's own or a service's.

    @ivar conversations: The open ones.

    @ivar undecided: Conversations that wait for a service's C{onConnect}.

    @ivar closing: Whether new conversations are refused, since the daemon shuts down.

    @ivar answering: The strategy of conversations without behaviours.

    @ivar host: The name of the machine, C{X-Echo-Host}.
    """

    reactor: IReactorTime
    protocol = EchoProtocol
    stock = EchoProtocol
    stockHooks = called(EchoProtocol)
    noisy = False

    def __init__(self, reactor: IReactorTime, settings: DaemonSettings) -> None:
        super().__init__(server=None, reactor=reactor)
        self.limits = settings.limits
        self.logConnections = settings.logConnections
        self.logMessages = settings.logMessages
        self.closing = False
        self.wire: Wire = choose().Wire()
        self.pumping = makePumping(reactor, self.wire.makePump)
        self.counters = Counters(self.wire)
        self.fairness = FairScheduler(reactor)
        counts = settings.metrics is not None
        self.answering = Counted(self.counters) if counts else Answering()
        if settings.logMessages:
            self.answering = Logged(self.answering)
        self.host = printable(gethostname())
        self._names = map(f"{token_hex(4)}-{{}}".format, count(1))
        self.conversations: set[EchoProtocol] = set()
        self.undecided: set[EchoProtocol] = set()
        self._subprotocols = settings.subprotocols
        self._prepared: type[EchoProtocol] | None = None
        settings.limits.applyTo(self)

    def prepare(self) -> type[EchoProtocol]:
        if self._prepared is None or not isCurrent(self._prepared):
            self._prepared = prepareClass(self)
        return self._prepared

    @property
    def full(self) -> bool:
        count = len(self.conversations) + len(self.undecided)
        return 0 < self.limits.maxConversations <= count

    def close(self) -> None:
        """
        Refuse new conversations, and those that wait for C{onConnect}.
        """
        self.closing = True
        for conversation in list(self.undecided):
            conversation.refuse(503, "The server is shutting down.", "draining")

    def nameConnection(self) -> str:
        """
        @return: A name that no other connection has, here or in another daemon.
        """
        return next(self._names)

    def selectSubprotocol(self, offered: list[str]) -> str | None:
        accepted = self._subprotocols or offered
        return next((name for name in offered if name in accepted), None)
