"""
Many messages.
"""

import select
import socket
from typing import BinaryIO

from tests.kit.frames import serverClose
from tests.kit.processes import until
from tests.kit.servers import (
    ScriptedServer,
    Step,
    acceptUpgrade,
    inTurn,
    receive,
    send,
)
from tests.system.console.browser import ConsoleTestCase

_PONG = 0xA


#: Counts the frames that the page draws after the first message.
_FRAMES = """
window.seen = 0;
const count = () => {
    if (echoConsole.session.received) seen++;
    requestAnimationFrame(count);
};
count();
"""


def flooding(pushed: list[int], most: int) -> Step:
    """
    @param pushed: Is told how many messages were sent, batch by batch.

    @return: A step that sends ten thousand messages a second until the client says
        something, or that many were sent. A browser that takes fewer gets fewer: a
        pong says that it has taken what was sent before the ping.
    """
    batch = (b"\x81\x64" + b"x" * 100) * 128 + b"\x89\x00"

    def act(connection: socket.socket) -> None:
        told = False
        with connection.makefile("rb") as stream:
            while not told and sum(pushed) < most:
                connection.sendall(batch)
                pushed.append(128)
                while opcode(stream) != _PONG:
                    told = True
                select.select([], [], [], 0.01)

    return act


def opcode(stream: BinaryIO) -> int:
    """
    Read a short frame of a client's.

    @return: What it is.
    """
    first, second = stream.read(2)
    mask = 4
    stream.read(mask + (second & 0x7F))
    return int(first) & 0x0F


class VolumeTests(ConsoleTestCase):
    """
    100,000 rows, and 10,000 messages a second.
    """

    def test_onlyRowsInSightAreDrawn(self) -> None:
        """
        All 100,000 messages are in the log.
        """
        frames = b"".join(b"\x81\x06%06d" % number for number in range(100_000))
        server = ScriptedServer(self, inTurn(acceptUpgrade, send(frames), receive))
        self.visit()
        self.connect(server.url)
        for count in range(10_000, 100_001, 10_000):  # each may take a while
            until(lambda: self.statistic("received") >= count, f"{count} messages")  # noqa: B023  called at once
        self.assertGreater(self.script("return echoConsole.log.length"), 100_000)
        until(lambda: "099999" in self.payloads(), "the last one")
        self.scroll("0")
        until(lambda: "000000" in self.payloads(), "the first one")
        self.assertNotIn("099999", self.payloads())
        self.scroll("log.scrollHeight / 2")
        until(lambda: self.payloads()[0][:2] in ("04", "05"), "one in the middle")
        self.scroll("log.scrollHeight")
        until(lambda: "099999" in self.payloads(), "the last one")
        nodes = self.script('return document.querySelectorAll("#log *").length')
        self.assertLess(nodes, 500)
        self.assertEqual(
            int(self.find("log").get_attribute("aria-rowcount") or 0),
            self.script("return echoConsole.log.length") + 1,  # its header
        )

    def scroll(self, position: str) -> None:
        self.script(
            f'const log = document.getElementById("log");log.scrollTop = {position}'
        )

    def test_floodDoesNotFreezePage(self) -> None:
        """
        The page draws at least once per 1,000 messages, and takes clicks, while 10,000
        messages a second arrive, or as many as the browser reads. It counts all of
        them.
        """
        pushed: list[int] = []
        flood = flooding(pushed, 200_000)
        server = ScriptedServer(
            self,
            inTurn(acceptUpgrade, receive, flood, send(serverClose(1000)), receive),
        )
        self.visit()
        self.connect(server.url)
        self.script(_FRAMES)
        self.send("begin")
        until(lambda: self.statistic("received") >= 10_000, "many messages")
        frames, taken = self.script("return [seen, echoConsole.session.received]")
        self.assertGreater(frames, taken / 1000)
        self.click("pause")
        self.assertEqual(self.find("pause").get_attribute("aria-pressed"), "true")
        self.send("enough")
        self.until("closed")
        count = sum(pushed)
        self.assertIn("1000", self.text("state"))
        self.assertLess(count, 200_000, "the flood ended before the page was heard")
        self.counted(received=count)
