"""
Tests for L{echo.client.output.records.ndjsonreport}.
"""

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from echo.client.check.verdicts import Level, Verdict
from echo.client.errors import (
    CannotConnect,
    ConnectionClosed,
    HandshakeRefused,
    ProtocolError,
)
from echo.client.measure.events import (
    CheckFinished,
    Connected,
    Finished,
    Interim,
    Lost,
    NotConnected,
    Outcome,
    PingEnded,
    Problem,
    Received,
)
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import (
    Connections,
    MessageCounts,
    PingStatistics,
    Statistics,
)
from echo.client.measure.summary import Step, Summary
from echo.client.output.display import Display
from echo.client.output.records.ndjsonreport import NDJSONReport
from echo.client.output.streams import Streams
from echo.client.output.text.summarylines import loadWarning
from echo.client.transport.phases import Phases
from tests.client.output.reports import PROGRESS, reportTo, samples, written
from tests.kit.client import ClientTestCase
from tests.kit.samples import (
    HARMLESS,
    HOSTILE,
    LAST_OUTAGE,
    OUTAGE,
    distribution,
    fullSummary,
    invalid,
    mergeableSummary,
)


class NDJSONReportTests(ClientTestCase):
    """
    Tests for L{NDJSONReport}.
    """

    def setUp(self) -> None:
        super().setUp()
        self.out, self.err = io.StringIO(), io.StringIO()
        self.report = reportTo(self.out, self.err)

    def _told(self) -> str:
        text = self.err.getvalue()
        self.err.truncate(0)
        self.err.seek(0)
        return text

    def _record(self, type: str) -> dict[str, Any]:  # noqa: A002  (its name in JSON)
        """
        @return: The fields of the only record, without the common ones.
        """
        [record] = written(self.out)
        self.assertEqual(invalid(record), [])
        self.assertEqual(record.pop("type"), type)
        self.assertEqual(record.pop("schema"), 1)
        self.assertEqual(record.pop("time"), "2023-11-14T22:13:20.250+00:00")
        return record

    def test_recordIsPrintableASCIILine(self) -> None:
        self.report.tell(Received(Echo(1, 0, answers=True), f"{HOSTILE}\x7f\u2028ü\n"))
        line = self.out.getvalue()
        self.assertTrue(line.endswith("}\n"))
        self.assertTrue(line[:-1].isascii() and line[:-1].isprintable())

    def test_recordHasTimeOfDay(self) -> None:
        NDJSONReport(Streams(self.out, self.err, lambda _: None), Display()).tell(
            Lost([1])
        )
        [record] = written(self.out)
        self.assertGreater(record["time"], "2024")
        self.assertEqual(invalid(record), [])

    def test_connectedHasHandshakeWithoutCredentials(self) -> None:
        _, connection = self.open(
            "Sec-WebSocket-Protocol: a",
            "Set-Cookie: a=b",
            "X-Who: \xa0\x85",
            url="ws://u:p@server.example:8080/socket?token=x",
            subprotocols=["a"],
            headers=[("X-Api-Key", "k")],
        )
        self.report.tell(Connected(connection))
        self.assertIn("echo-client: connected to ws://server", self._told())
        record = self._record("connected")
        request, response = record.pop("request"), record.pop("response")
        self.assertEqual(
            record,
            {
                "url": "ws://server.example:8080/socket?token=***",
                "peer": "127.0.0.1:8080",
                "subprotocol": "a",
                "compression": False,
                "phases": {
                    "dns": 0.0,
                    "connect": 0.0,
                    "proxy": None,
                    "tls": None,
                    "upgrade": 0.0,
                    "total": 0.0,
                },
            },
        )
        self.assertEqual(request["line"], "GET /socket?token=*** HTTP/1.1")
        self.assertIn(["Authorization", "Basic ***"], request["headers"])
        self.assertIn(["X-Api-Key", "***"], request["headers"])
        self.assertEqual(response["line"], connection.statusLine)
        self.assertIn(["set-cookie", "***"], response["headers"])

    def test_showsCredentialsOnRequest(self) -> None:
        _, connection = self.open(
            url="ws://server.example/?token=x", headers=[("X-Api-Key", "k")]
        )
        reportTo(self.out, display=Display(secrets=True)).tell(Connected(connection))
        record = self._record("connected")
        self.assertEqual(record["request"]["line"], "GET /?token=x HTTP/1.1")
        self.assertIn(["X-Api-Key", "k"], record["request"]["headers"])

    def test_connectedHasPhases(self) -> None:
        _, connection = self.open()
        connection.opening = Phases(0.001, 0.002, 0.003, 0.004, 0.005)
        connection.compression = True
        self.report.tell(Connected(connection))
        record = self._record("connected")
        self.assertTrue(record["compression"])
        self.assertIsNone(record["subprotocol"])
        self.assertEqual([*record["phases"].values()], [1, 2, 3, 4, 5, 15])

    def test_textIsCutAndItsSizeGiven(self) -> None:
        echo = Echo(1, 1_234_567, answers=True, response=2_000_000)
        self.report.tell(Received(echo, "ü" * 300))
        expected = {
            "seq": 1,
            "rtt": 1.235,
            "response": 2.0,
            "anomalies": [],
            "binary": False,
        }
        expected["corrects"] = False
        record = self._record("echo")
        self.assertEqual(record, expected | {"size": 600, "text": "ü" * 256})
        self.report.tell(Received(Echo(1, 0, answers=True), HOSTILE))
        self.assertEqual(self._record("echo")["text"], HOSTILE)
        self.report.tell(Received(Echo(1, 0, answers=True), "a" * 1000))
        self.assertEqual(self._record("echo")["size"], 1000)
        self.assertEqual(self._told(), "")

    def test_binaryMessageIsHexadecimal(self) -> None:
        self.report.tell(Received(Echo(2, 0, answers=True), b"\x00\xff" * 100))
        expected: dict[str, Any] = {
            "seq": 2,
            "rtt": 0.0,
            "response": None,
            "anomalies": [],
            "binary": True,
        }
        expected["corrects"] = False
        record = self._record("echo")
        self.assertEqual(record, expected | {"size": 200, "hex": "00ff" * 64})
        self.report.tell(Received(Echo(2, 0, answers=True), b""))
        self.assertEqual(self._record("echo")["hex"], "")

    @given(st.text(), st.binary())
    def test_anyMessageMakesValidRecord(self, text: str, data: bytes) -> None:
        out = io.StringIO()
        report = reportTo(out)
        report.tell(Received(Echo(None, None), text))
        report.tell(Received(Echo(None, None), data))
        one, two = written(out)
        self.assertEqual((one["text"], two["hex"]), (text[:256], data[:128].hex()))
        self.assertEqual(invalid(one) + invalid(two), [])

    def test_anomaliesAreNamed(self) -> None:
        """
        Standard error has them, too.
        """
        names = set()
        for anomaly in Anomaly:
            strange = anomaly in (Anomaly.UNEXPECTED, Anomaly.CROSSED)
            seq = None if strange else 1
            self.report.tell(Received(Echo(seq, seq, (anomaly,)), "a"))
            [name] = self._record("echo")["anomalies"]
            names.add(name)
            self.assertRegex(self._told(), r"\bcame\b")
        self.assertEqual(len(names), len(Anomaly))
        several = (Anomaly.TYPE_CHANGED, Anomaly.OUT_OF_ORDER)
        self.report.tell(Received(Echo(1, 0, several), "a"))
        self.assertEqual(
            self._record("echo")["anomalies"], ["typeChanged", "reordered"]
        )

    def test_unaskedMessageHasNoNumber(self) -> None:
        self.report.tell(Received(Echo(None, None), "a"))
        record = self._record("echo")
        self.assertEqual((record["seq"], record["rtt"]), (None, None))
        self.assertEqual((record["anomalies"], self._told()), ([], ""))

    def test_lostHasAllNumbers(self) -> None:
        self.report.tell(Lost(range(1, 31)))
        self.assertEqual(self._record("lost"), {"seqs": [*range(1, 31)]})
        self.assertIn("echo-client: lost: seq 1, 2", self._told())

    def test_pingWithoutPongHasNoTime(self) -> None:
        self.report.tell(PingEnded(3, 1_500_000))
        self.assertEqual(self._record("ping"), {"number": 3, "rtt": 1.5})
        self.assertEqual(self._told(), "")
        self.report.tell(PingEnded(4, None))
        self.assertEqual(self._record("ping"), {"number": 4, "rtt": None})
        self.assertEqual(self._told(), "echo-client: lost: ping 4\n")

    def test_closedHasCodeReasonAndOrigin(self) -> None:
        end = ConnectionClosed(4000, HOSTILE)
        self.report.tell(Outcome(end, byPeer=True, complete=False))
        self.assertEqual(
            self._record("closed"),
            {
                "code": 4000,
                "reason": HOSTILE,
                "byPeer": True,
                "complete": False,
                "protocolError": False,
            },
        )
        self.assertIn(HARMLESS, self._told())
        for code in (1005, 1006):
            self.report.tell(Outcome(ConnectionClosed(code), False, True))
            self.assertEqual(self._record("closed")["code"], code)

    def test_closedByProtocolErrorHasCode1006(self) -> None:
        self.report.tell(Outcome(ProtocolError("bad", 1002), True, True))
        record = self._record("closed")
        self.assertEqual((record["code"], record["protocolError"]), (1006, True))
        self.assertEqual(record["reason"], "protocol error: bad (closed with 1002)")

    def test_outageWithoutEndHasNoDuration(self) -> None:
        self.report.tell(OUTAGE)
        self.assertEqual(self._record("outage")["seconds"], 2.25)
        self.report.tell(LAST_OUTAGE)
        self.assertIsNone(self._record("outage")["seconds"])

    def test_stepWithoutEchoHasNoTimes(self) -> None:
        self.report.tell(Step(1024, 1, distribution(10**6)))
        self.assertEqual(self._record("step")["rtt"]["count"], 1)
        self.report.tell(Step(1024, 1, distribution()))
        self.assertIsNone(self._record("step")["rtt"])

    def test_progress(self) -> None:
        self.report.tell(PROGRESS)
        self.assertEqual(
            self._record("progress"),
            {
                "seconds": 1.0,
                "open": 1,
                "opened": 2,
                "failed": 3,
                "sent": 4,
                "received": 5,
                "lost": 6,
                "rate": 7.8,
                "p50": 1.0,
                "p99": 2.0,
            },
        )

    def test_summaryCountsVerdicts(self) -> None:
        for level in (Level.OK, Level.OK, Level.NOTE, Level.FAIL, Level.SKIP):
            self.report.tell(Verdict("5.1", "masks", level, "it does not"))
            self.assertEqual(
                self._record("check"),
                {
                    "section": "5.1",
                    "name": "masks",
                    "level": level.value,
                    "detail": "it does not",
                },
            )
        self.report.tell(CheckFinished(Summary("ws://x/"), 7))
        record = self._record("summary")
        self.assertEqual(
            record["check"], {"ok": 2, "note": 1, "fail": 1, "skip": 1, "unchecked": 7}
        )

    def test_errorHasPhaseStatusAndBody(self) -> None:
        self.report.tell(NotConnected(CannotConnect("TCP", HOSTILE)))
        text = f"cannot connect (TCP): {HARMLESS}"
        expected = {"message": text, "phase": "TCP", "httpStatus": None, "body": None}
        self.assertEqual(self._record("error"), expected)
        self.assertEqual(self._told(), f"echo-client: {text}\n")
        self.report.tell(
            NotConnected(HandshakeRefused(301, "Moved", "ws://x/?token=a"))
        )
        message = "handshake refused: HTTP 301 Moved (to ws://x/?token=***)"
        refused = {
            "message": message,
            "phase": "HTTP",
            "httpStatus": 301,
            "body": None,
        }
        self.assertEqual(self._record("error"), refused)
        self.report.tell(
            NotConnected(HandshakeRefused(403, "No", body="\x1b ?token=a"))
        )
        record = self._record("error")
        self.assertEqual(record["body"], "\x1b ?token=***")
        self.assertTrue(record["message"].endswith(r"403 No: \x1b ?token=***"))
        self.report.tell(NotConnected(ProtocolError("x")))
        self.assertEqual(self._record("error")["phase"], "HTTP")

    def test_problemIsDiagnosticWithoutColour(self) -> None:
        self.report.tell(Problem("a"))
        self.assertEqual((written(self.out), self._told()), ([], "echo-client: a\n"))

    def test_summaryIsOneRecord(self) -> None:
        """
        Standard error has the load warning and the failed demands.
        """
        silent = Statistics(
            sent=2, lost=MessageCounts(2), pings=PingStatistics(2, 0, 2)
        )
        for summary in (
            fullSummary(),
            mergeableSummary(),
            Summary("ws://x/"),
            Summary("ws://x/", statistics=silent, status=1),
            Summary("ws://x/", error="cannot connect", status=3),
            Summary("ws://x/", connections=Connections(wanted=0)),
        ):
            self.report.tell(Interim(summary))
            interim = self._record("interim")
            self.assertEqual(self._told(), "")
            self.report.tell(Finished(summary))
            self.assertEqual(self._record("summary"), interim)
            told = [f"FAILED: {each}" for each in summary.failed]
            warning = loadWarning(summary.throughput)
            lines = [warning, *told] if warning else told
            self.assertEqual(
                self._told(), "".join(f"echo-client: {line}\n" for line in lines)
            )
            self.assertIsNone(interim["check"])

    def test_quietRecords(self) -> None:
        """
        The summaries, errors, failed demands of a check, and the list of demands.
        """
        records = samples(self, Display(quiet=True))
        self.assertEqual(
            [record["type"] for record in records],
            ["error", "error", "demand", "check", "interim", *["summary"] * 3],
        )
