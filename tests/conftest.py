"""What tests of several folders share: AWS in this process, its services read once; a MariaDB server, if asked for."""

from __future__ import annotations

import gc
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.hooks
import botocore.session
import botocore.useragent
import pytest

from infra.local.simulators.pcrt.mariadb import HOST, MariaDb, NoMariaDb

if TYPE_CHECKING:
    from infra.local.cloud.stack import Stack
    from shared.aws.table import Store

# Most tests make clients of their own: to read megabytes of JSON for each, and the signatures of a hundred handlers,
# takes longer than what they test.
botocore.session.create_loader = cache(botocore.session.create_loader)
botocore.hooks.accepts_kwargs = cache(botocore.hooks.accepts_kwargs)

# Nobody reads how a request names its sender, which is put together anew for each.
botocore.useragent.UserAgentString.to_string = lambda _self: "tests"

# What AWS's libraries keep for good is a million objects. To look at each of them for garbage, over and over, is a
# quarter of what the tests take.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """What was imported by now is here to stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def stack() -> Stack:
    """What template.yaml makes."""
    from tests.local_aws import template  # noqa: PLC0415 (spared where no AWS is asked for)

    return template()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS, and the environment of a function in it."""
    from tests.local_aws import ENVIRONMENT, local_aws  # noqa: PLC0415

    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "CALLBACK_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with local_aws():
        yield


@pytest.fixture
def store(stack: Stack, aws: None) -> Store:
    """The engine's store on an empty table, made as template.yaml has it."""
    from infra.local.cloud import resources  # noqa: PLC0415
    from shared.aws.table import Store  # noqa: PLC0415

    dynamodb = resources.clients().dynamodb
    made = stack.tables["Table"]
    dynamodb.create_table(TableName=made.name, **made.definition)
    return Store(dynamodb, made.name)


SECURE_HOST = "127.0.0.2"
"""An address of this machine that Crosswise does not take for loopback, so that it wants TLS there."""


@dataclass(frozen=True)
class Certificate:
    """A server's certificate and key, in files, and the certificate of the CA that signed it; all in PEM form."""

    ca: str
    file: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The certificate of the MariaDB server, good for `SECURE_HOST`, with no more in it than a shop's own CA writes."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography makes the certificate")
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 (see above)
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("A shop's CA", "PCRT")]
    now = datetime.now(UTC)

    def signed(which: int, extension: Any) -> bytes:
        builder = x509.CertificateBuilder(names[0], names[which], keys[which].public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        made: bytes = builder.add_extension(extension, True).sign(keys[0], hashes.SHA256()).public_bytes(pem)
        return made

    pem = serialization.Encoding.PEM
    ca = signed(0, x509.BasicConstraints(ca=True, path_length=None))
    host = x509.IPAddress(ipaddress.ip_address(SECURE_HOST))
    folder = tmp_path_factory.mktemp("certificate")
    found = Certificate(ca.decode(), folder / "server.pem", folder / "key.pem")
    found.file.write_bytes(signed(1, x509.SubjectAlternativeName([host])))
    plain = (serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    found.key.write_bytes(keys[1].private_bytes(pem, *plain))
    return found


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
