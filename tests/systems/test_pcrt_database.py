"""PCRT's database as it really is: keys, rights, TLS, locks, connections that break, and character sets of old."""

from __future__ import annotations

import logging
import socket
import socketserver
import sqlite3
import ssl
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pymysql
import pytest

from infra.local.simulators.pcrt import MariaDb, PcrtSimulator
from infra.local.simulators.pcrt.mariadb import HOST
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    SyncError,
)
from shared.systems.http import Http
from shared.systems.pcrt import Pcrt, database, php
from shared.systems.pcrt.failures import failure
from tests.conftest import SECURE_HOST, Certificate
from tests.systems.test_pcrt import Clock, rewrite
from tests.systems.watching import Secret

GOOD = {"user": "demo", "password": "demo"}
SETTINGS = SystemSettings(base_url="mysql+pymysql://db.example.com:3306/pcrt")
PASSWORD = "correct horse ünï 'battery'"
_names = count(1)


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as http:
        yield http


@pytest.fixture(scope="module")
def shop(mariadb: MariaDb) -> PcrtSimulator:
    """A PCRT of two groups, three PCIDs and one subscription, which no test of this module changes for good."""
    shop = PcrtSimulator(clock=Clock(), clients=0, computers=0, server=mariadb)
    shop.add_group("Alder Dental", 301)
    shop.add_group("Birchwood Law Office", 302)
    for number in range(3):
        shop.add_pc(f"AD-WS-{number}", 301, f"SERIAL{number}")
    shop.add_subscription("BizCare Plus", 301, cwa_group=3)
    return shop


def connected(url: str, http: Http, secret: Secret | None = None) -> Pcrt:
    return Pcrt(SystemSettings(base_url=url), secret or Secret(GOOD), Clock(), http)


def user(mariadb: MariaDb, rights: str, password: str = PASSWORD) -> Secret:
    """A new user of the server's, with these rights."""
    name = f"user{next(_names)}"
    quoted = password.replace("'", "''")
    mariadb.sql(f"GRANT {rights} TO '{name}'@'%' IDENTIFIED BY '{quoted}'")
    return Secret({"user": name, "password": password})


# Keys and rights


def test_keys_that_are_refused_are_read_anew_once(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    secret = user(mariadb, "SELECT ON *.*")
    good, secret.kept = secret.kept, {**secret.kept, "password": "old"}
    assert len(connected(shop.url, http, secret).all_groups()) == 2
    assert (secret.kept, secret.read) == (good, 1)


def test_keys_that_do_not_hold_are_told_without_them(
    shop: PcrtSimulator, mariadb: MariaDb, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = user(mariadb, "SELECT ON *.*")
    secret.stored = {**secret.kept, "password": PASSWORD + "?"}
    pcrt = connected(shop.url, http, secret)
    pcrt.all_groups()
    with pytest.raises(CredentialsRefused) as caught:
        pcrt.check()
    assert secret.read == 2
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value) + caplog.text + repr(pcrt)
    assert "Access denied" in told
    assert "correct horse" not in told


def test_a_right_to_read_is_all_that_reading_needs(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    name = shop.url.rsplit("/", 1)[1]
    pcrt = connected(shop.url, http, user(mariadb, f"SELECT ON {name}.*"))
    pcrt.check()
    (subscription,) = pcrt.all_subscriptions()
    pcrt.may_read("pc_owner")
    assert (len(pcrt.all_groups()), len(list(pcrt.all_assets()))) == (2, 3)
    assert pcrt.columns() == {"cwa_group_column": True, "members_column": True}
    for write in (pcrt.may_write, lambda: pcrt.apply(rewrite(subscription.id, (), (1000,)))):
        with pytest.raises(ConfigurationWrong, match="denied") as caught:
            write()
        assert (caught.value.where, "UPDATE" in caught.value.fix) == ("pcrt: rights", True)
    assert shop.members(subscription.id) == ""


def test_the_right_to_one_column_is_all_that_writing_needs(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    name = shop.url.rsplit("/", 1)[1]
    secret = user(mariadb, f"SELECT ON {name}.*")
    mariadb.sql(f"GRANT UPDATE (additionalmembers) ON {name}.servicecontracts TO '{secret.kept['user']}'@'%'")
    pcrt = connected(shop.url, http, secret)
    pcrt.may_write()
    pcrt.apply(rewrite(1, (), (1000,)))
    assert shop.members(1) == "1000"
    shop.set_members(1, "")


def test_a_table_that_may_not_be_read_is_told(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    name = shop.url.rsplit("/", 1)[1]
    pcrt = connected(shop.url, http, user(mariadb, f"SELECT ON {name}.pc_group"))
    pcrt.may_read("pc_group")
    with pytest.raises(ConfigurationWrong, match="pc_owner") as caught:
        pcrt.may_read("pc_owner")
    assert caught.value.where == "pcrt: rights"


def test_a_database_that_is_not_there_is_told(mariadb: MariaDb, http: Http) -> None:
    pcrt = connected(f"mysql+pymysql://{HOST}:{mariadb.port}/nonesuch", http)
    with pytest.raises(ConfigurationWrong, match="nonesuch") as caught:
        pcrt.check()
    assert caught.value.where == "systems.pcrt.base_url"


# The way there


def test_another_host_is_reached_over_tls_only(
    shop: PcrtSimulator, mariadb: MariaDb, certificate: Certificate, http: Http
) -> None:
    mariadb.sql("GRANT ALL ON *.* TO 'tls'@'%' IDENTIFIED BY 'demo' REQUIRE SSL")
    url = shop.url.replace(HOST, SECURE_HOST)
    secret = Secret({"user": "tls", "password": "demo", "ca": certificate.ca})
    assert len(connected(url, http, secret).all_groups()) == 2


def test_a_server_whose_certificate_nobody_vouches_for_is_refused(shop: PcrtSimulator, http: Http) -> None:
    with pytest.raises(ConfigurationWrong, match="certificate") as caught:
        connected(shop.url.replace(HOST, SECURE_HOST), http).check()
    assert (caught.value.where, "as ca" in caught.value.fix) == ("pcrt: the secret", True)


def test_a_way_of_logging_in_that_is_not_supported_is_told(mariadb: MariaDb, shop: PcrtSimulator, http: Http) -> None:
    mariadb.sql("INSTALL SONAME 'auth_ed25519'")
    mariadb.sql("CREATE USER elliptic@'%' IDENTIFIED VIA ed25519 USING PASSWORD('demo')")
    with pytest.raises(ConfigurationWrong, match="way of logging in") as caught:
        connected(shop.url, http, Secret({"user": "elliptic", "password": "demo"})).check()
    assert caught.value.where == "pcrt: the user"


def test_a_certificate_for_another_name_is_refused(shop: PcrtSimulator, certificate: Certificate, http: Http) -> None:
    secret = Secret({**GOOD, "ca": certificate.ca})
    with pytest.raises(ConfigurationWrong, match=HOST):
        connected(shop.url, http, secret).check()


def test_a_ca_that_is_no_certificate_is_told(shop: PcrtSimulator, http: Http) -> None:
    with pytest.raises(ConfigurationWrong, match="no certificate") as caught:
        connected(shop.url, http, Secret({**GOOD, "ca": "-----BEGIN NONSENSE-----"})).check()
    assert caught.value.where == "pcrt: the secret"


@contextmanager
def served(host: str, handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """A TCP server on a free port."""
    socketserver.ThreadingTCPServer.daemon_threads = True
    with socketserver.ThreadingTCPServer((host, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class WithoutTls(socketserver.BaseRequestHandler):
    """Greets as a MySQL server that has no TLS, and keeps what it is then told."""

    said = b""

    def handle(self) -> None:
        can = 0x0001 | 0x0008 | 0x0200 | 0x2000 | 0x8000 | 1 << 19  # no CLIENT_SSL (0x0800)
        greeting = b"\x0a5.6.0\0" + struct.pack("<I", 1) + b"a" * 8 + b"\0" + struct.pack("<H", can & 0xFFFF)
        greeting += b"\x21" + struct.pack("<HHB", 2, can >> 16, 21) + b"\0" * 10 + b"b" * 12 + b"\0"
        greeting += b"mysql_native_password\0"
        self.request.sendall(struct.pack("<I", len(greeting))[:3] + b"\0" + greeting)
        type(self).said += self.request.recv(4096)


def test_without_tls_no_key_is_sent(http: Http) -> None:
    WithoutTls.said = b""
    with served(SECURE_HOST, WithoutTls) as port, pytest.raises(ConfigurationWrong, match="SSL") as caught:
        connected(f"mysql+pymysql://{SECURE_HOST}:{port}/pcrt", http).check()
    assert caught.value.where == "systems.pcrt.base_url"
    assert WithoutTls.said == b""


def test_a_server_that_does_not_answer_is_asked_again_later(http: Http) -> None:
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        port = closed.getsockname()[1]
    with pytest.raises(RetryLater) as caught:
        connected(f"mysql+pymysql://{HOST}:{port}/pcrt", http).apply(rewrite(1, (), (1000,)))
    assert not isinstance(caught.value, OutcomeUnknown)


# Lists are whole


@contextmanager
def broken(server_port: int, after: int) -> Iterator[int]:
    """A way to the server that breaks off when so many bytes of a long answer have come back."""

    class Way(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((HOST, server_port)) as far:
                threading.Thread(target=self.pass_on, args=(self.request, far), daemon=True).start()
                while data := far.recv(65536):
                    if len(data) > after:
                        self.request.sendall(data[:after])
                        break
                    self.request.sendall(data)
                for end in (self.request, far):
                    end.shutdown(socket.SHUT_RDWR)

        @staticmethod
        def pass_on(near: socket.socket, far: socket.socket) -> None:
            try:
                while data := near.recv(65536):
                    far.sendall(data)
            except OSError:
                return

    with served(HOST, Way) as port:
        yield port


def test_a_list_that_breaks_off_is_an_error(mariadb: MariaDb, http: Http) -> None:
    many = PcrtSimulator(clock=Clock(), clients=5, computers=300, server=mariadb)
    assert len(list(connected(many.url, http).all_assets())) == len(many.rows("pc_owner"))
    with broken(mariadb.port, after=9000) as port:
        pcrt = connected(many.url.replace(str(mariadb.port), str(port)), http)
        assert len(pcrt.all_groups()) == 5
        with pytest.raises(RetryLater, match="Lost connection"):
            list(pcrt.all_assets())


def test_no_setting_of_the_server_cuts_a_list_short(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    mariadb.sql("SET GLOBAL sql_select_limit = 1")
    try:
        assert len(connected(shop.url, http).all_groups()) == 2
    finally:
        mariadb.sql("SET GLOBAL sql_select_limit = DEFAULT")


def test_a_table_that_stays_locked_is_asked_again_later(
    shop: PcrtSimulator, mariadb: MariaDb, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        database, "_SESSION", database._SESSION.replace("lock_wait_timeout = 15", "lock_wait_timeout = 0")
    )
    pcrt = connected(shop.url, http)
    locking = mariadb.connect(shop.url.rsplit("/", 1)[1])
    try:
        locking.query("LOCK TABLES servicecontracts READ")
        with pytest.raises(RetryLater, match="Lock wait timeout") as caught:
            pcrt.apply(rewrite(1, (), (1000,)))
    finally:
        locking.close()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert shop.members(1) == ""


def test_a_statement_that_takes_too_long_is_given_up_by_the_server(
    mariadb: MariaDb, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = database._SESSION.replace("max_statement_time = 18", "max_statement_time = 0.05")
    monkeypatch.setattr(database, "_SESSION", quick)
    place = mariadb.database()
    mariadb.sql("CREATE VIEW pc_group AS SELECT 1 AS pcgroupid, SLEEP(5) AS pcgroupname", place.name)
    with pytest.raises(RetryLater, match="max_statement_time"):
        connected(place.url, http).all_groups()


# Values


def test_a_list_too_long_for_its_column_is_refused_whole(shop: PcrtSimulator, mariadb: MariaDb, http: Http) -> None:
    with PcrtSimulator(clock=Clock(), clients=0, computers=0, server=mariadb) as small:
        small.store.write("ALTER TABLE servicecontracts MODIFY additionalmembers varchar(12)")
        subscription = small.add_subscription("BizCare Plus", 301, members=(1000, 1001))
        with pytest.raises(RecordRejected, match="Data too long"):
            connected(small.url, http).apply(rewrite(subscription, (1000, 1001), (1000, 1001, 1002)))
        assert small.members(subscription) == "1000,1001"


@pytest.mark.parametrize("table", ["utf8mb3", "latin1", "utf8mb4"])
@pytest.mark.parametrize("connection", ["latin1", "utf8mb4"])
def test_whatever_character_sets_php_had_its_texts_are_read(
    mariadb: MariaDb, http: Http, table: str, connection: str
) -> None:
    """PCRT sets none: pages are UTF-8, and whatever the connection is, its bytes are counted."""
    place = mariadb.database("MyISAM", table)
    shop = PcrtSimulator(clock=Clock(), clients=0, computers=0)
    shop.place = place
    shop.store = type(shop.store)(place)
    pcid, subscription = shop.add_pc("A", 301), shop.add_subscription("BizCare Plus", 301)
    written = php.write({104: "Zoë-1"}).encode()
    sent = written.decode("cp1252") if connection == "latin1" else written.decode()
    theirs = pymysql.connect(
        host=HOST, port=mariadb.port, user="root", database=place.name, charset=connection, autocommit=True,
        ssl_disabled=True,
    )  # fmt: skip
    with theirs, theirs.cursor() as cursor:
        cursor.execute("UPDATE pc_owner SET pcextra = %s WHERE pcid = %s", (sent, pcid))
        cursor.execute("UPDATE servicecontracts SET additionalmembers = '1000,Zoë'")
    pcrt = connected(place.url, http)
    assert pcrt.assets_by_id([pcid])[pcid].serial == "Zoë-1"
    assert [asset.id for asset in pcrt.assets_by_serial(["ZOË-1"])["zoë-1"]] == [pcid]
    pcrt.apply(rewrite(subscription, (1000,), (1001,)))
    assert shop.members(subscription) == "1001"


# SQLite


@pytest.fixture
def file(http: Http) -> Iterator[tuple[Pcrt, Path]]:
    with PcrtSimulator(clock=Clock(), clients=0, computers=0) as shop:
        shop.add_subscription("BizCare Plus", 301)
        yield connected(shop.url, http), Path(shop.url.removeprefix("sqlite:///"))


def test_a_file_that_is_not_there_is_not_made(http: Http, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationWrong, match="unable to open") as caught:
        connected(f"sqlite:///{tmp_path}/pcrt.sqlite", http).check()
    assert caught.value.where == "systems.pcrt.base_url"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_told(http: Http, tmp_path: Path) -> None:
    (tmp_path / "a file.txt").write_text("no database, but long enough to look like one" * 100)
    with pytest.raises(ConfigurationWrong, match="not a database"):
        connected(f"sqlite:///{tmp_path}/a file.txt", http).all_groups()


def test_a_locked_file_is_asked_again_later(file: tuple[Pcrt, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pcrt, path = file
    monkeypatch.setattr(database, "CONNECT_TIMEOUT", 0)
    locking = sqlite3.connect(path)
    locking.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RetryLater, match="locked"):
        pcrt.all_groups()
    locking.close()
    assert pcrt.all_groups() == []


def test_an_https_address_is_no_database(http: Http) -> None:
    with pytest.raises(ConfigurationWrong, match="no database") as caught:
        connected("https://pcrt.example.com", http).check()
    assert "mysql+pymysql://" in caught.value.fix


# The table of errors


@pytest.mark.parametrize(
    ("code", "read", "write"),
    [
        (1045, CredentialsRefused, CredentialsRefused),
        (4151, CredentialsRefused, CredentialsRefused),
        (1044, ConfigurationWrong, ConfigurationWrong),
        (1054, ConfigurationWrong, ConfigurationWrong),
        (1146, ConfigurationWrong, ConfigurationWrong),
        (1290, ConfigurationWrong, ConfigurationWrong),
        (145, ConfigurationWrong, ConfigurationWrong),
        (1406, RecordRejected, RecordRejected),
        (1040, RetryLater, RetryLater),
        (1205, RetryLater, RetryLater),
        (1213, RetryLater, RetryLater),
        (2003, RetryLater, RetryLater),
        (1969, RetryLater, OutcomeUnknown),
        (1053, RetryLater, OutcomeUnknown),
        (1317, RetryLater, OutcomeUnknown),
        (2006, RetryLater, OutcomeUnknown),
        (2013, RetryLater, OutcomeUnknown),
        (9999, RetryLater, OutcomeUnknown),
    ],
)
def test_each_code_says_what_to_do(code: int, read: type[SyncError], write: type[SyncError]) -> None:
    error = pymysql.OperationalError(code, "in the server's words")
    for kind, writes in ((read, False), (write, True)):
        found = failure(error, "the list of groups", SETTINGS, write=writes)
        assert type(found) is kind
        assert "in the server's words" in str(found)


def test_errors_without_a_code_are_outcomes_unknown() -> None:
    for error in (pymysql.InterfaceError(0, ""), pymysql.Error(), None, ValueError("odd")):
        assert type(failure(error, "a change", SETTINGS, write=True)) is OutcomeUnknown
        assert type(failure(error, "a list", SETTINGS, write=False)) is RetryLater


def test_a_broken_certificate_is_told_by_the_error_below() -> None:
    error = pymysql.OperationalError(2003, "Can't connect")
    error.original_exception = ssl.SSLError("bad certificate")  # type: ignore[attr-defined]  # as PyMySQL does
    assert type(failure(error, "a list", SETTINGS, write=False)) is ConfigurationWrong
    error.original_exception = ssl.SSLEOFError("broke off")  # type: ignore[attr-defined]
    assert type(failure(error, "a list", SETTINGS, write=False)) is RetryLater


# What it costs


def test_sqlalchemy_is_imported_only_when_the_database_is_asked() -> None:
    """A quarter of a second, of which no other function may take part at its cold start."""
    code = (
        "import sys; from functions import wiring; wiring.settings_models(); import shared.systems.pcrt; "
        "found = {name.partition('.')[0] for name in sys.modules}; "
        "print(sorted(found & {'sqlalchemy', 'pymysql'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
