"""Promises 3 and 4: whatever changes while lists are read, page by page, the run after misses none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.eautomate_customers import scanning
from infra.local.cloud.stack import Stack
from shared.systems.connectwise_psa import client as psa_client
from tests.effort import effort
from tests.flows.rig import Rig, rigged
from tests.local_aws import ENVIRONMENT, local_aws
from tests.properties.moving import Happening, Meanwhile

FLOW = "eautomate_customers"
CUSTOMERS = ("1001", "1002", "1003", "1004", "1005")
LOCATIONS = ("1001-1", "1003-1")
CITIES = ("Tampa", "Ocala", "Miami", "Naples", "Destin")
World = Callable[[], AbstractContextManager[Rig]]
PAGE = 2
"""Records of one page, in both systems: every list has several."""


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(psa_client, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(scanning, "CHUNK", PAGE)


@pytest.fixture
def world(stack: Stack) -> World:
    """Makes a rig of its own for an example: customers, locations, and companies that are nobody's."""

    @contextmanager
    def made() -> Iterator[Rig]:
        with local_aws(), rigged(FLOW, stack, create_missing=True) as rig:
            _fill(rig)
            yield rig

    return made


def _fill(rig: Rig) -> None:
    rig.psa.define_custom_field("company/companies/*/sites", "EA Location")
    for number in CUSTOMERS:
        rig.eautomate.add_customer(number, f"Customer {number}", City="Tampa", State="FL")
    for number in LOCATIONS:
        rig.eautomate.add_customer(number, f"Branch {number}", City="Tampa", State="FL", parent=number[:4])
    for place in range(3):
        rig.psa.add("company/companies", identifier=f"STRANGER{place}", name=f"Stranger {place}")


@dataclass(frozen=True)
class Change:
    """Something that happens in one of the systems before the request of this place."""

    before: int
    what: Literal["edit", "add", "drift", "appear", "disappear", "time passes"]
    which: int
    city: str

    def happening(self, rig: Rig, number: int) -> tuple[int, Happening]:
        return self.before, lambda: self._happen(rig, number)

    def _happen(self, rig: Rig, number: int) -> None:
        customers = [row.number for row in rig.eautomate.customers]
        match self.what:
            case "edit":
                rig.eautomate.edit_customer(customers[self.which % len(customers)], City=self.city)
            case "add":
                rig.eautomate.add_customer(f"2{number:03}", f"Newcomer {number}", City=self.city, State="FL")
            case "drift":
                companies = rig.psa.records("company/companies")
                rig.psa.edit("company/companies", companies[self.which % len(companies)]["id"], city=self.city)
            case "appear":
                rig.psa.add("company/companies", identifier=f"NEW{number}", name=f"Another stranger {number}")
            case "disappear":
                strangers = [c for c in rig.psa.records("company/companies") if "tranger" in c["name"]]
                if strangers:
                    rig.psa.delete("company/companies", strangers[self.which % len(strangers)]["id"])
            case "time passes":
                rig.clock.turn(seconds=self.which * 7.5)


changes = st.lists(
    st.builds(
        Change,
        st.integers(0, 40),
        st.sampled_from(["edit", "edit", "add", "drift", "appear", "disappear", "time passes"]),
        st.integers(0, 12),
        st.sampled_from(CITIES),
    ),
    max_size=8,
)


@given(changes, st.booleans(), st.sampled_from(["delta", "comprehensive"]), st.integers(0, 600))
@effort(8, 400, slow=True)
def test_what_changes_during_a_run_is_in_step_after_the_next(
    world: World, moved: list[Change], first: bool, mode: str, pause: int
) -> None:
    """Also what a company was changed to in ConnectWise: it is put back, since e-automate masters it."""
    with world() as rig:
        if not first:
            rig.sync()
            rig.clock.turn(minutes=20)
        meanwhile = Meanwhile(change.happening(rig, number) for number, change in enumerate(moved))
        with meanwhile.beside(rig.psa, rig.eautomate):
            rig.sync(mode)
        meanwhile.end()
        rig.clock.turn(seconds=pause)
        rig.sync("delta")
        rig.tick()  # locations whose customers were linked by the same batch follow within a minute
        assert _cities(rig) == {row.number: row.values["City"] for row in rig.eautomate.customers}
        rig.forget()
        rig.clock.turn(minutes=10)
        rig.sync("delta")
        assert rig.sent() == [], "a run after nothing changed finds nothing"


def _cities(rig: Rig) -> dict[str, str]:
    """In ConnectWise, by customer number: the city of its company, or of its site."""
    companies = {str(c["id"]): c for c in rig.psa.records("company/companies")}
    sites = {str(s["id"]): s for s in rig.psa.records("company/companies/*/sites")}
    numbers = {str(row.id): row.number for row in rig.eautomate.customers}
    return {
        numbers[partner]: (sites if kind == "location-site" else companies)[link.cw_id].get("city", "")
        for (kind, partner), link in rig.links().items()
    }
