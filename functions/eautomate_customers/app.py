"""The handler of the customer flow's queue."""

from functions.eautomate_customers.flow import EautomateCustomers
from functions.wiring import worker

handler = worker(EautomateCustomers)
