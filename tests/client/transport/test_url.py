"""
Tests of L{echo.client.transport.url}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.url import Address, parseURL


class URLTests(SynchronousTestCase):
    """
    L{parseURL}.
    """

    def test_parts(self) -> None:
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

    def test_defaultPortAndPath(self) -> None:
        self.assertEqual(parseURL("ws://x").port, 80)
        self.assertEqual(parseURL("WSS://x").port, 443)
        self.assertEqual(parseURL("ws://x").resource, "/")
        self.assertEqual(parseURL("ws://x?y").resource, "/?y")

    def test_internationalNamesBecomeASCII(self) -> None:
        address = parseURL("ws://bücher.example/ü ü")
        self.assertEqual(address.host, "xn--bcher-kva.example")
        self.assertEqual(address.resource, "/%C3%BC%20%C3%BC")

    def test_hostHeaderOmitsDefaultPort(self) -> None:
        """
        The Host header has brackets around IPv6 addresses, and no default port.
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

    def test_credentialsBecomeAuthorization(self) -> None:
        """
        User name and password become an authorization header, and are shown nowhere.
        """
        address = parseURL("ws://Aladdin:open%20sesame@x/")
        self.assertEqual(address.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        self.assertEqual(address.url, "ws://x/")
        self.assertNotIn("QWxh", repr(address))

    def test_invalidURLs(self) -> None:
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
    def test_pathCannotEndRequestLine(self, path: str) -> None:
        try:
            address = parseURL(f"ws://x/{path}")
        except ValueError:
            return
        self.assertRegex(address.resource, r"\A/[\x21-\x7e]*\Z")
