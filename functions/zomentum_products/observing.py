"""From changes to situations: each product on both sides, or whom it may be on the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from functions.zomentum_products.matching import Other, match
from functions.zomentum_products.settings import ProductSettings
from functions.zomentum_products.situations import (
    AnyProduct,
    Customs,
    ProductSituation,
    Setup,
    facts,
    product_id,
    product_name,
    watched,
)
from shared.partners.zomentum_records import Candidate, Match
from shared.partners.zomentum_sources import Meeting, Observed, ZomentumSources
from shared.sync.change import Change
from shared.sync.record import Fields, Name, Ref, Side, fold
from shared.systems import zomentum
from shared.systems.conditions import Condition, any_of, is_in
from shared.systems.connectwise_psa import Product, ProductSubcategory, ProductType
from shared.systems.connectwise_psa.sales import CATALOG, PRODUCT_SUBCATEGORIES, PRODUCT_TYPES
from shared.systems.zomentum import Item


class Sources(ZomentumSources[Product, Item, ProductSettings]):
    """Where the flow of products reads."""

    situation = ProductSituation
    path = CATALOG
    ours = Product
    theirs = Item

    def our_records(self, condition: Condition) -> list[Product]:
        return self.psa.products(condition)

    def our_record(self, id_: str) -> Product | None:
        return self.psa.product(id_)

    def name(self, record: AnyProduct) -> Name:
        return product_name(record)

    @cached_property
    def customs(self) -> Customs:
        """The custom fields of Zomentum's products that the settings name; None for one that is not defined."""
        wanted = [name for name in (self.settings.custom_product_id, self.settings.class_field) if name]
        defined = self.zomentum.custom_fields(Item) if wanted else []
        return {name: next((one for one in defined if fold(one.name) == fold(name)), None) for name in wanted}

    @cached_property
    def setup(self) -> Setup:
        """ConnectWise's active product types and subcategories."""
        types = self.psa.records(PRODUCT_TYPES, None, ProductType)
        places = self.psa.records(PRODUCT_SUBCATEGORIES, None, ProductSubcategory)
        return Setup(
            {fold(one.name): one.id for one in types if not one.inactive},
            {fold(f"{one.category.strip()} / {one.name.strip()}"): one.id for one in places if not one.inactive},
        )

    def situations(self, changes: Sequence[Change]) -> list[ProductSituation]:
        """One situation for each change, in order."""
        look = self.look(changes)
        meeting = Meeting(self, look, self._around(look.strangers))

        def situation(home: Ref) -> ProductSituation:
            observed = meeting.observed(home, self.fields, lambda home: self._match(home, meeting))
            return ProductSituation(
                **observed,
                facts=facts(observed["cw"] or observed["partner"], self.settings),
                settings=self.settings,
                setup=self.setup if _needs_setup(observed) else Setup(),
                customs=self.customs,
                holders=self._holders(observed),
            )

        return meeting.situations(situation)

    def fields(self, product: AnyProduct) -> Fields:
        """Its mapped fields, as a pair has them."""
        return watched(product, self.settings, self.customs)

    def fields_of(self, records: Sequence[AnyProduct]) -> list[Fields]:
        return [self.fields(one) for one in records]

    def _around(self, strangers: Mapping[Ref, AnyProduct]) -> Iterator[AnyProduct]:
        """The products of either side with a Product ID, part number or name of one of these."""
        if not strangers:
            return
        some = list(strangers.values())
        ids = {product_id(one, self.settings, self.customs) for one in some} - {""}
        parts = {one.manufacturer_part_number.strip() for one in some} - {""}
        names = {(one.description if isinstance(one, Product) else one.name).strip() for one in some} - {""}
        ours = {"identifier": ids, "manufacturerPartNumber": parts, "description": names}
        yield from self.psa.products(any_of(*(is_in(name, sorted(values)) for name, values in ours.items() if values)))
        if self.settings.custom_product_id:
            # No filter by a custom field is known, so that all are read.
            yield from self.zomentum.items()
            return
        theirs = {"name": ids | names, "product_id": ids, "manufacturer_part_number": parts}
        found: dict[str, Item] = {}
        for name, values in theirs.items():
            if values:
                found |= {one.key: one for one in self.zomentum.items(zomentum.is_in(name, sorted(values)))}
        yield from found.values()

    def _match(self, home: Ref, meeting: Meeting[Product, Item]) -> Match:
        """Whom this product is on the other side, as far as can be told."""

        def other(product: AnyProduct) -> Other:
            id_ = product_id(product, self.settings, self.customs)
            return Other(product, id_, meeting.linked_to(product))

        own = other(meeting.strangers[home])
        return match(own, [*map(other, meeting.others(home))], [*map(other, meeting.namesakes(home))], self.settings)

    def _holders(self, observed: Observed[Product, Item]) -> dict[Side, Candidate]:
        """Who has the Product ID or the name that this one is to get on a side; nobody, mostly."""
        ours, theirs = observed["cw"], observed["partner"]
        found: dict[Side, Candidate] = {}
        if ours is None or theirs is None or self.settings.create_only:
            return found
        wanted = product_id(theirs, self.settings, self.customs)
        if wanted and fold(wanted) != fold(ours.identifier):
            for one in self.psa.products(is_in("identifier", [wanted])):
                if one.key != ours.key:
                    found["cw"] = Candidate(one.key, product_name(one))
        name = (ours.description if self.settings.by_description else ours.identifier).strip()
        if name and fold(name) != fold(theirs.name):
            for other in self.zomentum.items(zomentum.equals("name", name)):
                if other.key != theirs.key:
                    found["partner"] = Candidate(other.key, product_name(other))
        return found


def _needs_setup(observed: Observed[Product, Item]) -> bool:
    """Whether a decision may have to name a type or a category of ConnectWise's."""
    pair = observed["pairs"][0]
    if pair.partner is None:
        return False
    if pair.cw is None:
        return pair.link is None
    return any(pair.cw.get(word) != pair.partner.get(word) for word in ("type", "category"))
