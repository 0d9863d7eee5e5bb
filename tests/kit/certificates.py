"""
Certificates: an authority, and servers and clients that it vouches for, or not.
"""

import datetime as dt
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NOW = dt.datetime.now(dt.UTC)
_DAY = dt.timedelta(days=1)


class Identity:
    """
    A key, and a certificate for it.
    """

    def __init__(
        self,
        name: str,
        issuer: "Identity | None" = None,
        *,
        names: tuple[str, ...] = (),
        days: int = 2,
        isAuthority: bool = False,
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(signer.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - 9 * _DAY)
            .not_valid_after(_NOW + days * _DAY)
            .add_extension(
                x509.BasicConstraints(ca=isAuthority, path_length=None), critical=True
            )
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(each) for each in names]),
                critical=False,
            )
        self.certificate = builder.sign(signer.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def keyPEM(self) -> bytes:
        return self.encryptedKey(serialization.NoEncryption())

    def encryptedKey(
        self, encryption: serialization.KeySerializationEncryption
    ) -> bytes:
        """
        @return: The private key in PEM.
        """
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    def save(self, directory: str) -> str:
        """
        @return: The path of a file with key and certificate.
        """
        path = Path(directory) / f"{self.certificate.serial_number}.pem"
        path.write_bytes(self.keyPEM + self.pem)
        return str(path)


#: The authority that clients trust, and certificates of servers and clients.
AUTHORITY = Identity("An authority", isAuthority=True)
GOOD = Identity("Good", AUTHORITY, names=("localhost", "good.example"))
EXPIRED = Identity("Expired", AUTHORITY, names=("localhost",), days=-1)
ELSEWHERE = Identity("Elsewhere", AUTHORITY, names=("elsewhere.example",))
SELF_SIGNED = Identity("Self-signed", names=("localhost",))
CLIENT = Identity("A client", AUTHORITY, names=("client.example",))


def threadedContext() -> ssl.SSLContext:
    """
    @return: The client's side of TLS, for clients like C{websockets.sync}, which read
        and write in two threads.

    Before 3.13, CPython does not lock OpenSSL for that. Reading the session tickets of
    TLS 1.3 changes the state while a request is written, and one request in a few
    hundred is lost. TLS 1.2 has no tickets after the handshake.
    """
    context = ssl.create_default_context(cadata=AUTHORITY.pem.decode())
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def serverContext(
    identity: Identity, directory: str, *, clients: bool = False
) -> ssl.SSLContext:
    """
    @param directory: A directory for the certificate's file.

    @param clients: Whether clients need a certificate.

    @return: The server's side of TLS.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.save(directory))
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=AUTHORITY.pem.decode())
    return context
