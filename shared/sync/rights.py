"""Which rights a flow or function needs in the outside systems, and how it is known that it has them.

infra/docs/rights.md is written from them by `python -m infra.build.rights`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.sync.names import PSA, title
from shared.sync.ports import System
from shared.sync.preflight import Check, May, tried

Level = Literal["inquire", "add", "edit", "delete"]


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Right:
    """One right in a system: `level` on the row `name` of a role, because the flow `why`.

    `reads` is a path or an operation whose reading proves it; without one only the first write tells. `needed` says
    whether these settings ask for it, `when` says it in words. A right that two flows need is listed by both, so that
    either can do without the other.
    """

    system: str
    name: str
    level: Level
    why: str
    reads: str = ""
    when: str = ""
    needed: Callable[[Any], bool] = _always

    def __str__(self) -> str:
        return f"{self.name}: {self.level}"


def checks(needed_by: str, rights: Iterable[Right], settings: Any, systems: Mapping[str, System]) -> Iterator[Check]:
    """A check for each right that is needed under these settings; what only a write can tell stays open."""
    for right in rights:
        if right.needed(settings):
            yield _check(right, needed_by, systems)


def may(made: Iterable[Check]) -> May:
    """What these checks leave to read: a row is readable unless its reading was found not to be allowed."""
    lacking = {check.about for check in made if check.passed is False}
    return lambda system, name: f"{system}/{name}: inquire" not in lacking


def _check(right: Right, needed_by: str, systems: Mapping[str, System]) -> Check:
    where, fix = _CONNECTWISE if right.system == PSA else _OTHERS
    words = {"name": right.name, "level": right.level, "system": title(right.system)}
    check = Check(
        "RIGHT",
        f"{title(right.system)} right {right}",
        None,
        "only the first write tells whether it is there",
        f"{right.level} on {right.name}, because {needed_by} {right.why}",
        where.format(**words),
        fix.format(**words),
        f"{right.system}/{right}",
    )
    if not right.reads:
        return check

    def ask() -> Check:
        systems[right.system].may_read(right.reads)
        return replace(check, passed=True, found="it is there")

    # Whatever the other side says, this is the row of this very role that mends it.
    return replace(tried(check, ask), where=check.where, fix=check.fix)


_CONNECTWISE = ("System > Security Roles, the role of the API member, row {name}", "Set {level} to All.")
_OTHERS = ("the security settings of the {system} user, {name}", "Allow the user to {level}.")
"""Where a right is given, and how."""
