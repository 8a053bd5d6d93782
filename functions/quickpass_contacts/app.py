"""The handler of the queue of matches; it also answers whose account a contact or a ticket is, and whom to pick."""

from functions.quickpass_contacts.answers import pick, whose
from functions.quickpass_contacts.flow import QuickpassContacts
from functions.wiring import worker

handler = worker(QuickpassContacts, whose=whose, pick=pick)
