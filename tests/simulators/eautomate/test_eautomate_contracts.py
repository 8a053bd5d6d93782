"""The e-automate simulator's contracts: read over SOAP, written through the contract import gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.eautomate.contracts import Line
from infra.local.simulators.eautomate.store import Refused
from tests.simulators.eautomate.client import EVERYTHING, ZeepApi, code, plain, refusal

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = (date(2026, 12, 1), date(2026, 12, 31))
IMPORT = {
    "sourceInvoice": "5001",
    "sourceAgreement": "31",
    "customer": "C1",
    "templateNumber": "**CW Managed IT",
    "poNumber": "5001",
    "periodStart": "2026-11-01",
    "periodEnd": "2026-11-30",
    "lines": [{"item": "MIT", "qty": "10", "price": "45.50"}, {"item": "MIT", "qty": 1, "price": 99.5}],
}


@pytest.fixture(autouse=True)
def sim(sim: EautomateSimulator) -> EautomateSimulator:
    sim.add_customer("C1", "Acme")
    sim.add_customer("C2", "Beta")
    sim.items.add("MIT", "Managed IT", SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
    sim.contracts.add_template("**CW Managed IT", "C2", Type="MS", BillingCycle="MONTHLY", BillCode="COVERED")
    return sim


@pytest.fixture
def gateway(sim: EautomateSimulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sim.url, auth=("demo", "demo")) as client:
        yield client


def settled(gateway: httpx.Client, **changes: Any) -> Any:
    """An import as the gateway shows it once it is applied or rejected; a change to None leaves a field out."""
    body = {name: value for name, value in {**IMPORT, **changes}.items() if value is not None}
    posted = gateway.post("/contract-imports", json=body)
    assert posted.status_code == 201, posted.text
    return gateway.get(posted.headers["Location"]).json()


class TestSoap:
    def test_a_contract_is_found_by_id_only(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        row = sim.contracts.add("CN1", "C1", BaseRate=Decimal("99.5"))

        assert plain(api.getContract(ContractNumber=code(row.id)))["ContractNumber"] == "CN1"
        assert api.getContract(ContractNumber=code("CN1")) is None
        assert api.getContract(ContractNumber=code(row.id + 999)) is None

    def test_lists_are_by_time_and_by_customer(self, sim: EautomateSimulator, api: ZeepApi, clock: Any) -> None:
        sim.contracts.add("CN1", "C1")
        sim.contracts.add("CN2", "C2")
        of_c1 = api.getContractListForCustomer(CustomerNumber=code("C1"), TimeStamp=EVERYTHING)
        assert plain(of_c1)["Details"]["ContractListDetail"] == [{"ContractNumber": "CN1", "Active": True}]

        clock.turn(minutes=1)
        stamp = api.getCurrentTimeStamp()
        sim.contracts.deactivate("CN2")
        rows = plain(api.getContractList(TimeStamp=stamp))["Details"]["ContractListDetail"]
        assert rows == [{"ContractNumber": "CN2", "Active": False}]
        missing = {"CustomerNumber": code("C9"), "TimeStamp": EVERYTHING}
        assert refusal(lambda: api.getContractListForCustomer(**missing)).message == "Customer not found."

    @pytest.mark.rule("EA-36")
    def test_a_terminated_contract_says_so(self, sim: EautomateSimulator, api: ZeepApi) -> None:
        row = sim.contracts.add("CN1", "C1")
        sim.contracts.terminate("CN1")
        read = plain(api.getContract(ContractNumber=code(row.id)))

        assert (read["Active"], read["Status"]) == (False, "T")
        assert read["ExpDate"] is not None


class TestImports:
    def test_an_import_is_staged_then_applied(self, sim: EautomateSimulator, gateway: httpx.Client, clock: Any) -> None:
        sim.contract_imports.delay = timedelta(minutes=5)
        posted = gateway.post("/contract-imports", json=IMPORT).json()
        clock.turn(minutes=4, seconds=59)
        waiting = gateway.get(f"/contract-imports/{posted['id']}").json()
        clock.turn(seconds=1)
        applied = gateway.get(f"/contract-imports/{posted['id']}").json()

        assert (posted["state"], posted["receivedAt"]) == ("staged", "2026-11-02T09:00:00.000Z")
        assert {name: posted[name] for name in ("sourceInvoice", "templateNumber", "poNumber", "periodEnd")} == {
            name: IMPORT[name] for name in ("sourceInvoice", "templateNumber", "poNumber", "periodEnd")
        }
        assert posted["lines"][0] == {"item": "MIT", "qty": "10", "price": "45.50", "description": ""}
        assert waiting == posted
        assert (applied["state"], applied["settledAt"]) == ("applied", "2026-11-02T09:05:00.000Z")
        assert applied["errors"] == []
        assert len(sim.contracts.of_agreement("31")) == 1

    def test_a_gateway_that_stands_still_applies_nothing(
        self, sim: EautomateSimulator, gateway: httpx.Client, clock: Any
    ) -> None:
        sim.contract_imports.held = True
        waiting = settled(gateway)
        clock.turn(days=2)

        assert gateway.get(f"/contract-imports/{waiting['id']}").json()["state"] == "staged"

    @pytest.mark.rule("EA-37")
    def test_a_new_contract_is_made_from_its_template(
        self, sim: EautomateSimulator, gateway: httpx.Client, api: ZeepApi
    ) -> None:
        contract = settled(gateway, billTo="C2", remarks="CW invoice 5001")["contract"]
        read = plain(api.getContract(ContractNumber=code(contract["id"])))

        assert contract == {
            "id": sim.contracts[contract["number"]].id,
            "number": contract["number"],
            "created": True,
            "active": True,
            "poNumber": "5001",
            "remarks": "CW invoice 5001",
            "billTo": "C2",
        }
        assert (read["Customer"], read["Type"], read["BillingCycle"], read["BillCode"]) == (
            "C1",
            "MS",
            "MONTHLY",
            "COVERED",
        )
        assert (read["BaseRate"], read["Remarks"], read["Active"]) == (554.5, "CW invoice 5001", True)
        assert sim.contracts.terms[contract["id"]].lines == (
            Line("MIT", Decimal(10), Decimal("45.50")),
            Line("MIT", Decimal(1), Decimal("99.5")),
        )

    @pytest.mark.rule("EA-32")
    def test_an_import_for_a_contract_changes_it(self, sim: EautomateSimulator, gateway: httpx.Client) -> None:
        number = settled(gateway)["contract"]["number"]
        changed = settled(
            gateway,
            sourceInvoice="5002",
            poNumber="5002",
            contractNumber=number,
            templateNumber=None,
            endDate="2027-10-31",
            lines=[{"item": "MIT", "qty": 12, "price": "45.50"}],
        )

        assert changed["contract"]["number"] == number
        assert (changed["contract"]["created"], changed["contract"]["poNumber"]) == (False, "5002")
        assert len(sim.contracts.of_agreement("31")) == 1
        row = sim.contracts[number]
        assert (row.values["BaseRate"], row.values["ExpDate"].date()) == (Decimal("546.00"), date(2027, 10, 31))

    def test_a_cancellation_terminates_the_contract(self, sim: EautomateSimulator, gateway: httpx.Client) -> None:
        number = settled(gateway)["contract"]["number"]
        ended = settled(gateway, contractNumber=number, templateNumber=None, cancelled=True, lines=None)

        assert (ended["state"], ended["contract"]["active"]) == ("applied", False)
        assert sim.contracts[number].values["Status"].code == "T"

    @pytest.mark.rule("EA-31")
    def test_an_inactive_contract_is_changed_and_stays_inactive(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        number = settled(gateway)["contract"]["number"]
        sim.contracts.deactivate(number)
        changed = settled(gateway, poNumber="5002", contractNumber=number)

        assert (changed["state"], changed["contract"]["active"]) == ("applied", False)

    @pytest.mark.parametrize(
        ("changes", "error", "says"),
        [
            ({"customer": "C9"}, "CUSTOMER_NOT_FOUND", "C9"),
            ({"billTo": "C9"}, "BILL_TO_NOT_FOUND", "C9"),
            ({"contractNumber": "CN9"}, "CONTRACT_NOT_FOUND", "CN9"),
            ({"templateNumber": "**CW Managed"}, "TEMPLATE_NOT_FOUND", "**CW Managed"),
            ({"templateNumber": "**cw managed it"}, "TEMPLATE_NOT_FOUND", "**cw managed it"),
            ({"templateNumber": "PLAIN"}, "TEMPLATE_NOT_FOUND", "PLAIN"),
            ({"lines": [{"item": "I9", "qty": 1, "price": 1}]}, "ITEM_NOT_FOUND", "I9"),
        ],
    )
    def test_what_cannot_be_applied_is_rejected(
        self, sim: EautomateSimulator, gateway: httpx.Client, changes: dict[str, Any], error: str, says: str
    ) -> None:
        sim.contracts.add("PLAIN", "C1")
        rejected = settled(gateway, **changes)

        assert rejected["state"] == "rejected"
        assert [one["code"] for one in rejected["errors"]] == [error]
        assert says in rejected["errors"][0]["message"]
        assert rejected["contract"] is None
        assert sim.contracts.of_agreement("31") == []

    def test_an_agreement_gets_no_second_contract_until_the_first_is_terminated(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        first = settled(gateway)["contract"]["number"]
        again = settled(gateway, sourceInvoice="5002")
        assert [one["code"] for one in again["errors"]] == ["CONTRACT_EXISTS"]
        assert first in again["errors"][0]["message"]

        sim.contracts.terminate(first)
        assert settled(gateway, contractNumber=first)["errors"][0]["code"] == "CONTRACT_TERMINATED"
        assert settled(gateway, sourceInvoice="5003")["contract"]["number"] != first

    def test_imports_are_found_by_the_foreign_invoice(self, gateway: httpx.Client) -> None:
        """How a client finds out whether an import whose answer was lost came in."""
        first, second = settled(gateway), settled(gateway)
        settled(gateway, sourceInvoice="5002")
        found = gateway.get("/contract-imports", params={"sourceInvoice": "5001"}).json()

        assert [one["id"] for one in found] == [first["id"], second["id"]]
        assert gateway.get("/contract-imports", params={"sourceInvoice": "9"}).json() == []

    @pytest.mark.parametrize(
        ("body", "field", "says"),
        [
            ("{", "", "JSON"),
            ({}, "sourceInvoice", "required"),
            ({**IMPORT, "note": "x"}, "note", "not permitted"),
            ({**IMPORT, "lines": []}, "", "at least one line"),
            ({**IMPORT, "lines": [{"item": "MIT", "qty": "many", "price": 1}]}, "lines.0.qty", "decimal"),
            ({**IMPORT, "templateNumber": None}, "", "templateNumber is required"),
            ({**IMPORT, "cancelled": True}, "", "contractNumber is required"),
            ({**IMPORT, "periodEnd": None}, "", "come together"),
            ({**IMPORT, "endDate": "31.12.2026"}, "endDate", "date"),
        ],
    )
    def test_a_body_that_is_no_import_is_refused(
        self, sim: EautomateSimulator, gateway: httpx.Client, body: Any, field: str, says: str
    ) -> None:
        sent = {"content": body} if isinstance(body, str) else {"json": body}
        answer = gateway.post("/contract-imports", **sent)

        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["code"] == "INVALID_IMPORT"
        assert any(one["field"] == field and says in one["message"] for one in error["details"]), error
        assert sim.contract_imports.by_id == {}


class TestInvoices:
    def test_billing_takes_the_po_number_as_invoice_number(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        number = settled(gateway, remarks="CW 5001")["contract"]["number"]
        sim.contracts.bill(number, *NOVEMBER)
        (invoice,) = gateway.get(f"/contracts/{number}/invoices").json()

        assert invoice == {
            "number": "5001",
            "contract": number,
            "poNumber": "5001",
            "remarks": "CW 5001",
            "billedAt": "2026-11-02T09:00:00.000Z",
            "periodStart": "2026-11-01",
            "periodEnd": "2026-11-30",
            "total": "554.50",
            "voided": False,
            "paid": False,
        }

    @pytest.mark.rule("EA-30")
    def test_without_a_po_number_the_number_is_taken_from_the_remarks(self, sim: EautomateSimulator) -> None:
        sim.contracts.add("CN1", "C1", Remarks="Call first.\nConnectWise invoice 5001")
        sim.contracts.add("CN2", "C1", Remarks="Call first.")

        assert sim.contracts.bill("CN1", *NOVEMBER).number == "5001"
        assert sim.contracts.bill("CN2", *NOVEMBER).number.startswith("CI")

    @pytest.mark.rule("EA-34")
    def test_a_contract_billed_before_its_import_keeps_the_old_number(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        number = settled(gateway)["contract"]["number"]
        sim.contracts.bill(number, *NOVEMBER)
        sim.contracts.bill(number, *DECEMBER)
        first, second = gateway.get(f"/contracts/{number}/invoices").json()

        assert (first["number"], first["poNumber"]) == ("5001", "5001")
        assert second["poNumber"] == "5001"
        assert second["number"] not in {"5001", "5002"}
        late = settled(
            gateway,
            sourceInvoice="5002",
            poNumber="5002",
            contractNumber=number,
            periodStart="2026-12-01",
            periodEnd="2026-12-31",
        )
        assert [one["code"] for one in late["errors"]] == ["ALREADY_BILLED"]
        assert late["contract"]["poNumber"] == "5001"

    @pytest.mark.rule("EA-33")
    def test_void_and_reset_lets_the_period_be_billed_again(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        number = settled(gateway)["contract"]["number"]
        early = sim.contracts.bill(number, *NOVEMBER, renumber=False)
        with pytest.raises(Refused, match="already billed"):
            sim.contracts.bill(number, *NOVEMBER)

        sim.contracts.void(early.number)
        again = sim.contracts.bill(number, *NOVEMBER)
        sim.contracts.pay(again.number)
        shown = gateway.get(f"/contracts/{number}/invoices").json()
        assert [(one["number"], one["voided"], one["paid"]) for one in shown] == [
            (early.number, True, False),
            ("5001", False, True),
        ]

    def test_an_inactive_contract_is_not_billed(self, sim: EautomateSimulator) -> None:
        sim.contracts.add("CN1", "C1")
        sim.contracts.deactivate("CN1")
        with pytest.raises(Refused, match="not active"):
            sim.contracts.bill("CN1", *NOVEMBER)

    def test_numbers_may_hold_signs_and_terms_can_be_changed(
        self, sim: EautomateSimulator, gateway: httpx.Client
    ) -> None:
        sim.contracts.add("A/1 b", "C1")
        sim.contracts.change_terms("A/1 b", po_number="77")
        sim.contracts.bill("A/1 b", *NOVEMBER)

        assert [one["number"] for one in gateway.get("/contracts/A%2F1%20b/invoices").json()] == ["77"]


class TestHttp:
    @pytest.mark.parametrize("auth", [None, ("demo", "wrong"), ("other", "demo")], ids=["none", "password", "user"])
    def test_bad_credentials_are_refused(self, sim: EautomateSimulator, auth: tuple[str, str] | None) -> None:
        answer = httpx.get(f"{sim.url}/contract-imports/1", auth=auth)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")

    @pytest.mark.parametrize("header", ["Bearer x", "Basic !", "Basic /w==", "Basic"])
    def test_nonsense_for_credentials_is_refused(self, sim: EautomateSimulator, header: str) -> None:
        answer = httpx.get(f"{sim.url}/contract-imports/1", headers={"Authorization": header})

        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("method", "path", "status", "error"),
        [
            ("GET", "/contract-imports/1", 404, "IMPORT_NOT_FOUND"),
            ("GET", "/contracts/CN9/invoices", 404, "CONTRACT_NOT_FOUND"),
            ("GET", "/contract-imports", 400, "QUERY_REQUIRED"),
            ("DELETE", "/contract-imports/1", 405, "METHOD_NOT_ALLOWED"),
        ],
    )
    def test_what_is_not_there_is_said_in_json(
        self, gateway: httpx.Client, method: str, path: str, status: int, error: str
    ) -> None:
        answer = gateway.request(method, path)

        assert (answer.status_code, answer.json()["error"]["code"]) == (status, error)

    def test_faults_are_ordered_by_route(self, sim: EautomateSimulator, gateway: httpx.Client) -> None:
        sim.faults.order("lost_answer", operation="^POST /contract-imports$")
        with pytest.raises(httpx.RemoteProtocolError):
            gateway.post("/contract-imports", json=IMPORT)
        assert len(gateway.get("/contract-imports", params={"sourceInvoice": "5001"}).json()) == 1

        sim.faults.order("status", operation="GET /contracts/{number}/invoices", status=429, retry_after=3)
        answer = gateway.get("/contracts/CN9/invoices")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
        assert answer.json()["error"]["code"] == "FAULT_ORDERED"
        assert sim.requests["GET /contracts/{number}/invoices"] == 1
