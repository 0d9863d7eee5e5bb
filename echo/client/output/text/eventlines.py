"""
The lines of single events, as text for people. Texts of a peer are escaped.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from echo.client.close import ABNORMAL, Close
from echo.client.measure.events import Progress
from echo.client.measure.matching import Anomaly, Echo
from echo.client.measure.statistics import NAMED
from echo.client.measure.summary import Outage, Step
from echo.client.transport.phases import Phases
from echo.printable import messageText, printable


def receivedLine(echo: Echo, message: str | bytes) -> str:
    words = [f"Received: {messageText(message)}"]
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


def phasesText(phases: Phases) -> str:
    seconds = {
        "DNS": phases.dns,
        phases.via: phases.connect,
        "proxy": phases.proxy,
        "TLS": phases.tls,
        "upgrade": phases.upgrade,
    }
    listed = ", ".join(
        f"{name} {1e3 * each:.2f}" for name, each in seconds.items() if each is not None
    )
    return f"{1e3 * phases.total:.2f} ms ({listed})"


def seqsText(seqs: Sequence[int], count: int) -> str:
    text = ", ".join(map(str, seqs[:NAMED]))
    return text if count <= NAMED else f"{text}, ..."


def outageLine(outage: Outage) -> str:
    instant = datetime.fromtimestamp(outage.when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lasting = "to the end" if outage.seconds is None else f"for {outage.seconds:.2f} s"
    return (
        f"outage at {outage.at:.2f} s ({instant}) {lasting}:"
        f" {Close(outage.code, outage.reason)},"
        f" {outage.lost} lost, {outage.skipped} not sent,"
        f" {outage.attempts} attempt{'' if outage.attempts == 1 else 's'}"
    )


def stepLine(step: Step) -> str:
    times = step.roundTrips
    counts = f"{_size(step.size)}: {times.count} of {step.sent}"
    if step.throughput is None:
        return f"{counts}, no round trip"
    values = (times.minimum, times.mean, times.percentile(50), times.maximum)
    text = "/".join(f"{each / 1e6:.3f}" for each in values)
    return f"{counts}, min/avg/p50/max = {text} ms, {step.throughput / 2**20:.2f} MiB/s"


def _size(size: int) -> str:
    for unit, name in ((2**20, "m"), (2**10, "k")):
        if size >= unit and size % unit == 0:
            return f"{size // unit}{name}"
    return str(size)


def progressLine(progress: Progress) -> str:
    latest = ""
    if progress.p50 is not None and progress.p99 is not None:
        latest = f", p50/p99 = {joined((progress.p50, progress.p99))} ms"
    return (
        f"{progress.seconds:.0f} s: {progress.open} open, {progress.failed} failed,"
        f" {progress.sent} sent, {progress.received} received, {progress.lost} lost,"
        f" {progress.rate:.1f}/s{latest}"
    )


def joined(nanoseconds: Iterable[float]) -> str:
    return "/".join(f"{each / 1e6:.3f}" for each in nanoseconds)


def endText(code: int, reason: str, byPeer: bool) -> str:
    if byPeer and code == ABNORMAL:
        return f"connection lost: {Close(code, reason)}"
    if byPeer:
        return f"closed by the server: {Close(code, reason)}"
    if code == ABNORMAL:
        return f"closed by us: {printable(reason)}"
    return f"closed by us, answered with {Close(code, reason)}"
