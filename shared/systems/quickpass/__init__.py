"""Quickpass (CyberQP): `Quickpass` reads customers and their end users' accounts, and may note a matched contact."""

from shared.systems.quickpass.client import Quickpass
from shared.systems.quickpass.models import Account, Customer, account_key, customer_of

__all__ = ["Account", "Customer", "Quickpass", "account_key", "customer_of"]
