"""
Imports the options without Twisted, and without the modules of C{echo} that use the
options: all that they contribute is names, which no text contains.
"""

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from inspect import signature
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).parent.parent.parent.parent

#: The modules that declare options, and what those need.
_REAL = (
    *("echo", "echo.environment", "echo.helptext", "echo.option", "echo.printable"),
    *("echo.units", "echo.usage", "echo.server.daemonoptions"),
    *("echo.client.program.checkoptions", "echo.client.program.demandoptions"),
    *("echo.client.program.dialoptions", "echo.client.program.mergeoptions"),
    "echo.client.program.runoptions",
)


_USAGE = "twisted.python.usage"


class Options(dict[str, object]):
    """
    What L{echo.usage} needs of C{twisted.python.usage.Options} to describe options.
    """

    def __init__(self) -> None:
        super().__init__()
        self.docs: dict[str, str] = {}
        self.defaults: dict[str, object] = {}
        self.synonyms: dict[str, str] = {}
        self.longOpt: list[str] = []
        kinds = type(self).__mro__[::-1]
        for kind in kinds:
            for name, short, text in vars(kind).get("optFlags", ()):
                self._add(name, short, text)
        for kind in kinds:
            for name, short, default, text in vars(kind).get("optParameters", ()):
                self._add(name, short, text, "=")
                self.defaults[name] = default
        for name in filter(lambda each: each.startswith("opt_"), dir(self)):
            self._addMethod(name.removeprefix("opt_").replace("_", "-"), name)

    def _add(self, name: str, short: str | None, text: str, suffix: str = "") -> None:
        self.docs[name] = text
        self.longOpt.append(name + suffix)
        if short:
            self.synonyms[short] = name

    def _addMethod(self, name: str, attribute: str) -> None:
        method = getattr(self, attribute)
        if len(name) == 1:  # another name of a method: opt_H = opt_header
            longest = max(
                (each for each in dir(self) if getattr(self, each, None) == method),
                key=len,
            )
            self.synonyms[name] = longest.removeprefix("opt_").replace("_", "-")
        else:
            suffix = "=" if signature(method).parameters else ""
            self._add(name, None, method.__doc__ or "", suffix)


class Stubs(MetaPathFinder, Loader):
    """
    Finds Twisted, and all of C{echo} that declares no options. Each name in these
    modules is an empty class.
    """

    def find_spec(
        self, name: str, path: object, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in _REAL or name.partition(".")[0] not in ("echo", "twisted"):
            return None
        spec = ModuleSpec(name, self, is_package=True)
        spec.submodule_search_locations = [str(_ROOT / name.replace(".", "/"))]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Stub(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if f"{self.__name__}.{name}" in (*_REAL, _USAGE):
            return import_module(f"{self.__name__}.{name}")
        isOptions = (self.__name__, name) == (_USAGE, "Options")
        return Options if isOptions else type(name, (Exception,), {})


def install() -> None:
    """
    From here on, this process imports the stubs.
    """
    sys.meta_path.insert(0, Stubs())
    sys.path.insert(0, str(_ROOT))
