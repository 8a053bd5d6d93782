"""The handler of the queue of Moovila's reference data."""

from functions.moovila_reference_data.flow import MoovilaReferenceData
from functions.wiring import worker

handler = worker(MoovilaReferenceData)
