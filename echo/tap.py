"""
What C{twistd echo} runs: the daemon's options, and the service made of them.
"""

import signal
from typing import Any

from twisted.logger import Logger

from echo.server.conversation.factory import EchoFactory
from echo.server.conversation.protocol import EchoProtocol
from echo.server.daemonoptions import Options
from echo.server.endpoints import listener
from echo.server.http.site import makeSite
from echo.server.service import Conversations, Daemon
from echo.server.signals import Signals
from echo.server.tls import RenewableContext, tlsFactory

__all__ = ["Options", "makeService"]

_log = Logger()


def makeService(
    config: Options,
    reactor: Any = None,  # Twisted's own is a module to mypy
    signals: Signals | None = signal,
    protocol: type[EchoProtocol] = EchoProtocol,
) -> Daemon:
    """
    Assemble the daemon: its conversations, and its listeners.

    @param reactor: None takes Twisted's own.

    @param signals: The module C{signal}: a signal during the drain ends it. None
        leaves signals alone.

    @param protocol: The class of conversations: L{EchoProtocol}, or a subclass.

    @return: A service that is not started. Its stop drains the conversations.
    """
    if reactor is None:
        from twisted.internet import reactor  # noqa: PLC0415  importing installs it
    for text in config.warnings():
        _log.warn("{text}", text=text)  # Twisted takes "warning" for Python's own
    settings = config.settings
    factory = EchoFactory(reactor, settings)
    factory.protocol = protocol
    site = makeSite(factory, settings.policy)
    daemon = Daemon(reactor)
    # MultiService stops the last child first: the listeners before the conversations.
    conversations = Conversations(factory, settings.drain, signals)
    conversations.setServiceParent(daemon)
    for endpoint in settings.listen:
        listener(
            endpoint, site, reactor, countRefusal=site.countRefusal
        ).setServiceParent(daemon)
    if settings.tls is not None:
        wrapped = tlsFactory(RenewableContext(settings.tls), site, reactor)
        for endpoint in settings.listenTLS:
            listener(
                endpoint, wrapped, reactor, "wss", countRefusal=site.countRefusal
            ).setServiceParent(daemon)
    if settings.metrics is not None:
        from echo.server.metrics.exposition import metricsSite  # noqa: PLC0415  it takes a tenth of the start

        metrics = metricsSite(factory)
        watch = listener(settings.metrics, metrics, reactor, "http", "/metrics")
        # Metrics stay readable during the drain.
        watch.beforeStop = conversations.stopService
        watch.setServiceParent(daemon)
    return daemon
