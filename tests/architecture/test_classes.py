"""
Tests of the classes: how they are put together and what they are called.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from inspect import isfunction

from autobahn.twisted.websocket import WebSocketClientProtocol, WebSocketServerProtocol
from twisted.trial.unittest import SynchronousTestCase

from tests.architecture.code import Module, classes, modules

#: Our own classes that a class may inherit from, directly or not.
MAX_BASES = 3

#: Public names of more than one class: L{echo.wire} describes them, and each of its
#: codecs implements them.
TWICE = {"ClientCodec", "Codec", "Wire"}

#: Ignored errors of mypy about methods of a class beside a mixin.
MAX_IGNORED = 2


class InheritanceTests(SynchronousTestCase):
    """
    A conversation has parts: it is not a pile of base classes.
    """

    def test_bases(self) -> None:
        """
        No class has more than three of our own classes above it.
        """
        found = {
            f"{kind.__module__}.{kind.__name__}"
            for kind in classes()
            if sum(map(_isOurs, kind.__mro__[1:])) > MAX_BASES
        }
        self.assertEqual(found, set())

    def test_mixins(self) -> None:
        """
        No class relies on methods of the class beside it, which mypy cannot see. Two
        exceptions are allowed.
        """
        found = [
            f"{module.name}: {line.strip()}"
            for module in modules().values()
            for line in module.source.splitlines()
            if re.search(r"# type: ignore.*mixin|super\(\).*# type: ignore\[misc", line)
        ]
        self.assertLessEqual(len(found), MAX_IGNORED, "\n".join(found))


class ReplacementTests(SynchronousTestCase):
    """
    The methods of an object are those of its class.
    """

    def test_methods(self) -> None:
        """
        No method of an object is replaced at run time.
        """
        found = {
            f"{module.name}: {target}"
            for module in modules().values()
            for target in _replaced(module)
        }
        self.assertEqual(found, set())


class ClassNameTests(SynchronousTestCase):
    """
    A name has one meaning in the whole tree.
    """

    def test_unique(self) -> None:
        """
        No two modules have a public class of the same name.
        """
        counts = Counter(
            node.name
            for module in modules().values()
            for node in module.tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )
        found = {name for name, count in counts.items() if count > 1}
        self.assertEqual(found - TWICE, set())


def _isOurs(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "echo"


def _replaced(module: Module) -> Iterator[str]:
    """
    @return: The assignments of a method, or of a C{lambda}, to an attribute of the name
        of a method; and calls of C{setattr}, unless the name is that of no method.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
            name = node.args[1]
            if not isinstance(name, ast.Constant) or name.value in _methods():
                yield ast.unparse(node)
        elif isinstance(node, ast.Assign) and _isMethod(node.value):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr in _methods():
                    yield ast.unparse(target)


def _isMethod(value: ast.expr) -> bool:
    return isinstance(value, ast.Lambda) or getattr(value, "attr", "") in _methods()


@cache
def _methods() -> frozenset[str]:
    """
    @return: The names of all methods of Autobahn's protocols and of our classes. A name
        that another class of ours has for an attribute is left out.
    """
    autobahns = _methodsOf(WebSocketServerProtocol, WebSocketClientProtocol)
    return frozenset(autobahns | (_methodsOf(*classes()) - _attributes()))


def _methodsOf(*kinds: type) -> set[str]:
    return {
        name
        for kind in kinds
        for base in kind.__mro__
        for name, value in vars(base).items()
        if isfunction(value)
    }


def _attributes() -> set[str]:
    """
    @return: The names of all attributes that our classes declare.
    """
    return {
        node.target.id
        for module in modules().values()
        for kind in ast.walk(module.tree)
        if isinstance(kind, ast.ClassDef)
        for node in kind.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
