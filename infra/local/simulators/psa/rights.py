"""Simulated security roles: which rights a member has, and which one a call asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.simulators.psa.errors import forbidden

RIGHTS = {"get": "inquire", "post": "add", "put": "edit", "patch": "edit", "delete": "delete"}
_SETUP = "System: Table Setup"
_WRITTEN: Mapping[str, list[str]] = tomllib.loads((Path(__file__).parent / "rights.toml").read_text())
_SETUP_TABLES = ("statuses", "types", "ratings", "departments", "relationships")


@dataclass(frozen=True)
class Role:
    """A security role. `granted` maps what `rights.toml` names to the rights there, such as "inquire edit".

    None grants everything; a name that is missing grants nothing.
    """

    granted: Mapping[str, str] | None = field(default=None)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.granted or ()) - set(_WRITTEN))
        if unknown:
            raise ValueError(f"a security role has no {', '.join(unknown)}; it has {', '.join(_WRITTEN)}")

    def require(self, member: str, method: str, words: tuple[str, ...]) -> None:
        """Raise Refusal (403) where the role lacks the right that a call needs."""
        module, right = needed(method, words)
        if self.granted is not None and right not in self.granted.get(module, "").split():
            raise forbidden(member, right, module)


def needed(method: str, words: tuple[str, ...]) -> tuple[str, str]:
    """What a call asks for: a name of `rights.toml`, and inquire, add, edit or delete.

    Searches and bundles are posted but only read.
    """
    path = "/".join(words)
    right = RIGHTS.get(method, "inquire")
    if words[-1:] == ("search",) or words[:2] == ("system", "bundles"):
        right = "inquire"
    plain = tuple(word for word in words if not word.isdigit() and word != "count")
    if len(plain) == 3 and plain[-1] in _SETUP_TABLES and words[2:3] == (plain[2],):
        return _SETUP, right
    for module, prefixes in _WRITTEN.items():
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes):
            return module, right
    return _SETUP, right
