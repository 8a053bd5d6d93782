"""How long it takes to match one customer's accounts with its company's contacts, and how much memory: the rules alone.

`python -m infra.local.bench.matching ACCOUNTS` measures in its own process, with as many contacts, and prints JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from functions.quickpass_contacts.communication import Types
from functions.quickpass_contacts.rules import decide
from functions.quickpass_contacts.settings import MatchSettings
from functions.quickpass_contacts.situations import (
    CUSTOMER,
    MatchSituation,
    Person,
    account_name,
    account_ref,
    customer_ref,
    watched_account,
)
from infra.local.bench.measured import Bound, Bounded
from infra.local.cli.screen import say
from shared.sync.link import Link, Pair
from shared.sync.record import Name
from shared.systems.connectwise_psa import Company
from shared.systems.quickpass import Account, Customer

WHOLE = 50_000
SECONDS, MEMORY = 30, 512 * 1024 * 1024
"""What the whole may take at most, on two cores."""

GUID = "0b7d5a3e-1c5f-4c55-9d1c-2f6f3c1b7a90"


@dataclass(frozen=True)
class Pass(Bounded):
    """One pass: wall seconds of the decision, the peak of resident memory (bytes), and what was decided."""

    accounts: int
    seconds: float
    peak_bytes: int
    proposed: int
    for_people: int

    @property
    def bounds(self) -> list[Bound]:
        return [
            Bound("seconds, begun", SECONDS, int(self.seconds) + 1),
            Bound("bytes resident at most", MEMORY, self.peak_bytes),
        ]


def measure(accounts: int) -> Pass:
    """One pass, in a process of its own."""
    command = [sys.executable, "-m", "infra.local.bench.matching", str(accounts)]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)  # noqa: S603 (ourselves)
    return Pass(**json.loads(done.stdout))


def situation(number: int) -> MatchSituation:
    """So many accounts and contacts: nine of ten by address, each tenth by name, each hundredth account with a twin."""
    home = customer_ref(GUID)
    made = (_account(place) for place in range(number))
    accounts = {one.key: one for one in made}
    contacts = {str(place): _person(place) for place in range(number)}
    pairs = (
        Pair(account_ref(key), partner=watched_account(one), partner_name=account_name(one))
        for key, one in accounts.items()
    )
    return MatchSituation(
        home=home,
        name=Name("customer Bench"),
        pairs=(Pair(home, Link(CUSTOMER, "250", GUID, rules="1")), *pairs),
        settings=MatchSettings(),
        customer=Customer(id=GUID, name="Bench"),
        company=Company(id=250, name="Bench"),
        accounts=accounts,
        contacts=contacts,
        types=Types(1, 4, frozenset({4})),
    )


def _account(place: int) -> Account:
    who = place - 1 if place % 100 == 99 else place
    return Account(
        id=f"{place:08}",
        customer=GUID,
        first_name=f"First {who % 997}",
        last_name=f"Last {who}",
        email=f"user{who}@example.com" if place % 10 else "",
        mobile="+1 512 555 0100",
        upn=f"user{place}@example.com",
    )


def _person(place: int) -> Person:
    url = f"https://example.com/v4_6_release/services/system_io/router/openrecord.rails?recordType=ContactFV&recid={place}"
    emails = (f"user{place}@example.com",)
    return Person(str(place), f"First {place % 997}", f"Last {place}", emails, ((2, "1"),), "250", url=url)


def show(done: Pass) -> None:
    """Prints what a pass took, and the bounds that do not hold."""
    came = f"{done.proposed:,} proposed, {done.for_people:,} for people"
    took = f"{done.seconds:.1f} seconds, {done.peak_bytes / 2**20:.0f} MiB resident at most"
    say(f"\n{done.accounts:,} accounts of one customer: {came}; {took}")
    for bound in done.bounds:
        if not bound.holds:
            say(f"TOO MUCH: {bound}")


def main(number: int) -> None:
    """Measures here."""
    whole = situation(number)
    began = time.monotonic()
    plan = decide(whole)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(asdict(Pass(number, seconds, peak, len(plan.steps), len(plan.issues)))))


if __name__ == "__main__":
    main(int(sys.argv[1]))
