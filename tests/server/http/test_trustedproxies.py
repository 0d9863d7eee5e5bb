"""
Tests of L{echo.server.http.trustedproxies}.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import (
    HostnameAddress,
    IPv4Address,
    IPv6Address,
    UNIXAddress,
)
from twisted.internet.interfaces import IAddress
from twisted.trial.unittest import SynchronousTestCase

from echo.server.http.trustedproxies import LIMIT, LONGEST, TrustedProxies
from tests.server.http.forwarding import PROXY, TRUSTED, forwarded, forwardedFor

STRANGER = IPv4Address("TCP", "203.0.113.66", 40000)


class TextsTests(SynchronousTestCase):
    """
    Proxies as the operator writes them.
    """

    def test_default(self) -> None:
        """
        The default trusts no proxy.
        """
        self.assertEqual(TrustedProxies.fromTexts([]), TrustedProxies())
        self.assertEqual(TrustedProxies(), TrustedProxies((), False))

    def test_networks(self) -> None:
        """
        Networks and addresses of both IP versions are parsed, and C{unix}.
        """
        texts = ["10.0.0.0/8", " 192.0.2.1 ", "2001:db8::/32", "::1", "unix"]
        self.assertEqual(
            TrustedProxies.fromTexts(texts),
            TrustedProxies(
                tuple(
                    ip_network(text)
                    for text in ("10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1")
                ),
                unix=True,
            ),
        )

    def test_mapped(self) -> None:
        """
        An IPv4-mapped network is the IPv4 network.
        """
        for text, network in [
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
        ]:
            self.assertEqual(
                TrustedProxies.fromTexts([text]),
                TrustedProxies((IPv4Network(network),)),
            )

    def test_hostBits(self) -> None:
        """
        The error for an address with a prefix length suggests the network.
        """
        for text, network in [
            ("10.0.0.1/8", "10.0.0.0/8"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("10.1.2.3/255.255.0.0", "10.1.0.0/16"),
        ]:
            error = self.assertRaises(ValueError, TrustedProxies.fromTexts, [text])
            self.assertEqual(
                str(error),
                f"{text!r} is an address within a network: try {network}",
            )

    def test_invalid(self) -> None:
        """
        The error for other texts shows examples, in one line.
        """
        for text in [
            "",
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.0/8, 192.0.2.1",
            "10.0.0",
            "010.0.0.1",
            "[::1]",
            "fe80::%eth0/64",
            "UNIX",
            "unix\n10.0.0.0/8",
            "\u0661.0.0.0",
        ]:
            error = self.assertRaises(
                ValueError, TrustedProxies.fromTexts, ["10.0.0.0/8", text]
            )
            self.assertEqual(
                str(error),
                f"{text!r} is neither an address nor a network:"
                " try 192.0.2.1, 10.0.0.0/8, 2001:db8::/32 or unix",
            )


class PeerTests(SynchronousTestCase):
    """
    Which peers are trusted.
    """

    def test_trusted(self) -> None:
        """
        A peer within a network is trusted, in each notation of its address.
        """
        for host in ("10.0.0.1", "10.255.255.255"):
            peer = IPv4Address("TCP", host, 1)
            self.assertEqual(
                TRUSTED.clientAddress(peer, ["192.0.2.7"], ()), "192.0.2.7"
            )
        for host in ("2001:db8:1::1", "2001:0DB8:0001:0:0:0:0:2", "::ffff:10.0.0.1"):
            other = IPv6Address("TCP", host, 1)
            self.assertEqual(
                TRUSTED.clientAddress(other, ["192.0.2.7"], ()), "192.0.2.7"
            )

    def test_notTrusted(self) -> None:
        """
        Other peers are not trusted, nor is one without a valid address.
        """
        peers: list[IAddress] = [
            STRANGER,
            IPv4Address("TCP", "11.0.0.0", 1),
            IPv4Address("TCP", "garbage", 1),
            IPv6Address("TCP", "2001:db8:2::1", 1),
            IPv6Address("TCP", "::10.0.0.1", 1),
            IPv6Address("TCP", "::ffff:11.0.0.1", 1),
            UNIXAddress("/run/echo.sock"),
            HostnameAddress(b"10.0.0.1", 1),
        ]
        for peer in peers:
            self.assertIsNone(
                TRUSTED.clientAddress(peer, ["192.0.2.7"], ["for=192.0.2.7"])
            )

    def test_unix(self) -> None:
        """
        C{unix} trusts peers of UNIX sockets, and no others.
        """
        trusted = TrustedProxies.fromTexts(["unix"])
        for name in (b"/run/echo.sock", "", None):
            peer = UNIXAddress(name)
            self.assertEqual(
                trusted.clientAddress(peer, ["192.0.2.7"], ()), "192.0.2.7"
            )
        self.assertIsNone(trusted.clientAddress(PROXY, ["192.0.2.7"], ()))

    def test_zoneIgnored(self) -> None:
        """
        The zone of a peer's link-local address is ignored.
        """
        trusted = TrustedProxies.fromTexts(["fe80::/10"])
        peer = IPv6Address("TCP", "fe80::1%eth0", 1)
        self.assertEqual(trusted.clientAddress(peer, ["192.0.2.7"], ()), "192.0.2.7")


class WalkTests(SynchronousTestCase):
    """
    The search from the peer's address to the client's.
    """

    def test_emptyField(self) -> None:
        """
        An empty field has no address.
        """
        self.assertIsNone(forwardedFor())
        self.assertIsNone(forwardedFor(""))

    def test_firstUntrusted(self) -> None:
        """
        The first address from the right that is no trusted proxy is the client.
        Addresses further left are ignored.
        """
        for values in [
            ("6.6.6.6, 192.0.2.7, 10.0.0.3, 10.0.0.2",),
            ("6.6.6.6,192.0.2.7", "10.0.0.3,10.0.0.2"),
            ("6.6.6.6", "192.0.2.7", "10.0.0.3:1", "::ffff:10.0.0.2"),
            ("unknown,192.0.2.7",),
            ("192.0.2.7,[2001:db8:1::5]:80",),
        ]:
            self.assertEqual(forwardedFor(*values), "192.0.2.7", values)

    def test_allTrusted(self) -> None:
        """
        If all are trusted proxies, the leftmost is the client.
        """
        self.assertEqual(forwardedFor("10.0.0.4", "10.0.0.3,10.0.0.2"), "10.0.0.4")

    def test_invalidEndsSearch(self) -> None:
        """
        Invalid text ends the search: the last address before it is the client, or there
        is none.
        """
        for garbage in ("unknown", "_hidden", ";", "6.6.6.6:65536"):
            self.assertEqual(forwardedFor(f"6.6.6.6,{garbage},10.0.0.2"), "10.0.0.2")
            self.assertIsNone(forwardedFor(f"6.6.6.6,{garbage}"))
            self.assertIsNone(forwardedFor("6.6.6.6", garbage))

    def test_emptyElements(self) -> None:
        """
        Empty elements are skipped (RFC 9110 section 5.6.1.2).
        """
        for values in [
            ("192.0.2.7,",),
            ("6.6.6.6,192.0.2.7, \t,,",),
            ("192.0.2.7, , 10.1.1.1",),
            (",192.0.2.7,,10.0.0.3,", "", " ", ",10.0.0.2"),
        ]:
            self.assertEqual(forwardedFor(*values), "192.0.2.7", values)
            lines = [
                ",".join(
                    f"for={element.strip()}" if element.strip() else element
                    for element in value.split(",")
                )
                for value in values
            ]
            self.assertEqual(forwarded(*lines), "192.0.2.7", lines)
        self.assertIsNone(forwardedFor(",", " , "))
        self.assertIsNone(forwarded(",", " , "))

    def test_emptyLimit(self) -> None:
        """
        Empty elements count towards the limit.
        """
        commas = "," * LIMIT
        self.assertIsNone(forwardedFor(f"192.0.2.7{commas}"))
        self.assertEqual(forwardedFor(f"192.0.2.7{commas[1:]}"), "192.0.2.7")
        self.assertIsNone(forwarded(f"for=192.0.2.7{commas}"))
        lines = [""] * LIMIT
        self.assertIsNone(forwardedFor("192.0.2.7", *lines))
        self.assertEqual(forwardedFor("192.0.2.7", *lines[1:]), "192.0.2.7")

    def test_limit(self) -> None:
        """
        No more than L{LIMIT} elements are read.
        """
        chain = ",".join(["10.0.0.2"] * (LIMIT - 1))
        self.assertEqual(forwardedFor(f"6.6.6.6,192.0.2.7,{chain}"), "192.0.2.7")
        self.assertEqual(forwardedFor(f"192.0.2.7,10.0.0.3,{chain}"), "10.0.0.3")
        lines = ["192.0.2.7", "10.0.0.3", *["10.0.0.2"] * (LIMIT - 1)]
        self.assertEqual(forwardedFor(*lines), "10.0.0.3")

    def test_manyParameters(self) -> None:
        """
        An element with more parameters has no address.
        """
        parameters = ";a=b" * (LIMIT - 1)
        self.assertEqual(forwarded(f"for=192.0.2.7{parameters}"), "192.0.2.7")
        self.assertIsNone(forwarded(f"for=192.0.2.7{parameters};a=b"))

    def test_longElement(self) -> None:
        """
        A longer element has no address, and its escapes are not parsed: 15 KB of them
        took 4 ms.
        """
        element = r'for="\1\9\2.0.2.7";a='
        longest = element + "b" * (LONGEST - len(element))
        self.assertEqual(forwarded(longest), "192.0.2.7")
        self.assertIsNone(forwarded(longest + "b"))

    def test_bothFields(self) -> None:
        """
        With both fields, only an address in both counts.
        """
        for one, other, told in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
            ("192.0.2.7:1", "192.0.2.7:1", "192.0.2.7:1"),
            ("192.0.2.7:1", "192.0.2.7:2", "192.0.2.7"),
            ("192.0.2.7:1", "192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "192.0.2.7:1", "192.0.2.7"),
            ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "6.6.6.6", None),
            ("6.6.6.6", "192.0.2.7", None),
            ("unknown", "192.0.2.7", None),
            ("192.0.2.7", "unknown", None),
            ("unknown", "unknown", None),
            ("", "192.0.2.7", None),
        ]:
            client = TRUSTED.clientAddress(PROXY, [one], [f'for="{other}"'])
            self.assertEqual(client, told, (one, other))

    def test_withoutClients(self) -> None:
        """
        A C{Forwarded} without any C{for} neither contradicts the other field nor hides
        it.
        """
        for lines in [
            ["proto=https"],
            ["proto=https;host=a.example, by=_x", "host=b.example"],
            ["proto=https;host=for.example, for"],
            [""],
            [" , ;"],
        ]:
            self.assertEqual(
                TRUSTED.clientAddress(PROXY, ["6.6.6.6, 192.0.2.7:1"], lines),
                "192.0.2.7:1",
            )
            self.assertIsNone(TRUSTED.clientAddress(PROXY, ["unknown"], lines))
            self.assertIsNone(TRUSTED.clientAddress(PROXY, (), lines))

    def test_someClients(self) -> None:
        """
        A C{Forwarded} with a C{for} anywhere must agree with the other field, even if
        the search ends before it, or an open quote precedes it.
        """
        for lines in [
            ["for=192.0.2.7, proto=https"],
            ["for=192.0.2.7", "proto=https"],
            ["for=unknown"],
            ["for=, proto=https"],
            ["For =6.6.6.6;proto=https"],
            ['proto=https;for=192.0.2.7;host="a""'],
            ['host="a;for=192.0.2.7"'],
            ["for=6.6.6.6;for=6.6.6.6"],
            [f"for=192.0.2.7{',proto=https' * (LIMIT - 1)}"],
        ]:
            self.assertIsNone(TRUSTED.clientAddress(PROXY, ["6.6.6.6"], lines), lines)

    def test_linearTime(self) -> None:
        """
        The worst 16 KB are parsed in linear time.
        """
        for piece in [
            '"',
            '\\"',
            'a="\\"',
            '";',
            ",",
            ";",
            "for=",
            "for=;",
            'for="',
            " ",
            " \t,",
            "1",
            "1.",
            ":",
            "[",
        ]:
            text = piece * (16_384 // len(piece))
            self.assertEqual(forwardedFor(f"{text},10.0.0.2"), "10.0.0.2")
            self.assertEqual(forwarded(f"{text},for=10.0.0.2"), "10.0.0.2")
            self.assertEqual(forwarded(f'for="{text}",for=10.0.0.2'), "10.0.0.2")
            lines = [f"{text},proto=https"]
            TRUSTED.clientAddress(PROXY, lines, lines)


HOSTS = st.sampled_from(
    ["10.0.0.2", "10.9.9.9", "2001:db8:1::7", "192.0.2.7", "203.0.113.7", "2001:db8::7"]
)
PORTS = st.none() | st.integers(0, 65535)
GARBAGE = st.sampled_from(["unknown", "_x", "-", "10.0.0", "::1::", "a:1"])
ENDS = st.tuples(HOSTS, PORTS) | st.tuples(GARBAGE, st.none())
CHAINS = st.lists(st.lists(ENDS, max_size=4), max_size=5)
COMMAS = st.sampled_from([",", ", ", ",,", " ,\t, "])

# What a field can hold, as characters of Latin-1; some more likely than others.
FIELDS = st.lists(
    st.text(st.characters(max_codepoint=255))
    | st.text('for="\\;,=[]:. 0123456789abcdef')
    | st.lists(
        st.sampled_from(["for=", "10.0.0.2", "192.0.2.7", '"', "\\", ";", ",", " "])
    ).map("".join)
)


def written(host: str, port: int | None) -> str:
    """
    @return: An end of a connection, as a proxy writes it and the daemon tells it.
    """
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def expected(ends: Sequence[tuple[str, int | None]]) -> str | None:
    """
    @return: The client, found the other way round: by what is left of the chain
        after each step.
    """
    if not ends:
        return None
    *others, (host, port) = ends
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if str(address).startswith(("10.", "2001:db8:1:")):
        return expected(others) or written(host, port)
    return written(host, port)


class PropertyTests(SynchronousTestCase):
    """
    What holds for all there can be.
    """

    @given(CHAINS, COMMAS)
    def test_walk(self, chain: list[list[tuple[str, int | None]]], comma: str) -> None:
        """
        The client is the same however the chain is cut into lines.
        """
        client = expected([end for line in chain for end in line])
        self.assertEqual(
            forwardedFor(
                *(comma.join(written(*end) for end in line) for line in chain)
            ),
            client,
        )
        self.assertEqual(
            forwarded(
                *(
                    comma.join(f'proto=x;for="{written(*end)}"' for end in line)
                    for line in chain
                )
            ),
            client,
        )

    @given(FIELDS, FIELDS)
    def test_anything(self, one: list[str], other: list[str]) -> None:
        """
        No input raises. An untrusted peer has no effect. A result is an address in the
        input.
        """
        self.assertIsNone(TRUSTED.clientAddress(STRANGER, one, other))
        self.assertIsNone(TrustedProxies().clientAddress(PROXY, one, other))
        for client in (
            TRUSTED.clientAddress(PROXY, one, ()),
            TRUSTED.clientAddress(PROXY, (), other),
            TRUSTED.clientAddress(PROXY, one, other),
        ):
            if client is not None:
                self.assertEqual(forwardedFor(client), client)

    @given(FIELDS, st.sampled_from([", ", ","]))
    def test_clientCannotForge(self, sent: list[str], comma: str) -> None:
        """
        No text of the client changes the address that its proxy adds, in a line of its
        own or at the end of the last.
        """
        for address in ("192.0.2.7", "192.0.2.7:4711"):
            added = f'for="{address}";by="_a\\"\\\\"'
            self.assertEqual(forwarded(*sent, added), address)
            self.assertEqual(forwarded("".join(sent) + comma + added), address)
            self.assertEqual(forwardedFor(*sent, address), address)
            self.assertEqual(forwardedFor("".join(sent) + comma + address), address)

    @given(FIELDS, FIELDS, COMMAS)
    def test_clientCanOnlyHide(
        self, one: list[str], other: list[str], comma: str
    ) -> None:
        """
        A client that sends both fields can at most hide its address.
        """
        for sent in (one, [comma.join(one)], ["proto=https"], ["for=6.6.6.6"]):
            for added in ("192.0.2.7", "10.0.0.2, 192.0.2.7, 10.0.0.3"):
                for lines in ([*other, added], ["".join(other) + comma + added]):
                    client = TRUSTED.clientAddress(PROXY, lines, sent)
                    self.assertIn(client, (None, "192.0.2.7"))
            for added in ("for=192.0.2.7", 'proto=x;for="192.0.2.7", for=10.0.0.3'):
                for lines in ([*other, added], ["".join(other) + comma + added]):
                    client = TRUSTED.clientAddress(PROXY, ["6.6.6.6"], lines)
                    self.assertIsNone(client)
                    client = TRUSTED.clientAddress(PROXY, sent, lines)
                    self.assertIn(client, (None, "192.0.2.7"))
            # Its proxies add to both, and one of them names nobody in this.
            client = TRUSTED.clientAddress(
                PROXY,
                [*other, "192.0.2.7", "10.0.0.3"],
                [*sent, "for=192.0.2.7, by=_x"],
            )
            self.assertIsNone(client)
