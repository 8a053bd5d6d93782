"""The handler of the tax flow's queue."""

from functions.wiring import worker
from functions.zomentum_taxes.flow import ZomentumTaxes

handler = worker(ZomentumTaxes)
