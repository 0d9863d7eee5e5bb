"""
Tests for L{echo.client.options}.
"""

import io
import sys
from pathlib import Path
from unittest.mock import ANY

from twisted.trial.unittest import SynchronousTestCase

from echo.client.options import Options
from echo.usage import UsageError
from tests.certificates import AUTHORITY, CLIENT


class OptionsTests(SynchronousTestCase):
    """
    Tests for L{Options}.
    """

    def _parse(
        self, *arguments: str, stdin: bytes = b"", **environment: str
    ) -> Options:
        options = Options(environment, io.BytesIO(stdin))
        options.parseOptions(arguments)
        return options

    def _refused(self, *arguments: str, **environment: str) -> str:
        return str(
            self.assertRaises(UsageError, self._parse, *arguments, **environment)
        )

    def test_defaults(self) -> None:
        """
        Without a word, it is a message a second, for ever, to this machine.
        """
        options = self._parse()
        self.assertEqual(options["url"], "ws://localhost:8080/socket")
        plan = options.plan
        self.assertEqual((plan.interval, plan.count, plan.timeout), (1, None, 10))
        self.assertEqual(plan.payloads.payload(1), b"Hello 1")
        self.assertEqual(
            options.connectArguments(),
            {
                "origin": None,
                "headers": (),
                "subprotocols": (),
                "tls": options.tls,
                "unixSocket": None,
                "timeout": 10.0,
                "closeTimeout": 1.0,
                "maxMessage": 16 * 2**20,
            },
        )
        self.assertTrue(options.tls.verify)

    def test_all(self) -> None:
        """
        Each switch arrives where it belongs.
        """
        options = self._parse(
            *("-i", "250ms", "-c", "3", "-m", "ü", "-s", "32m", "-b"),
            *("--timeout", "1m", "--close-timeout", "0", "--origin", "o"),
            *("-H", "A: b", "--header", "C: d", "--subprotocol", "e"),
            *("--unix-socket", "/f", "-k", "wss://x/y"),
        )
        plan = options.plan
        self.assertEqual((plan.interval, plan.count, plan.timeout), (0.25, 3, 60))
        self.assertTrue(plan.payloads.isBinary)
        self.assertEqual(len(plan.payloads.payload(1)), 32 * 2**20)
        self.assertEqual(options["url"], "wss://x/y")
        arguments = options.connectArguments()
        self.assertGreater(arguments.pop("maxMessage"), 32 * 2**20)
        self.assertFalse(arguments["tls"].verify)
        self.assertEqual(
            arguments,
            {
                "origin": "o",
                "headers": [("A", "b"), ("C", "d")],
                "subprotocols": ["e"],
                "tls": ANY,
                "unixSocket": "/f",
                "timeout": 60.0,
                "closeTimeout": 0.0,
            },
        )

    def test_environment(self) -> None:
        """
        Each comes from the environment as well, and is named so when it is wrong.
        """
        options = self._parse(
            ECHO_INTERVAL="5s", ECHO_HEADER="A: b\nC: d", ECHO_INSECURE="1"
        )
        self.assertEqual(options.plan.interval, 5)
        self.assertEqual(options["header"], [("A", "b"), ("C", "d")])
        self.assertFalse(options.tls.verify)
        self.assertIn("ECHO_COUNT: ", self._refused(ECHO_COUNT="x"))
        self.assertIn("ECHO_MESSAGE: ", self._refused(ECHO_MESSAGE="@/nowhere"))

    def test_messages(self) -> None:
        """
        A message is a text, a file or standard input, as it stands there.
        """
        path = self.mktemp()
        Path(path).write_bytes(b"\xc3\xbc\n")
        for arguments, payload in [
            (("-m", "ü"), "ü".encode()),
            (("-m", ""), b""),
            (("-m", f"@{path}"), b"\xc3\xbc\n"),
            (("-m", "@-"), b"input"),
            (("-m", "\udcff", "-b"), b"\xff"),
        ]:
            options = self._parse(*arguments, stdin=b"input")
            self.assertEqual(options.plan.payloads.payload(1), payload)

    def test_standardInput(self) -> None:
        """
        Standard input is that of the process, which may be closed.
        """
        self.patch(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
        options = Options({})
        options.parseOptions(["-m", "@-"])
        self.assertEqual(options.plan.payloads.payload(1), b"piped")
        self.patch(sys, "stdin", None)
        error = self.assertRaises(
            UsageError, Options({}).parseOptions, ["--message", "@-"]
        )
        self.assertEqual(str(error), "--message: there is no standard input")

    def test_files(self) -> None:
        """
        Certificates and keys are read.
        """
        directory = Path(self.mktemp())
        directory.mkdir()
        (directory / "ca").write_bytes(AUTHORITY.pem)
        (directory / "cert").write_bytes(CLIENT.pem)
        (directory / "key").write_bytes(CLIENT.keyPEM)
        paths = [str(directory / name) for name in ("ca", "cert", "key")]
        tls = self._parse("--cacert", paths[0], "--cert", paths[1], "--key", paths[2])
        self.assertEqual(
            (tls.tls.authorities, tls.tls.certificate, tls.tls.key),
            (AUTHORITY.pem, CLIENT.pem, CLIENT.keyPEM),
        )
        self.assertIn("of no use", self._refused("--key", paths[2]))

    def test_refused(self) -> None:
        """
        What makes no sense is named, with what would.
        """
        for arguments, said in [
            (("-i", "soon"), "--interval: 'soon' is not a time span: try 250ms"),
            (("-i", "169h"), "--interval: '169h' is too long"),
            (("--timeout", "0"), "--timeout: '0' leaves no time at all"),
            (("-c", "0"), "--count: '0' is too few"),
            (("-c", "-1"), "--count: '-1' is not a whole number"),
            (("-s", "2g"), "--size: '2g' is too large: at most 1g"),
            (("-H", "x"), "--header: 'x' is not a header: try 'Name: value'"),
            (("--origin", "a\nb"), "--origin: the value of 'Origin'"),
            (("--subprotocol", "a b"), "--subprotocol: 'a b' is not a"),
            (("-m", "@/nowhere"), "--message: cannot read '/nowhere': No such file"),
            (("-m", "@"), "--message: cannot read ''"),
            (("-m", "@a\0b"), "--message: cannot read"),
            (("-m", "\udcff"), "--message: the message is not UTF-8: try --binary"),
            (("--cacert", "/nowhere"), "--cacert: cannot read '/nowhere'"),
            (("http://x/",), "'http' is not ws or wss: try ws://x/"),
            (("ws://x/", "y"), "unexpected argument 'y'"),
            (("--bogus",), "bogus"),
        ]:
            self.assertIn(said, self._refused(*arguments))
