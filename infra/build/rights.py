"""Writes infra/docs/rights.md from the rights that flows and functions name: `python -m infra.build.rights`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from functions.preflight.rights import OURS
from functions.wiring import FLOWS, flow_class
from shared.sync.names import AUTOMATE, EAUTOMATE, PCRT, PSA, QUICKPASS, ZOMENTUM
from shared.sync.rights import Right

PATH = Path(__file__).parents[1] / "docs" / "rights.md"

_HEAD = """\
# The least rights that are needed

Written by `python -m infra.build.rights` from the `rights.py` of each room in `functions`; a test holds the two equal.

`crosswise preflight CONNECTION` looks for each of these rights, every day too, and names each one that is missing.
What it tries is harmless: it reads one record, or what changed since just now. **A right to write cannot be tried
without writing**, and ConnectWise's API does not tell a member's security role; so preflight shows those rights as *not
known*, and the first write tells. If that is refused, the record has the issue `CONFIGURATION_WRONG`, with the words of
the refusal; nothing is lost, and it is tried again by itself until the right is there.
"""

_SECTIONS = {
    PSA: """\
## ConnectWise: the API member's security role

Make a role of its own for Crosswise (System > Security Roles) and give it to the API member (System > Members > API
Members). Set each level to **All**: with *My*, ConnectWise leaves out what belongs to others and says nothing, and
records that exist look as if they did not. Leave every other row at *None*.

The names of rows and levels are those of the security role screen. Which row opens which path of the API is *assumed*:
ConnectWise publishes no list of them.
""",
    EAUTOMATE: """\
## e-automate: the user of the PublicAPI

A user of its own, whose password does not expire. An administrator will do (EA-12); the least that is known to be
needed is this. What e-automate calls these rights in its security settings depends on its version and is *assumed*.
""",
    AUTOMATE: """\
## ConnectWise Automate: the user of the API

A user of its own, without two-factor authentication, that may log in locally. What its user class calls these rights
depends on Automate's version and is *assumed*; the names are those of the API's lists.
""",
    PCRT: """\
## PCRT: the user of its database

`SELECT` on three tables and on mainassetinfofields, and `UPDATE` on the one column of Additional Members. Over TLS,
unless the server is on this machine.
""",
    QUICKPASS: """\
## Quickpass: the dashboard user of the API credentials

API credentials are made by a Primary or Super user in the dashboard and have that user's rights; scopes: Offline
Access, Profile, Customer. Only customers are documented. That there are end users, and a right to them, is *assumed*;
without them accounts come from files, and nothing is written back.
""",
    ZOMENTUM: """\
## Zomentum: the API user

An API user of its own (Settings > Users > API User, on the plan that has one), which no other program uses: each new
token kills the one before. What Zomentum calls these rights is *assumed*; the names are those of the API's lists.
""",
}


def write() -> str:
    """The document."""
    parts = [_HEAD]
    for system, head in _SECTIONS.items():
        rows = [(by, right) for by, rights in needed().items() for right in rights if right.system == system]
        parts += [head, _table(rows)]
        if system == PSA:
            parts += ["In short, for all of them together:\n", _roles([right for _, right in rows])]
    return "\n".join(parts)


def needed() -> dict[str, tuple[Right, ...]]:
    """The rights by who needs them: every flow, a function, a flow."""
    return {**OURS, **{name: tuple(flow_class(name).rights) for name in FLOWS}}


def _table(rights: list[tuple[str, Right]]) -> str:
    lines = ["| right | level | needed by | because it | known by |", "| --- | --- | --- | --- | --- |"]
    for by, right in rights:
        when = f" (only if {right.when})" if right.when else ""
        known = f"reading `{right.reads}`" if right.reads else "the first write"
        lines.append(f"| {right.name} | {right.level} | {by} | {right.why}{when} | {known} |")
    return "\n".join(lines) + "\n"


def _roles(rights: list[Right]) -> str:
    """One line for each row of the role, with all levels that anybody needs there."""
    lines = ["| row of the role | levels |", "| --- | --- |"]
    for name, some in groupby(sorted(rights, key=lambda right: right.name), key=lambda right: right.name):
        lines.append(f"| {name} | {', '.join(dict.fromkeys(right.level for right in some))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PATH.write_text(write(), encoding="utf-8")
