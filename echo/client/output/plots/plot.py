"""
The file of C{--plot}. It is checked before the run, and drawn after it.
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
    @param findSpec: Finds a module without importing it.

    @return: The path.

    @raise ValueError: No plot can be saved there. The message says what would be right.
    """
    if Path(path).suffix.lower() not in _SUFFIXES:
        raise ValueError(f"{path!r} ends neither in .svg nor in .png")
    if findSpec("matplotlib") is None:
        raise ValueError("a plot needs matplotlib: pip install 'wsecho[plot]'")
    return checkWritable(path, access)


class Plot(Timeline):
    """
    The data of a plot, and its file.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)

    def save(self, title: str) -> None:
        """
        @param title: A title without credentials.

        @raise OSError: The plot cannot be drawn, or the file cannot be written.
        """
        # matplotlib logs that it builds its list of fonts.
        logging.getLogger("matplotlib").addHandler(logging.NullHandler())
        try:
            from echo.client.output.plots.figure import drawFigure  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise OSError(f"matplotlib does not work: {error}") from error
        form = self._path.suffix[1:].lower()
        self._path.write_bytes(drawFigure(self, title, form))
