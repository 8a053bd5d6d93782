"""What parents and locations write alike: the RecID into the customer's property, and only what fits."""

from __future__ import annotations

from functions.eautomate_customers.mapping import too_long
from shared.sync.flow import Situation
from shared.sync.issue import Issue
from shared.sync.plan import Created, Step
from shared.sync.record import Name, Ref
from shared.systems.eautomate.models import Customer


def property_step(
    situation: Situation, customer: Customer, name: str, value: str | Created
) -> tuple[tuple[Issue, ...], tuple[Step, ...]]:
    """EA-14, EA-15: the step that writes the RecID, or the issue that the property is not configured."""
    properties = customer.properties
    if properties is None or name not in properties:
        issue = Issue(
            "CUSTOM_PROPERTY_MISSING",
            situation.home,
            situation.name,
            f"{situation.name} has no custom property {name}, so the RecID cannot be written to it.",
            f"In e-automate, assign the custom property configuration with {name} to the customer. "
            "The link is kept here all the same.",
            blocks=False,
        )
        return (issue,), ()
    now = (properties.get(name) or "").strip()
    if now == value:
        return (), ()
    step = Step(
        "property",
        "eautomate",
        "customer",
        "update",
        customer.id,
        fields={"properties": {name: value}},
        before={"properties": {name: now}},
        why="The link is shown in e-automate (EA-14).",
    )
    return (), (step,)


def without_too_long(
    fields: dict[str, object], kind: str, home: Ref, name: Name
) -> tuple[dict[str, object], tuple[Issue, ...]]:
    """The fields that fit; one that ConnectWise would refuse for its length is left out and reported."""
    long = too_long(fields, kind)
    if not long:
        return fields, ()
    told = ", ".join(f"{field} ({limit} characters at most)" for field, limit in sorted(long.items()))
    issue = Issue(
        "VALUE_TOO_LONG",
        home,
        name,
        f"{name} has values that are too long for ConnectWise and were left out: {told}.",
        "Shorten them in e-automate; all else is in step.",
        category="refused",
        blocks=False,
    )
    return {field: value for field, value in fields.items() if field not in long}, (issue,)
