"""What a flow in preview would do: proposals counted, and each with its fields before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.sync.plan import LINKS, Created, Step
from shared.sync.proposal import Proposal


@dataclass(frozen=True)
class Difference:
    """One field that a step would write; a created record has nothing before."""

    field: str
    before: Any
    after: Any


def counts(proposals: Sequence[Proposal]) -> dict[tuple[str, str, str], int]:
    """How many steps there would be, by system, kind and verb; links are ours and not counted."""
    found = Counter((s.system, s.kind, s.verb) for one in proposals for s in one.steps if s.system != LINKS)
    return dict(sorted(found.items()))


def differences(step: Step) -> list[Difference]:
    """The fields of a step, maps within them taken apart (`properties.colour`), in their order."""
    before, after = _flat(step.before), _flat(step.fields)
    return [Difference(name, before.get(name), value) for name, value in after.items() if before.get(name) != value]


def _flat(fields: Any, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = f"(the new {value.step})" if isinstance(value, Created) else value
    return flat
