"""
Tests of L{echo.server.daemonoptions}.
"""

import re
from itertools import chain
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.behaviour import Caps
from echo.server.conversation.limits import Limits
from echo.server.daemonoptions import DEFAULT_LISTEN, Options
from echo.server.daemonsettings import DaemonSettings
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.origins import Origins
from echo.server.http.trustedproxies import TrustedProxies
from echo.server.tls import TLSFiles
from echo.usage import UsageError
from tests.kit.certificates import GOOD


def parse(*arguments: str) -> DaemonSettings:
    """
    @return: The settings of a command line.
    """
    options = Options({})
    options.parseOptions(arguments)
    return options.settings


class OptionsTests(SynchronousTestCase):
    """
    The options of the daemon.
    """

    def setUp(self) -> None:
        directory = self.mktemp()
        Path(directory).mkdir()
        self.pem = GOOD.save(directory)

    def test_defaults(self) -> None:
        """
        By default the daemon listens on loopback only.
        """
        settings = parse()
        self.assertEqual(settings.listen, (DEFAULT_LISTEN,))
        self.assertEqual(settings, DaemonSettings(listen=(DEFAULT_LISTEN,)))
        self.assertIn("interface=127.0.0.1", DEFAULT_LISTEN)

    def test_onlyTLS(self) -> None:
        """
        With C{--listen-tls} alone, nothing listens without TLS.
        """
        settings = parse(
            "--listen-tls=tcp:0", "--tls-cert", self.pem, "--tls-key", self.pem
        )
        self.assertEqual((settings.listen, settings.listenTLS), ((), ("tcp:0",)))
        self.assertEqual(settings.tls, TLSFiles(self.pem, self.pem))

    def test_invalid(self) -> None:
        """
        An error names the option, and shows an example.
        """
        for arguments, expected in [
            (["--max-message=big"], "--max-message: 'big' is not a size: try 512"),
            (["--drain=soon"], "--drain: 'soon' is not a time span: try 250ms"),
            (["--max-connections=-1"], "--max-connections: '-1' is not a whole number"),
            (["--listen=8080"], "--listen: '8080' is not an address to listen on"),
            (["--listen-tls=x:"], "--listen-tls: 'x:' is not an address to listen on"),
            (["--allow-origin=a"], "--allow-origin: 'a' is not an origin: try https"),
            (["--subprotocol=a b"], "--subprotocol: 'a b' is not a subprotocol: try"),
            (["--listen-tls=tcp:0"], "--listen-tls needs --tls-cert and --tls-key"),
            (
                ["--listen-tls=tcp:0", "--tls-cert", self.pem],
                "--listen-tls needs --tls-cert and --tls-key",
            ),
            (["--metrics=9090"], "--metrics: '9090' is not an address to listen on"),
            (["--max-delay=-1s"], "--max-delay: '-1s' is not a time span: try 250ms"),
            (["--max-repeat=0"], "--max-repeat: '0' is not a whole number above 0"),
            (["--min-interval=0"], "--min-interval: '0' is not a time span above 0"),
            (["--trust-proxy=everyone"], "--trust-proxy: 'everyone' is neither"),
            (["--trust-proxy=10.0.0.1/8"], "10.0.0.0/8"),
            (["--tls-key", self.pem], "--tls-key needs --listen-tls"),
            (
                ["--listen-tls=tcp:0", "--tls-cert=/nowhere", "--tls-key", self.pem],
                "cannot read '/nowhere': No such file or directory",
            ),
            (["--nonsense"], "option --nonsense not recognized"),
            (["nonsense"], "unexpected argument 'nonsense'"),
        ]:
            error = self.assertRaises(UsageError, parse, *arguments)
            self.assertIn(expected, str(error))

    def test_help(self) -> None:
        """
        The help has every option once, with its default, in at most 80 columns.
        """
        options = Options({})
        text = str(options)
        for expected in ["--listen ENDPOINT", "--max-message SIZE", "ECHO_"]:
            self.assertIn(expected, text)
        self.assertIn("[default: 16m]", " ".join(text.split()))
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        shown = re.findall(r"^ +(?:-\w, )?--([\w-]+)", text, re.MULTILINE)
        self.assertEqual(sorted(shown), sorted(x.strip("=") for x in options.longOpt))

    def test_helpGroups(self) -> None:
        """
        Every option but C{--help} and C{--version} is in a group.
        """
        options = Options({})
        grouped = {each.split()[0] for each in chain(*options.groups.values())}
        every = {name.strip("=") for name in options.longOpt}
        self.assertEqual(grouped, every - {"help", "version"})

    def test_logConnections(self) -> None:
        """
        Connections are logged, unless the command line or the environment says
        otherwise. The command line overrides the environment.
        """
        for expected, arguments, environment in [
            (True, [], {}),
            (False, ["--no-log-connections"], {}),
            (True, ["--log-connections"], {}),
            (False, [], {"ECHO_LOG_CONNECTIONS": "0"}),
            (True, [], {"ECHO_LOG_CONNECTIONS": "1"}),
            (True, [], {"ECHO_LOG_CONNECTIONS": ""}),
            (True, ["--log-connections"], {"ECHO_LOG_CONNECTIONS": "0"}),
            (False, ["--no-log-connections"], {"ECHO_LOG_CONNECTIONS": "1"}),
        ]:
            options = Options(environment)
            options.parseOptions(arguments)
            self.assertIs(
                options.settings.logConnections, expected, (arguments, environment)
            )

    def test_dataPathVariables(self) -> None:
        """
        The environment variables of the data path must be 0 or 1.
        """
        for name in ("ECHO_USE_WIRE", "ECHO_USE_PUMP"):
            error = self.assertRaises(
                UsageError, Options({name: "yes"}).parseOptions, []
            )
            self.assertEqual(str(error), f"{name} must be 0 or 1, not 'yes'")

    def test_everySetting(self) -> None:
        """
        Each option sets its part of the settings.
        """
        self.assertEqual(
            parse(
                *("--listen=tcp:1", "--listen=tcp:2", "--metrics=tcp:3"),
                *("--subprotocol=a", "--subprotocol=b", "--compression"),
                *("--max-message=1k", "--max-connections=2", "--handshake-timeout=3s"),
                *("--ping-interval=4s", "--ping-timeout=500ms", "--stall-timeout=6s"),
                *("--drain=7s", "--log-messages", "--no-log-connections"),
                *("--allow-origin=https://a.example", "--max-delay=1s"),
                *("--max-repeat=2", "--min-interval=3s", "--no-behaviours"),
                *("--trust-proxy=10.0.0.0/8", "--trust-proxy=unix", "--show-secrets"),
            ),
            DaemonSettings(
                listen=("tcp:1", "tcp:2"),
                metrics="tcp:3",
                subprotocols=("a", "b"),
                limits=Limits(1024, 2, 3.0, 4.0, 0.5, 6.0, True),
                policy=AccessPolicy(
                    Origins.fromTexts(["https://a.example"]),
                    Caps(1.0, 2, 3.0, False),
                    TrustedProxies.fromTexts(["10.0.0.0/8", "unix"]),
                    True,
                ),
                drain=7.0,
                logConnections=False,
                logMessages=True,
            ),
        )
