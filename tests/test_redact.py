"""
Tests for L{echo.redact}.
"""

import base64
import time
from urllib.parse import quote, unquote

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
    redactURL,
)

# What does not stand anywhere in the rest by chance.
SECRETS = st.text(min_size=1).map(lambda each: f"zQ{each}Qz")
QUOTED = SECRETS.map(lambda each: quote(each, safe=""))

NAMES = st.sampled_from(
    [
        "token",
        "access_token",
        "accessToken",
        "id_token",
        "refresh-token",
        "oauth_token",
        "X-Amz-Security-Token",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "TOKEN",
        "api_key",
        "apikey",
        "key",
        "authKey",
        "secretKey",
        "commonkey",
        "author_key",
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "pw",
        "secret",
        "client_secret",
        "auth",
        "authorization",
        "authorisation",
        "bearer",
        "dpop",
        "session",
        "sessionid",
        "JSESSIONID",
        "PHPSESSID",
        "sid",
        "user_sid",
        "sig",
        "sign",
        "signInfo",
        "codesign",
        "asSignature",
        "signature",
        "ticket",
        "otp",
        "totp",
        "jwt",
        "xsrf",
        "X-CSRF-Token",
        "assertion",
        "credential",
        "credentials",
        "max_tokens_secret",
        "resetTokens",
        "filter[token]",
        "token%26",
        "%74oken",
        "access%5Ftoken",
    ]
)

# Names that only look like it.
INNOCENT = [
    "author",
    "post_author",
    "authority",
    "keyword",
    "keywords",
    "keyboard",
    "monkey",
    "passenger",
    "passive",
    "design",
    "designer",
    "assign",
    "assignee",
    "insight",
    "signal",
    "significance",
    "sign-in",
    "sign_in_page",
    "signInUrl",
    "signup",
    "secretary",
    "max-tokens",
    "max_tokens",
    "maxTokens",
]


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


HEADERS = st.sampled_from(['{"alg":"HS256"}', '{"typ":"JWT"}', '{"alg":"dir"}'])
PARTS = st.binary(max_size=40).map(_encoded)
JWTS = st.builds(
    lambda header, parts: ".".join([_encoded(header.encode()), *parts]),
    HEADERS,
    st.lists(PARTS, min_size=2, max_size=2) | st.lists(PARTS, min_size=4, max_size=4),
)


class HeaderTests(SynchronousTestCase):
    """
    Tests for L{redactHeader}.
    """

    def test_authorization(self) -> None:
        """
        The scheme is left: whether it is the right one is what people look for.
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
    def test_hidden(self, name: str, start: str, secret: str) -> None:
        """
        Nothing is left of what is in a header that is called like a credential.
        """
        for spelling in (name, name.lower(), name.upper()):
            shown = redactHeader(spelling, start + secret)
            self.assertEqual(shown.removeprefix(start), HIDDEN)

    def test_plain(self) -> None:
        """
        Other headers stay as they are, and so do those of the handshake that are
        called a key.
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

    def test_innocent(self) -> None:
        """
        Neither is a header hidden that only has a part of such a name in its own.
        """
        for name in INNOCENT:
            for spelling in (name, f"X-{name.title()}", f"X-{name}".upper()):
                self.assertEqual(redactHeader(spelling, "a b"), "a b", spelling)

    @given(JWTS)
    def test_tokens(self, token: str) -> None:
        """
        What looks like a JSON Web Token is hidden wherever it is.
        """
        for name in ("X-Who", "www-authenticate", "sec-websocket-protocol"):
            self.assertEqual(redactHeader(name, f"a, {token}"), f"a, {HIDDEN}")

    @given(SECRETS.filter(lambda each: "," not in each))
    def test_offered(self, secret: str) -> None:
        """
        A credential that is offered for a subprotocol is hidden.
        """
        for prefix in (
            "base64url.bearer.***",
            "openai-insecure-api-key.***",
            "my-token.***",
        ):
            offer = f"chat, {prefix.replace('***', secret)}, v1"
            shown = redactHeader("Sec-WebSocket-Protocol", offer)
            self.assertEqual(shown, f"chat, {prefix}, v1")

    def test_offeredOtherwise(self) -> None:
        """
        It can be marked by a dash, or be the next offer.
        """
        for offers, expected in [
            ("bearer-abc.def", "bearer-***"),
            ("chat, bearer, abc, v1", "chat, bearer, ***, v1"),
            ("access_token, abc, token, def", "access_token, ***, token, ***"),
            ("a.b, c-d, -, .", "a.b, c-d, -, ."),
            ("bearer", "bearer"),
            ("author.v1, keyword, v2", "author.v1, keyword, v2"),
        ]:
            self.assertEqual(redactHeader("Sec-WebSocket-Protocol", offers), expected)

    def test_long(self) -> None:
        """
        A peer cannot keep us busy with it. (Three of these took seconds each, four
        times that for twice the length.)
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

    def test_URLs(self) -> None:
        """
        A URL in a header is redacted as others are.
        """
        self.assertEqual(
            redactHeader("Location", "wss://u:p@x.example/a?token=b"),
            "wss://***@x.example/a?token=***",
        )

    def test_head(self) -> None:
        """
        All fields of a request are redacted together. Behind as many words as are
        judged, a value in which there could be something is hidden.
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

    def test_manyOffers(self) -> None:
        """
        So it is with offers.
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

    def test_plain(self) -> None:
        """
        What is no credential stays as it is.
        """
        for name in ["", "chat", "v1.chat.example", "graphql-ws", "bearer", "a.token"]:
            self.assertEqual(redactSubprotocol(name), name)

    @given(SECRETS)
    def test_hidden(self, secret: str) -> None:
        """
        A credential behind a name that says so is hidden.
        """
        for prefix in ("base64url.bearer.authorization.k8s.io.", "my-token."):
            shown = redactSubprotocol(prefix + secret)
            self.assertNotIn(secret, shown)
            self.assertTrue(shown.endswith(HIDDEN))

    @given(JWTS)
    def test_tokens(self, token: str) -> None:
        """
        What looks like a JSON Web Token is hidden, all of the name or a part of it.
        """
        self.assertEqual(redactSubprotocol(token), HIDDEN)
        self.assertEqual(redactSubprotocol(f"chat.{token}"), f"chat.{HIDDEN}")
        self.assertEqual(redactSubprotocol(f"bearer.{token}"), f"bearer.{HIDDEN}")


class QueryTests(SynchronousTestCase):
    """
    Tests for L{redactQuery}.
    """

    def test_alone(self) -> None:
        """
        It loses what it would lose in a URL.
        """
        for query, shown in [
            ("", ""),
            ("close=4001&after=3", "close=4001&after=3"),
            ("token=abc&a=b", f"token={HIDDEN}&a=b"),
        ]:
            self.assertEqual(redactQuery(query), shown)


class URLTests(SynchronousTestCase):
    """
    Tests for L{redactURL}.
    """

    def test_plain(self) -> None:
        """
        What is no credential stays as it is.
        """
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

    def test_innocent(self) -> None:
        """
        A parameter is shown that only has a part of such a name in its own.
        """
        for name in INNOCENT:
            for spelling in (name, name.upper(), f"a[{name}]"):
                url = f"/?{spelling}=a&x={spelling}=b&x%3D1%26{spelling}%3Dc"
                self.assertEqual(redactURL(url), url)

    def test_user(self) -> None:
        """
        User name and password are hidden.
        """
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

    def test_parameters(self) -> None:
        """
        Each parameter that is called like a credential is hidden, and no other.
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
    def test_hidden(self, name: str, secret: str, before: str) -> None:
        """
        No secret survives, whatever its parameter is called and wherever it is.
        """
        for start in ("ws://x.example/?", "/?", "?", "ws://x.example/#"):
            shown = redactURL(f"{start}{before}{name}={secret}&z=1")
            self.assertEqual(shown, f"{start}{before}{name}={HIDDEN}&z=1")

    @given(NAMES, SECRETS, SECRETS, st.sampled_from(["", "/"]))
    def test_quoted(self, name: str, user: str, secret: str, safe: str) -> None:
        """
        None survives in a URL or a query that is itself a value, quoted or not, nor
        in a query that is quoted as a whole.
        """
        query = f"b=c&{name}={quote(secret, safe='')}"
        url = f"wss://{quote(user, safe='')}:p@x.example/?{query}"
        for inner in (url, query, f"?{query}"):
            inside = quote(inner, safe=safe)
            for outer in (f"?a={inner}", f"?a={inside}", f"?{inside}&a=b"):
                shown = redactURL(f"ws://y.example/{outer}")
                for each in (user, secret):
                    self.assertNotIn(quote(each, safe=""), unquote(shown))

    def test_subprotocol(self) -> None:
        """
        A credential is hidden that is asked for as a subprotocol is offered.
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
    def test_userHidden(self, user: str, password: str) -> None:
        """
        No user name and no password survive.
        """
        shown = redactURL(f"wss://{user}:{password}@x.example/a?b=c")
        self.assertEqual(shown, "wss://***@x.example/a?b=c")

    @given(JWTS)
    def test_tokens(self, token: str) -> None:
        """
        What looks like a JSON Web Token is hidden wherever it is.
        """
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
    def test_again(self, text: str) -> None:
        """
        What is redacted stays as it is when it is redacted again.
        """
        shown = redactURL(text)
        self.assertEqual(redactURL(shown), shown)

    def test_spelt(self) -> None:
        """
        A parameter is hidden whose name has encoded letters or digits, unless it is
        C{subprotocol}; and what is behind a name that is quoted in part.
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

    def test_many(self) -> None:
        """
        Behind as many words as are judged, all is hidden, innocent or not.
        """
        for text in ("token=a&", "author=a&", "eyJa.b.c ", "//u@x/"):
            shown = redactURL(text * 2 * WORDS_LIMIT)
            self.assertTrue(shown.endswith(HIDDEN))
            self.assertLess(shown.count(text[:3]), WORDS_LIMIT + 2)
        self.assertEqual(redactHeader("author-" * 2 * WORDS_LIMIT, "a"), HIDDEN)
        self.assertEqual(redactHeader("author-" * WORDS_LIMIT, "a"), "a")

    def test_cut(self) -> None:
        """
        Wherever a text is cut, nothing is shown of a credential that is cut in two.
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

    def test_linear(self) -> None:
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
        @return: The processor time that a text takes.
        """
        began = time.process_time()
        redactURL(text)
        redactHeader("Sec-WebSocket-Protocol", text)
        return time.process_time() - began

    def test_deep(self) -> None:
        """
        A server can make a URL as long and as deep as it likes.
        """
        url = "?a=b;" * 20_000 + "c=d//" * 20_000
        self.assertEqual(redactURL(f"{url}&token=x"), f"{url}&token=***")
