"""
The client's side of the C codec, the Python codec and Autobahn have the same results,
for any input, cut anywhere: properties, checked with examples of Hypothesis.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from echo.client.connection import Connection
from echo.client.errors import EchoClientError
from echo.client.interfaces import Message
from echo.client.protocol import ClientFactory, ClientProtocol
from echo.client.transport.upgraderequest import UpgradeRequest
from echo.client.transport.url import parseURL
from echo.wire import pure
from tests.kit.client import URL, Server
from tests.kit.framestreams import LIMIT, cut, cuts, longServerStreams, serverStreams
from tests.kit.reactor import Reactor
from tests.wire.codecs import whyNot
from tests.wire.test_same import examples

if whyNot is None:
    from echo.wire import compiled

    modules: list[ModuleType] = [pure, compiled]
else:
    modules = [pure]


class CodecsTests(SynchronousTestCase):
    """
    Both codecs, compared with each other.
    """

    skip = whyNot

    def assertSame(self, stream: bytes, sizes: list[int], limit: int) -> None:
        """
        Assert the same results at every step.
        """
        codecs = [module.ClientCodec(limit) for module in modules]
        for piece in cut(stream, sizes):
            self.assertEqual(*(codec.feed(piece) for codec in codecs))
        self.assertEqual(*(codec.take() for codec in codecs))

    @examples(0.68)
    @given(serverStreams, cuts, st.sampled_from([0, LIMIT, 125]))
    def test_anyStream(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)

    @examples(0.02)
    @given(longServerStreams, cuts, st.sampled_from([0, 65536]))
    def test_longMessages(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)

    @examples(0.1)
    @given(
        st.integers(0, 255),
        st.lists(st.binary(max_size=300) | st.sampled_from([bytes(66000)]), max_size=6),
        st.binary(min_size=24, max_size=24),
    )
    def test_frames(self, first: int, payloads: list[bytes], masks: bytes) -> None:
        """
        For any messages and masks.
        """
        self.assertEqual(
            *(module.writeFrames(first, payloads, masks) for module in modules)
        )


class WithoutCodec(ClientProtocol):
    """
    A protocol whose messages all pass through Autobahn.
    """

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)


class Client:
    """
    A client in memory.
    """

    def __init__(self, module: ModuleType | None, limit: int) -> None:
        """
        @param module: None for Autobahn alone.
        """
        self._messages: list[Message] = []
        self._ends: list[tuple[str, int | None]] = []
        connection = Connection(URL)
        connection.deliver(self)
        factory = ClientFactory(
            Reactor(),
            UpgradeRequest(parseURL(URL)),
            connection,
            None,
            closeTimeout=1,
            maxMessage=limit,
            compression=False,
            protocol=WithoutCodec if module is None else ClientProtocol,
        )
        factory.wire = module or pure
        factory.recorder.enter("TCP")
        self.server = Server(factory, IPv4Address("TCP", "192.0.2.1", 80))
        connection.protocol = self.server.protocol
        self.server.accept()

    def received(self, messages: Sequence[Message]) -> None:
        self._messages += messages

    def ended(self, error: EchoClientError) -> None:
        self._ends.append((str(error), getattr(error, "code", None)))

    def outcome(self) -> tuple[Any, ...]:
        """
        @return: Everything that the program and the server have seen.
        """
        protocol: Any = self.server.protocol
        return (
            self._messages,
            self._ends,
            self._frames,
            self.server.transport.connected,
            protocol.state,
            protocol.localCloseCode,
            protocol.remoteCloseCode,
        )

    def send(self, piece: bytes) -> None:
        """
        Deliver bytes, unless the connection has ended.
        """
        if self.server.transport.connected:
            self.server.say(piece)
        self._frames = self.server.frames()


class AutobahnTests(SynchronousTestCase):
    """
    The codecs, compared with Autobahn, as the program and the server see them.
    """

    def assertSame(self, stream: bytes, sizes: list[int], limit: int) -> None:
        """
        Assert the same outcome at every step.
        """
        clients = [Client(module, limit) for module in [None, *modules]]
        try:
            for piece in cut(stream, sizes):
                for each in clients:
                    each.send(piece)
                outcomes = [each.outcome() for each in clients]
                self.assertEqual(outcomes[1:], outcomes[:1] * len(modules))
        finally:
            for each in clients:
                each.server.hangUp()

    @examples(0.28)
    @given(serverStreams, cuts, st.sampled_from([0, LIMIT]))
    def test_anyStream(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)

    @examples(0.02)
    @given(longServerStreams, cuts, st.sampled_from([0, 65536]))
    def test_longMessages(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)
