"""
Tests of L{echo.client.transport.refusal}.
"""

from collections.abc import Sequence
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.client.errors import HandshakeRefused
from echo.client.transport.refusal import BODY_LIMIT, Refusal
from echo.client.transport.url import parseURL


def read(
    *pieces: bytes,
    status: int = 400,
    phrase: str = "No",
    path: str = "/socket",
    secure: bool = False,
    **headers: str,
) -> tuple[int, HandshakeRefused]:
    """
    @return: How many pieces of the body were wanted, and the refusal.
    """
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    address = parseURL(f"{'wss' if secure else 'ws'}://x{path}?a=b")
    refusal = Refusal(status, phrase, fields, address)
    for index, piece in enumerate(pieces):
        if refusal.add(piece):
            return index + 1, refusal.error()
    return len(pieces), refusal.error()


class BodyTests(SynchronousTestCase):
    """
    The line that is kept of a body.
    """

    def assertRead(self, line: str, *pieces: bytes, last: int = 1, **how: Any) -> None:
        """
        Assert that the first line is this, and that nothing is wanted after C{last}
        pieces.
        """
        taken, error = read(*pieces, b"", b"", **how)
        self.assertEqual((taken, error.body), (last, line))

    def test_firstLineWithWord(self) -> None:
        """
        The first line with a word is kept, and nothing after it is read.
        """
        self.assertRead("no token", b"no token\nsecond\n")
        self.assertRead("no token", b"\r\n{\r\n\t no token \r\nsecond")
        self.assertRead("no token", b"no ", b"token", b"\n", last=3)

    def test_bodyEndsAtContentLength(self) -> None:
        self.assertRead("busy", b"bu", b"sy", last=2, content_length="4")
        self.assertRead("busy", b"busyHTTP/1.1 200 OK\r\n", content_length="4")
        self.assertRead("", b"", content_length="0")
        self.assertRead("b", b"b", last=3, content_length="9" * 5000)
        self.assertRead("b", b"b", last=3, content_length="-4")

    def test_chunkedBody(self) -> None:
        """
        The chunks of a body are joined. The body ends with the last chunk, or with an
        invalid one.
        """
        pieces: Sequence[bytes]
        whole = b"3;x=y\r\nno \r\n5\r\ntoken\r\n0\r\n\r\n"
        for pieces, last in [
            ((whole,), 1),
            ([whole[i : i + 1] for i in range(27)], 25),
        ]:
            self.assertRead("no token", *pieces, last=last, transfer_encoding="chunked")
        for broken in (b"2\r\nno\r\nx\r\n", b"2\r\nno\r\n-1\r\n", b"2\r\nno\r\n\n"):
            taken = 1 if broken.endswith(b"\r\n") else 3
            self.assertRead("no", broken, last=taken, transfer_encoding="Chunked")

    def test_bodyAndLineAreLimited(self) -> None:
        piece = b"x" * 1000
        taken, error = read(*[piece] * 100)
        self.assertEqual(taken, BODY_LIMIT // 1000 + 1)
        self.assertEqual(error.body, "x" * 1024)
        taken, error = read(*[b"\n" * 1000] * 100)
        self.assertEqual((taken, error.body), (BODY_LIMIT // 1000 + 1, ""))

    def test_firstVisibleLineOfHTML(self) -> None:
        page = (
            b"<!DOCTYPE html>\n<html><!-- <b>a</b> -->\n<style>b {c: d}</style>\n"
            b"<head><title>Tea &amp;&nbsp;milk</title></head><body>more"
        )
        how: Any = {"content_type": "text/html; charset=utf-8"}
        self.assertRead("Tea & milk", page, **how)
        self.assertRead("Tea", b"<title>Te", b"a</ti", last=2, **how)
        self.assertRead("", b"<!-- a", last=3, **how)
        self.assertRead("<title>x</title>", b"<title>x</title>\n")

    def test_bodiesThatAreNotText(self) -> None:
        """
        Bytes that are not UTF-8 are replaced. Compressed bodies are ignored, and so are
        bodies that a status forbids.
        """
        self.assertRead("caf\ufffd", b"caf\xe9\n")
        self.assertRead("", b"word\n", content_encoding="gzip")
        _, error = read(b"word\n", status=304)
        self.assertEqual(error.body, "")


class HintTests(SynchronousTestCase):
    """
    Hints on the likely cause.
    """

    def _hint(self, body: bytes = b"", **how: Any) -> str:
        return read(body, **how)[1].hint

    def test_serverWithoutWebSocketAtPath(self) -> None:
        """
        The hint names the path, and suggests another.
        """
        for path, other in [("/", "/socket"), ("/a", "/socket"), ("/socket", "/ws")]:
            self.assertEqual(
                self._hint(status=200, path=path),
                f"the server speaks HTTP at {path}, not WebSocket:"
                f" try another path, such as {other}",
            )
        for status in (404, 405):
            self.assertEqual(
                self._hint(status=status, path="/x"),
                "the server speaks HTTP and has no WebSocket at /x",
            )

    def test_noHint(self) -> None:
        for status in (301, 400, 401, 403, 429, 500, 503):
            self.assertEqual(self._hint(b"no HTTP here", status=status), "")

    def test_status426SuspectsProxy(self) -> None:
        self.assertIn("does a proxy on the way remove", self._hint(status=426))

    def test_serverThatWantsTLS(self) -> None:
        for body in [
            b"<title>400 The plain HTTP request was sent to HTTPS port</title>",
            b"You're speaking plain HTTP to an SSL-enabled server port.\n",
            b"Client sent an HTTP request to an HTTPS server.\n",
        ]:
            self.assertEqual(self._hint(body), "is it wss://?")
            self.assertEqual(self._hint(body, secure=True), "")
        for location, hint in [
            ("https://a/", "is it wss://?"),
            ("WSS://a/", "is it wss://?"),
            ("http://a/", ""),
        ]:
            self.assertEqual(self._hint(status=301, location=location), hint)
            self.assertEqual(self._hint(status=301, location=location, secure=True), "")

    def test_locationOfRedirectOnly(self) -> None:
        for status, location in [(302, "/b"), (503, None)]:
            _, error = read(status=status, location="/b")
            self.assertEqual((error.status, error.phrase), (status, "No"))
            self.assertEqual(error.location, location)
            self.assertEqual(error.headers, {"location": "/b"})
