"""How much the demo plays through: as `make demo` shows it, and less of everything for the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Companies in ConnectWise and customers in e-automate; then what a month brings: agreement invoices, closed
    tickets, calls moved to ConnectWise, projects, sales orders. Failures are the same at every size, and come on top.

    `repairs` are made in one minute. `matched`, `ambiguous`, `two_numbers`, `opted_out` and `refused` of the customers
    are so from the start. `clients` and `computers` are those of a repair shop, `clients_there` and `deals` are the
    companies and opportunities of an MSP that sells in Zomentum, `plans` the projects of an office with Moovila. Of the
    `accounts` of a help desk's customer `several` fit several contacts, `alone` none; `silent` have no e-mail address.
    """

    companies: int = 500
    customers: int = 400
    matched: int = 180
    ambiguous: int = 6
    two_numbers: int = 2
    opted_out: int = 5
    refused: int = 3
    edits: int = 20
    agreements: int = 60
    tickets: int = 200
    calls: int = 40
    projects: int = 6
    orders: int = 50
    repairs: int = 1
    clients: int = 50
    computers: int = 1000
    clients_there: int = 24
    deals: int = 12
    plans: int = 6
    accounts: int = 120
    several: int = 9
    alone: int = 14
    silent: int = 3


WHOLE = Sizes()
SMALL = Sizes(
    companies=50,
    customers=40,
    matched=12,
    ambiguous=1,
    two_numbers=1,
    opted_out=1,
    refused=1,
    edits=4,
    agreements=6,
    tickets=20,
    calls=4,
    projects=3,
    orders=5,
    repairs=6,
    clients=12,
    computers=320,
    clients_there=8,
    deals=4,
    plans=2,
    accounts=24,
    several=3,
    alone=4,
    silent=1,
)
