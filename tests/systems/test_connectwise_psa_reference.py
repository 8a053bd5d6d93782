"""What the ConnectWise adapter reads of the data that other records name: members, types, terms, tax codes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from infra.local.simulators.psa import PsaSimulator
from shared.systems.connectwise_psa import BillingTerm, Member, Psa, SalesTax, ServiceType, TaxCode, WorkType
from shared.systems.connectwise_psa.reference import BILLING_TERMS, MEMBERS, TAX_CODES, WORK_TYPES, service_types


def test_a_member_is_read_with_all_that_tells_who_it_is(simulator: PsaSimulator, psa: Psa) -> None:
    simulator.add(
        MEMBERS, identifier="JReed", licenseClass="F", firstName=" Jordan", lastName="Reed ",
        hireDate="2020-01-01T00:00:00Z", defaultEmail="Office", defaultPhone="Office",
        officeEmail="j.reed@example.com", mobileEmail="reed@example.net",
        primaryEmail="j.reed@example.com", employeeIdentifer="0042", inactiveFlag=True, securityRole={"id": 1},
    )  # fmt: skip
    member = psa.records(MEMBERS, None, Member)[-1]
    assert (member.identifier, member.full_name, member.employee_id, member.license) == (
        "JReed",
        "Jordan Reed",
        "0042",
        "F",
    )
    assert member.emails == ("j.reed@example.com", "reed@example.net")
    assert member.inactive


def test_setup_tables_are_read_by_what_they_are_called(psa: Psa) -> None:
    assert [row.name for row in psa.records(WORK_TYPES, None, WorkType)] == ["Regular", "After Hours"]
    assert [row.name for row in psa.records(BILLING_TERMS, None, BillingTerm)] == ["Net 30 days", "Due on receipt"]
    codes = psa.records(TAX_CODES, None, TaxCode)
    assert [(row.identifier, row.name) for row in codes] == [("FL-TPA", "Tampa, Florida"), ("MA", "Massachusetts")]


def test_a_tax_has_the_rates_of_its_levels_together(simulator: PsaSimulator, psa: Psa) -> None:
    made = {"invoiceCaption": "Tax", "effectiveDate": "2020-01-01T00:00:00Z"}
    simulator.add(
        TAX_CODES, identifier="TX", description="Texas", levelOneRate=0.0625, levelTwoRate=0.02,
        levelTwoRateType="Percent", cancelDate="2026-11-02T00:00:00Z", **made,
    )  # fmt: skip
    simulator.add(TAX_CODES, identifier="FLAT", description="Flat", levelOneRate=2, levelOneRateType="Amount", **made)
    simulator.add(TAX_CODES, identifier="NONE", description="None", **made)
    texas, flat, none = psa.records(TAX_CODES, None, SalesTax)[-3:]
    assert (texas.percent, flat.percent, none.percent) == (Decimal("8.25"), None, 0)
    assert [texas.ended(date(2026, 11, day)) for day in (2, 3)] == [False, True]
    assert not none.ended(date(2026, 11, 3))


def test_service_types_are_those_of_every_active_board(simulator: PsaSimulator, psa: Psa) -> None:
    boards = simulator.records("service/boards")
    simulator.edit("service/boards", boards[1]["id"], inactiveFlag=True)
    found = service_types(psa)
    assert {(type_.board, type_.board_id) for type_ in found} == {
        (board["name"], board["id"]) for board in (boards[0], boards[2])
    }
    assert [type_.name for type_ in found if type_.board == "Help Desk"] == ["Break-fix", "Request", "Project work"]
    assert len({type_.id for type_ in found}) == len(found)
    assert all(isinstance(type_, ServiceType) and not type_.inactive for type_ in found)
