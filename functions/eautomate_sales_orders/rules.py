"""The business of the sales order flow: which ConnectWise order becomes an e-automate order, when, and with what on it.

Read from the top: `decide` is the whole order of the rules, each function below is one of them. Which item stands on a
line is told in `lines`, the words of every issue in `issues`. An order goes one way, once: what changes in ConnectWise
after that is reported, never carried. An order that was cut short while it was made is found again by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from functions.eautomate_sales_orders import issues
from functions.eautomate_sales_orders.lines import Line, NewItem, lines, missing_codes, totals
from functions.eautomate_sales_orders.situations import (
    ORDER,
    OrderSituation,
    carried,
    companies_of,
    number_of,
    state_of,
    text,
)
from shared.partners.eautomate import CUSTOMER, SALES_REP, cents, code_id
from shared.sync.issue import Issue
from shared.sync.link import Link
from shared.sync.plan import LINKS, Created, Plan, Step, skip, stop
from shared.sync.record import Fields, Name, fold
from shared.systems.connectwise_psa import Document, Order, Reference
from shared.systems.eautomate import OrderLine, SalesOrder

PSA = "connectwise_psa"
EAUTOMATE = "eautomate"

READ_BACK = timedelta(minutes=1)
"""After so long a new order is read back: does it come to the same total, and in which state is it?"""

ASKED_AGAIN = timedelta(days=1)
"""After so long one is read again that came out at another total."""


def decide(situation: OrderSituation) -> Plan:
    """The plan for one order: follow it, or find it, or say why it is left alone or waits, or insert it."""
    order = situation.order
    if order is None:
        return _no_order(situation)
    if situation.link is not None:
        return _linked(situation, order, situation.link)
    if situation.made is not None:
        return _found(situation, order, situation.made)
    if not situation.settings.picks_up(order.status):
        return _not_picked_up(situation, order)
    if waits := _waits(situation, order):
        return stop(situation.home, *waits, name=situation.name)
    return _insert(situation, order)


def _no_order(situation: OrderSituation) -> Plan:
    if situation.link is not None:
        issue = issues.source_gone(situation, situation.link)
        return Plan(situation.home, issue.message, issues=(issue,), name=situation.name)
    if situation.home.side == "partner":
        return skip(situation.home, "It is no ConnectWise order's.", name=situation.name)
    return skip(situation.home, "ConnectWise does not know this order.", name=situation.name)


def _not_picked_up(situation: OrderSituation, order: Order) -> Plan:
    """EA-57: an order in another status is not picked up."""
    wanted = ", ".join(situation.settings.statuses)
    reason = f"Not picked up: its status is {order.status or 'blank'}; orders are picked up in {wanted}."
    return skip(situation.home, reason, name=situation.name)


# Why an order that was picked up has to wait


def _waits(situation: OrderSituation, order: Order) -> list[Issue]:
    """EA-55, EA-56, EA-61: all that keeps it from going in; it goes in by itself once that is mended."""
    unmapped = list(_mappings(situation, order))
    if any(issue.code == CUSTOMER.code for issue in unmapped):
        return unmapped  # the rest is not read before the customer is known
    return [*unmapped, *_setup(situation), *_totals(situation, order)]


def _mappings(situation: OrderSituation, order: Order) -> Iterator[Issue]:
    """EA-56: its company is a customer, and so are those who pay and who get the goods, where they are others."""
    for company in companies_of(order):
        found = situation.companies.get(company.id or 0)
        if found is not None and found.link is None:
            yield CUSTOMER.issue(situation, _named(company), found)
            break  # one issue of a code at a time: the next shows once this one is mended
    rep = situation.sales_rep
    if situation.settings.require_sales_rep and order.sales_rep is not None and rep is not None and rep.link is None:
        yield SALES_REP.issue(situation, _named(order.sales_rep), rep)


def _setup(situation: OrderSituation) -> Iterator[Issue]:
    """EA-56, EA-61, EA-62: error item and on-hold codes must be there before any order goes in.

    Where e-automate wants its generic item on every line, the error item can stand on none, and that one is wanted.
    """
    setup, settings = situation.setup, situation.settings
    if setup.one_for_all:
        if setup.generic is None:
            yield issues.generic_item_missing(situation)
    elif setup.error_item is None or missing_codes(setup.error_item):
        yield issues.error_item_missing(situation, setup.error_item)
    known = {fold(code.code): code for code in setup.on_hold}
    missing = {}
    for code in settings.on_hold_codes:
        if fold(code) not in known:
            missing[code] = "not there"
        elif not known[fold(code)].active:
            missing[code] = "inactive"
    if missing:
        yield issues.on_hold_codes_missing(situation, missing)


def _totals(situation: OrderSituation, order: Order) -> Iterator[Issue]:
    """What e-automate is given comes to what ConnectWise says, to the cent, or no order is made."""
    wanted = lines(situation.sold, situation.settings, situation.setup)
    if not wanted:
        yield issues.no_products(situation)
        return
    sums = totals(wanted, order.tax)
    if sums != (cents(order.total),):
        yield issues.totals_differ(situation, order, sums)


# Going in


def _insert(situation: OrderSituation, order: Order) -> Plan:
    """EA-58: missing items first, then the order, then the link; a line with the error item is a warning."""
    wanted = lines(situation.sold, situation.settings, situation.setup)
    number = number_of(order, situation.settings)
    reason = f"Its status is {order.status}."
    fields = _fields(situation, order, number, wanted)
    created = Step("order", EAUTOMATE, "sales_order", "create", fields=fields, why=reason)
    return Plan(
        situation.home,
        reason,
        steps=(
            *_new_items(wanted),
            created,
            _link(situation, order, Created("order"), f"It was inserted as {number}."),
        ),
        issues=tuple(_faults(situation, number, [_as_read(line) for line in wanted])),
        name=situation.name,
        again=READ_BACK,
    )


def _new_items(wanted: Sequence[Line]) -> Iterator[Step]:
    """EA-58: each missing item once, however many lines need it."""
    new: dict[str, NewItem] = {}
    for line in wanted:
        if line.new:
            new.setdefault(fold(line.new.number), line.new)
    for place, item in enumerate(new.values(), 1):
        why = f"Template {item.template} is that of its product type."
        yield Step(f"item-{place}", EAUTOMATE, "item", "create", fields=item.as_fields(), why=why)


def _fields(situation: OrderSituation, order: Order, number: str, wanted: Sequence[Line]) -> Fields:
    """What the e-automate order gets; whatever has no value is left to e-automate."""
    settings = situation.settings
    fields = {
        "number": number,
        "customer_id": _customer(situation, order.company),
        "bill_to_id": _other_customer(situation, order, order.bill_to),
        "ship_to_id": _other_customer(situation, order, order.ship_to),
        "description": order.description.strip() or f"ConnectWise sales order {order.id}",
        "po_number": order.po_number.strip(),
        "remarks": _remarks(order, situation.documents),
        "date": order.date.isoformat() if order.date else "",
        "requested": order.due.isoformat() if order.due else "",
        "sales_rep_id": code_id(situation.sales_rep.partner_id) if situation.sales_rep else "",
        "terms_id": situation.terms_id,
        "tax_code_id": situation.tax_code_id,
        "on_hold_code": _on_hold_code(situation, wanted),
        "order_type": settings.order_type.strip(),
        "warehouse": settings.warehouse.strip(),
    }
    given: dict[str, object] = {name: value for name, value in fields.items() if value}
    return {**given, "tax": cents(order.tax), "lines": tuple(line.as_fields() for line in wanted)}


def _on_hold_code(situation: OrderSituation, wanted: Sequence[Line]) -> str:
    """EA-62: the code for orders with the error item on them, if there is one, else that of every order."""
    settings = situation.settings
    if settings.error_item_on_hold_code and any(line.fault for line in wanted):
        return settings.error_item_on_hold_code.strip()
    return settings.on_hold_code.strip()


def _remarks(order: Order, documents: Sequence[Document]) -> str:
    """Where the order and its documents are: e-automate's API takes no attachments, so their links stand here."""
    told = [f"ConnectWise sales order {order.id}: {order.url}"]
    if documents:
        told.append("Documents there:")
    for document in documents:
        named = " ".join(document.title.split()) or document.file_name
        told.append(f"- {named}" if named == document.file_name else f"- {named}: {document.file_name}")
    return "\n".join(told)


def _found(situation: OrderSituation, order: Order, made: SalesOrder) -> Plan:
    """An e-automate order has its number: it was made by a try that was cut short, unless it is somebody else's."""
    customer = _customer(situation, order.company)
    ours = made.customer_id == customer if customer else situation.pair.intent is not None
    if situation.made_for or not ours:
        return stop(situation.home, issues.number_taken(situation, made), name=situation.name)
    how = f"It was found in e-automate by its number {made.number}."
    return Plan(
        situation.home,
        how,
        steps=(_link(situation, order, made.id, how),),
        issues=tuple(_faults(situation, made.number, made.lines)),
        name=situation.name,
        again=READ_BACK,
    )


def _link(situation: OrderSituation, order: Order, made: str | Created, how: str) -> Step:
    fields = {"cw": situation.home.id, "partner": made, "agreed": carried(order)}
    return Step("link", LINKS, ORDER, "link", fields=fields, why=how)


# An order that is in


def _linked(situation: OrderSituation, order: Order, link: Link) -> Plan:
    """No change after creation. Its state is written back; what is wrong with it is told until it is closed."""
    made = situation.made
    if made is None:
        return stop(situation.home, issues.order_gone(situation, link), name=situation.name)
    told: list[Issue] = []
    again = None
    if not situation.settings.is_closed(made.status):
        wanted = link.agreed.get("total", cents(order.total))
        if _is_new(link) and cents(made.total) != wanted:
            told.append(issues.total_came_out_otherwise(situation, made, wanted))
            again = ASKED_AGAIN
        told += _faults(situation, made.number, made.lines)
        told += _changes(situation, order, made, link)
    steps = tuple(_state(situation, order, made, told))
    reason = steps[0].why if steps else f"It is {state_of(made)} in e-automate."
    return Plan(situation.home, reason, steps, tuple(told), name=situation.name, again=again)


def _is_new(link: Link) -> bool:
    """Whether it has not yet been found to come to the right total: later on, e-automate's people may change it."""
    return not link.settled or link.due is not None


def _faults(situation: OrderSituation, number: str, of: Sequence[OrderLine]) -> Iterator[Issue]:
    """EA-58, EA-61: a warning for as long as the error item stands on the order."""
    wrong = [line for line in of if fold(line.item) == fold(situation.settings.error_item)]
    if wrong:
        yield issues.error_item_used(situation, number, wrong)


def _changes(situation: OrderSituation, order: Order, made: SalesOrder, link: Link) -> Iterator[Issue]:
    """A change in ConnectWise after creation is reported, not carried."""
    now = carried(order)
    before = {name: value for name, value in link.agreed.items() if name in now and now[name] != value}
    if before:
        yield issues.changed_after_creation(situation, order, made, before)


def _state(situation: OrderSituation, order: Order, made: SalesOrder, told: list[Issue]) -> Iterator[Step]:
    """The e-automate order's number and status go to a ConnectWise custom field, if one is named."""
    caption, state = situation.settings.state_field, state_of(made)
    if not caption:
        return
    if not order.has_custom_field(caption):
        told.append(issues.custom_field_missing(situation))
        return
    now = text(order.custom_field(caption))
    if now != state:
        yield Step(
            "state",
            PSA,
            "order",
            "update",
            order.key,
            fields={"custom_fields": {caption: state}},
            before={"custom_fields": {caption: now}},
            why=f"It is {state} in e-automate.",
        )


def _as_read(line: Line) -> OrderLine:
    """A line as it will be read back."""
    return OrderLine(line.item, line.quantity, line.price, line.description, line.fault)


def _customer(situation: OrderSituation, company: Reference | None) -> str:
    found = situation.companies.get(company.id or 0) if company else None
    return found.partner_id if found else ""


def _other_customer(situation: OrderSituation, order: Order, company: Reference | None) -> str:
    """The customer of a company that is not the order's own; empty otherwise, as e-automate knows its own customer."""
    is_other = company is not None and order.company is not None and company.id != order.company.id
    return _customer(situation, company) if is_other else ""


def _named(record: Reference) -> Name:
    named = record.name or record.identifier
    return Name(f"{named} ({record.identifier})" if record.identifier not in ("", named) else named)
