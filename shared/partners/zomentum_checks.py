"""Checks that the Zomentum flows share: the custom fields by which a record that was made is found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.sync.preflight import Check, tried
from shared.sync.record import fold
from shared.systems.zomentum import SYNC_FIELD, WithCustomFields, Zomentum


def sync_field(zomentum: Zomentum, model: type[WithCustomFields], noun: str) -> Check:
    """Whether Zomentum has the custom field that carries ConnectWise's id of a record."""
    check = Check(
        "SYNC_FIELD",
        f"Custom field {SYNC_FIELD} of Zomentum's records of the kind {noun}",
        True,
        "it is there",
        f"a text field of the name {SYNC_FIELD}",
        f"Zomentum, Settings > Custom Fields, {noun}",
        f"Add a text field {SYNC_FIELD} there.",
        noun,
    )

    def ask() -> Check:
        there = [one.name for one in zomentum.custom_fields(model)]
        if fold(SYNC_FIELD) in map(fold, there):
            return check
        told = ", ".join(there) or "none at all"
        return replace(check, passed=False, found=f"there is none of that name; there is {told}")

    return tried(check, ask)


def once(names: Sequence[str]) -> list[str]:
    """Names that several settings may say, each once."""
    return list({fold(name): name for name in reversed(names) if name.strip()}.values())[::-1]
