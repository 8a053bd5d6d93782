"""Builds situations of the customer flow: a customer, what it is linked to or may be, and the plan that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from functions.eautomate_customers.facts import facts, opted_out
from functions.eautomate_customers.mapping import watched, watched_customer
from functions.eautomate_customers.matching import BY_ACCOUNT_ID, match_company, match_site
from functions.eautomate_customers.rules import decide
from functions.eautomate_customers.settings import CustomerSettings
from functions.eautomate_customers.situations import (
    COMPANY,
    SITE,
    Candidate,
    LocationSituation,
    Parent,
    ParentSituation,
    customer_name,
    customer_ref,
    record_name,
)
from shared.sync import policies
from shared.sync.link import Link, Pair
from shared.sync.plan import Plan
from shared.sync.record import fields_hash
from shared.systems.connectwise_psa import Company, CustomField, Site
from shared.systems.eautomate import Customer

RULES = "now"
ADDRESS: Mapping[str, str] = {
    "address_line1": "1 Main St",
    "address_line2": "Suite 5",
    "city": "Tampa",
    "state": "FL",
    "zip": "33601",
    "phone": "(813) 555-0100",
}
"""Where the customer is, in ConnectWise's fields."""
BLANK: Mapping[str, str] = {"ZCJ_CW_CompanyID": "", "ZCJ_CW_SiteAddressRecID": "", "ZCJ_SyncToCW": ""}


def settings(**given: Any) -> CustomerSettings:
    """The flow's settings; companies that are missing are created unless a test says otherwise."""
    return CustomerSettings.model_validate({"create_missing": True, **given})


def customer(number: str = "C100", name: str = "Acme Dental", **given: Any) -> Customer:
    """A customer with the id 5100, an address and the usual custom properties, all blank."""
    return Customer.model_validate(
        {
            "id": "5100",
            "number": number,
            "name": name,
            "address": "1 Main St\r\nSuite 5",
            "city": "Tampa",
            "state": "FL",
            "zip": "33601",
            "phone": "(813) 555-0100",
            "properties": BLANK,
            **given,
        }
    )


def with_properties(**given: str) -> dict[str, str]:
    """The custom properties, some of them filled: `company`, `site`, `sync`."""
    names = {"company": "ZCJ_CW_CompanyID", "site": "ZCJ_CW_SiteAddressRecID", "sync": "ZCJ_SyncToCW"}
    return {**BLANK, **{names[name]: value for name, value in given.items()}}


def location(number: str = "C100-1", name: str = "Acme Dental North", **given: Any) -> Customer:
    """A location of customer C100, with the id 5101."""
    return customer(number, name, **{"id": "5101", "parent_id": "5100", "parent_number": "C100", **given})


def company(record: int = 250, identifier: str = "ACME", account: str = "", **given: Any) -> Company:
    """A company in step with `customer()`, but for what is given; `custom` are custom fields by caption."""
    return Company.model_validate(
        {
            "id": record,
            "url": f"https://psa.example/company/{record}",
            "identifier": identifier,
            "account_number": account,
            "custom_fields": _custom(given.pop("custom", {})),
            "name": "Acme Dental",
            **ADDRESS,
            **given,
        }
    )


def site(record: int = 2100, *, mark: str | None = "", **given: Any) -> Site:
    """A site of company 250 in step with `location()`, but for what is given; `mark` None: no such custom field."""
    custom = {} if mark is None else {"EA Location": mark}
    return Site.model_validate(
        {
            "id": record,
            "company_id": 250,
            "custom_fields": _custom(custom),
            "name": "Acme Dental North",
            **ADDRESS,
            **given,
        }
    )


def _custom(values: Mapping[str, Any]) -> tuple[CustomField, ...]:
    return tuple(
        CustomField(id=place, caption=caption, type="Text", value=value or None)
        for place, (caption, value) in enumerate(values.items(), start=1)
    )


def link(kind: str, cw: str, partner: str, **given: Any) -> Link:
    """A link that a look has settled."""
    how = BY_ACCOUNT_ID if kind == COMPANY else ""
    return Link(kind, cw, partner, **{"rules": RULES, "how": how, "cw_name": "company Acme Dental (ACME)", **given})


def unlinked(
    who: Customer | None = None,
    *candidates: Company | Candidate[Company],
    identifier: str = "ACMEDENTAL",
    contract_types: Sequence[str] = (),
    linked_as: Link | None = None,
    **given: Any,
) -> ParentSituation:
    """A parent without a link, and the companies that may be its own; `given` are settings."""
    who, chosen = who or customer(), settings(**given)
    found = tuple(one if isinstance(one, Candidate) else Candidate(one) for one in candidates)
    matched = match_company(who, found, chosen).record
    pair = Pair(
        customer_ref(who),
        cw=watched(matched, chosen) if matched else None,
        partner=watched_customer(who, chosen),
        partner_name=str(customer_name(who)),
    )
    return ParentSituation(
        **_common(who, pair, chosen, contract_types),
        candidates=found,
        identifier=identifier,
        linked_as=linked_as,
    )


def linked(
    who: Customer | None = None,
    to: Company | None = None,
    *,
    foreign_number: str = "",
    unchanged: bool = True,
    contract_types: Sequence[str] = (),
    state: Mapping[str, Any] | None = None,
    gone: bool = False,
    **given: Any,
) -> ParentSituation:
    """A parent linked to `to`, as e-automate last had it (`unchanged`); `state` are fields of the link."""
    chosen = settings(**given)
    to = to or company(account="C100")
    who = who or customer(properties=with_properties(company=to.key))
    partner = watched_customer(who, chosen)
    known = link(
        COMPANY, to.key, who.id, **{"partner_hash": fields_hash(partner) if unchanged else "old", **(state or {})}
    )
    record = None if gone else to
    pair = Pair(customer_ref(who), known, cw=watched(record, chosen) if record else None, partner=partner)
    return ParentSituation(
        **_common(who, pair, chosen, contract_types),
        record=record,
        foreign_number=foreign_number,
    )


def _common(who: Customer, pair: Pair, chosen: CustomerSettings, contract_types: Sequence[str] = ()) -> dict[str, Any]:
    """What the situation of a parent and that of a location have in common."""
    return {
        "home": customer_ref(who),
        "name": customer_name(who),
        "pairs": (pair,),
        "facts": facts(who, contract_types, chosen),
        "opted_out": opted_out(who, chosen),
        "settings": chosen,
        "rules": RULES,
        "customer": who,
    }


PARENT = Parent("5100", "C100", company_id="250")


def located(
    who: Customer | None = None,
    *candidates: Site | Candidate[Site],
    parent: Parent = PARENT,
    to: Site | None = None,
    gone: bool = False,
    unchanged: bool = True,
    linked_as: Link | None = None,
    **given: Any,
) -> LocationSituation:
    """A location and its parent's sites; linked to `to`, if that is given (`gone`: which is there no more)."""
    who, chosen = who or location(), settings(**given)
    found = tuple(one if isinstance(one, Candidate) else Candidate(one) for one in candidates)
    partner = watched_customer(who, chosen)
    state = None
    if to is not None:
        hash_ = fields_hash(partner) if unchanged else "old"
        state = link(SITE, to.key, who.id, partner_hash=hash_, cw_name=str(record_name(to)))
    matched = (None if gone else to) if to else match_site(who, found, chosen).record
    pair = Pair(customer_ref(who), state, cw=watched(matched, chosen) if matched else None, partner=partner)
    return LocationSituation(
        **_common(who, pair, chosen),
        record=None if gone else to,
        candidates=found,
        linked_as=linked_as,
        parent=parent,
    )


def plan_of(situation: ParentSituation | LocationSituation) -> Plan:
    """The plan as the engine makes it: decided, then the policies."""
    return policies.apply(situation.settings, situation, decide(situation))


def writes(plan: Plan) -> dict[str, dict[str, Any]]:
    """What the plan writes: the fields of each step, by verb and system's record (`create company`)."""
    return {f"{step.verb} {step.id}": dict(step.fields) for step in plan.steps}


def codes(plan: Plan) -> list[str]:
    """The codes of the plan's issues."""
    return [issue.code for issue in plan.issues]
