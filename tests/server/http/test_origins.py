"""
Tests of L{echo.server.http.origins}.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.server.http.origins import Origins, isAuthority, parseOrigin


class ParseTests(SynchronousTestCase):
    """
    Origins as browsers send them, and as operators write them.
    """

    def test_equal(self) -> None:
        """
        Neither case nor the default port makes a difference.
        """
        for one, other in [
            ("https://example.com", "https://example.com:443"),
            ("http://example.com", "HTTP://Example.COM:80"),
            ("http://[::1]:80", "http://[::1]"),
        ]:
            self.assertEqual(parseOrigin(one), parseOrigin(other))

    def test_different(self) -> None:
        """
        Scheme, host and port each make a difference.
        """
        texts = [
            "https://example.com",
            "http://example.com",
            "https://example.com:444",
            "https://example.com.evil.org",
            "https://www.example.com",
            "app://example.com",
        ]
        self.assertEqual(len({parseOrigin(text) for text in texts}), len(texts))

    def test_invalid(self) -> None:
        """
        The error for other texts has an example.
        """
        for text in [
            "null",
            "",
            "example.com",
            "https://",
            "https://example.com/",
            "https://a b",
            "https://user@example.com",
            "https://example.com:port",
            "https://example.com, https://example.com",
            "https://exa\u212aple.com",
            "https://*.example.com",
            "https://example.com:65536",
            "file:///",
        ]:
            error = self.assertRaises(ValueError, parseOrigin, text)
            self.assertIn(f"{text!r} is not an origin: ", str(error))

    def test_authority(self) -> None:
        """
        A C{Host} field has a host, and optionally a port.
        """
        for text in ["example.com", "example.com:8080", "[::1]:8080", "127.0.0.1"]:
            self.assertTrue(isAuthority(text), text)
        for text in ["", ":80", "a b", "a/b", "a:b", "a:1:2", "a\r\nb", "<a>", "a@b"]:
            self.assertFalse(isAuthority(text), text)


class PermitTests(SynchronousTestCase):
    """
    Permitted origins.
    """

    def test_sameHost(self) -> None:
        """
        The default permits pages of the daemon's own host and port, also if a proxy
        terminates TLS.
        """
        origins = Origins()
        for origin, host in [
            ("http://localhost:8080", "localhost:8080"),
            ("https://example.com", "example.com"),
            ("https://example.com", "EXAMPLE.com:443"),
            ("http://example.com:80", "example.com"),
            ("http://[::1]:8080", "[::1]:8080"),
        ]:
            self.assertTrue(origins.permit(origin, host), (origin, host))

    def test_foreign(self) -> None:
        """
        Another host, another port, C{null} and garbage are not permitted.
        """
        origins = Origins()
        for origin, host in [
            ("http://evil.example", "example.com"),
            ("http://example.com.evil.example", "example.com"),
            ("http://example.com:8080", "example.com"),
            ("https://example.com", "example.com:80"),
            ("app://example.com", "example.com"),
            ("null", "example.com"),
            ("", ""),
            ("example.com", "example.com"),
            ("http://example.com", "not a host"),
        ]:
            self.assertFalse(origins.permit(origin, host), (origin, host))

    def test_listed(self) -> None:
        """
        Listed origins are permitted exactly, beside the own host.
        """
        origins = Origins.fromTexts(["https://a.example:443", "app://console"])
        for origin in ["https://a.example", "app://console", "http://own.example"]:
            self.assertTrue(origins.permit(origin, "own.example"), origin)
        for origin in ["http://a.example", "https://b.a.example", "null"]:
            self.assertFalse(origins.permit(origin, "own.example"), origin)

    def test_everyone(self) -> None:
        """
        C{*} permits all origins, and nothing else permits C{null}.
        """
        origins = Origins.fromTexts(["*"])
        for origin in ["https://a.example", "null", "file://", "garbage"]:
            self.assertTrue(origins.permit(origin, "own.example"), origin)

    def test_invalidText(self) -> None:
        """
        An origin that could never match is an error of the configuration.
        """
        self.assertRaises(ValueError, Origins.fromTexts, ["*.example.com/"])

    @given(st.text())
    def test_neverRaises(self, text: str) -> None:
        """
        Whatever a peer claims is judged.
        """
        self.assertFalse(Origins().permit(text, "own.example") and "own" not in text)
