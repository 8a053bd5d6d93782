"""What a person may set for a connection, and what is refused with its reason."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.sync.connection import Connection, Mail, SystemSettings


@pytest.mark.rule("EA-02")
@pytest.mark.parametrize(
    "url",
    [
        "https://api-na.myconnectwise.net",
        "https://dealer.example:8443/pip",
        "http://127.0.0.1:8765",
        "http://localhost",
        "http://[::1]:1",
    ],
)
def test_a_base_url_may_be_anywhere_over_tls_and_on_loopback(url: str) -> None:
    assert SystemSettings(base_url=url + "/").base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api-na.myconnectwise.net",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://",
        "https://user:password@dealer.example",
        "ftp://dealer.example",
        "dealer.example",
        "mysql://db.example/pcrt",
        "postgresql://db.example/pcrt",
        "mysql+pymysql://db.example",
        "mysql+pymysql:///pcrt",
        "mysql+pymysql://db.example/pcrt/more",
        "mysql+pymysql://db.example/pcrt?read_default_file=/etc/passwd",
        "mysql+pymysql://db.example/pcrt#more",
        "mysql+pymysql://user@db.example/pcrt",
        "mysql+pymysql://user:password@db.example/pcrt",
        "mysql+pymysql://:password@db.example/pcrt",
        "sqlite:///pcrt.sqlite",
        "sqlite://",
        "sqlite:////pcrt.sqlite?mode=memory",
    ],
)
def test_keys_travel_to_no_address_that_only_looks_safe(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with https://") as caught:
        SystemSettings(base_url=url)
    assert "password@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["mysql+pymysql://db.example.com/pcrt", "mysql+pymysql://10.0.0.5:3307/pc_rt", "sqlite:////tmp/a b/pcrt.db"]
)
def test_a_base_url_may_be_a_database(url: str) -> None:
    assert SystemSettings(base_url=url).base_url == url
    with pytest.raises(ValidationError, match="must begin with https://"):
        SystemSettings(base_url="https://dealer.example", gateway_url=url)


def test_pages_for_people_may_be_anywhere() -> None:
    """No key travels there."""
    settings = SystemSettings(base_url="sqlite:////tmp/pcrt.db", web_url="http://pcrt.shop.local/pcrt/")
    assert settings.web_url == "http://pcrt.shop.local/pcrt"
    for url in ("javascript:alert(1)", "http://", "http://user:password@pcrt.shop.local"):
        with pytest.raises(ValidationError):
            SystemSettings(base_url="sqlite:////tmp/pcrt.db", web_url=url)


@pytest.mark.parametrize("url", ["https://[::1", "https://db.example:port", "mysql+pymysql://db.example:99999/pcrt"])
def test_what_is_no_url_is_told_without_it(url: str) -> None:
    with pytest.raises(ValidationError, match="is no URL") as caught:
        SystemSettings(base_url=url)
    assert url not in str(caught.value)


@pytest.mark.parametrize("place", ["cwagroup", "a.b.c", "a.b; DROP TABLE pc_owner", "a.`b`", ".b", "1a.b"])
def test_a_private_column_is_a_table_and_a_column(place: str) -> None:
    with pytest.raises(ValidationError):
        SystemSettings(base_url="sqlite:////tmp/pcrt.db", members_column=place)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"id": "Not Good"}, "id"),
        ({"id": "acme", "time_zone": "Mars/Olympus"}, "America/Chicago"),
        ({"id": "acme", "mail": {"hours": [25]}}, "hours run from 0 to 23"),
        ({"id": "acme", "colour": "blue"}, "colour"),
    ],
)
def test_what_does_not_hold_is_named(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Connection.model_validate(settings)


@pytest.mark.parametrize("sender", ["crosswise", "crosswise.example.com", "@example.com", "a@b, c@d", ""])
def test_mail_comes_from_an_address(sender: str) -> None:
    with pytest.raises(ValidationError, match=r"is no e-mail address, which reads desk@example\.com"):
        Mail(sender=sender)
    with pytest.raises(ValidationError, match="is no e-mail address"):
        Mail(recipients=["desk@example.com", sender])


@pytest.mark.parametrize("sender", ["crosswise@example.com", "Crosswise <crosswise@example.com>"])
def test_an_address_may_say_whose_it_is(sender: str) -> None:
    assert Mail(sender=sender, recipients=[sender]).sender == sender
