"""What is in the simulated Quickpass at first: customers, each with end users of all sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.simulators.quickpass.server import QuickpassSimulator

_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gwen", "Hugo", "Ines", "Jack")
_LAST = ("Abbott", "Burke", "Castro", "Dunn", "Ellis", "Fox", "Grant", "Hale", "Irwin", "Jones")
_NAMES = ("Alder Dental", "Birch Bakery", "Cedar Legal", "Dogwood Logistics", "Elm Clinic", "Fir Foundry")
_SOURCES = ("AzureAD", "AD", "Local")


def settle(tenant: QuickpassSimulator, customers: int, accounts: int) -> None:
    """Customers with so many accounts each; every fifth has a mobile number, every tenth no e-mail address."""
    for number in range(customers):
        name = f"{_NAMES[number % len(_NAMES)]}{f' {number}' if number >= len(_NAMES) else ''}"
        customer = tenant.add_customer(name)
        domain = f"{name.lower().replace(' ', '-')}.example.com"
        for place in range(accounts):
            first, last = _FIRST[place % len(_FIRST)], _LAST[place // len(_FIRST) % len(_LAST)]
            more = str(place) if place >= len(_FIRST) * len(_LAST) else ""
            email = f"{first}.{last}{more}@{domain}".lower()
            tenant.add_account(
                customer,
                first,
                f"{last}{more}",
                "" if place % 10 == 9 else email,
                upn=email,
                mobile=f"+1 512 555 {place:04}" if place % 5 == 0 else "",
                source=_SOURCES[place % len(_SOURCES)],
            )
