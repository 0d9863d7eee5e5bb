"""
README.rst, and its code blocks.
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
