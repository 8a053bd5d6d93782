"""The measure of cold starts measures something."""

from __future__ import annotations

from infra.build.coldstart import measure
from infra.build.runtime import Runtime


def test_a_cold_start_is_measured(runtime: Runtime) -> None:
    nothing, clock = measure(runtime, 1, ["clock"])
    assert (nothing.name, clock.name) == ("nothing", "clock")
    assert 0 < clock.warm < clock.cold[0]
    assert nothing.cold[0] < clock.cold[0]
