"""
Connections that do not open.
"""

from tests.kit.processes import freePort, until
from tests.system.console.browser import FAILED
from tests.system.console.page import (
    VisitedTestCase,
)

#: Answers the page's plain HTTP request with a redirect, a timeout, a failure, or an
#: endless body.
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


class RefusalTests(VisitedTestCase):
    """
    What the page says about a failed handshake.
    """

    def test_webPageInsteadOfSocket(self) -> None:
        """
        The page says so, names the socket's URL and shows no markup.
        """
        self.allowed = (rf"{FAILED}.*(200|404)", "status of 404")
        for path, words in (("", "a web page, not"), ("nothing", "not exist (404)")):
            self.dial(self.socket.removesuffix("socket") + path)
            self.until("closed")
            until(lambda: words in self.text("close-meaning"), words)  # noqa: B023  called at once
            shown = self.text("close-meaning")
            self.assertIn(f"Did you mean {self.socket}?", shown)
            self.assertNotIn("<", shown)

    def test_requestedStatusIsShown(self) -> None:
        self.allowed = (rf"{FAILED}.*503", "status of 426")
        self.dial(status="503")
        self.until("closed")
        until(lambda: "503" in self.text("close-meaning"), "the status")

    def test_answerToPlainHTTP(self) -> None:
        """
        The page tells redirects, timeouts and failures apart. It cancels an endless
        body.
        """
        self.allowed = (rf"{FAILED}.*503",)
        for kind, words in (
            (
                "redirect",
                "The server redirects, for example to a login page or to https.",
            ),
            ("slow", "plain HTTP request to the same URL took more than 5 s"),
            ("lost", "plain HTTP request to the same URL failed as well"),
            ("endless", "The server's response to plain HTTP: 502"),
        ):
            self.script(_ANSWERS, kind)
            self.dial(status="503")
            until(lambda: words in self.text("close-meaning"), words)  # noqa: B023  called at once
        self.assertTrue(self.script("return isCancelled"))
        self.assertLess(self.script("return given"), 10)

    def test_likelyCausesOfUnexplainedFailure(self) -> None:
        """
        The log has the target.
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

    def test_closedPort(self) -> None:
        self.allowed = (f"{FAILED}.*CONNECTION_REFUSED", "CONNECTION_REFUSED")
        self.dial(f"ws://127.0.0.1:{freePort()}/socket")
        self.until("closed")
        self.assertEqual(self.text("state"), "Refused")
        self.assertIn("Refused", self.driver.title)
        until(lambda: "origin" in self.text("close-meaning"), "the causes")
