"""
What a peer asks of its own conversation in the query of its URL: to be slow, to
lose messages, to end badly. Plain data, and no knowledge of reactors or sockets.
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
    How far peers may go. What is beyond comes down to these, without a word but
    for L{Behaviour.applied}.

    @ivar maxDelay: Seconds, of delay and jitter together.

    @ivar maxRepeat: Echoes of one message.

    @ivar minInterval: Seconds between two ticks, or two pings.

    @ivar allowed: Whether peers have a say at all.
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
    How the daemon behaves in one conversation; by default, as a plain echo.

    @ivar delay: Seconds that an echo waits, at least.

    @ivar jitter: Seconds that it waits beyond that, at most.

    @ivar close: The code to close with, if the conversation is to be closed.

    @ivar reason: What the close frame says with it.

    @ivar afterMessages: How many messages it takes until the close or the reset.

    @ivar afterTime: How many seconds; at once, if neither is set.

    @ivar abort: Whether the conversation is to be reset.

    @ivar drop: The fraction of the messages that is not echoed.

    @ivar dup: The fraction of the others that is echoed once more.

    @ivar repeat: How often each is echoed.

    @ivar fragment: Bytes of an echo that go into one frame; 0 for all.

    @ivar tick: Seconds between two messages of the daemon's own; 0 for none.

    @ivar ping: Seconds between two pings; 0 for no more than the usual ones.

    @ivar nopong: Whether pings stay unanswered.

    @ivar mute: Whether messages do.

    @ivar slow: Bytes a second that are read; 0 for as many as come.

    @ivar status: The HTTP status to refuse the conversation with, if it is to be.

    @ivar subprotocol: What is spoken, offered or not.

    @ivar seed: What makes chance repeatable; there is always one where chance is.

    @ivar info: Whether the peer is told first what arrived.
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
        Read what a peer wants.

        @param query: What stands behind the question mark, as it came.

        @param newSeed: Draws a seed where one is needed and none was given.

        @param mayHaveOthers: Whether unknown parameters are a service's own.

        @return: None for the plain echo.

        @raise ValueError: It is wrong. The message is for the peer: one short line
            of printable text that says what would be right.
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
        Whichever of L{afterMessages} and L{afterTime} is set: an int, or a float.
        """
        return self.afterMessages or float(self.afterTime)

    @cached_property
    def applied(self) -> str:
        """
        All that is not as usual, in the form that L{fromQuery} reads: ASCII.
        """
        return "&".join(
            f"{name}={quote(PARAMETERS[name].text(getattr(self, name)))}"
            for name in self.asked
        )

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """
        The names of the parameters that are not as usual.
        """
        usual = Behaviour()
        return tuple(
            name for name in PARAMETERS if getattr(self, name) != getattr(usual, name)
        )

    def _check(self) -> None:
        """
        @raise ValueError: One parameter makes no sense without another.
        """
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
    The random decisions of one conversation: the same ones for the same seed. Each
    kind has numbers of its own, so that one knob does not change what another does.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._drop, self._dup, self._jitter = (
            Random(f"{behaviour.seed} {kind}")  # noqa: S311  repeatable on purpose
            for kind in ("drop", "dup", "jitter")
        )

    def copies(self) -> int:
        """
        Decide on the next message.

        @return: How often it is echoed.
        """
        dropped = self._drop.random() < self._behaviour.drop
        doubled = self._dup.random() < self._behaviour.dup
        return 0 if dropped else self._behaviour.repeat + doubled

    def delay(self) -> float:
        """
        Decide on the next echo.

        @return: How many seconds it waits.
        """
        return self._behaviour.delay + self._jitter.uniform(0, self._behaviour.jitter)
