"""The handler of the sales order flow's queue."""

from functions.eautomate_sales_orders.flow import EautomateSalesOrders
from functions.wiring import worker

handler = worker(EautomateSalesOrders)
