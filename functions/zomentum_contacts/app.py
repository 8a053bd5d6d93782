"""The handler of the contact flow's queue."""

from functions.wiring import worker
from functions.zomentum_contacts.flow import ZomentumContacts

handler = worker(ZomentumContacts)
