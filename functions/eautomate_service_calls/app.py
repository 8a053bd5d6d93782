"""The handler of the service call flow's queue."""

from functions.eautomate_service_calls.flow import EautomateServiceCalls
from functions.wiring import worker

handler = worker(EautomateServiceCalls)
