"""Proposals are approved one by one, by people who do not wait for each other; nobody is matched twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from shared.aws.table import Store
from shared.sync.errors import Conflict
from shared.sync.finding import find
from shared.sync.link import Link, Seen
from shared.sync.operating import NotPossible
from shared.sync.proposal import Proposal
from shared.sync.record import Ref
from shared.sync.why import answer
from tests.effort import SOAK
from tests.engine.bench import Bench
from tests.shapes.matches import CUSTOMER, MATCH, Matches
from tests.shapes.systems import Kinds

HOME = Ref(CUSTOMER, "partner", "q1")
PEOPLE = ("ada", "ben", "cleo", "dan")


@pytest.fixture
def bench(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """One customer of four accounts, each of whom is one contact."""
    bench = Bench(store, Matches, Kinds)
    bench.partner.put("customer", "q1", company="17")
    for name in PEOPLE:
        bench.partner.put("account", f"a-{name}", customer="q1", name=name, email=f"{name}@x.example")
        bench.cw.put("contact", f"c-{name}", company="17", name=name, email=f"{name}@x.example", active=True)
    bench.sync()
    yield bench
    monkeypatch.undo()


def account(name: str) -> Ref:
    return Ref(MATCH, "partner", f"a-{name}")


def proposals(bench: Bench) -> dict[str, Proposal]:
    return {one.name.text: one for one in bench.store.proposals.of_flow(bench.key)}


def linked(bench: Bench) -> dict[str, str]:
    return {link.partner_id: link.cw_id for link in bench.links()}


def test_each_match_is_asked_by_name_and_with_its_own_reason(bench: Bench) -> None:
    asked = proposals(bench)
    assert set(asked) == set(PEOPLE)
    assert asked["ada"].why == "ada has the e-mail of ada."
    assert linked(bench) == {}
    assert bench.sync()["queued"] == 0, "asked once"
    (found,) = find(bench.store, [bench.key], "ada")
    assert answer(bench.store, found).status == "proposed"
    state = bench.state(account("ada"))
    assert isinstance(state, Seen)
    assert state.reason == "ada has the e-mail of ada. It waits for a person's approval."


def test_what_is_approved_is_linked_and_the_rest_waits_on(bench: Bench) -> None:
    bench.operator("kim").approve([proposals(bench)["ada"]])
    assert bench.deliver()["proposed"] == 1
    assert linked(bench) == {"a-ada": "c-ada"}
    assert set(proposals(bench)) == set(PEOPLE) - {"ada"}
    assert bench.store.journal.of_record(bench.key, account("ada"))[-1].by == "kim"
    bench.operator("lee").approve(list(proposals(bench).values()))
    assert bench.deliver()["applied"] == 1
    assert len(linked(bench)) == 4
    assert proposals(bench) == {}
    assert bench.sync()["queued"] == 0


def test_a_rejected_match_is_not_asked_again_until_it_is_another(bench: Bench) -> None:
    bench.operator().reject([proposals(bench)["ada"]], "she left")
    bench.deliver()
    bench.partner.put("account", "a-ben", email="ben@y.example")
    bench.cw.put("contact", "c-ben", email="ben@y.example")
    bench.sync()
    assert {name: one.verdict for name, one in proposals(bench).items()} == {
        "ada": "rejected", "ben": "open", "cleo": "open", "dan": "open",
    }  # fmt: skip
    (found,) = find(bench.store, [bench.key], "ada")
    assert answer(bench.store, found).because == "kim rejected it: she left."


def test_an_approval_does_not_outlive_what_it_was_given_for(bench: Bench) -> None:
    ada = proposals(bench)["ada"]
    bench.cw.put("contact", "c-ada", active=False)
    bench.operator().approve([ada])
    bench.deliver()
    assert linked(bench) == {}
    assert "ada" not in proposals(bench)


def test_two_people_who_want_one_contact_get_one_link(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lee links by hand what kim has just approved, between the reading and the writing of kim's look."""
    bench.operator("kim").approve([proposals(bench)["ada"]])
    done: list[bool] = []

    def lee_is_faster() -> None:
        if not done:
            done.append(True)
            bench.operator("lee").relink(bench.key, account("ben"), "c-ada")

    monkeypatch.setattr(Matches, "meanwhile", staticmethod(lee_is_faster))
    bench.deliver()
    assert linked(bench) == {"a-ben": "c-ada"}
    assert "ada" not in proposals(bench), "her contact is taken"
    with pytest.raises(NotPossible):
        bench.operator("kim").relink(bench.key, account("ada"), "c-ada")


def test_two_accounts_of_one_person_are_shown_and_neither_is_proposed(bench: Bench) -> None:
    bench.partner.put("account", "a-ben", email="ada@x.example")
    bench.sync()
    assert set(proposals(bench)) == {"cleo", "dan"}
    assert {one.issue.name.text for one in bench.store.issues.of_scope(bench.key, HOME)} == {"ada", "ben"}


@pytest.mark.parametrize("seed", range(20 if SOAK else 4))
def test_whatever_people_do_and_whatever_dies_nobody_is_matched_twice(
    bench: Bench, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    said: set[tuple[str, str]] = set()
    real = bench.store.links.link

    def dies(*args: Any, **more: Any) -> None:
        """The process dies before or after the write, as often as not."""
        if chance.random() < 0.2:
            raise RuntimeError("died before")
        real(*args, **more)
        if chance.random() < 0.2:
            raise RuntimeError("died after")

    monkeypatch.setattr(bench.store.links, "link", dies)

    def somebody() -> None:
        """One thing that one of two operators does."""
        kim = bench.operator(chance.choice(["kim", "lee"]))
        name, other = chance.choice(PEOPLE), chance.choice(PEOPLE)
        some = [one for one in proposals(bench).values() if chance.random() < 0.5]
        try:
            match chance.randrange(6):
                case 0 | 1:
                    said.update((str(one.steps[0].fields["partner"]), str(one.steps[0].fields["cw"])) for one in some)
                    kim.approve(some)
                case 2:
                    kim.reject(some[:1], "no")
                case 3:
                    said.add((f"a-{name}", f"c-{other}"))
                    kim.relink(bench.key, account(name), f"c-{other}")
                case 4:
                    kim.unlink(bench.key, account(name))
                case 5:
                    bench.cw.put("contact", f"c-{name}", email=f"{other}@x.example", active=chance.random() < 0.8)
        except (NotPossible, Conflict, RuntimeError):
            return

    monkeypatch.setattr(Matches, "meanwhile", staticmethod(lambda: somebody() if chance.random() < 0.3 else None))
    for _ in range(40 if SOAK else 15):
        somebody()
        bench.scan()
        bench.deliver(rounds=4)
        links = bench.links()
        assert len({link.cw_id for link in links}) == len({link.partner_id for link in links}) == len(links)
        assert {(link.partner_id, link.cw_id) for link in links} <= said, "only what a person said"
    monkeypatch.undo()
    bench.deliver()
    bench.sync()
    free = {one["id"] for one in bench.cw.records.values()} - set(linked(bench).values())
    for name, one in proposals(bench).items():
        assert f"a-{name}" not in linked(bench)
        assert one.steps[0].fields["cw"] in free
    assert all(isinstance(link, Link) and link.settled for link in bench.links())
