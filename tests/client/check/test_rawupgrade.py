"""
Tests for L{echo.client.check.rawupgrade}.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.rawupgrade import (
    RawRequest,
    UpgradeResponse,
    acceptValue,
    parseResponse,
)
from echo.client.errors import ProtocolError
from echo.client.transport.url import parseURL


class RequestTests(SynchronousTestCase):
    """
    Requests, and changed copies of them.
    """

    request = RawRequest("GET / HTTP/1.1", (("Host", "here"), ("Upgrade", "websocket")))

    def test_encode(self) -> None:
        self.assertEqual(
            self.request.encode(),
            b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\r\n",
        )

    def test_withoutAndHaving(self) -> None:
        rest = (("Upgrade", "websocket"),)
        self.assertEqual(self.request.without("Host").fields, rest)
        self.assertEqual(
            self.request.having("Host", "there").having("More", "").fields,
            (*rest, ("Host", "there"), ("More", "")),
        )


class AnswerTests(SynchronousTestCase):
    """
    Responses: parsing and judging.
    """

    def test_parseLeavesTheBody(self) -> None:
        data = bytearray(b"HTTP/1.1 200 All right\r\nA: 1, 2\r\nb:\r\na:,3\r\n\r\nmore")
        response = UpgradeResponse(200, "All right", {"a": ["1, 2", ",3"], "b": [""]})
        self.assertEqual(parseResponse(data), (response, len(data) - 4))
        self.assertEqual(response.elements("a"), ["1", "2", "3"])
        self.assertEqual(response.elements("c"), [])

    def test_interimResponseIsSkipped(self) -> None:
        data = bytearray(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404\r\n\r\n")
        self.assertEqual(parseResponse(data), (UpgradeResponse(404, "", {}), len(data)))

    def test_incompleteHeadIsNone(self) -> None:
        self.assertIsNone(parseResponse(bytearray(b"HTTP/1.1 200 OK\r\n")))
        self.assertIsNone(parseResponse(bytearray()))

    def test_otherProtocolsAreErrors(self) -> None:
        for data in (
            b"SSH-2.0",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200" + b"x" * 2**16,
        ):
            self.assertRaises(ProtocolError, parseResponse, bytearray(data))

    def test_strIsSafeForTerminal(self) -> None:
        self.assertEqual(str(UpgradeResponse(200, "O\x1bK", {})), r"HTTP 200 O\x1bK")
        self.assertEqual(str(UpgradeResponse(404, "", {})), "HTTP 404")

    def test_acceptValueOfTheRFC(self) -> None:
        """
        The example of RFC 6455, 1.3.
        """
        key, accept = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        self.assertEqual(acceptValue(key), accept)
        UpgradeResponse(101, "", {"sec-websocket-accept": [accept]}).check(key)
        for given in ([], [accept, accept], [accept.lower()]):
            response = UpgradeResponse(101, "", {"sec-websocket-accept": given})
            self.assertRaises(ProtocolError, response.check, key)

    def test_refusalHasLocationAndBody(self) -> None:
        address = parseURL("ws://x/y")
        for status, location in ((302, "/there"), (404, None)):
            refusal = UpgradeResponse(status, "No", {"location": ["/there"]}).refusal(
                address
            )
            refusal.add(b"because\n")
            error = refusal.error()
            self.assertEqual(
                (error.status, error.phrase, error.location), (status, "No", location)
            )
            self.assertEqual(error.body, "because")
        self.assertIsNone(
            UpgradeResponse(301, "", {}).refusal(address).error().location
        )
