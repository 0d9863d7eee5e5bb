"""
What a person reads: data on one stream, diagnostics on the other.

Plain text in, plain text out: whatever a peer said is escaped on its way.
"""

from collections.abc import Callable, Sequence
from typing import TextIO

from echo.client.connection import Connection
from echo.client.errors import ABNORMAL, ConnectionClosed, closeText
from echo.client.matching import Anomaly, Echo
from echo.client.probe import Outcome
from echo.client.statistics import NAMED, Statistics, Tally
from echo.printable import printable, shown


def receivedLine(echo: Echo, message: str | bytes) -> str:
    """
    @return: The line about a message that came.
    """
    words = [f"Received: {shown(message)}"]
    if echo.seq is not None:
        words.append(f"seq={echo.seq}")
    if echo.time is not None:
        words.append(f"time={echo.time / 1e6:.2f} ms")
    if echo.anomalies:
        words.append(f"({', '.join(_named(each, message) for each in echo.anomalies)})")
    return " ".join(words)


def _named(anomaly: Anomaly, message: str | bytes) -> str:
    if anomaly is not Anomaly.TYPE_CHANGED:
        return str(anomaly.value)
    if isinstance(message, bytes):
        return "type changed: text came back binary"
    return "type changed: binary came back text"


def summaryLines(url: str, statistics: Statistics) -> list[str]:
    """
    @return: What it comes to.
    """
    sent, lost, times = statistics.sent, statistics.lost, statistics.roundTrips
    percent = 100 * lost.count / sent if sent else 0.0
    counts = f"{sent} sent, {statistics.received} received, {lost.count} lost"
    lines = [f"--- {printable(url)} ---", f"{counts} ({percent:.1f} %)"]
    if times.count:
        values = (times.minimum, times.mean, times.maximum, times.deviation)
        text = "/".join(f"{each / 1e6:.3f}" for each in values)
        lines.append(f"round trip min/avg/max/stddev = {text} ms")
    wrong = {each.value: tally for each, tally in statistics.anomalies.items()}
    if lost.count:
        wrong["lost"] = lost
    if wrong:
        lines.append("; ".join(_tallied(name, wrong[name]) for name in wrong))
    return lines


def _tallied(name: str, tally: Tally) -> str:
    text = f"{name}: {tally.count}"
    return f"{text} (seq {_listed(tally.seqs, tally.count)})" if tally.seqs else text


def _listed(seqs: Sequence[int], count: int) -> str:
    text = ", ".join(map(str, seqs[:NAMED]))
    return text if count <= NAMED else f"{text}, ..."


class Report:
    """
    Tells a person what happens, as it happens.

    @ivar broken: Why nothing can be written to standard output any more, if so.
    """

    broken: OSError | None = None

    def __init__(
        self, stdout: TextIO, stderr: TextIO, onBroken: Callable[[], None]
    ) -> None:
        """
        @param stdout: Where the data go.

        @param stderr: Where the diagnostics go.

        @param onBroken: Called when nobody reads the data any more.
        """
        self._stdout = stdout
        self._stderr = stderr
        self._onBroken = onBroken

    def data(self, line: str) -> None:
        """
        Write a line of data.
        """
        if self.broken is not None:
            return
        try:
            self._stdout.write(f"{line}\n")
            self._stdout.flush()
        except OSError as error:
            self.broken = error
            if self.failed:
                self.diagnostic(f"cannot write: {error.strerror}")
            self._onBroken()

    @property
    def failed(self) -> bool:
        """
        Whether data are missing that somebody still wanted to read.
        """
        return self.broken is not None and not isinstance(self.broken, BrokenPipeError)

    def diagnostic(self, text: str) -> None:
        """
        Write a line of diagnostics; if that is impossible, so be it.
        """
        try:
            self._stderr.write(f"echo-client: {text}\n")
            self._stderr.flush()
        except OSError:
            pass

    def connected(self, connection: Connection) -> None:
        """
        The connection is open.
        """
        opening = connection.opening
        text = (
            f"connected to {printable(connection.url)} ({printable(connection.peer)})"
            f" in {1e3 * (opening.transport + opening.handshake):.2f} ms"
        )
        if connection.subprotocol is not None:
            text += f", subprotocol {printable(connection.subprotocol)}"
        self.diagnostic(text)

    def arrived(self, echo: Echo, message: str | bytes) -> None:
        """
        A message came.
        """
        self.data(receivedLine(echo, message))
        if echo.corrects:
            self.diagnostic(
                f"seq={echo.seq} came back after all: what came before it was not sent"
            )
        for anomaly in echo.anomalies:
            if echo.seq is None:
                self.diagnostic(f"a message came that was not sent: {shown(message)}")
            else:
                self.diagnostic(f"seq={echo.seq} came back {_HOW[anomaly]}")

    def gaveUp(self, seqs: Sequence[int]) -> None:
        """
        Messages are lost.
        """
        self.diagnostic(f"lost: seq {_listed(seqs, len(seqs))}")

    def ended(self, outcome: Outcome) -> None:
        """
        The connection is gone.
        """
        end = outcome.end
        if not isinstance(end, ConnectionClosed):
            self.diagnostic(str(end))
        elif outcome.byPeer:
            who = "connection lost" if end.code == ABNORMAL else "closed by the server"
            self.diagnostic(f"{who}: {closeText(end.code, end.reason)}")
        elif end.code == ABNORMAL:
            self.diagnostic(f"closed by us: {printable(end.reason)}")
        else:
            self.diagnostic(
                f"closed by us, answered with {closeText(end.code, end.reason)}"
            )
        if outcome.byPeer and not outcome.complete:
            self.diagnostic("not all messages were sent")

    def summary(self, url: str, statistics: Statistics) -> None:
        """
        Write what it comes to.
        """
        for line in summaryLines(url, statistics):
            self.data(line)


_HOW = {
    Anomaly.ALTERED: "altered",
    Anomaly.TYPE_CHANGED: "with its type changed",
    Anomaly.TWICE: "twice",
    Anomaly.OUT_OF_ORDER: "out of order",
    Anomaly.LATE: "late: it counts as lost",
}
