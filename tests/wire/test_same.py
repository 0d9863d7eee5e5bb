"""
The C codec, the Python codec and Autobahn have the same results, for any input, cut
anywhere: properties, checked with examples of Hypothesis.

There are 1,000 examples, and 10,000 in C{.ci/run}. C{ECHO_EXAMPLES=1000000 trial
tests.wire.test_same} takes most of a night.
"""

from typing import Any

from autobahn.websocket import protocol
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from echo.server.conversation.factory import EchoFactory
from echo.server.conversation.limits import Limits
from echo.server.conversation.protocol import EchoProtocol
from echo.server.daemonsettings import DaemonSettings
from echo.wire import Wire, pure
from tests.kit.framestreams import EXAMPLES, LIMIT, cut, cuts, longStreams, streams
from tests.kit.handshake import upgradeRequest
from tests.kit.reactor import Reactor
from tests.kit.transports import SocketTransport
from tests.wire.codecs import whyNot

if whyNot is None:
    from echo.wire import compiled


def examples(share: float) -> settings:
    """
    @param share: The share of all examples.
    """
    # A run with more examples looks for new ones.
    return settings(
        max_examples=int(EXAMPLES * share),
        derandomize=EXAMPLES <= 10000,
        suppress_health_check=list(HealthCheck),
    )


class CodecsTests(SynchronousTestCase):
    """
    Both codecs, compared with each other.
    """

    skip = whyNot

    def assertSame(self, stream: bytes, sizes: list[int], limit: int) -> None:
        """
        Assert the same results at every step.
        """
        wires: list[Wire] = [pure.Wire(), compiled.Wire()]
        codecs = [wire.codec(limit) for wire in wires]
        for piece in cut(stream, sizes):
            steps = [codec.feed(piece) for codec in codecs]
            self.assertEqual(*steps)
            self.assertEqual(*(codec.counts for codec in codecs))
        self.assertEqual(*(codec.take() for codec in codecs))
        self.assertEqual(*(wire.totals for wire in wires))

    @examples(0.68)
    @given(streams, cuts, st.sampled_from([0, LIMIT, 125]))
    def test_anyStream(self, stream: bytes, sizes: list[int], limit: int) -> None:
        """
        After a refused frame, the codecs start again with the next bytes.
        """
        self.assertSame(stream, sizes, limit)

    @examples(0.02)
    @given(longStreams, cuts, st.sampled_from([0, 65536]))
    def test_longMessages(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)


class WithoutCodec(EchoProtocol):
    """
    A service whose messages all pass through Autobahn.
    """

    def reply(self, payload: bytes, isBinary: bool) -> bytes | None:
        return payload


class Conversation:
    """
    A conversation in memory.
    """

    def __init__(self, wire: Wire | None, limit: int) -> None:
        """
        @param wire: None for Autobahn alone.
        """
        self._reactor = Reactor()
        settings = DaemonSettings(limits=Limits(maxMessage=limit), metrics="tcp:0")
        factory = EchoFactory(self._reactor, settings)
        if wire is None:
            factory.protocol = WithoutCodec
        else:
            factory.wire = wire
            factory.counters._wire = wire
        peer = IPv4Address("TCP", "192.0.2.1", 50000)
        self._factory = factory
        self.transport = SocketTransport(self._reactor, peer)
        self.protocol: Any = factory.buildProtocol(peer)
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)
        self.send(upgradeRequest())
        self.transport.taken = b""

    def send(self, piece: bytes) -> None:
        """
        Deliver bytes, unless the connection has ended.
        """
        if self.transport.lost is None:
            self.transport.arrive(piece)
            self.transport.read()
            self._reactor.advance(0)

    def outcome(self) -> tuple[object, ...]:
        """
        @return: Everything that the peer and the counters have seen.
        """
        return (
            self.transport.taken,
            self.transport.lost,
            self.transport.disconnecting,
            self.protocol.state,
            self.protocol.localCloseCode,
            self.protocol.remoteCloseCode,
            self._factory.counters.traffic,
        )


class AutobahnTests(SynchronousTestCase):
    """
    The codecs, compared with Autobahn, as the peer sees them.
    """

    def setUp(self) -> None:
        """
        Autobahn formats all options of each connection for a disabled log: save that
        time.
        """
        self.patch(protocol, "pformat", repr)

    def assertAlike(self, outcomes: list[Any]) -> None:
        """
        Assert that all outcomes equal the first, which is Autobahn's.
        """
        self.assertEqual(outcomes[1:], outcomes[:1] * (len(outcomes) - 1))

    def assertSame(self, stream: bytes, sizes: list[int], limit: int) -> None:
        """
        Assert the same outcome at every step.
        """
        wires: list[Wire | None] = [None, pure.Wire()]
        if whyNot is None:
            wires.append(compiled.Wire())
        conversations = [Conversation(wire, limit) for wire in wires]
        try:
            for piece in cut(stream, sizes):
                for each in conversations:
                    each.send(piece)
                self.assertAlike([each.transport.taken for each in conversations])
            self.assertAlike([each.outcome() for each in conversations])
        finally:
            for each in conversations:
                each.transport.hangUp()

    @examples(0.28)
    @given(streams, cuts, st.sampled_from([0, LIMIT]))
    def test_anyStream(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)

    @examples(0.02)
    @given(longStreams, cuts, st.sampled_from([0, 65536]))
    def test_longMessages(self, stream: bytes, sizes: list[int], limit: int) -> None:
        self.assertSame(stream, sizes, limit)
