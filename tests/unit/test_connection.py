"""What a person may set for a connection, and what is refused with its reason."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.sync.connection import Connection, SystemSettings


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
    ],
)
def test_keys_travel_to_no_address_that_only_looks_safe(url: str) -> None:
    with pytest.raises(ValidationError, match="must begin with https://"):
        SystemSettings(base_url=url)


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
