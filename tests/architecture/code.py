"""
The modules and classes of C{echo/}, read once for all tests of this package.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import echo

ROOT = Path(echo.__file__).parent


@dataclass(frozen=True)
class Module:
    """
    One module.

    @ivar name: Its full name. A package has the name of its C{__init__}.
    """

    name: str
    path: Path
    source: str
    tree: ast.Module

    @property
    def isPackage(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def at(self, node: ast.AST) -> str:
        """
        @return: C{echo/usage.py:12}, for messages.
        """
        return f"{self.path.relative_to(ROOT.parent)}:{getattr(node, 'lineno', 0)}"


@cache
def modules() -> dict[str, Module]:
    """
    @return: All modules, by name.
    """
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("echo", *path.relative_to(ROOT).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        source = path.read_text()
        found[name] = Module(name, path, source, ast.parse(source))
    return found


def isWithin(name: str, *packages: str) -> bool:
    """
    @return: Whether a module is one of these packages, or inside one of them.
    """
    return any(name == each or name.startswith(f"{each}.") for each in packages)


def imports(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """
    @return: The imports of a module: at its top, inside functions and for types. Each
        with the full name of the imported module or object.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{each.name}") for each in node.names)


def imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """
    @return: The imports of our own modules: C{echo.units} for
        C{from echo.units import parseSize}.
    """
    for node, name in imports(module):
        if name in modules():
            yield node, name
        elif name.rpartition(".")[0] in modules():
            yield node, name.rpartition(".")[0]


def forTypes(module: Module) -> set[ast.AST]:
    """
    @return: The statements that only the type checker sees: C{if TYPE_CHECKING:}.
    """
    return {
        node
        for block in module.tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
    }


@cache
def classes() -> tuple[type, ...]:
    """
    @return: All classes that a module defines at its top. The module of the C codec is
        left out where there was no compiler.
    """
    found: dict[type, None] = {}
    for name, module in modules().items():
        tops = [
            node.name for node in module.tree.body if isinstance(node, ast.ClassDef)
        ]
        if not tops:
            continue
        try:
            loaded = import_module(name)
        except ImportError:
            if name != "echo.wire.compiled":
                raise
            continue
        found.update(dict.fromkeys(getattr(loaded, top) for top in tops))
    return tuple(found)
