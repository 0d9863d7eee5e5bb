"""
Cases of the opening handshake (RFC 6455, 4, 9.1 and 10.4).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from echo.client.check.cases.case import Case, Check
from echo.client.check.conversation import EXTENSIONS, Conversation
from echo.client.check.rawupgrade import RawRequest, UpgradeResponse
from echo.client.check.verdicts import ConnectionEnded, Failed, Noted, TimedOut
from echo.printable import quoted

_Change = Callable[[RawRequest], RawRequest]

_KEY = "Sec-WebSocket-Key"
_SUBPROTOCOLS = ("v1.check.echo", "v2.check.echo")
_PADDING = (("X-Padding", "x" * 1009),) * 2**10  # 1 MiB, with names and line ends


def _opens(change: _Change = lambda request: request, size: int = 2**20) -> Check:
    async def check(connection: Conversation) -> None:
        await connection.open(change(connection.request()), size)

    return check


def _otherCase(request: RawRequest) -> RawRequest:
    request = request.having("Upgrade", "WebSocket").having("Connection", "UPGRADE")
    fields = tuple((name.swapcase(), value) for name, value in request.fields)
    return replace(request, fields=fields)


def _blanksAroundKey(request: RawRequest) -> RawRequest:
    return request.having(_KEY, f"  {dict(request.fields)[_KEY]} \t")


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
    response = await connection.ask(connection.request(subprotocols=_SUBPROTOCOLS))
    if response.status == 101:  # a server may require a subprotocol of its own
        _checkSubprotocol(response, _SUBPROTOCOLS)


def _checkSubprotocol(response: UpgradeResponse, offered: Sequence[str]) -> None:
    chosen = response.elements("sec-websocket-protocol")
    if len(chosen) > 1:
        raise Failed("chose more than one subprotocol")
    if chosen and chosen[0] not in offered:
        raise Failed(f"chose {quoted(chosen[0])}, which was not offered")


async def _extension(connection: Conversation) -> None:
    accepted = (await connection.open()).elements(EXTENSIONS)
    if accepted:
        raise Failed(f"accepted {quoted(accepted[0])}, which was not offered")


async def _unknownExtension(connection: Conversation) -> None:
    request = connection.request(extensions="x-check-unknown; level=1")
    response = await connection.open(request)
    if response.elements(EXTENSIONS):
        raise Failed("accepted it")


async def _otherVersion(connection: Conversation) -> None:
    request = connection.request().having("Sec-WebSocket-Version", "99")
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
    request = connection.request().having(_KEY, "c2hvcnQ=")
    response = await _answer(connection, request)
    if response.status == 101:
        # "It is not necessary for the server to base64-decode" it (4.2.2).
        raise Noted("accepted it")
    _checkStatus(response)


async def _longHead(connection: Conversation) -> None:
    request = connection.request()
    padded = replace(request, fields=(*request.fields, *_PADDING))
    with suppress(ConnectionEnded):
        _checkStatus(await connection.ask(padded))


def _checkStatus(response: UpgradeResponse) -> None:
    if response.status // 100 != 4:
        raise Noted(f"answered {response}")


def _opensNothing(change: _Change) -> Check:
    async def check(connection: Conversation) -> None:
        try:
            await _refusal(connection, change(connection.request()))
        except TimedOut as error:  # no answer opens no WebSocket, either
            raise Noted(str(error)) from None

    return check


def _having(name: str, value: str) -> _Change:
    return lambda request: request.having(name, value)


def _withoutUpgrade(request: RawRequest) -> RawRequest:
    return request.without("Upgrade").having("Connection", "close")


def _post(request: RawRequest) -> RawRequest:
    line = request.line.replace("GET", "POST", 1)
    return replace(request, line=line).having("Content-Length", "0")


def _http10(request: RawRequest) -> RawRequest:
    return replace(request, line=request.line.removesuffix("1.1") + "1.0")


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


_NO_UPGRADES = (
    ("a request without Upgrade", _withoutUpgrade),
    ("an upgrade to another protocol", _having("Upgrade", "x-check-unknown")),
    ("an upgrade without Connection: Upgrade", _having("Connection", "keep-alive")),
    ("a POST", _post),
    ("HTTP/1.0", _http10),
)

CASES = tuple(
    Case(section, name, check, isOpen=False)
    for section, name, check in (
        ("4.2.2", "an upgrade is answered with 101 and the right key", _opens()),
        ("4.2.2", "the answer has Upgrade: websocket", _upgradeField),
        ("4.2.2", "the answer has Connection: Upgrade", _connectionField),
        ("4.2.2", "no subprotocol comes that was not offered", _subprotocol),
        ("4.2.2", "a subprotocol is one of two offered", _offeredSubprotocol),
        ("9.1", "no extension comes that was not offered", _extension),
        ("4.2.1", "letter case does not matter in header fields", _opens(_otherCase)),
        (
            "4.2.1",
            "Connection may list more than Upgrade",
            _opens(_having("Connection", "keep-alive, Upgrade")),
        ),
        ("4.2.1", "a request in pieces is understood", _opens(size=24)),
        ("4.2.2", "blanks around the key do not matter", _opens(_blanksAroundKey)),
        ("9.1", "an unknown extension is declined", _unknownExtension),
        ("4.4", "version 99 is refused with 426 and version 13", _otherVersion),
        (
            "4.2.1",
            "an upgrade without a version is refused with 4xx",
            _without("Sec-WebSocket-Version"),
        ),
        ("4.2.1", "an upgrade without a key is refused with 4xx", _without(_KEY)),
        ("4.2.1", "an upgrade with a short key is refused with 4xx", _shortKey),
        *(
            ("4.2.1", f"{what} opens no WebSocket", _opensNothing(change))
            for what, change in _NO_UPGRADES
        ),
        ("10.4", "a request head of 1 MiB is refused", _longHead),
    )
)
