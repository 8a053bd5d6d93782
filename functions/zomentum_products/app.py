"""The handler of the product flow's queue."""

from functions.wiring import worker
from functions.zomentum_products.flow import ZomentumProducts

handler = worker(ZomentumProducts)
