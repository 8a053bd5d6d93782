"""The flow of contacts from end to end: after their companies, both directions, items, people who share an address."""

from __future__ import annotations

from typing import Any

import pytest

from shared.sync.clock import RandomIds
from shared.sync.link import Intent, Seen
from shared.sync.operating import Operator
from shared.sync.outcome import wake_waiters
from shared.sync.record import FlowKey, Ref
from tests.flows.rig import Rig
from tests.flows.zomentum import CONTACTS, ID_FIELD, THEIR_CONTACTS, Msp

FLOW = "zomentum_contacts"
KIND = "contact-contact"
pytestmark = pytest.mark.flow(FLOW)


@pytest.fixture
def msp(rig: Rig) -> Msp:
    return Msp(rig)


@pytest.fixture
def acme(msp: Msp) -> tuple[str, str]:
    """One company, linked; its ids, ConnectWise's first."""
    ids = msp.company("Acme"), msp.there("Acme")
    msp.map(*ids)
    return ids


def cw(id_: str) -> Ref:
    return Ref(KIND, "cw", id_)


def here(msp: Msp) -> list[tuple[str, str, str, str]]:
    """ConnectWise's active contacts: name, address, telephone, company."""
    return sorted(
        (
            f"{row['firstName']} {row.get('lastName', '')}".strip(),
            next((i["value"] for i in row.get("communicationItems", []) if i["communicationType"] == "Email"), ""),
            row.get("defaultPhoneNbr", ""),
            (row.get("company") or {}).get("name", ""),
        )
        for row in msp.psa.records(CONTACTS)
        if not row.get("inactiveFlag")
    )


def there(msp: Msp) -> list[tuple[str, str, str, str]]:
    """Zomentum's contacts, likewise."""
    names = {row["id"]: row["name"] for row in msp.zomentum.records("client/companies")}
    return sorted(
        (
            f"{row['name']['first']} {row['name']['last']}".strip(),
            row.get("email") or "",
            row.get("phone") or "",
            names[row["client_company_id"]],
        )
        for row in msp.zomentum.records(THEIR_CONTACTS)
    )


@pytest.mark.rule("ZM-05", "ZM-07")
def test_who_is_new_on_one_side_is_made_on_the_other_once(rig: Rig, msp: Msp, acme: tuple[str, str]) -> None:
    ada = msp.contact(acme[0], "Ada", "Byron", "ada@acme.example", phone="813-555-0100", title="CTO")
    bob = msp.zomentum.add_contact(acme[1], "Bob", "Stone", "bob@acme.example", phone="2", title="Buyer")
    assert rig.sync()["applied"] == 2
    assert here(msp) == there(msp) == [
        ("Ada Byron", "ada@acme.example", "813-555-0100", "Acme"),
        ("Bob Stone", "bob@acme.example", "2", "Acme"),
    ]  # fmt: skip
    made = msp.zomentum.find(THEIR_CONTACTS, "Ada Byron")
    assert (made["contact_type"], made["title"]) == ("Client", "CTO")
    assert msp.zomentum.custom(THEIR_CONTACTS, made["id"]) == ada
    row = next(row for row in msp.psa.records(CONTACTS) if row["firstName"] == "Bob")
    assert {field["caption"]: field["value"] for field in row["customFields"]}[ID_FIELD] == bob
    assert row["title"] == "Buyer"
    assert rig.sync()["queued"] == 0
    assert rig.sync("comprehensive")["queued"] == 0


@pytest.fixture
def ada(rig: Rig, msp: Msp, acme: tuple[str, str]) -> tuple[str, str]:
    """One contact on both sides, in step; the ids."""
    id_ = msp.contact(acme[0], "Ada", "Byron", "ada@acme.example", phone="1")
    rig.sync()
    return id_, msp.zomentum.find(THEIR_CONTACTS, "Ada Byron")["id"]


@pytest.mark.rule("ZM-07")
def test_what_either_side_changes_is_on_the_other_after_the_next_scan(rig: Rig, msp: Msp, ada: Any) -> None:
    id_, other = ada
    items = [{"type": {"id": 2}, "value": "1"}, {"type": {"id": 1}, "value": "ada@new.example"}]
    msp.psa.edit(CONTACTS, int(id_), communicationItems=items, lastName="Lovelace")
    msp.zomentum.edit(THEIR_CONTACTS, other, phone="2")
    rig.sync()
    assert here(msp) == there(msp) == [("Ada Lovelace", "ada@new.example", "2", "Acme")]
    msp.zomentum.edit(THEIR_CONTACTS, other, email="ada@acme.example", phone="")
    rig.sync()
    assert here(msp) == there(msp) == [("Ada Lovelace", "ada@acme.example", "", "Acme")]
    assert msp.lost(cw(id_)) == []
    rig.sync()
    assert rig.sync()["queued"] == 0


@pytest.mark.rule("ZM-04")
def test_of_two_changes_zomentums_stands_and_the_history_has_both(rig: Rig, msp: Msp, ada: Any) -> None:
    msp.psa.edit(CONTACTS, int(ada[0]), title="CEO")
    msp.zomentum.edit(THEIR_CONTACTS, ada[1], title="CFO")
    rig.sync()
    assert next(r for r in msp.psa.records(CONTACTS) if str(r["id"]) == ada[0])["title"] == "CFO"
    assert msp.lost(cw(ada[0])) == [({"title": "CEO"}, {"title": "CFO"})]


@pytest.mark.rule("ZM-06")
def test_in_the_first_mode_a_telephone_that_changes_later_stays_where_it_is(rig: Rig, msp: Msp, ada: Any) -> None:
    rig.settings(create_only=True)
    msp.psa.edit(CONTACTS, int(ada[0]), communicationItems=[{"type": {"id": 2}, "value": "9"}])
    msp.zomentum.edit(THEIR_CONTACTS, ada[1], phone="8")
    rig.sync()
    rig.sync("comprehensive")
    assert (here(msp)[0][2], there(msp)[0][2]) == ("9", "8")
    assert rig.codes() == []
    assert rig.sync()["queued"] == 0


def test_a_contact_waits_for_its_company_and_follows_within_a_minute(rig: Rig, msp: Msp) -> None:
    company, other = msp.company("Acme"), msp.there("Acme")
    msp.contact(company, "Ada", "Byron", "ada@acme.example")
    msp.zomentum.add_contact(other, "Bob", "Stone", "bob@acme.example")
    rig.sync()
    assert rig.codes() == ["COMPANY_NOT_MAPPED"] * 2
    assert {open_.issue.about[0].text for open_ in rig.issues().values()} == {"company Acme"}
    msp.map(company, other)
    wake_waiters(rig.store, FlowKey("demo", "zomentum_companies"), msp.linked(company, other), rig.clock.now())
    rig.tick(minutes=1)
    assert rig.codes() == []
    assert [row[0] for row in here(msp)] == [row[0] for row in there(msp)] == ["Ada Byron", "Bob Stone"]


@pytest.mark.rule("ZM-12")
def test_contacts_of_a_company_that_is_left_out_are_left_out_without_an_issue(rig: Rig, msp: Msp) -> None:
    company = msp.company("Acme")
    msp.contact(company, "Ada", "Byron")
    seen = Seen(
        Ref("company-company", "cw", company), "", "", "skipped", "Its company type is 'Vendor'.", "company Acme"
    )
    rig.store.links.remember(FlowKey("demo", "zomentum_companies"), seen)
    assert rig.sync()["skipped"] >= 1
    assert rig.codes() == []
    rig.store.links.link(FlowKey("demo", "zomentum_companies"), msp.linked(company, msp.there("Acme")))
    rig.settings(comprehensive_hours=1)
    rig.sync("comprehensive")
    assert [row[0] for row in there(msp)] == ["Ada Byron"], "with the next comprehensive scan"


@pytest.mark.rule("ZM-12")
def test_only_contacts_of_the_types_asked_for_are_carried(rig: Rig, msp: Msp, acme: tuple[str, str]) -> None:
    rig.settings(filters={"contact_type": ["Decision Maker", "Client"]})
    msp.contact(acme[0], "Ada", "Byron", typeIds=[3, 1])
    msp.contact(acme[0], "Bob", "Stone", typeIds=[2])
    msp.zomentum.add_contact(acme[1], "Cy", "Young", contact_type="Client")
    msp.zomentum.add_contact(acme[1], "Di", "Wells", contact_type="Vendor")
    rig.sync()
    assert [row[0] for row in there(msp)] == ["Ada Byron", "Cy Young", "Di Wells"]
    assert [row[0] for row in here(msp)] == ["Ada Byron", "Bob Stone", "Cy Young"]


def test_new_contacts_of_connectwise_get_the_type_of_the_settings(rig: Rig, msp: Msp, acme: tuple[str, str]) -> None:
    rig.settings(contact_type="End User")
    msp.zomentum.add_contact(acme[1], "Bob", "Stone")
    rig.sync()
    row = next(row for row in msp.psa.records(CONTACTS) if row["firstName"] == "Bob")
    assert [one["name"] for one in row["types"]] == ["End User"]


def test_a_contact_at_no_company_and_an_inactive_one_stay_in_connectwise(
    rig: Rig, msp: Msp, acme: tuple[str, str]
) -> None:
    msp.contact(None, "Ada", "Byron")
    msp.contact(acme[0], "Bob", "Stone", inactiveFlag=True)
    rig.sync()
    assert there(msp) == []
    assert rig.codes() == []


@pytest.mark.rule("ZM-34")
def test_first_contact_is_by_email_at_the_same_company(rig: Rig, msp: Msp, acme: tuple[str, str]) -> None:
    id_ = msp.contact(acme[0], "Ada", "Byron", "ADA@acme.example", phone="1")
    other = msp.zomentum.add_contact(acme[1], "Ada", "Lovelace", "ada@acme.example", title="CTO")
    rig.sync()
    assert msp.pairs() == [(id_, other)]
    assert here(msp) == [("Ada Lovelace", "ada@acme.example", "1", "Acme")]
    assert there(msp) == [("Ada Lovelace", "ada@acme.example", "1", "Acme")]
    assert ({"last_name": "Byron"}, {"last_name": "Lovelace"}) in msp.lost(cw(id_))
    rig.sync()
    assert rig.sync()["queued"] == 0


def test_several_of_one_address_are_told_apart_by_name_or_are_for_a_person(
    rig: Rig, msp: Msp, acme: tuple[str, str]
) -> None:
    ada = msp.contact(acme[0], "Ada", "Byron", "office@acme.example")
    bob = msp.contact(acme[0], "Bob", "Stone", "office@acme.example")
    other = msp.zomentum.add_contact(acme[1], "Bob", "Stone", "office@acme.example")
    rig.sync()
    assert (bob, other) in msp.pairs()
    assert [row[0] for row in there(msp)] == ["Ada Byron", "Bob Stone"]
    assert rig.codes() == []
    assert ada in [id_ for id_, _ in msp.pairs()]
    twins = [msp.contact(acme[0], "Cy", "Young", "cy@acme.example", ignoreDuplicates=True) for _ in range(2)]
    msp.zomentum.add_contact(acme[1], "Cy", "Young", "cy@acme.example")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 3
    assert not set(twins) & {id_ for id_, _ in msp.pairs()}


def test_who_has_no_address_but_the_name_of_somebody_there_is_for_a_person(
    rig: Rig, msp: Msp, acme: tuple[str, str]
) -> None:
    id_ = msp.contact(acme[0], "Ada", "Byron")
    other = msp.zomentum.add_contact(acme[1], "Ada", "Byron", "ada@acme.example")
    rig.sync()
    assert rig.codes() == ["AMBIGUOUS_MATCH"] * 2
    issue = next(o.issue for o in rig.store.issues.of_connection("demo") if o.issue.record == cw(id_))
    assert "contact Ada Byron of company" in issue.message
    Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").relink(rig.key, cw(id_), other)
    rig.deliver()
    rig.tick(minutes=6)
    assert rig.codes() == []
    assert here(msp) == there(msp) == [("Ada Byron", "ada@acme.example", "", "Acme")]


def test_a_contact_follows_to_another_company_once_that_is_linked(rig: Rig, msp: Msp, ada: Any) -> None:
    id_, other = ada
    birch = msp.company("Birch"), msp.there("Birch")
    msp.zomentum.edit(THEIR_CONTACTS, other, client_company_id=birch[1], phone="7")
    rig.sync()
    assert here(msp) == [("Ada Byron", "ada@acme.example", "7", "Acme")], "all else is carried"
    assert rig.codes() == ["COMPANY_NOT_MAPPED"]
    msp.map(*birch)
    rig.tick(minutes=6)
    assert here(msp) == there(msp) == [("Ada Byron", "ada@acme.example", "7", "Birch")]
    assert rig.codes() == []
    cedar = msp.company("Cedar"), msp.there("Cedar")
    msp.map(*cedar)
    msp.psa.edit(CONTACTS, int(id_), company={"id": int(cedar[0])})
    rig.sync()
    assert there(msp) == [("Ada Byron", "ada@acme.example", "7", "Cedar")]
    assert msp.lost(cw(id_)) == []


def test_who_has_no_company_in_connectwise_any_more_stays_where_he_is_in_zomentum(rig: Rig, msp: Msp, ada: Any) -> None:
    msp.psa.edit(CONTACTS, int(ada[0]), company=None, site=None)
    rig.sync()
    assert rig.codes() == ["CONTACT_WITHOUT_COMPANY"]
    assert there(msp)[0][3] == "Acme"


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_who_is_gone_on_one_side_is_told_and_deletes_nobody(rig: Rig, msp: Msp, ada: Any, side: str) -> None:
    if side == "cw":
        msp.psa.delete(CONTACTS, int(ada[0]))
    else:
        msp.zomentum.delete(THEIR_CONTACTS, ada[1])
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    assert rig.codes() == ["COUNTERPART_GONE"]
    assert len(here(msp)) + len(there(msp)) == 1


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_a_create_whose_answer_was_lost_is_found_by_its_marker(
    rig: Rig, msp: Msp, acme: tuple[str, str], side: str
) -> None:
    """Of a contact without any address, whose name was changed meanwhile."""
    if side == "cw":
        id_ = msp.contact(acme[0], "Ada", "Byron")
        rig.simulators["zomentum"].faults.order("lost_answer", operation="POST client/users")
    else:
        id_ = msp.zomentum.add_contact(acme[1], "Ada", "Byron")
        rig.simulators["connectwise_psa"].faults.order("lost_answer", operation="POST /company/contacts")
    rig.sync()
    assert isinstance(rig.state(Ref(KIND, side, id_)), Intent)  # type: ignore[arg-type]  # it is a side
    if side == "cw":
        msp.psa.edit(CONTACTS, int(id_), lastName="Lovelace")
    else:
        msp.zomentum.edit(THEIR_CONTACTS, id_, name={"last": "Lovelace"})
    rig.tick(minutes=6)
    rig.sync()
    assert here(msp) == there(msp) == [("Ada Lovelace", "", "", "Acme")]
    assert len(msp.pairs()) == 1
