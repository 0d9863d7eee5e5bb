"""
Pages of the manual: code blocks, and the commands in them.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.kit.processes import ROOT

_BLOCK = re.compile(
    r"^(?P<indent> *)\.\. (?P<directive>code-block|literalinclude):: *"
    r"(?P<argument>.*)\n"
    r"(?P<options>(?:(?P=indent) +:.*\n)*)"
    r"(?P<body>(?:\n|(?P=indent) +.*\n)*)",
    re.MULTILINE,
)
_OPTION = re.compile(r"^ *:([\w-]+): *(.*)$", re.MULTILINE)
_REPLACEMENTS = re.compile(r"\.\. run with: (.+(?:\n +.+)*)\n\n*\Z")

# Code in a form that is not run.
_OTHER = re.compile(
    r"^ *\.\. (?:code|sourcecode|parsed-literal|highlight|prompt|doctest|testcode)::"
    r"|^ +\$ .*",
    re.MULTILINE,
)

#: Languages of blocks whose lines are commands without a prompt.
_SHELL = ("bash", "sh", "shell")


class InvalidPage(Exception):
    """
    A page has a block that no test can run.
    """


@dataclass(frozen=True)
class Command:
    """
    @ivar line: Its line number.

    @ivar text: What the shell gets.

    @ivar screen: The lines of output that the page shows.
    """

    line: int
    text: str
    screen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """
    A code block.

    @ivar line: The line number of its directive.

    @ivar file: The name of the file that it is, or an empty text.

    @ivar classes: Such as C{background}.
    """

    line: int
    language: str
    body: str
    file: str = ""
    classes: tuple[str, ...] = ()

    @property
    def isElsewhere(self) -> bool:
        """
        Whether another test runs it.
        """
        return "elsewhere" in self.classes or (
            self.language in _SHELL and not self.file
        )

    @property
    def isBackground(self) -> bool:
        return "background" in self.classes

    @property
    def isDoctest(self) -> bool:
        return self.language in ("python", "pycon") and not self.file

    def commands(self) -> Iterator[Command]:
        """
        @return: The commands of a block without a file.
        """
        if self.language in _SHELL:
            for number, text in _joined(self.body.splitlines(), self.line + 1):
                yield Command(number, text)
        elif self.language == "console":
            yield from _prompted(self.body.splitlines(), self.line)


def _joined(lines: list[str], first: int) -> Iterator[tuple[int, str]]:
    """
    @return: The lines that are not empty, each with those that a backslash continues.
    """
    text = ""
    for number, line in enumerate(lines, first):
        text += line
        if text.endswith("\\"):
            text += "\n"
        elif text:
            yield number, text
            text = ""


def _prompted(lines: list[str], first: int) -> Iterator[Command]:
    """
    @return: The commands behind prompts.
    """
    command: Command | None = None
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            if command is not None:
                yield _trimmed(command)
            command = Command(number, line[2:])
        elif command is None:
            raise InvalidPage(f"line {number}: {line!r} stands before the first '$ '")
        elif not command.screen and (
            command.text.endswith("\\") or line.startswith("> ")
        ):
            command = replace(
                command, text=f"{command.text}\n{line.removeprefix('> ')}"
            )
        else:
            command = replace(command, screen=(*command.screen, line))
    if command is None:
        raise InvalidPage(f"line {first}: no command begins with '$ '")
    yield _trimmed(command)


def _trimmed(command: Command) -> Command:
    """
    @return: The command without empty lines at the end of its screen.
    """
    screen = list(command.screen)
    while screen and not screen[-1].strip():
        del screen[-1]
    return replace(command, screen=tuple(screen))


def blocks(path: Path) -> list[Block]:
    """
    @return: The blocks of a page, without those of language C{text} (drawings).

    @raise InvalidPage: A block can neither run nor be a file.
    """
    text = path.read_text("utf-8")
    found = []
    rest = ""
    end = 0
    for match in _BLOCK.finditer(text):
        between = text[end : match.start()]
        rest += between + "\n" * match[0].count("\n")
        end = match.end()
        line = text.count("\n", 0, match.start()) + 1
        block = _block(path, match, line)
        if block.language == "text" and not block.file and "$ " not in block.body:
            continue
        replacements = _REPLACEMENTS.search(between)
        if replacements is not None:
            block = _replaced(block, replacements[1])
        _check(block)
        found.append(block)
    rest += text[end:]
    if other := _OTHER.search(rest):
        line = rest.count("\n", 0, other.start()) + 1
        raise InvalidPage(f"line {line}: {other[0].strip()!r}: write a code-block")
    return found


def _block(path: Path, match: "re.Match[str]", line: int) -> Block:
    options = dict(_OPTION.findall(match["options"]))
    language, body = match["argument"].strip(), match["body"]
    first = line + 1 + match["options"].count("\n")
    if match["directive"] == "literalinclude":
        included = path.parent / language
        language, body = options.get("language", "text"), included.read_text("utf-8")
    else:
        first += len(body) - len(body.lstrip("\n"))
    return Block(
        first,
        language,
        textwrap.dedent(body).strip("\n") + "\n",
        options.get("caption", "").strip("`"),
        tuple(options.get("class", "").split()),
    )


def _replaced(block: Block, text: str) -> Block:
    """
    @param text: What C{run with:} says.
    """
    body = block.body
    for each in re.split(r",\s+", text):
        old, arrow, new = each.partition(" => ")
        if not arrow or old.strip() not in block.body:
            raise InvalidPage(
                f"line {block.line}: 'run with:' replaces {old!r}, which is not there"
            )
        body = body.replace(old.strip(), new.strip())
    return replace(block, body=body)


def _check(block: Block) -> None:
    """
    @raise InvalidPage: It would not run.
    """
    where = f"line {block.line}: "
    unknown = {*block.classes} - {"background", "elsewhere", "long"}
    if unknown:
        raise InvalidPage(f"{where}unknown class {', '.join(sorted(unknown))}")
    if block.file:
        parts = Path(block.file).parts
        if not block.isElsewhere and {"/", ".."} & {*parts}:
            raise InvalidPage(f"{where}{block.file} is outside the page's directory")
    elif block.isDoctest:
        if ">>> " not in block.body and not block.isElsewhere:
            raise InvalidPage(f"{where}Python without a caption must be a doctest")
    elif block.language in ("console", *_SHELL):
        list(block.commands())
    elif not block.isElsewhere:
        raise InvalidPage(f"{where}a {block.language} block needs a caption: its file")


def relative(path: Path) -> str:
    """
    @return: The path of a page in the checkout.
    """
    return str(path.relative_to(ROOT))


def pages() -> list[Path]:
    """
    @return: All pages with code.
    """
    found = [ROOT / "README.rst", *(ROOT / "docs").rglob("*.rst")]
    return sorted(path for path in found if _BLOCK.search(path.read_text("utf-8")))
