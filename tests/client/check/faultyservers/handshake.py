"""
Servers with a fault in the opening handshake.
"""

from typing import Any

from twisted.internet.protocol import Protocol

from tests.kit.referenceserver import ReferenceServer


class WrongAccept(ReferenceServer):
    """
    Sends the C{Sec-WebSocket-Accept} of another key.
    """

    def acceptValue(self, key: str) -> str:
        return super().acceptValue(key.swapcase())


class NoUpgradeFields(ReferenceServer):
    """
    Answers 101 without C{Upgrade} and C{Connection}.
    """

    def upgradeFields(self) -> list[str]:
        return []


class UnofferedExtension(ReferenceServer):
    """
    Accepts an extension that the client did not offer.
    """

    def extensionFields(self, fields: dict[str, str]) -> list[str]:
        return [*super().extensionFields(fields), "Sec-WebSocket-Extensions: x-own"]


class UnofferedSubprotocol(ReferenceServer):
    """
    Chooses a subprotocol that the client did not offer.
    """

    def extensionFields(self, fields: dict[str, str]) -> list[str]:
        return ["Sec-WebSocket-Protocol: own"]


class AcceptsAnyRequest(ReferenceServer):
    """
    Answers every request with 101.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        self._opened = True
        self.transport.write(self.upgradeResponse(fields))


class WantsWholeRequest(ReferenceServer):
    """
    Refuses a request that arrives in pieces.
    """

    def readHead(self) -> None:
        if b"\r\n\r\n" not in self._data:
            self.refuse("400 Bad Request")
        else:
            super().readHead()


class KeepsBlanksInKey(ReferenceServer):
    """
    Takes blanks around C{Sec-WebSocket-Key} for a part of it.
    """

    def readHead(self) -> None:
        self._data = self._data.replace(b":   ", b": _").replace(b" \t\r\n", b"\r\n")
        super().readHead()

    def isKey(self, key: str | None) -> bool:
        return super().isKey(key and key.replace("_", ""))


class WantsSingleToken(ReferenceServer):
    """
    Refuses a C{Connection} field with two elements.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        if "," in fields.get("connection", ""):
            self.refuse("400 Bad Request")
        else:
            super().onRequest(line, fields)


class AcceptsAnyExtension(ReferenceServer):
    """
    Accepts every extension but permessage-deflate.
    """

    def extensionFields(self, fields: dict[str, str]) -> list[str]:
        offered = fields.get("sec-websocket-extensions", "permessage-deflate")
        if "permessage-deflate" in offered:
            return []
        return [f"Sec-WebSocket-Extensions: {offered}"]


class AcceptsNoVersion(ReferenceServer):
    """
    Accepts a request without C{Sec-WebSocket-Version}.
    """

    def onRequest(self, line: str, fields: dict[str, str]) -> None:
        super().onRequest(line, {"sec-websocket-version": "13", **fields})


class Scripted(Protocol):
    """
    Answers each arrival of bytes with the next of its answers.
    """

    transport: Any

    def __init__(self, *answers: bytes, end: bool = False) -> None:
        self._answers = list(answers)
        self._end = end

    def dataReceived(self, data: bytes) -> None:
        if self._answers:
            self.transport.write(self._answers.pop(0))
        if not self._answers and self._end:
            self.transport.loseConnection()
