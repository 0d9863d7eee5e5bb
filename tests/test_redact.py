"""
Tests of L{echo.redact} with header fields, subprotocols and queries.
"""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.redact import (
    HIDDEN,
    WORDS_LIMIT,
    redactHeader,
    redactHeaders,
    redactQuery,
    redactSubprotocol,
)
from tests.kit.credentials import HARMLESS, JWTS, SECRETS


class HeaderTests(SynchronousTestCase):
    """
    Tests for L{redactHeader}.
    """

    def test_schemeOfAuthorizationStays(self) -> None:
        """
        A wrong scheme is a common mistake, so it stays visible.
        """
        for value, shown in [
            ("Basic dTpw", "Basic ***"),
            ("Bearer abc.def", "Bearer ***"),
            ("bearer abc", "bearer ***"),
            ('Digest username="u", response="r"', "Digest ***"),
            ("Negotiate abc", "Negotiate ***"),
            ("NTLM abc", "NTLM ***"),
            ("DPoP abc", "DPoP ***"),
            ("abc", "***"),
            ("Basic", "***"),
            ("Basically secret", "***"),
            ("Secret Basic abc", "***"),
            ("", "***"),
        ]:
            for name in ("Authorization", "proxy-authorization"):
                self.assertEqual(redactHeader(name, value), shown)

    @given(
        st.sampled_from(
            [
                "Authorization",
                "Proxy-Authorization",
                "Cookie",
                "Set-Cookie",
                "X-Api-Key",
                "X-Auth-Token",
                "X-Csrf-Token",
                "Private-Token",
                "X-Session-Id",
                "X-Goog-Signature",
                "X-Client-Secret",
                "X-Goog-Authenticated-User-Email",
                "X-Password",
                "X-Sign",
                "SESSION",
                "DPoP",
            ]
        ),
        st.sampled_from(["", "Basic ", "Bearer ", "a="]),
        SECRETS,
    )
    def test_fieldsWithCredentials(self, name: str, start: str, secret: str) -> None:
        """
        The whole value is hidden.
        """
        for spelling in (name, name.lower(), name.upper()):
            shown = redactHeader(spelling, start + secret)
            self.assertEqual(shown.removeprefix(start), HIDDEN)

    def test_otherFieldsStay(self) -> None:
        """
        C{Sec-WebSocket-Key} and others have no credential.
        """
        for name, value in [
            ("Host", "server.example:8080"),
            ("Origin", "https://site.example"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("Sec-WebSocket-Protocol", "chat.v1, superchat"),
            (
                "Sec-WebSocket-Extensions",
                "permessage-deflate; client_max_window_bits=15",
            ),
            ("WWW-Authenticate", 'Bearer realm="x"'),
            ("Proxy-Authenticate", 'Basic realm="x"'),
            ("Access-Control-Allow-Credentials", "true"),
            ("User-Agent", "Mozilla/5.0 (X11; Linux) Site/1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
        ]:
            self.assertEqual(redactHeader(name, value), value)

    def test_harmlessWordsInNames(self) -> None:
        for name in HARMLESS:
            for spelling in (name, f"X-{name.title()}", f"X-{name}".upper()):
                self.assertEqual(redactHeader(spelling, "a b"), "a b", spelling)

    @given(JWTS)
    def test_jsonWebTokensAnywhere(self, token: str) -> None:
        for name in ("X-Who", "www-authenticate", "sec-websocket-protocol"):
            self.assertEqual(redactHeader(name, f"a, {token}"), f"a, {HIDDEN}")

    @given(SECRETS.filter(lambda each: "," not in each))
    def test_credentialInOfferedSubprotocol(self, secret: str) -> None:
        for prefix in (
            "base64url.bearer.***",
            "openai-insecure-api-key.***",
            "my-token.***",
        ):
            offer = f"chat, {prefix.replace('***', secret)}, v1"
            shown = redactHeader("Sec-WebSocket-Protocol", offer)
            self.assertEqual(shown, f"chat, {prefix}, v1")

    def test_credentialAfterDashOrInNextOffer(self) -> None:
        for offers, expected in [
            ("bearer-abc.def", "bearer-***"),
            ("chat, bearer, abc, v1", "chat, bearer, ***, v1"),
            ("access_token, abc, token, def", "access_token, ***, token, ***"),
            ("a.b, c-d, -, .", "a.b, c-d, -, ."),
            ("bearer", "bearer"),
            ("author.v1, keyword, v2", "author.v1, keyword, v2"),
        ]:
            self.assertEqual(redactHeader("Sec-WebSocket-Protocol", offers), expected)

    def test_longValuesTakeLinearTime(self) -> None:
        """
        Three of these took seconds each, four times that for twice the length.
        """
        for piece in [
            "eyJ",
            "key",
            "pw",
            "a.",
            "a=",
            "a%3D",
            "%253D",
            "%26",
            "%2F",
            "//",
            "%2F%2Fu%3A",
            "%2F%2F&",
            "author",
            "sign-",
            "max",
            "monkey=",
            "subprotocol=",
            "subprotocol=a.%2C",
            "subprotocol%3Da&",
        ]:
            text = piece * (65_536 // len(piece))
            for value in [text, f"//{text}", f"/?{text}", f"{text}, {text}"]:
                redactHeader("Sec-WebSocket-Protocol", value)
            redactHeader(text, text)
            redactSubprotocol(text)

    def test_urlInField(self) -> None:
        self.assertEqual(
            redactHeader("Location", "wss://u:p@x.example/a?token=b"),
            "wss://***@x.example/a?token=***",
        )

    def test_allFieldsOfRequest(self) -> None:
        """
        After L{WORDS_LIMIT} words, every suspect value is hidden.
        """
        self.assertEqual(
            list(
                redactHeaders([("Cookie", "a"), ("Referer", "/?token=b"), ("X", "c")])
            ),
            [("Cookie", HIDDEN), ("Referer", f"/?token={HIDDEN}"), ("X", "c")],
        )
        headers = [("X-A", "u@x")] * WORDS_LIMIT + [("X-B", "u@x"), ("X-C", "plain")]
        shown = list(redactHeaders(headers))
        self.assertEqual(
            shown, [*headers[:WORDS_LIMIT], ("X-B", HIDDEN), ("X-C", "plain")]
        )

    def test_manyOffersAreHidden(self) -> None:
        """
        After L{WORDS_LIMIT} of them.
        """
        offers = ",".join(["a"] * WORDS_LIMIT + ["bearer", "b"])
        for name in ("Sec-WebSocket-Protocol", "X-Any"):
            shown = redactHeader(name, f"{offers}?subprotocol={offers}")
            self.assertTrue(shown.startswith("a,a,"), shown)
            self.assertTrue(shown.endswith(HIDDEN), shown)


class SubprotocolTests(SynchronousTestCase):
    """
    Tests for L{redactSubprotocol}.
    """

    def test_otherNamesStay(self) -> None:
        for name in ["", "chat", "v1.chat.example", "graphql-ws", "bearer", "a.token"]:
            self.assertEqual(redactSubprotocol(name), name)

    @given(SECRETS)
    def test_credentialAfterWord(self, secret: str) -> None:
        for prefix in ("base64url.bearer.authorization.k8s.io.", "my-token."):
            shown = redactSubprotocol(prefix + secret)
            self.assertNotIn(secret, shown)
            self.assertTrue(shown.endswith(HIDDEN))

    @given(JWTS)
    def test_jsonWebTokens(self, token: str) -> None:
        """
        As the whole name or a part of it.
        """
        self.assertEqual(redactSubprotocol(token), HIDDEN)
        self.assertEqual(redactSubprotocol(f"chat.{token}"), f"chat.{HIDDEN}")
        self.assertEqual(redactSubprotocol(f"bearer.{token}"), f"bearer.{HIDDEN}")


class QueryTests(SynchronousTestCase):
    """
    Tests for L{redactQuery}.
    """

    def test_asInURL(self) -> None:
        for query, shown in [
            ("", ""),
            ("close=4001&after=3", "close=4001&after=3"),
            ("token=abc&a=b", f"token={HIDDEN}&a=b"),
        ]:
            self.assertEqual(redactQuery(query), shown)
