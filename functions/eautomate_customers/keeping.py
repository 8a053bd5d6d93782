"""What is decided alike for parent customers and locations: create and link, link what is there, keep it in step."""

from __future__ import annotations

from functions.eautomate_customers import issues
from functions.eautomate_customers.mapping import Values, differences, too_long, written
from functions.eautomate_customers.situations import CustomerSituation, R
from shared.sync.issue import Issue
from shared.sync.link import drifted
from shared.sync.plan import LINKS, Created, Plan, Step, stop
from shared.sync.record import Fields
from shared.systems.connectwise_psa import Site
from shared.systems.eautomate import Customer

PSA = "connectwise_psa"


def create(
    situation: CustomerSituation[R], customer: Customer, said: Values, only_new: Fields, reason: str, how: str
) -> Plan:
    """A new company or site from what e-automate says, with what is set once (`only_new`); then link and RecID.

    A value that does not fit is left out and reported; without a name nothing is created.
    """
    kind = situation.kind
    long = too_long(kind, said)
    if "name" in long:
        return stop(situation.home, issues.too_long(situation, long, blocks=True), name=situation.name)
    fitting = {name: value for name, value in said.items() if name not in long}
    record = Created(kind)
    missing, write_back = _record_id(situation, customer, record)
    return Plan(
        situation.home,
        reason,
        steps=(
            Step(
                kind, PSA, kind, "create", fields={**written(kind, fitting, situation.settings), **only_new}, why=reason
            ),
            _link(situation, customer, record, how),
            *write_back,
        ),
        issues=(*([issues.too_long(situation, long)] if long else ()), *missing),
        name=situation.name,
    )


def link(situation: CustomerSituation[R], customer: Customer, record: R, said: Values, how: str) -> Plan:
    """Links a record that is there, and brings it in step."""
    rest = keep_in_step(situation, customer, record, said)
    return Plan(
        situation.home,
        f"{how} {rest.reason}",
        steps=(_link(situation, customer, record.key, how), *rest.steps),
        issues=rest.issues,
        name=situation.name,
    )


def keep_in_step(situation: CustomerSituation[R], customer: Customer, record: R, said: Values) -> Plan:
    """What differs is written to the record; its RecID to the customer, where it is not there yet (EA-14, EA-18)."""
    found = differences(said, record, situation.settings)
    told: list[Issue] = []
    if found.too_long:
        told.append(issues.too_long(situation, found.too_long))
    if found.undefined:
        told.append(issues.custom_field_missing(situation, found.undefined))
    steps: list[Step] = []
    reason = "Both sides agree."
    if found.new and situation.settings.drift == "report" and drifted(situation.pair, "partner", situation.rules):
        told.append(issues.drift(situation, record, found.old))
        reason = "Changed in ConnectWise, and drift is to be reported."
    elif found.new:
        reason = f"e-automate says otherwise: {', '.join(sorted(found.new))}."
        steps.append(_update(situation, record, found.new, found.old, reason))
    if found.excluded:
        reason += f" Not updated, as the settings exclude it: {', '.join(found.excluded)}."
    missing, write_back = _record_id(situation, customer, record.key)
    return Plan(situation.home, reason, (*steps, *write_back), (*told, *missing), name=situation.name)


def _update(situation: CustomerSituation[R], record: R, new: Values, old: Values, why: str) -> Step:
    kind, settings = situation.kind, situation.settings
    fields = written(kind, new, settings)
    if isinstance(record, Site):
        fields["company_id"] = record.company_id  # a site is addressed below its company
    return Step(kind, PSA, kind, "update", record.key, fields=fields, before=written(kind, old, settings), why=why)


def _link(situation: CustomerSituation[R], customer: Customer, record: str | Created, how: str) -> Step:
    return Step("link", LINKS, situation.pair_kind, "link", fields={"cw": record, "partner": customer.id}, why=how)


def _record_id(
    situation: CustomerSituation[R], customer: Customer, record: str | Created
) -> tuple[tuple[Issue, ...], tuple[Step, ...]]:
    """EA-14, EA-15: the step that writes the RecID to the custom property, or the issue that there is no such one."""
    name = situation.property_name
    if customer.properties is None or name not in customer.properties:
        return (issues.property_missing(situation),), ()
    now = customer.properties[name].strip()
    if now == record:
        return (), ()
    step = Step(
        "property",
        "eautomate",
        "customer",
        "update",
        customer.id,
        fields={"properties": {name: record}},
        before={"properties": {name: now}},
        why="e-automate shows the link.",
    )
    return (), (step,)
