"""
Tests of the cases of the opening handshake.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IProtocol

from echo.client.check.verdicts import Level
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.handshake import (
    AcceptsAnyExtension,
    AcceptsAnyRequest,
    AcceptsNoVersion,
    KeepsBlanksInKey,
    NoUpgradeFields,
    Scripted,
    UnofferedExtension,
    UnofferedSubprotocol,
    WantsSingleToken,
    WantsWholeRequest,
)
from tests.kit.referenceserver import ReferenceServer

_Serve = Callable[[], IProtocol]


class OpeningHandshakeTests(CheckTestCase):
    """
    A server with one fault fails exactly the cases of that fault.
    """

    def test_answerWithoutUpgradeFields(self) -> None:
        self.assertFound(NoUpgradeFields, ["the answer has"])

    def test_unofferedSubprotocol(self) -> None:
        self.assertFound(
            UnofferedSubprotocol, ["no subprotocol comes", "a subprotocol is one"]
        )

    def test_unofferedExtension(self) -> None:
        self.assertFound(
            UnofferedExtension,
            [
                *("no extension comes", "an unknown extension"),
                "permessage-deflate: only",
            ],
        )

    def test_invalidRequestsAccepted(self) -> None:
        """
        The RFC does not oblige a server to decode the key: a note.
        """
        self.assertFound(
            AcceptsAnyRequest,
            [
                "version 99",
                "an upgrade without a version",
                "an upgrade without a key",
                "a request without Upgrade",
                "an upgrade to another protocol",
                "an upgrade without Connection",
                "a POST",
                "HTTP/1.0",
            ],
            ["an upgrade with a short key"],
        )

    def test_requestInPiecesRefused(self) -> None:
        self.assertFound(WantsWholeRequest, ["a request in pieces"])

    def test_blanksAroundKeyNotStripped(self) -> None:
        self.assertFound(KeepsBlanksInKey, ["blanks around"])

    def test_connectionListRefused(self) -> None:
        self.assertFound(WantsSingleToken, ["Connection may list"])

    def test_unknownExtensionAccepted(self) -> None:
        self.assertFound(AcceptsAnyExtension, ["an unknown extension"])

    def test_missingVersionAccepted(self) -> None:
        self.assertFound(AcceptsNoVersion, ["an upgrade without a version"])


class VerdictTests(CheckTestCase):
    """
    Levels and details of single cases.
    """

    def second(self, *answers: bytes, end: bool = False) -> _Serve:
        """
        @return: A factory of servers. The second server is scripted with the answers.
        """
        servers: list[IProtocol] = [ReferenceServer(), Scripted(*answers, end=end)]
        return lambda: servers.pop(0)

    def test_serverMayRequireItsSubprotocol(self) -> None:
        self.assertJudged(
            self.second(b"HTTP/1.1 400 No\r\n\r\n"), "a subprotocol is", Level.OK
        )

    def test_twoSubprotocolsFail(self) -> None:
        class TwoSubprotocols(ReferenceServer):
            def extensionFields(self, fields: dict[str, str]) -> list[str]:
                offered = fields.get("sec-websocket-protocol")
                return [f"Sec-WebSocket-Protocol: {offered}"] if offered else []

        self.assertJudged(
            TwoSubprotocols,
            "a subprotocol is",
            Level.FAIL,
            "chose more than one subprotocol",
        )

    def test_userSubprotocolMayBeChosen(self) -> None:
        result = self.judge(
            ReferenceServer, "no subprotocol comes", subprotocols=["chat"]
        )
        self.assertEqual(result, (Level.OK, ""))

    def test_otherVersionNeeds426AndVersion13(self) -> None:
        fields = b"\r\nSec-WebSocket-Version: 8, 13\r\n\r\n"
        name = "version 99"
        self.assertJudged(self.second(b"HTTP/1.1 426 No" + fields), name, Level.OK)
        self.assertJudged(
            self.second(b"HTTP/1.1 400 No" + fields),
            name,
            Level.NOTE,
            "answered HTTP 400 No",
        )
        self.assertJudged(
            self.second(b"HTTP/1.1 426 No\r\n\r\n"),
            name,
            Level.FAIL,
            "answered HTTP 426 No, without Sec-WebSocket-Version: 13",
        )

    def test_refusalWithoutStatus4xxIsNoted(self) -> None:
        for name in ("an upgrade without a key", "an upgrade with a short key"):
            self.assertJudged(
                self.second(b"HTTP/1.1 500 Oops\r\n\r\n"),
                name,
                Level.NOTE,
                "answered HTTP 500 Oops",
            )
        for name in ("an upgrade without a key", "a POST"):
            self.assertJudged(
                self.second(b"", end=True),
                name,
                Level.NOTE,
                "hung up without an answer",
            )

    def test_longHeadNeedsAnAnswer(self) -> None:
        name = "a request head"
        self.assertJudged(self.second(b"", end=True), name, Level.OK)
        self.assertJudged(
            self.second(b"HTTP/1.1 101 Go on\r\n\r\n"),
            name,
            Level.NOTE,
            "answered HTTP 101 Go on",
        )
        self.assertJudged(self.second(), name, Level.FAIL, "no answer within 10 s")

    def test_noAnswerOpensNoWebSocket(self) -> None:
        class IgnoresBadRequests(ReferenceServer):
            def refuse(self, status: str, *fields: str) -> None:
                if status.startswith("400"):
                    super().refuse(status, *fields)

        self.assertJudged(
            IgnoresBadRequests, "a POST", Level.NOTE, "no answer within 10 s"
        )
        self.assertJudged(
            IgnoresBadRequests, "version 99", Level.FAIL, "no answer within 10 s"
        )
