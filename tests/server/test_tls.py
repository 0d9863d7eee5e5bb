"""
Tests of L{echo.server.tls}.
"""

import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from OpenSSL import SSL
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from echo.server.tls import RenewableContext, TLSFiles, tlsReason
from echo.server.tlsinfo import tlsName
from tests.kit.certificates import AUTHORITY, GOOD, SELF_SIGNED, Identity
from tests.kit.daemon import EchoFixture
from tests.kit.frames import TEXT, frame
from tests.kit.handshake import upgradeRequest


class FilesTestCase(SynchronousTestCase):
    """
    A daemon's identity in files.
    """

    def setUp(self) -> None:
        """
        Write a good one.
        """
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.certificate = self.directory / "certificate.pem"
        self.key = self.directory / "key.pem"
        self.authority = self.directory / "authority.pem"
        self.write(GOOD)
        self.authority.write_bytes(AUTHORITY.pem)
        self.files = TLSFiles(str(self.certificate), str(self.key))

    def write(self, identity: Identity) -> None:
        """
        Replace it.
        """
        self.certificate.write_bytes(identity.pem)
        self.key.write_bytes(identity.keyPEM)


class FilesTests(FilesTestCase):
    """
    What can be loaded, and what is said of the rest.
    """

    def refused(self, files: TLSFiles) -> str:
        """
        @return: Why these files are not usable.
        """
        return str(self.assertRaises(ValueError, files.load))

    def test_missing(self) -> None:
        """
        A missing file is named.
        """
        self.key.unlink()
        self.assertEqual(
            self.refused(self.files),
            f"cannot read {str(self.key)!r}: No such file or directory",
        )

    def test_garbage(self) -> None:
        """
        So is one that is not what it should be.
        """
        self.certificate.write_text("garbage")
        self.assertIn(
            f"{str(self.certificate)!r} is not a PEM certificate chain: ",
            self.refused(self.files),
        )
        self.write(GOOD)
        self.key.write_bytes(GOOD.pem)
        self.assertIn("is not a PEM private key: ", self.refused(self.files))

    def test_encrypted(self) -> None:
        """
        Nobody is asked for the passphrase of an encrypted key.
        """
        self.key.write_bytes(GOOD.encryptedKey(BestAvailableEncryption(b"secret")))
        self.assertIn("is not a PEM private key: ", self.refused(self.files))

    def test_mismatch(self) -> None:
        """
        A key must belong to its certificate.
        """
        self.key.write_bytes(SELF_SIGNED.keyPEM)
        self.assertEqual(
            self.refused(self.files),
            f"{str(self.key)!r} is not the key of {str(self.certificate)!r}",
        )

    def test_authorities(self) -> None:
        """
        With authorities, a client's certificate is demanded; without, none is.
        """
        self.assertEqual(self.files.load().get_verify_mode(), SSL.VERIFY_NONE)
        files = TLSFiles(str(self.certificate), str(self.key), str(self.authority))
        self.assertEqual(
            files.load().get_verify_mode(),
            SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT,
        )
        self.authority.write_text("garbage")
        self.assertIn("is not a PEM file of certificate auth", self.refused(files))


class RenewalTests(FilesTestCase):
    """
    Certificates that are renewed while the daemon runs.
    """

    def setUp(self) -> None:
        """
        Watch the log.
        """
        super().setUp()
        self.events: list[LogEvent] = []
        observer = self.events.append
        globalLogPublisher.addObserver(observer)  # type: ignore[arg-type]  # anything callable
        self.addCleanup(globalLogPublisher.removeObserver, observer)  # type: ignore[arg-type]  # anything callable
        self.creator = RenewableContext(self.files)

    def context(self) -> SSL.Context:
        """
        @return: What a new connection would be served with.
        """
        return self.creator.serverConnectionForTLS(None).get_context()  # type: ignore[arg-type]  # it is not used

    def errors(self) -> list[str]:
        """
        @return: The errors that were logged since the last look.
        """
        errors = [
            formatEvent(event)
            for event in self.events
            if event["log_level"] is LogLevel.error
        ]
        del self.events[:]
        return errors

    def test_unchanged(self) -> None:
        """
        As long as nothing changes, nothing is loaded.
        """
        self.assertIs(self.context(), self.context())

    def test_renewed(self) -> None:
        """
        New files are served to the next connection.
        """
        before = self.context()
        self.write(SELF_SIGNED)
        self.assertIsNot(self.context(), before)
        self.assertIs(self.context(), self.context())
        self.assertEqual(self.errors(), [])

    def test_broken(self) -> None:
        """
        A broken file leaves the old one in service, and is one error in the log,
        however many connections there are.
        """
        before = self.context()
        self.certificate.write_text("garbage")
        self.assertEqual({self.context() for _ in range(3)}, {before})
        (error,) = self.errors()
        self.assertIn(f"{str(self.certificate)!r} is not a PEM", error)

    def test_renewedInTwoSteps(self) -> None:
        """
        Between the new certificate and the new key the old pair is served, and
        after it the new.
        """
        before = self.context()
        self.certificate.write_bytes(SELF_SIGNED.pem)
        self.assertIs(self.context(), before)
        self.key.write_bytes(SELF_SIGNED.keyPEM)
        self.assertIsNot(self.context(), before)
        self.assertEqual(len(self.errors()), 1)

    def test_vanished(self) -> None:
        """
        So it is while a file is not there at all.
        """
        before = self.context()
        self.key.unlink()
        self.assertIs(self.context(), before)
        self.assertEqual(len(self.errors()), 1)
        self.key.write_bytes(GOOD.keyPEM)
        self.assertIsNot(self.context(), before)

    def test_replacedWithinTheSameTick(self) -> None:
        """
        A file of the same age is told by being another one.
        """
        before = self.context()
        status = self.key.stat()
        other = self.directory / "other.pem"
        other.write_bytes(self.key.read_bytes())
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(self.key)
        self.assertIsNot(self.context(), before)

    def test_unusableFromTheStart(self) -> None:
        """
        There is no last good one to keep at first.
        """
        self.key.unlink()
        self.assertRaises(ValueError, RenewableContext, self.files)


class ConversationTests(FilesTestCase):
    """
    A conversation inside TLS, in memory.
    """

    def test_echo(self) -> None:
        """
        What goes in comes out, and the log says what protects it. Nothing but
        HTTP/1.1 is agreed on.
        """
        arguments = ("--tls-cert", str(self.certificate), "--tls-key", str(self.key))
        fixture = EchoFixture(self, "--listen-tls=tcp:443", *arguments)
        transport = fixture.dial().transport
        context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
        context.set_alpn_protocols(["h2", "http/1.1"])
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")

        def exchange(step: Callable[[], Any]) -> Any:
            for _ in range(10):
                try:
                    return step()
                except ssl.SSLWantReadError:
                    before = len(transport.taken)
                    transport.arrive(outgoing.read())
                    transport.read()
                    fixture.advance(0.1)
                    incoming.write(transport.taken[before:])
            raise AssertionError("TLS goes round in circles")

        exchange(client.do_handshake)
        client.write(upgradeRequest() + frame(TEXT, b"Hello"))
        self.assertTrue(exchange(client.read).endswith(b"\r\n\r\n"))
        self.assertEqual(exchange(client.read), b"\x81\x05Hello")
        name, _, _ = client.cipher() or ("", "", 0)
        self.assertIn(f", TLSv1.3 {name}", fixture.lines[-1])
        self.assertEqual(client.selected_alpn_protocol(), "http/1.1")


class NameTests(SynchronousTestCase):
    """
    TLS in words.
    """

    def test_reason(self) -> None:
        """
        OpenSSL's reasons are joined; without any, the error's own text is all.
        """
        error = SSL.Error([("", "", "one"), ("", "", "two\x1b")])
        self.assertEqual(tlsReason(error), r"one, two\x1b")
        self.assertEqual(tlsReason(SSL.SysCallError(104, "reset")), "(104, 'reset')")
        self.assertEqual(tlsReason(SSL.Error()), "")

    def test_plain(self) -> None:
        """
        A transport without TLS has none.
        """
        self.assertIsNone(tlsName(object()))
