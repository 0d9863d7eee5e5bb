"""
Tests of L{echo.client.transport.route}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.proxy import parseProxy
from echo.client.transport.route import DNSOverride, Route, parseDNSOverride
from echo.client.transport.url import parseURL


class DNSOverrideTests(SynchronousTestCase):
    """
    L{DNSOverride} and L{parseDNSOverride}.
    """

    def test_hostPortAddress(self) -> None:
        for text, parts in [
            ("Example.org:443:127.0.0.1", ("example.org", 443, "127.0.0.1")),
            ("x:1:::1", ("x", 1, "::1")),
            ("x:1:[2001:DB8::0]", ("x", 1, "2001:db8::")),
            ("[::0001]:80:127.0.0.1", ("::1", 80, "127.0.0.1")),
            ("*:80:127.0.0.1", ("*", 80, "127.0.0.1")),
            ("bücher.example:80:1.2.3.4", ("xn--bcher-kva.example", 80, "1.2.3.4")),
        ]:
            self.assertEqual(parseDNSOverride(text), DNSOverride(*parts))

    def test_invalidOverrides(self) -> None:
        for text, said in [
            ("", "it is not HOST:PORT:ADDRESS"),
            ("x:443", "it is not HOST:PORT:ADDRESS"),
            ("x:y:127.0.0.1", "it is not HOST:PORT:ADDRESS"),
            ("::1:80:127.0.0.1", "it is not HOST:PORT:ADDRESS"),
            (":80:127.0.0.1", "it has no host"),
            ("x:0:127.0.0.1", "0 is not a port"),
            ("*:65536:127.0.0.1", "65536 is not a port"),
            ("a b:80:127.0.0.1", "'a b' is not a host name"),
            ("x:80:localhost", "'localhost' does not appear to be an IPv4 or IPv6"),
            ("x:80:127.0.0.1:81", "'127.0.0.1:81' does not appear"),
        ]:
            error = self.assertRaises(ValueError, parseDNSOverride, text)
            self.assertIn(said, str(error))
            self.assertIn("try example.org:443:127.0.0.1", str(error))


class RouteTests(SynchronousTestCase):
    """
    L{Route}.
    """

    def test_firstMatchingOverrideCounts(self) -> None:
        route = Route(
            resolve=[
                DNSOverride("other", 80, "10.0.0.1"),
                DNSOverride("x", 81, "10.0.0.2"),
                DNSOverride("x", 80, "10.0.0.3"),
                DNSOverride("*", 80, "10.0.0.4"),
            ]
        )
        for url, host in [
            ("ws://X/", "10.0.0.3"),
            ("ws://x:81/", "10.0.0.2"),
            ("ws://y/", "10.0.0.4"),
            ("ws://y:82/", "y"),
        ]:
            self.assertEqual(route.host(parseURL(url)), host)

    def test_firstPhase(self) -> None:
        """
        An address, of the host or of the proxy, needs no DNS.
        """
        for url in ("ws://127.0.0.1/", "ws://[::1]/"):
            self.assertEqual(Route().firstPhase(parseURL(url)), "TCP")
            route = Route(proxy=parseProxy("p.example"))
            self.assertEqual(route.firstPhase(parseURL(url)), "DNS")
        address = parseURL("ws://x/")
        fixed = (DNSOverride("x", 80, "10.0.0.1"),)
        proxy = parseProxy("p.example")
        for route, phase in [
            (Route(), "DNS"),
            (Route(resolve=fixed), "TCP"),
            (Route(proxy=proxy, resolve=fixed), "DNS"),
            (Route(proxy=parseProxy("10.0.0.1:3128")), "TCP"),
            (Route(unixSocket="/x", resolve=fixed), "unix socket"),
        ]:
            self.assertEqual(route.firstPhase(address), phase)

    def test_noProxyToUnixSocket(self) -> None:
        error = self.assertRaises(
            ValueError, Route, unixSocket="/x", proxy=parseProxy("p.example")
        )
        self.assertEqual(str(error), "a proxy cannot be combined with a Unix socket")
