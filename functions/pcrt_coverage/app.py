"""The handler of the coverage flow's queue."""

from functions.pcrt_coverage.flow import PcrtCoverage
from functions.wiring import worker

handler = worker(PcrtCoverage)
