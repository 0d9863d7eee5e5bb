"""
The pictures of the page in the README and in the manual.
"""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains

from tests.kit.processes import until
from tests.system.console.browser import ConsoleTestCase

#: Sends all messages, three at a time, and moves the page's clock between them.
_MINUTE = """
const [story, done] = arguments;
const find = name => document.getElementById(name);
const now = performance.now.bind(performance);
const {session, second} = echoConsole;
let passed = 0;
performance.now = () => now() + passed;
const turn = () => {
    setTimeout(session.sent === story.length ? done : turn, 5);
    if ([session, second].some(each => each.received < each.sent)) return;  // in threes
    passed += 1400;
    for (const message of story.slice(session.sent, session.sent + 3)) {
        [find("kind").value, find("message").value] = message;
        find("send").click();
    }
};
turn();
"""


_SECOND = "return echoConsole.second.state"

#: Kinds and payloads of a plausible session.
_STORY = [
    message
    for number in range(1, 41)
    for message in (
        ("text", f'{{"id": {number}, "method": "quote", "params": ["EUR"]}}'),
        ("hex", f"08 {number:02x} 12 07 58 45 54 52 41 2d 46"),
        ("text", f"Grüße aus Köln, zum {number}. Mal"),
    )
]


class ScreenshotTests(ConsoleTestCase):
    """
    Writes the pictures to the directory C{SCREENSHOTS}.
    """

    def setUp(self) -> None:
        super().setUp()
        directory = os.environ.get("SCREENSHOTS") or self.mktemp()
        self.directory = Path(directory).absolute()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.visit()
        self.command("Emulation.setScrollbarsHidden", hidden=True)
        self.addCleanup(self.command, "Emulation.setScrollbarsHidden", hidden=False)

    def tell(self) -> None:
        """
        Exchange the messages of the story.
        """
        self.driver.execute_async_script(_MINUTE, _STORY)
        self.counted(sent=len(_STORY), received=len(_STORY))
        # The pointer highlights the element below it.
        ActionChains(self.driver).move_to_element(self.find("log-title")).perform()

    def test_screenshots(self) -> None:
        """
        A session up to a close by the server: light, dark and narrow.
        """
        self.connect(
            delay="20ms",
            jitter="40ms",
            seed="7",
            close="4001",
            reason="token expired",
            after=str(len(_STORY)),
        )
        self.tell()
        self.until("closed")
        for name, scheme, width in (
            ("light", "light", 1280),
            ("dark", "dark", 1280),
            ("narrow", "light", 360),
        ):
            self.prefer(scheme)
            self.resize(width, 800)
            self.store(f"console-{name}.png", width)

    def test_comparison(self) -> None:
        """
        Two connections, the second with a delay of 30 ms.
        """
        self.fill("second", self.socket + "?delay=30ms")
        self.connect(delay="20ms", jitter="10ms", seed="7")
        until(lambda: self.script(_SECOND) == "open", "the second connection")
        self.tell()
        self.resize(1280, 900)
        self.store("console-comparison.png", 1280)

    def store(self, name: str, width: int) -> None:
        """
        Write a picture of the page.
        """
        path = self.directory / name
        # 256 colours make the file a third as large.
        self.picture().quantize(dither=Image.Dither.NONE).save(path, optimize=True)
        with Image.open(path) as picture:
            self.assertEqual(picture.format, "PNG")
            self.assertEqual(picture.width, width)
            self.assertGreaterEqual(picture.height, 800)
            self.assertGreater(len(picture.getcolors() or ()), 100)
        self.assertLess(path.stat().st_size, 200_000)

    def picture(self) -> Image.Image:
        """
        @return: A screenshot after all animations.
        """
        self.settle()
        data = self.driver.get_screenshot_as_png()
        return Image.open(BytesIO(data)).convert("RGB")
