"""
Tests of the packages: what they import, how large they are and how they are mapped.
"""

import re
from collections import Counter
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter

from twisted.trial.unittest import SynchronousTestCase

from tests.architecture.code import ROOT, forTypes, imported, imports, isWithin, modules

#: Lines of a module. A longer one gives its reason in its docstring, in a paragraph
#: that begins with L{REASON}.
MAX_LINES = 300
REASON = "Longer than 300 lines:"

#: Modules of a package, without C{__init__} and C{__main__}.
MAX_MODULES = 14

#: File names that two rooms share, with their one meaning.
SHARED_NAMES = {
    "behaviour": "misbehaviour on request: the package, and the dataclass in it",
    "client": "the client's side: the package, and its adapter in the engine",
    "conversation": "a WebSocket connection after the handshake",
    "fastpath": "messages past Autobahn: the package, and its codec's module",
    "fleet": "the run on many connections: the package, and the class in it",
    "probe": "the run on one connection: the package, and the class in it",
    "protocol": "the protocol class of a side",
    "server": "the server's side: the package, and its adapter in the engine",
    "tls": "certificates and contexts of a side",
    "upgrade": "the HTTP upgrade, as a side sees it",
}

#: Packages that may import a package. All others may not.
IMPORTERS = {
    "echo.server": ("echo.server", "echo.tap", "echo.child"),
    "echo.client": ("echo.client",),
    "echo.client.program": ("echo.client.program", "echo.client.__main__"),
    "echo.tap": ("echo.tap", "echo.__main__", "echo.child"),
    "echo.testing": ("echo.testing",),
}

#: Modules whose classes own their parts. The owner imports a part to make it, and the
#: part imports the owner for annotations: a circle, but for the type checker only.
OWNERS = (
    "echo.server.conversation.factory",
    "echo.server.conversation.protocol",
    "echo.server.http.site",
)


class ImportTests(SynchronousTestCase):
    """
    A room imports only the rooms that it may know.
    """

    def test_rooms(self) -> None:
        """
        Server and client do not import each other. The shared rooms import neither.
        """
        found = {
            (module.name, room)
            for module in modules().values()
            for _, name in imported(module)
            for room, importers in IMPORTERS.items()
            if isWithin(name, room) and not isWithin(module.name, *importers)
        }
        self.assertEqual(found, set())

    def test_wire(self) -> None:
        """
        C{wire} imports nothing of ours but itself.
        """
        for module in modules().values():
            if isWithin(module.name, "echo.wire"):
                for node, name in imported(module):
                    self.assertTrue(isWithin(name, "echo.wire"), module.at(node))

    def test_engine(self) -> None:
        """
        C{engine} serves both sides and imports neither.
        """
        for module in modules().values():
            if isWithin(module.name, "echo.engine"):
                for node, name in imported(module):
                    self.assertFalse(
                        isWithin(name, "echo.server", "echo.client"), module.at(node)
                    )

    def test_noCircle(self) -> None:
        """
        Modules import each other in one direction, also from inside functions. For
        the type checker alone, a part may import its L{OWNERS}.
        """
        graph = {
            module.name: {
                name
                for node, name in imported(module)
                if not (name in OWNERS and node in forTypes(module))
            }
            - {module.name}
            for module in modules().values()
        }
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            self.fail(" -> ".join(error.args[1]))

    def test_noReactorAtTop(self) -> None:
        """
        No module imports the reactor when it is loaded: that would install one.
        """
        for module in modules().values():
            for node in module.tree.body:
                names = [name for each, name in imports(module) if each is node]
                self.assertNotIn("twisted.internet.reactor", names, module.at(node))

    def test_measureWithoutReactor(self) -> None:
        """
        C{client/measure} is arithmetic on times that it is given: it imports nothing
        of C{twisted.internet}.
        """
        for module in modules().values():
            if isWithin(module.name, "echo.client.measure"):
                for node, name in imports(module):
                    self.assertFalse(
                        isWithin(name, "twisted.internet"), module.at(node)
                    )


class SizeTests(SynchronousTestCase):
    """
    Modules and packages stay small enough to read.
    """

    def test_modules(self) -> None:
        """
        A module has 300 lines at most, or says why it has more.
        """
        found = {
            module.name
            for module in modules().values()
            if module.source.count("\n") > MAX_LINES and REASON not in module.doc
        }
        self.assertEqual(found, set())

    def test_reasons(self) -> None:
        """
        A module that gives a reason for its length needs one.
        """
        for module in modules().values():
            if REASON in module.doc:
                self.assertGreater(module.source.count("\n"), MAX_LINES, module.name)

    def test_packages(self) -> None:
        """
        A package has about a dozen modules at most.
        """
        counts = Counter(
            module.name.rpartition(".")[0]
            for module in modules().values()
            if not module.isPackage and module.path.name != "__main__.py"
        )
        found = {name for name, count in counts.items() if count > MAX_MODULES}
        self.assertEqual(found, set())


class NameTests(SynchronousTestCase):
    """
    A file name has one meaning in the whole tree.
    """

    def test_unique(self) -> None:
        """
        No two modules have the same file name, except for those with one meaning.
        """
        counts = Counter(
            module.name.rpartition(".")[2]
            for module in modules().values()
            if module.path.name != "__main__.py"
        )
        found = {name for name, count in counts.items() if count > 1}
        self.assertEqual(found, set(SHARED_NAMES))


class MapTests(SynchronousTestCase):
    """
    The docstring of a package is its map.
    """

    def test_complete(self) -> None:
        """
        A package's docstring names each of its modules and packages.
        """
        missing = []
        for module in modules().values():
            package, _, name = module.name.rpartition(".")
            if package and name != "__main__":
                known = re.search(
                    rf"(?<![\w.])(?:{package}\.)?{name}(?!\w)", modules()[package].doc
                )
                if known is None:
                    missing.append(f"{package}: {name}")
        self.assertEqual(missing, [])

    def test_true(self) -> None:
        """
        A package's docstring names no file that the package does not have.
        """
        for module in modules().values():
            if module.isPackage:
                for name in re.findall(r"(?<![\w/.])(\w+\.(?:py|c|h))\b", module.doc):
                    self.assertTrue((module.path.parent / name).exists(), name)

    def test_installed(self) -> None:
        """
        C{setup.cfg} lists each package, and no other.
        """
        config = ConfigParser()
        config.read(ROOT.parent / "setup.cfg")
        listed = config["options"]["packages"].split()
        found = [module.name for module in modules().values() if module.isPackage]
        self.assertEqual(sorted(listed), sorted([*found, "twisted.plugins"]))
