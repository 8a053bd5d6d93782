"""One ConnectWise tenant joined to one partner tenant: what a person sets for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

TABLE_AND_COLUMN = r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"
_MAILBOX = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+|[^@<>\r\n]*<[^\s@<>,;]+@[^\s@<>,;]+>")
"""An address, with the name of whose it is or without; who it reaches is for SES to say."""
_DATABASE = re.compile(r"mysql\+pymysql://[^/?#]+/[^/?#]+|sqlite:////[^?#]+")
"""A database's URL: a server and a name, or a whole path; never options, some of which read files."""


REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "na": "https://admin.getquickpass.com",
        "eu": "https://eu-admin.getquickpass.com",
        "ca": "https://ca.admin.cyberqp.com",
    }
)
"""Where Quickpass answers in each region: the hosts of its consoles (documented); that its API is there is assumed."""


def _address(text: str) -> str:
    if not _MAILBOX.fullmatch(text):
        raise ValueError(f"{text!r} is no e-mail address, which reads desk@example.com")
    return text


class Settings(BaseModel):
    """Base of everything that people write: unknown names are faults, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Mail(Settings):
    """Who gets the mails, from whom, and when the digests."""

    sender: str = Field("crosswise@example.com", description="Verified SES identity that all mail comes from.")
    recipients: list[str] = Field(default_factory=list, description="Addresses that get all mail; none, no mail.")
    hours: list[int] = Field(
        default=[7], description="Hours of the connection's local day at which digests may go out."
    )

    report_limit: int = Field(3, ge=1, description="How often an open issue is told before it is only counted (EA-45).")

    @field_validator("sender")
    @classmethod
    def _sender_is_an_address(cls, sender: str) -> str:
        return _address(sender)

    @field_validator("recipients")
    @classmethod
    def _recipients_are_addresses(cls, recipients: list[str]) -> list[str]:
        return [_address(one) for one in recipients]

    @field_validator("hours")
    @classmethod
    def _hours_exist(cls, hours: list[int]) -> list[int]:
        if wrong := [hour for hour in hours if not 0 <= hour <= 23]:
            raise ValueError(f"hours run from 0 to 23, not {wrong}")
        return sorted(set(hours))


class SystemSettings(Settings):
    """How one outside system is reached. Its keys are in Secrets Manager, never here."""

    model_config = ConfigDict(frozen=True, extra="allow", str_strip_whitespace=True, hide_input_in_errors=True)

    base_url: str = Field(
        description="Where it answers, e.g. https://api-na.myconnectwise.net; PCRT is its database, e.g. "
        "mysql+pymysql://db.example.com:3306/pcrt (sqlite:////path to try it out). Not needed where a region is named."
    )
    region: Literal["", "na", "eu", "ca"] = Field(
        "",
        description="Quickpass's region, in place of a base_url: na, eu or ca. That its API answers at the host of the "
        "region's console is assumed; a base_url says otherwise.",
    )
    company: str = Field(
        "",
        description="The tenant's login company (ConnectWise) or company id (e-automate); a name of the tenant's for "
        "Zomentum, Quickpass or Moovila, where all share one host: who is asked to slow down is told apart by it.",
    )

    gateway_url: str = Field(
        "",
        description="Where the contract import gateway of e-automate answers; empty: at the host of base_url. It is "
        "assumed as a whole: no published interface writes contracts.",
    )
    web_url: str = Field(
        "",
        description="Where people open PCRT, above its repair folder (empty: no links to it), or Zomentum or Moovila "
        "(empty: its base_url with app. in the place of api., which is assumed).",
    )
    cwa_group_column: str = Field(
        "servicecontracts.cwagroup",
        pattern=TABLE_AND_COLUMN,
        description="Table and column of a PCRT subscription's CWA Group; PCRT as it is delivered has none. A table "
        "of its own needs a scid.",
    )
    members_column: str = Field(
        "servicecontracts.additionalmembers",
        pattern=TABLE_AND_COLUMN,
        description="Table and column of a PCRT subscription's Additional Members: PCIDs with commas between them.",
    )

    @model_validator(mode="before")
    @classmethod
    def _in_region(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "base_url" not in given and given.get("region") in REGIONS:
            return {**given, "base_url": REGIONS[given["region"]]}
        return given

    @field_validator("base_url", "gateway_url", "web_url")
    @classmethod
    def _is_url(cls, url: str, info: ValidationInfo) -> str:
        if not url and info.field_name != "base_url":
            return url
        parts = _parts(url)
        secret = parts.username is not None or parts.password is not None
        match parts.scheme:
            case "https":
                fits = bool(parts.hostname)
            case "http":
                fits = bool(parts.hostname) if info.field_name == "web_url" else on_loopback(parts.hostname or "")
            case "mysql+pymysql" | "sqlite" if info.field_name == "base_url":
                fits = _DATABASE.fullmatch(url) is not None
            case _:
                fits = False
        if secret or not fits:
            raise ValueError(
                "must begin with https:// (http only on loopback), or be a database without options, "
                "mysql+pymysql://HOST:PORT/NAME or sqlite:////PATH; and name no user and no password, which belong "
                "into the secret"
            )
        return url.rstrip("/")


def on_loopback(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    return host in ("127.0.0.1", "localhost", "::1")


def _parts(url: str) -> SplitResult:
    """The parts of a URL; ValueError, which shows nothing of it, where it has none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no URL") from None
    return parts


class Connection(Settings):
    """One connection. `flows` holds each flow's own settings, checked by that flow's model."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short lasting name, e.g. acme.")
    name: str = Field("", description="What people call it; the id if empty.")
    time_zone: str = Field("UTC", description="IANA zone for hours and cadences, e.g. America/Chicago.")
    operators: list[str] = Field(default_factory=list, description="People who may repair and approve.")
    mail: Mail = Mail()
    systems: dict[str, SystemSettings] = Field(default_factory=dict, description="Outside systems by name.")
    flows: dict[str, dict[str, Any]] = Field(default_factory=dict, description="Flows in use, with settings.")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"no IANA time zone is called {zone!r}; an example is America/Chicago") from None
        return zone

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def title(self) -> str:
        return self.name or self.id
