"""
The command line of the daemon. L{echo.tap} shows it to C{twistd}.
"""

from echo.httptokens import isToken
from echo.server.behaviour.behaviour import Caps
from echo.server.conversation.limits import Limits
from echo.server.daemonsettings import DaemonSettings
from echo.server.endpoints import parseEndpoint
from echo.server.fastpath.pumping import VARIABLE as PUMP
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.origins import Origins
from echo.server.http.trustedproxies import TrustedProxies
from echo.server.tls import TLSFiles
from echo.units import parseCount, parseDuration, parseSize
from echo.usage import CommonOptions, UsageError, repeatable
from echo.wire import choose, switch

DEFAULT_LISTEN = "tcp:8080:interface=127.0.0.1:backlog=1024"

_REPEATABLE = ("listen", "listen-tls", "allow-origin", "subprotocol", "trust-proxy")


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
    The options of the daemon.

    @ivar settings: Their values, after parsing.
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
        ["client-ca", None, None, "Require client certificates of these authorities."],
        ["max-message", None, "16m", "Longest message, inflated. Longer: close 1009."],
        ["max-connections", None, "0", "Refuse further conversations. 0: no limit."],
        [
            *("handshake-timeout", None, "5s"),
            "Close a connection whose request takes longer than TIME. 0: no limit.",
        ],
        ["ping-interval", None, "20s", "Ping a peer after TIME of silence. 0: never."],
        [
            *("ping-timeout", None, "20s"),
            "Drop a peer that is silent for TIME after a ping. 0: never.",
        ],
        [
            *("stall-timeout", None, "60s"),
            "Drop a peer that reads nothing for TIME. 0: never.",
        ],
        ["drain", None, "10s", "On shutdown, wait TIME for echoes and close replies."],
        ["max-delay", None, "1m", "Longest delay that a client may request."],
        [
            *("max-repeat", None, "100"),
            "Most echoes of a message that a client may request.",
        ],
        [
            *("min-interval", None, "10ms"),
            "Shortest interval of ticks and pings that a client may request.",
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

    settings: DaemonSettings

    def postOptions(self) -> None:
        """
        Make L{settings} of the options.

        @raise UsageError: An option is invalid, or lacks another one.
        """
        super().postOptions()
        given = {name: tuple(self.get(name, ())) for name in _REPEATABLE}
        if not given["listen"] and not given["listen-tls"]:
            given["listen"] = (DEFAULT_LISTEN,)
        self.settings = DaemonSettings(
            listen=given["listen"],
            listenTLS=given["listen-tls"],
            tls=self._tlsFiles(),
            metrics=self["metrics"],
            subprotocols=given["subprotocol"],
            limits=Limits(
                maxMessage=self["max-message"],
                maxConversations=self["max-connections"],
                handshakeTimeout=self["handshake-timeout"],
                pingInterval=self["ping-interval"],
                pingTimeout=self["ping-timeout"],
                stallTimeout=self["stall-timeout"],
                compression=bool(self["compression"]),
            ),
            policy=AccessPolicy(
                Origins.fromTexts(given["allow-origin"]),
                Caps(
                    maxDelay=self["max-delay"],
                    maxRepeat=self["max-repeat"],
                    minInterval=self["min-interval"],
                    allowed=not self["no-behaviours"],
                ),
                TrustedProxies.fromTexts(given["trust-proxy"]),
                bool(self["show-secrets"]),
            ),
            drain=self["drain"],
            logConnections=not self["no-log-connections"],
            logMessages=bool(self["log-messages"]),
        )
        try:
            choose(self._environment)
            switch(PUMP, self._environment)
        except (ImportError, ValueError) as error:
            raise UsageError(str(error)) from None

    def _tlsFiles(self) -> TLSFiles | None:
        given = [
            self.source(name)
            for name in ("tls-cert", "tls-key", "client-ca")
            if self[name] is not None
        ]
        if not self.get("listen-tls"):
            if given:
                raise UsageError(f"{given[0]} needs --listen-tls")
            return None
        if self["tls-cert"] is None or self["tls-key"] is None:
            raise UsageError(
                f"{self.source('listen-tls')} needs --tls-cert and --tls-key"
            )
        files = TLSFiles(self["tls-cert"], self["tls-key"], self["client-ca"])
        try:
            files.load()
        except ValueError as error:
            raise UsageError(str(error)) from None
        return files
