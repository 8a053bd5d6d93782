"""Finds the records that a person means by what he types: an address, an id, a number or a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.sync.issue import OpenIssue
from shared.sync.link import Intent, Link, Seen, State
from shared.sync.ports import Store
from shared.sync.proposal import Proposal
from shared.sync.record import SIDES, FlowKey, Ref, fold


@dataclass(frozen=True)
class Found:
    """A record of a flow, with all that the table has under it or the record that it is linked to.

    `refs` are the record's addresses, one where it is not linked; the first is what the person named.
    """

    key: FlowKey
    refs: tuple[Ref, ...]
    state: State | None = None
    issues: tuple[OpenIssue, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def record(self) -> Ref:
        return self.refs[0]

    @property
    def name(self) -> str:
        """What people call it, as far as the table knows."""
        names = _names(self.state).get(self.record, "")
        told = [one.issue.name.text for one in self.issues] + [one.name.text for one in self.proposals]
        return next((name for name in (names, *told) if name), str(self.record))

    @property
    def is_known(self) -> bool:
        """Whether the table has anything of it."""
        return bool(self.state or self.issues or self.proposals)


def find(store: Store, keys: Iterable[FlowKey], text: str) -> list[Found]:
    """Every record that the text may mean, looked up among links, records seen, issues and proposals.

    An address (`cw#customer-company#250`) means itself, known or not. Else an id of either system or a whole name wins
    over a name that has the text as one of its words, as numbers stand in names.
    """
    asked = address(text)
    exact: list[Found] = []
    partly: list[Found] = []
    for key in keys:
        for found in _known(store, key):
            if (match := _match(found, asked, text)) is not None:
                ref, whole = match
                refs = (ref, *(other for other in found.refs if other != ref))
                (exact if whole else partly).append(Found(key, refs, found.state, found.issues, found.proposals))
        if asked is not None and not any(found.key == key for found in exact):
            exact += [Found(key, (asked,))]
    if asked is not None and any(found.is_known for found in exact):
        return [found for found in exact if found.is_known]
    return exact or partly


def at(store: Store, key: FlowKey, ref: Ref) -> Found:
    """The record at this address, with what the table has of it, if anything."""
    state = store.links.find(key, [ref]).get(ref)
    refs = (ref, *(state.ref(side) for side in SIDES if state.ref(side) != ref)) if isinstance(state, Link) else (ref,)
    issues = [issue for one in refs for issue in store.issues.of_scope(key, one)]
    proposals = [proposal for one in refs for proposal in store.proposals.of_scope(key, one)]
    return Found(key, refs, state, tuple(issues), tuple(proposals))


def _known(store: Store, key: FlowKey) -> list[Found]:
    """Every record that the table knows in a flow; both ends of a link as one."""
    ends: dict[Ref, tuple[Ref, ...]] = {}
    states: dict[Ref, State] = {}
    for state in store.links.everything(key):
        refs = tuple(state.ref(side) for side in SIDES) if isinstance(state, Link) else (state.ref,)
        ends |= dict.fromkeys(refs, refs)
        states[refs[0]] = state
    issues: dict[Ref, list[OpenIssue]] = {}
    for issue in store.issues.of_connection(key.connection):
        if issue.flow == key:
            for ref in dict.fromkeys((issue.scope, issue.issue.record)):
                issues.setdefault(ends.setdefault(ref, (ref,))[0], []).append(issue)
    proposals: dict[Ref, list[Proposal]] = {}
    for proposal in store.proposals.of_flow(key):
        for ref in dict.fromkeys((proposal.scope, proposal.record)):
            proposals.setdefault(ends.setdefault(ref, (ref,))[0], []).append(proposal)
    return [
        Found(key, refs, states.get(refs[0]), tuple(issues.get(refs[0], ())), tuple(proposals.get(refs[0], ())))
        for refs in dict.fromkeys(ends.values())
    ]


def _match(found: Found, asked: Ref | None, text: str) -> tuple[Ref, bool] | None:
    """The end that the text means, and whether it means it exactly; None where it does not."""
    wanted = fold(text)
    names = {ref: [name.casefold()] for ref, name in _names(found.state).items() if name}
    for issue in found.issues:
        names.setdefault(issue.issue.record, []).append(issue.issue.name.text.casefold())
    for proposal in found.proposals:
        names.setdefault(proposal.record, []).append(proposal.name.text.casefold())
    for ref in found.refs:
        if ref == asked or (asked is None and (ref.id.casefold() == wanted or wanted in names.get(ref, ()))):
            return ref, True
    if asked is None and wanted:
        word = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w|-\d)")  # C10259 is not its location C10259-01
        for ref in found.refs:
            if any(word.search(name) for name in names.get(ref, ())):
                return ref, False
    return None


def _names(state: State | None) -> dict[Ref, str]:
    match state:
        case Link():
            return {state.ref("cw"): state.cw_name, state.ref("partner"): state.partner_name}
        case Seen():
            return {state.ref: state.name}
        case Intent() | None:
            return {}


def address(text: str) -> Ref | None:
    """The address that a text is; None where it is a number or a name."""
    try:
        return Ref.parse(text.strip())
    except ValueError:
        return None
