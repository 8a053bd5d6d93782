"""How steps become requests: what of Automate's records is written at all, and how.

Only the External ID of a client is: computers cannot be written through the API (PC-35, PC-42). A PATCH is a list of
operations whose names are capitalised there, unlike the PSA's. Nothing is created, so no marker is needed: repeating
a PATCH ends the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.sync.plan import Step
from shared.systems.connectwise_automate.models import Client, Record


@dataclass(frozen=True)
class Kind:
    """One kind of record that steps write: the model of its answers, and Automate's names of our fields."""

    name: str
    model: type[Record]
    fields: Mapping[str, str]


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (Kind("client", Client, {"external_id": "ExternalId"}),)}


def kind_of(step: Step) -> Kind:
    """The row for a step; ValueError for a kind or a verb that no flow can mean."""
    kind = KINDS.get(step.kind)
    if kind is None or step.verb != "update":
        raise ValueError(f"ConnectWise Automate cannot {step.verb} a {step.kind}")
    return kind


def patch(kind: Kind, step: Step) -> list[dict[str, Any]]:
    """The operations of a PATCH, none where nothing differs; ValueError for what is not written, or is no text."""
    if unknown := [name for name in step.fields if name not in kind.fields]:
        raise ValueError(f"{unknown} of a {kind.name} cannot be written")
    if odd := [name for name, value in step.fields.items() if not isinstance(value, str)]:
        raise ValueError(f"{odd} of a {kind.name} must be texts")
    return [
        {"Op": "replace", "Path": f"/{kind.fields[name]}", "Value": value}
        for name, value in step.fields.items()
        if name not in step.before or step.before[name] != value
    ]
