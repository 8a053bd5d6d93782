"""The handler of the company flow's queue."""

from functions.wiring import worker
from functions.zomentum_companies.flow import ZomentumCompanies

handler = worker(ZomentumCompanies)
