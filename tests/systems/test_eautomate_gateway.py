"""The contract import gateway's client against the simulator, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.local.cloud.clock import LocalClock
from infra.local.simulators.eautomate import EautomateSimulator
from infra.local.simulators.server import Request, Response, json_response
from shared.sync.connection import SystemSettings
from shared.sync.errors import (
    ConfigurationWrong,
    CredentialsRefused,
    OutcomeUnknown,
    RecordRejected,
    RetryLater,
    Throttled,
)
from shared.sync.plan import Step
from shared.systems.eautomate import ContractImport, Eautomate
from shared.systems.eautomate.gateway import ContractInvoice, Gateway
from shared.systems.http import Http
from tests.serving import serving

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
KEYS = {"user": "demo", "password": "demo"}
CONTENT: dict[str, Any] = {
    "source_invoice": "3200",
    "source_agreement": "300",
    "customer": "C1",
    "bill_to": "C2",
    "template_number": "**CW Gold",
    "po_number": "30001",
    "period_start": NOVEMBER[0],
    "period_end": NOVEMBER[1],
    "lines": ({"item": "MIT", "quantity": Decimal(10), "price": Decimal("12.345"), "description": "Licence"},),
}


@pytest.fixture
def simulator(clock: LocalClock) -> Iterator[EautomateSimulator]:
    with serving(EautomateSimulator(clock=clock.now)) as simulator:
        simulator.add_customer("C1", "First")
        simulator.add_customer("C2", "Second")
        simulator.items.add("MIT", "Licence", SalesCode="SVC", InventoryCode="SVC-EXP", ItemType=2)
        simulator.contracts.add_template("**CW Gold", "C2", Type="MS")
        yield simulator


@pytest.fixture
def eautomate(simulator: EautomateSimulator, clock: LocalClock, http: Http) -> Eautomate:
    return adapter(simulator, clock, http)


@pytest.fixture
def gateway(eautomate: Eautomate) -> Gateway:
    return eautomate.gateway


def adapter(
    simulator: EautomateSimulator, clock: LocalClock, http: Http, keys: dict[str, str] = KEYS, **settings: Any
) -> Eautomate:
    wanted = SystemSettings.model_validate({"base_url": simulator.url, "company": "1", **settings})
    return Eautomate(wanted, lambda **_: keys, clock, http)


def create(**changed: Any) -> Step:
    return Step("import", "eautomate", "contract_import", "create", fields={**CONTENT, **changed})


def test_an_import_says_just_what_it_was_given(
    simulator: EautomateSimulator, eautomate: Eautomate, gateway: Gateway
) -> None:
    simulator.contract_imports.held = True
    applied = eautomate.apply(create())
    assert isinstance(applied.record, ContractImport)
    assert applied.record.state == "staged"
    (found,) = gateway.imports("3200").all
    assert found == applied.record
    assert found.id == applied.id
    assert found.total == Decimal("123.45")
    assert found.model_dump(include=set(CONTENT)) == {
        **CONTENT,
        "lines": tuple(dict(line) for line in CONTENT["lines"]),
    }
    assert (found.contract_number, found.remarks, found.contract) == (None, None, None)


def test_what_became_of_it_is_told_with_the_gateways_time(
    simulator: EautomateSimulator, eautomate: Eautomate, gateway: Gateway, clock: LocalClock
) -> None:
    simulator.contract_imports.delay = timedelta(minutes=5)
    eautomate.apply(create())
    clock.turn(minutes=5)
    imports = gateway.imports("3200")
    assert imports.at == clock.now()
    (one,) = imports.all
    assert (one.state, one.received_at) == ("applied", clock.now() - timedelta(minutes=5))
    assert one.contract is not None
    assert str(simulator.contracts[one.contract.number].id) == one.contract.id
    eautomate.apply(create(source_agreement="301", customer="C9"))
    clock.turn(minutes=5)
    assert [(one.state, [fault.code for fault in one.errors]) for one in gateway.imports("3200").all] == [
        ("applied", []),
        ("rejected", ["CUSTOMER_NOT_FOUND"]),
    ]
    assert gateway.imports("nobody's").all == []


def test_contract_invoices_are_read_whole(
    simulator: EautomateSimulator, eautomate: Eautomate, gateway: Gateway, clock: LocalClock
) -> None:
    simulator.contracts.add("A/1 b", "C1", Remarks="See file")
    simulator.contracts.change_terms("A/1 b", po_number="30001")
    simulator.contracts.bill("A/1 b", *NOVEMBER)
    simulator.contracts.pay("30001")
    assert gateway.invoices("A/1 b") == [
        ContractInvoice(
            number="30001", po_number="30001", remarks="See file", billed_at=clock.now(), start=NOVEMBER[0],
            end=NOVEMBER[1], total=Decimal("0.00"), paid=True,
        )
    ]  # fmt: skip
    assert gateway.invoices("CN9") == []


def test_a_lost_answer_may_have_been_an_import(
    simulator: EautomateSimulator, eautomate: Eautomate, gateway: Gateway
) -> None:
    simulator.faults.order("lost_answer", operation="^POST /contract-imports$")
    with pytest.raises(OutcomeUnknown):
        eautomate.apply(create())
    assert len(gateway.imports("3200").all) == 1


def test_what_is_no_import_is_refused_in_the_gateways_words(eautomate: Eautomate) -> None:
    with pytest.raises(RecordRejected) as refusal:
        eautomate.apply(create(template_number=None))
    assert refusal.value.code == "INVALID_IMPORT"
    assert "templateNumber is required for a new contract" in refusal.value.words


def test_only_imports_are_made(eautomate: Eautomate) -> None:
    with pytest.raises(ValueError, match="no way to update"):
        eautomate.apply(Step("import", "eautomate", "contract_import", "update", "1", fields=CONTENT))


def test_a_gateway_that_is_throttled_or_broken_is_asked_later(simulator: EautomateSimulator, gateway: Gateway) -> None:
    simulator.faults.order("status", operation="GET /contract-imports", status=429, retry_after=7)
    with pytest.raises(Throttled) as throttled:
        gateway.imports("3200")
    assert throttled.value.after == 7
    assert throttled.value.pace_key.endswith("#1")
    simulator.faults.order("status", operation="GET /contract-imports", status=500)
    with pytest.raises(RetryLater, match="Fault ordered: 500"):
        gateway.imports("3200")


def test_keys_that_nobody_takes_are_refused_keys(simulator: EautomateSimulator, clock: LocalClock, http: Http) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        adapter(simulator, clock, http, {"user": "demo", "password": "pa55-word"}).gateway.check()
    assert "pa55-word" not in str(refused.value)


def test_keys_that_the_publicapi_takes_are_the_gateways_trouble(
    simulator: EautomateSimulator, gateway: Gateway
) -> None:
    simulator.faults.order("status", operation="GET /contract-imports", status=401, times=2)
    with pytest.raises(ConfigurationWrong, match="refuses the keys that the PublicAPI takes") as wrong:
        gateway.check()
    assert wrong.value.where == "systems.eautomate.gateway_url"


def test_an_address_without_a_gateway_is_named(simulator: EautomateSimulator, clock: LocalClock, http: Http) -> None:
    url = f"{simulator.url}/elsewhere/"
    with pytest.raises(ConfigurationWrong, match=r"no contract import gateway answers at .*/elsewhere: it said 404"):
        adapter(simulator, clock, http, gateway_url=url).gateway.check()
    adapter(simulator, clock, http, gateway_url=f"{simulator.url}/").gateway.check()


@pytest.mark.parametrize("url", ["http://gateway.example.com", "ftp://127.0.0.1", "https://user@gateway.example.com"])
def test_a_gateway_is_reached_by_https_alone(url: str) -> None:
    with pytest.raises(ValueError, match="must begin with https://"):
        SystemSettings.model_validate({"base_url": "https://ea.example.com", "gateway_url": url})


@pytest.mark.parametrize("body", [[{"id": 1}], {"id": 1}, "text"])
def test_an_unreadable_answer_is_no_answer(
    simulator: EautomateSimulator, eautomate: Eautomate, monkeypatch: pytest.MonkeyPatch, body: Any
) -> None:
    def nonsense(_: Request) -> Response:
        return json_response(body, 200)

    monkeypatch.setattr(simulator, "handle", nonsense)
    with pytest.raises(RetryLater, match="something unreadable"):
        eautomate.gateway.imports("3200")
    with pytest.raises(OutcomeUnknown, match="something unreadable"):
        eautomate.apply(create())
