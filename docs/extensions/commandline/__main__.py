"""
C{python -m commandline DIRECTORY}: write the files into a directory.
"""

import sys
from pathlib import Path

from commandline.stubs import install


def main() -> None:
    install()
    from commandline.files import files  # noqa: PLC0415  it imports the options

    for name, text in files().items():
        path = Path(sys.argv[1], name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


main()
