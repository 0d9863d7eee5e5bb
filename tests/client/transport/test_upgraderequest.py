"""
Tests of L{echo.client.transport.upgraderequest}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo import __version__
from echo.client.transport.upgraderequest import (
    UpgradeRequest,
    checkSubprotocol,
    parseHeader,
)
from echo.client.transport.url import parseURL


class RequestTests(SynchronousTestCase):
    """
    L{UpgradeRequest}.
    """

    def _lines(self, url: str = "ws://x:81/y", **options: object) -> list[str]:
        request = UpgradeRequest(parseURL(url), **options)  # type: ignore[arg-type]
        lines = request.encode("KEY=").decode().split("\r\n")
        self.assertEqual(lines[-2:], ["", ""])
        return lines[:-2]

    def test_defaultHeaders(self) -> None:
        self.assertEqual(
            self._lines(),
            [
                "GET /y HTTP/1.1",
                "Host: x:81",
                f"User-Agent: echo-client/{__version__}",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: KEY=",
                "Sec-WebSocket-Version: 13",
            ],
        )

    def test_lineAndFieldsMakeTheHead(self) -> None:
        request = UpgradeRequest(parseURL("ws://x/y"), headers=[("A", "b")])
        self.assertEqual(request.line, "GET /y HTTP/1.1")
        fields = request.fields("KEY=")
        self.assertEqual([fields[0], fields[-1]], [("Host", "x"), ("A", "b")])
        sent = [f"{name}: {value}" for name, value in fields]
        self.assertEqual(
            request.encode("KEY=").decode(),
            "\r\n".join([request.line, *sent, "", ""]),
        )

    def test_optionsAddAndReplaceHeaders(self) -> None:
        """
        Options add headers. A header of the same name replaces the default.
        """
        lines = self._lines(
            "ws://me:it@x:81/y",
            origin="https://a.example",
            headers=[("X-A", "1"), ("X-A", "ü"), ("host", "z"), ("user-agent", "me")],
            subprotocols=["a", "b"],
            extensions="permessage-deflate",
        )
        self.assertEqual(
            lines[1:3], ["Authorization: Basic bWU6aXQ=", "Origin: https://a.example"]
        )
        self.assertEqual(
            lines[7:],
            [
                "Sec-WebSocket-Protocol: a, b",
                "Sec-WebSocket-Extensions: permessage-deflate",
                "X-A: 1",
                "X-A: ü",
                "host: z",
                "user-agent: me",
            ],
        )

    def test_invalidPartsRaise(self) -> None:
        for options in (
            {"headers": [("X-A", "1\r\nX-B: 2")]},
            {"headers": [("X-A", "\0")]},
            {"headers": [("X A", "1")]},
            {"headers": [("", "1")]},
            {"headers": [("Upgrade", "h2c")]},
            {"headers": [("sec-websocket-key", "1")]},
            {"origin": "a\nb"},
            {"subprotocols": ["a, b"]},
        ):
            self.assertRaises(ValueError, self._lines, **options)


class HeaderTests(SynchronousTestCase):
    """
    L{parseHeader} and L{checkSubprotocol}.
    """

    def test_parseHeader(self) -> None:
        self.assertEqual(parseHeader("A:b:c "), ("A", "b:c"))
        self.assertEqual(parseHeader("A:"), ("A", ""))
        self.assertRaises(ValueError, parseHeader, "A")
        self.assertRaises(ValueError, parseHeader, "A: b\r\nC: d")

    def test_checkSubprotocol(self) -> None:
        self.assertEqual(checkSubprotocol("v1.chat"), "v1.chat")
        self.assertRaises(ValueError, checkSubprotocol, "v1 chat")
