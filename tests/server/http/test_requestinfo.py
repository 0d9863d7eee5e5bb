"""
Tests of L{echo.server.http.requestinfo}.
"""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.server.http.requestinfo import (
    RequestInfo,
    decoded,
    redacted,
)
from echo.server.tlsinfo import TLSInfo

INFO = RequestInfo(
    request="GET /socket?info=1 HTTP/1.1",
    headers=(("Host", "echo.example"), ("x-one", "1"), ("X-One", "2")),
    peer="192.0.2.1:50000",
    proxiedPeer=None,
    tls=None,
    host="echo-1",
    connection="1f",
)

ANYTHING = (
    st.binary()
    | st.text().map(str.encode)
    | st.text("<>&'\"\\/\x7f\n\u2028").map(str.encode)
)


class JSONTests(SynchronousTestCase):
    """
    The JSON.
    """

    def test_keys(self) -> None:
        """
        All keys are present, in one order. Headers are as received.
        """
        self.assertEqual(
            INFO.json(),
            '{"request": "GET /socket?info=1 HTTP/1.1", "headers": '
            '[["Host", "echo.example"], ["x-one", "1"], ["X-One", "2"]], '
            '"peer": "192.0.2.1:50000", "proxiedPeer": null, "tls": null, '
            '"host": "echo-1", "connection": "1f", "subprotocol": null, '
            '"extensions": [], "applied": null}',
        )

    def test_optionalValues(self) -> None:
        """
        Optional values are present, too.
        """
        info = RequestInfo(
            request="GET / HTTP/1.1",
            headers=(),
            peer="unix",
            proxiedPeer="[2001:db8::1]:4711",
            tls=TLSInfo("TLSv1.3", "TLS_AES_256_GCM_SHA384", "CN=A client"),
            host="echo-1",
            connection="1f",
            subprotocol="chat",
            extensions=("permessage-deflate; server_no_context_takeover",),
            applied="delay=250ms&close=4001",
        )
        self.assertEqual(
            json.loads(info.json()),
            {
                "request": "GET / HTTP/1.1",
                "headers": [],
                "peer": "unix",
                "proxiedPeer": "[2001:db8::1]:4711",
                "tls": {
                    "version": "TLSv1.3",
                    "cipher": "TLS_AES_256_GCM_SHA384",
                    "clientCertificate": "CN=A client",
                },
                "host": "echo-1",
                "connection": "1f",
                "subprotocol": "chat",
                "extensions": ["permessage-deflate; server_no_context_takeover"],
                "applied": "delay=250ms&close=4001",
            },
        )

    def test_escaped(self) -> None:
        """
        Characters that HTML or a terminal would interpret are escaped.
        """
        hostile = "</script>&'\x1b[2J\x7f\x9b\r\n\u202e\u2028\xe9\U0001f600\ud800"
        self.assertIn(
            '"connection": "\\u003c/script\\u003e\\u0026\\u0027\\u001b[2J\\u007f'
            '\\u009b\\r\\n\\u202e\\u2028\\u00e9\\ud83d\\ude00\\ud800"',
            RequestInfo("", (), "", None, None, "", hostile).json(),
        )

    @given(ANYTHING, st.lists(st.tuples(ANYTHING, ANYTHING)), ANYTHING)
    def test_anything(
        self, request: bytes, headers: list[tuple[bytes, bytes]], subject: bytes
    ) -> None:
        """
        Whatever comes, it is one line of harmless ASCII, and says just that.
        """
        pairs = [(decoded(name), decoded(value)) for name, value in headers]
        info = RequestInfo(
            request=decoded(request),
            headers=tuple(pairs),
            peer="unix",
            proxiedPeer=decoded(subject),
            tls=TLSInfo("TLSv1.3", "x", decoded(subject)),
            host="echo-1",
            connection="1f",
            subprotocol=decoded(subject),
            extensions=(decoded(subject),),
            applied=decoded(request),
            showSecrets=True,
        )
        for told in (info, redacted(info)):
            text = told.json()
            self.assertTrue(text.isascii() and text.isprintable(), text)
            self.assertFalse(set("<>&'") & set(text), text)
            data = json.loads(text)
            self.assertEqual(data["request"], told.request)
            self.assertEqual(data["headers"], [list(pair) for pair in told.headers])
            self.assertEqual(data["proxiedPeer"], told.proxiedPeer)
            self.assertEqual(data["tls"]["clientCertificate"], decoded(subject))
            self.assertEqual(data["extensions"], [decoded(subject)])
            self.assertEqual(data["applied"], told.applied)


class DecodedTests(SynchronousTestCase):
    """
    Bytes as text.
    """

    def test_encodings(self) -> None:
        """
        UTF-8 is decoded as UTF-8, other bytes as Latin-1.
        """
        for data, text in [
            (b"", ""),
            (b"abc", "abc"),
            ("\xe9\u20ac".encode(), "\xe9\u20ac"),
            (b"\xe9\xff\x00", "\xe9\xff\x00"),
            (b"\xed\xa0\x80", "\xed\xa0\x80"),
        ]:
            self.assertEqual(decoded(data), text)

    @given(st.text())
    def test_text(self, text: str) -> None:
        """
        All text comes through.
        """
        self.assertEqual(decoded(text.encode()), text)


class RedactedTests(SynchronousTestCase):
    """
    Credentials of a request.
    """

    def test_hidden(self) -> None:
        """
        The request line and the headers lose their credentials, and nothing else
        changes.
        """
        info = RequestInfo(
            request="GET /socket?info=1&access_token=abc HTTP/1.1",
            headers=(
                ("Host", "echo.example"),
                ("AUTHORIZATION", "Bearer abc"),
                ("Proxy-Authorization", "Basic abc"),
                ("Cookie", "abc"),
                ("cookie", "abc"),
                ("X-Api-Key", "abc"),
                ("X-Amz-Security-Token", "abc"),
                ("Sec-WebSocket-Protocol", "chat, base64url.bearer.abc"),
                ("Referer", "https://page.example/?token=abc&a=1"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("X-Forwarded-For", "203.0.113.7"),
            ),
            peer="192.0.2.1:50000",
            proxiedPeer="203.0.113.7",
            tls=TLSInfo("TLSv1.3", "x", "CN=A client"),
            host="echo-1",
            connection="1f",
            subprotocol="base64url.bearer.abc",
            extensions=("permessage-deflate",),
            applied="close=4001&token=abc",
        )
        self.assertEqual(
            redacted(info),
            RequestInfo(
                request="GET /socket?info=1&access_token=*** HTTP/1.1",
                headers=(
                    ("Host", "echo.example"),
                    ("AUTHORIZATION", "Bearer ***"),
                    ("Proxy-Authorization", "Basic ***"),
                    ("Cookie", "***"),
                    ("cookie", "***"),
                    ("X-Api-Key", "***"),
                    ("X-Amz-Security-Token", "***"),
                    ("Sec-WebSocket-Protocol", "chat, base64url.bearer.***"),
                    ("Referer", "https://page.example/?token=***&a=1"),
                    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                    ("X-Forwarded-For", "203.0.113.7"),
                ),
                peer="192.0.2.1:50000",
                proxiedPeer="203.0.113.7",
                tls=TLSInfo("TLSv1.3", "x", "CN=A client"),
                host="echo-1",
                connection="1f",
                subprotocol="base64url.bearer.***",
                extensions=("permessage-deflate",),
                applied="close=4001&token=***",
            ),
        )
        self.assertNotIn("abc", info.json())
        self.assertEqual(replace(info, showSecrets=True).json().count("abc"), 11)

    def test_withoutCredentials(self) -> None:
        """
        A request without credentials is unchanged.
        """
        self.assertEqual(redacted(INFO), INFO)
