"""
The events of a run, as a test wants to see them.
"""

from collections.abc import Callable

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.measure.events import (
    Connected,
    Event,
    Lost,
    Outcome,
    PingEnded,
    Progress,
    Received,
    ReconnectFailed,
)
from echo.client.measure.matching import Echo
from echo.client.measure.summary import Outage


class EventLog:
    """
    Keeps events by their kind.

    @ivar reactions: What to call at an event, by its kind.

    @ivar told: A word for each event that has to do with an outage.
    """

    def __init__(self) -> None:
        self.reactions: dict[type[Event], Callable[[], None]] = {}
        self.echoes: list[Echo] = []
        self.messages: list[str | bytes] = []
        self.lost: list[int] = []
        self.pongs: list[tuple[int, int | None]] = []
        self.opens: list[Connection] = []
        self.reports: list[Progress] = []
        self.outages: list[Outage] = []
        self.refusals: list[EchoClientError] = []
        self.told: list[str] = []

    def __call__(self, event: Event) -> None:
        self.reactions.get(type(event), lambda: None)()
        match event:
            case Received(echo, message):
                self.echoes.append(echo)
                self.messages.append(message)
            case Lost(seqs):
                assert seqs
                self.lost += seqs
                self.told.append(f"lost {seqs}")
            case PingEnded(number, time):
                self.pongs.append((number, time))
            case Connected(connection):
                assert connection.peer
                self.opens.append(connection)
                self.told.append("reconnected")
            case Outcome():
                self.told.append("disconnected")
            case ReconnectFailed(error):
                self.refusals.append(error)
            case Outage():
                self.outages.append(event)
            case Progress():
                self.reports.append(event)
            case _:
                raise AssertionError(event)


def bug() -> None:
    raise RuntimeError("a bug")
