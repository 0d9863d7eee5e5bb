"""
Tests of L{echo.client.transport.proxy}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.proxy import Proxy, parseProxy, proxyFor
from echo.client.transport.url import parseURL


class ParseTests(SynchronousTestCase):
    """
    L{parseProxy}.
    """

    def test_onlyHostIsRequired(self) -> None:
        for text, proxy, url in [
            ("p.example", Proxy(False, "p.example", 80), "http://p.example:80"),
            ("p:3128", Proxy(False, "p", 3128), "http://p:3128"),
            ("http://p:3128/", Proxy(False, "p", 3128), "http://p:3128"),
            ("HTTPS://p", Proxy(True, "p", 443), "https://p:443"),
            ("[::1]:8080", Proxy(False, "::1", 8080), "http://[::1]:8080"),
        ]:
            self.assertEqual(parseProxy(text), proxy)
            self.assertEqual(proxy.url, url)

    def test_credentialsBecomeAuthorization(self) -> None:
        """
        User name and password become an authorization header, and are shown nowhere.
        """
        for text in ("Aladdin:open%20sesame@p", "http://Aladdin:open%20sesame@p"):
            proxy = parseProxy(text)
            self.assertEqual(proxy.authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
            self.assertNotIn("QWxh", repr(proxy))
            self.assertEqual(proxy.url, "http://p:80")

    def test_invalidProxies(self) -> None:
        for text, said in [
            ("", "'' is not a proxy: it has no host"),
            ("http://", "it has no host"),
            ("http://p/path", "'http://p/path' is not a proxy: try http://proxy."),
            ("http://p?q", "try http://proxy.example:3128"),
            ("p p", "try http://proxy.example:3128"),
            ("p:0", "0 is not a port"),
            ("p:x", "expected integer"),
            ("socks5://p:1080", "socks5 proxies are not supported: try http or"),
        ]:
            error = self.assertRaises(ValueError, parseProxy, text)
            self.assertIn(said, str(error))

    def test_noPasswordInErrors(self) -> None:
        for text in (
            "http://me:secret@p:x",
            "me:secret@p:",
            "me:secret@",
            "http://me:secret@p/x",
            "http://me:sec/secret@p",
            "socks5://me:secret@p",
        ):
            error = self.assertRaises(ValueError, parseProxy, text)
            self.assertNotIn("secret", str(error))


class EnvironmentTests(SynchronousTestCase):
    """
    L{proxyFor}.
    """

    def _chosen(self, url: str, **environment: str) -> str | None:
        proxy = proxyFor(parseURL(url), environment)
        return None if proxy is None else proxy.host

    def test_precedenceOfVariables(self) -> None:
        """
        The scheme decides on the variables. An empty variable is unset, and lower case
        comes first.
        """
        for url, environment, host in [
            ("wss://x", {}, None),
            ("wss://x", {"HTTPS_PROXY": "a"}, "a"),
            ("wss://x", {"https_proxy": "b", "HTTPS_PROXY": "a"}, "b"),
            ("wss://x", {"https_proxy": "", "HTTPS_PROXY": "a"}, "a"),
            ("wss://x", {"HTTPS_PROXY": "a", "ALL_PROXY": "b"}, "a"),
            ("wss://x", {"ALL_PROXY": "b", "all_proxy": "c"}, "c"),
            ("wss://x", {"http_proxy": "a"}, None),
            ("ws://x", {"HTTPS_PROXY": "a", "http_proxy": "b"}, "a"),
            ("ws://x", {"http_proxy": "b", "all_proxy": "c"}, "b"),
            ("ws://x", {"ALL_PROXY": "c"}, "c"),
        ]:
            self.assertEqual(self._chosen(url, **environment), host)

    def test_HTTP_PROXYIgnored(self) -> None:
        """
        Any client of a CGI program can set C{HTTP_PROXY}.
        """
        self.assertIsNone(self._chosen("ws://x", HTTP_PROXY="evil.example"))

    def test_noProxy(self) -> None:
        """
        C{no_proxy} lists hosts, domains, addresses and networks, at one port or all.
        """
        for url, exceptions, left in [
            ("ws://x", "", False),
            ("ws://x", ",", False),
            ("ws://x", "*", True),
            ("ws://x", "y, *", True),
            ("ws://x", "y x", True),
            ("ws://example.org", "example.org", True),
            ("ws://EXAMPLE.org.", "Example.Org", True),
            ("ws://www.example.org", "example.org", True),
            ("ws://www.example.org", ".example.org", True),
            ("ws://example.org", ".example.org.", True),
            ("ws://badexample.org", "example.org", False),
            ("ws://example.org", "www.example.org", False),
            ("ws://example.org", "www.example.org,example.org", True),
            ("ws://x:81", "x:81", True),
            ("ws://x:81", "x:80", False),
            ("ws://x:81", "*:80", False),
            ("ws://127.0.0.1", "127.0.0.1", True),
            ("ws://127.0.0.1:81", "127.0.0.1:81", True),
            ("ws://127.0.0.1", "0.0.1", False),
            ("ws://127.0.0.1", "localhost", False),
            ("ws://10.1.2.3", "10.0.0.0/8", True),
            ("ws://10.1.2.3", "10.1.2.9/24", True),
            ("ws://11.1.2.3", "10.0.0.0/8", False),
            ("ws://10.1.2.3", "::/0", False),
            ("ws://10.example", "10.0.0.0/8", False),
            ("ws://[::1]", "::1", True),
            ("ws://[::1]", "[::1]", True),
            ("ws://[::1]:81", "[::1]:81", True),
            ("ws://[::1]:81", "[::1]:80", False),
            ("ws://[fe80::7]", "fe80::/10", True),
            ("ws://x", "[]", False),
        ]:
            for name in ("no_proxy", "NO_PROXY"):
                host = self._chosen(url, ALL_PROXY="p", **{name: exceptions})
                self.assertEqual(host, None if left else "p", (url, exceptions))

    def test_errorNamesVariable(self) -> None:
        """
        An invalid variable is named, without its password.
        """
        address = parseURL("ws://x")
        wrong = {"ALL_PROXY": "socks5://me:secret@p"}
        error = self.assertRaises(ValueError, proxyFor, address, wrong)
        self.assertEqual(
            str(error),
            "ALL_PROXY: socks5 proxies are not supported: try http or https",
        )
        self.assertIsNone(proxyFor(address, {**wrong, "NO_PROXY": "x"}))
