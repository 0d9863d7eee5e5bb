"""
The daemon's log, for programs.
"""

import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from websockets.sync.client import connect

from tests.kit.processes import DaemonProcess, until

OBSERVER = """
import json, sys
from twisted.logger import ILogObserver, formatEvent
from zope.interface import implementer

@implementer(ILogObserver)
class Observer:
    def __call__(self, event):
        if "event" in event:
            fields = {each: event.get(each) for each in ("peer", "code", "reason")}
            line = f"{formatEvent(event)} {json.dumps(fields)}"
            # Twisted logs the lines that are written to sys.stdout.
            print(line, file=sys.__stdout__, flush=True)
"""


class LogTests(SynchronousTestCase):
    """
    A conversation that ends with a hostile close reason.
    """

    reason = 'bye" by us, code: 1000\u2028{peer}'

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()

    def serve(self, *runner: str, **options: Any) -> DaemonProcess:
        """
        @return: A daemon after the conversation.
        """
        daemon = DaemonProcess(
            self.directory,
            *("--listen", "tcp:0:interface=127.0.0.1"),
            runner=runner,
            **options,
        )
        self.addCleanup(daemon.end)
        port = daemon.logged(r"ws://127.0.0.1:(\d+)/socket")[1]
        with connect(f"ws://127.0.0.1:{port}/socket", proxy=None) as client:
            client.send("Hello")
            client.recv()
            self.peer = "{}:{}".format(*client.local_address)
            client.close(4001, self.reason)
        return daemon

    def test_jsonHasFields(self) -> None:
        """
        C{twist --log-format=json}.
        """
        daemon = self.serve("twist", "--log-format=json")

        def look() -> dict[str, Any]:
            lines = daemon.log.split("\n")[:-1]
            events = [json.loads(line.lstrip("\x1e")) for line in lines]
            return {event["event"]: event for event in events if "event" in event}

        closed = until(lambda: look().get("closed"), "the end of the conversation")
        opened = look()["opened"]
        for event in (opened, closed):
            self.assertEqual(event["peer"], self.peer)
            self.assertEqual(event["connection"], opened["connection"])
        self.assertEqual(
            (closed["code"], closed["reason"], closed["by"]),
            (4001, self.reason, "peer"),
        )
        self.assertEqual(closed["messages"], {"received": 1, "sent": 1})
        self.assertEqual(closed["bytes"], {"received": 5, "sent": 5})
        self.assertGreater(closed["seconds"], 0)

    def test_observerGetsFields(self) -> None:
        """
        C{twistd --logger}.
        """
        (self.directory / "observing.py").write_text(OBSERVER)
        daemon = self.serve(
            *("twistd", "--nodaemon", "--pidfile=", "--logger", "observing.Observer"),
            prelude=f"sys.path.insert(0, {str(self.directory)!r})",
        )
        shown = json.dumps(self.reason)[1:-1]
        line = daemon.logged("Closed (?P<peer>.*): 4001 (?P<text>.*) (?P<fields>{.*})")
        self.assertEqual(
            json.loads(line["fields"]),
            {"peer": self.peer, "code": 4001, "reason": self.reason},
        )
        self.assertEqual(line["peer"], self.peer)
        self.assertTrue(line["text"].startswith(f'"{shown}" by the peer after '), line)
