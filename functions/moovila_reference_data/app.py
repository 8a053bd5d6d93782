"""The handler of the reference data flow's queue."""

from functions.moovila_reference_data.flow import MoovilaReferenceData
from functions.wiring import worker

handler = worker(MoovilaReferenceData)
