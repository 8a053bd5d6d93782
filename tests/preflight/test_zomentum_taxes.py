"""The flow of taxes: every name in its settings is looked up in both systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.cloud.stack import Stack
from tests.flows.rig import Rig, rigged
from tests.preflight.conftest import Desk


class Candidate(Desk):
    """The flow alone, set up as it should be."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.psa, self.settings = rig, rig.psa, {}
        self.set()

    def set(self, **settings: Any) -> None:
        self.rig.connect(**settings)


@pytest.fixture
def desk(stack: Stack, aws: None) -> Iterator[Candidate]:
    with rigged("zomentum_taxes", stack) as rig:
        yield Candidate(rig)


@pytest.mark.rule("ZM-03", "ZM-27")
def test_each_name_that_a_system_does_not_have_is_named(desk: Candidate) -> None:
    desk.set(regions={"Texas": "MA", "Florida": "FL-TPA"}, filters={"tax_region": ["Massachusetts"]})
    assert desk.failed() == []
    desk.set(regions={"Texas": "TX", "Nowhere": "MA"}, taxable="VAT", filters={"tax_region": ["Massachusetts", "Utah"]})
    assert desk.failed() == [
        ("TAX_CODE", "tx"), ("TAX_CODE_NAMED", "utah"), ("TAX_CATEGORY", "texas"), ("TAX_REGION", "nowhere"),
    ]  # fmt: skip


def test_a_right_that_is_missing_is_named(desk: Candidate) -> None:
    desk.set(regions={"Texas": "TX"})
    desk.rig.zomentum.settings.may_not = frozenset({"GET tax/regions"})
    assert desk.failed() == [("RIGHT", "zomentum/Tax regions: inquire"), ("TAX_CODE", "tx")]
