"""The flow of products, as the engine knows it: both sides make them, change them, and are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from functions.zomentum_products.observing import Sources
from functions.zomentum_products.preflight import check_products
from functions.zomentum_products.rights import RIGHTS
from functions.zomentum_products.rules import decide
from functions.zomentum_products.settings import ProductSettings
from functions.zomentum_products.situations import KIND, ProductSituation
from shared.partners.zomentum import PRODUCTS
from shared.partners.zomentum_flow import RecordFlow
from shared.sync.change import Change
from shared.sync.names import PSA, ZOMENTUM
from shared.sync.plan import Step
from shared.sync.preflight import Check, May
from shared.sync.record import Fields, Ref, fold
from shared.systems import zomentum
from shared.systems.conditions import called
from shared.systems.connectwise_psa import Product
from shared.systems.zomentum import Item


class ZomentumProducts(RecordFlow[ProductSituation, Sources]):
    """Products of Zomentum and catalogue items of ConnectWise, in both directions."""

    name = PRODUCTS
    Settings = ProductSettings
    systems = (PSA, ZOMENTUM)
    kinds = (KIND,)
    sweeps = ((KIND, "cw"), (KIND, "partner"))
    callbacks: ClassVar[Mapping[str, Mapping[str, str]]] = {
        PSA: {"productcatalog": KIND},
        ZOMENTUM: {Item.entity: KIND},
    }
    rights = RIGHTS

    reads = Sources
    decide = staticmethod(decide)

    def observe(self, changes: Sequence[Change]) -> Sequence[ProductSituation]:
        return self.sources.situations(changes)

    def find(self, text: str) -> Iterable[Ref]:
        """The products of this Product ID or name, on either side."""
        for product in self.sources.psa.products(called(text, "identifier", "description")):
            yield Ref(KIND, "cw", product.key)
        for name in ("name", "product_id"):
            for item in self.sources.zomentum.items(zomentum.equals(name, text)):
                yield Ref(KIND, "partner", item.key)

    def preflight(self, may: May) -> Iterable[Check]:
        return check_products(self.sources, may)

    def mapped(self, step: Step, record: object) -> Fields | None:
        """What came of an item that ConnectWise made under another Product ID than asked for is looked at anew."""
        wanted = step.fields.get("product_id" if self.sources.settings.by_description else "name")
        if step.verb == "create" and isinstance(record, Product) and fold(record.identifier) != fold(str(wanted)):
            return None
        return super().mapped(step, record)


FLOW = ZomentumProducts
