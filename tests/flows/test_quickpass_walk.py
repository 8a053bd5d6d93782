"""Whatever two people save, choose and take apart, and whatever dies meanwhile: nobody is matched twice.

No account has two contacts and no contact two accounts, which nobody has not said; and no contact is created for
somebody who has one.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from infra.local.cloud.stack import Stack
from shared.sync.errors import Conflict
from shared.sync.link import Link
from shared.sync.operating import NotPossible
from shared.sync.proposal import Proposal
from shared.sync.record import Ref
from tests.effort import SOAK, effort
from tests.flows.quickpass import CONTACTS, MATCH, HelpDesk
from tests.flows.rig import rigged
from tests.local_aws import ENVIRONMENT, local_aws

PEOPLE = ("ada", "ben", "cleo")
PEOPLE_AT_WORK = ("kim", "lee")
person, other, somebody = st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE_AT_WORK)


class Walk(RuleBasedStateMachine):
    """Three people with accounts, some with contacts; two operators, each with the page that he saw last."""

    stack: Stack
    seen: ClassVar[Counter[str]] = Counter()
    """What all walks came to, so that none of them was in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.end = ExitStack()
        self.end.enter_context(local_aws())
        rig = self.end.enter_context(rigged("quickpass_contacts", self.stack, auto_match=["*"]))
        self.desk = HelpDesk(rig)
        self.accounts: dict[str, str] = {}
        self.pages: dict[str, list[Proposal]] = {name: [] for name in PEOPLE_AT_WORK}
        self.said: set[tuple[str, str]] = set()
        self.created: set[str] = set()
        self.by_people: set[str] = set()
        self._die: list[bool] = []
        self._link = rig.store.links.link
        rig.store.links.link = self._dies  # type: ignore[method-assign]

    def teardown(self) -> None:
        try:
            self.desk.rig.store.links.link = self._link  # type: ignore[method-assign]
            self._turn()
            self.nobody_is_matched_twice()
            self.seen.update(links=len(self._matched()), created=len(self._made()))
        finally:
            self.end.close()

    def _dies(self, *args: Any, **more: Any) -> None:
        """The process dies before or after it writes a link, where it was told to."""
        when = self._die.pop() if self._die else None
        self.seen.update(died=when is not None)
        if when is True:
            raise RuntimeError("died before")
        self._link(*args, **more)
        if when is False:
            raise RuntimeError("died after")

    def _turn(self) -> None:
        """Time passes, until what was cut short is taken up again."""
        for _ in range(3):
            self.desk.rig.tick(minutes=13)

    @initialize()
    def begin(self) -> None:
        self.desk.match_company()
        self.accounts = {name: self.desk.account(name) for name in PEOPLE}
        self._hire("ada")
        for by in PEOPLE_AT_WORK:
            self.somebody_opens_the_page(by)

    def _hire(self, name: str) -> None:
        self.by_people.add(self.desk.contact(name, ignoreDuplicates=True))

    # What people do

    @rule(name=person)
    def somebody_enters_a_contact(self, name: str) -> None:
        if sum(row["firstName"] == name for row in self.desk.psa.records(CONTACTS)) < 2:
            self._hire(name)

    @rule(name=person, inactive=st.booleans(), known_as=other)
    def somebody_edits_a_contact(self, name: str, inactive: bool, known_as: str) -> None:
        for row in self.desk.psa.records(CONTACTS):
            if row["firstName"] == name:
                self.desk.edit_contact(str(row["id"]), inactiveFlag=inactive, lastName=f"Stone {known_as}")

    @rule(by=somebody)
    def somebody_opens_the_page(self, by: str) -> None:
        self.desk.look()
        self.pages[by] = list(self.desk.proposals().values())

    @rule(by=somebody, some=st.sets(person, min_size=1))
    def somebody_saves(self, by: str, some: set[str]) -> None:
        """What was on the page that he opened, however long ago."""
        keys = {self.accounts[name] for name in some}
        chosen = [one for one in self.pages[by] if one.record.id in keys]
        for one in chosen:
            for step in one.steps:
                if step.verb == "link" and isinstance(step.fields["cw"], str):
                    self.said.add((one.record.id, step.fields["cw"]))
                elif step.verb == "create":
                    self.created.add(one.record.id)
        self._do(lambda: self.desk.by(by).approve(chosen))

    @rule(by=somebody, name=person)
    def somebody_removes_a_suggestion(self, by: str, name: str) -> None:
        chosen = [one for one in self.pages[by] if one.record.id == self.accounts[name]]
        self._do(lambda: self.desk.by(by).reject(chosen, "no"))

    @rule(by=somebody, name=person, data=st.data())
    def somebody_chooses(self, by: str, name: str, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from([str(row["id"]) for row in self.desk.psa.records(CONTACTS)]))
        self.said.add((self.accounts[name], contact))
        self._do(lambda: self.desk.by(by).relink(self.desk.rig.key, self._ref(name), contact))

    @rule(by=somebody, name=person, anew=st.booleans())
    def somebody_takes_a_match_apart(self, by: str, name: str, anew: bool) -> None:
        self._do(lambda: self.desk.by(by).unlink(self.desk.rig.key, self._ref(name), anew=anew))

    # What happens

    @rule(before=st.booleans())
    def the_process_will_die_at_the_next_link(self, before: bool) -> None:
        self._die = [before]

    @rule()
    def the_next_create_will_lose_its_answer(self) -> None:
        self.desk.psa.faults.clear()
        self.desk.psa.faults.order("lost_answer", operation="POST /company/contacts")

    @rule()
    def time_passes(self) -> None:
        self._turn()

    def _do(self, act: Any) -> None:
        before = self._addresses()
        known = {str(row["id"]) for row in self.desk.psa.records(CONTACTS)}
        try:
            act()
        except (NotPossible, Conflict, RuntimeError):
            return
        finally:
            self.desk.rig.deliver()
            for row in self.desk.psa.records(CONTACTS):
                if str(row["id"]) not in known:
                    assert not self._of(row) & before, "there was such a contact already"

    def _addresses(self) -> set[str]:
        return {one for row in self.desk.psa.records(CONTACTS) for one in self._of(row)}

    def _of(self, row: Any) -> set[str]:
        return {item["value"] for item in row["communicationItems"] if item["communicationType"] == "Email"}

    def _ref(self, name: str) -> Ref:
        return Ref(MATCH, "partner", self.accounts[name])

    def _matched(self) -> list[Link]:
        return [link for (kind, _), link in self.desk.rig.links().items() if kind == MATCH]

    def _made(self) -> dict[str, str]:
        """The first names of the contacts that nobody entered."""
        names = {str(row["id"]): str(row["firstName"]) for row in self.desk.psa.records(CONTACTS)}
        return {key: name for key, name in names.items() if key not in self.by_people}

    # What must hold

    @invariant()
    def nobody_is_matched_twice(self) -> None:
        if not self.accounts:
            return
        links, ours = self._matched(), self._made()
        assert len({link.cw_id for link in links}) == len({link.partner_id for link in links}) == len(links)
        assert len(set(ours.values())) == len(ours), "a second contact was created for one person"
        for link in links:
            made = ours.get(link.cw_id, "")
            assert (link.partner_id, link.cw_id) in self.said or (made and link.partner_id in self.created)


@pytest.mark.rule("QP-05", "QP-06", "QP-13")
def test_whatever_people_do_and_whatever_dies_nobody_is_matched_twice(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Walk, "stack", stack, raising=False)
    settings = effort(12, 300, slow=True)
    Walk.seen.clear()
    run_state_machine_as_test(Walk, settings=type(settings)(settings, stateful_step_count=40 if SOAK else 20))
    assert min(Walk.seen[what] for what in ("links", "created", "died")) > 0, Walk.seen
