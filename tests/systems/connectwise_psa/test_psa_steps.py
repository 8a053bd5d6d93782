"""What the PSA adapter writes: creates, updates of what differs, custom fields; refusals and lost answers."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator
from shared.sync.errors import (
    ConfigurationWrong,
    OutcomeUnknown,
    RecordRejected,
)
from shared.sync.plan import Step
from shared.systems import conditions
from shared.systems.connectwise_psa import LIMITS, Company, CustomField, Psa, Reference, Site
from tests.systems.connectwise_psa.conftest import COMPANIES, add_company, create, update
from tests.systems.vault import TurnableClock
from tests.systems.watching import Watch


def test_a_company_is_created_with_one_request_and_comes_back_as_it_is(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    applied = psa.apply(
        create(
            identifier="ACME", name="Acme", account_number="C100", address_line1="1 Main St", city="Tampa", state="FL",
            zip="33601", phone="8135550100", country="United States", status="Active", types=("Client",),
            territory="Tampa Office", website=None,
        )
    )  # fmt: skip
    (body,) = watch.bodies()
    assert body == {
        "identifier": "ACME", "name": "Acme", "accountNumber": "C100", "addressLine1": "1 Main St", "city": "Tampa",
        "state": "FL", "zip": "33601", "phoneNumber": "8135550100", "country": {"name": "United States"},
        "status": {"name": "Active"}, "types": [{"name": "Client"}], "territory": {"name": "Tampa Office"},
    }  # fmt: skip
    assert isinstance(applied.record, Company)
    assert applied.record == psa.company(applied.id)
    assert server.ignored == []


def test_an_update_sends_only_what_differs(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    made = add_company(server)
    applied = psa.apply(
        update(
            made["id"], before={"city": "Tampa", "name": "Acme Copiers"}, city="Boston", name="Acme Copiers", status=2
        )
    )
    assert watch.bodies() == [
        [
            {"op": "replace", "path": "city", "value": "Boston"},
            {"op": "replace", "path": "status", "value": {"id": 2}},
            {"op": "replace", "path": "customFields", "value": []},
        ]
    ]
    assert isinstance(applied.record, Company)
    assert (applied.id, applied.record.city, applied.record.status) == (
        str(made["id"]), "Boston", Reference(id=2, name="Inactive"),
    )  # fmt: skip
    assert sum(server.requests.values()) == 2


def test_an_update_that_changes_nothing_sends_nothing(psa: Psa, server: PsaSimulator) -> None:
    applied = psa.apply(update(5, before={"city": "Tampa"}, city="Tampa"))
    assert (applied.id, applied.record) == ("5", None)
    assert sum(server.requests.values()) == 0


def test_a_value_is_taken_away_or_emptied_as_the_step_says(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    made = add_company(server, addressLine2="Suite 2", territory={"name": "Tampa Office"}, website="acme.example")
    applied = psa.apply(update(made["id"], address_line2=None, territory=None, website=""))
    (operations,) = watch.bodies()
    assert operations[:3] == [
        {"op": "remove", "path": "addressLine2"},
        {"op": "remove", "path": "territory"},
        {"op": "replace", "path": "website", "value": ""},
    ]
    assert isinstance(applied.record, Company)
    assert (applied.record.address_line2, applied.record.territory, applied.record.website) == ("", None, "")


def test_custom_fields_are_written_whole_and_only_the_named_ones_change(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    server.settings.patch_needs_custom_fields = True
    rep, hold = (server.define_custom_field(COMPANIES, caption)["id"] for caption in ("Sales Rep", "On Hold"))
    amount = server.define_custom_field(COMPANIES, "Amount", "Number")["id"]
    made = add_company(server, customFields=[{"id": rep, "value": "Ann"}, {"id": amount, "value": 10.25}])
    applied = psa.apply(update(made["id"], custom_fields={"On Hold": "COD", "sales rep": None}))
    entries = watch.bodies()[-1][0]["value"]
    assert [(entry["id"], entry["caption"], entry["value"]) for entry in entries] == [
        (rep, "Sales Rep", None),
        (hold, "On Hold", "COD"),
        (amount, "Amount", 10.25),
    ]
    assert set(entries[0]) == {"id", "caption", "type", "entryMethod", "numberOfDecimals", "value"}
    assert isinstance(applied.record, Company)
    assert applied.record.custom_field("On Hold") == "COD"
    assert applied.record.custom_field("Amount") == Decimal("10.25")
    psa.apply(update(made["id"], city="Boston"))
    assert server.record(COMPANIES, made["id"])["customFields"][1]["value"] == "COD"
    assert server.ignored == []


def test_a_custom_field_goes_back_with_no_more_than_came() -> None:
    entry = {"id": 7, "caption": "Sales Rep", "value": None, "rowNum": 1}
    assert CustomField.model_validate(entry).written("Ann") == {"id": 7, "caption": "Sales Rep", "value": "Ann"}


def test_custom_fields_just_read_are_not_read_again_and_old_ones_are(
    psa: Psa, server: PsaSimulator, clock: TurnableClock
) -> None:
    for caption in ("Sales Rep", "On Hold"):
        server.define_custom_field(COMPANIES, caption)
    made = add_company(server)
    psa.companies()
    psa.apply(update(made["id"], custom_fields={"Sales Rep": "Ann"}))
    assert server.requests["GET /company/companies/{id}"] == 0
    clock.turn(seconds=61)
    hold = server.record(COMPANIES, made["id"])["customFields"][1]["id"]
    server.edit(COMPANIES, made["id"], customFields=[{"id": hold, "value": "COD"}])
    psa.apply(update(made["id"], custom_fields={"Sales Rep": "Bob"}))
    assert server.requests["GET /company/companies/{id}"] == 1
    values = [entry["value"] for entry in server.record(COMPANIES, made["id"])["customFields"]]
    assert values == ["Bob", "COD"]


def test_a_custom_field_that_is_not_defined_is_named(psa: Psa, server: PsaSimulator) -> None:
    made = add_company(server)
    for step in (
        update(made["id"], custom_fields={"Sales Rep": "Ann"}),
        create(identifier="NEW", name="New", city="Tampa", custom_fields={"Sales Rep": "Ann"}),
    ):
        with pytest.raises(ConfigurationWrong, match="no custom field 'Sales Rep' on a company"):
            psa.apply(step)
    assert [record["identifier"] for record in server.records(COMPANIES)].count("NEW") == 0


def test_a_site_is_created_with_its_marker_and_updated(psa: Psa, server: PsaSimulator, watch: Watch) -> None:
    company = add_company(server)
    path = f"{COMPANIES}/{company['id']}/sites"
    for caption in ("EA Location", "Other"):
        server.define_custom_field(path, caption)
    other = server.records(path)[0]["customFields"][1]["id"]
    server.edit(path, server.records(path)[0]["id"], customFields=[{"id": other, "value": "of the main site"}])
    made = psa.apply(
        create("site", company_id=str(company["id"]), name="Depot", city="Boston", state="FL",
               custom_fields={"EA Location": "C100-2"})
    )  # fmt: skip
    (body,) = watch.bodies()
    assert body["stateReference"] == {"identifier": "FL"}
    assert [(entry["caption"], entry["value"]) for entry in body["customFields"]] == [("EA Location", "C100-2")]
    assert isinstance(made.record, Site)
    assert (made.record.company_id, made.record.state) == (company["id"], "FL")
    assert made.record.custom_field("EA Location") == "C100-2"
    changed = psa.apply(update(made.id, "site", company_id=str(company["id"]), inactive=True, state=None))
    assert isinstance(changed.record, Site)
    assert (changed.record.inactive, changed.record.state) == (True, "")
    assert changed.record.custom_field("EA Location") == "C100-2"
    assert psa.sites(company["id"])[1] == changed.record
    assert server.ignored == []


def test_a_refused_record_comes_with_the_vendors_words(psa: Psa, server: PsaSimulator) -> None:
    add_company(server)
    with pytest.raises(RecordRejected) as raised:
        psa.apply(create(identifier="ACME", name="Again", city="Tampa"))
    assert (raised.value.code, raised.value.field) == ("ObjectExists", "identifier")
    with pytest.raises(RecordRejected) as raised:
        psa.apply(create(identifier="NEW", name="x" * 200, city="Tampa"))
    assert raised.value.field == "name"
    assert raised.value.words.startswith("company object is invalid; ")
    with pytest.raises(RecordRejected) as raised:
        psa.apply(update(4711, city="Boston"))
    assert (raised.value.code, raised.value.words) == ("NotFound", "Company 4711 not found")


@pytest.mark.parametrize("fault", ["lost_answer", "status"])
def test_a_lost_answer_to_a_create_is_never_followed_by_another_create(
    psa: Psa, server: PsaSimulator, fault: str
) -> None:
    server.faults.order(fault, operation="POST", status=503)
    with pytest.raises(OutcomeUnknown):
        psa.apply(create(identifier="NEW", name="New", city="Tampa"))
    assert server.requests["POST /company/companies"] == 1
    marked = psa.companies(conditions.equals("identifier", "NEW"))
    assert len(marked) == (1 if fault == "lost_answer" else 0)


def test_an_unreadable_answer_to_a_write_leaves_its_outcome_unknown(
    psa: Psa, server: PsaSimulator, watch: Watch
) -> None:
    made = add_company(server)

    def rewrite(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "PATCH":
            return response
        response.close()
        return httpx.Response(200, content=b'{"name": "no id"}')

    watch.rewrite = rewrite
    with pytest.raises(OutcomeUnknown):
        psa.apply(update(made["id"], city="Boston"))


@pytest.mark.parametrize(
    "step",
    [
        create("gadget", summary="x"),
        create(nonsense="x"),
        Step("one", "connectwise_psa", "company", "delete", "5"),
        update(5, types=("Client",)),
        create("site", name="of no company"),
    ],
    ids=lambda step: f"{step.verb} {step.kind} {sorted(step.fields)}",
)
def test_a_step_that_no_flow_can_mean_is_a_fault_of_ours(psa: Psa, watch: Watch, step: Step) -> None:
    with pytest.raises(ValueError, match=r"gadget|no fields|cannot delete|only when|must name"):
        psa.apply(step)
    assert watch.bodies() == []


def test_known_lengths_are_there_for_rules_to_use() -> None:
    assert LIMITS["company"]["address_line1"] == 50
    assert LIMITS["site"]["zip"] == 12
    assert "account_number" not in LIMITS["company"]
