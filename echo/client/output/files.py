"""
Files that a run writes at its end, checked before it begins.
"""

import os
from collections.abc import Callable
from pathlib import Path


def checkWritable(
    path: str, access: Callable[[str | Path, int], bool] = os.access
) -> None:
    """
    Check that a file can be written.

    @param access: What L{os.access} is.

    @raise ValueError: It cannot; the message says why.
    """
    file = Path(path)
    if not file.parent.is_dir():
        raise ValueError(f"{str(file.parent)!r} is not a directory")
    if file.is_dir():
        raise ValueError(f"{path!r} is a directory")
    if not access(file if file.exists() else file.parent, os.W_OK):
        raise ValueError(f"{path!r} cannot be written")
