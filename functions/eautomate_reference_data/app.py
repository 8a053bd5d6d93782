"""The handler of the reference data flow's queue."""

from functions.eautomate_reference_data.flow import EautomateReferenceData
from functions.wiring import worker

handler = worker(EautomateReferenceData)
