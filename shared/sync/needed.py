"""What one flow needs of another: the link that the other makes, and the issue of whoever waits for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.sync.flow import Situation, View
from shared.sync.issue import Awaited, Issue
from shared.sync.link import Link, Seen, State
from shared.sync.record import Name, Ref, Side


@dataclass(frozen=True)
class Found:
    """What is known of a needed record: its link, if it has one, else why it has none, if it was looked at."""

    ref: Ref
    link: Link | None = None
    reason: str = ""

    @property
    def partner_id(self) -> str:
        """The partner's id of it; empty while it is not linked."""
        return self.link.partner_id if self.link else ""

    @property
    def cw_id(self) -> str:
        """ConnectWise's id of it; empty while it is not linked."""
        return self.link.cw_id if self.link else ""


@dataclass(frozen=True)
class Needed:
    """A kind of link that `flow` makes and other flows build on.

    `code` is the issue of a record that waits for one, `noun` what people call such a record, `fix` what they do about
    it, as a sentence.
    """

    flow: str
    kind: str
    code: str
    noun: str
    fix: str

    def find(self, links: View, side: Side, ids: Iterable[str]) -> Mapping[str, Found]:
        """What is known of the records with these ids on one side; each id is in the answer."""
        refs = {id_: Ref(self.kind, side, id_) for id_ in ids}
        states = links.find(refs.values(), flow=self.flow)
        return {id_: _found(ref, states.get(ref)) for id_, ref in refs.items()}

    def issue(self, situation: Situation, needed: Name, found: Found) -> Issue:
        """The home waits until `needed` is linked: it is looked at again within a minute of that (promise 10)."""
        why = f" ({found.reason.rstrip('.')})" if found.reason else ""
        what = needed.text if needed.text.startswith(f"{self.noun} ") else f"{self.noun} {needed}"
        return situation.issue(
            self.code,
            f"{situation.name} needs the {what}, which is not mapped yet{why}.",
            self.fix,
            category="mapping",
            waits_on=(Awaited(self.flow, found.ref),),
            about=(needed,),
        )


def _found(ref: Ref, state: State | None) -> Found:
    if isinstance(state, Link):
        return Found(ref, state)
    return Found(ref, reason=state.reason if isinstance(state, Seen) else "")
