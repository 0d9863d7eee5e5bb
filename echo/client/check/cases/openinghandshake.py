"""
Cases of the opening handshake (RFC 6455, 4).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from echo.client.check.cases.case import Case, Converse
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.rawupgrade import RawRequest, UpgradeResponse
from echo.client.check.verdicts import ConnectionEnded, Failed, Noted, TimedOut
from echo.printable import quoted

_SUBPROTOCOL = "sec-websocket-protocol"
_OFFERED = ("v1.check.echo", "v2.check.echo")
_PADDING = (("X-Padding", "x" * 1009),) * 2**10  # 1 MiB, with what is around it

#: What is made of a proper request.
_Change = Callable[[RawRequest], RawRequest]


async def _accepted(server: Conversation) -> None:
    await server.open()


async def _upgrade(server: Conversation) -> None:
    answer = await server.open()
    if [each.lower() for each in answer.elements("upgrade")] != ["websocket"]:
        raise Failed("answered without Upgrade: websocket")


async def _connection(server: Conversation) -> None:
    answer = await server.open()
    if "upgrade" not in [each.lower() for each in answer.elements("connection")]:
        raise Failed("answered without Connection: Upgrade")


async def _plainSubprotocol(server: Conversation) -> None:
    answer = await server.open()
    _judgeSubprotocol(answer, server.subprotocols)


async def _offeredSubprotocol(server: Conversation) -> None:
    answer = await server.ask(server.request(subprotocols=_OFFERED))
    if answer.status == 101:  # it may insist on one of its own
        _judgeSubprotocol(answer, _OFFERED)


def _judgeSubprotocol(answer: UpgradeResponse, offered: Sequence[str]) -> None:
    chosen = answer.elements(_SUBPROTOCOL)
    if len(chosen) > 1:
        raise Failed("chose more than one subprotocol")
    if chosen and chosen[0] not in offered:
        raise Failed(f"chose {quoted(chosen[0])}, which was not offered")


async def _extension(server: Conversation) -> None:
    answer = await server.open()
    accepted = answer.elements(EXTENSIONS)
    if accepted:
        raise Failed(f"accepted {quoted(accepted[0])}, which was not offered")


async def _otherCase(server: Conversation) -> None:
    request = server.request().having(
        ("Upgrade", "WebSocket"), ("Connection", "UPGRADE")
    )
    fields = tuple((name.swapcase(), value) for name, value in request.fields)
    await server.open(replace(request, fields=fields))


async def _listed(server: Conversation) -> None:
    await server.open(server.request().having(("Connection", "keep-alive, Upgrade")))


async def _inPieces(server: Conversation) -> None:
    await server.open(size=24)


async def _spacedKey(server: Conversation) -> None:
    key = f"  {server.wire.key} \t"
    await server.open(server.request().having(("Sec-WebSocket-Key", key)))


async def _unknownExtension(server: Conversation) -> None:
    answer = await server.open(server.request(extensions="x-check-unknown; level=1"))
    if answer.elements(EXTENSIONS):
        raise Failed("accepted it")


async def _otherVersion(server: Conversation) -> None:
    request = server.request().having(("Sec-WebSocket-Version", "99"))
    answer = await _refusal(server, request)
    if "13" not in answer.elements("sec-websocket-version"):
        raise Failed(f"answered {answer}, without Sec-WebSocket-Version: 13")
    if answer.status != 426:
        raise Noted(f"answered {answer}")


def _lacking(name: str) -> Converse:
    """
    @return: A test of whether a request without a field is refused.
    """

    async def converse(server: Conversation) -> None:
        _judgeStatus(await _refusal(server, server.request().without(name)))

    return converse


async def _badKey(server: Conversation) -> None:
    request = server.request().having(("Sec-WebSocket-Key", "c2hvcnQ="))
    answer = await _asked(server, request)
    if answer.status == 101:
        # "It is not necessary for the server to base64-decode" it (4.2.2).
        raise Noted("accepted it")
    _judgeStatus(answer)


async def _tooLong(server: Conversation) -> None:
    request = server.request()
    padded = replace(request, fields=(*request.fields, *_PADDING))
    try:
        answer = await server.ask(padded)
    except ConnectionEnded:
        return
    _judgeStatus(answer)


def _judgeStatus(answer: UpgradeResponse) -> None:
    if answer.status // 100 != 4:
        raise Noted(f"answered {answer}")


def _ignoring(change: _Change) -> Converse:
    """
    @return: A test of whether a request opens no WebSocket.
    """

    async def converse(server: Conversation) -> None:
        try:
            await _refusal(server, change(server.request()))
        except TimedOut as silence:  # which opens no WebSocket, either
            raise Noted(str(silence)) from None

    return converse


async def _refusal(server: Conversation, request: RawRequest) -> UpgradeResponse:
    answer = await _asked(server, request)
    if answer.status == 101:
        raise Failed("accepted it")
    return answer


async def _asked(server: Conversation, request: RawRequest) -> UpgradeResponse:
    try:
        return await server.ask(request)
    except ConnectionEnded:
        raise Noted("hung up without an answer") from None


def _asPost(request: RawRequest) -> RawRequest:
    line = request.line.replace("GET", "POST", 1)
    return replace(request, line=line).having(("Content-Length", "0"))


def _asOldHTTP(request: RawRequest) -> RawRequest:
    return replace(request, line=request.line.removesuffix("1.1") + "1.0")


def _asPlain(request: RawRequest) -> RawRequest:
    return request.without("Upgrade").having(("Connection", "close"))


def _asOtherProtocol(request: RawRequest) -> RawRequest:
    return request.having(("Upgrade", "x-check-unknown"))


def _asKeptAlive(request: RawRequest) -> RawRequest:
    return request.having(("Connection", "keep-alive"))


CASES = tuple(
    Case(section, name, converse, opened=False)
    for section, name, converse in (
        ("4.2.2", "an upgrade is answered with 101 and the right key", _accepted),
        ("4.2.2", "the answer has Upgrade: websocket", _upgrade),
        ("4.2.2", "the answer has Connection: Upgrade", _connection),
        ("4.2.2", "no subprotocol comes that was not offered", _plainSubprotocol),
        ("4.2.2", "a subprotocol is one of two offered", _offeredSubprotocol),
        ("9.1", "no extension comes that was not offered", _extension),
        ("4.2.1", "letter case does not matter in header fields", _otherCase),
        ("4.2.1", "Connection may list more than Upgrade", _listed),
        ("4.2.1", "a request in pieces is understood", _inPieces),
        ("4.2.2", "blanks around the key do not matter", _spacedKey),
        ("9.1", "an unknown extension is declined", _unknownExtension),
        ("4.4", "version 99 is refused with 426 and version 13", _otherVersion),
        (
            "4.2.1",
            "an upgrade without a version is refused with 4xx",
            _lacking("Sec-WebSocket-Version"),
        ),
        (
            "4.2.1",
            "an upgrade without a key is refused with 4xx",
            _lacking("Sec-WebSocket-Key"),
        ),
        ("4.2.1", "an upgrade with a short key is refused with 4xx", _badKey),
        ("4.2.1", "a request without Upgrade opens no WebSocket", _ignoring(_asPlain)),
        (
            "4.2.1",
            "an upgrade to another protocol opens no WebSocket",
            _ignoring(_asOtherProtocol),
        ),
        (
            "4.2.1",
            "an upgrade without Connection: Upgrade opens no WebSocket",
            _ignoring(_asKeptAlive),
        ),
        ("4.2.1", "a POST opens no WebSocket", _ignoring(_asPost)),
        ("4.2.1", "HTTP/1.0 opens no WebSocket", _ignoring(_asOldHTTP)),
        ("10.4", "a request head of 1 MiB is refused", _tooLong),
    )
)
