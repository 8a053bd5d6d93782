"""What matching one customer takes: the bounds, held on few accounts here, and on 50,000 in `make soak`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.local.bench.matching import MEMORY, WHOLE, Pass, measure
from tests.effort import SOAK

SIZES = [2_000, *((WHOLE,) if SOAK else ())]


@pytest.mark.parametrize("accounts", SIZES)
def test_a_pass_stays_within_its_bounds(accounts: int) -> None:
    done = measure(accounts)
    assert [str(bound) for bound in done.bounds if not bound.holds] == []
    assert done.proposed + done.for_people == done.accounts == accounts
    assert done.for_people == accounts // 50, "each hundredth has a twin"
    assert done.seconds < 30 * accounts / WHOLE + 1, "it takes no longer for each, however many there are"


def test_one_more_is_too_much() -> None:
    just = Pass(1, 28.9, MEMORY, 1, 0)
    assert all(bound.holds for bound in just.bounds)
    assert not all(bound.holds for bound in replace(just, seconds=30.0).bounds)
    assert not all(bound.holds for bound in replace(just, peak_bytes=MEMORY + 1).bounds)
