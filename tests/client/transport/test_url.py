"""
Tests for L{echo.client.transport.url}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo import __version__
from echo.client.transport.upgraderequest import (
    UpgradeRequest,
    checkSubprotocol,
    parseHeader,
)
from echo.client.transport.url import Address, parseURL


class URLTests(SynchronousTestCase):
    """
    Tests for L{parseURL}.
    """

    def test_parts(self) -> None:
        """
        A URL is taken apart, and its parts are fit for the wire.
        """
        self.assertEqual(
            parseURL("wss://Example.org:8443/a/b?c=%20+&d"),
            Address(
                url="wss://Example.org:8443/a/b?c=%20+&d",
                secure=True,
                host="Example.org",
                port=8443,
                resource="/a/b?c=%20+&d",
            ),
        )

    def test_defaults(self) -> None:
        """
        Port and path need not be there.
        """
        self.assertEqual(parseURL("ws://x").port, 80)
        self.assertEqual(parseURL("WSS://x").port, 443)
        self.assertEqual(parseURL("ws://x").resource, "/")
        self.assertEqual(parseURL("ws://x?y").resource, "/?y")

    def test_international(self) -> None:
        """
        Host names and paths of other alphabets are written in ASCII.
        """
        address = parseURL("ws://bücher.example/ü ü")
        self.assertEqual(address.host, "xn--bcher-kva.example")
        self.assertEqual(address.resource, "/%C3%BC%20%C3%BC")

    def test_hostHeader(self) -> None:
        """
        The Host header has brackets where they belong, and the port where it is
        not the usual one.
        """
        for url, header in [
            ("ws://x:80/", "x"),
            ("wss://x:443/", "x"),
            ("wss://x:80/", "x:80"),
            ("ws://[::0001]/", "[::1]"),
            ("ws://[::1]:81/", "[::1]:81"),
            ("ws://my_service:81/", "my_service:81"),
        ]:
            self.assertEqual(parseURL(url).hostHeader, header)

    def test_credentials(self) -> None:
        """
        User name and password become an authorization, and are shown nowhere.
        """
        address = parseURL("ws://Aladdin:open%20sesame@x/")
        self.assertEqual(address.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        self.assertEqual(address.url, "ws://x/")
        self.assertNotIn("QWxh", repr(address))

    def test_refused(self) -> None:
        """
        What is no URL of a WebSocket is refused, and why is said.
        """
        for url, said in [
            ("http://x/y", "try ws://x/y"),
            ("https://x", "try wss://x"),
            ("gopher://x", "try ws://x"),
            ("example.org", "is not a URL: try ws://example.org"),
            ("10.0.0.1:81/x?token=a", "try ws://10.0.0.1:81/x?token=***"),
            ("[::1]:81", "'[::1]:81' is not a URL: try ws://[::1]:81"),
            ("//x:81/y", "is not a URL: try ws://x:81/y"),
            ("u:pass@x:81", "'x:81' is not a URL: try ws://x:81"),
            ("/socket", "is not a URL: try ws://localhost:8080/socket"),
            ("x:99999", "is not a URL: try ws://localhost:8080/socket"),
            ("ws:/127.0.0.1:81/echo", "is not a URL: try ws://127.0.0.1:81/echo"),
            ("WSS:/x", "is not a URL: try wss://x"),
            ("ws:/u:pass@x/?token=a", "is not a URL: try ws://x/?token=***"),
            ("ws:/", "is not a URL: try ws://localhost:8080/socket"),
            ("ws:x", "is not a URL: try ws://localhost:8080/socket"),
            ("", "is not a URL: try ws://localhost:8080/socket"),
            ("ws://x/#y", "fragment"),
            ("ws://x/#", "fragment"),
            ("ws://", "no host"),
            ("ws://user@/", "no host"),
            ("ws://x:0/", "0 is not a port"),
            ("ws://x:65536/", "65536 is not a port"),
            ("ws://x:y/", "expected integer"),
            ("ws://x:/", "port must not be empty"),
            ("ws://[::1/", "is not a URL"),
            ("ws://a b/", "is not a host name"),
            ("ws://☃☃.x/", "is not a host name"),
            ("ws://x/\r\nHost: y", "control characters"),
        ]:
            error = self.assertRaises(ValueError, parseURL, url)
            self.assertIn(said, str(error))

    def test_noPasswordInErrors(self) -> None:
        """
        An error does not tell the password.
        """
        for url in (
            "http://me:secret@x",
            "ws://me:secret@x:y",
            "ws://me:secret@x:",
            "ws://me:secret@",
            "ws://me:secret@x#",
        ):
            error = self.assertRaises(ValueError, parseURL, url)
            self.assertNotIn("secret", str(error))

    @given(st.text())
    def test_safe(self, path: str) -> None:
        """
        Whatever is in a path, it cannot end the request line.
        """
        try:
            address = parseURL(f"ws://x/{path}")
        except ValueError:
            return
        self.assertRegex(address.resource, r"\A/[\x21-\x7e]*\Z")


class RequestTests(SynchronousTestCase):
    """
    Tests for L{UpgradeRequest}.
    """

    def _lines(self, url: str = "ws://x:81/y", **options: object) -> list[str]:
        request = UpgradeRequest(parseURL(url), **options)  # type: ignore[arg-type]
        lines = request.encode("KEY=").decode().split("\r\n")
        self.assertEqual(lines[-2:], ["", ""])
        return lines[:-2]

    def test_plain(self) -> None:
        """
        Without wishes, what RFC 6455 demands and who we are is all there is.
        """
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

    def test_fields(self) -> None:
        """
        What is sent can be had in parts: the line, names and values.
        """
        request = UpgradeRequest(parseURL("ws://x/y"), headers=[("A", "b")])
        self.assertEqual(request.line, "GET /y HTTP/1.1")
        fields = request.fields("KEY=")
        self.assertEqual([fields[0], fields[-1]], [("Host", "x"), ("A", "b")])
        sent = [f"{name}: {value}" for name, value in fields]
        self.assertEqual(
            request.encode("KEY=").decode(),
            "\r\n".join([request.line, *sent, "", ""]),
        )

    def test_wishes(self) -> None:
        """
        Wishes are added; a header of the same name stands in for ours.
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

    def test_refused(self) -> None:
        """
        What would break the request never gets into one.
        """
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
    Tests for L{parseHeader} and L{checkSubprotocol}.
    """

    def test_header(self) -> None:
        """
        A header is split at its first colon.
        """
        self.assertEqual(parseHeader("A:b:c "), ("A", "b:c"))
        self.assertEqual(parseHeader("A:"), ("A", ""))
        self.assertRaises(ValueError, parseHeader, "A")
        self.assertRaises(ValueError, parseHeader, "A: b\r\nC: d")

    def test_subprotocol(self) -> None:
        """
        A subprotocol is one token.
        """
        self.assertEqual(checkSubprotocol("v1.chat"), "v1.chat")
        self.assertRaises(ValueError, checkSubprotocol, "v1 chat")
