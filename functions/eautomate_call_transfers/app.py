"""The handler of the call transfer flow's queue."""

from functions.eautomate_call_transfers.flow import EautomateCallTransfers
from functions.wiring import worker

handler = worker(EautomateCallTransfers)
