"""
The console page, in a real browser, with the daemon as a process of its own.
"""

import json
import os
import select
import signal
import socket
import threading
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from unittest import SkipTest
from urllib.error import HTTPError
from urllib.parse import parse_qsl
from urllib.request import urlopen

from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.kit.axe import MISSING as NO_AXE
from tests.kit.axe import violations
from tests.kit.browser import FAILED, ConsoleTestCase
from tests.kit.frames import serverClose
from tests.kit.processes import DaemonProcess, freePort, until
from tests.kit.servers import (
    HELLO,
    ScriptedServer,
    Step,
    acceptUpgrade,
    inTurn,
    readNothing,
    receive,
    send,
    waitFor,
)

_IMAGE = "<img src=x onerror='window.pwned = 1'>"

_PONG = 0xA

#: What every session takes.
_CONTROLS = ("url", "connect", "message", "send", "close", "search", "pause", "save")

#: What an address can set, and what it had better not.
_FIELD_NAMES = (
    "url",
    "subprotocols",
    "delay",
    "abort",
    "reason",
    "kind",
    "send",
    "every",
    "closeCode",
    "closeReason",
    "search",
    "show",
    "__proto__",
    "constructor",
)

_FIELDS = """
const fields = document.querySelectorAll("#connection input, #closing input");
return Object.fromEntries([...fields].map(field =>
    [field.id, field.type === "checkbox" ? field.checked : field.value]));
"""

#: All that was sent, drawn or not.
_SENT = """
const {log} = echoConsole;
return Array.from({length: log.length}, (_, index) => log.entries(index))
    .filter(entry => entry.direction === "sent").map(entry => entry.payload);
"""

#: How many pixels of the chart are neither black, nor white, nor grey.
_COLOURED = """
const chart = document.getElementById("chart");
const {data} = chart.getContext("2d").getImageData(0, 0, chart.width, chart.height);
let coloured = 0;
for (let at = 0; at < data.length; at += 4) {
    const colour = data.subarray(at, at + 3);
    const isSolid = data[at + 3] > 200;
    if (isSolid && Math.max(...colour) - Math.min(...colour) > 80) coloured++;
}
return coloured;
"""

_CLICK = """
for (const name of arguments) document.getElementById(name).click();
"""

#: Has the daemon say that it does this.
_APPLIED = """
const [applied] = arguments;
window.asked = undefined;
window.fetch = async url => {
    window.asked = url;
    return {json: async () => ({applied})};
};
"""

#: Has the answer to plain HTTP be a redirect, slow, lost, or without an end.
_ANSWERS = """
const [kind] = arguments;
window.given = 0;
window.isCancelled = false;
const piece = new TextEncoder().encode("x".repeat(1024));
const endless = () => new ReadableStream({
    pull: controller => { given++; controller.enqueue(piece); },
    cancel: () => { isCancelled = true; },
});
const headers = {"Content-Type": "text/plain"};
window.fetch = async () => {
    if (kind === "slow") throw new DOMException("", "TimeoutError");
    if (kind === "lost") throw new TypeError("");
    if (kind === "endless") return new Response(endless(), {status: 502, headers});
    return {type: "opaqueredirect", status: 0, headers: new Headers(), body: null};
};
"""

_SELECTED = """
return document.querySelector('#log [aria-selected="true"]')?.textContent
"""

#: Keeps what is told to those who listen.
_HEAR = """
const news = document.getElementById("news");
window.heard = [];
const hear = () => heard.push(news.textContent);
new MutationObserver(hear).observe(news, {childList: true});
"""

#: JSON that a parser would not give back.
_JSON = r"""{"id": 9007199254740993,"b":1.0, "b" : [ ],
 "c": [1e2,{}, "x, {y}: \" [z]  \\"]}"""

_INDENTED = r"""{
  "id": 9007199254740993,
  "b": 1.0,
  "b": [],
  "c": [
    1e2,
    {},
    "x, {y}: \" [z]  \\"
  ]
}"""

_CLIPBOARD = """
const done = arguments[0];
const look = async () => {
    const text = await navigator.clipboard.readText();
    if (text) navigator.clipboard.writeText("").then(() => done(text));
    else setTimeout(look, 10);
};
look();
"""

#: What can have the focus, in the order of the document.
_FOCUSABLE = """
const focusable = document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]");
return [...focusable].filter(it => !it.disabled && it.tabIndex >= 0 &&
    it.checkVisibility({visibilityProperty: true})).map(it => it.id || it.localName);
"""

_OUTLINED = """
const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== "none" || style.boxShadow !== "none";
"""

_CLEAR = """
const {bottom} = document.querySelector("header").getBoundingClientRect();
return document.activeElement.getBoundingClientRect().bottom > bottom;
"""

_IN_SIGHT = """
const element = document.getElementById(arguments[0]);
const {top, bottom, height} = element.getBoundingClientRect();
return height > 0 && top >= 0 && bottom <= innerHeight;
"""

#: Whether the second begins below the end of the first.
_APART = """
const [upper, lower] = [...arguments].map(name =>
    document.getElementById(name).getBoundingClientRect());
return upper.bottom <= lower.top;
"""

#: Whether that row is on the screen, below the state of the connection.
_ACTIVE_ON_SCREEN = """
const log = document.getElementById("log");
const row = document.getElementById(log.getAttribute("aria-activedescendant"));
if (!row) return false;
const {top, bottom} = row.getBoundingClientRect();
const {bottom: bar} = document.querySelector("header").getBoundingClientRect();
return top >= bar - 1 && bottom <= innerHeight + 1;
"""

#: Whether the row that the log says is active can be seen.
_ACTIVE_IN_SIGHT = """
const log = document.getElementById("log");
const row = document.getElementById(log.getAttribute("aria-activedescendant"));
if (!row) return false;
const {top, bottom} = row.getBoundingClientRect();
const head = log.querySelector(".head");
const isThere = getComputedStyle(head).position === "sticky";
const edge = isThere ? head.getBoundingClientRect().bottom :
    log.getBoundingClientRect().top;
return top >= edge - 1 && bottom <= log.getBoundingClientRect().bottom;
"""

_OPEN_KNOBS = 'document.getElementById("knobs").open = true'

#: Figures of the longest kind, in a page that counts nothing.
_LONG_FIGURES = """
for (const name of ["sent", "received", "waiting"]) {
    document.getElementById(`stat-${name}`).textContent = "100,000";
}
for (const name of ["min", "median", "p99", "max"]) {
    document.getElementById(`stat-${name}`).textContent = "12345 ms";
}
"""

#: How many pairs of such elements are on each other, with what is in them.
_OVERLAPS = """
const boxes = [...document.querySelectorAll(arguments[0])].map(element => {
    if (element.localName === "input") return element.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
});
let overlaps = 0;
for (const [index, one] of boxes.entries()) {
    for (const other of boxes.slice(index + 1)) {
        const isBeside = one.right <= other.left || other.right <= one.left;
        const isApart = one.bottom <= other.top || other.bottom <= one.top;
        if (!isBeside && !isApart) overlaps++;
    }
}
return overlaps;
"""

#: How many pixels are drawn at the lower edge of the chart, where nothing ends.
_CUT = """
const chart = document.getElementById("chart");
const edge = chart.getContext("2d").getImageData(0, chart.height - 1, chart.width, 1);
return edge.data.filter(each => each > 0).length;
"""

_EXTENT = """
const {scrollWidth, clientWidth, scrollHeight} = document.documentElement;
return {scrollWidth, clientWidth, scrollHeight};
"""

#: Leaves the details so much room, and the log the rest; it has to scroll for that
#: before it is told of its new size.
_ROOM = """
document.getElementById("details").style.maxHeight = arguments[0];
return document.getElementById("log").scrollTop;
"""

_PANE = """
const {scrollWidth, clientWidth} = document.querySelector(".controls");
return {scrollWidth, clientWidth};
"""

#: Counts how often the page is drawn, from the first message on.
_FRAMES = """
window.seen = 0;
const count = () => {
    if (echoConsole.session.received) seen++;
    requestAnimationFrame(count);
};
count();
"""

#: Says all of it, one after the other; in between, time passes in no time.
_MINUTE = """
const [story, done] = arguments;
const find = name => document.getElementById(name);
const now = performance.now.bind(performance);
const {session} = echoConsole;
let passed = 0;
performance.now = () => now() + passed;
const turn = () => {
    setTimeout(session.sent === story.length ? done : turn, 5);
    if (session.received < session.sent) return;  // in threes
    passed += 1400;
    for (const message of story.slice(session.sent, session.sent + 3)) {
        [find("kind").value, find("message").value] = message;
        find("send").click();
    }
};
turn();
"""

#: What a client might have to say: kinds and messages.
_STORY = [
    message
    for number in range(1, 41)
    for message in (
        ("text", f'{{"id": {number}, "method": "quote", "params": ["EUR"]}}'),
        ("hex", f"08 {number:02x} 12 07 58 45 54 52 41 2d 46"),
        ("text", f"Grüße aus Köln, zum {number}. Mal"),
    )
]


class ConversationTests(ConsoleTestCase):
    """
    To send, and to see what comes back.
    """

    def setUp(self) -> None:
        """
        Be connected.
        """
        super().setUp()
        self.visit()
        self.connect()

    def assertEchoed(self, *messages: tuple[str, str, str]) -> None:
        """
        Assert that messages were sent, and came back: types, sizes and payloads.
        """
        self.counted(sent=len(messages), received=len(messages), waiting=0)
        for direction in ("sent", "received"):
            rows = self.rows(direction)
            shown = [
                (row["type"], row["cells"]["size"], row["cells"]["payload"])
                for row in rows
            ]
            self.assertEqual(shown, list(messages))
        for row in self.rows("received"):
            self.assertRegex(row["cells"]["rtt"], r"^\d+(\.\d+)?( ms)?$")

    def test_text(self) -> None:
        """
        Text, however foreign, and none at all.
        """
        for message in ("hello", "Grüße, 世界 👋", ""):
            self.send(message)
        self.assertEchoed(
            ("text", "5", "hello"),
            ("text", "20", "Grüße, 世界 👋"),
            ("text", "0", ""),
        )

    def test_hex(self) -> None:
        """
        Octets, by their digits.
        """
        self.send("00 ff 80", kind="hex")
        self.assertEchoed(("binary", "3", "00 ff 80"))

    def test_badHex(self) -> None:
        """
        What is no hex is not sent, and the page says why.
        """
        for message in ("0", "no", "0x", "0x4 0x5", "4 8 6 5"):
            self.send("00", kind="hex")
            self.send(message, kind="hex")
            until(lambda: "hex" in self.text("send-error"), "why not")
        self.counted(sent=5, received=5)
        self.send("0x48 65,6c:6c6f", kind="hex")
        self.counted(received=6)
        self.assertEqual(self.payloads("received"), ["00"] * 5 + ["48 65 6c 6c 6f"])
        self.assertEqual(self.text("send-error"), "")

    def test_file(self) -> None:
        """
        A file is sent as it is.
        """
        path = Path(self.mktemp()).absolute()
        path.write_bytes(bytes(range(16)))
        self.fill("kind", "file")
        self.find("file").send_keys(str(path))
        self.click("send")
        self.assertEchoed(("binary", "16", bytes(range(16)).hex(" ")))

    def test_statistics(self) -> None:
        """
        The round trips are in order.
        """
        for number in range(5):
            self.send(str(number))
        self.counted(sent=5, received=5)
        shown = [self.statistic(name) for name in ("min", "median", "p99", "max")]
        self.assertEqual(shown, sorted(shown))
        self.assertGreaterEqual(shown[0], 0)

    def test_details(self) -> None:
        """
        A message that is selected is shown in whole.
        """
        message = "".join(f"{number} " for number in range(2000)).strip()
        self.send(message)
        self.counted(received=1)
        self.select(1)
        until(lambda: message in self.text("details"), "the whole message")

    def test_selected(self) -> None:
        """
        The row that was selected stays in sight, whatever room its message takes.
        """
        for number in range(4):
            self.send(str(number))
        self.counted(received=4)
        self.select(0)
        until(lambda: self.find("details").is_displayed(), "the message")
        self.settle()
        selected = self.script(_SELECTED)
        self.assertIsNotNone(selected)
        self.assertIn("open", selected)

    def test_detailsInSight(self) -> None:
        """
        A message that is selected can be read at once, also on low screens.
        """
        for number in range(20):
            self.send(str(number))
        self.counted(received=20)
        for width, height in ((1280, 800), (1280, 650), (360, 800)):
            self.resize(width, height)
            self.settle()
            self.select(2)
            until(lambda: self.script(_IN_SIGHT, "details-payload"), "the message")
            self.assertTrue(self.script(_APART, "log", "details"), (width, height))
            self.keys(Keys.ESCAPE)

    def test_chart(self) -> None:
        """
        Round trips are drawn in colour, light and dark, and said in words.
        """
        self.assertEqual(self.script(_COLOURED), 0)
        for number in range(3):
            self.send(str(number))
        self.counted(received=3)
        for scheme in ("dark", "light"):
            self.prefer(scheme)
            until(lambda: self.script(_COLOURED), "round trips to be drawn")
        until(
            lambda: "3 round trips" in (self.find("chart").accessible_name or ""),
            "numbers in its label",
        )

    def test_chartAnew(self) -> None:
        """
        The chart begins anew with the conversation, as the figures do.
        """
        self.send("hello")
        self.counted(received=1)
        until(lambda: self.script(_COLOURED), "a round trip to be drawn")
        self.click("connect")
        self.until("closed")
        self.connect()
        until(lambda: not self.script(_COLOURED), "it to be gone")
        self.assertEqual(self.find("chart").accessible_name, "No round trips yet")
        self.counted(received=0)

    def test_repeat(self) -> None:
        """
        A message goes out again and again, with its number in it, until stopped.
        """
        self.fill("message", "number {n}")
        self.fill("every", "50")
        self.click("repeat")
        self.assertEqual(self.find("repeat").get_attribute("aria-pressed"), "true")
        self.assertEqual(self.text("repeat").split()[-1], "Stop")
        until(lambda: self.statistic("received") >= 3, "three of them")
        self.click("repeat")
        self.assertEqual(self.find("repeat").get_attribute("aria-pressed"), "false")
        self.assertEqual(self.text("repeat"), "Repeat")
        count = self.script("return echoConsole.session.sent")
        self.counted(received=count, sent=count)
        expected = [f"number {number}" for number in range(1, count + 1)]
        self.assertEqual(self.script(_SENT), expected)

    def test_repeatChanged(self) -> None:
        """
        What goes out again and again is what is in the fields: it stops once they
        are changed.
        """
        for name, value in {"message": "another", "every": "60000"}.items():
            self.click("repeat")
            self.pressed("true")
            self.fill(name, value)
            self.pressed("false")
            self.assertIn("changed", self.text("send-error"))

    def test_repeatAnotherLink(self) -> None:
        """
        It also stops when the address sets up something else.
        """
        self.fill("every", "60000")
        self.click("repeat")
        self.pressed("true")
        self.script('location.hash = "#send=another"')
        self.pressed("false")
        self.assertIn("changed", self.text("send-error"))

    def test_repeatUnconnected(self) -> None:
        """
        Where the first message cannot go, no others are announced.
        """
        self.click("connect")
        self.until("closed")
        self.click("repeat")
        until(lambda: self.text("send-error") == "Not connected.", "why not")
        self.pressed("false")

    def test_badEvery(self) -> None:
        """
        Without a time that makes sense nothing is repeated; a message goes all the
        same.
        """
        for every in ("", "0", "-5", "3600001"):
            self.fill("every", every)
            self.click("send")
            until(lambda: self.text("send-error") == "", "no objection")
            self.click("repeat")
            until(lambda: "1 to 3,600,000" in self.text("send-error"), "why not")
            self.pressed("false")
        self.counted(sent=4, received=4)

    def pressed(self, expected: str) -> None:
        """
        Wait for the button that repeats to be pressed, or not.
        """
        until(
            lambda: self.find("repeat").get_attribute("aria-pressed") == expected,
            f"aria-pressed to be {expected}",
        )

    def test_firstMessage(self) -> None:
        """
        There is something to be sent before anybody has thought of anything; the
        address need not say so.
        """
        self.click("send")
        self.assertEchoed(("text", "7", "Hello 1"))
        self.assertEqual(self.script("return location.hash"), "")


class KnobTests(ConsoleTestCase):
    """
    Behaviours, asked for by the page's fields.
    """

    def setUp(self) -> None:
        """
        See the page.
        """
        super().setUp()
        self.visit()

    def test_repeat(self) -> None:
        """
        Every message comes back three times. The target says so before anything is
        connected.
        """
        self.fill("knob-repeat", "3")
        self.assertEqual(self.text("target"), f"{self.socket}?repeat=3")
        self.connect()
        self.send("hello")
        self.counted(sent=1, received=3, waiting=0)
        self.assertEqual(self.payloads("received"), ["hello"] * 3)

    def test_delay(self) -> None:
        """
        The round trip is at least as long as the delay that was asked for.
        """
        self.connect(delay="300ms")
        self.send("hello")
        self.counted(received=1)
        self.assertGreaterEqual(self.statistic("min"), 300)

    def test_tick(self) -> None:
        """
        Messages that nobody asked for are shown, and are no echoes.
        """
        self.connect(tick="50ms")
        until(lambda: self.statistic("received") >= 3, "three of them")
        self.assertEqual(self.statistic("sent"), 0)
        self.assertEqual({row["cells"]["rtt"] for row in self.rows("received")}, {""})

    def test_drop(self) -> None:
        """
        A message that does not come back is waited for.
        """
        self.connect(drop="1", tick="50ms")
        self.send("hello")
        until(lambda: self.statistic("received") >= 1, "the daemon to answer at all")
        self.counted(sent=1, waiting=1)

    def trips(self, direction: str) -> list[str]:
        """
        @return: The round trips that are shown with messages of that direction.
        """
        return [row["cells"]["rtt"] for row in self.rows(direction)]

    def test_copiesOfIdentical(self) -> None:
        """
        Where messages come back more than once, an echo of a content that was sent
        twice may be that of either: it has no round trip. Others have one.
        """
        self.resize(1280, 1600)  # all rows are in sight
        self.connect(repeat="3", delay="200ms")
        self.fill("message", "same")
        self.script(_CLICK, *["send"] * 3)
        self.send("other")
        self.counted(sent=4, received=12)
        until(lambda: len(self.rows()) == 17, "all of them")
        self.assertEqual(self.trips("sent")[:3], ["", "", ""])
        self.assertRegex(self.trips("sent")[3], "ms$")
        self.assertEqual(self.trips("received")[:9], [""] * 9)
        self.assertEqual(self.trips("received")[10:], ["", ""])
        self.assertGreaterEqual(self.statistic("min"), 200)
        self.assertEqual(self.statistic("min"), self.statistic("max"))
        self.assertEqual(self.text("stat-waiting"), "≥ 0")

    def test_sentAgain(self) -> None:
        """
        What was answered while it was the only one of its content keeps its round
        trip; once it is sent again, there are no others.
        """
        self.connect(dup="1")
        self.send("same")
        self.counted(sent=1, received=2, waiting=0)
        self.assertEqual(self.text("stat-waiting"), "0")
        self.send("same")
        self.counted(sent=2, received=4)
        until(lambda: len(self.rows()) == 7, "all of them")
        self.assertRegex(self.trips("received")[0], "ms$")
        self.assertEqual(self.trips("received")[1:], ["", "", ""])
        self.assertRegex(self.trips("sent")[0], "ms$")
        self.assertEqual(self.trips("sent")[1:], [""])

    def test_waiting(self) -> None:
        """
        A message that has no answer yet says so, and when it is too late, that it
        has none. Of those of the same content nobody knows which one is answered.
        """
        self.connect(drop="1")
        for message in ("same", "same", "other"):
            self.send(message)
        self.counted(sent=3, waiting=3)
        until(lambda: self.trips("sent") == ["", "", "waiting"], "hope for one")
        self.click("connect")
        self.until("closed")
        until(lambda: self.trips("sent") == ["", "", "none"], "it to be in vain")
        until(lambda: self.text("stat-waiting") == "0", "none to be waited for")

    def test_detailsFollow(self) -> None:
        """
        The details of a message tell its round trip as soon as it has one.
        """
        answer = threading.Event()
        peer = ScriptedServer(
            self, inTurn(acceptUpgrade, waitFor(answer), send(HELLO), receive)
        )
        self.addCleanup(answer.set)
        self.connect(peer.url)
        self.send("Hello 1")
        until(lambda: self.rows("sent"), "it")
        self.select(0, "sent")
        until(self.find("details").is_displayed, "the details")
        self.assertNotIn("Round trip", self.text("details-facts"))
        answer.set()
        until(lambda: "Round trip" in self.text("details-facts"), "its round trip")

    def test_several(self) -> None:
        """
        Knobs are put together as a query that any client would take.
        """
        knobs = {"close": "4001", "reason": "a b&c", "after": "3"}
        for name, value in knobs.items():
            self.fill(f"knob-{name}", value)
        self.fill("knob-abort", True)
        self.fill("knob-abort", False)
        query = self.text("target").partition("?")[2]
        self.assertEqual(dict(parse_qsl(query)), knobs)
        self.connect()

    def test_refusedKnob(self) -> None:
        """
        A bad value is refused, and the page says it in the words of the daemon.
        """
        self.allowed = (rf"{FAILED}.*400", "status of 400")
        self.dial(delay="banana")
        self.until("closed")
        with self.assertRaises(HTTPError) as raised:
            urlopen(f"{self.page}socket?delay=banana")  # noqa: S310  it is our own
        line = raised.exception.read().decode().strip()
        raised.exception.close()
        self.assertIn("delay", line)
        until(lambda: line in self.text("close-meaning"), "the daemon's words")
        knob = self.find("knob-delay")
        until(knob.is_displayed, "the knob")
        self.assertEqual(knob.get_attribute("aria-invalid"), "true")
        self.fill("knob-delay", "1s")
        self.assertEqual(knob.get_attribute("aria-invalid"), "false")

    def test_blamed(self) -> None:
        """
        The knob that is to blame comes into sight, however far down it is; those
        who listen hear the reason with it, as long as it is to blame.
        """
        self.allowed = (rf"{FAILED}.*400", "status of 400")
        for name in ("status", "fragment"):
            self.script('document.getElementById("knobs").open = false')
            self.dial(**{name: "banana"})
            until(lambda: f"{name}: " in self.text("close-meaning"), "why")  # noqa: B023  called at once
            knob = self.find(f"knob-{name}")
            until(lambda: knob.get_attribute("aria-invalid") == "true", "it")  # noqa: B023  called at once
            self.assertTrue(self.script(_IN_SIGHT, f"knob-{name}"), name)
            self.assertIn("close-meaning", self.describedBy(name))
            self.fill(f"knob-{name}", "")
            self.assertNotIn("close-meaning", self.describedBy(name))
        self.assertEqual(self.describedBy("fragment"), ["frames-hint"])

    def describedBy(self, knob: str) -> list[str]:
        """
        @return: The ids of what says more about a knob.
        """
        described = self.find(f"knob-{knob}").get_attribute("aria-describedby")
        return (described or "").split()

    def test_webPage(self) -> None:
        """
        Where a web page is, or nothing, the page says so, and where the socket is;
        it shows no markup.
        """
        self.allowed = (rf"{FAILED}.*(200|404)", "status of 404")
        for path, words in (("", "a web page, and not"), ("nothing", "nothing (404)")):
            self.dial(self.socket.removesuffix("socket") + path)
            self.until("closed")
            until(lambda: words in self.text("close-meaning"), words)  # noqa: B023  called at once
            shown = self.text("close-meaning")
            self.assertIn(f"Did you mean {self.socket}?", shown)
            self.assertNotIn("<", shown)

    def test_hints(self) -> None:
        """
        What a browser cannot show is said beside what asks for it.
        """
        self.script(_OPEN_KNOBS)
        for name, words in (
            ("fragment", "never their frames"),
            ("ping", "echo-client --ping"),
            ("nopong", "echo-client --ping"),
        ):
            hint = self.find(f"knob-{name}").get_attribute("aria-describedby") or ""
            self.assertIn(words, self.text(hint))

    def test_terminal(self) -> None:
        """
        The command for a terminal asks for what the page asks for.
        """
        self.assertEqual(self.text("terminal"), self.socket)
        self.fill("knob-delay", "2s")
        self.fill("knob-nopong", True)
        url = f"'{self.socket}?delay=2s&nopong=1'"
        self.assertEqual(self.text("terminal"), f"--ping {url}")
        self.fill("subprotocols", "chat, v2|chat")
        command = f"--ping --subprotocol chat --subprotocol 'v2|chat' {url}"
        self.assertEqual(self.text("terminal"), command)
        self.fill("url", "http://example.org/")
        self.fill("knob-delay", "3s")
        self.assertEqual(self.text("terminal"), command)
        self.fill("url", f"{self.socket}/it's")
        self.assertIn(r"/it'\''s?delay=3s", self.text("terminal"))

    def test_unseen(self) -> None:
        """
        What a browser will not show of what was asked for is in the log, with what
        does.
        """
        self.connect(nopong=True, fragment="1k")
        until(lambda: len(self.rows("event")) == 2, "the note")
        note = self.rows("event")[1]
        self.assertEqual(note["type"], "note")
        self.assertIn("nopong: pings stay", note["cells"]["payload"])
        self.assertIn(f"echo-client --ping '{self.socket}?", note["cells"]["payload"])
        self.assertIn("fragment: a browser", note["cells"]["payload"])

    def test_pasted(self) -> None:
        """
        What a URL asks for that is typed or pasted goes to the knobs; what is
        unknown or wrong stays for the daemon to refuse.
        """
        self.fill("knob-jitter", "1ms")
        self.fill("knob-abort", True)
        query = "delay=2s&jitter=500ms&reason=a+%26%20b&mute=1&abort=0"
        left = "a=b&delay=3s&tick=&info=yes&slow=%"
        self.fill("url", f"{self.socket}?{query}&{left}")
        shown = {
            name: self.find(f"knob-{name}").get_attribute("value")
            for name in ("delay", "jitter", "reason", "tick", "slow")
        }
        self.assertEqual(
            shown,
            {
                "delay": "2s",
                "jitter": "500ms",
                "reason": "a & b",
                "tick": "",
                "slow": "",
            },
        )
        for name, isSet in (("mute", True), ("abort", False), ("info", False)):
            self.assertEqual(self.find(f"knob-{name}").is_selected(), isSet, name)
        url = self.find("url").get_attribute("value")
        self.assertEqual(url, f"{self.socket}?{left}")
        expected = f"{url}&delay=2s&jitter=500ms&mute=1&reason=a%20%26%20b"
        self.assertEqual(self.text("target"), expected)
        self.fill("url", f"{self.socket}?repeat=2")
        self.assertEqual(self.find("url").get_attribute("value"), self.socket)

    def test_pastedAnew(self) -> None:
        """
        A URL that is typed anew asks for what it says, and no longer for what the
        one before it did; so does the bare address. A field that is left as it was
        asks for what the knobs say.
        """
        self.visit(fragment="#jitter=1ms")
        self.paste(f"{self.socket}?delay=1ms", Keys.ENTER)
        self.until("open")
        self.paste(f"{self.socket}?mute=1", Keys.TAB)
        self.assertEqual(self.text("target"), f"{self.socket}?mute=1")
        self.fill("knob-delay", "2ms")
        self.find("url").send_keys("x", Keys.BACKSPACE, Keys.TAB)
        self.find("url").send_keys(Keys.ENTER)
        target = f"{self.socket}?delay=2ms&mute=1"
        self.assertEqual(self.text("target"), target)
        until(lambda: self.script("return echoConsole.session.url") == target, "it")
        self.paste(self.socket, Keys.ENTER)
        self.assertEqual(self.text("target"), self.socket)

    def paste(self, url: str, key: str) -> None:
        """
        Replace what is in the field of the URL, and press a key.
        """
        self.find("url").send_keys(Keys.CONTROL, "a", Keys.NULL, url, key)

    def test_chips(self) -> None:
        """
        What is set can be seen while the knobs cannot, and taken back; the focus
        goes on to the next.
        """
        knobs: dict[str, str | bool] = {"delay": "2s", "mute": True, "reason": "a b"}
        for name, value in knobs.items():
            self.fill(f"knob-{name}", value)
        self.assertEqual(self.chips(), ["delay=2s", "mute=1", "reason=a b"])
        chips = self.driver.find_elements("css selector", "#knob-chips button")
        self.assertEqual(chips[1].accessible_name, "Remove mute=1")
        chips[1].click()
        self.assertEqual(self.chips(), ["delay=2s", "reason=a b"])
        self.assertEqual(self.text("target"), f"{self.socket}?delay=2s&reason=a%20b")
        focused = "return document.activeElement.textContent"
        self.assertEqual(self.script(focused), "reason=a b")
        self.keys(Keys.ENTER, Keys.ENTER)
        self.assertEqual(self.chips(), [])
        self.assertFalse(self.find("knob-delay").get_attribute("value"))
        self.assertIn("Misbehave", self.script(focused))
        self.fill("knob-delay", "2s")
        self.script(_OPEN_KNOBS)
        self.assertFalse(self.find("knob-chips").is_displayed())

    def chips(self) -> list[str]:
        """
        @return: What the chips say.
        """
        return self.text("knob-chips").splitlines()

    def test_inEffect(self) -> None:
        """
        Where the daemon does something else than what it was asked for, the log says
        what it does.
        """
        self.script(_APPLIED, "drop=0.5&repeat=9")
        self.connect(repeat="100", drop="0.5")
        until(lambda: len(self.rows("event")) == 2, "what is in effect")
        note = self.rows("event")[1]
        self.assertEqual(note["cells"]["payload"], "in effect: drop=0.5&repeat=9")
        self.assertEqual(note["type"], "note")
        query = self.text("target").partition("?")[2]
        self.assertEqual(self.script("return asked"), f"info?{query}")

    def test_inEffectAsAsked(self) -> None:
        """
        Where it does that, or does not say, there is nothing to say.
        """
        for applied in ("delay=1ms&repeat=2", None):
            self.script(_APPLIED, applied)
            self.connect(repeat="2", delay="1ms")
            until(lambda: self.script("return window.asked"), "it to be asked")
            self.send("hello")
            self.counted(received=2)
            self.click("connect")
            self.until("closed")
        until(lambda: self.rows("event")[-1]["type"] == "close", "the end")
        self.assertEqual([row for row in self.rows() if row["type"] == "note"], [])

    def test_refused(self) -> None:
        """
        A handshake that is refused on purpose is told from one that failed.
        """
        self.allowed = (rf"{FAILED}.*503", "status of 426")
        self.dial(status="503")
        self.until("closed")
        until(lambda: "503" in self.text("close-meaning"), "the status")

    def test_answers(self) -> None:
        """
        What plain HTTP answers instead is told as far as it is known; no more of a
        text is read than can be shown.
        """
        self.allowed = (rf"{FAILED}.*503",)
        for kind, words in (
            ("redirect", "It answers with a redirect: to a login page, or to https?"),
            ("slow", "in plain HTTP takes more than 5 s"),
            ("lost", "in plain HTTP fails as well"),
            ("endless", "The same URL in plain HTTP: 502"),
        ):
            self.script(_ANSWERS, kind)
            self.dial(status="503")
            until(lambda: words in self.text("close-meaning"), words)  # noqa: B023  called at once
        self.assertTrue(self.script("return isCancelled"))
        self.assertLess(self.script("return given"), 10)

    def test_unexplained(self) -> None:
        """
        Where nothing is known of why it did not open, the likely causes are named,
        and what was asked for is in the log.
        """
        self.allowed = (rf"{FAILED}.*Sec-WebSocket-Protocol", "status of 426")
        self.dial(subprotocol="chat")
        self.until("closed")
        until(lambda: "subprotocol" in self.text("close-meaning"), "the causes")
        for cause in ("--allow-origin", "too many connections"):
            self.assertIn(cause, self.text("close-meaning"))
        closes = [row for row in self.rows("event") if row["type"] == "close"]
        said = closes[0]["cells"]["payload"]
        self.assertTrue(said.startswith("refused 1006"), said)
        self.assertIn("socket?subprotocol=chat", said)

    def test_notYet(self) -> None:
        """
        What is changed while there is a connection does not change it, and the page
        says so.
        """
        self.connect()
        self.assertEqual(self.text("pending"), "")
        self.fill("knob-delay", "10ms")
        self.assertIn("next connection", self.text("pending"))
        self.fill("knob-delay", "")
        self.assertEqual(self.text("pending"), "")

    def test_badURL(self) -> None:
        """
        What is no URL of a WebSocket, or no subprotocol, is refused before anything
        is closed for it.
        """
        self.connect()
        for name, value, words in (
            ("url", "http://[", "not a URL"),
            ("url", "https://example.org", "begins with ws://"),
            ("url", "127.0.0.1:9304/socket", "ws:// or wss:// is missing"),
            ("subprotocols", "a[b]", "A subprotocol is"),
            ("subprotocols", "chat, chat", "twice"),
        ):
            kept = self.find(name).get_attribute("value") or ""
            self.fill(name, value)
            self.find("subprotocols").send_keys(Keys.ENTER)
            self.assertIn(words, self.text("target-note"))
            self.assertNotIn("Asks for", self.text("target-note"))
            focused = self.script("return document.activeElement.id")
            self.assertEqual(focused, name)
            self.assertEqual(self.state(), "open")
            self.fill(name, kept)

    def test_nobodyThere(self) -> None:
        """
        Where nobody listens, the page says that it could not connect.
        """
        self.allowed = (f"{FAILED}.*CONNECTION_REFUSED", "CONNECTION_REFUSED")
        self.dial(f"ws://127.0.0.1:{freePort()}/socket")
        self.until("closed")
        self.assertEqual(self.text("state"), "Refused")
        self.assertIn("Refused", self.driver.title)
        until(lambda: "origin" in self.text("close-meaning"), "the causes")


class CloseTests(ConsoleTestCase):
    """
    How a connection ends, and what the page has to say on that.
    """

    def assertClosed(self, *words: str) -> None:
        """
        Wait for the end, and assert that the page says this of it, and that it is
        in the log.
        """
        self.until("closed")
        shown = f"{self.text('state')} {self.text('close-meaning')}"
        for word in words:
            self.assertIn(word, shown)

        def latest() -> list[str]:
            return [row["type"] for row in self.rows("event")][-1:]

        until(lambda: latest() == ["close"], "the log to say so")

    def test_server(self) -> None:
        """
        A close by the server, after three messages, with a code of its own.
        """
        self.visit()
        self.connect(close="4001", after="3", reason="bye")
        for number in range(3):
            self.send(str(number))
        self.assertClosed("4001", "bye", "clean")
        self.counted(received=3)
        self.assertEqual(self.find("state").get_attribute("data-ending"), "theirs")
        theirs = self.colour()
        self.click("connect")
        self.until("open")
        self.click("connect")
        self.assertClosed("clean")
        self.assertNotEqual(self.colour(), theirs)

    def colour(self) -> str:
        """
        @return: That of the state, once it is there.
        """
        self.settle()
        return self.find("state").value_of_css_property("background-color")

    def test_abort(self) -> None:
        """
        A reset is 1006, which nobody sends.
        """
        self.allowed = (FAILED,)
        self.visit()
        self.connect(abort=True, after="1")
        self.send("hello")
        self.assertClosed("Closed 1006", "as abort=1 asks for")

    def test_own(self) -> None:
        """
        A close of one's own, with code and reason, which come back.
        """
        self.visit()
        self.connect()
        self.fill("close-code", "4002")
        self.fill("close-reason", "done")
        self.click("close")
        self.assertClosed("4002", "done", "clean")

    def test_badCode(self) -> None:
        """
        A code that a page may not send is refused before it is sent.
        """
        self.visit()
        self.connect()
        self.fill("close-code", "1001")
        self.click("close")
        until(lambda: self.text("close-error"), "why not")
        self.assertEqual(self.state(), "open")

    def test_disconnect(self) -> None:
        """
        Disconnect is a close, too.
        """
        self.visit()
        self.connect()
        self.assertEqual(self.text("connect"), "Disconnect")
        self.click("connect")
        self.assertClosed("clean")
        self.assertEqual(self.text("connect"), "Connect")

    def test_giveUp(self) -> None:
        """
        A close that is not answered need not be waited for.
        """
        over = threading.Event()
        peer = ScriptedServer(self, inTurn(acceptUpgrade, waitFor(over)))
        self.addCleanup(over.set)
        self.visit()
        self.connect(peer.url)
        self.click("connect")
        self.until("closing")
        self.assertEqual(self.text("connect"), "Give up")
        self.click("connect")
        self.assertClosed("Given up", "has not answered the close")
        self.assertEqual(self.text("connect"), "Connect")

    def test_calledOff(self) -> None:
        """
        An attempt that one gives up oneself was not lost.
        """
        self.allowed = (FAILED,)
        peer = ScriptedServer(self, readNothing)
        self.visit()
        self.dial(peer.url)
        self.click("connect")
        self.assertClosed("Called off", "called off before it opened")
        self.assertNotIn("1006", self.text("state"))
        self.assertEqual(self.find("state").get_attribute("data-ending"), "clean")
        said = self.rows("event")[-1]["cells"]["payload"]
        self.assertTrue(said.startswith("called off"), said)

    def test_reconnect(self) -> None:
        """
        The daemon goes, which is 1001; it comes back, and so does the page. All of
        that is in the log.
        """
        directory = Path(self.mktemp())
        directory.mkdir()

        def start(port: int) -> DaemonProcess:
            daemon = DaemonProcess(
                directory, "--listen", f"tcp:{port}:interface=127.0.0.1"
            )
            self.addCleanup(daemon.end)
            return daemon

        port = freePort()
        first = start(port)
        self.visit(first.url())
        self.connect()
        first.signal()
        self.assertClosed("1001")
        first.wait()
        second = start(port)
        second.url()
        self.click("connect")
        self.until("open")
        self.send("hello")
        self.counted(received=1)
        types = [row["type"] for row in self.rows()]
        self.assertEqual(types, ["open", "close", "open", "text", "text"])
        second.signal(signal.SIGKILL)
        self.assertClosed("Closed 1006", "developer tools")


class LogTests(ConsoleTestCase):
    """
    The log, and what can be done with it.
    """

    def setUp(self) -> None:
        """
        Have some messages in it.
        """
        super().setUp()
        self.visit()
        self.connect()
        for message in ("apple", "banana", "cherry"):
            self.send(message)
        self.send("ff", kind="hex")
        self.counted(sent=4, received=4)

    def shown(self, *payloads: str) -> None:
        """
        Wait for the log to show this.
        """
        until(lambda: self.payloads() == list(payloads), f"{payloads} in the log")

    def test_search(self) -> None:
        """
        Of all messages, those with a text in them.
        """
        self.fill("search", "anan")
        self.shown("banana", "banana")
        self.assertFalse(self.find("unmatched").is_displayed())
        self.fill("search", "durian")
        until(self.find("unmatched").is_displayed, "that there are none")
        self.assertFalse(self.find("empty").is_displayed())
        self.fill("search", "")
        until(lambda: len(self.rows()) == 9, "all of them")
        self.assertFalse(self.find("unmatched").is_displayed())

    def test_searchBytes(self) -> None:
        """
        Bytes are found by their digits, while they are typed one after the other.
        """
        self.send("ad be", kind="hex")
        self.counted(received=5)
        for search, found in (
            ("ad", ["ad be"] * 2),
            ("ad b", ["ad be"] * 2),
            ("ad be", ["ad be"] * 2),
            ("adb", ["ad be"] * 2),
            ("ad c", []),
            ("f", ["ff"] * 2),
            ("::", []),
        ):
            self.fill("search", search)
            self.shown(*found)

    def test_searchUnseen(self) -> None:
        """
        What cannot be seen is found as it is shown.
        """
        self.send("\u202egpj")
        self.counted(received=5)
        for search in ("\\u{202e}gp", "u{202E}", "\u202e"):
            self.fill("search", search)
            self.shown(*["\\u{202e}gpj"] * 2)
            self.fill("search", "apple")
            self.shown("apple", "apple")

    def test_selectedFiltered(self) -> None:
        """
        The row that is selected stays in sight, whatever else is shown; if it is
        not, until it is again.
        """
        self.fill("kind", "text")
        self.fill("message", "elderberry")
        self.script(_CLICK, *["send"] * 50)
        self.counted(received=54)
        self.script('document.getElementById("log").scrollTop = 0')
        until(lambda: "banana" in self.payloads(), "the first ones")
        self.fill("search", "banana")
        self.shown("banana", "banana")
        self.select(1)
        for name, value in (("search", ""), ("show", "received"), ("show", "all")):
            self.fill(name, value)
            self.settle()
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"it with {value}")
        self.fill("search", "elder")
        until(lambda: set(self.payloads()) == {"elderberry"}, "the others")
        self.script('document.getElementById("log").scrollTop = 500')
        self.settle()
        self.fill("search", "")
        until(lambda: self.script(_ACTIVE_IN_SIGHT), "it to be back")
        self.assertIn("banana", self.script(_SELECTED))

    def test_selectedNewest(self) -> None:
        """
        The newest row, too, stays where it is once it is selected, with the mouse
        or with the keyboard; there is a way back to what is new.
        """
        self.fill("kind", "text")
        self.fill("message", "elderberry")
        for choose in (lambda: self.select(-1), lambda: self.keys(Keys.END)):
            choose()
            until(self.find("details").is_displayed, "the details")
            selected = self.script(_SELECTED)
            self.script(_CLICK, *["send"] * 30)
            until(self.find("follow").is_displayed, "the way back")
            self.settle()
            self.assertTrue(self.script(_ACTIVE_IN_SIGHT))
            self.assertEqual(self.script(_SELECTED), selected)
            self.click("follow")
            until(lambda: not self.script(_ACTIVE_IN_SIGHT), "the newest")
            self.script('document.getElementById("log").focus()')

    def test_quiet(self) -> None:
        """
        While it stands still, nobody is told of news either.
        """
        self.script(_HEAR)
        self.click("pause")
        self.send("quiet")
        self.counted(received=5)
        self.click("pause")
        self.send("loud")
        until(lambda: "loud" in self.script("return heard.join()"), "the news")
        heard = self.script("return heard")
        self.assertEqual(heard[-1], "1 received, the last: loud")
        self.assertNotIn("quiet", "".join(heard))

    def test_closeDetails(self) -> None:
        """
        Details are closed with a button, or with Escape; the log has the focus then.
        """
        for close in (
            lambda: self.click("details-close"),
            lambda: self.keys(Keys.TAB, Keys.ESCAPE),
        ):
            self.select(1)
            until(self.find("details").is_displayed, "the details")
            button = self.find("details-close")
            self.assertEqual(button.accessible_name, "Close the details")
            close()
            until(lambda: not self.find("details").is_displayed(), "them to be gone")
            self.assertEqual(self.script("return document.activeElement.id"), "log")
            self.settle()
            self.assertIsNone(self.script(_SELECTED))

    def test_localTime(self) -> None:
        """
        Details tell the time that the log tells, and where that is.
        """
        self.command("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
        self.addCleanup(self.command, "Emulation.setTimezoneOverride", timezoneId="")
        self.send("date")
        self.counted(received=5)
        row = self.rows("received")[-1]
        self.select(-1)
        until(self.find("details").is_displayed, "the details")
        clock, elapsed = row["cells"]["time"].split(" ", 1)
        shown = self.text("details-facts").replace("\n", " ")
        self.assertRegex(shown, rf"Time \d{{4}}-\d\d-\d\dT{clock}\+05:30 \{elapsed}")

    def test_json(self) -> None:
        """
        JSON is indented, and nothing of it becomes anything else; not much of it
        either, however deep it is.
        """
        self.send(_JSON)
        self.counted(received=5)
        self.select(-1)
        until(lambda: self.indented() == _INDENTED, "it to be indented")
        self.send("[" * 5000 + "]" * 5000)
        self.counted(received=6)
        self.click("follow")
        self.settle()
        self.select(-1)
        until(lambda: "10,000" in self.text("details-facts"), "the other one")
        self.assertEqual("".join(self.indented().split()), "[" * 5000 + "]" * 5000)
        self.assertLess(len(self.indented()), 1_000_000)

    def indented(self) -> str:
        """
        @return: What is shown as JSON.
        """
        text: str = self.script(
            'return document.getElementById("details-indented").textContent'
        )
        return text

    def test_show(self) -> None:
        """
        Of all messages, those of a kind.
        """
        for shown, expected in {
            "sent": ["sent"] * 4,
            "received": ["received"] * 4,
            "events": ["event"],
        }.items():
            self.fill("show", shown)
            until(
                lambda: [row["direction"] for row in self.rows()] == expected,  # noqa: B023  called at once
                f"the {shown} only",
            )

    def test_pause(self) -> None:
        """
        While it stands still, messages are counted; they are shown afterwards.
        """
        self.click("pause")
        self.assertEqual(self.find("pause").get_attribute("aria-pressed"), "true")
        self.send("date")
        self.counted(sent=5, received=5)
        self.assertNotIn("date", self.payloads())
        self.click("pause")
        self.assertEqual(self.find("pause").get_attribute("aria-pressed"), "false")
        until(lambda: self.payloads().count("date") == 2, "what came meanwhile")

    def test_clear(self) -> None:
        """
        Cleared, it is empty, and goes on.
        """
        self.click("clear")
        self.shown()
        self.send("date")
        self.shown("date", "date")

    def test_clearPaused(self) -> None:
        """
        Cleared while it stands still, it says why there is nothing in it.
        """
        self.click("pause")
        self.click("clear")
        until(self.find("empty").is_displayed, "that there is nothing")
        self.send("00", kind="hex")
        self.counted(received=5)
        until(self.find("paused").is_displayed, "why there still is nothing")
        self.assertFalse(self.find("empty").is_displayed())
        self.assertFalse(self.find("unmatched").is_displayed())
        self.click("pause")
        self.shown("00", "00")
        self.assertFalse(self.find("paused").is_displayed())

    def test_save(self) -> None:
        """
        It can be had as NDJSON, an object an entry.
        """
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        self.command(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(directory)
        )
        self.assertIn("NDJSON", self.find("save").get_attribute("title") or "")
        self.click("save")
        until(lambda: list(directory.glob("*.ndjson")), "a file")
        (path,) = directory.iterdir()
        entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        self.assertEqual(len(entries), 9)
        shown = [
            (each["direction"], each["type"], each.get("text"), each.get("data"))
            for each in entries
        ]
        self.assertEqual(shown[0][:2], ("event", "open"))
        self.assertEqual(
            shown[5:],
            [
                ("sent", "text", "cherry", None),
                ("received", "text", "cherry", None),
                ("sent", "binary", None, "/w=="),
                ("received", "binary", None, "/w=="),
            ],
        )


class SetupTests(ConsoleTestCase):
    """
    An address that brings back what was set up.
    """

    def fields(self) -> dict[str, Any]:
        """
        @return: What is in the fields of the connection, and in those of a message.
        """
        fields: dict[str, Any] = self.script(_FIELDS)
        return fields

    def test_link(self) -> None:
        """
        The link that is copied sets up the same page, and connects nothing by
        itself.
        """
        self.visit()
        self.command(
            "Browser.grantPermissions",
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )
        self.fill("subprotocols", "chat, v2.chat")
        self.fill("knob-delay", "10ms")
        self.fill("knob-reason", "a&b=c #d")
        self.fill("knob-mute", True)
        fields = self.fields()
        target = self.text("target")
        self.click("copy-link")
        link = self.clipboard()
        self.click("copy-target")
        self.assertEqual(self.clipboard(), target)
        self.assertTrue(link.startswith(self.page), link)
        self.visit(fragment=link.removeprefix(self.page))
        self.assertEqual(self.fields(), fields)
        self.assertEqual(self.text("target"), target)
        self.assertEqual(self.text("knob-count"), "3 set")
        self.assertFalse(self.find("knob-delay").is_displayed())
        self.assertEqual(self.state(), "idle")
        self.assertEqual(self.script("return echoConsole.log.length"), 0)

    def test_longLink(self) -> None:
        """
        A link that lacks a message says so.
        """
        self.visit()
        self.fill("message", "x" * 8193)
        self.click("copy-link")
        until(lambda: "without the message" in self.text("copied"), "what is missing")

    def test_reload(self) -> None:
        """
        What was just changed is there after a reload.
        """
        self.visit()
        self.fill("knob-delay", "10ms")
        self.driver.refresh()
        until(lambda: self.script("return window.echoConsole"), "the page's script")
        delay = self.find("knob-delay").get_attribute("value")
        self.assertEqual(delay, "10ms")

    def clipboard(self) -> str:
        """
        @return: What was copied, once something was.
        """
        text: str = self.driver.execute_async_script(_CLIPBOARD)
        return text

    def test_hostileLink(self) -> None:
        """
        Nothing in an address is run, or brings the page down, whoever made it.
        """
        for value in (_IMAGE, "javascript:pwned=1", "x" * 10_000, "%FF%", "%00"):
            setup = "&".join(f"{name}={value}" for name in _FIELD_NAMES)
            self.visit(fragment=f"#{value}&{setup}")
            self.assertHarmless()

    def assertHarmless(self) -> None:
        """
        Assert that no script of another's has run, and the page is as it should be.
        """
        self.assertEqual(self.state(), "idle")
        self.assertIsNone(self.script("return window.pwned"))
        self.assertEqual(
            self.script('return document.querySelectorAll("img, iframe").length'), 0
        )


class HostileTests(ConsoleTestCase):
    """
    What a peer says is shown, and nothing else.
    """

    def test_payloads(self) -> None:
        """
        Markup, escape sequences and marks of direction are text like any other.
        """
        self.visit()
        self.connect()
        messages = (
            _IMAGE,
            "<script>pwned = 1</script>",
            "\x1b[31mred",
            "\u202egpj.exe",
        )
        for message in messages:
            self.send(message)
        self.counted(received=len(messages))
        # The log is drawn a frame later than the counts.
        until(lambda: len(self.payloads("received")) == len(messages), "all of the log")
        shown = self.payloads("received")
        self.assertEqual(shown[:2], list(messages[:2]))
        self.assertNotRegex("".join(shown), "[\x1b\u202e]")
        for number in range(len(messages)):
            self.fill("search", ("img", "script", "31m", "gpj")[number])
            until(lambda: len(self.rows()) == 2, "the two rows of it")
            self.select(1)
            until(lambda: shown[number] in self.text("details"), shown[number])  # noqa: B023  called at once
            self.assertNotRegex(self.text("details"), "[\x1b\u202e]")
        self.assertIsNone(self.script("return window.pwned"))

    def test_large(self) -> None:
        """
        A mebibyte is not drawn as a mebibyte.
        """
        self.visit()
        self.connect()
        self.fill("kind", "text")
        self.script('document.getElementById("message").value = "x".repeat(2 ** 20)')
        self.click("send")
        self.counted(received=1)
        for text in self.payloads():
            self.assertLess(len(text), 10_000)
        self.assertEqual(self.rows("received")[0]["cells"]["size"], "1,048,576")

    def test_closeReason(self) -> None:
        """
        The reason of a close is a text of the peer's, too.
        """
        peer = ScriptedServer(
            self, inTurn(acceptUpgrade, send(serverClose(4000, _IMAGE)), receive)
        )
        self.visit()
        self.dial(peer.url)
        self.until("closed")
        self.assertIn(_IMAGE, self.text("state"))
        self.assertIsNone(self.script("return window.pwned"))

    def test_longReason(self) -> None:
        """
        A reason that takes ten times its length to be seen does not fill the page.
        """
        peer = ScriptedServer(
            self, inTurn(acceptUpgrade, send(serverClose(4000, "\x1b" * 123)), receive)
        )
        self.visit()
        self.dial(peer.url)
        self.until("closed")
        self.assertIn("u{1b}", self.text("state"))
        self.assertLess(len(self.text("state")), 150)
        for width in (320, 360, 640):
            self.resize(width, 640)
            self.settle()
            self.assertLess(self.find("state").rect["height"], 70, width)


class AccessibilityTests(ConsoleTestCase):
    """
    For those who do not see it, or have no mouse.
    """

    def test_axe(self) -> None:
        """
        axe-core has nothing to say against it: light and dark, narrow and wide,
        before anything is connected and with messages.
        """
        if NO_AXE:
            raise SkipTest(NO_AXE)
        self.visit()
        self.fill("knob-after", "3")
        self.assertAccessible()
        self.connect(close="4001")
        for number in range(3):
            self.send(str(number))
        self.until("closed")
        self.counted(received=3)
        self.select(1)
        self.script(_OPEN_KNOBS)
        self.assertAccessible()

    def assertAccessible(self) -> None:
        """
        Assert that in all its appearances nothing is found.
        """
        for scheme in ("light", "dark"):
            for width in (360, 1280):
                self.prefer(scheme)
                self.resize(width, 800)
                self.settle()
                found = violations(self.driver)
                self.assertEqual(found, [], f"{scheme}, {width}")

    def focused(self) -> str:
        """
        @return: What has the focus: its id, or what it is.
        """
        name: str = self.script(
            "const it = document.activeElement; return it.id || it.localName"
        )
        return name

    def tab(self, name: str) -> None:
        """
        Press Tab until something has the focus.
        """
        for _ in range(200):
            if self.focused() == name:
                return
            self.keys(Keys.TAB)
        self.fail(f"{name} is not reached")

    def test_order(self) -> None:
        """
        Every control is reached with Tab, in the order in which they are read, and
        it can be seen which one it is.
        """
        self.visit()
        self.connect()
        self.script(_OPEN_KNOBS)
        expected = self.script(_FOCUSABLE)
        self.tab(expected[0])
        reached: list[str] = []
        while len(reached) < len(expected):
            reached.append(self.focused())
            self.assertTrue(self.script(_OUTLINED), f"{reached[-1]} is not marked")
            self.keys(Keys.TAB)
        self.assertEqual(reached, expected)
        for name in _CONTROLS:
            self.assertIn(name, reached)

    def test_notObscured(self) -> None:
        """
        What has the focus is not behind the state, which is always in sight.
        """
        self.visit()
        self.resize(360, 640)
        self.connect()
        self.script(_OPEN_KNOBS)
        expected = self.script(_FOCUSABLE)
        self.tab(expected[-1])
        for name in reversed(expected):
            self.assertEqual(self.focused(), name)
            self.assertTrue(self.script(_CLEAR), f"{name} is behind the state")
            back = ActionChains(self.driver, duration=0).key_down(Keys.SHIFT)
            back.send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def test_keyboard(self) -> None:
        """
        To connect, to send and to close take no mouse.
        """
        self.visit()
        self.tab("connect")
        self.keys(Keys.ENTER)
        self.until("open")
        self.tab("message")
        self.keys("hello")
        self.tab("send")
        self.keys(Keys.SPACE)
        self.counted(sent=1, received=1)
        self.tab("close-code")
        self.keys(*"4002")
        self.tab("close")
        self.keys(Keys.ENTER)
        self.until("closed")
        self.assertIn("4002", self.text("close-meaning"))

    def test_labels(self) -> None:
        """
        The state is told to those who listen, too.
        """
        self.visit()
        self.assertEqual(self.find("state").get_attribute("role"), "status")
        self.assertEqual(self.find("chart").get_attribute("role"), "img")
        self.connect()
        self.assertEqual(self.text("state"), "Connected")


class VolumeTests(ConsoleTestCase):
    """
    Many messages.
    """

    def test_manyRows(self) -> None:
        """
        A hundred thousand messages are all in the log, and few of them are drawn:
        those where it was scrolled to.
        """
        frames = b"".join(b"\x81\x06%06d" % number for number in range(100_000))
        peer = ScriptedServer(self, inTurn(acceptUpgrade, send(frames), receive))
        self.visit()
        self.connect(peer.url)
        for count in range(10_000, 100_001, 10_000):  # which may take its time
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
        """
        Scroll the log.
        """
        self.script(
            f'const log = document.getElementById("log");log.scrollTop = {position}'
        )

    def test_flood(self) -> None:
        """
        Ten thousand messages a second, or as many of them as the browser takes, do
        not freeze the page: it draws, at least once for every thousand, and takes
        clicks, while they arrive, until it sends a message that ends it. All of them
        are counted.
        """
        pushed: list[int] = []
        flood = flooding(pushed, 200_000)
        peer = ScriptedServer(
            self,
            inTurn(acceptUpgrade, receive, flood, send(serverClose(1000)), receive),
        )
        self.visit()
        self.connect(peer.url)
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


class LayoutTests(ConsoleTestCase):
    """
    Whatever the size of the screen.
    """

    def test_widths(self) -> None:
        """
        Nothing has to be scrolled to sideways, on a telephone or on a wall.
        """
        self.visit()
        self.connect()
        self.send("x" * 3000)
        self.counted(received=1)
        self.script(_OPEN_KNOBS)
        for width in (360, 1280, 2560):
            self.resize(width, 900)
            root = self.script(_EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            for name in _CONTROLS:
                rectangle = self.find(name).rect
                self.assertGreater(rectangle["width"], 0, f"{name} at {width}")
                self.assertGreaterEqual(rectangle["x"], 0, f"{name} at {width}")
                self.assertLessEqual(
                    rectangle["x"] + rectangle["width"],
                    root["clientWidth"],
                    f"{name} at {width}",
                )

    def test_longChip(self) -> None:
        """
        What is set may be long: its chip is not.
        """
        self.visit()
        self.fill("knob-reason", "very long indeed " * 20)
        for width in (360, 1280, 2560):
            self.resize(width, 900)
            root = self.script(_EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            form, chips = self.find("connection").rect, self.find("knob-chips").rect
            self.assertLessEqual(chips["width"], form["width"], width)
            chip = self.find("knob-chips").find_element("tag name", "button").rect
            self.assertLessEqual(chip["width"], form["width"], width)
            pane = self.script(_PANE)
            self.assertLessEqual(pane["scrollWidth"], pane["clientWidth"], width)

    def test_statistics(self) -> None:
        """
        Figures do not run into each other, however long they are.
        """
        self.visit()
        for width in (320, 360, 480, 1280, 1900, 2560):
            self.resize(width, 800)
            self.settle()
            self.assertFiguresApart(width)

    def assertFiguresApart(self, width: int) -> None:
        """
        Assert that there is room for long figures.
        """
        self.script(_LONG_FIGURES)
        self.assertEqual(
            self.script(_OVERLAPS, "#statistics dt, #statistics dd"), 0, width
        )

    def test_largeLetters(self) -> None:
        """
        With letters of twice the size everything still has its place.
        """
        self.visit()
        self.command("Page.setFontSizes", fontSizes={"standard": 32, "fixed": 26})
        self.addCleanup(
            self.command, "Page.setFontSizes", fontSizes={"standard": 16, "fixed": 13}
        )
        self.script(_OPEN_KNOBS)
        for width in (360, 1280):
            self.resize(width, 800)
            self.settle()
            root = self.script(_EXTENT)
            self.assertLessEqual(root["scrollWidth"], root["clientWidth"], width)
            for fields in (
                "#knobs label:not(.flag), #knobs label + input",
                "#closing label, #closing input, #closing button",
            ):
                self.assertEqual(self.script(_OVERLAPS, fields), 0, (width, fields))
            self.assertFiguresApart(width)
            self.assertEqual(self.script(_CUT), 0, width)

    def test_following(self) -> None:
        """
        A log that shows the newest message goes on to do so, whatever the size.
        """
        self.visit()
        self.connect(repeat="50")
        self.send("hello")
        self.send("last")
        self.counted(received=100)
        for width, height in ((360, 800), (1280, 800), (1280, 600), (2560, 1200)):
            self.resize(width, height)
            self.settle()
            until(
                lambda: "last" in self.payloads("received"),
                f"the newest message at {width} by {height}",
            )
            self.assertFalse(self.find("follow").is_displayed())

    def test_selected(self) -> None:
        """
        The row that is selected stays in sight, though its details take room from
        the log, by mouse and by keyboard.
        """
        self.visit()
        self.connect(repeat="60")
        self.send('{"a": [1, 2, 3]}')
        self.counted(received=60)
        for width, height in ((1280, 800), (1366, 768), (1440, 900), (1680, 1050)):
            self.resize(width, height)
            self.settle()
            self.select(-3)
            self.assertActive(width)
            self.driver.find_element("css selector", "#details-json summary").click()
            self.assertActive(width)
            self.script('document.getElementById("log").focus()')
            self.keys(Keys.ESCAPE)
            self.settle()
            self.keys(Keys.END, Keys.ARROW_UP, Keys.ARROW_UP)
            self.assertActive(width)
            self.driver.find_element("css selector", "#details-json summary").click()
            self.script('document.getElementById("log").focus()')
            self.keys(Keys.ESCAPE, Keys.END)

    def test_lowScreens(self) -> None:
        """
        Where there is no room for the log and the details, the row that the keys go
        to is on the screen all the same.
        """
        self.visit()
        self.connect(repeat="40")
        self.send('{"a": [1, 2, 3]}')
        self.counted(received=40)
        self.addCleanup(
            self.command, "Page.setFontSizes", fontSizes={"standard": 16, "fixed": 13}
        )
        for width, height, letters in (
            (640, 360, 16),
            (640, 400, 16),
            (740, 360, 16),
            (360, 740, 16),
            (360, 740, 32),
            (1280, 800, 32),
        ):
            sizes = {"standard": letters, "fixed": letters * 13 // 16}
            self.command("Page.setFontSizes", fontSizes=sizes)
            self.resize(width, height)
            self.settle()
            self.script('document.getElementById("log").focus()')
            for key in (Keys.END, *[Keys.ARROW_UP] * 5, Keys.PAGE_UP, Keys.HOME):
                self.keys(key)
                self.settle()
                where = f"{width} by {height}, {letters}"
                until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row, {where}")
                until(lambda: self.script(_ACTIVE_ON_SCREEN), f"it on screen, {where}")
            self.keys(Keys.ESCAPE)

    def test_selectedResized(self) -> None:
        """
        The row that is selected stays where it is when messages come, though
        another size may have brought the log to its end. Once none is selected,
        the log goes on from there.
        """
        self.visit()
        self.connect(repeat="30")
        self.send("hello")
        self.counted(received=30)
        self.select(-1)
        for count, (width, height) in enumerate(((360, 740), (1280, 800)), 2):
            self.resize(width, height)
            self.settle()
            self.send("more")
            self.counted(received=30 * count)
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row at {width}")
            self.assertTrue(self.find("follow").is_displayed(), width)
        self.click("follow")
        self.settle()
        self.select(-1)
        until(self.find("details").is_displayed, "the details")
        self.settle()
        for room in ("5rem", "none"):
            self.script(_ROOM, room)
            self.settle()
            until(lambda: self.script(_ACTIVE_IN_SIGHT), f"the row beside {room}")
        self.assertTrue(self.find("follow").is_displayed())
        self.click("details-close")
        until(lambda: not self.find("follow").is_displayed(), "it to go on")

    def test_scrolledAway(self) -> None:
        """
        Whoever has scrolled away from that row is not brought back to it.
        """
        self.visit()
        self.connect(repeat="60")
        self.send("hello")
        self.counted(received=60)
        self.select(-3)
        self.assertActive(1280)
        self.script('document.getElementById("log").scrollTop = 0')
        self.settle()  # the page hears of it in the next frame
        self.assertFalse(self.script(_ACTIVE_IN_SIGHT))
        self.resize(1280, 900)
        self.settle()
        position = 'return document.getElementById("log").scrollTop'
        self.assertEqual(self.script(position), 0)

    def assertActive(self, width: int) -> None:
        """
        Assert that there is a row that is selected, and that it is in sight.
        """
        until(self.find("details").is_displayed, "the details")
        self.settle()
        until(
            lambda: self.script(_ACTIVE_IN_SIGHT),
            f"the row that is selected at {width}",
        )

    def test_clear(self) -> None:
        """
        A log that was scrolled up, and is cleared, shows the newest message again.
        """
        self.visit()
        self.connect(repeat="60")
        self.send("hello")
        self.counted(received=60)
        self.script('document.getElementById("log").scrollTop = 0')
        until(self.find("follow").is_displayed, "it to be scrolled up")
        self.click("clear")
        self.send("hello")
        self.send("last")
        self.counted(received=180)
        until(lambda: "last" in self.payloads("received"), "the newest message")
        self.assertFalse(self.find("follow").is_displayed())


class ScreenshotTests(ConsoleTestCase):
    """
    The pictures in the README. They are put where C{SCREENSHOTS} says.
    """

    def test_screenshots(self) -> None:
        """
        A session that ends with a close by the server: light, dark and narrow.
        """
        directory = Path(os.environ.get("SCREENSHOTS") or self.mktemp()).absolute()
        directory.mkdir(parents=True, exist_ok=True)
        self.visit()
        self.command("Emulation.setScrollbarsHidden", hidden=True)
        self.addCleanup(self.command, "Emulation.setScrollbarsHidden", hidden=False)
        self.connect(
            delay="20ms",
            jitter="40ms",
            seed="7",
            close="4001",
            reason="token expired",
            after=str(len(_STORY)),
        )
        self.driver.execute_async_script(_MINUTE, _STORY)
        self.until("closed")
        self.counted(sent=len(_STORY), received=len(_STORY))
        # The pointer still marks what it clicked on.
        ActionChains(self.driver).move_to_element(self.find("log-title")).perform()
        for name, scheme, width in (
            ("light", "light", 1280),
            ("dark", "dark", 1280),
            ("narrow", "light", 360),
        ):
            self.prefer(scheme)
            self.resize(width, 800)
            self.resize(width, self.script(_EXTENT)["scrollHeight"])
            path = directory / f"console-{name}.png"
            # As few colours make a file that is a third as large.
            self.picture().quantize(dither=Image.Dither.NONE).save(path, optimize=True)
            with Image.open(path) as picture:
                self.assertEqual(picture.format, "PNG")
                self.assertEqual(picture.width, width)
                self.assertGreaterEqual(picture.height, 800)
                self.assertGreater(len(picture.getcolors() or ()), 100)
            self.assertLess(path.stat().st_size, 200_000)

    def picture(self) -> Image.Image:
        """
        @return: What is to be seen, once it is drawn.
        """
        self.settle()
        data = self.driver.get_screenshot_as_png()
        return Image.open(BytesIO(data)).convert("RGB")


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
