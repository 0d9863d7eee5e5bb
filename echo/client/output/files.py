"""
Checks of the files that a run writes at its end.
"""

import os
from collections.abc import Callable
from pathlib import Path


def checkWritable(
    path: str, access: Callable[[str | Path, int], bool] = os.access
) -> str:
    """
    @return: The path.

    @raise ValueError: The file cannot be written. The message says why.
    """
    file = Path(path)
    if not file.parent.is_dir():
        raise ValueError(f"{str(file.parent)!r} is not a directory")
    if file.is_dir():
        raise ValueError(f"{path!r} is a directory")
    if not access(file if file.exists() else file.parent, os.W_OK):
        raise ValueError(f"{path!r} cannot be written")
    return path
