"""Failures of customers and technicians: numbers in the wrong company, what cannot be written to, names of two."""

from __future__ import annotations

from infra.local.demo.failures.failure import Failure, Made, Scene
from infra.local.demo.month import COMPANIES
from shared.partners.eautomate import CUSTOMER, CUSTOMERS, REFERENCE_DATA, TECHNICIAN
from shared.sync.record import Ref


def number_in_two_companies(scene: Scene) -> Made:
    """As the stage has set it; the company with the number as Account ID is the right one."""
    found = scene.open_issues(CUSTOMERS, "AMBIGUOUS_MATCH")
    record = next(one.issue.record for one in found if len(one.issue.about) > 1)
    company = _company_of(scene, record)
    return Made(record, lambda: scene.relink(CUSTOMERS, record, company))


def no_custom_properties(scene: Scene) -> Made:
    record = scene.open_issues(CUSTOMERS, "CUSTOM_PROPERTY_MISSING")[0].issue.record
    return Made(record, lambda: scene.eautomate.customers.configure(_number(scene, record)))


def refused_by_connectwise(scene: Scene) -> Made:
    record = scene.open_issues(CUSTOMERS, "REFUSED")[0].issue.record
    company = _company_of(scene, record)

    def repair() -> None:
        scene.psa.edit(COMPANIES, company, yearEstablished=1998)
        scene.retry(CUSTOMERS, record)

    return Made(record, repair)


def number_of_another(scene: Scene) -> Made:
    """Somebody gives the company of a linked customer another one's number."""
    numbers = {row["id"]: row.get("accountNumber") for row in scene.psa.records(COMPANIES)}
    one = next(each for each in scene.dealer.customers if numbers[each.company] == each.number)
    scene.psa.edit(COMPANIES, one.company, accountNumber="HOUSE")
    record = Ref(CUSTOMER.kind, "partner", str(scene.eautomate.customers[one.number].id))
    return Made(record, lambda: scene.psa.edit(COMPANIES, one.company, accountNumber=one.number))


def two_technicians_of_one_name(scene: Scene) -> Made:
    member = scene.dealer.staff[-1]
    right, _ = scene.dealer.technician(member, "T801"), scene.dealer.technician(member, "T802")
    record = Ref(TECHNICIAN.kind, "cw", str(member["id"]))
    return Made(record, lambda: scene.relink(REFERENCE_DATA, record, right))


def _number(scene: Scene, record: Ref) -> str:
    return next(row.number for row in scene.eautomate.customers if str(row.id) == record.id)


def _company_of(scene: Scene, record: Ref) -> int:
    number = _number(scene, record)
    return int(next(row["id"] for row in scene.psa.records(COMPANIES) if row.get("accountNumber") == number))


FAILURES = (
    Failure("EA-13", CUSTOMERS, "AMBIGUOUS_MATCH", number_in_two_companies, "relinks it to the right company"),
    Failure("EA-15", CUSTOMERS, "CUSTOM_PROPERTY_MISSING", no_custom_properties, "assigns the configuration"),
    Failure("", CUSTOMERS, "REFUSED", refused_by_connectwise, "corrects the company, and presses retry"),
    Failure("EA-23", CUSTOMERS, "LINK_DISAGREES", number_of_another, "sets the Account ID back", late=True),
    Failure("EA-39", REFERENCE_DATA, "AMBIGUOUS_MATCH", two_technicians_of_one_name, "relinks the member"),
)
