"""A page of a thousand rows takes less than 150 ms where there are a hundred thousand."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from infra.local.simulators.psa import PsaSimulator

COMPANIES = 100_000
LIMIT = 0.150
FORWARD = {"pagination-type": "forward-only"}
NARROW = "id,identifier,name,accountNumber,status/id,_info/lastUpdated"


@pytest.fixture(scope="module")
def large() -> Iterator[tuple[PsaSimulator, httpx.Client]]:
    with PsaSimulator(companies=COMPANIES) as psa:
        base = f"{psa.url}/v2026_1/apis/3.0"
        with httpx.Client(base_url=base, auth=("demo+public", "private"), headers={"clientId": "x"}) as client:
            yield psa, client


@pytest.mark.parametrize(
    ("headers", "params"),
    [
        ({}, {"page": "90"}),
        (FORWARD, {"pageId": "50000"}),
        (FORWARD, {"pageId": "50000", "fields": NARROW}),
        (FORWARD, {"conditions": "lastUpdated > [MIDDLE]", "fields": NARROW}),
        ({}, {"orderBy": "lastUpdated desc", "conditions": "status/id in (1,2)", "fields": NARROW}),
        ({}, {"conditions": 'name contains "dental"', "fields": NARROW}),
    ],
    ids=["by number", "forward", "narrow", "changed since", "ordered", "searched"],
)
def test_a_page_of_a_thousand(
    large: tuple[PsaSimulator, httpx.Client], headers: dict[str, str], params: dict[str, str]
) -> None:
    psa, client = large
    middle = psa.record("company/companies", 50_000)["_info"]["lastUpdated"]
    asked = {name: value.replace("MIDDLE", middle) for name, value in params.items()}
    best = 1.0
    for turn in range(5):  # processor time, the best of five: other work on the machine is not what is measured
        psa.edit("company/companies", 250 + turn, name=f"Renamed {turn}")  # nothing is answered from memory
        begun = time.process_time()
        answer = client.get("/company/companies", params={"pageSize": "1000", **asked}, headers=headers)
        best = min(best, time.process_time() - begun)
        assert answer.text.count('"lastUpdated"') == 1000
    assert best < LIMIT
