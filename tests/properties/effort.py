"""How long property tests search: a moment, the same every time; or, where CROSSWISE_SOAK is set, long and anew."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("CROSSWISE_SOAK"))


def effort(short: int, long: int) -> settings:
    """Settings with so many examples."""
    return settings(
        max_examples=long if SOAK else short,
        derandomize=not SOAK,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
