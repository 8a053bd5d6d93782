"""Every flow's scenario; a new flow joins with one line."""

from tests.faults import customers, project_invoices, reference_data, sales_orders
from tests.faults.world import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    customers.SCENARIO,
    reference_data.SCENARIO,
    project_invoices.SCENARIO,
    sales_orders.SCENARIO,
)
