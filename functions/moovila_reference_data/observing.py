"""From changes to situations: rows of reference data on both sides, which are linked, and which may be the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.moovila_reference_data.rules import BY_ADDRESS, BY_KEY, BY_MARKER
from functions.moovila_reference_data.settings import USERS, ReferenceSettings
from functions.moovila_reference_data.situations import CUSTOMERS, KINDS, ReferenceSituation, Row
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.link import Link, Pair, State
from shared.sync.record import Name, Ref, fold
from shared.systems import moovila
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import Company, Member, Psa, SetupRow, WorkType
from shared.systems.connectwise_psa import planning as psa
from shared.systems.connectwise_psa.reference import MEMBERS, WORK_TYPES
from shared.systems.moovila import Moovila

COMPANIES = "company/companies"
TABLES: Mapping[str, tuple[str, type[SetupRow]]] = {
    "company-status": (psa.COMPANY_STATUSES, psa.CompanyStatus),
    "note-category": (psa.NOTE_TYPES, psa.NoteType),
    "work-type": (WORK_TYPES, WorkType),
}
"""The set-up tables, by kind: where ConnectWise has them."""

THEIRS: Mapping[str, type[moovila.Record]] = {
    "company-status": moovila.CustomerStatus,
    "note-category": moovila.NoteCategory,
    "work-type": moovila.WorkType,
    CUSTOMERS: moovila.Customer,
    USERS: moovila.User,
}


class Sources:
    """Where the flow of reference data reads."""

    def __init__(self, context: Context) -> None:
        self.links = context.links
        self.settings: ReferenceSettings = context.settings
        self.cw, self.partner = context.system(Psa), context.system(Moovila)

    # Rows

    def ours(self, kind: str, ids: Iterable[str] | None = None) -> dict[str, Row]:
        """ConnectWise's rows of a kind by id; of companies only those with these ids."""
        if kind == CUSTOMERS:
            found = self.cw.companies(is_in("id", sorted(map(int, ids or ()))))
            return {one.key: self.company(one) for one in found}
        if kind == USERS:
            return {one.key: member(one) for one in self.cw.records(MEMBERS, None, Member)}
        path, model = TABLES[kind]
        return {one.key: table_row(kind, one) for one in self.cw.records(path, None, model)}

    def theirs(self, kind: str) -> dict[str, Row]:
        """Moovila's rows of a kind by id."""
        return {one.key: their_row(kind, one) for one in self.partner.records(THEIRS[kind])}

    def company(self, one: Company) -> Row:
        """Its status only where statuses are pulled: Moovila takes none that it does not know (assumed)."""
        fields: dict[str, Any] = {"name": one.name, "active": not one.deleted}
        if "company-status" in self.settings.kinds:
            fields["status"] = one.status.name if one.status is not None else ""
        return Row(one.key, Name(f"company {one.name}", one.url), fields, frozenset({fold(one.name)}))

    # Situations

    def situations(self, changes: Sequence[Change]) -> list[ReferenceSituation]:
        """One situation for each change, in order; one reading of each kind's lists serves all."""
        states = self.links.find({change.ref for change in changes})
        homes = {ref: _home(ref, states.get(ref)) for ref in {change.ref for change in changes}}
        made: dict[Ref, ReferenceSituation] = {}
        for kind in {home.kind for home in homes.values()}:
            of_kind = {home: states.get(ref) for ref, home in homes.items() if home.kind == kind}
            made |= {one.home: one for one in self._of_kind(kind, of_kind)}
        return [made[homes[change.ref]] for change in changes]

    def _of_kind(self, kind: str, homes: Mapping[Ref, State | None]) -> Iterator[ReferenceSituation]:
        wanted = kind in self.settings.pulled
        ids = [home.id for home in homes if home.side == "cw"]
        ours = self.ours(kind, ids) if wanted and ids else {}
        theirs = self.theirs(kind) if wanted else {}
        known = self.links.find([Ref(kind, "partner", id_) for id_ in theirs])
        free = [one for id_, one in theirs.items() if not isinstance(known.get(Ref(kind, "partner", id_)), Link)]
        namesakes = self._namesakes(kind, ours, free)
        facts = self._facts(ids) if wanted and kind == CUSTOMERS and self.settings.filters else {}
        for home, state in homes.items():
            yield self._situation(home, state, ours, theirs, free, namesakes, facts.get(home.id, {}))

    def _namesakes(self, kind: str, ours: Mapping[str, Row], free: Sequence[Row]) -> list[Row]:
        """Every row of ConnectWise's that may be one of the free ones: of companies only some were read."""
        if kind != CUSTOMERS:
            return list(ours.values())
        wanted = {str(one.fields["name"]) for one in ours.values() for two in free if one.keys & two.keys}
        if not wanted:
            return list(ours.values())
        return [self.company(one) for one in self.cw.companies(is_in("name", sorted(wanted)))]

    def _situation(
        self,
        home: Ref,
        state: State | None,
        ours: Mapping[str, Row],
        theirs: Mapping[str, Row],
        free: Sequence[Row],
        namesakes: Sequence[Row],
        facts: Mapping[str, str],
    ) -> ReferenceSituation:
        kind = KINDS[home.kind]
        link = state if isinstance(state, Link) else None
        row = ours.get(home.id) if home.side == "cw" else None
        found: Row | None = None
        how = ""
        rivals: tuple[Row, ...] = ()
        if link is not None:
            found = theirs.get(link.partner_id) or self._asked(home.kind, link.partner_id)
        elif row is not None:
            found, how, rivals = _match(row, free, [one for one in namesakes if one.keys & row.keys])
        own = row or (theirs.get(home.id) if home.side == "partner" else None)
        known = (link.cw_name or link.partner_name) if link else ""
        name = own.name if own else Name(known or f"{kind.noun} {home.id}")
        partner = own if home.side == "partner" else found
        called = str(found.name) if found else str(name)
        pair = Pair(home, state, row.fields if row else None, partner.fields if partner else None, str(name), called)
        return ReferenceSituation(
            home=home, name=name, pairs=(pair,), facts=facts, settings=self.settings, kind=kind, row=row, found=found,
            how=how, rivals=rivals, of_interest=home.kind in self.settings.pulled,
        )  # fmt: skip

    def _asked(self, kind: str, id_: str) -> Row | None:
        """Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone."""
        if kind not in self.settings.pulled:
            return None
        record = self.partner.record(THEIRS[kind], id_)
        return None if record is None else their_row(kind, record)

    def _facts(self, ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """One value for each fact of a company that a filter asks for."""
        admitted = {fold(one) for one in self.settings.filters.get("type", ())}
        told: dict[str, dict[str, str]] = {}
        for one in self.cw.companies(is_in("id", sorted(map(int, ids)))):
            types = [each.name for each in one.types]
            shown = next((name for name in types if fold(name) in admitted), ", ".join(sorted(types)))
            told[one.key] = {"status": one.status.name if one.status else "", "type": shown}
        return told


def _match(row: Row, free: Sequence[Row], namesakes: Sequence[Row]) -> tuple[Row | None, str, tuple[Row, ...]]:
    """Whom a row is in Moovila: the one that carries its id, else the only one of its name that nobody else may be."""
    if (marked := next((one for one in free if one.marker == row.id), None)) is not None:
        return marked, BY_MARKER, ()
    fit = [one for one in free if one.keys & row.keys and not one.marker]
    if not fit:
        return None, "", ()
    if len(fit) > 1 or len(namesakes) > 1:
        return None, "", tuple(fit)
    by = BY_ADDRESS if any("@" in key for key in fit[0].keys & row.keys) else BY_KEY
    return fit[0], by, ()


def table_row(kind: str, one: SetupRow) -> Row:
    """A row of a set-up table."""
    name, active = one.entry
    return Row(one.key, Name(f"{KINDS[kind].noun} {name}"), {"name": name, "active": active}, frozenset({fold(name)}))


def member(one: Member) -> Row:
    """A member, who has nothing in common with a user but the addresses, and whether he is active."""
    keys = frozenset(map(fold, one.emails))
    return Row(one.key, Name(f"member {one.full_name or one.identifier}"), {"active": not one.inactive}, keys)


def their_row(kind: str, record: Any) -> Row:
    """A row of Moovila's; of a user only whether he is active is ConnectWise's to say."""
    name = Name(f"{KINDS[kind].other} {record.name}", record.url)
    if isinstance(record, moovila.User):
        keys = frozenset({fold(record.email)} - {""})
        return Row(record.key, name, {"active": record.active}, keys)
    fields: dict[str, Any] = {"name": record.name, "active": record.active}
    if isinstance(record, moovila.Customer):
        fields["status"] = record.status
    return Row(record.key, name, fields, frozenset({fold(record.name)}), record.external_id)


def _home(ref: Ref, state: State | None) -> Ref:
    return state.ref("cw") if isinstance(state, Link) else ref
