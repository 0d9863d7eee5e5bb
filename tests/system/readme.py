"""
README.rst and its code blocks, and the files of pages of the manual.
"""

import re
import textwrap

from tests.kit.processes import ROOT

README = (ROOT / "README.rst").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """
    @return: The code blocks in a language.
    """
    found = re.findall(
        rf"^\.\. code-block:: {language}\n\n((?:    .*\n|\n)+)", README, re.MULTILINE
    )
    return [textwrap.dedent(block).strip() + "\n" for block in found]


def files(page: str) -> dict[str, str]:
    """
    @param page: The path of a page in C{docs}.

    @return: The texts of its code blocks with a caption, by caption.
    """
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = re.findall(
        r"^\.\. code-block:: \w+\n   :caption: (.+)\n\n((?:   .*\n|\n)+)",
        text,
        re.MULTILINE,
    )
    return {name: textwrap.dedent(block).strip() + "\n" for name, block in found}
