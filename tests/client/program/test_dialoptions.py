"""
Tests for L{echo.client.program.dialoptions}.
"""

import io
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo.client.program.dialoptions import DialOptions
from echo.client.transport.proxy import Proxy
from echo.client.transport.route import DNSOverride
from echo.usage import UsageError
from tests.kit.certificates import AUTHORITY, CLIENT


class DialOptionsTests(SynchronousTestCase):
    """
    Tests for L{DialOptions}.
    """

    def _parse(self, *arguments: str, **environment: str) -> DialOptions:
        options = DialOptions(environment)
        options.parseOptions(arguments)
        return options

    def _refused(self, *arguments: str, **environment: str) -> str:
        return str(
            self.assertRaises(UsageError, self._parse, *arguments, **environment)
        )

    def test_defaults(self) -> None:
        options = self._parse()
        self.assertEqual(options["url"], "ws://localhost:8080/socket")
        self.assertEqual((options["color"], options["deadline"]), ("auto", None))
        self.assertFalse(options["json"])
        self.assertFalse(options["verbose"])
        self.assertFalse(options["show-secrets"])
        self.assertEqual(
            vars(options.target),
            {
                "url": "ws://localhost:8080/socket",
                "origin": None,
                "headers": (),
                "subprotocols": (),
                "tls": options.target.tls,
                "unixSocket": None,
                "proxy": None,
                "resolve": (),
                "compression": False,
                "timeout": 10.0,
                "closeTimeout": 1.0,
                "maxMessage": 16 * 2**20,
            },
        )
        self.assertTrue(options.target.tls.verify)
        self.assertIsNone(options.target.tls.authorities)

    def test_eachOptionHasItsField(self) -> None:
        options = self._parse(
            *("--timeout", "1m", "--close-timeout", "0", "--origin", "o"),
            *("-H", "A: b", "--header", "C: d", "--subprotocol", "e", "--compression"),
            *("-k", "-w", "90s", "-v", "--json", "--color", "never"),
            *("--resolve", "x:443:127.0.0.1", "--resolve", "*:1:::1"),
            *("--proxy", "http://u:p@proxy:3128", "--show-secrets", "wss://x/y"),
        )
        self.assertEqual(options["url"], "wss://x/y")
        self.assertEqual((options["deadline"], options["color"]), (90.0, "never"))
        self.assertTrue(options["json"])
        self.assertTrue(options["verbose"])
        self.assertTrue(options["show-secrets"])
        self.assertFalse(options.target.tls.verify)
        self.assertEqual(
            vars(options.target),
            {
                "url": "wss://x/y",
                "origin": "o",
                "headers": [("A", "b"), ("C", "d")],
                "subprotocols": ["e"],
                "tls": options.target.tls,
                "unixSocket": None,
                "proxy": Proxy(False, "proxy", 3128, "Basic dTpw"),
                "resolve": [
                    DNSOverride("x", 443, "127.0.0.1"),
                    DNSOverride("*", 1, "::1"),
                ],
                "compression": True,
                "timeout": 60.0,
                "closeTimeout": 0.0,
                "maxMessage": 16 * 2**20,
            },
        )

    def test_optionsMayFollowURL(self) -> None:
        for arguments in (
            ["ws://x/", "--timeout", "2s", "-k", "--origin="],
            ["-k", "--timeout=2s", "ws://x/", "--origin", ""],
            ["--time", "2s", "--origin", "", "-k", "--", "ws://x/"],
        ):
            options = DialOptions({})
            options.parseOptions(arguments)
            found = (options["url"], options["timeout"], options["insecure"])
            self.assertEqual(found, ("ws://x/", 2.0, 1))
            self.assertEqual(options["origin"], "")

    def test_environmentSetsOptions(self) -> None:
        """
        One value a line for a repeatable option. The command line overrides it.
        """
        options = self._parse(
            ECHO_HEADER="A: b\nC: d",
            ECHO_RESOLVE="x:1:::1\nx:2:::1",
            ECHO_INSECURE="1",
            ECHO_VERBOSE="no",
            ECHO_UNIX_SOCKET="/run/x",
            ECHO_TIMEOUT="3s",
        )
        target = options.target
        self.assertEqual(target.headers, [("A", "b"), ("C", "d")])
        self.assertEqual([each.port for each in target.resolve], [1, 2])
        self.assertEqual((target.unixSocket, target.timeout), ("/run/x", 3))
        self.assertFalse(options.target.tls.verify)
        self.assertFalse(options["verbose"])
        options = self._parse("--timeout", "4s", ECHO_TIMEOUT="3s")
        self.assertEqual(options["timeout"], 4)

    def test_errorNamesVariable(self) -> None:
        said = self._refused(ECHO_DEADLINE="0")
        self.assertTrue(
            said.startswith("ECHO_DEADLINE: '0' is not a time span above 0"), said
        )
        said = self._refused(ECHO_INSECURE="maybe")
        self.assertEqual(said, "ECHO_INSECURE: 'maybe' is not 1 or 0")
        said = self._refused(ECHO_CACERT="/nowhere")
        self.assertTrue(said.startswith("ECHO_CACERT: cannot read"), said)

    def test_proxyOverridesEnvironment(self) -> None:
        """
        An empty one means no proxy.
        """
        environment = {"HTTPS_PROXY": "http://a:1", "ECHO_PROXY": "http://b:2"}
        for arguments, given, found in [
            (("--proxy", "c:3"), environment, "http://c:3"),
            ((), environment, "http://b:2"),
            ((), {"HTTPS_PROXY": "http://a:1"}, "http://a:1"),
            ((), {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "localhost"}, None),
            (("ws://x",), {"HTTPS_PROXY": "a:1", "NO_PROXY": "y"}, "http://a:1"),
            (("--proxy", ""), environment, None),
            ((), {**environment, "ECHO_PROXY": ""}, None),
            (("--unix-socket", "/x"), {"HTTPS_PROXY": "http://a:1"}, None),
            (("--unix-socket", "/x", "--proxy", ""), {}, None),
        ]:
            options = self._parse(*arguments, **given)
            proxy = options.target.proxy
            self.assertEqual(None if proxy is None else proxy.url, found)

    def test_errorNamesSourceOfProxy(self) -> None:
        for arguments, environment, start in [
            (("--proxy", "ftp://x"), {}, "--proxy: ftp proxies are not supported"),
            ((), {"ECHO_PROXY": "ftp://x"}, "ECHO_PROXY: ftp proxies are not"),
            (
                (),
                {"ALL_PROXY": "ftp://x"},
                "the environment's proxy: ALL_PROXY: ftp proxies",
            ),
            (
                ("--proxy", "x:1", "--unix-socket", "/x"),
                {},
                "--proxy does not work with --unix-socket",
            ),
        ]:
            said = self._refused(*arguments, **environment)
            self.assertTrue(said.startswith(start), said)

    def test_readsCertificatesAndKey(self) -> None:
        directory = Path(self.mktemp())
        directory.mkdir()
        (directory / "ca").write_bytes(AUTHORITY.pem)
        (directory / "cert").write_bytes(CLIENT.pem)
        (directory / "key").write_bytes(CLIENT.keyPEM)
        paths = [str(directory / name) for name in ("ca", "cert", "key")]
        options = ("--cacert", paths[0], "--cert", paths[1], "--key", paths[2])
        tls = self._parse(*options).target.tls
        self.assertEqual(
            (
                tls.authorities,
                tls.certificate,
                tls.key,
            ),
            (AUTHORITY.pem, CLIENT.pem, CLIENT.keyPEM),
        )
        self.assertIn("of no use", self._refused("--key", paths[2]))
        self._refused("--cacert", paths[2])
        self._refused("--cert", paths[1])

    def test_standardInputOfProcess(self) -> None:
        """
        Unless a test passes another stream. The process may have none.
        """
        stream = io.BytesIO()
        options = DialOptions({}, stream)
        self.assertIs(options.standardInput("x"), stream)
        self.patch(sys, "stdin", io.TextIOWrapper(stream))
        self.assertIs(DialOptions({}).standardInput("x"), stream)
        self.patch(sys, "stdin", None)
        error = self.assertRaises(UsageError, DialOptions({}).standardInput, "x")
        self.assertEqual(str(error), "--x: there is no standard input")

    def test_errorSaysWhatIsRight(self) -> None:
        for arguments, said in [
            (
                ("--timeout", "0"),
                "--timeout: '0' is not a time span above 0: try 250ms",
            ),
            (("--timeout", "x"), "--timeout: 'x' is not a time span: try 250ms"),
            (("-w", "0s"), "--deadline: '0s' is not a time span above 0: try 250ms"),
            (("-w", "169h"), "--deadline: '169h' is too long: at most 168h"),
            (("--close-timeout", "-1"), "--close-timeout: '-1' is not a time span"),
            (("--close-timeout", "200h"), "--close-timeout: '200h' is too long"),
            (("-H", "x"), "--header: 'x' is not a header: try 'Name: value'"),
            (("--origin", "a\nb"), "--origin: the value of 'Origin'"),
            (("--subprotocol", "a b"), "--subprotocol: 'a b' is not a"),
            (("--resolve", "x"), "--resolve: 'x'"),
            (("--color", "blue"), "--color: 'blue' is none of auto, always, never"),
            (("--cacert", "/nowhere"), "--cacert: cannot read '/nowhere': No such"),
            (("--cert", ""), "--cert: cannot read ''"),
            (("--key", "a\0b"), "--key: cannot read 'a\\x00b': embedded null"),
            (("http://x/",), "'http' is not ws or wss: try ws://x/"),
            (("ws://x/", "y"), "expected one URL, got 2"),
            (("--bogus",), "bogus"),
        ]:
            self.assertIn(said, self._refused(*arguments))
