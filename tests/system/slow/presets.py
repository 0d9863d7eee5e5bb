"""
The presets of the console: whether the daemon does what their sentences say.
"""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from twisted.trial.unittest import SynchronousTestCase
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from echo import server
from echo.testing import echoServer

_PRESET = re.compile(r'name: "([^"]+)",\s+query: "([^"]+)",')


def presets() -> dict[str, str]:
    """
    @return: The queries by name.
    """
    source = Path(*server.__path__, "console", "presets.js").read_text("utf-8")
    return dict(_PRESET.findall(source))


def roundTrip(connection: ClientConnection, message: str) -> float:
    """
    @return: The seconds until the echo came.
    """
    began = time.monotonic()
    connection.send(message)
    assert connection.recv(timeout=20) == message
    return time.monotonic() - began


def end(connection: ClientConnection) -> tuple[int, str, bool]:
    """
    @return: The close code, the reason, and whether the server sent a close frame.
    """
    try:
        while True:
            connection.recv(timeout=20)
    except ConnectionClosed as closed:
        frame = closed.rcvd
        return (frame.code, frame.reason, True) if frame else (1006, "", False)


def ending(
    seconds: float, *expected: object
) -> Callable[[SynchronousTestCase, ClientConnection], None]:
    """
    @return: Asserts that the connection ends so, at this time, with messages or
        without.
    """

    def check(test: SynchronousTestCase, connection: ClientConnection) -> None:
        began = time.monotonic()
        roundTrip(connection, "hello")
        test.assertEqual(end(connection), expected)
        test.assertApproximates(time.monotonic() - began, seconds, 1)

    return check


def isFlaky(test: SynchronousTestCase, connection: ClientConnection) -> None:
    began = time.monotonic()
    times = [roundTrip(connection, "hello") for _ in range(10)]
    test.assertGreaterEqual(min(times), 0.15)
    test.assertLess(max(times), 0.7)
    test.assertGreater(max(times) - min(times), 0.05)
    test.assertEqual(end(connection), (1006, "", False))
    test.assertApproximates(time.monotonic() - began, 10, 1)


def limitsMessages(test: SynchronousTestCase, connection: ClientConnection) -> None:
    for _ in range(5):
        roundTrip(connection, "hello")
    test.assertEqual(end(connection), (1008, "rate limit", True))


def readsSlowly(test: SynchronousTestCase, connection: ClientConnection) -> None:
    test.assertApproximates(roundTrip(connection, "x" * 4096), 4, 1)


def isSlow(test: SynchronousTestCase, connection: ClientConnection) -> None:
    test.assertApproximates(roundTrip(connection, "hello"), 3, 0.5)


def isDead(test: SynchronousTestCase, connection: ClientConnection) -> None:
    connection.send("hello")
    pong = connection.ping()
    with test.assertRaises(TimeoutError):
        connection.recv(timeout=2)
    test.assertFalse(pong.is_set())
    connection.send("still open")


def losesAndDoubles(test: SynchronousTestCase, connection: ClientConnection) -> None:
    for number in range(2000):
        connection.send(str(number))
    received: list[str | bytes] = []
    with test.assertRaises(TimeoutError):
        while True:
            received.append(connection.recv(timeout=2))
    counts = [received.count(str(number)) for number in range(2000)]
    test.assertApproximates(counts.count(0), 200, 80)
    test.assertApproximates(counts.count(2), 180, 80)
    test.assertLessEqual(max(counts), 2)


def isFeed(test: SynchronousTestCase, connection: ClientConnection) -> None:
    began = time.monotonic()
    for _ in range(20):
        connection.recv(timeout=5)
    test.assertApproximates(time.monotonic() - began, 2, 0.5)


_CHECKS = {
    "Flaky mobile": isFlaky,
    "Server restarts": ending(5, 1012, "restart", True),
    "Token expired": ending(5, 4001, "token expired", True),
    "Rate limit": limitsMessages,
    "Slow reader": readsSlowly,
    "Slow server": isSlow,
    "Dead peer": isDead,
    "Proxy idle cut": ending(10, 1006, "", False),
    "Lossy broker": losesAndDoubles,
    "Live feed": isFeed,
}


class PresetTests(SynchronousTestCase):
    """
    A connection for each preset, all at the same time.
    """

    def test_allDoWhatTheySay(self) -> None:
        queries = presets()
        refusal = queries.pop("Overload")
        self.assertEqual(set(queries), set(_CHECKS))
        with echoServer() as socket, ThreadPoolExecutor(len(queries)) as threads:
            with self.assertRaises(InvalidStatus) as raised:
                connect(f"{socket}?{refusal}", proxy=None)
            self.assertEqual(raised.exception.response.status_code, 503)

            def check(name: str) -> None:
                url = f"{socket}?{quote(queries[name], safe='=&/')}"
                with connect(
                    url, proxy=None, ping_interval=None, close_timeout=1
                ) as connection:
                    _CHECKS[name](self, connection)

            for done in [threads.submit(check, name) for name in queries]:
                done.result()
