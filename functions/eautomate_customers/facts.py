"""What keeps a customer out: the facts that filters look at (EA-16), and its own opt-out (EA-17)."""

from __future__ import annotations

from collections.abc import Sequence

from functions.eautomate_customers.settings import CustomerSettings
from shared.sync.record import fold
from shared.systems.eautomate import Customer


def facts(customer: Customer, contract_types: Sequence[str], settings: CustomerSettings) -> dict[str, str]:
    """One value for each fact that a filter asks for.

    Of several contract types, one that is admitted speaks for the customer. A location that says nothing follows its
    parent, without whose link it has no site anyway.
    """
    said = {
        "customer_type": (customer.customer_type,),
        "contract_type": tuple(contract_types),
        "branch": (customer.branch,),
    }
    return {
        fact: _speaking(said[fact], admitted, follows_parent=bool(customer.parent_id))
        for fact, admitted in settings.filters.items()
    }


def _speaking(said: Sequence[str], admitted: Sequence[str], *, follows_parent: bool) -> str:
    values = [value.strip() for value in said if value.strip()]
    if follows_parent and not values and admitted:
        return admitted[0]
    wanted = {fold(one) for one in admitted}
    return next((value for value in values if fold(value) in wanted), ", ".join(values))


def opted_out(customer: Customer, settings: CustomerSettings) -> str:
    """Why the customer is kept out, if it is: only the value No does that, trimmed, in any case (EA-17)."""
    value = (customer.properties or {}).get(settings.opt_out_property, "")
    return f"Its custom property {settings.opt_out_property} is {value.strip()}." if fold(value) == "no" else ""
