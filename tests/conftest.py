"""What tests of several folders share: a MariaDB server, started when first asked for; AWS's services, read once."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import botocore.session
import pytest

from infra.local.simulators.pcrt.mariadb import HOST, MariaDb, NoMariaDb

# Most tests make clients of their own: to read megabytes of JSON for each takes longer than what they test.
botocore.session.create_loader = cache(botocore.session.create_loader)

SECURE_HOST = "127.0.0.2"
"""An address of this machine that Crosswise does not take for loopback, so that it wants TLS there."""


@dataclass(frozen=True)
class Certificate:
    """A server's certificate, which it signed itself, in PEM form."""

    text: str
    file: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The certificate of the MariaDB server, good for `SECURE_HOST`."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography makes the certificate")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "PCRT's database")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(SECURE_HOST))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, False, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = made.public_bytes(pem).decode()
    folder = tmp_path_factory.mktemp("certificate")
    file, key_file = folder / "server.pem", folder / "key.pem"
    file.write_text(text)
    plain = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    key_file.write_bytes(key.private_bytes(pem, *plain))
    return Certificate(text, file, key_file)


@pytest.fixture(scope="session")
def mariadb(certificate: Certificate) -> Iterator[MariaDb]:
    """A MariaDB server on loopback, with TLS for who wants it; one for each process that runs tests."""
    options = (f"--ssl-cert={certificate.file}", f"--ssl-key={certificate.key}")
    server = MariaDb(*options, listen=f"{HOST},{SECURE_HOST}")
    try:
        server.start()
    except NoMariaDb as why:
        pytest.skip(str(why))
    yield server
    server.stop()
