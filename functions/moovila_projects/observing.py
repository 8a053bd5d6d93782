"""From changes to situations: each project is read as one tree, together with what the table knows of its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from functions.moovila_projects import creating
from functions.moovila_projects.gathering import Gathered, Reader
from functions.moovila_projects.reading import Any_, Terms, facts, named_by, project_of, ref_of, ticket_of
from functions.moovila_projects.settings import ProjectSettings
from functions.moovila_projects.situations import NOTE, PHASE, PROJECT, PROJECT_NOTE, TICKET, Node, Tree
from functions.moovila_projects.trees import Records, gone, nodes_of
from shared.partners.moovila import CUSTOMER
from shared.sync.change import Change
from shared.sync.flow import Context
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.needed import Found
from shared.sync.record import SIDES, Name, Ref, Side
from shared.systems import moovila
from shared.systems.connectwise_psa import Psa
from shared.systems.connectwise_psa import planning as psa
from shared.systems.moovila import Moovila

BELOW = (PHASE, PROJECT_NOTE, NOTE)
"""What ConnectWise has below its project or ticket only, and tells of by itself never."""


FORGOTTEN = timedelta(days=1)


class Sources:
    """Where the flow of projects reads."""

    def __init__(self, context: Context) -> None:
        self.links = context.links
        self.settings: ProjectSettings = context.settings
        self.zone = context.connection.zone
        self.reader = Reader(context.system(Psa), context.system(Moovila), self.settings)

    def terms(self, words: Mapping[Ref, str] | None = None) -> Terms:
        return Terms(self.settings, self.zone, self.reader.people, words or {})

    def knowing(self, records: Iterable[Any_]) -> Terms:
        """The terms that know by what both sides call whatever these records name, as far as it is linked."""
        states = self.links.find({ref for one in records for ref in named_by(one)})
        return self.terms({ref: state.cw_id for ref, state in states.items() if isinstance(state, Link)})

    # Scopes

    def roots(self, refs: Sequence[Ref]) -> list[Ref | None]:
        """The project of each record, by ConnectWise's id where there is one; None of what is in none of ours.

        Of a part whose project nobody has linked nothing follows: the project comes with a change of its own.
        """
        states = self.links.find(set(refs))
        projects = {ref: self._project(ref, states.get(ref)) for ref in dict.fromkeys(refs)}
        known = self.links.find({one for one in projects.values() if one is not None})
        ours = {ref: one for ref, one in projects.items() if one and (ref == one or isinstance(known.get(one), Link))}
        canonical = {one: self._canonical(one, known.get(one)) for one in dict.fromkeys(ours.values())}
        return [canonical[ours[ref]] if ref in ours else None for ref in refs]

    def _project(self, ref: Ref, state: State | None) -> Ref | None:
        """The project of a record: as the table has it, or as the record says."""
        if ref.kind == PROJECT:
            return ref
        if isinstance(state, Link | Seen) and state.scope:
            return state.scope
        if isinstance(state, Intent) and state.scope:
            return state.scope if self._stands(ref, state) else None
        record = None if ref.side == "cw" and ref.kind in BELOW else self.reader.record(ref)
        if isinstance(record, psa.ScheduleEntry):
            if record.type != psa.PROJECT_SCHEDULE or not ticket_of(record):
                return None
            ticket = Ref(TICKET, "cw", ticket_of(record))
            return self._project(ticket, self.links.find([ticket]).get(ticket))
        return Ref(PROJECT, ref.side, project_of(record)) if record is not None and project_of(record) else None

    def _stands(self, ref: Ref, intent: Intent) -> bool:
        """Whether the record is there still of which a try began to make another, so that its project sees to it.

        Of a ticket's note nobody can say that without its ticket: its intent is given a day.
        """
        assert intent.scope is not None
        if ref.side == "cw" and ref.kind == NOTE:
            return self.reader.cw.server_time() - intent.at < FORGOTTEN
        within = intent.scope
        if within.side != ref.side:
            state = self.links.find([within]).get(within)
            within = state.ref(ref.side) if isinstance(state, Link) else within
        return self.reader.record(ref, within.id) is not None

    def _canonical(self, project: Ref, state: State | None) -> Ref:
        if isinstance(state, Link):
            return state.ref("cw")
        if project.side == "cw" or isinstance(state, Intent):
            return project
        theirs = self.reader.partner.project(project.id)
        if theirs is None or not theirs.external_id.isdigit():
            return project
        ours = self.reader.record(Ref(PROJECT, "cw", theirs.external_id))
        return project if ours is None else ref_of(ours)

    # Situations

    def situations(self, changes: Sequence[Change]) -> list[Tree]:
        """One tree for each change, in order; changes of one project share theirs."""
        roots = self.roots([change.ref for change in changes])
        homes = [root or change.ref for root, change in zip(roots, changes, strict=True)]
        made: dict[Ref, Tree] = {}
        for home, change in zip(homes, changes, strict=True):
            if home not in made:
                made[home] = self._tree(home, comprehensive=change.mode == "comprehensive", since=change.since)
        return [made[home] for home in homes]

    def _tree(self, home: Ref, *, comprehensive: bool, since: datetime | None) -> Tree:
        """One project: alone where that says enough, else with all that is in it."""
        state = self.links.find([home]).get(home) if home.kind == PROJECT else None
        link = state if isinstance(state, Link) else None
        if link is not None and link.waiting:
            # What waits may be a deletion, or a note, which only a look at everything would plan again.
            comprehensive, since = True, None
        gathered = Gathered()
        if home.kind == PROJECT:
            ends = [link.ref(side) for side in SIDES] if link else [home]
            gathered.add(one for ref in ends if (one := self.reader.record(ref)) is not None)
        if link is None and home in gathered.records:
            gathered.add(self._counterpart(gathered.records[home]))
        ids: dict[Side, str] = {ref.side: ref.id for ref in gathered.records}
        # A project that nothing links, and that is left alone, is not asked for its team by scans either.
        team = self.reader.team(ids["cw"]) if link and "cw" in ids else None
        alone = Records(home, state, ids, gathered.records, {}, team=team)
        if not ids:
            parts = list(self._parts(link)) if link else []
            return self._situation(alone, (*nodes_of(alone, self.terms()), *gone(parts)), comprehensive=True)
        tree = self._situation(alone, nodes_of(alone, self.terms()), comprehensive=comprehensive)
        if tree.archived or (link and len(ids) < len(SIDES)) or (link is None and creating.left_out(tree)):
            return tree
        records = self._records(alone, gathered, comprehensive=comprehensive, since=since)
        return self._situation(records, nodes_of(records, self.terms()), comprehensive=comprehensive)

    def _counterpart(self, record: Any_) -> list[Any_]:
        """The same project on the other side, unless that is linked to another one."""
        other = self.reader.counterpart(record)
        if other is None or isinstance(self.links.find([ref_of(other)]).get(ref_of(other)), Link):
            return []
        return [other]

    def _parts(self, link: Link) -> Iterable[Link]:
        """The links of all that is, or was, in a project."""
        known = {part.ref("cw"): part for side in SIDES for part in self.links.of_scope(link.ref(side))}
        return known.values()

    def _records(self, alone: Records, gathered: Gathered, *, comprehensive: bool, since: datetime | None) -> Records:
        """All that is in a project on the sides where it is."""
        if "cw" in alone.ids:
            self.reader.ours(alone.ids["cw"], gathered)
        if "partner" in alone.ids:
            self.reader.theirs(alone.ids["partner"], gathered)
        states = dict(self.links.find(gathered.records))
        words = {ref: state.cw_id for ref, state in states.items() if isinstance(state, Link)}
        self.reader.ticket_notes(gathered, states, since, self.terms(words))
        states |= self.links.find(ref for ref in gathered.records if ref.kind == NOTE)
        links = {state.ref("cw"): state for state in states.values() if isinstance(state, Link)}
        links.pop(alone.home, None)
        if comprehensive and isinstance(alone.state, Link):
            links |= {part.ref("cw"): part for part in self._parts(alone.state)}
        elsewhere: dict[Ref, str] = {}
        for link in list(links.values()):
            lacking = [link.ref(side) for side in SIDES if link.ref(side) not in gathered.records]
            if lacking and (not comprehensive or self._unread(link, gathered)):
                # Nobody knows whether it is gone: it is no part of this look.
                del links[link.ref("cw")]
                for side in SIDES:
                    gathered.records.pop(link.ref(side), None)
                continue
            for ref in lacking:
                # Promise 7: what a list lacks is asked for by its id; only a 404 says that it is gone.
                if (record := self.reader.record(ref, self._within(link, alone))) is not None:
                    gathered.add([record])
                    if project_of(record) not in ("", alone.ids.get(ref.side)):
                        elsewhere[ref] = self._project_name(ref.side, project_of(record))
        return Records(
            alone.home,
            alone.state,
            alone.ids,
            gathered.records,
            states,
            tuple(links.values()),
            alone.team if alone.team is not None or "cw" not in alone.ids else self.reader.team(alone.ids["cw"]),
            elsewhere,
        )

    def _unread(self, link: Link, gathered: Gathered) -> bool:
        """Whether a note is on a ticket whose notes were not read, or on nobody knows which."""
        if link.kind != NOTE:
            return False
        return not _on(link) or (_on(link) in gathered.unread and link.ref("partner") in gathered.records)

    def _within(self, link: Link, alone: Records) -> str:
        """In which project or ticket ConnectWise has what it keeps below them."""
        return _on(link) if link.kind == NOTE else alone.ids.get("cw", "")

    def _project_name(self, side: Side, id_: str) -> str:
        record = self.reader.record(Ref(PROJECT, side, id_))
        return (
            f"project {record.name}" if isinstance(record, psa.PlannedProject | moovila.Project) else f"project {id_}"
        )

    def _situation(self, records: Records, nodes: Sequence[Node], *, comprehensive: bool) -> Tree:
        projects = {ref.side: one for ref, one in records.found.items() if ref.kind == PROJECT}
        ours, theirs = projects.get("cw"), projects.get("partner")
        more: dict[str, Any] = {}
        if isinstance(theirs, moovila.Project):
            more |= {
                "archived": theirs.archived,
                "work_type": theirs.work_type,
                "external_id": theirs.external_id,
                "ended": self._ended(theirs, ours),
            }
        if isinstance(ours, psa.PlannedProject):
            more["closed"] = ours.closed
        if len(projects) == 1 and not isinstance(records.state, Link):
            more["client"], more["client_link"] = self._client(next(iter(projects.values())))
        own = ours or theirs
        return Tree(
            home=records.home,
            name=Name(f"project {nodes[0].name}", own.url if own is not None else ""),
            pairs=tuple(node.pair for node in nodes),
            facts=facts(own),
            settings=self.settings,
            nodes=tuple(nodes),
            comprehensive=comprehensive,
            people=self.reader.people,
            zone=self.zone,
            board=self.settings.board,
            **more,
        )

    def _ended(self, theirs: moovila.Project, ours: Any_ | None) -> datetime | None:
        """Since when a project is completed or cancelled: as Moovila says, or from now on if ConnectWise is first."""
        if self.settings.ends(theirs.status):
            return theirs.status_since
        said = self.terms().fields(ours)["status"] if ours is not None else ""
        return self.reader.partner.server_time() if self.settings.ends(said) else None

    def _client(self, record: Any_) -> tuple[str, Found | None]:
        """For whom a new project is: what its own side calls the customer, and what links it to the other side's."""
        if isinstance(record, psa.PlannedProject) and record.company is not None and record.company.id is not None:
            side, id_, name = "cw", str(record.company.id), record.company.name
        elif isinstance(record, moovila.Project) and record.customer:
            side, id_, name = "partner", record.customer, record.customer_name
        else:
            return "", None
        return name, CUSTOMER.find(self.links, side, [id_])[id_]  # type: ignore[arg-type]


def _on(link: Link) -> str:
    """The ticket that a linked note is on, by ConnectWise's id."""
    return str(link.agreed.get("on", ("", ""))[0])
