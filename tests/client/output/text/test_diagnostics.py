"""
Tests for L{echo.client.output.text.diagnostics}.
"""

from dataclasses import replace

from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    EchoClientError,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.events import (
    Connected,
    GreetingSuspected,
    Lost,
    NotConnected,
    Outcome,
    PingEnded,
    Received,
    ReconnectFailed,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.summary import Outage
from echo.client.output.display import Style
from echo.client.output.text.eventlines import outageLine
from tests.client.output.reports import ReportTestCase
from tests.kit.client import URL

_OUTAGE = Outage(1.0, 0.0, 2.0, 1012, "restart", 1, 2, 3)


def _red(text: str) -> str:
    return f"\x1b[31m{text}\x1b[39m"


class ConnectionTests(ReportTestCase):
    """
    The diagnostics of connections.
    """

    def test_connectedHasPeerPhasesAndExtensions(self) -> None:
        _, connection = self.open("Sec-WebSocket-Protocol: a", subprotocols=["a"])
        connection.opening = replace(connection.opening, dns=0.001, upgrade=0.0025)
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertEqual(
            line,
            f"connected to {URL} (127.0.0.1:8080) in 3.50 ms"
            " (DNS 1.00, TCP 0.00, upgrade 2.50), subprotocol a",
        )
        _, connection = self.open(
            "Sec-WebSocket-Extensions: permessage-deflate;"
            " server_no_context_takeover; client_no_context_takeover",
            compression=True,
        )
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertTrue(line.endswith(" upgrade 0.00), permessage-deflate"), line)
        self.assertEqual(self.written(), "")

    def test_hidesCredentialsByDefault(self) -> None:
        _, connection = self.open(url="ws://u:p@h/s?token=abc&x=1")
        self.report.tell(Connected(connection))
        (line,) = self.told()
        self.assertIn("connected to ws://h/s?token=***&x=1 (", line)
        self.make(secrets=True).tell(Connected(connection))
        (line,) = self.told()
        self.assertIn("connected to ws://h/s?token=abc&x=1 (", line)

    def test_verboseShowsHandshake(self) -> None:
        """
        Escaped, and without credentials.
        """
        _, connection = self.open(
            "Set-Cookie: id=abc",
            "X-A: \x1b[2J",
            url="ws://h/s?token=abc",
            headers=[("Authorization", "Bearer abc")],
        )
        self.make(verbose=True).tell(Connected(connection))
        _, *heads = self.told()
        self.assertEqual(heads[0], "> GET /s?token=*** HTTP/1.1")
        self.assertIn("> Authorization: Bearer ***", heads)
        self.assertIn("< HTTP/1.1 101 Switching Protocols", heads)
        self.assertIn("< set-cookie: ***", heads)
        asked = [line for line in heads if line.startswith("> ")]
        self.assertEqual(heads[: len(asked)], asked)
        self.assertIn("> Sec-WebSocket-Version: 13", asked)
        self.assertNotIn("abc", "".join(heads))
        self.assertTrue(all(line.isprintable() for line in heads))
        self.make(verbose=True, secrets=True).tell(Connected(connection))
        heads = self.told()
        self.assertIn("> GET /s?token=abc HTTP/1.1", heads)
        self.assertIn("> Authorization: Bearer abc", heads)
        self.assertIn("< set-cookie: id=abc", heads)

    def test_handshakeIsFaint(self) -> None:
        _, connection = self.open()
        self.make(verbose=True, errorStyle=Style(True)).tell(Connected(connection))
        first, *heads = self.told()
        self.assertNotIn("\x1b", first)
        for line in heads:
            self.assertTrue(line.startswith("\x1b[2m"), line)

    def test_notConnectedNamesCause(self) -> None:
        """
        The target of a redirect has no credentials.
        """
        error: EchoClientError = CannotConnect("TCP", "connection refused")
        text = "cannot connect (TCP): connection refused"
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), [text])
        error = HandshakeRefused(404, "Not Found")
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), ["handshake refused: HTTP 404 Not Found"])
        error = HandshakeRefused(302, "Found", "https://u:p@x/?token=abc")
        text = "handshake refused: HTTP 302 Found (to https://***@x/?token=***)"
        self.report.tell(NotConnected(error))
        self.assertEqual(self.told(), [text])
        error = HandshakeRefused(403, "No", body="?token=abc")
        text = "handshake refused: HTTP 403 No: ?token=***"
        self.report.tell(NotConnected(error))
        self.report.tell(ReconnectFailed(error))
        self.assertEqual(self.told(), [text, f"not yet: {text}"])
        error = HandshakeRefused(302, "Found", "https://u:p@x/?token=abc")
        self.make(secrets=True).tell(NotConnected(error))
        self.assertIn("(to https://u:p@x/?token=abc)", self.told()[0])

    def test_endNamesSideCodeAndReason(self) -> None:
        refused: EchoClientError = ProtocolError("bad")
        cases: list[tuple[Outcome, *tuple[str, ...]]] = [
            (Outcome(refused, True, True), "protocol error: bad"),
            (
                Outcome(ConnectionClosed(4000, "a"), True, True),
                'closed by the server: 4000 "a"',
            ),
            (
                Outcome(ConnectionClosed(1006, "gone"), True, False),
                "connection lost: 1006 (gone)",
            ),
            (
                Outcome(ConnectionClosed(1006, "silence"), False, True),
                "closed by us: silence",
            ),
            (
                Outcome(ConnectionClosed(1000), False, False),
                "closed by us, answered with 1000",
            ),
        ]
        for outcome, *told in cases:
            self.report.tell(outcome)
            self.assertEqual(self.told(), told)
        self.assertEqual(self.written(), "")

    def test_closeByServerIsRed(self) -> None:
        report = self.make(errorStyle=Style(True))
        report.tell(Outcome(ConnectionClosed(1001), True, True))
        self.assertEqual(self.told(), [_red("closed by the server: 1001")])
        report.tell(Outcome(ConnectionClosed(1001), False, True))
        self.assertEqual(self.told(), ["closed by us, answered with 1001"])

    def test_outageIsData(self) -> None:
        self.report.tell(_OUTAGE)
        self.assertEqual(self.written(), outageLine(_OUTAGE) + "\n")
        self.make(style=Style(True)).tell(_OUTAGE)
        self.assertEqual(self.written(), _red(outageLine(_OUTAGE)) + "\n")

    def test_quietHasNoDiagnosticsOfEvents(self) -> None:
        """
        Only the cause of an early end.
        """
        _, connection = self.open()
        report = self.make(quiet=True, verbose=True)
        report.tell(Connected(connection))
        report.tell(Received(Echo(1, 0, (Anomaly.ALTERED,), answers=True), "a"))
        report.tell(Received(Echo(None, None, (Anomaly.UNEXPECTED,)), "a"))
        report.tell(Lost([2]))
        report.tell(GreetingSuspected(1))
        report.tell(PingEnded(1, None))
        report.tell(ReconnectFailed(CannotConnect("TCP", "refused")))
        report.tell(_OUTAGE)
        report.tell(Outcome(ConnectionClosed(1000), False, True))
        self.assertEqual((self.written(), self.told()), ("", []))
        report.tell(Outcome(ConnectionClosed(1001), True, True))
        report.tell(NotConnected(CannotConnect("TCP", "refused")))
        self.assertEqual(
            self.told(),
            ["closed by the server: 1001", "cannot connect (TCP): refused"],
        )

    def test_verboseShowsHeaderOfRefusal(self) -> None:
        headers = {"retry-after": "5", "set-cookie": "a=b"}
        error = HandshakeRefused(503, "Busy", None, headers)
        self.make(verbose=True).tell(NotConnected(error))
        refused = "handshake refused: HTTP 503 Busy"
        self.assertEqual(
            self.told(), [refused, "< retry-after: 5", "< set-cookie: ***"]
        )
        self.make().tell(NotConnected(error))
        self.assertEqual(self.told(), [refused])

    def test_hintsAtGreeting(self) -> None:
        """
        For messages before the first echo: before our first message, and after it if
        they look like altered echoes.
        """
        unexpected = Echo(None, None, (Anomaly.UNEXPECTED,))
        altered = Echo(1, 1, (Anomaly.ALTERED,), answers=True)
        corrects = Echo(1, 2, corrects=True)
        try1, try2 = (f": is it a greeting? Try --greeting {n}" for n in (1, 2))
        for echoes, hints in [
            ([unexpected, unexpected, Echo(1, 1, answers=True)], [try1, try2]),
            ([altered, corrects], [try1, try1]),
            ([unexpected, altered, corrects], [try1, "altered", try2]),
            ([altered, altered, corrects], [try1, "altered", try2]),
        ]:
            report = self.make()
            for echo in [*echoes, unexpected]:
                report.tell(Received(echo, "welcome"))
            for line, hint in zip(self.told(), [*hints, ""], strict=True):
                self.assertTrue(line.endswith(hint), line)
                self.assertEqual("--greeting" in line, "--greeting" in hint)

    def test_eachReasonOfRefusalOnce(self) -> None:
        for status in (503, 503, 502):
            self.report.tell(ReconnectFailed(HandshakeRefused(status, "")))
        self.report.tell(_OUTAGE)
        self.report.tell(ReconnectFailed(HandshakeRefused(502, "")))
        text = "not yet: handshake refused: HTTP "
        self.assertEqual(self.told(), [f"{text}503", f"{text}502", f"{text}502"])
