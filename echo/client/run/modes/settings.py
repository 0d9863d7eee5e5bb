"""
What each run needs to know: frozen dataclasses, which the options make of a command
line, and which a test makes without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from echo.client.check.cases.case import Case
from echo.client.measure.gates import Gates
from echo.client.traffic.plan import Load, Plan
from echo.client.transport.proxy import Proxy
from echo.client.transport.route import DNSOverride
from echo.client.transport.tls import TLS


@dataclass(frozen=True, kw_only=True)
class Target:
    """
    The server, and how to connect to it. The fields are the arguments of
    L{connect<echo.client.connecting.connect>}.
    """

    url: str
    origin: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    subprotocols: Sequence[str] = ()
    tls: TLS = field(default_factory=TLS)
    unixSocket: str | None = None
    proxy: Proxy | None = None
    resolve: Sequence[DNSOverride] = ()
    compression: bool = False
    timeout: float = 10.0
    closeTimeout: float = 1.0
    maxMessage: int = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """
    The settings that all runs have.

    @ivar deadline: Seconds after which the run stops.

    @ivar showSecrets: Whether the summary may show credentials.
    """

    target: Target
    deadline: float | None = None
    showSecrets: bool = False


@dataclass(frozen=True, kw_only=True)
class ProbeSettings(RunSettings):
    """
    Send messages over one connection.

    @ivar lines: A stream of lines that are sent instead of the plan's payloads.

    @ivar plot: The file to plot the round trips into.
    """

    plan: Plan = field(default_factory=Plan)
    gates: Gates = field(default_factory=Gates)
    lines: BinaryIO | None = None
    reconnect: bool = False
    plot: str | None = None


@dataclass(frozen=True, kw_only=True)
class HoldSettings(RunSettings):
    """
    Hold one connection open and send no message.

    @ivar pingInterval: Seconds between pings; C{None} to send none.
    """

    gates: Gates = field(default_factory=Gates)
    pingInterval: float | None = None


@dataclass(frozen=True, kw_only=True)
class FleetSettings(RunSettings):
    """
    Send messages over many connections.
    """

    load: Load
    gates: Gates = field(default_factory=Gates)


@dataclass(frozen=True, kw_only=True)
class CheckSettings(RunSettings):
    """
    Check the server for conformance.

    @ivar junit: The file to write the verdicts into.
    """

    cases: Sequence[Case]
    junit: str | None = None
