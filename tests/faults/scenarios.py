"""Every flow's scenario; a new flow joins with one line."""

from tests.faults import customers, reference_data
from tests.faults.world import Scenario

SCENARIOS: tuple[Scenario, ...] = (customers.SCENARIO, reference_data.SCENARIO)
