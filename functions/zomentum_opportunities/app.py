"""The handler of the opportunity flow's queue."""

from functions.wiring import worker
from functions.zomentum_opportunities.flow import ZomentumOpportunities

handler = worker(ZomentumOpportunities)
