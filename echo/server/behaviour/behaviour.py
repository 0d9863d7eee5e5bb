"""
The behaviours that a client asks for, as plain data, and the operator's caps on them.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from urllib.parse import quote

from echo.server.behaviour.parameters import PARAMETERS, readQuery


@dataclass(frozen=True)
class Caps:
    """
    The operator's limits. A value beyond one is set to the limit, as
    L{Behaviour.applied} shows.

    @ivar maxDelay: Seconds of C{delay} and C{jitter} together.

    @ivar maxRepeat: Echoes of one message.

    @ivar minInterval: Seconds between two ticks, or two pings.

    @ivar allowed: Whether clients may ask for behaviours.
    """

    maxDelay: float = 60.0
    maxRepeat: int = 100
    minInterval: float = 0.01
    allowed: bool = True


def _newSeed() -> int:
    return secrets.randbelow(2**32)


_DEFAULT_CAPS = Caps()


@dataclass(frozen=True)
class Behaviour:
    """
    How the daemon behaves in one conversation. The defaults are a plain echo.

    @ivar delay: Seconds before each echo.

    @ivar jitter: The most seconds that are added at random.

    @ivar close: The code of the daemon's close frame, or None for no close.

    @ivar reason: The reason in the close frame.

    @ivar afterMessages: Messages before the close or the reset.

    @ivar afterTime: Seconds before the close or the reset. If neither is set, it comes
        when the conversation opens.

    @ivar abort: Whether the connection is reset.

    @ivar drop: The fraction of messages without an echo.

    @ivar dup: The fraction of echoed messages with one more echo.

    @ivar repeat: Echoes of each message.

    @ivar fragment: Bytes of an echo in one frame; 0 for no fragments.

    @ivar tick: Seconds between two messages of the daemon's own; 0 for none.

    @ivar ping: Seconds between two extra pings; 0 for none.

    @ivar nopong: Whether pings get no pongs.

    @ivar mute: Whether messages get no echoes.

    @ivar slow: Bytes that are read in a second; 0 for no limit.

    @ivar status: The HTTP status of a refusal, or None.

    @ivar subprotocol: The agreed subprotocol, offered or not.

    @ivar seed: Repeats the random decisions. It is set if there are any.

    @ivar info: Whether the first message describes the request.
    """

    delay: float = 0.0
    jitter: float = 0.0
    close: int | None = None
    reason: str = ""
    afterMessages: int = 0
    afterTime: float = 0.0
    abort: bool = False
    drop: float = 0.0
    dup: float = 0.0
    repeat: int = 1
    fragment: int = 0
    tick: float = 0.0
    ping: float = 0.0
    nopong: bool = False
    mute: bool = False
    slow: int = 0
    status: int | None = None
    subprotocol: str | None = None
    seed: int | None = None
    info: bool = False

    @classmethod
    def fromQuery(
        cls,
        query: bytes,
        caps: Caps = _DEFAULT_CAPS,
        newSeed: Callable[[], int | None] = _newSeed,
        mayHaveOthers: bool = False,
    ) -> "Behaviour | None":
        """
        @param query: The bytes after the question mark.

        @param newSeed: Makes a seed if one is needed and none is given.

        @param mayHaveOthers: Whether unknown parameters are a service's own.

        @return: None for the plain echo.

        @raise ValueError: The query is invalid. The message is that of L{readQuery}.
        """
        settings = readQuery(query, caps.allowed, mayHaveOthers)
        after = settings.pop("after", 0)
        settings["afterTime" if isinstance(after, float) else "afterMessages"] = after
        behaviour = cls(**settings)
        behaviour._check()
        behaviour = behaviour._within(caps)
        if behaviour.seed is None and (
            behaviour.jitter or behaviour.drop or behaviour.dup
        ):
            behaviour = replace(behaviour, seed=newSeed())
        return None if behaviour == cls() else behaviour

    @property
    def after(self) -> int | float:
        """
        L{afterMessages}, an int, or L{afterTime}, a float.
        """
        return self.afterMessages or float(self.afterTime)

    @cached_property
    def applied(self) -> str:
        """
        The query of these behaviours, in ASCII.
        """
        return "&".join(
            f"{name}={quote(PARAMETERS[name].text(getattr(self, name)))}"
            for name in self.asked
        )

    @cached_property
    def asked(self) -> tuple[str, ...]:
        usual = Behaviour()
        return tuple(
            name for name in PARAMETERS if getattr(self, name) != getattr(usual, name)
        )

    def _check(self) -> None:
        if self.reason and self.close is None:
            raise ValueError("reason: only a close frame has one: add close=4001")
        if self.after and self.close is None and not self.abort:
            raise ValueError(
                "after: nothing would happen then: add close=4001 or abort=1"
            )

    def _within(self, caps: Caps) -> "Behaviour":
        delay = min(self.delay, caps.maxDelay)
        dup = self.dup if caps.maxRepeat > 1 else 0.0
        return replace(
            self,
            delay=delay,
            jitter=min(self.jitter, round(caps.maxDelay - delay, 9)),
            dup=dup,
            repeat=min(self.repeat, caps.maxRepeat - bool(dup)),
            tick=self.tick and max(self.tick, caps.minInterval),
            ping=self.ping and max(self.ping, caps.minInterval),
        )


class Chance:
    """
    The random decisions of one conversation, the same for the same seed. Each parameter
    has a generator of its own, so that one does not change the decisions of another.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._drop, self._dup, self._jitter = (
            Random(f"{behaviour.seed} {kind}")  # noqa: S311  repeatable on purpose
            for kind in ("drop", "dup", "jitter")
        )

    def copies(self) -> int:
        dropped = self._drop.random() < self._behaviour.drop
        doubled = self._dup.random() < self._behaviour.dup
        return 0 if dropped else self._behaviour.repeat + doubled

    def delay(self) -> float:
        return self._behaviour.delay + self._jitter.uniform(0, self._behaviour.jitter)
