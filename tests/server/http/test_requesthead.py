"""
Tests of L{echo.server.http.requesthead}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.server.http.requesthead import RequestHead
from tests.kit.handshake import KEY, upgradeRequest


class UsualTests(SynchronousTestCase):
    """
    Requests with only one meaning.
    """

    def test_simple(self) -> None:
        """
        Names are case-insensitive. Values are stripped, in the order of their lines.
        """
        head = RequestHead.parseSimple(
            b"GET /socket HTTP/1.1\r\nhost: a\r\nX-A:1\r\nx-a:  2, 3 \r\nX-B:\r\n\r\n"
        )
        assert head is not None
        self.assertEqual(head.target, b"/socket")
        self.assertEqual(head.values("host"), ["a"])
        self.assertEqual(head.values("x-a"), ["1", "2, 3"])
        self.assertEqual(head.values("x-b"), [""])
        self.assertEqual(head.values("x-c"), [])

    def test_others(self) -> None:
        """
        All other requests are left to twisted.web.
        """
        usual = upgradeRequest()
        self.assertIsNotNone(RequestHead.parseSimple(usual))
        for old, new in [
            (b"GET ", b"get "),
            (b"GET ", b"POST "),
            (b"/socket", b"/socket?delay=1s"),
            (b"/socket", b"/so cket"),
            (b"/socket", b"/so#cket"),
            (b"/socket", b"http://a/socket"),
            (b"HTTP/1.1", b"HTTP/1.0"),
            (b"Host: ", b"Host : "),
            (b"Host: ", b"Host\xe9: "),
            (b"Host: ", b" Host: "),
            (b"Host: ", b"Content-length: 0\r\nHost: "),
            (b"Host: ", b"TRANSFER-ENCODING: chunked\r\nHost: "),
            (b"Host: ", b"Expect: 100-continue\r\nHost: "),
            (b"Host: ", b"X-Long: " + b"x" * 2048 + b"\r\nHost: "),
            (b"echo.example", b"echo.ex\tample"),
            (b"echo.example", b"echo.ex\xe4mple"),
            (b"echo.example", b"echo.\r\n example"),
            (b"echo.example\r\n", b"echo.example\n"),
            (KEY.encode() + b"\r\n\r\n", KEY.encode() + b"\r\n"),
            (KEY.encode() + b"\r\n\r\n", KEY.encode() + b"\r\n\r\n\x81"),
        ]:
            changed = usual.replace(old, new, 1)
            self.assertNotEqual(changed, usual)
            self.assertIsNone(RequestHead.parseSimple(changed), changed)
