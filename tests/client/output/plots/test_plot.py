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
        self.directory = Path(self.mktemp())
        self.directory.mkdir()

    def error(
        self, name: str, isInstalled: bool = True, isWritable: bool = True
    ) -> str:
        """
        @return: The error for a file in the directory.
        """
        error = self.assertRaises(
            ValueError,
            checkPlot,
            str(self.directory / name),
            lambda module: object() if isInstalled else None,
            lambda path, mode: isWritable and mode == os.W_OK,
        )
        return str(error)

    def test_acceptsNewAndExistingFile(self) -> None:
        (self.directory / "old.PNG").touch()
        for name in ("new.svg", "old.PNG"):
            checkPlot(str(self.directory / name), lambda module: module)

    def test_refusesOtherSuffix(self) -> None:
        for name in ("plot.pdf", "plot", ".svg"):
            self.assertIn(" ends neither in .svg nor in .png", self.error(name))

    def test_namesMissingExtra(self) -> None:
        self.assertEqual(
            self.error("plot.svg", isInstalled=False),
            "a plot needs matplotlib: pip install 'wsecho[plot]'",
        )

    def test_refusesMissingDirectory(self) -> None:
        self.assertIn("missing' is not a directory", self.error("missing/plot.svg"))

    def test_refusesDirectory(self) -> None:
        (self.directory / "plot.svg").mkdir()
        self.assertIn("plot.svg' is a directory", self.error("plot.svg"))

    def test_refusesUnwritableFile(self) -> None:
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
        @return: A plot with all kinds of data, and its path.
        """
        path = Path(self.mktemp() + name)
        plot = Plot(str(path))
        for each in range(200):
            plot.trips.add(each / 10, 400_000 + 1000 * (each % 17))
            plot.pings.add(each / 10, 300_000 + 1000 * (each % 13))
        plot.outages.add(5, 7.5)
        plot.losses.add(5, 5)
        return path, plot

    def texts(self, path: Path) -> list[str]:
        """
        @return: The texts in an SVG.
        """
        root = ET.parse(path).getroot()  # noqa: S314  (it is ours)
        return [
            each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")
        ]

    def test_svgHasTitleLegendAndUnits(self) -> None:
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

    def test_legendNamesOnlyWhatIsDrawn(self) -> None:
        path = Path(self.mktemp() + ".svg")
        plot = Plot(str(path))
        plot.trips.add(0, 410_000)
        plot.save("title")
        texts = self.texts(path)
        self.assertIn("messages: p50 0.41 ms, p99 0.41 ms", texts)
        for each in texts:
            self.assertNotIn(each.partition(":")[0], ("pings", "no connection", "lost"))

    def test_drawsRunWithoutEcho(self) -> None:
        """
        A long title is cut.
        """
        path = Path(self.mktemp() + ".svg")
        plot = Plot(str(path))
        plot.losses.add(1, 1)
        plot.save("x" * 300)
        texts = self.texts(path)
        self.assertIn("nothing came back", texts)
        self.assertIn("lost", texts)
        self.assertIn("x" * 107 + "...", texts)

    def test_outlierMakesScaleLogarithmic(self) -> None:
        """
        The unit of time fits the duration.
        """
        for longest, expected in ((10**9, "500"), (10**14, "10,000")):
            path = Path(self.mktemp() + ".svg")
            plot = Plot(str(path))
            for each in range(100):
                plot.trips.add(
                    each * 100, 0 if each == 50 and longest > 10**9 else 400_000
                )
            plot.trips.add(100_000, longest)
            plot.save("title")
            texts = self.texts(path)
            self.assertIn(expected, texts)
            self.assertIn("time since the start (h)", texts)

    def test_sameDataMakeSameBytes(self) -> None:
        """
        Whatever settings of matplotlib the user has.
        """
        import matplotlib as mpl  # noqa: PLC0415  (it may be missing)

        for suffix in (".svg", ".png"):
            (first, plot), (second, again) = self.plot(suffix), self.plot(suffix)
            plot.save("title")
            with mpl.rc_context({"axes.facecolor": "black", "text.usetex": True}):
                again.save("title")
                self.assertEqual(mpl.rcParams["axes.facecolor"], "black")
            self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_pngWithTitleOutsideFont(self) -> None:
        path, plot = self.plot(".PNG")
        plot.save("日本 $")
        self.assertEqual(path.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(self.flushWarnings(), [])

    def test_manyPointsMakeSmallFile(self) -> None:
        path, plot = self.plot(".svg")
        for each in range(20_000):
            plot.trips.add(each / 1000, 400_000 + each * 7919 % 100_000)
        plot.save("title")
        self.assertLess(path.stat().st_size, 1_000_000)

    def test_unwritableFileRaises(self) -> None:
        plot = Plot(str(Path(self.mktemp()) / "plot.svg"))
        error = self.assertRaises(OSError, plot.save, "title")
        self.assertIn("No such file or directory", str(error))

    def test_brokenMatplotlibRaisesOSError(self) -> None:
        """
        So the run loses its plot only.
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
