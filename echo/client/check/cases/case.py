"""
A case: one demand of the RFC, and the check of it on a connection.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from echo.client.check.conversation import Conversation
from echo.client.check.frames import messageFrame
from echo.client.check.verdicts import Noted, StayedOpen

#: Raises L{CaseEnded<echo.client.check.verdicts.CaseEnded>} unless the demand is met.
Check = Callable[[Conversation], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    """
    A row of the table.

    @ivar section: The section of the demand, as in
        L{echo.client.check.verdicts.Verdict}.

    @ivar name: The demand in one line. It identifies the case in JSON and JUnit: keep
        it.

    @ivar isOpen: Whether the WebSocket is open before the check. Otherwise the check
        starts without a request.
    """

    section: str
    name: str
    check: Check
    isOpen: bool = True

    async def run(self, connection: Conversation) -> None:
        if self.isOpen:
            await connection.open()
        await self.check(connection)


def echoed(
    section: str, name: str, *messages: str | bytes, frames: Sequence[bytes] = ()
) -> Case:
    """
    Make a case that sends frames at once, and awaits the echoes of messages.

    @param frames: The frames to send; by default one for each message.
    """

    async def check(connection: Conversation) -> None:
        connection.send(*(frames or map(messageFrame, messages)))
        await connection.echo(*messages)

    return Case(section, name, check)


def refused(
    section: str,
    what: str,
    *data: bytes,
    codes: tuple[int, ...] = (1002,),
    optional: bool = False,
    verb: str = "is",
) -> Case:
    """
    Make a case that sends invalid frames, and waits for the server to fail the
    connection.

    @param what: What the frames are. The case is called "WHAT is refused with CODE".

    @param codes: The close codes that pass; the first one is in the name.

    @param optional: Whether a server may accept the frames, for a note.
    """

    async def check(connection: Conversation) -> None:
        connection.send(*data)
        try:
            await connection.failure(*codes)
        except StayedOpen:
            if optional:
                raise Noted("accepted it") from None
            raise

    return Case(section, f"{what} {verb} refused with {codes[0]}", check)
