"""The handler of the project invoice flow's queue."""

from functions.eautomate_project_invoices.flow import EautomateProjectInvoices
from functions.wiring import worker

handler = worker(EautomateProjectInvoices)
