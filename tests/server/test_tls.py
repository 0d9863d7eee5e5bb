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
    Has certificate, key and authority in files.
    """

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.certificate = self.directory / "certificate.pem"
        self.key = self.directory / "key.pem"
        self.authority = self.directory / "authority.pem"
        self.write(GOOD)
        self.authority.write_bytes(AUTHORITY.pem)
        self.files = TLSFiles(str(self.certificate), str(self.key))

    def write(self, identity: Identity) -> None:
        self.certificate.write_bytes(identity.pem)
        self.key.write_bytes(identity.keyPEM)


class FilesTests(FilesTestCase):
    """
    Loading files.
    """

    def refused(self, files: TLSFiles) -> str:
        """
        @return: The error for these files.
        """
        return str(self.assertRaises(ValueError, files.load))

    def test_missing(self) -> None:
        """
        The error names a missing file.
        """
        self.key.unlink()
        self.assertEqual(
            self.refused(self.files),
            f"cannot read {str(self.key)!r}: No such file or directory",
        )

    def test_invalid(self) -> None:
        """
        The error names an invalid file.
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
        OpenSSL does not ask for the passphrase of an encrypted key.
        """
        self.key.write_bytes(GOOD.encryptedKey(BestAvailableEncryption(b"secret")))
        self.assertIn("is not a PEM private key: ", self.refused(self.files))

    def test_mismatch(self) -> None:
        """
        The key must belong to the certificate.
        """
        self.key.write_bytes(SELF_SIGNED.keyPEM)
        self.assertEqual(
            self.refused(self.files),
            f"{str(self.key)!r} is not the key of {str(self.certificate)!r}",
        )

    def test_authorities(self) -> None:
        """
        A client certificate is required with authorities, and not requested without.
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
    Files that change while the daemon runs.
    """

    def setUp(self) -> None:
        super().setUp()
        self.events: list[LogEvent] = []
        observer = self.events.append
        globalLogPublisher.addObserver(observer)  # type: ignore[arg-type]  # anything callable
        self.addCleanup(globalLogPublisher.removeObserver, observer)  # type: ignore[arg-type]  # anything callable
        self.creator = RenewableContext(self.files)

    def context(self) -> SSL.Context:
        """
        @return: The context of a new connection.
        """
        return self.creator.serverConnectionForTLS(None).get_context()  # type: ignore[arg-type]  # it is not used

    def errors(self) -> list[str]:
        """
        @return: The errors in the log since the last call.
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
        Unchanged files are not loaded again.
        """
        self.assertIs(self.context(), self.context())

    def test_renewed(self) -> None:
        """
        The next connection gets new files.
        """
        before = self.context()
        self.write(SELF_SIGNED)
        self.assertIsNot(self.context(), before)
        self.assertIs(self.context(), self.context())
        self.assertEqual(self.errors(), [])

    def test_broken(self) -> None:
        """
        With an invalid file the earlier context stays, and the log has one error for
        all connections.
        """
        before = self.context()
        self.certificate.write_text("garbage")
        self.assertEqual({self.context() for _ in range(3)}, {before})
        (error,) = self.errors()
        self.assertIn(f"{str(self.certificate)!r} is not a PEM", error)

    def test_renewedInTwoSteps(self) -> None:
        """
        With a new certificate and an old key the earlier pair stays, until the new key
        follows.
        """
        before = self.context()
        self.certificate.write_bytes(SELF_SIGNED.pem)
        self.assertIs(self.context(), before)
        self.key.write_bytes(SELF_SIGNED.keyPEM)
        self.assertIsNot(self.context(), before)
        self.assertEqual(len(self.errors()), 1)

    def test_vanished(self) -> None:
        """
        With a missing file the earlier context stays.
        """
        before = self.context()
        self.key.unlink()
        self.assertIs(self.context(), before)
        self.assertEqual(len(self.errors()), 1)
        self.key.write_bytes(GOOD.keyPEM)
        self.assertIsNot(self.context(), before)

    def test_replacedWithinTheSameTick(self) -> None:
        """
        A replacement of the same age is detected by its inode.
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
        Unusable files at the start are an error.
        """
        self.key.unlink()
        self.assertRaises(ValueError, RenewableContext, self.files)


class ConversationTests(FilesTestCase):
    """
    A conversation with TLS, in memory.
    """

    def test_echo(self) -> None:
        """
        Messages are echoed, the log has the TLS parameters, and ALPN selects HTTP/1.1
        only.
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
    Names of TLS parameters and errors.
    """

    def test_reason(self) -> None:
        """
        OpenSSL's reasons are joined. Without reasons, the text is that of the error.
        """
        error = SSL.Error([("", "", "one"), ("", "", "two\x1b")])
        self.assertEqual(tlsReason(error), r"one, two\x1b")
        self.assertEqual(tlsReason(SSL.SysCallError(104, "reset")), "(104, 'reset')")
        self.assertEqual(tlsReason(SSL.Error()), "")

    def test_withoutTLS(self) -> None:
        """
        A transport without TLS has no name.
        """
        self.assertIsNone(tlsName(object()))
