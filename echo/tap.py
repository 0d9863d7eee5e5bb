"""
What C{twistd echo} runs: the daemon's options, and the daemon made of them.
"""

import signal
from typing import Any

from twisted.logger import Logger

from echo.httptokens import isToken
from echo.server.behaviour.behaviour import Caps
from echo.server.conversation.limits import Limits
from echo.server.conversation.protocol import EchoFactory, EchoProtocol
from echo.server.endpoints import listener, parseEndpoint
from echo.server.fastpath.pumping import VARIABLE as PUMP
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.origins import Origins
from echo.server.http.site import health, makeSite
from echo.server.http.trustedproxies import TrustedProxies
from echo.server.service import Conversations, Daemon
from echo.server.signals import Signals
from echo.server.tls import RenewableContext, TLSFiles, secureFactory
from echo.units import parseCount, parseDuration, parseSize
from echo.usage import CommonOptions, UsageError, repeatable
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


def _endpoint(text: str) -> str:
    from twisted.internet import reactor  # noqa: PLC0415  importing installs it

    parseEndpoint(text, reactor)
    return text


class Options(CommonOptions):
    """
    The switches of the daemon.
    """

    synopsis = "[options]"
    longdesc = "Answer every WebSocket message with the same message, at /socket."
    groups = {
        "Listening": ["listen ENDPOINT", "listen-tls ENDPOINT"],
        "TLS": ["tls-cert FILE", "tls-key FILE", "client-ca FILE"],
        "Access": ["allow-origin ORIGIN", "trust-proxy NETWORK"],
        "WebSocket": ["subprotocol NAME", "compression"],
        "Limits": ["max-message SIZE", "max-connections N"],
        "Timeouts": [
            *("handshake-timeout TIME", "ping-interval TIME", "ping-timeout TIME"),
            *("stall-timeout TIME", "drain TIME"),
        ],
        "Behaviours": [
            *("no-behaviours", "max-delay TIME", "max-repeat N", "min-interval TIME"),
        ],
        "Logging and metrics": [
            *("no-log-connections", "log-messages", "show-secrets"),
            "metrics ENDPOINT",
        ],
    }
    tables = {
        "Values": {
            "ENDPOINT": "tcp:8080, tcp6:8080, unix:/run/echo.sock or"
            " systemd:domain=INET:index=0; haproxy: before it expects PROXY headers",
            "NETWORK": "192.0.2.1, 10.0.0.0/8, 2001:db8::/32, or unix for UNIX sockets",
            "ORIGIN": "https://example.com, or * for all",
            "SIZE": "512, 64k, 1m or 1g: bytes, KiB, MiB or GiB",
            "TIME": "250ms, 5s, 1m or 1h; a number alone is seconds",
        },
        "Exit status": {
            "0": "after --help or --version",
            "1": "an option is invalid, or the daemon cannot listen at an endpoint",
            "130": "after SIGINT and the drain; the signal ends the process",
            "143": "after SIGTERM and the drain; the signal ends the process",
        },
    }

    optParameters = [
        ["tls-cert", None, None, "Certificate and its chain, in PEM."],
        ["tls-key", None, None, "Private key, in PEM, not encrypted."],
        [
            *("client-ca", None, None),
            "Require client certificates of the authorities in FILE, in PEM.",
        ],
        [
            *("max-message", None, "16m"),
            "Longest message, after inflation. A longer one is closed with 1009.",
        ],
        [
            *("max-connections", None, "0"),
            "Most open conversations. Further ones get 503. 0: no limit.",
        ],
        [
            *("handshake-timeout", None, "5s"),
            "Drop a connection without a complete request after TIME. 0: no limit.",
        ],
        [
            *("ping-interval", None, "20s"),
            "Ping a peer after TIME of silence. 0: no pings.",
        ],
        [
            *("ping-timeout", None, "20s"),
            "Drop a peer that sends nothing for TIME after a ping. 0: no limit.",
        ],
        [
            *("stall-timeout", None, "60s"),
            "Drop a peer that reads nothing for TIME. 0: no limit.",
        ],
        [
            *("drain", None, "10s"),
            "On shutdown, wait TIME for echoes in flight and close replies.",
        ],
        ["max-delay", None, "1m", "Longest delay that a client may request."],
        [
            *("max-repeat", None, "100"),
            "Most echoes of one message that a client may request.",
        ],
        [
            *("min-interval", None, "10ms"),
            "Shortest interval of ticks or pings that a client may request.",
        ],
        ["metrics", None, None, "Serve Prometheus metrics at ENDPOINT, path /metrics."],
    ]
    optFlags = [
        ["compression", None, "Accept permessage-deflate."],
        ["log-messages", None, "Log every message."],
        ["no-log-connections", None, "Do not log when conversations open and close."],
        ["no-behaviours", None, "Refuse requests for behaviours, except info."],
        ["show-secrets", None, "Show clients their own credentials in /info."],
    ]
    converters = {
        "listen": _endpoint,
        "listen-tls": _endpoint,
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
        "metrics": _endpoint,
        "trust-proxy": _network,
    }

    opt_listen = repeatable(
        "listen", f"Listen at ENDPOINT. Repeatable. [default: {DEFAULT_LISTEN}]"
    )
    opt_listen_tls = repeatable(
        "listen-tls",
        "Listen at ENDPOINT with TLS. Needs --tls-cert and --tls-key. Repeatable.",
    )
    opt_allow_origin = repeatable(
        "allow-origin",
        "Accept browser pages of ORIGIN. Repeatable. [default: the daemon's own host]",
    )
    opt_subprotocol = repeatable(
        "subprotocol",
        "Accept no subprotocol but NAME. Repeatable. [default: the first offered]",
    )
    opt_trust_proxy = repeatable(
        "trust-proxy",
        "Trust X-Forwarded-For and Forwarded from proxies in NETWORK. Repeatable."
        " [default: none]",
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
    policy = AccessPolicy(
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
        listener(
            strport, site, reactor, countRefusal=site.countRefusal
        ).setServiceParent(daemon)
    if config["tls"] is not None:
        wrapped = secureFactory(config["tls"], site, reactor)
        for strport in config["listen-tls"]:
            listener(
                strport, wrapped, reactor, "wss", countRefusal=site.countRefusal
            ).setServiceParent(daemon)
    if config["metrics"] is not None:
        from echo.server.metrics.exposition import metricsSite  # noqa: PLC0415  it takes a tenth of the start

        metrics = metricsSite(factory, reactor, health(factory))
        watch = listener(config["metrics"], metrics, reactor, "http", "/metrics")
        # Metrics stay readable during the drain.
        watch.until = conversations.stopService
        watch.setServiceParent(daemon)
    return daemon
