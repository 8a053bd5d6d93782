"""Every line of the vendor's "check these things" lists: its cause, made in the simulators, and what `why` answers.

A person types what he knows of a record, a number or a name, and the answer must name the cause and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cli.asking import told
from infra.local.cli.flows import flows_meant
from infra.local.cli.screen import Failed
from infra.local.demo.failures import agreements, calls, customers, orders, projects, tickets
from infra.local.demo.failures.failure import CONNECTION
from shared.partners.eautomate import (
    AGREEMENTS,
    CALL_TRANSFERS,
    CUSTOMERS,
    PROJECT_INVOICES,
    REFERENCE_DATA,
    SALES_ORDERS,
    SERVICE_CALLS,
)
from tests.operating import causes
from tests.operating.dealers_world import KEPT_OUT, LOCATION, OTHER, Line, World, dealers_world

MAP_IT = "give it the customer number as Company ID or Account ID, or link the two"

SCANNED = (
    # Customers
    Line("EA-13", "two companies carry its number", CUSTOMERS, customers.number_in_two_companies,
         "could be: company", "Leave the number 10006 in the Company ID or Account ID of the right company only"),
    Line("EA-15", "no custom property configuration", CUSTOMERS, customers.no_custom_properties,
         "has no custom property ZCJ_CW_CompanyID", "assign the customer a custom property configuration"),
    Line("EA-17", "opted out", CUSTOMERS, KEPT_OUT, "Its custom property ZCJ_SyncToCW is No", ""),
    Line("EA-22", "the location's customer is not mapped", CUSTOMERS, LOCATION,
         f"is a location of customer {KEPT_OUT}, which is not linked to a company yet", f"Settle customer {KEPT_OUT}"),
    Line("EA-19", "who wrote it, and when", CUSTOMERS, "10001", "sync: Updated company 250 in ConnectWise", ""),
    Line("EA-21", "to which company it is linked", CUSTOMERS, "10001", "linked to: customer 10001 ", ""),
    Line("EA-22", "to which site it is linked", CUSTOMERS, "10001-01", "linked to: site ", ""),
    # Agreements
    Line("EA-26", "the invoice's status", AGREEMENTS, causes.invoice_in_another_status,
         "Its status is 'New'", "only Ready is taken"),
    Line("EA-28", "the customer is mapped", AGREEMENTS, agreements.no_customer, "which is not mapped yet", MAP_IT),
    Line("EA-28", "the bill-to customer is mapped", AGREEMENTS, agreements.bill_to_opted_out,
         "which is not mapped yet (Its custom property ZCJ_SyncToCW is No)", MAP_IT),
    Line("EA-29", "what e-automate said of the invoice", AGREEMENTS, agreements.rejected,
         "Items that do not exist: CLOUD-PBX", "Correct what it names"),
    Line("EA-32", "whether it is tried again untouched", AGREEMENTS, agreements.rejected,
         "next try 2026-", "the invoice is handed in again by itself"),
    Line("EA-31", "the contract is inactive", AGREEMENTS, agreements.inactive,
         "is inactive, so that it is in no contract billing queue", "Activate the contract"),
    Line("EA-33", "billed before the sync", AGREEMENTS, agreements.billed_before,
         "E-automate has billed contract MS-1002 already", "void and reset contract invoice CI10001"),
    Line("EA-36", "a terminated contract is linked", AGREEMENTS, agreements.terminated,
         "is terminated in e-automate", "crosswise unlink cw#agreement-contract#"),
    Line("EA-37", "the template's name, and no default", AGREEMENTS, agreements.no_template,
         "no template contract '**CW Block Time', the same to the character", "Make a template contract"),
    # Service calls
    Line("EA-39", "the customer is mapped", SERVICE_CALLS, tickets.no_customer, "which is not mapped yet", MAP_IT),
    Line("EA-39", "the technician is mapped", SERVICE_CALLS, tickets.no_technician,
         "needs the member", "Give the e-automate technician the member's identifier"),
    Line("EA-39", "two technicians may be meant", REFERENCE_DATA, customers.two_technicians_of_one_name,
         "could be: technician T801", "crosswise relink"),
    Line("EA-40", "the company on the ticket", SERVICE_CALLS, tickets.wrong_company, "needs the company Typo", MAP_IT),
    Line("EA-06", "the contract of its agreement", SERVICE_CALLS, tickets.no_contract_yet,
         "is not mapped yet (Its status is 'New'; only Ready is taken)", "Settle what keeps the agreement's invoice"),
    Line("EA-42", "calls that bear its number", SERVICE_CALLS, tickets.two_calls_bear_its_number,
         "leads the description of several calls", "Link the ticket to the right one"),
    Line("EA-42", "its call is invoiced already", SERVICE_CALLS, tickets.its_call_is_invoiced,
         "is invoiced (or cancelled) already", "void the call's invoice or reopen the call"),
    Line("EA-44", "cancelled by a person", SERVICE_CALLS, causes.cancelled_ticket,
         "Cancelled by kim: an internal ticket", ""),
    Line("EA-45", "an error that is mailed no more", SERVICE_CALLS, tickets.hours_differ,
         "says 3.00 hours, but its time entries come to 2.00", "Correct the time entries"),
    Line("EA-51", "the ticket has no time", SERVICE_CALLS, tickets.no_time, "It has no time entry", ""),
    # Calls that move
    Line("EA-46", "which calls move", CALL_TRANSFERS, causes.call_of_another_type,
         "Its call type is 'SC'", "the filter admits REM"),
    Line("EA-49", "the call is on hold", CALL_TRANSFERS, calls.on_hold,
         "It is on hold (PARTS)", "Taken off hold, it is tried"),
    Line("EA-60", "the call is on hold", CALL_TRANSFERS, calls.on_hold, "It is on hold (PARTS)", "on the next pass"),
    Line("EA-04", "the call's customer is mapped", CALL_TRANSFERS, calls.customer_opted_out,
         "is not mapped yet (Its custom property ZCJ_SyncToCW is No)", "Map the customer"),
    # Projects
    Line("EA-52", "the item of the fixed fee", PROJECT_INVOICES, projects.item_at_another_price,
         "whose list price is 2 in place of 1.00", "make CW-PRODUCTS an active non-inventory item"),
    Line("EA-53", "a down payment", PROJECT_INVOICES, projects.down_payment,
         "Down-payment invoices are not synced", "make it by hand in e-automate"),
    Line("EA-04", "the project's customer is mapped", PROJECT_INVOICES, projects.no_customer, "not mapped yet", MAP_IT),
    # Orders
    Line("EA-55", "reached, but not inserted", SALES_ORDERS, orders.no_products,
         "was not inserted: it has no product", "Add its products in ConnectWise"),
    Line("EA-56", "the customer is mapped", SALES_ORDERS, orders.no_customer, "not mapped yet", MAP_IT),
    Line("EA-57", "the order's status", SALES_ORDERS, orders.not_ready,
         "Not picked up: its status is New", "orders are picked up in Ready to Order"),
    Line("EA-58", "no template for its product type", SALES_ORDERS, orders.no_template,
         "has the error item CW-ERROR", "give its product type a template"),
    Line("EA-61", "the template lacks codes", SALES_ORDERS, orders.template_without_code,
         "template T-HARDWARE", "with a sales code and an inventory or expense code"),
)  # fmt: skip

LATER = (
    Line("EA-23", "the number of another customer", CUSTOMERS, customers.number_of_another,
         "carries HOUSE, the number of another customer", "Correct Company ID or Account ID in ConnectWise"),
    Line("EA-24", "the fields are right, the link is not", CUSTOMERS, customers.number_of_another,
         "linked to: ", "if the link itself is wrong, then relink it here as well"),
    Line("EA-37", "the default template was used", AGREEMENTS, agreements.default_template,
         "made from the default template '**CW Default'", "make a template contract '**CW Hosting'"),
    Line("EA-34", "the contract invoice was not renumbered", AGREEMENTS, agreements.billed_under_an_old_number,
         "which was not renumbered to", "void and reset contract invoice 29871"),
    Line("EA-35", "an earlier number in its PO", AGREEMENTS, agreements.billed_under_an_old_number,
         "Its PO number holds 29871", "is in the PO number of contract"),
    Line("EA-30", "found by the invoice's number", AGREEMENTS, causes.synced_invoice, "linked to: contract import", ""),
    Line("EA-41", "the company was changed afterwards", SERVICE_CALLS, tickets.company_changed,
         "is company Moved", "Set the ticket back to its company in ConnectWise"),
    Line("EA-50", "the closed ticket's status", SERVICE_CALLS, tickets.other_status,
         "Its status is Completed", "the settings take Ready to Invoice"),
    Line("EA-50", "the status of the moved call's ticket", SERVICE_CALLS, causes.moved_call_whose_ticket_is_open,
         "Its status is New", "the settings take Ready to Invoice"),
    Line("EA-47", "the attempt failed", CALL_TRANSFERS, calls.refused, "ConnectWise refused", "Correct the record"),
    Line("EA-48", "the ticket could not be made", CALL_TRANSFERS, calls.refused,
         "Cost centre", "it is tried again by itself"),
    Line("EA-54", "the invoice was changed afterwards", PROJECT_INVOICES, projects.invoice_changed,
         "The call is left as it is", "Correct the call in e-automate or the invoice in ConnectWise"),
)  # fmt: skip

NEVER_SCANNED = (
    Line("EA-13", "no company carries its number", CUSTOMERS, causes.with_a_number_nowhere,
         "No company carries the number K4", "as Company ID or Account ID, and create_missing is off", OTHER),
    Line("EA-13", "the company carries no customer's number", CUSTOMERS, causes.company_without_number,
         "No customer's number stands in its Company ID or Account ID", ""),
    Line("EA-16", "the customer type", CUSTOMERS, causes.of_another_type,
         "Its customer type is 'COPY'", "the filter admits MSP", OTHER),
    Line("EA-16", "the branch", CUSTOMERS, causes.of_another_branch, "Its branch is '2'", "the filter admits 1", OTHER),
    Line("EA-16", "the contract type", CUSTOMERS, causes.without_contract,
         "Its contract type is empty", "the filter admits MS", OTHER),
    Line("EA-25", "the agreement was never invoiced", AGREEMENTS, causes.agreement_without_invoice,
         "It has no invoice yet that could become a contract", ""),
    Line("EA-26", "the invoice's date", AGREEMENTS, causes.invoice_before_the_first_day,
         "It is dated 2026-08-01", "those before 2026-10-01 are left alone", OTHER),
    Line("EA-27", "the agreement's type", AGREEMENTS, causes.agreement_of_another_type,
         "Its agreement's type is 'Managed Services Gold'", "only Block Time is taken", OTHER),
    Line("EA-42", "the status that the flow uses", SERVICE_CALLS, causes.ticket_in_another_status,
         "Its status is In Progress", "the settings take Ready to Invoice"),
    Line("EA-42", "nothing is wrong, it was not seen", SERVICE_CALLS, causes.ready_ticket,
         "Nothing keeps it back (create call)", "crosswise sync eautomate_service_calls --mode comprehensive"),
    Line("EA-43", "it goes by invoices, and there is none", SERVICE_CALLS, causes.ticket_without_invoice,
         "Calls are made of invoices here", "as the setting mode says", OTHER),
    Line("EA-43", "the invoice's status", SERVICE_CALLS, causes.service_invoice_in_another_status,
         "Its status is New", "the settings take Ready", OTHER),
    Line("EA-46", "no filter says which calls move", CALL_TRANSFERS, causes.call_of_another_type,
         "No filter says which calls move", "call type, territory", OTHER),
    Line("EA-59", "another flow bills it", PROJECT_INVOICES, causes.service_invoice_in_another_status,
         "It belongs to no project", "eautomate_service_calls bills it"),
    Line("EA-59", "a project's ticket", SERVICE_CALLS, causes.project_ticket,
         "It is a project's ticket", "eautomate_project_invoices bills it"),
    Line("EA-54", "the project was never invoiced", PROJECT_INVOICES, causes.project_without_invoice,
         "No invoice of this project is waiting", ""),
    Line("EA-54", "the project invoice's status", PROJECT_INVOICES, causes.project_invoice_in_another_status,
         "Its status is 'New'", "the settings take Ready"),
    Line("EA-55", "not picked up", SALES_ORDERS, causes.order_in_another_status,
         "Not picked up: its status is New", "orders are picked up in Ready to Order"),
    Line("EA-56", "the error item lacks a code", SALES_ORDERS, orders.error_item_without_code,
         "the error item CW-ERROR has no sales code", "give item CW-ERROR a sales code"),
    Line("EA-62", "an on-hold code is inactive", SALES_ORDERS, orders.on_hold_code_inactive,
         "e-automate lacks on-hold codes that the settings name: REVIEW (inactive)", "Add them in e-automate"),
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """All causes made, scanned where they are to be, and asked for."""
    with dealers_world() as made:
        made.make(SCANNED)
        made.sync()
        made.mail()
        made.ask(SCANNED)
        made.ask_agreement(agreements.terminated)
        made.make(LATER)
        made.pass_a_day()
        made.ask(LATER)
        made.make(NEVER_SCANNED)
        made.ask(NEVER_SCANNED)
        yield made


LINES = (*SCANNED, *LATER, *NEVER_SCANNED)


@pytest.mark.parametrize("line", [pytest.param(line, marks=pytest.mark.rule(line.rule)) for line in LINES], ids=str)
def test_why_names_the_cause_and_what_to_do(world: World, line: Line) -> None:
    said = world.said[line]
    assert any(line.cause in answer and line.fix in answer for answer in said), "\n\n".join(said) or "nothing is known"
    assert line not in NEVER_SCANNED or any("the table knows nothing of it" in answer for answer in said)


@pytest.mark.parametrize("line", NEVER_SCANNED, ids=str)
def test_the_address_of_an_answer_can_be_asked_for_again(world: World, line: Line) -> None:
    address = re.search(r"\(((?:cw|partner)#[^,]+), ", world.said[line][0])
    assert address is not None
    (again,) = world.why(address[1], line.flow, line.connection)
    assert told(again) in world.said[line]


@pytest.mark.parametrize(
    ("cause", "flow", "connection", "how", "kind"),
    [
        (causes.order_in_another_status, SALES_ORDERS, CONNECTION, "cw{id}", "order-order"),
        (causes.service_invoice_in_another_status, SERVICE_CALLS, OTHER, "{ticket}", "invoice-call"),
        (causes.call_of_another_type, SERVICE_CALLS, CONNECTION, "{number}", "ticket-call"),
        (causes.project_without_invoice, PROJECT_INVOICES, CONNECTION, "{id}", "project"),
        (causes.project_without_invoice, PROJECT_INVOICES, CONNECTION, "REWIRING", "project"),
        (causes.company_without_number, CUSTOMERS, CONNECTION, "{identifier}", "customer-company"),
    ],
)
def test_a_record_is_found_by_any_number_that_people_know(
    world: World, cause: Any, flow: str, connection: str, how: str, kind: str
) -> None:
    text = how.format(**world.facts(world.made[cause].record))
    assert any(kind in str(answer.record) and answer.asked for answer in world.why(text, flow, connection))


@pytest.mark.rule("EA-36")
def test_an_agreement_is_answered_for_by_the_invoice_that_waits(world: World) -> None:
    """A contract that is linked and in step waits all the same, with the invoice that it is to carry."""
    (answer,) = world.agreement_said
    assert "issue" in answer.splitlines()[0]
    assert "is terminated in e-automate, so that invoice" in answer
    assert "CONTRACT_TERMINATED: If the agreement goes on, unlink the two: crosswise unlink cw#agreement-" in answer


def test_of_several_connections_no_flow_is_asked(world: World) -> None:
    text = world.typed(world.made[causes.ready_ticket].record)
    answers, hindered = world.asked(text, SERVICE_CALLS, None)
    assert answers == []
    assert hindered == ["the table alone was asked; name one connection (--connection) to have its flows asked, too"]


@pytest.mark.rule("EA-07")
def test_of_a_flow_that_is_not_in_use_that_is_said(world: World) -> None:
    used = world.scene.store.flows.connection(OTHER)
    assert used is not None
    rest = used.model_copy(update={"flows": {CALL_TRANSFERS: {}}})
    with pytest.raises(Failed, match=r"'eautomate_service_calls' is not in use .*; in use: eautomate_call_transfers"):
        flows_meant([rest], None, SERVICE_CALLS)
