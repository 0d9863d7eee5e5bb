"""
What C{twistd echo} runs: the daemon's options, and the daemon made of them.
"""

import signal
from typing import Any

from twisted.logger import Logger

from echo import usage
from echo.httptokens import isToken
from echo.server.behaviour.behaviour import Caps
from echo.server.conversation.limits import Limits
from echo.server.conversation.protocol import EchoFactory, EchoProtocol
from echo.server.endpoints import listener, parseStrport
from echo.server.fastpath.pumping import VARIABLE as PUMP
from echo.server.http.accesspolicy import Policy
from echo.server.http.origins import Origins
from echo.server.http.site import health, makeSite
from echo.server.http.trustedproxies import TrustedProxies
from echo.server.service import Conversations, Daemon
from echo.server.signals import Signals
from echo.server.tls import RenewableContext, TLSFiles, secureFactory
from echo.units import parseCount, parseDuration, parseSize
from echo.usage import UsageError, repeatable
from echo.wire import choose, switch

_log = Logger()

DEFAULT_LISTEN = "tcp:8080:interface=127.0.0.1:backlog=1024"


def _subprotocol(text: str) -> str:
    if not isToken(text):
        raise ValueError(f"{text!r} is not a subprotocol: try chat or v1.example.com")
    return text


def _origin(text: str) -> str:
    Origins.fromTexts([text])
    return text


def _repeat(text: str) -> int:
    if not (repeat := parseCount(text)):
        raise ValueError(f"{text!r} is not a whole number above 0: try 100")
    return repeat


def _interval(text: str) -> float:
    if not (interval := parseDuration(text)):
        raise ValueError(f"{text!r} is not a time span above 0: try 10ms")
    return interval


def _network(text: str) -> str:
    TrustedProxies.fromTexts([text])
    return text


def _strport(text: str) -> str:
    from twisted.internet import reactor  # noqa: PLC0415  importing installs it

    parseStrport(text, reactor)
    return text


class Options(usage.Options):
    """
    The switches of the daemon.
    """

    synopsis = "[options]"
    about = (
        "Answers every WebSocket message with the same message, at /socket. Sizes take"
        " 64k or 1m, times 250ms, 5s or 1m.\n\n"
        "Every option can come from the environment instead: --max-message from"
        " ECHO_MAX_MESSAGE. An option that may be repeated takes one value a line"
        " there. --no-NAME switches off a flag that the environment switches on:"
        " --no-compression. --behaviours switches off --no-behaviours."
    )

    optParameters = [
        ["tls-cert", None, None, "PEM file: the certificate and its chain."],
        ["tls-key", None, None, "PEM file: the private key."],
        [
            "client-ca",
            None,
            None,
            "PEM file: authorities that client certificates need.",
        ],
        ["max-message", None, "16m", "Longest message, after inflation; longer: 1009."],
        ["max-connections", None, "0", "Most open conversations; 0: no limit."],
        [
            "handshake-timeout",
            None,
            "5s",
            "Drop a peer whose request takes longer than TIME.",
        ],
        [
            "ping-interval",
            None,
            "20s",
            "Ping a peer after TIME of silence; 0: no pings.",
        ],
        [
            "ping-timeout",
            None,
            "20s",
            "Drop a peer that is silent for TIME after a ping; 0: no limit.",
        ],
        [
            "stall-timeout",
            None,
            "60s",
            "Drop a peer that reads nothing for TIME; 0: no limit.",
        ],
        ["drain", None, "10s", "Wait TIME for close replies when the daemon stops."],
        ["max-delay", None, "1m", "Longest delay that a peer may ask for."],
        [
            "max-repeat",
            None,
            "100",
            "Most echoes of a message that a peer may ask for.",
        ],
        [
            "min-interval",
            None,
            "10ms",
            "Shortest interval of ticks or pings a peer may ask for.",
        ],
        ["metrics", None, None, "Listen here for Prometheus, at /metrics."],
    ]
    optFlags = [
        ["compression", None, "Accept permessage-deflate."],
        ["log-messages", None, "Log every message."],
        ["no-log-connections", None, "Do not log when conversations open and close."],
        ["no-behaviours", None, "Refuse requests for behaviours, except info."],
        ["show-secrets", None, "Show peers their credentials in /info."],
    ]
    converters = {
        "listen": _strport,
        "listen-tls": _strport,
        "allow-origin": _origin,
        "subprotocol": _subprotocol,
        "max-message": parseSize,
        "max-connections": parseCount,
        "handshake-timeout": parseDuration,
        "ping-interval": parseDuration,
        "ping-timeout": parseDuration,
        "stall-timeout": parseDuration,
        "drain": parseDuration,
        "max-delay": parseDuration,
        "max-repeat": _repeat,
        "min-interval": _interval,
        "metrics": _strport,
        "trust-proxy": _network,
    }

    opt_listen = repeatable(
        "listen",
        "Listen here: tcp:, tcp6:, unix:, systemd:, haproxy:tcp:. May be repeated."
        f" [default: {DEFAULT_LISTEN}]",
    )
    opt_listen_tls = repeatable(
        "listen-tls", "Listen here, with TLS; needs --tls-cert. May be repeated."
    )
    opt_allow_origin = repeatable(
        "allow-origin",
        "Accept browser pages of this origin, or of any: *. May be repeated."
        " [default: pages of the daemon's own host]",
    )
    opt_subprotocol = repeatable(
        "subprotocol",
        "Speak only this subprotocol. May be repeated. [default: the first offered]",
    )

    opt_trust_proxy = repeatable(
        "trust-proxy",
        "Trust X-Forwarded-For and Forwarded from proxies at this address or"
        " network, or unix. May be repeated. [default: none]",
    )

    def postOptions(self) -> None:
        """
        Make values of the texts, and check that the daemon can be made of them.

        @raise UsageError: It cannot.
        """
        super().postOptions()
        for name in self.converters:
            if hasattr(self, f"opt_{name.replace('-', '_')}"):
                self.setdefault(name, [])
        if not self["listen"] and not self["listen-tls"]:
            self["listen"] = [DEFAULT_LISTEN]
        self["tls"] = self._tls()
        try:
            choose(self._environment)
            switch(PUMP, self._environment)
        except (ImportError, ValueError) as error:
            raise UsageError(str(error)) from None

    def _tls(self) -> RenewableContext | None:
        given = [
            self.source(name)
            for name in ("tls-cert", "tls-key", "client-ca")
            if self[name] is not None
        ]
        if not self["listen-tls"]:
            if given:
                raise UsageError(f"{given[0]} is for --listen-tls, which is not given")
            return None
        if self["tls-cert"] is None or self["tls-key"] is None:
            raise UsageError(
                f"{self.source('listen-tls')} needs --tls-cert and --tls-key"
            )
        try:
            return RenewableContext(
                TLSFiles(self["tls-cert"], self["tls-key"], self["client-ca"])
            )
        except ValueError as error:
            raise UsageError(str(error)) from None


def makeService(
    config: Options,
    reactor: Any = None,
    signals: Signals | None = signal,
    protocol: type[EchoProtocol] = EchoProtocol,
) -> Daemon:
    """
    Assemble the daemon: its conversations, and the addresses they arrive at.

    @param config: The switches, parsed.

    @param reactor: Twisted's own if not given.

    @param signals: The module C{signal}: a signal during the drain ends it. None
        leaves signals alone.

    @param protocol: What a conversation is: L{EchoProtocol}, or one's own.

    @return: A service to be started; stopping it drains the conversations.
    """
    if reactor is None:
        from twisted.internet import reactor  # noqa: PLC0415  importing installs it
    for text in config.warnings():
        _log.warn("{text}", text=text)  # Twisted takes "warning" for Python's own
    factory = EchoFactory(
        reactor,
        Limits(
            maxMessage=config["max-message"],
            maxConnections=config["max-connections"],
            handshakeTimeout=config["handshake-timeout"],
            pingInterval=config["ping-interval"],
            pingTimeout=config["ping-timeout"],
            stallTimeout=config["stall-timeout"],
            compression=bool(config["compression"]),
        ),
        tuple(config["subprotocol"]),
        logConnections=not config["no-log-connections"],
        logMessages=bool(config["log-messages"]),
        countMessages=config["metrics"] is not None,
    )
    factory.protocol = protocol
    policy = Policy(
        Origins.fromTexts(config["allow-origin"]),
        Caps(
            maxDelay=config["max-delay"],
            maxRepeat=config["max-repeat"],
            minInterval=config["min-interval"],
            allowed=not config["no-behaviours"],
        ),
        TrustedProxies.fromTexts(config["trust-proxy"]),
        bool(config["show-secrets"]),
    )
    site = makeSite(factory, policy, reactor)
    daemon = Daemon(reactor)
    # Stopped in reverse: first the listeners.
    conversations = Conversations(factory, reactor, config["drain"], signals)
    conversations.setServiceParent(daemon)
    for strport in config["listen"]:
        listener(strport, site, reactor, failed=site.failed).setServiceParent(daemon)
    if config["tls"] is not None:
        wrapped = secureFactory(config["tls"], site, reactor)
        for strport in config["listen-tls"]:
            listener(
                strport, wrapped, reactor, "wss", failed=site.failed
            ).setServiceParent(daemon)
    if config["metrics"] is not None:
        from echo.server.metrics.collector import metricsSite  # noqa: PLC0415  who wants none need not wait for Prometheus's library

        metrics = metricsSite(factory, reactor, health(factory))
        watch = listener(config["metrics"], metrics, reactor, "http", "/metrics")
        # A drain is worth watching.
        watch.until = lambda: conversations.stopService().addCallback(
            lambda _: metrics.close()
        )
        watch.setServiceParent(daemon)
    return daemon
