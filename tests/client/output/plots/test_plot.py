"""
Tests for L{echo.client.output.plots.plot} and L{echo.client.output.plots.figure}.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.plots.plot import Plot, checkPlot


class CheckTests(SynchronousTestCase):
    """
    Tests for L{checkPlot}.
    """

    def setUp(self) -> None:
        """
        There is a directory.
        """
        self.directory = Path(self.mktemp())
        self.directory.mkdir()

    def error(
        self, name: str, isInstalled: bool = True, isWritable: bool = True
    ) -> str:
        """
        @return: What is wrong with a file in the directory.
        """
        error = self.assertRaises(
            ValueError,
            checkPlot,
            str(self.directory / name),
            lambda module: object() if isInstalled else None,
            lambda path, mode: isWritable and mode == os.W_OK,
        )
        return str(error)

    def test_good(self) -> None:
        """
        A picture can be made in a directory, or in the place of another one.
        """
        (self.directory / "old.PNG").touch()
        for name in ("new.svg", "old.PNG"):
            checkPlot(str(self.directory / name), lambda module: module)

    def test_name(self) -> None:
        """
        The name says which kind of picture it is to be.
        """
        for name in ("plot.pdf", "plot", ".svg"):
            self.assertIn(" ends neither in .svg nor in .png", self.error(name))

    def test_noMatplotlib(self) -> None:
        """
        Without matplotlib it says how to get it.
        """
        self.assertEqual(
            self.error("plot.svg", isInstalled=False),
            "a plot needs matplotlib: pip install 'echo[plot]'",
        )

    def test_noDirectory(self) -> None:
        """
        It makes no directories.
        """
        self.assertIn("missing' is not a directory", self.error("missing/plot.svg"))

    def test_directory(self) -> None:
        """
        A directory is no place for a picture, whatever its name.
        """
        (self.directory / "plot.svg").mkdir()
        self.assertIn("plot.svg' is a directory", self.error("plot.svg"))

    def test_notWritable(self) -> None:
        """
        A file that could not be written is said so at once.
        """
        error = self.error("plot.svg", isWritable=False)
        self.assertIn("plot.svg' cannot be written", error)


class SaveTests(SynchronousTestCase):
    """
    Tests for L{Plot.save}.
    """

    if find_spec("matplotlib") is None:
        skip = "there is no matplotlib"

    def plot(self, name: str) -> tuple[Path, Plot]:
        """
        @return: A plot of something of everything, and where it is saved.
        """
        path = Path(self.mktemp() + name)
        plot = Plot(str(path))
        for each in range(200):
            plot.add(each / 10, 400_000 + 1000 * (each % 17))
            plot.ping(each / 10, 300_000 + 1000 * (each % 13))
        plot.outage(5, 7.5)
        plot.lost(5)
        return path, plot

    def texts(self, path: Path) -> list[str]:
        """
        @return: What is written in a picture.
        """
        root = ET.parse(path).getroot()  # noqa: S314  (it is ours)
        return [
            each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")
        ]

    def test_svg(self) -> None:
        """
        The picture is XML, with the title as it was given, and says what is to be
        seen, in which units.
        """
        path, plot = self.plot(".svg")
        plot.save("ws://a/?x=$1^{2$&<b> 日本")
        texts = self.texts(path)
        for each in (
            "ws://a/?x=$1^{2$&<b> 日本",
            "round trip (ms)",
            "time since the start (s)",
            "percentile",
            "messages: p50 0.41 ms, p99 0.42 ms",
            "pings: p50 0.31 ms, p99 0.31 ms",
            "no connection",
            "lost",
        ):
            self.assertIn(each, texts)

    def test_onlyWhatIsThere(self) -> None:
        """
        Nothing is said of pings, outages and losses that did not happen.
        """
        path = Path(self.mktemp() + ".svg")
        plot = Plot(str(path))
        plot.add(0, 410_000)
        plot.save("title")
        texts = self.texts(path)
        self.assertIn("messages: p50 0.41 ms, p99 0.41 ms", texts)
        for each in texts:
            self.assertNotIn(each.partition(":")[0], ("pings", "no connection", "lost"))

    def test_nothing(self) -> None:
        """
        That nothing came back is something to be shown as well; a long title is
        cut.
        """
        path = Path(self.mktemp() + ".svg")
        plot = Plot(str(path))
        plot.lost(1)
        plot.save("x" * 300)
        texts = self.texts(path)
        self.assertIn("nothing came back", texts)
        self.assertIn("lost", texts)
        self.assertIn("x" * 107 + "...", texts)

    def test_skewed(self) -> None:
        """
        A time much longer than the others does not make them a flat line; time goes
        in units that fit.
        """
        for longest, expected in ((10**9, "500"), (10**14, "10,000")):
            path = Path(self.mktemp() + ".svg")
            plot = Plot(str(path))
            for each in range(100):
                plot.add(each * 100, 0 if each == 50 and longest > 10**9 else 400_000)
            plot.add(100_000, longest)
            plot.save("title")
            texts = self.texts(path)
            self.assertIn(expected, texts)
            self.assertIn("time since the start (h)", texts)

    def test_same(self) -> None:
        """
        The same run makes the same bytes, whatever the user's settings are.
        """
        import matplotlib as mpl  # noqa: PLC0415  (it may be missing)

        for suffix in (".svg", ".png"):
            (first, plot), (second, again) = self.plot(suffix), self.plot(suffix)
            plot.save("title")
            with mpl.rc_context({"axes.facecolor": "black", "text.usetex": True}):
                again.save("title")
                self.assertEqual(mpl.rcParams["axes.facecolor"], "black")
            self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_png(self) -> None:
        """
        The other kind of picture is one, too; the title may have what no font has.
        """
        path, plot = self.plot(".PNG")
        plot.save("日本 $")
        self.assertEqual(path.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(self.flushWarnings(), [])

    def test_small(self) -> None:
        """
        Many points make no large file.
        """
        path, plot = self.plot(".svg")
        for each in range(20_000):
            plot.add(each / 1000, 400_000 + each * 7919 % 100_000)
        plot.save("title")
        self.assertLess(path.stat().st_size, 1_000_000)

    def test_notWritten(self) -> None:
        """
        It says why there is no picture.
        """
        plot = Plot(str(Path(self.mktemp()) / "plot.svg"))
        error = self.assertRaises(OSError, plot.save, "title")
        self.assertIn("No such file or directory", str(error))

    def test_broken(self) -> None:
        """
        A matplotlib that is there and does not work costs the plot, not the run.
        """
        path, plot = self.plot(".svg")
        name = "echo.client.output.plots.figure"
        before = sys.modules.pop(name, None)

        def restore() -> None:
            del sys.modules[name]
            if before is not None:
                sys.modules[name] = before

        sys.modules[name] = None  # type: ignore[assignment]  # what import refuses
        self.addCleanup(restore)
        error = self.assertRaises(OSError, plot.save, "title")
        self.assertRegex(str(error), "^matplotlib does not work: ")
        self.assertFalse(path.exists())
