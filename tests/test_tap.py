"""
Tests of L{echo.tap}.
"""

from pathlib import Path
from typing import Any, cast

from twisted.application.service import IService
from twisted.internet import reactor as realReactor
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import (
    ILogObserver,
    LogEvent,
    LogLevel,
    formatEvent,
    globalLogPublisher,
)
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from echo.server.behaviour.behaviour import Caps
from echo.server.conversation.answering import Counted
from echo.server.conversation.limits import Limits
from echo.server.conversation.protocol import EchoProtocol
from echo.server.http.accesspolicy import AccessPolicy
from echo.server.http.origins import Origins
from echo.server.http.site import EchoSite
from echo.server.http.trustedproxies import TrustedProxies
from echo.server.service import Conversations
from echo.tap import Options, makeService
from tests.kit.certificates import GOOD
from tests.kit.forks import Fork
from tests.kit.processes import PATIENCE

HEALTH = {b"healthz", b"readyz"}


def parse(*arguments: str) -> Options:
    """
    @return: The options of a command line.
    """
    options = Options({})
    options.parseOptions(arguments)
    return options


class MakeServiceTests(SynchronousTestCase):
    """
    The service.
    """

    def make(self, *arguments: str) -> tuple[Any, MemoryReactorClock]:
        """
        @return: A started daemon, and the reactor it runs on.
        """
        reactor = MemoryReactorClock()
        service: Any = makeService(parse(*arguments), reactor)
        verifyObject(IService, service)
        service.privilegedStartService()
        service.startService()
        self.addCleanup(service.stopService)
        return service, reactor

    def test_withoutTLS(self) -> None:
        """
        The module that uses the insides of pyOpenSSL is imported only with TLS.
        """
        module = "echo.server.tlstransport"
        code = (
            "import sys; from twisted.internet.testing import MemoryReactorClock;"
            " from echo.tap import Options, makeService; options = Options({});"
            " options.parseOptions(sys.argv[1:]);"
            " makeService(options, MemoryReactorClock());"
            f" print({module!r} in sys.modules)"
        )
        directory = self.mktemp()
        Path(directory).mkdir()
        pem = GOOD.save(directory)
        tls = f"--listen-tls=tcp:443 --tls-cert={pem} --tls-key={pem}".split()
        for arguments, expected in [("--listen=tcp:80",), "False"], [tls, "True"]:
            out, _ = Fork(code, *arguments).communicate(timeout=PATIENCE)
            self.assertEqual(out.decode().strip(), expected)

    def test_hookWithoutEffect(self) -> None:
        """
        A service that overrides a hook without effect is refused before anything
        listens.
        """

        class Service(EchoProtocol):
            def processHandshake(self) -> None:
                pass

        reactor = MemoryReactorClock()
        error = self.assertRaises(
            TypeError, makeService, parse(), reactor, protocol=Service
        )
        self.assertIn("override onConnect", str(error))
        self.assertEqual(reactor.tcpServers, [])

    def test_listeners(self) -> None:
        """
        One site listens at all endpoints.
        """
        directory = self.mktemp()
        Path(directory).mkdir()
        pem = GOOD.save(directory)
        _, reactor = self.make(
            *("--listen", "tcp:81:interface=127.0.0.1:backlog=7"),
            *("--listen", "tcp6:82", "--listen", f"unix:{directory}/s"),
            *("--listen-tls", "tcp:83", "--tls-cert", pem, "--tls-key", pem),
        )
        ports: dict[int, Any] = {
            port: (factory, *rest) for port, factory, *rest in reactor.tcpServers
        }
        self.assertEqual(set(ports), {81, 82, 83})
        self.assertEqual(ports[81][1:], (7, "127.0.0.1"))
        site = ports[81][0]
        self.assertIsInstance(site, EchoSite)
        self.assertIs(ports[82][0], site)
        self.assertIs(reactor.unixServers[0][1], site)
        self.assertIsInstance(ports[83][0], TLSMemoryBIOFactory)
        self.assertIs(ports[83][0].wrappedFactory, site)

    def test_defaultEndpoint(self) -> None:
        """
        The default endpoint is loopback, with room for a burst of connections.
        """
        _, reactor = self.make()
        ((port, _, backlog, interface),) = reactor.tcpServers
        self.assertEqual((port, backlog, interface), (8080, 1024, "127.0.0.1"))

    def test_limits(self) -> None:
        """
        Each limit comes from its option.
        """
        service, _ = self.make(
            "--max-message=1k",
            "--max-connections=2",
            "--handshake-timeout=3s",
            "--ping-interval=4s",
            "--ping-timeout=500ms",
            "--stall-timeout=6s",
            "--compression",
            "--drain=7s",
        )
        (conversations,) = (each for each in service if isinstance(each, Conversations))
        self.assertEqual(
            conversations._factory.limits, Limits(1024, 2, 3.0, 4.0, 0.5, 6.0, True)
        )
        self.assertEqual(conversations._drainTime, 7.0)

    def test_defaultLimits(self) -> None:
        """
        The defaults of the options are those of L{Limits}.
        """
        service, _ = self.make()
        self.assertEqual(next(iter(service))._factory.limits, Limits())

    def policy(self, *arguments: str) -> AccessPolicy:
        """
        @return: The policy of the site.
        """
        _, reactor = self.make(*arguments)
        site: Any = reactor.tcpServers[0][1]
        policy: AccessPolicy = site.resource.children[b"socket"]._policy
        self.assertIs(site.resource.children[b"info"]._policy, policy)
        return policy

    def test_policy(self) -> None:
        """
        Each part of the policy comes from its option.
        """
        self.assertEqual(
            self.policy(
                "--allow-origin=https://a.example",
                "--max-delay=1s",
                "--max-repeat=2",
                "--min-interval=3s",
                "--no-behaviours",
                "--trust-proxy=10.0.0.0/8",
                "--trust-proxy=unix",
                "--show-secrets",
            ),
            AccessPolicy(
                Origins.fromTexts(["https://a.example"]),
                Caps(1.0, 2, 3.0, False),
                TrustedProxies.fromTexts(["10.0.0.0/8", "unix"]),
                True,
            ),
        )

    def test_defaultPolicy(self) -> None:
        """
        The defaults of the options are those of L{AccessPolicy}.
        """
        self.assertEqual(self.policy(), AccessPolicy())

    def test_metrics(self) -> None:
        """
        C{--metrics} serves metrics and counts messages. It is no address for
        conversations.
        """
        service, reactor = self.make("--metrics=tcp:9090:interface=127.0.0.1")
        (_, site), (port, metrics) = (
            (port, factory) for port, factory, *_ in reactor.tcpServers
        )
        self.assertIsInstance(site, EchoSite)
        self.assertEqual(port, 9090)
        children = cast("Any", metrics).resource.children
        self.assertEqual(set(children), {b"metrics", *HEALTH})
        self.assertIsInstance(next(iter(service))._factory.answering, Counted)
        self.assertEqual(len(service.addresses), 1)
        service, reactor = self.make()
        self.assertEqual(len(reactor.tcpServers), 1)
        self.assertNotIsInstance(next(iter(service))._factory.answering, Counted)

    def test_protocol(self) -> None:
        """
        A service's own protocol class is a parameter.
        """

        class Own(EchoProtocol):
            pass

        service: Any = makeService(parse(), MemoryReactorClock(), protocol=Own)
        self.assertIs(next(iter(service))._factory.protocol, Own)

    def test_warnings(self) -> None:
        """
        The log names unknown variables that look like ours, but not those of the
        client.
        """
        events: list[LogEvent] = []
        observer = cast("ILogObserver", events.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        options = Options({"ECHO_MAX_MESAGE": "1k", "ECHO_COUNT": "1"})
        options.parseOptions([])
        makeService(options, MemoryReactorClock())
        (event,) = (each for each in events if each["log_namespace"] == "echo.tap")
        self.assertEqual(event["log_level"], LogLevel.warn)
        self.assertEqual(
            formatEvent(event),
            "ECHO_MAX_MESAGE in the environment is unknown:"
            " did you mean ECHO_MAX_MESSAGE?",
        )

    def test_reactor(self) -> None:
        """
        Without a reactor, Twisted's own is used.
        """
        service: Any = makeService(parse())
        self.assertIs(next(iter(service))._factory.reactor, realReactor)
