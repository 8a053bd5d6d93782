"""Proposals: which contact is whose account, found by e-mail and linked only when a person says so, one by one.

The home is a customer; its accounts and its company's contacts are looked at together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.sync.change import Change
from shared.sync.flow import Context, Flow, FlowSettings, Page, Sighting, Situation
from shared.sync.issue import Issue
from shared.sync.link import Link, Pair, Seen, State
from shared.sync.plan import LINKS, Plan, Step
from shared.sync.ports import Run
from shared.sync.record import Fields, Name, Ref
from tests.shapes.systems import Kinds, Record

CUSTOMER, MATCH = "customer", "account-contact"


@dataclass(frozen=True, kw_only=True)
class Accounts(Situation):
    accounts: Sequence[Record] = ()
    contacts: Sequence[Record] = ()
    taken: frozenset[str] = frozenset()


class Matches(Flow[Accounts]):
    name = "matches"
    Settings = FlowSettings
    systems = ("connectwise_psa", "quickpass")
    meanwhile: ClassVar[Callable[[], None]] = staticmethod(lambda: None)
    """What somebody else does between a look's reading and its writing."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.cw: Kinds = context.systems["connectwise_psa"]  # type: ignore[assignment]
        self.partner: Kinds = context.systems["quickpass"]  # type: ignore[assignment]

    def scan(self, run: Run, cursor: Mapping[str, str], page: dict[str, Any] | None) -> Page:
        """Each customer as a whole, and each account: a link that a person has just made is no news of the whole."""
        sightings = []
        for customer in self.partner.list("customer"):
            home = Ref(CUSTOMER, "partner", customer["id"])
            _, accounts, contacts = self._read(home.id)
            sightings += [Sighting(home, watched(accounts, contacts))]
            sightings += [Sighting(Ref(MATCH, "partner", a["id"]), {"email": a["email"]}, scope=home) for a in accounts]
        return Page(sightings, cursor={})

    def _read(self, customer: str) -> tuple[str, list[Record], list[Record]]:
        company = (self.partner.get(customer) or {}).get("company", "")
        return customer, self.partner.list("account", customer=customer), self.cw.list("contact", company=company)

    def observe(self, changes: Sequence[Change]) -> Sequence[Accounts]:
        states = self.context.links.find({change.ref for change in changes})
        homes = {change.ref: self._customer(change.ref, states.get(change.ref)) for change in changes}
        made = {home: self._one(home) for home in homes.values()}
        self.meanwhile()
        return [made[homes[change.ref]] for change in changes]

    def _customer(self, ref: Ref, state: State | None) -> Ref:
        if ref.kind == CUSTOMER:
            return ref
        if isinstance(state, Link | Seen) and state.scope:
            return state.scope
        key = state.partner_id if isinstance(state, Link) else ref.id
        return Ref(CUSTOMER, "partner", (self.partner.get(key) or {}).get("customer", ""))

    def _one(self, home: Ref) -> Accounts:
        _, accounts, contacts = self._read(home.id)
        refs = {one["id"]: Ref(MATCH, "partner", one["id"]) for one in accounts}
        theirs = {one["id"]: Ref(MATCH, "cw", one["id"]) for one in contacts}
        states = self.context.links.find({home, *refs.values(), *theirs.values()})
        named = {one["id"]: str(one["name"]) for one in accounts}
        parts = (
            Pair(ref, states.get(ref), partner={"email": account["email"]}, partner_name=named[account["id"]])
            for account in accounts
            for ref in (refs[account["id"]],)
        )
        return Accounts(
            home=home,
            name=Name(f"customer {home.id}"),
            pairs=(Pair(home, states.get(home), partner=watched(accounts, contacts)), *parts),
            accounts=[one for one in accounts if not isinstance(states.get(refs[one["id"]]), Link)],
            contacts=contacts,
            taken=frozenset(id_ for id_, ref in theirs.items() if isinstance(states.get(ref), Link)),
        )

    def mapped(self, _step: Step, record: object) -> Fields | None:
        return None

    @staticmethod
    def decide(situation: Accounts) -> Plan:
        steps: list[Step] = []
        issues: list[Issue] = []
        free = [one for one in situation.contacts if one["active"] and one["id"] not in situation.taken]
        wanted = Counter(account["email"] for account in situation.accounts)
        for account in situation.accounts:
            own, name = Ref(MATCH, "partner", account["id"]), Name(str(account["name"]))
            fits = [one for one in free if account["email"] and one["email"] == account["email"]]
            if len(fits) == 1 and wanted[account["email"]] == 1:
                ids, why = (
                    {"cw": fits[0]["id"], "partner": account["id"]},
                    f"{name} has the e-mail of {fits[0]['name']}.",
                )
                steps.append(
                    Step(f"match-{account['id']}", LINKS, MATCH, "link", fields=ids, why=why, record=own, ask=True)
                )
            elif fits:
                told = f"{len(fits)} contacts and {wanted[account['email']]} accounts have the e-mail of {name}."
                issues.append(Issue("AMBIGUOUS", own, name, told, "Choose one.", blocks=False))
        reason = f"{len(steps)} accounts match a contact."
        return Plan(situation.home, reason, tuple(steps), tuple(issues), name=situation.name)


def watched(accounts: Sequence[Record], contacts: Sequence[Record]) -> Fields:
    return {
        **{one["id"]: (one["name"], one["email"]) for one in accounts},
        **{one["id"]: (one["name"], one["email"], one["active"]) for one in contacts},
    }
