"""A page of a thousand rows takes less than 150 ms where there are a hundred thousand."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx

from infra.local.simulators.psa import PsaSimulator

COMPANIES = 100_000
LIMIT = 0.150
FORWARD = {"pagination-type": "forward-only"}
NARROW = "id,identifier,name,accountNumber,status/id,_info/lastUpdated"


ASKED: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "by number": ({}, {"page": "90"}),
    "forward": (FORWARD, {"pageId": "50000"}),
    "narrow": (FORWARD, {"pageId": "50000", "fields": NARROW}),
    "changed since": (FORWARD, {"conditions": "lastUpdated > [MIDDLE]", "fields": NARROW}),
    "ordered": ({}, {"orderBy": "lastUpdated desc", "conditions": "status/id in (1,2)", "fields": NARROW}),
    "searched": ({}, {"conditions": 'name contains "dental"', "fields": NARROW}),
}
"""Headers and parameters of a page. One test asks for all: to fill a PSA takes longer than they take together."""


def test_a_page_of_a_thousand() -> None:
    with PsaSimulator(companies=COMPANIES) as psa:
        base = f"{psa.url}/v2026_1/apis/3.0"
        with httpx.Client(base_url=base, auth=("demo+public", "private"), headers={"clientId": "x"}) as client:
            took = {name: _best(psa, client, headers, params) for name, (headers, params) in ASKED.items()}
    assert {name: seconds for name, seconds in took.items() if seconds >= LIMIT} == {}


def _best(psa: PsaSimulator, client: httpx.Client, headers: Mapping[str, str], params: Mapping[str, str]) -> float:
    """Seconds of processor time, the best of five: other work on the machine is not what is measured."""
    middle = psa.record("company/companies", 50_000)["_info"]["lastUpdated"]
    asked = {name: value.replace("MIDDLE", middle) for name, value in params.items()}
    best = 1.0
    for turn in range(5):
        psa.edit("company/companies", 250 + turn, name=f"Renamed {turn}")  # nothing is answered from memory
        begun = time.process_time()
        answer = client.get("/company/companies", params={"pageSize": "1000", **asked}, headers=headers)
        best = min(best, time.process_time() - begun)
        assert answer.text.count('"lastUpdated"') == 1000
    return best
