"""From changes to situations: every read for a sales order, batched as far as the two APIs allow.

e-automate gives one item and one order by each request, so what is asked for is asked once a batch, and only for orders
that may go in or are in already. An order that is not picked up costs nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from functions.eautomate_sales_orders.settings import SalesOrderSettings
from functions.eautomate_sales_orders.situations import (
    ORDER,
    OrderSituation,
    Setup,
    Sold,
    companies_of,
    facts,
    made_name,
    number_of,
    order_name,
    order_ref,
    watched,
    watched_made,
)
from shared.partners.eautomate import CUSTOMER, REFERENCE_DATA, SALES_REP, code_id
from shared.partners.eautomate_sources import EautomateSources
from shared.sync.change import Change
from shared.sync.link import Intent, Link, Pair, State
from shared.sync.record import Name, Ref, fold
from shared.systems.conditions import is_in
from shared.systems.connectwise_psa import CatalogItem, Order, OrderProduct, Psa, Reference
from shared.systems.connectwise_psa.sales import CATALOG, ORDERS, PRODUCTS
from shared.systems.eautomate import Item, SalesOrder

TERMS = "terms-terms"
TAX_CODE = "tax-code-tax-code"


class Sources(EautomateSources[SalesOrderSettings]):
    """What every look and every scan reads from."""


def situations(changes: Sequence[Change], sources: Sources) -> list[OrderSituation]:
    """One situation for each change, in order."""
    named = sources.links.find({change.ref for change in changes})
    ids = [_order_id(change, named.get(change.ref)) for change in changes]
    states = sources.links.find({order_ref(id_) for id_ in ids if id_})
    orders = _orders(changes, {id_ for id_ in ids if id_}, sources.psa)
    observed = {one.home.id: one for one in Observation(sources, states).of(list(orders.values()))}
    return [
        observed.get(id_) or _nobody(change, id_, named.get(change.ref), sources.settings)
        for change, id_ in zip(changes, ids, strict=True)
    ]


def _order_id(change: Change, state: State | None) -> str:
    """The ConnectWise order that a change is about; empty where an e-automate order is none's."""
    if change.side == "cw":
        return change.id
    return state.cw_id if isinstance(state, Link) else ""


def _orders(changes: Iterable[Change], ids: set[str], psa: Psa) -> dict[str, Order]:
    """The orders with these ids: as carried, else read, all by one request."""
    told = [Order.model_validate(one.carried) for one in changes if one.side == "cw" and one.carried is not None]
    found = {order.key: order for order in told}
    missing = sorted(int(id_) for id_ in ids - found.keys())
    return found | {order.key: order for order in (psa.records(ORDERS, is_in("id", missing), Order) if missing else ())}


def _nobody(change: Change, id_: str, state: State | None, settings: SalesOrderSettings) -> OrderSituation:
    """An order that ConnectWise does not give back, or an e-automate order that is none's."""
    home = order_ref(id_) if id_ else change.ref
    called = state.cw_name if isinstance(state, Link) else ""
    name = Name(called or (f"sales order {id_}" if id_ else f"e-automate order {change.id}"))
    return OrderSituation(home=home, name=name, pairs=(Pair(home, state),), settings=settings)


class Observation:
    """One batch of orders: what is read for one of them serves the others."""

    def __init__(self, sources: Sources, states: Mapping[Ref, State]) -> None:
        self._links = sources.links
        self._psa = sources.psa
        self._eautomate = sources.eautomate
        self._settings = sources.settings
        self._states = states
        self._items: dict[str, Item | None] = {}

    def of(self, orders: Sequence[Order]) -> list[OrderSituation]:
        """A situation for each order."""
        new = [order for order in orders if self._may_go_in(order)]
        companies = CUSTOMER.find(self._links, "cw", _ids(one for order in new for one in companies_of(order)))
        mapped = {order.id for order in new if all(companies[str(one.id)].link for one in companies_of(order))}
        made = self._made(orders, mapped)
        made_for = self._made_for(made)
        ready = [order for order in new if order.id in mapped and order.id not in made]
        setup = self._setup() if ready else Setup()
        sold = self._sold(ready, setup)
        reps = SALES_REP.find(self._links, "cw", _ids(order.sales_rep for order in ready))
        codes = self._codes(ready)
        about = {order.id: [one.id for one in companies_of(order) if one.id] for order in new}
        return [
            OrderSituation(
                home=order_ref(order.id),
                name=order_name(order),
                pairs=(self._pair(order, made.get(order.id)),),
                facts=facts(order),
                settings=self._settings,
                order=order,
                made=made.get(order.id),
                made_for=made_for.get(order.id, ""),
                companies={id_: companies[str(id_)] for id_ in about.get(order.id, ())},
                sales_rep=reps.get(_id(order.sales_rep)),
                terms_id=codes.get(Ref(TERMS, "cw", _id(order.terms)), ""),
                tax_code_id=codes.get(Ref(TAX_CODE, "cw", _id(order.tax_code)), ""),
                sold=tuple(sold.get(order.id, ())),
                documents=tuple(self._psa.documents("SalesOrder", order.id)) if order in ready else (),
                setup=setup,
            )
            for order in orders
        ]

    def _may_go_in(self, order: Order) -> bool:
        """Not linked, and in the right status; or one that somebody began to insert."""
        state = self._states.get(order_ref(order.id))
        return not isinstance(state, Link) and (self._settings.picks_up(order.status) or isinstance(state, Intent))

    def _pair(self, order: Order, made: SalesOrder | None) -> Pair:
        """Both sides; an e-automate order that is yet to be made goes by the number that it will get."""
        number = made.number if made else number_of(order, self._settings)
        return Pair(
            order_ref(order.id),
            self._states.get(order_ref(order.id)),
            cw=watched(order, self._settings),
            partner=watched_made(made) if made else None,
            cw_name=str(order_name(order)),
            partner_name=made_name(number),
        )

    # The orders that e-automate has

    def _made(self, orders: Iterable[Order], mapped: set[int]) -> dict[int, SalesOrder]:
        """By order, what it is linked to, or what has its number: a try that was cut short may have left that."""
        found: dict[int, SalesOrder] = {}
        for order in orders:
            state = self._states.get(order_ref(order.id))
            made = None
            if isinstance(state, Link):
                made = self._eautomate.orders.order(state.partner_id)
            elif order.id in mapped or isinstance(state, Intent):
                made = self._eautomate.orders.order_by_number(number_of(order, self._settings))
            if made is not None:
                found[order.id] = made
        return found

    def _made_for(self, made: Mapping[int, SalesOrder]) -> dict[int, str]:
        """Where the number belongs to an order that is linked to another one: what that one is called."""
        refs = {id_: Ref(ORDER, "partner", one.id) for id_, one in made.items()}
        states = self._links.find(refs.values()) if refs else {}
        links = {id_: states[ref] for id_, ref in refs.items() if isinstance(states.get(ref), Link)}
        return {
            id_: link.cw_name or f"sales order {link.cw_id}"
            for id_, link in links.items()
            if isinstance(link, Link) and link.cw_id != str(id_)
        }

    # What an order that goes in needs

    def _setup(self) -> Setup:
        """EA-56: what must be there before any order."""
        one_for_all = self._eautomate.items.one_for_all()
        return Setup(
            one_for_all,
            generic=self._eautomate.items.generic() if one_for_all else None,
            error_item=None if one_for_all else self._item(self._settings.error_item),
            on_hold=tuple(self._eautomate.codes.on_hold()) if self._settings.on_hold_codes else (),
        )

    def _sold(self, orders: Sequence[Order], setup: Setup) -> dict[int, list[Sold]]:
        """By order, its products, each with its item; the templates of those that have none."""
        found: dict[int, list[Sold]] = {}
        if not orders:
            return found
        products = self._psa.records(PRODUCTS, is_in("salesOrder/id", [order.id for order in orders]), OrderProduct)
        catalog = {} if setup.one_for_all else self._catalog(products)
        for product in products:
            if product.order is None or product.order.id is None:
                continue
            item = None if setup.one_for_all else self._item(product.item)
            known = catalog.get(product.item)
            template = self._settings.template_for(known.type) if known else ""
            sold = Sold(product, item, known, self._item(template) if template and item is None else None)
            found.setdefault(product.order.id, []).append(sold)
        return found

    def _catalog(self, products: Iterable[OrderProduct]) -> dict[str, CatalogItem]:
        """By product ID, the catalogue items of products that have no item, which is where their type stands."""
        missing = {
            product.catalog_item.id
            for product in products
            if product.catalog_item and product.item and self._item(product.item) is None
        }
        wanted = is_in("id", sorted(id_ for id_ in missing if id_ is not None))
        rows = self._psa.records(CATALOG, wanted, CatalogItem) if missing else []
        return {row.identifier.strip(): row for row in rows}

    def _item(self, number: str) -> Item | None:
        """The item of a number, asked for once."""
        key = fold(number)
        if key not in self._items:
            self._items[key] = self._eautomate.items.item(number.strip())
        return self._items[key]

    def _codes(self, orders: Iterable[Order]) -> dict[Ref, str]:
        """By terms and tax codes of orders, the ID of the e-automate code that each is mapped to, if it is."""
        refs = {
            Ref(kind, "cw", _id(reference))
            for order in orders
            for kind, reference in ((TERMS, order.terms), (TAX_CODE, order.tax_code))
            if reference
        }
        states = self._links.find(refs, flow=REFERENCE_DATA) if refs else {}
        return {ref: code_id(state.partner_id) for ref, state in states.items() if isinstance(state, Link)}


def _id(reference: Reference | None) -> str:
    return str(reference.id) if reference and reference.id is not None else ""


def _ids(references: Iterable[Reference | None]) -> set[str]:
    return {id_ for reference in references if (id_ := _id(reference))}
