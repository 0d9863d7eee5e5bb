"""
Tests of L{echo.server.hooks}: the daemon calls a service's hooks.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.protocol import EchoProtocol
from echo.server.conversation.readgate import HoldReason
from echo.server.hooks import hookrules
from tests.kit.daemon import EchoFixture, Peer
from tests.kit.frames import CLOSE, TEXT, frame
from tests.kit.handshake import upgradeRequest
from tests.kit.pumping import PumpingTestCase, TLSPumpingTestCase, echoes
from tests.server.hooks.watching import OTHERS, RECEIVING, SENDING, spy


class CallTests(SynchronousTestCase):
    """
    Hooks in memory, with both codecs.
    """

    def connect(
        self,
        kind: type[EchoProtocol],
        codec: str = "pure",
        *arguments: str,
        target: str = "/socket",
        **fields: str,
    ) -> Peer:
        """
        @return: The peer of a new conversation.
        """
        try:
            wire = import_module(f"echo.wire.{codec}").Wire()
        except ImportError:
            wire = import_module("echo.wire.pure").Wire()
        self.fixture = EchoFixture(self, *arguments, protocol=kind)
        self.fixture.factory.wire = wire
        return self.fixture.connect(target, **fields)

    def seen(self) -> int:
        """
        @return: How many messages Autobahn has seen.
        """
        (conversation,) = self.fixture.factory.conversations
        return int(conversation.trafficStats.incomingWebSocketMessages)

    def test_everyHookIsCalled(self) -> None:
        for codec in "pure", "compiled":
            for name, data in (RECEIVING | SENDING).items():
                kind, calls = spy(name)
                peer = self.connect(kind, codec)
                peer.send(frame(TEXT, b"0"))
                for count in range(1 if data[0] & 15 == CLOSE else 3):
                    before = len(calls)
                    self.assertNotEqual(peer.send(data), data[:-1])
                    self.assertGreater(len(calls), before, (name, count))
                self.assertIn(("0"), peer.messages())

    def test_hooksEndFastPath(self) -> None:
        for codec in "pure", "compiled":
            for name in {*RECEIVING, *SENDING, *OTHERS, "_onMessage", "reply"}:
                peer = self.connect(spy(name)[0], codec)
                peer.send(frame(TEXT, b"1") * 3)
                self.assertEqual((self.seen(), peer.messages()), (3, ["1"] * 3), name)

    def test_lifecycleHooksKeepFastPath(self) -> None:
        for name in hookrules.LIFECYCLE | {"__init__"}:
            peer = self.connect(spy(name)[0])
            peer.send(frame(TEXT, b"1") * 3)
            self.assertEqual((self.seen(), peer.messages()), (0, ["1"] * 3), name)

    def test_calledWithCompression(self) -> None:
        offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
        for name, data in (RECEIVING | SENDING).items():
            kind, calls = spy(name)
            peer = self.connect(kind, "pure", "--compression", **offer)
            calls.clear()
            peer.send(data)
            self.assertGreater(len(calls), 0, name)

    def test_streamingHooks(self) -> None:
        told: list[Any] = []

        class Streaming(EchoProtocol):
            def onMessageBegin(self, isBinary: bool) -> None:
                told.append("begin")

            def onMessageFrameBegin(self, length: int) -> None:
                told.append(length)

            def onMessageFrameData(self, payload: bytes) -> None:
                told.append(payload)

            def onMessageFrameEnd(self) -> None:
                told.append("frame")

            def onMessageEnd(self) -> None:
                told.append("end")

        offer = {"Sec_WebSocket_Extensions": "permessage-deflate"}
        for arguments, fields in ((), {}), (("--compression",), offer):
            told.clear()
            peer = self.connect(Streaming, "pure", *arguments, **fields)
            peer.send(frame(TEXT, b"1", fin=False) + frame(0, b"2"))
            self.assertEqual(told, ["begin", 1, b"1", "frame", 1, b"2", "frame", "end"])

    def test_calledWithBehaviours(self) -> None:
        for query in "delay=1ms", "fragment=1", "nopong=1", "slow=1m/s":
            for name, data in RECEIVING.items():
                kind, calls = spy(name)
                peer = self.connect(kind, target=f"/socket?{query}")
                calls.clear()
                peer.send(data)
                self.fixture.advance(0.1)
                self.assertGreater(len(calls), 0, (query, name))

    def test_sendMessageSeesWholeMessages(self) -> None:
        """
        It may leave Autobahn's options out.
        """
        kind, calls = spy("sendMessage")
        peer = self.connect(kind, target="/socket?fragment=2")
        peer.send(frame(TEXT, b"123"))
        self.assertEqual(calls, [(b"123", False)])
        self.assertEqual([bytes(each.data) for each in peer.frames()], [b"12", b"3"])

        class Short(EchoProtocol):
            def sendMessage(self, payload: bytes, isBinary: bool = False) -> None:  # type: ignore[override]
                super().sendMessage(payload.upper(), isBinary)

        peer = self.connect(Short, target="/socket?repeat=2")
        peer.send(frame(TEXT, b"a"))
        self.assertEqual(peer.messages(), ["A", "A"])

    def test_orderOfHooks(self) -> None:
        names = (
            *("makeConnection", "connectionMade", "onConnect", "onOpen"),
            *("onMessage", "onCloseFrame", "onClose", "connectionLost"),
        )
        order: list[str] = []

        def noting(name: str) -> Callable[..., Any]:
            def hook(self: Any, *arguments: Any) -> Any:
                order.append(name)
                return getattr(super(kind, self), name)(*arguments)

            return hook

        kind = type("Service", (EchoProtocol,), {name: noting(name) for name in names})
        for cut in 0, 9:
            order.clear()
            fixture = EchoFixture(self, protocol=kind)
            peer = fixture.dial()
            data = upgradeRequest() + frame(TEXT, b"1") + frame(CLOSE)
            peer.send(data[:cut])
            peer.send(data[cut:])
            fixture.advance(0.1)
            # Autobahn tells onClose from within connectionLost.
            expected = [*names[:-2], "connectionLost", "onClose"]
            self.assertEqual(order, expected)

    def test_hookFromMixin(self) -> None:
        told = []

        class Noting:
            def onMessage(self, payload: bytes, isBinary: bool) -> None:
                told.append(payload)
                super().onMessage(payload, isBinary)  # type: ignore[misc]

        class Service(Noting, EchoProtocol):
            pass

        peer = self.connect(Service)
        peer.send(frame(TEXT, b"1"))
        self.assertEqual((told, peer.messages()), ([b"1"], ["1"]))

    def test_optionsEndFastPath(self) -> None:
        for name, value in hookrules.OPTIONS.items():
            other: Any = 7 if name == "autoFragmentSize" else not value
            peer = self.connect(type("Service", (EchoProtocol,), {name: other}))
            peer.send(frame(TEXT, b"1"))
            self.assertEqual(self.seen(), 1, name)

    def test_limitsOnFastPath(self) -> None:
        for name in "maxMessagePayloadSize", "maxFramePayloadSize":
            peer = self.connect(type("Service", (EchoProtocol,), {name: 3}))
            peer.send(frame(TEXT, b"123"))
            self.assertEqual((self.seen(), peer.messages()), (0, ["123"]))
            self.assertEqual(peer.send(frame(TEXT, b"1234"))[2:4], b"\x03\xf1")

    def test_logOctets(self) -> None:
        frames = {"logRxOctets": frame(TEXT, b"1"), "logTxOctets": b"\x81\x011"}
        for name, expected in frames.items():
            kind, calls = spy(name)
            kind.logOctets = True
            self.connect(kind).send(frame(TEXT, b"1"))
            self.assertEqual(calls[-1][0], expected)


class PumpTests(PumpingTestCase):
    """
    Hooks of conversations that would be pumped.
    """

    def test_hookEndsPumping(self) -> None:
        for name in (*RECEIVING, *SENDING, *OTHERS, "reply"):
            self.protocol = spy(name)[0]
            self.setUp()
            peer = self.dial()
            for _ in range(3):
                self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
                self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            stats = self.conversation().trafficStats
            self.assertEqual(stats.incomingWebSocketMessages, 3)

    def test_assignedHookStopsPumping(self) -> None:
        self.protocol = spy("onOpen")[0]
        self.setUp()
        peer = self.connect()
        self.assertTrue(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.say(peer, frame(TEXT, b"12")[:-1])
        told: list[bytes] = []
        self.conversation().onMessage = lambda payload, isBinary: told.append(payload)
        self.say(peer, frame(TEXT, b"12")[-1:] + frame(TEXT, b"3"))
        self.assertEqual(told, [b"12", b"3"])
        self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
        self.assertEqual(self.conversation().frameReader.heard(), 7 + 8 + 7)


class TLSTests(TLSPumpingTestCase):
    """
    Hooks of TLS conversations.
    """

    def test_hookEndsPumping(self) -> None:
        for name in (*RECEIVING, *SENDING, *OTHERS, "reply"):
            self.protocol = spy(name)[0]
            self.setUp()
            peer = self.connect()
            for _ in range(3):
                self.assertEqual(self.say(peer, frame(TEXT, b"1")), echoes(b"1"))
                self.assertFalse(self.conversation().readGate.isHeldBy(HoldReason.PUMP))
            stats = self.conversation().trafficStats
            self.assertEqual(stats.incomingWebSocketMessages, 3)
