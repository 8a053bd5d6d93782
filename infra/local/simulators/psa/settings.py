"""What a test or a demo may set: how this PSA was set up, and which of the documented traps are armed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Settings:
    """Change them at any time; they hold from the next request on.

    Where the contract says that servers differ ("may", "some endpoints"), the stricter way is the default,
    unless a field says otherwise.
    """

    company: str = "demo"
    """Login company."""
    codebase: str = "v2026_1/"
    """As companyinfo tells it; `v4_6_release/` is served besides. Change it to play a cloud release."""
    version: str = "v2026.1.115342"
    cloud: bool = True
    time_zone: str = "Eastern Standard Time"
    bad_keys_answer: int = 401
    """401, or 404 as a cloud host may answer to a wrong company or key."""
    url_limit: int = 2000
    """Characters of the whole URL; beyond them 414."""
    requests_per_minute: int | None = None
    """Beyond them 429 until the minute is over; None for no limit."""
    public_url: str | None = None
    """The address that links in answers name, where it is not the one called (contract section 2)."""
    custom_fields_whole: bool = True
    """A PATCH or PUT whose customFields lack a defined field is refused; False keeps what is absent."""
    patch_needs_custom_fields: bool = False
    """A PATCH of a record that has custom fields is refused unless it replaces customFields (`[]` will do)."""
    address_required: bool = True
    """A company without any address field is refused."""
    duplicate_contacts_refused: bool = True
    """A contact of the same first and last name at a company needs ignoreDuplicates (assumed)."""
