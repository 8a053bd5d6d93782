"""Every flow's scenario; a new flow joins with one line."""

from tests.faults import (
    agreements,
    call_transfers,
    coverage,
    customers,
    moovila_projects,
    moovila_reference_data,
    project_invoices,
    quickpass_contacts,
    reference_data,
    sales_orders,
    service_calls,
    zomentum_companies,
    zomentum_contacts,
    zomentum_opportunities,
    zomentum_products,
    zomentum_taxes,
)
from tests.faults.world import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    customers.SCENARIO,
    reference_data.SCENARIO,
    agreements.SCENARIO,
    call_transfers.SCENARIO,
    project_invoices.SCENARIO,
    sales_orders.SCENARIO,
    service_calls.SCENARIO,
    coverage.SCENARIO,
    quickpass_contacts.SCENARIO,
    zomentum_companies.SCENARIO,
    zomentum_contacts.SCENARIO,
    zomentum_taxes.SCENARIO,
    zomentum_opportunities.SCENARIO,
    zomentum_products.SCENARIO,
    moovila_projects.SCENARIO,
    moovila_reference_data.SCENARIO,
)
