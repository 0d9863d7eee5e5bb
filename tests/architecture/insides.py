"""
The internal names of other libraries that C{echo/} uses.

A name is internal if it begins with an underscore, or, for Autobahn's protocols, if no
interface of Autobahn or Twisted has it.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import getsource
from itertools import chain
from typing import Any

from autobahn.websocket import interfaces
from twisted.internet import interfaces as twistedInterfaces
from twisted.protocols.policies import ProtocolWrapper
from zope.interface.interfaces import IInterface

from tests.architecture.code import Module, classes, imports, isWithin, modules

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS = _FUNCTIONS | ast.ClassDef


@dataclass(frozen=True)
class Library:
    """
    A library, or a part of one.

    @ivar sources: The modules that define its names.

    @ivar withPublic: Whether public names without documentation are internal, too.
    """

    name: str
    sources: tuple[str, ...]
    withPublic: bool = False


LIBRARIES = (
    Library(
        "Autobahn",
        ("autobahn.websocket.protocol", "autobahn.twisted.websocket"),
        withPublic=True,
    ),
    Library("autobahn.util", ("autobahn.util",)),
    Library(
        "HAProxy",
        (
            "twisted.protocols.haproxy._parser",
            "twisted.protocols.haproxy._v1parser",
            "twisted.protocols.haproxy._v2parser",
            "twisted.protocols.haproxy._wrapper",
        ),
    ),
    Library("TLS", ("twisted.protocols.tls", "OpenSSL._util", "OpenSSL.SSL")),
    Library("twisted.web", ("twisted.web.http", "twisted.protocols.basic")),
    Library("twisted.internet", ("twisted.internet.abstract", "twisted.internet.tcp")),
)

#: Names of Autobahn that are ordinary words. They count only in a class that inherits
#: from Autobahn's.
_WORDS = {
    *("accept", "binary", "data", "error", "failed", "fin", "headers", "host"),
    *("length", "log", "mask", "opcode", "origin", "params", "path", "payload", "peer"),
    *("port", "protocol", "protocols", "proxy", "reactor", "reset", "resource", "rsv"),
    *("server", "state", "url", "version", "noisy", "send", "total", "ws"),
}

#: Names of Autobahn that its documentation shows as options or attributes.
_DOCUMENTED = {
    *("factory", "transport", "peer", "log", "protocol", "reactor", "noisy", "url"),
    *("state", "STATE_CLOSED", "STATE_OPEN", "is_open", "is_closed", "data"),
    *("CLOSE_STATUS_CODE_GOING_AWAY", "doNotCompress", "startFactory"),
    "_subprotocols",  # of the Wrapping classes
}


@dataclass(frozen=True)
class Use:
    """
    A use of an internal name.
    """

    library: str
    module: str
    name: str
    place: str


@cache
def uses() -> tuple[Use, ...]:
    """
    @return: All uses of internal names in C{echo/}.
    """
    return tuple(use for module in modules().values() for use in _usesIn(module))


def _usesIn(module: Module) -> Iterator[Use]:
    for statement, name in imports(module):
        for library in LIBRARIES:
            if name.rpartition(".")[0] in library.sources and _isPrivatePath(name):
                yield Use(library.name, module.name, name, module.at(statement))
    for node, kind, isSelf, name in _attributes(module):
        for library in LIBRARIES:
            if name in names(library) and _isTheirs(
                library, module, kind, isSelf, name
            ):
                yield Use(library.name, module.name, name, module.at(node))


def foreign(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """
    @return: The private names that a module imports from other projects, or uses as
        attributes though nothing of ours defines them.
    """
    for statement, name in imports(module):
        if not isWithin(name, "echo") and _isPrivatePath(name):
            yield statement, name
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
            and node.attr not in _defined()
        ):
            yield node, node.attr


@cache
def _defined() -> frozenset[str]:
    """
    @return: All names that our modules define.
    """
    trees = (module.tree for module in modules().values())
    return frozenset(chain.from_iterable(map(_definitions, trees)))


def _definitions(tree: ast.Module) -> Iterator[str]:
    """
    @return: The names of functions, classes, variables and attributes that a module
        defines.
    """
    for node in ast.walk(tree):
        if isinstance(node, _DEFINITIONS):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _isPrivatePath(name: str) -> bool:
    return any(part[0] == "_" and part[:2] != "__" for part in name.split("."))


def _attributes(module: Module) -> Iterator[tuple[ast.AST, str, bool, str]]:
    """
    @return: The attributes that a module uses, and the methods and attributes that its
        classes define: node, name of the class, whether it is one of C{self}, and name.
    """
    for top in module.tree.body:
        kind = top.name if isinstance(top, ast.ClassDef) else ""
        for node in ast.walk(top):
            if isinstance(node, ast.Attribute):
                receiver = ast.unparse(node.value)
                yield node, kind, receiver in ("self", "cls", "super()"), node.attr
        for node in getattr(top, "body", ()) if kind else ():
            if isinstance(node, _FUNCTIONS):
                yield node, kind, True, node.name
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    yield node, kind, True, ast.unparse(target)


def _isTheirs(
    library: Library, module: Module, kind: str, isSelf: bool, name: str
) -> bool:
    if isSelf:
        return library.name in _related().get((module.name, kind), ())
    if library.withPublic and name in _WORDS:
        return False
    return name not in _ours(library)


@cache
def names(library: Library) -> frozenset[str]:
    """
    @return: The internal names that the classes and modules of a library define.
    """
    sources = (getsource(import_module(source)) for source in library.sources)
    found = set(chain.from_iterable(map(_definitions, map(ast.parse, sources))))
    private = {each for each in found if each[0] == "_" and each[:2] != "__"}
    private -= _DOCUMENTED
    if not library.withPublic:
        return frozenset(private)
    return frozenset(private | (_members(library) - _documented()))


def _members(library: Library) -> set[str]:
    """
    @return: The public attributes of the classes of a library. (Autobahn's C{Wrapping}
        classes carry a byte stream, which we do not.)
    """
    kinds = [
        node
        for source in library.sources
        for node in ast.parse(getsource(import_module(source))).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("Wrapping")
    ]
    found: set[str] = set()
    for kind in kinds:
        for node in ast.walk(kind):
            if isinstance(node, _FUNCTIONS):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
        for statement in kind.body:
            if isinstance(statement, ast.Assign):
                found.update(map(ast.unparse, statement.targets))
    return {each for each in found if each[0] != "_"}


@cache
def _documented() -> frozenset[str]:
    found = set(_DOCUMENTED) | {each for each in dir(ProtocolWrapper) if each[0] != "_"}
    for module in (interfaces, twistedInterfaces):
        for value in vars(module).values():
            if IInterface.providedBy(value):
                members: Any = value
                found.update(members.names(all=True))
            elif isinstance(value, type):
                found.update(vars(value))
    return frozenset(found)


@cache
def _related() -> dict[tuple[str, str], set[str]]:
    """
    @return: The libraries whose classes a class of ours is joined with: above it, or
        beside it in a class below. The key is the module and the name of our class.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for kind in classes():
        above = {
            library.name
            for library in LIBRARIES
            for base in kind.__mro__
            if base.__module__ in library.sources
        }
        for base in kind.__mro__:
            key: Any = (base.__module__, base.__name__)
            found.setdefault(key, set()).update(above)
    return found


@cache
def _ours(library: Library) -> frozenset[str]:
    """
    @return: The private names that our classes define, without those that are joined
        with a class of the library.
    """
    return frozenset(
        name
        for module in modules().values()
        for node, kind, isSelf, name in _attributes(module)
        if name.startswith("_")
        and isSelf
        and library.name not in _related().get((module.name, kind), ())
    )
