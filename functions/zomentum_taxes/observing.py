"""From changes to situations: tax codes with their regions and categories. The lists are short, and read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from functions.zomentum_taxes.settings import TaxSettings
from functions.zomentum_taxes.situations import (
    KIND,
    RATE,
    SORTS,
    TAXABLE,
    Rate,
    TaxSituation,
    code_name,
    part,
    watched,
    watched_category,
    watched_region,
)
from shared.sync.change import Change
from shared.sync.flow import Context, View
from shared.sync.link import Link, Pair, State
from shared.sync.record import Name, Ref, fold
from shared.systems.connectwise_psa import Psa, SalesTax
from shared.systems.connectwise_psa.reference import TAX_CODES
from shared.systems.zomentum import TaxCategory, TaxRegion, Zomentum


@dataclass(frozen=True)
class There:
    """All that there is in both systems, by id; and what the table knows of it."""

    codes: Mapping[str, SalesTax]
    regions: Mapping[str, TaxRegion]
    categories: Mapping[str, TaxCategory]
    states: Mapping[Ref, State]


class Sources:
    """Where the flow of taxes reads. `rules` is the revision of settings and rules."""

    def __init__(self, context: Context, rules: str) -> None:
        self.links: View = context.links
        self.psa = context.system(Psa)
        self.zomentum = context.system(Zomentum)
        self.settings: TaxSettings = context.settings
        self.rules = rules

    def situations(self, changes: Sequence[Change]) -> list[TaxSituation]:
        """One situation for each change, in order; the same one for all changes of a code and of what belongs to it."""
        states = self.links.find({change.ref for change in changes})
        homes = {change.ref: _home(change.ref, states.get(change.ref)) for change in changes}
        there = self._read(set(homes.values()))
        homes = {ref: self._claimed(home, there) for ref, home in homes.items()}
        made = {home: self._situation(home, there) for home in dict.fromkeys(homes.values())}
        return [made[homes[change.ref]] for change in changes]

    def _read(self, homes: set[Ref]) -> There:
        """Promise 7: of what is linked and in no list is asked by its id; only a 404 says that it is gone."""
        codes = {one.key: one for one in self.psa.records(TAX_CODES, None, SalesTax)}
        regions = {one.key: one for one in self.zomentum.tax_regions()}
        categories = {one.key: one for one in self.zomentum.tax_categories()}
        ids = {*codes, *(home.id for home in homes if home.side == "cw")}
        parts = {part(id_, sort) for id_ in ids for sort in SORTS}
        theirs = {Ref(KIND, "partner", id_) for id_ in regions} | {Ref(RATE, "partner", id_) for id_ in categories}
        ours = {Ref(KIND, "cw", id_) for id_ in ids}
        states = self.links.find({*parts, *theirs, *ours})
        concerned = [home for home in homes if home.side == "cw"]
        for ref in (*concerned, *(part(home.id, sort) for home in concerned for sort in SORTS)):
            link = states.get(ref)
            if not isinstance(link, Link):
                continue
            if ref.kind == RATE:
                if link.partner_id not in categories and (gone := self.zomentum.record(TaxCategory, link.partner_id)):
                    categories[gone.key] = gone
                continue
            if link.cw_id not in codes and (code := self.psa.record(f"{TAX_CODES}/{int(link.cw_id)}", SalesTax)):
                codes[code.key] = code
            if link.partner_id not in regions and (region := self.zomentum.record(TaxRegion, link.partner_id)):
                regions[region.key] = region
        return There(codes, regions, categories, states)

    def _claimed(self, home: Ref, there: There) -> Ref:
        """The tax code that waits for a region which nobody is linked to; the region itself where none does."""
        region = there.regions.get(home.id) if (home.kind, home.side) == (KIND, "partner") else None
        if region is None:
            return home
        ours = {Ref(KIND, "cw", id_): self._wanted(code) for id_, code in there.codes.items()}
        waiting = (ref for ref, name in ours.items() if fold(name) == fold(region.name))
        return next((ref for ref in waiting if not isinstance(there.states.get(ref), Link)), home)

    def _wanted(self, code: SalesTax) -> str:
        """What its region is called: as it is mapped by hand, or as the code is described."""
        return self.settings.by_hand(code.identifier) or code.name.strip()

    def _situation(self, home: Ref, there: There) -> TaxSituation:
        state = there.states.get(home)
        if home.side == "partner":
            return self._theirs(home, state, there)
        link = state if isinstance(state, Link) else None
        code = there.codes.get(home.id)
        wanted = self._wanted(code) if code else ""
        same = next((one for one in there.regions.values() if fold(one.name) == fold(wanted)), None)
        region = there.regions.get(link.partner_id) if link else same
        taken = self._taken(home, code, wanted, same, there) if code else ""
        name = code_name(code) if code else Name((link.cw_name if link else "") or f"tax code {home.id}")
        called = f"tax region {region.name if region else wanted}"
        fields = watched(code) if code else None, watched_region(region) if region else None
        rates = self._rates(home, name, code, region, there)
        return TaxSituation(
            home=home,
            name=name,
            pairs=(Pair(home, state, *fields, str(name), called), *(rate.pair for rate in rates)),
            facts={"tax_region": code.name.strip()} if code and self.settings.filters else {},
            settings=self.settings,
            rules=self.rules,
            code=code,
            region=region,
            wanted=wanted,
            by_hand=code is not None and bool(self.settings.by_hand(code.identifier)),
            taken=taken,
            ended=code is not None and code.cancelled is not None and code.ended(self.psa.server_time().date()),
            rates=rates,
        )

    def _theirs(self, home: Ref, state: State | None, there: There) -> TaxSituation:
        """A region or a category that no tax code is linked to."""
        region, category = there.regions.get(home.id), there.categories.get(home.id)
        if home.kind == KIND:
            fields, name = (
                watched_region(region) if region else None,
                f"tax region {region.name if region else home.id}",
            )
        else:
            fields = watched_category(category) if category else None
            name = f"tax category {category.name if category else home.id}"
        pair = Pair(home, state, partner=fields, partner_name=name)
        return TaxSituation(home=home, name=Name(name), pairs=(pair,), settings=self.settings, rules=self.rules)

    def _taken(self, home: Ref, code: SalesTax, wanted: str, same: TaxRegion | None, there: There) -> str:
        """Why the name that the code's region should have is another one's; empty where it is not."""
        linked = there.states.get(Ref(KIND, "partner", same.key)) if same else None
        if isinstance(linked, Link) and linked.cw_id != home.id:
            return f"that is linked to {linked.cw_name} already."
        if self.settings.by_hand(code.identifier):
            return ""
        if any(fold(region) == fold(wanted) for region in self.settings.regions):
            return "that is mapped by hand to another one."
        rivals = [
            other
            for other in there.codes.values()
            if other.key != home.id
            and fold(other.name) == fold(code.name)
            and not self.settings.by_hand(other.identifier)
            and not isinstance(there.states.get(Ref(KIND, "cw", other.key)), Link)
        ]
        free = not isinstance(there.states.get(home), Link)
        return f"{code_name(rivals[0])} is described just so." if rivals and free else ""

    def _rates(
        self, home: Ref, name: Name, code: SalesTax | None, region: TaxRegion | None, there: There
    ) -> tuple[Rate, ...]:
        if code is None or code.percent is None:
            return ()
        called = dict(zip(SORTS, (self.settings.taxable, self.settings.non_taxable), strict=True))
        rates = []
        for sort in SORTS:
            percent = code.percent if sort == TAXABLE else Decimal(0)
            ref = part(home.id, sort)
            state = there.states.get(ref)
            category = self._category(state, called[sort], region, there)
            pair = Pair(
                ref,
                state,
                {"rate": percent},
                watched_category(category) if category else None,
                f"{sort} rate of {name}",
                f"tax category {category.name if category else called[sort]}",
            )
            rates.append(Rate(sort, pair, called[sort], percent, category))
        return tuple(rates)

    def _category(self, state: State | None, called: str, region: TaxRegion | None, there: There) -> TaxCategory | None:
        """The category that is linked; else that of the name in the region, which an earlier try may have made."""
        if isinstance(state, Link):
            return there.categories.get(state.partner_id)
        named = (
            one
            for one in there.categories.values()
            if region and one.region == region.key and fold(one.name) == fold(called)
        )
        free = (one for one in named if not isinstance(there.states.get(Ref(RATE, "partner", one.key)), Link))
        return next(free, None)


def _home(ref: Ref, state: State | None) -> Ref:
    """The tax code that a record belongs to; itself where it belongs to none."""
    if isinstance(state, Link):
        return Ref(KIND, "cw", state.cw_id.partition("/")[0])
    return Ref(KIND, "cw", ref.id.partition("/")[0]) if ref.side == "cw" else ref
