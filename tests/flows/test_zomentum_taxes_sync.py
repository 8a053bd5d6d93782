"""The flow of taxes from end to end: regions and categories made once, rates that follow, regions mapped by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from functions import wiring
from functions.zomentum_taxes.settings import TaxSettings
from infra.local.simulators.zomentum.entities import CATEGORIES, REGIONS
from shared.sync.clock import RandomIds
from shared.sync.glance import glances
from shared.sync.operating import Operator
from shared.sync.record import Ref
from tests.flows.rig import Rig

CODES = "finance/taxCodes"
KIND = "code-region"
pytestmark = pytest.mark.flow("zomentum_taxes")
Rates = dict[str, dict[str, Any]]


class Taxes:
    """Both systems, with no tax at all, and short ways to fill them."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.zomentum = rig, rig.psa, rig.zomentum
        for path in (CATEGORIES, REGIONS):
            for row in self.zomentum.records(path):
                self.zomentum.delete(path, row["id"])
        for row in self.psa.records(CODES):
            self.psa.delete(CODES, row["id"])

    def code(self, identifier: str, name: str, rate: float = 0.0825, **fields: Any) -> str:
        """A tax code; its id."""
        given = {"invoiceCaption": "Tax", "effectiveDate": "2020-01-01T00:00:00Z", "levelOneRateType": "Percent"}
        made = self.psa.add(CODES, identifier=identifier, description=name, levelOneRate=rate, **{**given, **fields})
        return str(made["id"])

    def edit(self, code: str, **fields: Any) -> None:
        self.psa.edit(CODES, int(code), **fields)

    def region(self, name: str, **rates: float) -> str:
        """A region of Zomentum's with these categories; its id."""
        region = self.zomentum.add(REGIONS, name=name)
        for category, rate in rates.items():
            self.zomentum.add(CATEGORIES, name=category, tax_region_id=region, rate=rate)
        return region

    def category(self, name: str, region: str) -> str:
        rows = self.zomentum.records(CATEGORIES)
        place = self.zomentum.find(REGIONS, region)["id"]
        return next(str(row["id"]) for row in rows if (row["name"], row["tax_region_id"]) == (name, place))

    def there(self) -> Rates:
        """Zomentum's rates, by region and category."""
        regions = {row["id"]: row["name"] for row in self.zomentum.records(REGIONS)}
        found: Rates = {name: {} for name in regions.values()}
        for row in self.zomentum.records(CATEGORIES):
            found[regions[row["tax_region_id"]]][row["name"]] = row["rate"]
        return found


@pytest.fixture
def taxes(rig: Rig) -> Taxes:
    return Taxes(rig)


def cw(id_: str) -> Ref:
    return Ref(KIND, "cw", id_)


@pytest.mark.rule("ZM-25", "ZM-26", "ZM-14")
def test_each_tax_code_is_a_region_with_a_taxable_and_a_non_taxable_category_once(rig: Rig, taxes: Taxes) -> None:
    taxes.code("TX", "Texas", 0.0625, levelTwoRate=0.02, levelTwoRateType="Percent")
    taxes.code("EX", "Exempt", 0)
    assert rig.sync()["applied"] == 2
    assert taxes.there() == {
        "Texas": {"Taxable": 8.25, "Non-Taxable": 0},
        "Exempt": {"Taxable": 0, "Non-Taxable": 0},
    }
    assert {kind for kind, _ in rig.links()} == {KIND, "code-category"}
    assert len(rig.links()) == 6
    assert rig.sync()["queued"] == 0
    rig.sync("comprehensive")
    assert rig.sync("comprehensive")["queued"] == 0
    assert rig.codes() == []


@pytest.mark.rule("ZM-07")
def test_a_rate_that_changes_follows_and_names_stay_as_zomentum_has_them(rig: Rig, taxes: Taxes) -> None:
    code = taxes.code("TX", "Texas")
    rig.sync()
    taxes.zomentum.edit(CATEGORIES, taxes.category("Taxable", "Texas"), name="Sales tax")
    taxes.edit(code, levelOneRate=0.09, description="Texas, all of it")
    rig.sync()
    assert taxes.there() == {"Texas, all of it": {"Sales tax": 9, "Non-Taxable": 0}}
    (entry,) = [one for one in rig.history(Ref("code-category", "cw", f"{code}/taxable")) if one.before]
    assert (entry.before, entry.after) == ({"rate": Decimal("8.25")}, {"rate": Decimal("9")})


@pytest.mark.rule("ZM-06")
def test_in_the_first_mode_only_new_codes_are_carried(rig: Rig, taxes: Taxes) -> None:
    rig.settings(create_only=True)
    code = taxes.code("TX", "Texas")
    rig.sync()
    taxes.edit(code, levelOneRate=0.09, description="Lone Star")
    taxes.code("FL", "Florida", 0.06)
    rig.sync()
    rig.sync("comprehensive")
    assert taxes.there() == {
        "Texas": {"Taxable": 8.25, "Non-Taxable": 0},
        "Florida": {"Taxable": 6, "Non-Taxable": 0},
    }


@pytest.mark.rule("ZM-27")
def test_regions_mapped_by_hand_are_linked_and_nothing_is_made_in_them(rig: Rig, taxes: Taxes) -> None:
    rig.settings(regions={"Lone Star": "tx", "Nowhere": "FL"}, taxable="VAT")
    taxes.region("Lone Star", VAT=8)
    taxes.code("TX", "Texas")
    taxes.code("FL", "Florida", 0.06)
    rig.sync()
    assert taxes.there() == {"Lone Star": {"VAT": 8.25}}
    assert rig.codes() == ["TAX_REGION_MISSING"]
    taxes.region("Nowhere", Other=1)
    rig.tick(minutes=6)
    assert rig.codes() == ["TAX_CATEGORY_MISSING"]
    taxes.zomentum.add(CATEGORIES, name="VAT", tax_region_id=taxes.zomentum.find(REGIONS, "Nowhere")["id"], rate=1)
    rig.tick(minutes=20)
    assert taxes.there()["Nowhere"] == {"Other": 1, "VAT": 6}
    assert rig.codes() == []


@pytest.mark.rule("ZM-25")
def test_without_import_only_what_is_mapped_by_hand_is_kept(rig: Rig, taxes: Taxes) -> None:
    rig.settings(regions={"Lone Star": "TX"}, create_missing=False)
    taxes.region("Lone Star", Taxable=1)
    taxes.code("TX", "Texas")
    florida = taxes.code("FL", "Florida")
    rig.sync()
    assert taxes.there() == {"Lone Star": {"Taxable": 8.25}}
    assert "mapped by hand" in getattr(rig.state(cw(florida)), "reason", "")


@pytest.mark.rule("ZM-34")
def test_a_region_of_the_name_is_linked_and_not_made_again(rig: Rig, taxes: Taxes) -> None:
    region = taxes.region("TEXAS", Taxable=8)
    code = taxes.code("TX", "Texas")
    rig.sync()
    assert taxes.there() == {"TEXAS": {"Taxable": 8.25, "Non-Taxable": 0}}
    assert rig.links()[KIND, region].cw_id == code


@pytest.mark.rule("ZM-36")
def test_two_codes_of_one_description_are_never_one_region(rig: Rig, taxes: Taxes) -> None:
    taxes.code("TX1", "Texas")
    second = taxes.code("TX2", "texas", 0.05)
    rig.sync()
    assert (rig.codes(), taxes.there()) == (["NAME_TAKEN"] * 2, {})
    taxes.edit(second, description="Texas, rural")
    rig.sync()
    rig.tick(minutes=6)
    assert (rig.codes(), sorted(taxes.there())) == ([], ["Texas", "Texas, rural"])
    third = taxes.code("TX3", "Texas")
    rig.sync()
    assert rig.codes() == ["NAME_TAKEN"]
    message = rig.issues()["NAME_TAKEN", "tax code TX3 (Texas)"].issue.message
    assert "is linked to tax code TX1 (Texas) already" in message
    rig.settings(regions={"Texas": "TX3"})
    taxes.psa.delete(CODES, int(third))


@pytest.mark.rule("ZM-12")
def test_a_filter_says_which_regions_there_are(rig: Rig, taxes: Taxes) -> None:
    rig.settings(filters={"tax_region": ["Texas"]})
    taxes.code("TX", "Texas")
    taxes.code("FL", "Florida")
    rig.sync()
    assert list(taxes.there()) == ["Texas"]


def test_what_zomentum_changed_is_put_back_or_reported(rig: Rig, taxes: Taxes) -> None:
    rig.settings(drift="report")
    taxes.code("TX", "Texas")
    rig.sync()
    taxes.zomentum.edit(CATEGORIES, taxes.category("Taxable", "Texas"), rate=1)
    taxes.zomentum.edit(REGIONS, taxes.zomentum.find(REGIONS, "Texas")["id"], name="Lone Star")
    rig.sync("comprehensive")
    assert rig.codes() == ["DRIFT", "DRIFT"]
    assert taxes.there()["Lone Star"]["Taxable"] == 1
    rig.settings()
    rig.sync()
    assert (rig.codes(), taxes.there()) == ([], {"Texas": {"Taxable": 8.25, "Non-Taxable": 0}})


@pytest.mark.parametrize("path", [CODES, REGIONS, CATEGORIES])
def test_what_is_gone_on_one_side_is_told_and_deletes_nothing(rig: Rig, taxes: Taxes, path: str) -> None:
    code = taxes.code("TX", "Texas")
    rig.sync()
    if path == CODES:
        taxes.psa.delete(path, int(code))
    else:
        gone = taxes.category("Taxable", "Texas") if path == CATEGORIES else taxes.zomentum.find(path, "Texas")["id"]
        taxes.zomentum.delete(path, gone)
    rig.clock.turn(minutes=1)
    rig.sync("comprehensive")
    assert rig.codes() == ["COUNTERPART_GONE"]
    left = len(taxes.zomentum.records(REGIONS)) + len(taxes.zomentum.records(CATEGORIES))
    assert left == {CODES: 3, REGIONS: 2, CATEGORIES: 2}[path]
    if path == CATEGORIES:
        part = Ref("code-category", "cw", f"{code}/taxable")
        Operator(rig.store, rig.queue, rig.clock, RandomIds(), "kim").unlink(rig.key, part, anew=True)
        rig.deliver()
        rig.tick(minutes=6)
        assert (rig.codes(), taxes.there()) == ([], {"Texas": {"Non-Taxable": 0, "Taxable": 8.25}})


def test_an_amount_is_no_rate_and_a_cancelled_code_is_left_as_it_is(rig: Rig, taxes: Taxes) -> None:
    flat = taxes.code("FLAT", "Flat", 2, levelOneRateType="Amount")
    old = taxes.code("OLD", "Old", cancelDate="2020-01-01T00:00:00Z")
    rig.sync()
    assert (rig.codes(), taxes.there()) == (["TAX_IS_NO_RATE"], {})
    assert "cancelled" in getattr(rig.state(cw(old)), "reason", "")
    taxes.edit(flat, levelOneRateType="Percent", levelOneRate=0.02)
    rig.sync()
    assert (rig.codes(), list(taxes.there())) == ([], ["Flat"])


def test_taxes_are_never_written_to_connectwise(rig: Rig, taxes: Taxes) -> None:
    region = taxes.region("Nevada", Taxable=5)
    taxes.code("TX", "Texas")
    rig.forget()
    rig.sync("comprehensive")
    assert rig.written("connectwise_psa") == {}
    assert "taxes come from ConnectWise only" in getattr(rig.state(Ref(KIND, "partner", region)), "reason", "")
    connection = rig.store.flows.connection("demo")
    assert connection is not None
    flow = rig.runtime.flow(wiring.flow_class(rig.flow), connection)
    assert [found.reason[:13] for found in glances(flow, "nevada", rig.clock.now())] == ["No tax code i"]
    assert [found.outcome for found in glances(flow, "TX", rig.clock.now())] == ["in_step"]


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"regions": {"Texas": "TX", "Lone Star": "tx"}}, "tx is mapped twice"),
        ({"taxable": "Tax", "non_taxable": "tax"}, "name one category"),
        ({"filters": {"size": ["L"]}}, "there is no fact size"),
    ],
)
@pytest.mark.rule("ZM-27")
def test_settings_that_contradict_themselves_are_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        TaxSettings.model_validate(settings)
