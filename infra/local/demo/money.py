"""Whether e-automate was given what ConnectWise bills, to the cent: both sums are read from the systems themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from infra.local.demo.month import INVOICES, ORDERS, PRODUCTS, READY, TICKETS, TIME, Dealer

NOTHING, CENT = Decimal(0), Decimal("0.01")


@dataclass(frozen=True)
class Sum:
    """What ConnectWise says of so many records, and what e-automate has of them: money, and hours if there are any."""

    what: str
    records: int
    said: Decimal
    given: Decimal
    hours_said: Decimal = NOTHING
    hours_given: Decimal = NOTHING

    @property
    def agrees(self) -> bool:
        return self.said == self.given and self.hours_said == self.hours_given


def reconcile(dealer: Dealer, cancelled: Collection[int]) -> list[Sum]:
    """One sum for each kind of record; `cancelled` are the tickets that a person has taken out."""
    invoices = dealer.psa.records(INVOICES)
    projects = [row for row in invoices if "project" in row and row["type"] != "DownPayment"]
    return [
        _agreements(dealer, [row for row in invoices if row["type"] == "Agreement"]),
        _tickets(dealer, cancelled, {row["invoiceNumber"] for row in projects}),
        _projects(dealer, projects),
        _orders(dealer),
    ]


def _agreements(dealer: Dealer, invoices: Collection[Mapping[str, Any]]) -> Sum:
    """e-automate's contract invoices, which must have ConnectWise's numbers."""
    billed = dealer.eautomate.contracts.invoices.by_number.values()
    numbers = {row["invoiceNumber"] for row in invoices}
    given = sum((one.total for one in billed if not one.voided and one.number in numbers), NOTHING)
    return Sum("agreement invoices", len(invoices), _total(invoices), given)


def _tickets(dealer: Dealer, cancelled: Collection[int], of_projects: Collection[str]) -> Sum:
    """Time and products of the tickets that are ready, and the calls that no project's invoice leads.

    Time under an agreement counts its hours only: what it costs, the agreement's contract says.
    """
    ready = {row["id"] for row in dealer.psa.records(TICKETS) if row["status"]["name"] == READY} - set(cancelled)
    time = [row for row in dealer.psa.records(TIME) if row["chargeToId"] in ready]
    sold = [row for row in dealer.psa.records(PRODUCTS) if (row.get("ticket") or {}).get("id") in ready]
    charged = [row for row in time if "agreement" not in row]
    said = sum((_cents(_exact(row["hoursBilled"]) * _exact(row["hourlyRate"])) for row in charged), NOTHING)
    said += sum((_exact(row["extPrice"]) for row in sold), NOTHING)
    calls = [values for values in _calls(dealer) if _head(values) not in of_projects]
    return Sum(
        "closed tickets",
        len(ready),
        said,
        sum((_billed(dealer, values) for values in calls), NOTHING),
        sum((_exact(row["hoursBilled"]) for row in time), NOTHING),
        sum((line["LaborHours"] for values in calls for line in values["Labors"] or ()), NOTHING),
    )


def _projects(dealer: Dealer, invoices: Collection[Mapping[str, Any]]) -> Sum:
    numbers = {row["invoiceNumber"] for row in invoices}
    given = sum((_billed(dealer, values) for values in _calls(dealer) if _head(values) in numbers), NOTHING)
    return Sum("project invoices", len(invoices), _total(invoices), given)


def _orders(dealer: Dealer) -> Sum:
    orders = [row for row in dealer.psa.records(ORDERS) if row["status"]["name"] == "Ready to Order"]
    given = sum((dealer.eautomate.sales_orders.record(row)["Total"] for row in dealer.eautomate.sales_orders), NOTHING)
    return Sum("sales orders", len(orders), _total(orders), given)


def _calls(dealer: Dealer) -> Iterable[Mapping[str, Any]]:
    return [row.values for row in dealer.eautomate.calls if not row.values["CancelCode"]]


def _head(call: Mapping[str, Any]) -> str:
    return str(call["Description"] or "").partition(" ")[0]


def _billed(dealer: Dealer, call: Mapping[str, Any]) -> Decimal:
    """What a call bills: the charge of each labour line, and its parts at their list price."""
    prices = dealer.eautomate.items
    parts = ((prices[part["Item"].code].values["MSRP"], part["Quantity"]) for part in call["MaterialsUsed"] or ())
    labor = (line["LaborOverride"] or NOTHING for line in call["Labors"] or ())
    return sum(labor, NOTHING) + sum((_cents(_exact(price) * quantity) for price, quantity in parts), NOTHING)


def _total(rows: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((_exact(row["total"]) for row in rows), NOTHING)


def _exact(number: Any) -> Decimal:
    return Decimal(str(number))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
