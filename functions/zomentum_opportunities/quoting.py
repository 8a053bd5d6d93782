"""What is read of won opportunities: what their documents sold, and what ConnectWise has of it already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.zomentum_opportunities.quotes import Quote, Sold, arranged, wanted
from functions.zomentum_opportunities.settings import OpportunitySettings
from functions.zomentum_opportunities.situations import in_order
from shared.partners.zomentum import PRODUCT
from shared.sync.errors import ConfigurationWrong, RecordRejected
from shared.sync.flow import View
from shared.sync.record import Ref
from shared.systems.conditions import equals, is_in
from shared.systems.connectwise_psa import CatalogItem, Psa
from shared.systems.connectwise_psa.opportunities import (
    COMPONENTS,
    DOCUMENT_OWNER,
    FORECAST,
    NOTES,
    Forecast,
    OpportunityNote,
    OpportunityProduct,
    ProductComponent,
)
from shared.systems.connectwise_psa.sales import CATALOG, PRODUCTS
from shared.systems.zomentum import Document, Zomentum


class Quoting:
    """Reads quotes for one connection, each no further than its decision will need."""

    def __init__(self, psa: Psa, zomentum: Zomentum, links: View, settings: OpportunitySettings) -> None:
        self._psa, self._zomentum, self._links, self._settings = psa, zomentum, links, settings

    def quotes(self, won: Mapping[Ref, tuple[str | None, Sequence[Document]]]) -> dict[Ref, Quote]:
        """By home, what was sold; given ConnectWise's id of each (None: it has it not yet), and all its documents."""
        found = {home: self._there(id_, self._sold(documents)) for home, (id_, documents) in won.items()}
        found = {home: self._known(quote) for home, quote in found.items()}
        return {home: self._older(quote, won[home][1]) for home, quote in self._classed(found).items()}

    def _sold(self, documents: Sequence[Document]) -> Quote:
        return Quote(tuple(Sold(one, tuple(self._zomentum.lines(one))) for one in in_order(documents) if one.won))

    def _there(self, id_: str | None, quote: Quote) -> Quote:
        """What ConnectWise has of it: nothing, while it has not got the opportunity."""
        if id_ is None or not quote.sold:
            return quote
        psa = self._psa
        quote = replace(
            quote,
            forecast=tuple(
                line for one in psa.records(FORECAST.format(parent=id_), None, Forecast) for line in one.lines
            ),
            uploads=tuple(psa.documents(DOCUMENT_OWNER, id_)),
            notes=tuple(psa.records(NOTES.format(parent=id_), None, OpportunityNote)),
        )
        if self._settings.bundles != "bundle" and not any(line.linked for line in quote.forecast):
            return quote
        bundles = tuple(psa.records(PRODUCTS, equals("opportunity/id", int(id_)), OpportunityProduct))
        return self._components(replace(quote, bundles=bundles))

    def _components(self, quote: Quote) -> Quote:
        """ZM-11: an API that has no components is told of; what it says is not taken for none."""
        if self._settings.bundles != "bundle":
            return quote
        found: dict[str, tuple[ProductComponent, ...]] = {}
        try:
            for one in quote.bundles:
                found[one.key] = tuple(self._psa.records(COMPONENTS.format(parent=one.key), None, ProductComponent))
        except (ConfigurationWrong, RecordRejected) as refusal:
            return replace(quote, unsupported=str(refusal))
        return replace(quote, components=found)

    def _known(self, quote: Quote) -> Quote:
        items = {line.item for sold in quote.sold for line in sold.lines}
        items |= {line.bundle for sold in quote.sold for line in sold.lines}
        items |= {line.item for line in quote.older}
        return replace(quote, products=PRODUCT.find(self._links, "partner", items - {""}))

    def _classed(self, quotes: Mapping[Ref, Quote]) -> dict[Ref, Quote]:
        """With the classes of all their products, read at once."""
        ids = {found.cw_id for quote in quotes.values() for found in quote.products.values() if found.cw_id}
        rows = self._psa.records(CATALOG, is_in("id", sorted(map(int, ids))), CatalogItem) if ids else []
        classes = {row.key: row.product_class for row in rows}
        return {home: replace(quote, classes=classes) for home, quote in quotes.items()}

    def _older(self, quote: Quote, documents: Sequence[Document]) -> Quote:
        """The lines that were written before, where something stands in ConnectWise that nobody wants now."""
        lines = wanted(quote, self._settings.bundles)
        spare = [one for one in quote.bundles if one.item not in {line.item for line in lines if line.children}]
        if self._settings.create_only or not (arranged(lines, quote.forecast).extra or spare):
            return quote
        current = {sold.document.id: sold.document.revision for sold in quote.sold}
        older = tuple(
            line
            for document in in_order(documents)
            for revision in document.revisions
            if revision != current.get(document.id)
            for line in self._zomentum.lines(document, revision)
        )
        return self._known(replace(quote, older=older))
