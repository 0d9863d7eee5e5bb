"""
Cases of the opening handshake (RFC 6455, 4, 9.1 and 10.4).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from echo.client.check.cases.case import Case, Check
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.rawupgrade import RawRequest, UpgradeResponse
from echo.client.check.verdicts import ConnectionEnded, Failed, Noted, TimedOut
from echo.printable import quoted

_SUBPROTOCOL = "sec-websocket-protocol"
_OFFERED = ("v1.check.echo", "v2.check.echo")
_PADDING = (("X-Padding", "x" * 1009),) * 2**10  # 1 MiB, with names and line ends


async def _accepted(connection: Conversation) -> None:
    await connection.open()


async def _upgradeField(connection: Conversation) -> None:
    response = await connection.open()
    if [each.lower() for each in response.elements("upgrade")] != ["websocket"]:
        raise Failed("answered without Upgrade: websocket")


async def _connectionField(connection: Conversation) -> None:
    response = await connection.open()
    if "upgrade" not in [each.lower() for each in response.elements("connection")]:
        raise Failed("answered without Connection: Upgrade")


async def _subprotocol(connection: Conversation) -> None:
    response = await connection.open()
    _checkSubprotocol(response, connection.subprotocols)


async def _offeredSubprotocol(connection: Conversation) -> None:
    response = await connection.ask(connection.request(subprotocols=_OFFERED))
    if response.status == 101:  # a server may require a subprotocol of its own
        _checkSubprotocol(response, _OFFERED)


def _checkSubprotocol(response: UpgradeResponse, offered: Sequence[str]) -> None:
    chosen = response.elements(_SUBPROTOCOL)
    if len(chosen) > 1:
        raise Failed("chose more than one subprotocol")
    if chosen and chosen[0] not in offered:
        raise Failed(f"chose {quoted(chosen[0])}, which was not offered")


async def _extension(connection: Conversation) -> None:
    response = await connection.open()
    accepted = response.elements(EXTENSIONS)
    if accepted:
        raise Failed(f"accepted {quoted(accepted[0])}, which was not offered")


async def _letterCase(connection: Conversation) -> None:
    request = connection.request().having(
        ("Upgrade", "WebSocket"), ("Connection", "UPGRADE")
    )
    fields = tuple((name.swapcase(), value) for name, value in request.fields)
    await connection.open(replace(request, fields=fields))


async def _connectionList(connection: Conversation) -> None:
    request = connection.request().having(("Connection", "keep-alive, Upgrade"))
    await connection.open(request)


async def _pieces(connection: Conversation) -> None:
    await connection.open(size=24)


async def _blanksAroundKey(connection: Conversation) -> None:
    key = f"  {connection.protocol.key} \t"
    await connection.open(connection.request().having(("Sec-WebSocket-Key", key)))


async def _unknownExtension(connection: Conversation) -> None:
    request = connection.request(extensions="x-check-unknown; level=1")
    response = await connection.open(request)
    if response.elements(EXTENSIONS):
        raise Failed("accepted it")


async def _otherVersion(connection: Conversation) -> None:
    request = connection.request().having(("Sec-WebSocket-Version", "99"))
    response = await _refusal(connection, request)
    if "13" not in response.elements("sec-websocket-version"):
        raise Failed(f"answered {response}, without Sec-WebSocket-Version: 13")
    if response.status != 426:
        raise Noted(f"answered {response}")


def _without(field: str) -> Check:
    async def check(connection: Conversation) -> None:
        request = connection.request().without(field)
        _checkStatus(await _refusal(connection, request))

    return check


async def _shortKey(connection: Conversation) -> None:
    request = connection.request().having(("Sec-WebSocket-Key", "c2hvcnQ="))
    response = await _answer(connection, request)
    if response.status == 101:
        # "It is not necessary for the server to base64-decode" it (4.2.2).
        raise Noted("accepted it")
    _checkStatus(response)


async def _longHead(connection: Conversation) -> None:
    request = connection.request()
    padded = replace(request, fields=(*request.fields, *_PADDING))
    try:
        response = await connection.ask(padded)
    except ConnectionEnded:
        return
    _checkStatus(response)


def _checkStatus(response: UpgradeResponse) -> None:
    if response.status // 100 != 4:
        raise Noted(f"answered {response}")


def _opensNothing(change: Callable[[RawRequest], RawRequest]) -> Check:
    """
    @param change: Makes something else of an upgrade request.
    """

    async def check(connection: Conversation) -> None:
        try:
            await _refusal(connection, change(connection.request()))
        except TimedOut as error:  # no answer opens no WebSocket, either
            raise Noted(str(error)) from None

    return check


async def _refusal(connection: Conversation, request: RawRequest) -> UpgradeResponse:
    response = await _answer(connection, request)
    if response.status == 101:
        raise Failed("accepted it")
    return response


async def _answer(connection: Conversation, request: RawRequest) -> UpgradeResponse:
    try:
        return await connection.ask(request)
    except ConnectionEnded:
        raise Noted("hung up without an answer") from None


def _asPost(request: RawRequest) -> RawRequest:
    line = request.line.replace("GET", "POST", 1)
    return replace(request, line=line).having(("Content-Length", "0"))


def _asHTTP10(request: RawRequest) -> RawRequest:
    return replace(request, line=request.line.removesuffix("1.1") + "1.0")


def _asPlainHTTP(request: RawRequest) -> RawRequest:
    return request.without("Upgrade").having(("Connection", "close"))


def _asOtherUpgrade(request: RawRequest) -> RawRequest:
    return request.having(("Upgrade", "x-check-unknown"))


def _asKeepAlive(request: RawRequest) -> RawRequest:
    return request.having(("Connection", "keep-alive"))


CASES = tuple(
    Case(section, name, check, isOpen=False)
    for section, name, check in (
        ("4.2.2", "an upgrade is answered with 101 and the right key", _accepted),
        ("4.2.2", "the answer has Upgrade: websocket", _upgradeField),
        ("4.2.2", "the answer has Connection: Upgrade", _connectionField),
        ("4.2.2", "no subprotocol comes that was not offered", _subprotocol),
        ("4.2.2", "a subprotocol is one of two offered", _offeredSubprotocol),
        ("9.1", "no extension comes that was not offered", _extension),
        ("4.2.1", "letter case does not matter in header fields", _letterCase),
        ("4.2.1", "Connection may list more than Upgrade", _connectionList),
        ("4.2.1", "a request in pieces is understood", _pieces),
        ("4.2.2", "blanks around the key do not matter", _blanksAroundKey),
        ("9.1", "an unknown extension is declined", _unknownExtension),
        ("4.4", "version 99 is refused with 426 and version 13", _otherVersion),
        (
            "4.2.1",
            "an upgrade without a version is refused with 4xx",
            _without("Sec-WebSocket-Version"),
        ),
        (
            "4.2.1",
            "an upgrade without a key is refused with 4xx",
            _without("Sec-WebSocket-Key"),
        ),
        ("4.2.1", "an upgrade with a short key is refused with 4xx", _shortKey),
        *(
            ("4.2.1", f"{what} opens no WebSocket", _opensNothing(change))
            for what, change in (
                ("a request without Upgrade", _asPlainHTTP),
                ("an upgrade to another protocol", _asOtherUpgrade),
                ("an upgrade without Connection: Upgrade", _asKeepAlive),
                ("a POST", _asPost),
                ("HTTP/1.0", _asHTTP10),
            )
        ),
        ("10.4", "a request head of 1 MiB is refused", _longHead),
    )
)
