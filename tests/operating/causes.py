"""Causes of what the check lists ask for, beside the failures of the demo: each makes its record in both simulators."""

from __future__ import annotations

from typing import Any

from infra.local.demo.failures import Made, Scene, tickets
from infra.local.demo.month import INVOICES
from shared.partners.eautomate import AGREEMENTS, CALL_TRANSFERS
from shared.sync.record import Ref


def _made(kind: str, record: object, side: str = "cw") -> Made:
    return Made(Ref(kind, "partner" if side == "partner" else "cw", str(record)), lambda: None)


def _customer(scene: Scene, number: str, **fields: Any) -> Made:
    row = scene.eautomate.add_customer(number, f"Customer {number}", **fields)
    return _made("customer-company", row.id, "partner")


def of_another_type(scene: Scene) -> Made:
    return _customer(scene, "K1", CustomerTypeCode="COPY")


def of_another_branch(scene: Scene) -> Made:
    return _customer(scene, "K2", CustomerTypeCode="MSP", BranchNumber="2")


def without_contract(scene: Scene) -> Made:
    return _customer(scene, "K3", CustomerTypeCode="MSP", BranchNumber="1")


def with_a_number_nowhere(scene: Scene) -> Made:
    made = _customer(scene, "K4", CustomerTypeCode="MSP", BranchNumber="1")
    scene.eautomate.contracts.add("MS-1", "K4", Type="MS")
    return made


def company_without_number(scene: Scene) -> Made:
    return _made("customer-company", scene.dealer.stranger("Numberless").company)


def invoice_in_another_status(scene: Scene) -> Made:
    invoice = scene.dealer.bills(scene.dealer.agreement(scene.customer()), status={"name": "New"})
    return _made("invoice-import", invoice["id"])


def agreement_of_another_type(scene: Scene) -> Made:
    return _made("invoice-import", scene.dealer.bills(scene.dealer.agreement(scene.customer()))["id"])


def invoice_before_the_first_day(scene: Scene) -> Made:
    invoice = scene.dealer.bills(scene.dealer.agreement(scene.customer()), date="2026-08-01T00:00:00Z")
    return _made("invoice-import", invoice["id"])


def agreement_without_invoice(scene: Scene) -> Made:
    return _made("agreement-contract", scene.dealer.agreement(scene.customer()))


def synced_invoice(scene: Scene) -> Made:
    return Made(scene.synced(AGREEMENTS, "invoice-import").ref("cw"), lambda: None)


def ready_ticket(scene: Scene) -> Made:
    return _made("ticket-call", scene.dealer.ticket(scene.customer(), 1))


def ticket_in_another_status(scene: Scene) -> Made:
    return _made("ticket-call", scene.dealer.ticket(scene.customer(), 1, status="In Progress"))


def ticket_without_invoice(scene: Scene) -> Made:
    return _made("ticket-call", scene.dealer.ticket(scene.customer(), 1))


def service_invoice_in_another_status(scene: Scene) -> Made:
    of = scene.customer()
    ticket = scene.dealer.ticket(of, 1)
    made = scene.psa.add(
        INVOICES, type="Standard", company={"id": of.company}, status={"name": "New"}, applyToType="Ticket",
        applyToId=ticket, serviceTotal=100,
    )  # fmt: skip
    return _made("project-invoice-call", made["id"])


def cancelled_ticket(scene: Scene) -> Made:
    made = tickets.by_accident(scene)
    made.repair()
    return made


def moved_call_whose_ticket_is_open(scene: Scene) -> Made:
    return Made(scene.synced(CALL_TRANSFERS, "call-ticket").ref("partner"), lambda: None)


def call_of_another_type(scene: Scene) -> Made:
    number = scene.dealer.call(scene.customer(), "SC")
    return _made("call-ticket", scene.eautomate.calls[number].id, "partner")


def project_without_invoice(scene: Scene) -> Made:
    made = scene.dealer.project(scene.customer(), 100.0)
    scene.psa.delete(INVOICES, made["id"])
    scene.psa.edit("project/projects", made["project"]["id"], name="Rewiring")
    return _made("project", made["project"]["id"])


def project_invoice_in_another_status(scene: Scene) -> Made:
    made = scene.dealer.project(scene.customer(), 300.0)
    scene.psa.edit(INVOICES, made["id"], status={"name": "New"})
    return _made("project-invoice-call", made["id"])


def project_ticket(scene: Scene) -> Made:
    project = scene.psa.records("project/projects")[0]
    phase = scene.psa.add(f"project/projects/{project['id']}/phases", description="Rollout")
    made = scene.psa.add(
        "project/tickets", summary="Cabling", project={"id": project["id"]}, phase={"id": phase["id"]},
        company={"id": project["company"]["id"]}, board={"name": "Projects"},
    )  # fmt: skip
    return _made("ticket-call", made["id"])


def order_in_another_status(scene: Scene) -> Made:
    return _made("order-order", scene.dealer.order(scene.customer(), "TONER", status="New"))
