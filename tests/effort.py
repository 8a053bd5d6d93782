"""How long property tests search: a moment, the same every time; or, where CROSSWISE_SOAK is set, long and anew."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

SOAK = bool(os.environ.get("CROSSWISE_SOAK"))


def effort(short: int, long: int, *, slow: bool = False) -> settings:
    """Settings with so many examples; where each is `slow`, a failing one is not made smaller."""
    return settings(
        max_examples=long if SOAK else short,
        derandomize=not SOAK,
        deadline=None,
        print_blob=True,
        phases=[Phase.explicit, Phase.reuse, Phase.generate] if slow else tuple(Phase),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
