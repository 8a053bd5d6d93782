"""The handler of the agreement flow's queue."""

from functions.eautomate_agreements.flow import EautomateAgreements
from functions.wiring import worker

handler = worker(EautomateAgreements)
