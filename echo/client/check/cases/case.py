"""
What a case is: a demand of the RFC, and how to find out whether it is met.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from echo.client.check.conversation import Conversation
from echo.client.check.verdicts import Noted, StayedOpen

#: Raises a L{Outcome<echo.client.check.verdicts.Outcome>} unless all is well.
Converse = Callable[[Conversation], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """
    One case.

    @ivar section: Where it is demanded, as in L{echo.client.check.verdicts.Verdict}.

    @ivar name: What is demanded, in one short line.

    @ivar converse: What finds out.

    @ivar opened: Whether it begins with an open WebSocket; otherwise with a
        connection on which nothing was asked yet.
    """

    section: str
    name: str
    converse: Converse
    opened: bool = True


def sending(*data: bytes, codes: tuple[int, ...] = (1002,)) -> Converse:
    """
    @param data: What breaks a rule.

    @param codes: The close codes that say so.

    @return: A test of whether the server fails the connection for it.
    """

    async def converse(server: Conversation) -> None:
        server.send(*data)
        await server.failure(*codes)

    return converse


def tolerating(*data: bytes) -> Converse:
    """
    @param data: What only its sender must avoid: the server need not insist on it.

    @return: A test of whether the server fails the connection for it with 1002.
    """
    insisting = sending(*data)

    async def converse(server: Conversation) -> None:
        try:
            await insisting(server)
        except StayedOpen:
            raise Noted("accepted it") from None

    return converse
