"""
Where a plot of a run goes.

Nothing here draws: that takes matplotlib, which only a plot needs.
"""

import importlib.util
import logging
import os
from collections.abc import Callable
from pathlib import Path

from echo.client.output.files import checkWritable
from echo.client.output.plots.timeline import Timeline

_SUFFIXES = (".svg", ".png")


def checkPlot(
    path: str,
    findSpec: Callable[[str], object] = importlib.util.find_spec,
    access: Callable[[str | Path, int], bool] = os.access,
) -> str:
    """
    Check that a plot could be saved, before there is anything to draw.

    @param path: Where to.

    @param findSpec: Tells whether a module is there; without importing it.

    @param access: What L{os.access} is.

    @return: The path.

    @raise ValueError: It could not; the message says what would be right.
    """
    if Path(path).suffix.lower() not in _SUFFIXES:
        raise ValueError(f"{path!r} ends neither in .svg nor in .png")
    if findSpec("matplotlib") is None:
        raise ValueError("a plot needs matplotlib: pip install 'echo[plot]'")
    checkWritable(path, access)
    return path


class Plot(Timeline):
    """
    A run, and the file that it is to be drawn into.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)

    def save(self, title: str) -> None:
        """
        Draw it.

        @param title: What stands above it, fit to be shown.

        @raise OSError: It cannot be drawn or written.
        """
        # It builds lists of fonts, and says so: nothing that anybody asked for.
        logging.getLogger("matplotlib").addHandler(logging.NullHandler())
        try:
            from echo.client.output.plots.figure import drawFigure  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise OSError(f"matplotlib does not work: {error}") from error
        form = self._path.suffix[1:].lower()
        self._path.write_bytes(drawFigure(self, title, form))
