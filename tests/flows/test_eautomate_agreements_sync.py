"""The agreement flow from end to end: an invoice's way into a contract, and all that can come between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.error_digest.report import MAPPING, OTHERS
from infra.local.cloud.stack import Stack
from shared.partners.eautomate import CONTRACT
from shared.sync.flow import Situation
from shared.sync.issue import OpenIssue
from shared.sync.link import Link, Seen
from shared.sync.needed import Found
from shared.sync.operating import Operator
from shared.sync.record import FlowKey, Name, Ref
from tests.flows.dealer import AGREEMENTS, DECEMBER, GOLD, INVOICES, NOVEMBER, Dealer, ref
from tests.flows.rig import rigged

OCTOBER = (NOVEMBER[0].replace(month=10), NOVEMBER[0] - timedelta(days=1))


@pytest.fixture
def dealer(stack: Stack, aws: None) -> Iterator[Dealer]:
    with rigged("eautomate_agreements", stack) as rig:
        yield Dealer(rig)


def operator(dealer: Dealer) -> Operator:
    return Operator(
        dealer.rig.store, dealer.rig.queue, dealer.rig.clock, dealer.rig.runtime.tools.ids, "ann@example.com"
    )


# From invoice to contract invoice


@pytest.mark.rule("EA-25")
@pytest.mark.rule("EA-34")
def test_an_invoice_becomes_a_contract_that_bills_it_under_its_number(dealer: Dealer) -> None:
    invoice = dealer.bills()
    assert dealer.rig.sync() == {"scanned": 1, "queued": 1, "applied": 1}
    assert dealer.contract_link() is None
    dealer.rig.tick()
    terms = dealer.terms()
    assert (terms.po_number, terms.total, terms.bill_to) == ("30001", 625, "C100")
    assert [(line.item, line.quantity, line.price) for line in terms.lines] == [
        (f"**CWBase {GOLD}", 1, 500),
        ("MIT", 10, 12.5),
    ]
    link = dealer.contract_link()
    assert link is not None
    assert (link.partner_id, link.partner_name) == (
        str(dealer.eautomate.contracts[dealer.contract()].id),
        f"contract {dealer.contract()}",
    )
    billed = dealer.bill()
    assert billed.number == "30001"
    dealer.rig.tick(hours=6)
    done = dealer.invoice_link(invoice)
    assert done is not None
    assert (done.due, done.waiting, dealer.rig.codes()) == (None, False, [])
    assert [entry.what for entry in dealer.rig.history(ref(invoice))] == [
        "Created contract_import in e-automate and linked. An agreement invoice becomes a contract."
    ]


def test_where_nothing_changed_nothing_is_sent_and_nothing_is_written(dealer: Dealer) -> None:
    for _ in range(3):
        dealer.bills(dealer.agrees(amount=500), products=0)
    dealer.settle()
    for number in [number for row in dealer.psa.records(AGREEMENTS) for number in dealer.contracts(row["id"])]:
        dealer.eautomate.contracts.bill(number, *NOVEMBER)
    dealer.rig.tick(hours=6)
    assert dealer.rig.codes() == []
    for mode in (None, "comprehensive"):
        dealer.rig.clock.turn(minutes=15)
        dealer.rig.forget()
        assert set(dealer.rig.sync(mode)) <= {"scanned"}
        assert dealer.rig.sent() == []
        assert dealer.eautomate.requests == {}
        assert dealer.psa.requests["GET /finance/invoices"] == 1


def test_a_scan_reads_page_after_page_from_the_first_day_on(dealer: Dealer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.systems.connectwise_psa.client.PAGE_SIZE", 2)
    dealer.rig.settings(first_day="2026-11-01")
    for _ in range(5):
        dealer.bills(dealer.agrees(), products=0)
    dealer.bills(date="2026-10-31T00:00:00Z")
    assert dealer.rig.sync() == {"scanned": 5, "queued": 5, "applied": 5}


def test_an_invoice_that_waits_for_its_billing_is_looked_at_now_and_then(dealer: Dealer) -> None:
    dealer.bills()
    dealer.settle()
    dealer.rig.forget()
    dealer.rig.tick(hours=5, minutes=59)
    assert dealer.eautomate.requests["GET /contracts/{number}/invoices"] == 0
    dealer.rig.tick()
    assert dealer.eautomate.requests["GET /contracts/{number}/invoices"] == 1
    assert dealer.rig.written("eautomate") == {}


def test_ten_invoices_are_read_with_one_request_for_each_kind_of_record(dealer: Dealer) -> None:
    for _ in range(10):
        dealer.bills(dealer.agrees(), products=0)
    dealer.rig.scan()
    dealer.rig.forget()
    dealer.rig.deliver()
    assert dealer.psa.requests["GET /finance/agreements"] == 1
    assert dealer.psa.requests["GET /finance/invoices"] == 3  # the scan, those named, those of their agreements
    assert dealer.psa.requests["GET /finance/billingCycles"] == 1
    assert dealer.eautomate.requests["getCustomerDataList"] == 1
    assert dealer.eautomate.requests["getContractList"] == 1


@pytest.mark.rule("EA-26")
@pytest.mark.rule("EA-27")
def test_what_is_not_taken_is_taken_once_it_is(dealer: Dealer) -> None:
    dealer.rig.settings(statuses=["Ready"], agreement_types=[GOLD])
    invoice = dealer.bills()
    block = dealer.bills(dealer.agrees(type_="Block Time"), products=0, status={"name": "Ready"})
    assert dealer.rig.sync()["skipped"] == 2
    state = dealer.rig.state(ref(invoice))
    assert isinstance(state, Seen)
    assert state.reason == "Its status is 'New'; only Ready is taken."
    assert dealer.eautomate.requests["GET /contract-imports"] == 0
    dealer.rig.clock.turn(minutes=15)
    dealer.psa.edit(INVOICES, invoice["id"], status={"name": "Ready"})
    dealer.rig.sync()
    assert [one.request.sourceInvoice for one in dealer.imports] == [str(invoice["id"])]
    assert isinstance(dealer.rig.state(ref(block)), Seen)


# Mapping


@pytest.mark.rule("EA-28")
@pytest.mark.rule("EA-29")
def test_what_waits_for_its_customers_follows_within_a_minute(dealer: Dealer) -> None:
    company = dealer.customer("C200", "Birch", mapped=False)
    holding = dealer.customer("C900", "Holding", mapped=False)
    agreement = dealer.agrees("Birch Gold", company={"id": company})
    dealer.bills(agreement, products=0, company={"id": company}, billToCompany={"id": holding})
    assert dealer.rig.sync()["issue"] == 1
    assert dealer.rig.codes() == ["BILL_TO_NOT_MAPPED", "CUSTOMER_NOT_MAPPED"]
    assert {one.issue.category for one in dealer.rig.issues().values()} == set(MAPPING.categories)
    customers = FlowKey("demo", "eautomate_customers")
    for place, (id_, number) in enumerate(((company, "C200"), (holding, "C900"))):
        dealer.map(id_, number)
        wake(dealer, customers, Ref("customer-company", "cw", str(id_)))
        dealer.rig.tick()
        assert len(dealer.imports) == place
    (one,) = dealer.imports
    assert (one.request.customer, one.request.billTo) == ("C200", "C900")
    assert dealer.rig.codes() == []


def wake(dealer: Dealer, key: FlowKey, awaited: Ref) -> None:
    """What the flow that made the link does for those who wait for it."""
    for issue in dealer.rig.store.issues.waiting_on(key, [awaited]):
        dealer.rig.store.issues.make_due(issue, dealer.rig.clock.now())


@pytest.mark.rule("EA-06")
@pytest.mark.parametrize("by_hand", [False, True])
def test_who_waits_for_the_contract_is_woken_when_it_is_linked(dealer: Dealer, by_hand: bool) -> None:
    invoice = dealer.bills()
    calls, ticket = FlowKey("demo", "eautomate_service_calls"), Ref("ticket-call", "cw", "77")
    awaited = Ref("agreement-contract", "cw", str(dealer.agreement))
    issue = CONTRACT.issue(Situation(home=ticket, name=Name("ticket 77")), Name("Acme Gold"), Found(awaited))
    now = dealer.rig.clock.now()
    dealer.rig.store.issues.keep(OpenIssue(calls, ticket, issue, now, due=now + timedelta(hours=9)))
    if by_hand:
        row = dealer.eautomate.contracts.add("OLD-1", "C100")
        operator(dealer).relink(dealer.rig.key, awaited, str(row.id))
        dealer.rig.deliver()
    else:
        dealer.rig.sync()
        dealer.rig.tick()
    (woken,) = dealer.rig.store.issues.of_scope(calls, ticket)
    assert woken.due == dealer.rig.clock.now()
    assert isinstance(dealer.rig.state(ref(invoice)), Link)


@pytest.mark.rule("EA-06")
def test_an_agreement_says_why_it_has_no_contract_to_who_asks(dealer: Dealer) -> None:
    dealer.bills(products=0)
    dealer.rig.sync()
    state = dealer.rig.state(Ref("agreement-contract", "cw", str(dealer.agreement)))
    assert isinstance(state, Seen)
    assert "625" in state.reason
    dealer.rig.look(Ref("agreement-contract", "cw", str(dealer.agrees("Silent"))))
    silent = dealer.rig.state(Ref("agreement-contract", "cw", str(dealer.agreement + 1)))
    assert isinstance(silent, Seen)
    assert silent.reason == "It has no invoice yet that could become a contract."


# Staged and rejected


def test_a_gateway_that_stands_still_is_an_issue_until_it_goes_on(dealer: Dealer) -> None:
    dealer.rig.settings(overdue_minutes=3)
    dealer.eautomate.contract_imports.held = True
    dealer.bills()
    dealer.settle()
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    dealer.rig.tick()
    assert dealer.rig.codes() == ["IMPORT_OVERDUE"]
    dealer.eautomate.contract_imports.held = False
    dealer.rig.tick(minutes=15)
    assert dealer.rig.codes() == []
    assert len(dealer.imports) == 1
    assert dealer.contract_link()


@pytest.mark.rule("EA-29")
@pytest.mark.rule("EA-32")
def test_what_is_rejected_is_told_and_tried_again_untouched(dealer: Dealer) -> None:
    product = dealer.psa.add("procurement/catalog", identifier="NEW", description="New", price=1)["id"]
    agreement = dealer.agrees("Acme New")
    dealer.adds(agreement, 1, 1, product={"id": product})
    dealer.bills(agreement, products=1)
    dealer.settle()
    assert "rejected invoice 30001 of Acme Dental" in dealer.messages()["IMPORT_REJECTED"]
    assert "Items that do not exist: NEW." in dealer.messages()["IMPORT_REJECTED"]
    (open_,) = dealer.rig.issues().values()
    assert open_.issue.category in OTHERS.categories
    attempts = []
    for minutes in (5, 1, 10, 1):
        dealer.rig.tick(minutes=minutes)
        attempts.append((len(dealer.imports), [one.attempts for one in dealer.rig.issues().values()]))
    assert attempts == [(2, [1]), (2, [1]), (3, [2]), (3, [2])], "the waits between them grow"
    dealer.eautomate.items.add("NEW", "New", SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
    dealer.rig.tick(minutes=20)
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    assert len(dealer.contracts(agreement)) == 1


@pytest.mark.rule("EA-32")
def test_a_person_need_not_wait_until_what_was_rejected_is_tried_again(dealer: Dealer) -> None:
    del dealer.eautomate.items.table._by_number["mit"]
    dealer.bills()
    dealer.settle()
    assert dealer.rig.codes() == ["IMPORT_REJECTED"]
    (issue,) = dealer.rig.issues().values()
    operator(dealer).retry(issue)
    dealer.rig.deliver()
    assert len(dealer.imports) == 2


@pytest.mark.parametrize("after", ["lost_answer", "cut"])
def test_an_answer_that_is_lost_makes_no_second_import(dealer: Dealer, after: str) -> None:
    dealer.bills()
    dealer.eautomate.faults.order(after, operation="^POST /contract-imports$")
    dealer.rig.sync()
    for _ in range(8):
        dealer.rig.tick()
    assert len(dealer.imports) == 1
    assert len(dealer.contracts()) == 1
    assert dealer.contract_link()
    assert dealer.rig.codes() == []


# Changed and touched


@pytest.mark.rule("EA-32")
def test_an_invoice_that_changes_changes_its_contract_and_makes_no_second(dealer: Dealer) -> None:
    invoice = dealer.bills()
    dealer.settle()
    dealer.rig.clock.turn(minutes=15)
    dealer.adds(dealer.agreement, 1, 75)
    dealer.psa.edit(INVOICES, invoice["id"], productTotal=200)
    dealer.settle()
    assert (len(dealer.imports), len(dealer.contracts())) == (2, 1)
    assert dealer.terms().total == 700
    assert dealer.rig.codes() == []


@pytest.mark.rule("EA-32")
def test_an_invoice_that_is_touched_is_looked_at_and_not_imported_again(dealer: Dealer) -> None:
    invoice = dealer.bills()
    dealer.settle()
    dealer.rig.clock.turn(minutes=15)
    dealer.psa.edit(INVOICES, invoice["id"], status={"name": "Ready"})
    assert dealer.rig.sync()["in_step"] == 1
    assert dealer.rig.look(ref(invoice)) == {"in_step": 1}
    assert len(dealer.imports) == 1


@pytest.mark.rule("EA-32")
def test_a_failed_invoice_that_is_touched_is_processed_again(dealer: Dealer) -> None:
    invoice = dealer.bills(products=100)
    dealer.rig.sync()
    assert "600.00 before tax" in dealer.messages()["TOTALS_DIFFER"]
    assert "625.00" in dealer.messages()["TOTALS_DIFFER"]
    assert dealer.imports == []
    dealer.psa.edit(INVOICES, invoice["id"], productTotal=125)
    dealer.rig.clock.turn(minutes=1)
    dealer.rig.sync()
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    assert dealer.terms().total == 625


def test_a_change_of_an_agreement_looks_at_its_open_invoice(dealer: Dealer) -> None:
    invoice = dealer.bills(products=100)
    dealer.rig.sync()
    (addition,) = dealer.psa.records(f"{AGREEMENTS}/{dealer.agreement}/additions")
    dealer.psa.edit(f"{AGREEMENTS}/{dealer.agreement}/additions", addition["id"], quantity=8)
    dealer.rig.look(Ref("agreement-contract", "cw", str(dealer.agreement)))
    assert dealer.invoice_link(invoice)
    assert dealer.rig.codes() == []


def test_an_invoice_of_another_kind_is_none_of_ours(dealer: Dealer) -> None:
    other = dealer.psa.add(INVOICES, type="Standard", company={"id": dealer.company}, serviceTotal=100)
    assert dealer.rig.sync() == {}
    assert dealer.rig.look(ref(other)) == {"skipped": 1}
    assert dealer.rig.look(Ref("invoice-import", "cw", "99999")) == {"skipped": 1}
    assert dealer.rig.look(Ref("invoice-import", "partner", "99999")) == {"skipped": 1}


def test_an_invoice_that_was_deleted_is_for_a_person(dealer: Dealer) -> None:
    invoice = dealer.bills()
    dealer.settle()
    dealer.psa.delete(INVOICES, invoice["id"])
    dealer.rig.tick(hours=6)
    assert dealer.rig.codes() == ["INVOICE_GONE"]
    assert len(dealer.contracts()) == 1


# One invoice at a time


def test_two_invoices_of_one_agreement_are_billed_one_after_the_other(dealer: Dealer) -> None:
    october, november = dealer.bills(date="2026-10-01T00:00:00Z"), dealer.bills()
    dealer.settle()
    assert dealer.rig.codes() == ["CONTRACT_OCCUPIED"]
    assert f"waits for invoice {october['invoiceNumber']}" in dealer.messages()["CONTRACT_OCCUPIED"]
    assert dealer.terms().po_number == october["invoiceNumber"]
    assert dealer.bill(OCTOBER).number == october["invoiceNumber"]
    dealer.rig.tick(minutes=5)
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    assert dealer.terms().po_number == november["invoiceNumber"]
    assert dealer.bill().number == november["invoiceNumber"]
    assert len(dealer.contracts()) == 1


@pytest.mark.rule("EA-44")
def test_a_cancelled_invoice_makes_way(dealer: Dealer) -> None:
    october, november = dealer.bills(date="2026-10-01T00:00:00Z"), dealer.bills()
    dealer.settle()
    operator(dealer).cancel(dealer.rig.key, ref(october), "was billed by hand")
    dealer.rig.tick(minutes=5)
    dealer.rig.tick()
    assert dealer.terms().po_number == november["invoiceNumber"]


# The contract's state


@pytest.mark.rule("EA-31")
def test_an_inactive_contract_waits_to_be_activated_and_has_no_second(dealer: Dealer) -> None:
    dealer.bills()
    dealer.settle()
    dealer.bill()
    dealer.eautomate.contracts.deactivate(dealer.contract())
    december = dealer.bills(date="2026-12-01T00:00:00Z")
    dealer.rig.clock.turn(hours=7)
    dealer.rig.sync()
    assert dealer.rig.codes() == ["CONTRACT_INACTIVE"]
    assert len(dealer.imports) == 1
    dealer.eautomate.contracts.edit(dealer.contract(), Active=True, Status="A")
    dealer.rig.tick(minutes=5)
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    assert dealer.terms().po_number == december["invoiceNumber"]


@pytest.mark.rule("EA-36")
def test_a_terminated_contract_is_unlinked_and_then_a_new_one_is_made(dealer: Dealer) -> None:
    dealer.bills()
    dealer.settle()
    dealer.bill()
    dealer.rig.tick(hours=6)
    first = dealer.contract()
    dealer.eautomate.contracts.terminate(first)
    december = dealer.bills(date="2026-12-01T00:00:00Z")
    dealer.rig.sync()
    assert dealer.rig.codes() == ["CONTRACT_TERMINATED"]
    assert f"Contract {first}, which agreement Acme Gold is linked to, is terminated" in str(dealer.messages())
    assert dealer.contracts() == [first]
    operator(dealer).unlink(dealer.rig.key, Ref("agreement-contract", "cw", str(dealer.agreement)))
    dealer.rig.deliver()
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    second = dealer.contracts()[1]
    link = dealer.contract_link()
    assert link is not None
    assert link.partner_id == str(dealer.eautomate.contracts[second].id)
    assert dealer.eautomate.contracts.bill(second, *DECEMBER).number == december["invoiceNumber"]
    dealer.rig.sync("comprehensive")
    dealer.rig.tick(hours=6)
    assert dealer.rig.codes() == []
    assert len(dealer.contracts()) == 2


# Billing


@pytest.mark.rule("EA-33")
@pytest.mark.rule("EA-35")
def test_what_was_billed_before_the_sync_is_voided_by_a_person_and_then_goes_on(dealer: Dealer) -> None:
    dealer.bills()
    dealer.settle()
    dealer.bill()
    early = dealer.bill(DECEMBER)
    december = dealer.bills(date="2026-12-01T00:00:00Z")
    dealer.rig.clock.turn(hours=7)
    dealer.rig.sync()
    told = dealer.messages()["BILLED_BEFORE_SYNC"]
    assert f"contract invoice {early.number}" in told
    assert "Its PO number holds 30001, another ConnectWise invoice of the agreement" in told
    assert len(dealer.imports) == 1
    dealer.eautomate.contracts.void(early.number)
    dealer.rig.tick(minutes=5)
    dealer.rig.tick()
    assert dealer.rig.codes() == []
    assert dealer.bill(DECEMBER).number == december["invoiceNumber"]
    dealer.rig.tick(hours=6)
    done = dealer.invoice_link(december)
    assert done is not None
    assert (dealer.rig.codes(), done.due) == ([], None)


@pytest.mark.rule("EA-30")
@pytest.mark.rule("EA-34")
@pytest.mark.rule("EA-35")
@pytest.mark.parametrize(("place", "called"), [("po", "PO number"), ("remarks", "Remarks")])
def test_a_contract_invoice_that_was_not_renumbered_is_told_until_it_is(
    dealer: Dealer, place: str, called: str
) -> None:
    dealer.rig.settings(number_in=place)
    dealer.bills()
    dealer.settle()
    remarks = dealer.eautomate.contracts[dealer.contract()].values["Remarks"]
    assert (dealer.terms().po_number, remarks) == (
        ("30001", None) if place == "po" else ("", "ConnectWise invoice 30001")
    )
    billed = dealer.bill(renumber=False)
    dealer.rig.tick(hours=6)
    told = dealer.messages()["NOT_RENUMBERED"]
    assert f"as contract invoice {billed.number}, which was not renumbered to 30001" in told
    assert f"Its {called} holds 30001, as it should" in told
    dealer.eautomate.contracts.void(billed.number)
    assert dealer.bill().number == "30001"
    dealer.rig.tick(hours=6)
    assert dealer.rig.codes() == []


@pytest.mark.rule("EA-37")
def test_the_default_template_is_used_with_a_warning_that_ends_with_the_billing(dealer: Dealer) -> None:
    dealer.rig.settings(default_template="DEFAULT")
    dealer.eautomate.contracts.add_template("DEFAULT", "HOUSE", Type="MAINT")
    agreement = dealer.agrees("Acme Block", "Block Time")
    dealer.eautomate.items.add("**CWBase Block Time", "x", SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
    dealer.bills(agreement, products=0)
    dealer.settle()
    assert dealer.rig.codes() == ["DEFAULT_TEMPLATE_USED"]
    (number,) = dealer.contracts(agreement)
    assert dealer.eautomate.contracts[number].values["Type"].code == "MAINT"
    assert dealer.contract_link(agreement)
    dealer.eautomate.contracts.bill(number, *NOVEMBER)
    dealer.rig.tick(hours=6)
    assert dealer.rig.codes() == []


def test_numbers_and_payment_are_pushed_to_connectwise_and_do_not_come_back(dealer: Dealer) -> None:
    dealer.psa.define_custom_field(AGREEMENTS, "EA Contract")
    dealer.psa.define_custom_field(INVOICES, "EA Invoice")
    dealer.psa.define_custom_field(INVOICES, "EA Paid", "Checkbox")
    dealer.rig.settings(contract_number_field="EA Contract", invoice_number_field="EA Invoice", paid_field="EA Paid")
    invoice = dealer.bills()
    dealer.settle()
    assert custom(dealer, AGREEMENTS, dealer.agreement) == {"EA Contract": dealer.contract()}
    dealer.bill()
    dealer.rig.tick(hours=6)
    assert custom(dealer, INVOICES, invoice["id"]) == {"EA Invoice": "30001", "EA Paid": None}
    dealer.eautomate.contracts.pay("30001")
    dealer.rig.tick(hours=6)
    assert custom(dealer, INVOICES, invoice["id"]) == {"EA Invoice": "30001", "EA Paid": True}
    done = dealer.invoice_link(invoice)
    assert done is not None
    assert done.due is None
    dealer.rig.forget()
    dealer.rig.sync()
    assert dealer.rig.sent() == []
    assert dealer.rig.codes() == []
    assert dealer.psa.record(INVOICES, invoice["id"])["status"]["name"] == "New"


def custom(dealer: Dealer, path: str, id_: int) -> dict[str, Any]:
    return {one["caption"]: one["value"] for one in dealer.psa.record(path, id_)["customFields"]}
