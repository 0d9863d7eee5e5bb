"""
Tests of L{echo.redact} with URLs.
"""

import time
from urllib.parse import quote, unquote

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.redact import (
    HIDDEN,
    WORDS_LIMIT,
    redactHeader,
    redactQuery,
    redactSubprotocol,
    redactURL,
)
from tests.kit.credentials import HARMLESS, JWTS, NAMES, QUOTED, SECRETS


class URLTests(SynchronousTestCase):
    """
    Tests for L{redactURL}.
    """

    def test_otherURLsStay(self) -> None:
        for url in [
            "",
            "?",
            "ws://server.example",
            "ws://server.example:8080/socket?delay=5ms&x&=y&z=",
            "wss://[::1]/@someone/eyJ?a=b@c",
            "ws://server.example/?message=Hello%20World;b#c",
            "ws://server.example/socket?token",
            "GET /socket?delay=1s HTTP/1.1",
            "/?next=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d&mail=u%40x.example",
            "/?next=https://a.example&mail=u%40x.example",
            "/?next=%2Fauth%3Fa%3Db",
            "/?a=b=c&d=%3D%3D&%&%3",
            "/?subprotocol=chat&a=b",
            "/?subprotocol=v1%2Echat",
        ]:
            self.assertEqual(redactURL(url), url)

    def test_harmlessWordsInNames(self) -> None:
        for name in HARMLESS:
            for spelling in (name, name.upper(), f"a[{name}]"):
                url = f"/?{spelling}=a&x={spelling}=b&x%3D1%26{spelling}%3Dc"
                self.assertEqual(redactURL(url), url)

    def test_userAndPassword(self) -> None:
        for url, shown in [
            ("ws://u@x.example/", "ws://***@x.example/"),
            ("ws://u:p@x.example", "ws://***@x.example"),
            ("ws://u:p@p@x.example/@a", "ws://***@x.example/@a"),
            ("ws://u:p?p#p@x.example/", "ws://***@x.example/"),
            ("//u:p@x.example/", "//***@x.example/"),
            ("/away?to=//u:p@x.example/", "/away?to=//***@x.example/"),
            ("ws://u%2Fu:p@x.example/", "ws://***@x.example/"),
            ("/?to=a%3A%2F%2Fu%3Ap%40x%2F", "/?to=a%3A%2F%2F***%40x%2F"),
            ("/?to=a%3a%2f%2fu:p@x%2f%40", "/?to=a%3a%2f%2f***@x%2f%40"),
            ("/?to=a%3A//u%3Ap%40x/&b=c%40", "/?to=a%3A//***%40x/&b=c%40"),
        ]:
            self.assertEqual(redactURL(url), shown)

    def test_parametersWithCredentials(self) -> None:
        """
        All others stay.
        """
        for query, shown in [
            ("token=a", "token=***"),
            ("token=", "token=***"),
            ("token==", "token=***"),
            ("token=a=b", "token=***"),
            ("a=1&token=b&c=2", "a=1&token=***&c=2"),
            ("token=a&token=b", "token=***&token=***"),
            ("token=a?b;c#d", "token=***"),
            ("a=1;token=b;c=2", "a=1;token=***"),
            ("a=b?token=c", "a=b?token=***"),
            ("a=b#access_token=c", "a=b#access_token=***"),
            ("%74oken=a", "%74oken=***"),
            ("&&token=a&&", "&&token=***&&"),
            ("a=token=b", "a=token=***"),
            ("a=b=c=token=d=e&f=g", "a=b=c=token=***&f=g"),
            ("token%3Da", "token%3D***"),
            ("a=1%26token%3db%26c%3Dd&e=f", "a=1%26token%3d***&e=f"),
            ("a=%3Fb%23%2574oken%3Dc", "a=%3Fb%23%2574oken%3D***"),
        ]:
            self.assertEqual(redactURL(f"ws://x/?{query}"), f"ws://x/?{shown}")
            self.assertEqual(redactURL(f"/{query}"), f"/{shown}")
            line = f"GET /a?{query} HTTP/1.1"
            self.assertEqual(redactURL(line), f"GET /a?{shown} HTTP/1.1")

    @given(NAMES, QUOTED, st.sampled_from(["", "a=1&", "a=1;", "b&", "c=d?", "&"]))
    def test_anyNameAnywhere(self, name: str, secret: str, before: str) -> None:
        for start in ("ws://x.example/?", "/?", "?", "ws://x.example/#"):
            shown = redactURL(f"{start}{before}{name}={secret}&z=1")
            self.assertEqual(shown, f"{start}{before}{name}={HIDDEN}&z=1")

    @given(NAMES, SECRETS, SECRETS, st.sampled_from(["", "/"]))
    def test_inEncodedValues(
        self, name: str, user: str, secret: str, safe: str
    ) -> None:
        """
        In a URL or query inside a value, percent-encoded or not, and in an encoded
        query.
        """
        query = f"b=c&{name}={quote(secret, safe='')}"
        url = f"wss://{quote(user, safe='')}:p@x.example/?{query}"
        for inner in (url, query, f"?{query}"):
            inside = quote(inner, safe=safe)
            for outer in (f"?a={inner}", f"?a={inside}", f"?{inside}&a=b"):
                shown = redactURL(f"ws://y.example/{outer}")
                for each in (user, secret):
                    self.assertNotIn(quote(each, safe=""), unquote(shown))

    def test_valueOfSubprotocol(self) -> None:
        """
        It is redacted like an offer.
        """
        for value, shown in [
            ("base64url.bearer.authorization.k8s.io.abc", "base64url.bearer.***"),
            ("chat,bearer-a,b", "chat,bearer-***,b"),
            ("bearer.a=", "bearer.***"),
            ("bearer.a;b=c?d", "bearer.***"),
            ("a;token=b", "a;token=***"),
            ("a,bearer.b,c;token=d", "a,bearer.***,c;token=***"),
            ("bearer%2Ea", "***"),
            ("%62earer.a", "***"),
            ("chat%2cbearer%2ca", "***"),
        ]:
            for name in (
                "subprotocol",
                "sub%70rotocol",
                "a=b&subprotocol",
                "x=y;subprotocol",
            ):
                self.assertEqual(
                    redactURL(f"GET /socket?{name}={value}&a=b HTTP/1.1"),
                    f"GET /socket?{name}={shown}&a=b HTTP/1.1",
                )
        self.assertEqual(
            redactURL("/?a=%3Fsubprotocol%3Dbearer.b"),
            "/?a=%3Fsubprotocol%3Dbearer.***",
        )

    @given(QUOTED, QUOTED)
    def test_anyUserAndPassword(self, user: str, password: str) -> None:
        shown = redactURL(f"wss://{user}:{password}@x.example/a?b=c")
        self.assertEqual(shown, "wss://***@x.example/a?b=c")

    @given(JWTS)
    def test_jsonWebTokensAnywhere(self, token: str) -> None:
        encoded = token.replace(".", "%2E")
        for url in ("ws://x/***/a", "ws://x/?a=***&b=c", "ws://x/?***", "ws://x/#***"):
            self.assertEqual(redactURL(url.replace("***", token)), url)
            self.assertEqual(redactURL(url.replace("***", encoded)), url)

    @given(
        st.text(alphabet="?&;#=@/:. token")
        | st.lists(
            st.sampled_from(
                [*"?&;=@/,.-%", "%26", "%3D", "%2F", "%40", "a", "key", "subprotocol"]
            )
        ).map("".join)
    )
    def test_redactedTwiceIsTheSame(self, text: str) -> None:
        shown = redactURL(text)
        self.assertEqual(redactURL(shown), shown)

    def test_encodedNames(self) -> None:
        """
        Letters and digits are encoded only to hide a name, except in C{subprotocol}. A
        name that is encoded in part hides its value as well.
        """
        for query, shown in [
            ("%61=b", "%61=***"),
            ("%2531=b", "%2531=***"),
            ("a%2Fotp=b", "a%2Fotp=***"),
            ("sub%70rotocol=b", "sub%70rotocol=b"),
            ("sub%70rotocol%26a", "sub%70rotocol%26a"),
            ("subprotocols=a", "subprotocols=a"),
            ("token%26a=b&c=d", "token%26a=***&c=d"),
            ("token%26a=", "token%26a=***"),
            ("token%26a%26sig%26b?c=d", "token%26a%26sig%26b?c=d"),
            ("token%26sig%3Da=b", "token%26sig%3D***"),
            ("token%26key%26a=b", "token%26key%26a=***"),
            ("token%26a=sig=b", "token%26a=***"),
            ("token%26subprotocol%3Da=b", "token%26subprotocol%3D***"),
            ("author%26key=b", "author%26key=***"),
            ("signupotp=b", "signupotp=***"),
        ]:
            self.assertEqual(redactURL(f"/?{query}"), f"/?{shown}")

    def test_manyWordsAreHidden(self) -> None:
        """
        After L{WORDS_LIMIT} words, everything is hidden.
        """
        for text in ("token=a&", "author=a&", "eyJa.b.c ", "//u@x/"):
            shown = redactURL(text * 2 * WORDS_LIMIT)
            self.assertTrue(shown.endswith(HIDDEN))
            self.assertLess(shown.count(text[:3]), WORDS_LIMIT + 2)
        self.assertEqual(redactHeader("author-" * 2 * WORDS_LIMIT, "a"), HIDDEN)
        self.assertEqual(redactHeader("author-" * WORDS_LIMIT, "a"), "a")

    def test_credentialAtCut(self) -> None:
        """
        No part of a credential at the cut is shown.
        """
        for text in (
            "GET //user:zQpassword@x.example/ HTTP/1.1",
            "/?to=https%3A%2F%2Fuser:zQpassword%40x.example%2F",
            "/?a=eyJhbGciOiJIUzI1NiJ9zQ.zQeyJzdWIiOiIxIn0zQ.zQabcdefzQ&b=c",
            "/?a=eyJhbGciOiJIUzI1NiJ9zQ%2EzQeyJzdWIiOiIxIn0zQ%2ezQabcdefzQ&b=c",
            "/?a=b&token=zQsecret&b=c",
            "/?subprotocol=bearer.zQsecret,b",
        ):
            for most in range(len(text)):
                shown = redactURL(text, most)
                self.assertNotIn("zQ", shown)
                self.assertNotIn("OiJ", shown)
                self.assertTrue(shown.endswith("..."))
            self.assertEqual(redactURL(text, len(text)), redactURL(text))
        self.assertEqual(redactQuery("a=b&c=d", 6), "a=b&c...")
        self.assertEqual(redactSubprotocol("a.eyJabcdef.g", 9), "a.***...")
        self.assertEqual(redactSubprotocol("a.eyJ", 9), "a.eyJ")

    def test_linearTime(self) -> None:
        """
        Eight times the text takes about eight times as long, not 64 times.
        """
        for piece in [
            *("%", "%=", "%41", "%2F%2F", "%2F%2F@", "//", "//a", "a%26", "sig%26"),
            *("eyJ", "eyJa.", "eyJa.b ", "-", "a,", "e", "author", "subprotocol%26"),
        ]:
            for end in ("", "@", "%40", "=", "token=", "eyJa.b.c"):
                short, long = (
                    min(self.took(piece * (size // len(piece)) + end) for _ in range(5))
                    for size in (8_192, 65_536)
                )
                self.assertLess(long, 24 * short + 0.001, (piece, end))

    def took(self, text: str) -> float:
        """
        @return: Processor time.
        """
        began = time.process_time()
        redactURL(text)
        redactHeader("Sec-WebSocket-Protocol", text)
        return time.process_time() - began

    def test_longURL(self) -> None:
        """
        A server can send a redirect of any length.
        """
        url = "?a=b;" * 20_000 + "c=d//" * 20_000
        self.assertEqual(redactURL(f"{url}&token=x"), f"{url}&token=***")
