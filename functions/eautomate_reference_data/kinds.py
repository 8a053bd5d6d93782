"""The seven kinds of pairs: how the lists of both sides are read, and by what their rows are matched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from functions.eautomate_reference_data.settings import KindName
from functions.eautomate_reference_data.situations import Entry, Kind
from shared.partners.eautomate import SALES_REP, TECHNICIAN
from shared.systems.connectwise_psa import BillingTerm, Member, Psa, ServiceType, SetupRow, TaxCode, WorkType
from shared.systems.connectwise_psa.reference import BILLING_TERMS, MEMBERS, TAX_CODES, WORK_TYPES, service_types
from shared.systems.eautomate import Code, Eautomate, Person

INACTIVE = "it is inactive"
API_MEMBER = "A"
"""The licence of members that are programs."""

PEOPLE_STEPS = ("identifier or employee number", "e-mail address", "full name")
CODE_STEPS = ("code", "description")


def fold(text: str) -> str:
    """How texts are compared: every run of blanks one blank, letter case aside."""
    return " ".join(text.split()).casefold()


def folded(*texts: str) -> frozenset[str]:
    return frozenset(map(fold, texts)) - {""}


def member(one: Member) -> Entry:
    """A member goes by identifier or employee number, by its e-mail addresses, by its full name."""
    unfit = INACTIVE if one.inactive else "it is an API member, no person" if one.license == API_MEMBER else ""
    return Entry(
        one.key,
        f"{one.identifier} ({one.full_name})" if one.full_name else one.identifier,
        (folded(one.identifier, one.employee_id), folded(*one.emails), folded(one.full_name)),
        (one.identifier, one.full_name),
        unfit,
    )


def person(one: Person) -> Entry:
    """e-automate gives no e-mail addresses, and no names of sales reps: the number itself may be either."""
    number = folded(one.number)
    emails = frozenset(each for each in number if "@" in each)
    names = folded(one.full_name) or number
    return Entry(one.id, str(one), (number, emails, names), (one.number,), "" if one.active else INACTIVE)


def row(one: SetupRow, *more: str, inactive: bool = False) -> Entry:
    """A row of a set-up table goes by its name, or what `more` it is known by."""
    names = (*more, one.name)
    return Entry(one.key, names[0], (folded(*names), folded(one.name)), names, INACTIVE if inactive else "")


def code(one: Code) -> Entry:
    keys = (folded(one.code), folded(one.description))
    return Entry(one.id, str(one), keys, (one.code,), "" if one.active else INACTIVE)


def _members(psa: Psa) -> list[Entry]:
    return [member(one) for one in psa.records(MEMBERS, None, Member)]


def _work_types(psa: Psa) -> list[Entry]:
    return [row(one, inactive=one.inactive) for one in psa.records(WORK_TYPES, None, WorkType)]


def _service_types(psa: Psa) -> list[Entry]:
    return [_service_type(one) for one in service_types(psa)]


def _service_type(one: ServiceType) -> Entry:
    """Known by its board, too, as each board has types of its own; matched by its name alone."""
    label = f"{one.board}/{one.name}"
    return Entry(
        one.key, label, (folded(one.name), folded(one.name)), (label, one.name), INACTIVE if one.inactive else ""
    )


def _territories(psa: Psa) -> list[Entry]:
    return [row(one) for one in psa.territories()]


def _billing_terms(psa: Psa) -> list[Entry]:
    return [row(one) for one in psa.records(BILLING_TERMS, None, BillingTerm)]


def _tax_codes(psa: Psa) -> list[Entry]:
    return [row(one, one.identifier) for one in psa.records(TAX_CODES, None, TaxCode)]


def _codes(read: Callable[[Eautomate], Iterable[Code]]) -> Callable[[Eautomate], list[Entry]]:
    return lambda eautomate: [code(one) for one in read(eautomate)]


def _people(name: KindName, other: str, setting: str, read: Callable[[Eautomate], Iterable[Person]]) -> Kind:
    def entries(eautomate: Eautomate) -> list[Entry]:
        return [person(one) for one in read(eautomate)]

    return Kind(name, "member", other, setting, PEOPLE_STEPS, False, _members, entries)


def _kinds() -> Iterator[Kind]:
    yield _people("member-technician", "technician", "technicians", lambda it: it.people.technicians())
    yield _people("member-sales-rep", "sales rep", "sales_reps", lambda it: it.people.sales_reps())
    yield Kind(
        "work-type-bill-code", "work type", "bill code", "bill_codes",
        CODE_STEPS, True, _work_types, _codes(lambda it: it.codes.bill()),
    )  # fmt: skip
    yield Kind(
        "service-type-call-type", "service type", "call type", "call_types",
        CODE_STEPS, True, _service_types, _codes(lambda it: it.codes.call_types()),
    )  # fmt: skip
    yield Kind(
        "territory-territory", "territory", "e-automate territory", "territories",
        CODE_STEPS, True, _territories, _codes(lambda it: it.codes.territories()),
    )  # fmt: skip
    yield Kind(
        "terms-terms", "billing term", "e-automate term", "terms",
        CODE_STEPS, True, _billing_terms, _codes(lambda it: it.codes.terms()),
    )  # fmt: skip
    yield Kind(
        "tax-code-tax-code", "tax code", "e-automate tax code", "tax_codes",
        CODE_STEPS, True, _tax_codes, _codes(lambda it: it.codes.tax()),
    )  # fmt: skip


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _kinds()}

assert {TECHNICIAN.kind, SALES_REP.kind} <= set(KINDS)
