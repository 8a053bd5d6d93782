"""Every flow's scenario; a new flow joins with one line."""

from tests.faults import customers
from tests.faults.world import Scenario

SCENARIOS: tuple[Scenario, ...] = (customers.SCENARIO,)
