"""The rules of Moovila's reference data (MV-22, MV-24): ConnectWise masters it, Moovila is told, nothing is deleted."""

from __future__ import annotations

from functions.moovila_reference_data import issues
from functions.moovila_reference_data.situations import ReferenceSituation, Row
from shared.sync.names import MOOVILA
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop

BY_MARKER = "It carries its ID."
BY_KEY = "It is the only one of that name."
BY_ADDRESS = "They have the same e-mail address."
OWNED = ("name", "status", "active")


def decide(situation: ReferenceSituation) -> Plan:
    """The plan for one row of ConnectWise's: linked and kept in step, matched, made, or left alone for a reason."""
    s = situation
    if not s.of_interest:
        return skip(s.home, "The settings leave such records alone.", name=s.name)
    if s.home.side == "partner":
        return skip(s.home, f"No {s.kind.noun} of ConnectWise's is linked to it.", name=s.name)
    if s.row is None:
        stands = " Its counterpart stays as it is." if s.link else ""
        return skip(s.home, f"ConnectWise has no such {s.kind.noun}.{stands}", name=s.name)
    if s.link is not None:
        if s.found is None:
            return stop(s.home, issues.counterpart_gone(s, s.link), name=s.name)
        return _in_step(s, s.row, s.found)
    if s.rivals:
        return stop(s.home, issues.ambiguous(s), name=s.name)
    if s.found is not None:
        return _in_step(s, s.row, s.found, s.how)
    if not s.kind.made:
        return skip(
            s.home, f"Moovila has no {s.kind.other} with the e-mail address of this {s.kind.noun}.", name=s.name
        )
    if not s.row.active:
        return skip(s.home, f"The {s.kind.noun} is inactive.", name=s.name)
    return _made(s, s.row)


def _in_step(s: ReferenceSituation, row: Row, found: Row, how: str = "") -> Plan:
    """What Moovila says otherwise is set right; it is linked first, if it was only found by now."""
    ids = {"cw": s.home.id, "partner": found.id}
    steps = [Step("link", LINKS, s.kind.name, "link", fields=ids, why=how)] if how else []
    differs = {
        name: row.fields[name] for name in OWNED if name in row.fields and row.fields[name] != found.fields[name]
    }
    if differs:
        before = {name: found.fields[name] for name in differs}
        why = f"ConnectWise says so: {', '.join(sorted(differs))}."
        steps.append(Step("update", MOOVILA, s.kind.written, "update", found.id, differs, why, before))
    reason = f"To be written: {', '.join(sorted(differs))}." if differs else "Both sides agree."
    return Plan(s.home, f"{how} {reason}".strip(), tuple(steps), name=s.name)


def _made(s: ReferenceSituation, row: Row) -> Plan:
    why = f"Moovila has no such {s.kind.other}."
    fields = {**{name: row.fields[name] for name in OWNED if name in row.fields}, "external_id": s.home.id}
    create = Step("create", MOOVILA, s.kind.written, "create", fields=fields, why=why)
    ids = {"cw": s.home.id, "partner": Created("create")}
    link = Step("link", LINKS, s.kind.name, "link", fields=ids, why="It was made for it.")
    return Plan(s.home, why, (create, link), name=s.name)
