"""
Tests of L{tests.system.pages.parser}, and rules for all pages.
"""

import re
from pathlib import Path

from twisted.python.reflect import namedAny
from twisted.trial.unittest import SynchronousTestCase

from tests.kit.processes import ROOT
from tests.system.pages.elsewhere import ELSEWHERE
from tests.system.pages.parser import (
    Block,
    Command,
    InvalidPage,
    blocks,
    pages,
    relative,
)

_BLOCK = ".. code-block:: {}\n\n   {}\n"


class ParserTests(SynchronousTestCase):
    """
    Pages in memory.
    """

    def parse(self, text: str) -> list[Block]:
        path = Path(self.mktemp())
        path.write_text(text)
        return blocks(path)

    def assertInvalid(self, text: str, reason: str) -> None:
        with self.assertRaises(InvalidPage) as raised:
            self.parse(text)
        self.assertEqual(str(raised.exception), reason)

    def commands(self, text: str) -> list[Command]:
        (block,) = self.parse(text)
        return list(block.commands())

    def test_commandsAndScreens(self) -> None:
        self.assertEqual(
            self.commands(
                "Title\n=====\n\n.. code-block:: console\n\n"
                "   $ one\n   first\n\n   $ two \\\n       --more\n     second\n\n"
                "Text.\n"
            ),
            [
                Command(6, "one", ("first",)),
                Command(9, "two \\\n    --more", ("  second",)),
            ],
        )

    def test_continuedByPrompt(self) -> None:
        self.assertEqual(
            self.commands(
                ".. code-block:: console\n\n   $ cat <<E\n   > text\n   > E\n   text\n"
            ),
            [Command(3, "cat <<E\ntext\nE", ("text",))],
        )

    def test_file(self) -> None:
        (block,) = self.parse(
            "* Item:\n\n  .. code-block:: ini\n     :caption: a/b.ini\n\n     [a]\n\n"
            "     b = 1\n"
        )
        self.assertEqual(block, Block(6, "ini", "[a]\n\nb = 1\n", "a/b.ini"))

    def test_includedFile(self) -> None:
        Path("included.conf").write_text("a = 1\n")
        self.addCleanup(Path("included.conf").unlink)
        path = Path("page.rst")
        path.write_text(
            ".. literalinclude:: included.conf\n   :language: ini\n"
            "   :caption: my.conf\n"
        )
        self.addCleanup(path.unlink)
        (block,) = blocks(path)
        self.assertEqual((block.file, block.body), ("my.conf", "a = 1\n"))

    def test_classes(self) -> None:
        (block,) = self.parse(
            ".. code-block:: console\n   :class: background\n\n   $ one\n"
        )
        self.assertTrue(block.isBackground)
        self.assertFalse(block.isElsewhere)
        self.assertInvalid(
            ".. code-block:: console\n   :class: backgruond\n\n   $ one\n",
            "line 4: unknown class backgruond",
        )

    def test_replacements(self) -> None:
        (block,) = self.parse(
            ".. run with: 1h => 2s,\n   a.example => localhost\n\n"
            ".. code-block:: console\n   :class: long\n\n   $ run -w 1h a.example\n"
        )
        self.assertEqual(
            list(block.commands()), [Command(7, "run -w 2s localhost", ())]
        )
        self.assertInvalid(
            ".. run with: 2h => 2s\n\n" + _BLOCK.format("console", "$ run -w 1h"),
            "line 5: 'run with:' replaces '2h', which is not there",
        )

    def test_drawingIsNotCode(self) -> None:
        self.assertEqual(self.parse(_BLOCK.format("text", "a --> b")), [])

    def test_whatCannotRunIsInvalid(self) -> None:
        for language, body, reason in (
            ("console", "ls", "line 3: 'ls' stands before the first '$ '"),
            ("json", "{}", "line 3: a json block needs a caption: its file"),
            ("text", "$ ls", "line 3: a text block needs a caption: its file"),
            ("python", "1", "line 3: Python without a caption must be a doctest"),
        ):
            self.assertInvalid(_BLOCK.format(language, body), reason)
        self.assertInvalid("Run::\n\n   $ ls\n", "line 3: '$ ls': write a code-block")
        self.assertInvalid(
            _BLOCK.format("python", ">>> 1") + "\n.. code:: sh\n\n   ls\n",
            "line 5: '.. code::': write a code-block",
        )
        self.assertInvalid(
            ".. code-block:: ini\n   :caption: ../up.ini\n\n   a = 1\n",
            "line 4: ../up.ini is outside the page's directory",
        )


class PageTests(SynchronousTestCase):
    """
    The pages of the manual.
    """

    def test_codeRunsOrIsListed(self) -> None:
        """
        Each block is understood. Those that do not run are listed, and no others.
        """
        found = {relative(path): _elsewhere(blocks(path)) for path in pages()}
        self.assertEqual(
            {page: keys for page, keys in found.items() if keys},
            {page: {*keys} for page, keys in ELSEWHERE.items()},
        )

    def test_listedPlacesExist(self) -> None:
        for places in ELSEWHERE.values():
            for place in places.values():
                if not (ROOT / place).exists():
                    namedAny(place)

    def test_filesAreUsed(self) -> None:
        """
        A command or another file names each file, or a tool finds it by itself.
        """
        unused = []
        for path in pages():
            found = [each for each in blocks(path) if not each.isElsewhere]
            for block in found:
                name = Path(block.file)
                others = "\n".join(each.body for each in found if each is not block)
                used = rf"\b(?:{re.escape(name.stem)}|build|pytest|trial|unittest)\b"
                if block.file and not re.search(used, others):
                    unused.append(f"{relative(path)}:{block.line}: {block.file}")
        self.assertEqual(unused, [])


def _elsewhere(found: list[Block]) -> set[str]:
    """
    @return: The commands and files that the page's test does not run.
    """
    return {
        key
        for block in found
        if block.isElsewhere
        for key in (
            [block.file]
            if block.file
            else [command.text for command in block.commands()]
        )
    }
