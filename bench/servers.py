"""
The servers under test: the daemon, the floor in C, and servers on other libraries.

All have the same message limit, C{TCP_NODELAY}, compression only in the C{deflate}
workload, and no log lines for messages.
"""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import stage

#: The variants of a connection.
VARIANTS = ("plain", "tls", "deflate")

_PEERS = stage.HERE / "peers"


@dataclass(frozen=True)
class Server:
    """
    A server that can be started.

    @ivar version: Name and version.

    @ivar command: Makes the command line from a port and a variant.
    """

    version: str
    command: Callable[[int, str], list[str]]
    variants: tuple[str, ...] = VARIANTS
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kit:
    """
    Directories and certificate for the servers.

    @ivar directory: The directory for programs compiled in this run.

    @ivar cache: The directory for downloads, kept for later runs.

    @ivar tls: The paths of the certificate and its key, two PEM files.
    """

    directory: Path
    cache: Path
    tls: tuple[str, str]

    def peer(self, *program: str) -> Callable[[int, str], list[str]]:
        """
        @return: The command of a program in C{peers/}. All take the same arguments.
        """
        options = {"plain": [], "tls": ["--tls", *self.tls], "deflate": ["--deflate"]}
        return lambda port, variant: [*program, str(port), *options[variant]]


def _echo(**environment: str) -> Callable[[Kit], Server]:
    """
    The daemon from the environment of this program, started with C{twistd}.
    """

    def make(kit: Kit) -> Server:
        def command(port: int, variant: str) -> list[str]:
            where = f"tcp:{port}:interface=127.0.0.1"
            certificate, key = kit.tls
            pair = ["--tls-cert", certificate, "--tls-key", key]
            options = {
                "plain": ["--listen", where],
                "tls": ["--listen-tls", where, *pair],
                "deflate": ["--listen", where, "--compression"],
            }
            twistd = str(Path(sys.executable).with_name("twistd"))
            return [twistd, "-n", "--pidfile=", "echo", *options[variant]]

        return Server(f"echo {version('wsecho')}", command, environment=environment)

    return make


def _floor(kit: Kit) -> Server:
    program = stage.build("floor", kit.directory)
    return Server("C", lambda port, _: [str(program), str(port)], ("plain",))


def _output(command: list[str], why: str) -> str:
    try:
        return stage.run(command)[0].strip()
    except (stage.BenchError, OSError) as error:
        raise stage.BenchError(f"{why} ({error})") from None


def _installed(ask: list[str], install: list[str], how: str) -> str:
    """
    @return: The version of a package, after its installation if it is missing.
    """
    try:
        return stage.run(ask)[0].strip()
    except stage.BenchError:
        _output(install, f"not installed: {how}")
        return _output(ask, f"not installed: {how}")


def _gorilla(kit: Kit) -> Server:
    how = "apt-get install golang-go golang-github-gorilla-websocket-dev"
    if not shutil.which("go"):
        raise stage.BenchError(f"there is no Go: {how}")
    # Debian's package has the sources: the build needs no modules and no downloads.
    program = kit.directory / "gorilla"
    build = ["env", "GO111MODULE=off", "GOPATH=/usr/share/gocode", "GOFLAGS="]
    build += [f"GOCACHE={kit.cache / 'go'}", "go", "build", "-o", str(program)]
    _output([*build, str(_PEERS / "gorilla.go")], f"it does not build: {how}")
    package = ["dpkg-query", "-Wf", "${Version}", "golang-github-gorilla-websocket-dev"]
    go = _output(["go", "version"], "no version").split()[2]
    return Server(
        f"gorilla/websocket {_output(package, 'no version')}, {go}",
        kit.peer(str(program)),
        environment={"GOMAXPROCS": "1"},
    )


def _python(
    *packages: str, variants: tuple[str, ...] = VARIANTS
) -> Callable[[Kit], Server]:
    """
    Make C{peers/on_NAME.py} in a virtual environment with these packages.
    """

    def make(kit: Kit) -> Server:
        python = kit.cache / "venv" / "bin" / "python"
        if not python.exists():
            make = [sys.executable, "-m", "venv", str(python.parent.parent)]
            _output(make, "no virtual environment: apt-get install python3-venv")
        name = packages[0].partition("[")[0]
        tell = f"from importlib.metadata import version; print(version('{name}'))"
        ask = [str(python), "-c", tell]
        install = [str(python), "-m", "pip", "install", "-q", *packages]
        said = _installed(ask, install, f"pip install {' '.join(packages)}")
        program = kit.peer(str(python), str(_PEERS / f"on_{name}.py"))
        return Server(f"{name} {said}", program, variants)

    return make


def nodeModules(cache: Path) -> tuple[str, str, str]:
    """
    @param cache: The directory in which C{ws} is installed.

    @return: The path of Node, the directory of its modules, and the version of C{ws}.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise stage.BenchError("there is no Node: apt-get install nodejs npm")
    place = cache / "node"
    place.mkdir(parents=True, exist_ok=True)
    modules = str(place / "node_modules")
    ask = [node, "-p", f"require('{modules}/ws/package.json').version"]
    # The documentation of ws recommends bufferutil for speed.
    install = [npm, "install", "--silent", "--no-audit", "--no-fund"]
    install += ["--prefix", str(place), "ws", "bufferutil"]
    return node, modules, _installed(ask, install, "npm install ws bufferutil")


def _node(kit: Kit) -> Server:
    node, modules, said = nodeModules(kit.cache)
    return Server(
        f"ws {said}, Node {_output([node, '--version'], 'no version')}",
        kit.peer(node, str(_PEERS / "ws.js")),
        environment={"NODE_PATH": modules},
    )


#: Functions that make the servers, in the order of the tables. Each raises
#: L{stage.BenchError} with the command that installs what is missing.
SERVERS: dict[str, Callable[[Kit], Server]] = {
    "echo": _echo(),
    "echo-pump-off": _echo(ECHO_USE_PUMP="0"),
    "echo-pure-python": _echo(ECHO_USE_WIRE="0"),
    "floor": _floor,
    "gorilla": _gorilla,
    "picows": _python("picows", "uvloop", variants=("plain", "tls")),
    "socketify": _python("socketify"),
    "ws": _node,
    "aiohttp": _python("aiohttp", "uvloop"),
    "websockets": _python("websockets"),
    "autobahn": _python("autobahn[twisted,encryption]"),
}
