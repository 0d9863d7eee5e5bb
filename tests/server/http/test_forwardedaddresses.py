"""
Tests of L{echo.server.http.trustedproxies}: the syntax of its fields.
"""

from twisted.trial.unittest import SynchronousTestCase

from tests.server.http.forwarding import forwarded, forwardedFor


class AddressTests(SynchronousTestCase):
    """
    One address in the fields.
    """

    def test_notations(self) -> None:
        """
        Addresses are parsed with or without a port, and returned in one notation.
        """
        for text, told in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:4711", "203.0.113.7:4711"),
            ("203.0.113.7:0080", "203.0.113.7:80"),
            ("203.0.113.7:0", "203.0.113.7:0"),
            ("203.0.113.7:65535", "203.0.113.7:65535"),
            ("203.0.113.7:_hidden", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "[2001:db8::1]:4711"),
            ("::1", "::1"),
            ("::", "::"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("[::ffff:203.0.113.7]:4711", "203.0.113.7:4711"),
        ]:
            self.assertEqual(forwardedFor(text), told)
            self.assertEqual(forwardedFor(f" \t{text}\t "), told)
            self.assertEqual(forwarded(f'for="{text}"'), told)

    def test_invalid(self) -> None:
        """
        Other texts are no addresses.
        """
        for text in [
            "",
            "unknown",
            "_hidden",
            "client.example",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.07",
            "203.0.113.7:",
            "203.0.113.7:65536",
            "203.0.113.7:-1",
            "203.0.113.7:4711:4711",
            "203.0.113.7:_",
            "203.0.113.7/32",
            "203.0.113.7 ;",
            "2001:db8::1::",
            "2001:db8::1%eth0",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]4711",
            "[203.0.113.7]",
            "2001:4711",
            "\u0662\u0660\u0663.0.113.7",
            "203.0.113.7\n",
            "203.0.113.7\x00",
            "<script>",
            "1" * 10_000,
            ":" * 10_000,
            "." * 10_000,
        ]:
            self.assertIsNone(forwardedFor(text))
            self.assertIsNone(forwarded(f'for="{text}"'))


class ForwardedTests(SynchronousTestCase):
    """
    The syntax of C{Forwarded} (RFC 7239).
    """

    def test_for(self) -> None:
        """
        C{for} is found among other parameters, in upper and lower case.
        """
        for text in [
            "for=192.0.2.7",
            "For=192.0.2.7",
            "FOR=192.0.2.7",
            'for="192.0.2.7"',
            "proto=https;for=192.0.2.7;by=10.0.0.1",
            "proto=https; for=192.0.2.7 ;by=10.0.0.1;",
            'host="a;for=6.6.6.6";for=192.0.2.7',
            'host="a,for=6.6.6.6";for=192.0.2.7',
            r'host="a\";for=6.6.6.6";for=192.0.2.7',
            r'host="a\\";for=192.0.2.7',
            r'for="192\.0.2\.\7"',
            'for="[::ffff:192.0.2.7]"',
            "by=_x;forwarded=1;for=192.0.2.7",
            ";;for=192.0.2.7; ;by=10.0.0.1;;",
        ]:
            self.assertEqual(forwarded(text), "192.0.2.7", text)

    def test_invalidElement(self) -> None:
        """
        An element with no C{for}, with two, or with an invalid one ends the search.
        """
        for text in [
            "by=192.0.2.7",
            ";",
            "192.0.2.7",
            "for",
            "for=",
            'for="',
            'for=""',
            "for =192.0.2.7",
            "for= 192.0.2.7",
            "for=192.0.2.7;for=192.0.2.7",
            'for="192.0.2.7',
            'for=192.0.2.7"',
            r'for="192.0.2.7\"',
            r"for=192\.0.2.7",
            'for="192.0.2.7""',
            'x"for=192.0.2.7',
        ]:
            self.assertIsNone(forwarded(f"for=6.6.6.6, {text}"), text)

    def test_openQuotes(self) -> None:
        """
        An open quote of the client does not change how the proxy's element is parsed.
        """
        added = r'by=_x;for="192.0.2.7";secret="a\",b\\"'
        for sent in [
            '"',
            'for="',
            'for=6.6.6.6;x="',
            'for=6.6.6.6;x="\\',
            "\\",
            '\\"',
            'for="6.6.6.6", "',
            ",;,;",
        ]:
            self.assertEqual(forwarded(f"{sent}, {added}"), "192.0.2.7", sent)
            self.assertEqual(forwarded(f"{sent},{added}"), "192.0.2.7", sent)
            self.assertEqual(forwarded(sent, added), "192.0.2.7", sent)

    def test_commaInQuotes(self) -> None:
        """
        A comma in quotes is no separator.
        """
        self.assertIsNone(forwarded('for=6.6.6.6, host="a, for=192.0.2.7"'))
