"""Fills an empty PSA: the set-up tables, members, and as many companies and tickets as are asked for."""

from __future__ import annotations

import random
import re
import tomllib
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from infra.local.simulators.moments import to_the_second
from infra.local.simulators.psa.records import Records
from infra.local.simulators.psa.rules.company import MAIN_SITE

FOLDER = Path(__file__).parent
WORDS: dict[str, Any] = tomllib.loads((FOLDER / "words.toml").read_text())
API_MEMBER = "Integration"
ADMIN = "Admin1"
TECHNICIANS = 6
BOARD_STATUSES = (
    ("New", {"defaultFlag": True, "sortOrder": 1}),
    ("In Progress", {"sortOrder": 2}),
    ("Waiting on Customer", {"sortOrder": 3}),
    ("Completed", {"sortOrder": 4}),
    ("Ready to Invoice", {"sortOrder": 5}),
    ("Closed", {"sortOrder": 6, "closedStatus": True, "timeEntryNotAllowed": True}),
)


class Seeder:
    """Invents records from `rng`; the same seed gives the same PSA."""

    def __init__(self, records: Records, rng: random.Random) -> None:
        self.records = records
        self.rng = rng
        self._identifiers: set[str] = set()

    def set_up(self) -> None:
        """The set-up tables as `setup.toml` has them, states, members, and what each board has."""
        tables = tomllib.loads((FOLDER / "setup.toml").read_text())
        for resource, rows in tables.items():
            for row in rows:
                self._add(resource, None, **row)
        for identifier, name in WORDS["states"].items():
            self._add("state", None, identifier=identifier, name=name, country={"name": "United States"})
        self._members()
        for board in list(self.records.store.rows("board").ids):
            for name, flags in BOARD_STATUSES:
                self._add("boardStatus", board, name=name, **flags)
            for name in ("Break-fix", "Request", "Project work"):
                self._add("boardType", board, name=name, defaultFlag=name == "Break-fix")
            self._add("boardSubType", board, name="Hardware")
            self._add("boardItem", board, name="Visit")
            self._add("boardTeam", board, name="Service Team", teamLeader={"identifier": ADMIN})

    def companies(self, count: int) -> None:
        """Companies, each with its primary site; entered over the last year. Quick enough for 100,000."""
        store, table = self.records.store, self.records.table
        company, site, association = table["company"], table["companySite"], table["companyTypeAssociation"]
        status = [store.reference("companyStatus", each) for each in store.rows("companyStatus").ids]
        types = [store.reference("companyType", each) for each in store.rows("companyType").ids]
        territories = [store.reference("location", each) for each in store.rows("location").ids[:2]]
        country = store.reference("country", 1)
        states = {row["identifier"]: store.reference("state", row["id"]) for row in store.rows("state")}
        now = self.records.clock().astimezone(UTC)
        for _ in range(count):
            record, site_record = store.next_id(company), store.next_id(site)
            entered = to_the_second(now - timedelta(minutes=self.rng.randint(10, 525_600)))
            info = {"lastUpdated": entered, "updatedBy": ADMIN, "dateEntered": entered, "enteredBy": ADMIN}
            name = self._company_name()
            city, state, zip_code, phone = self._place()
            address = {
                "addressLine1": self._street(),
                "city": city,
                "zip": zip_code,
                "country": country,
                "phoneNumber": phone,
            }
            kind = types[0] if self.rng.random() < 0.8 else self.rng.choice(types)
            row: dict[str, Any] = {
                "id": record,
                "identifier": self._identifier(name),
                "name": name,
                "status": status[0] if self.rng.random() < 0.93 else self.rng.choice(status),
                **address,
                "state": state,
                "website": f"www.{re.sub(r'[^a-z]', '', name.lower())}.example",
                "territory": self.rng.choice(territories),
                "leadFlag": False,
                "unsubscribeFlag": False,
                "deletedFlag": False,
                "isVendorFlag": False,
                "types": [kind],
                "integratorTags": [],
                "_info": info,
            }
            store.put(company, record, row)
            own = store.reference("company", record)
            site_row = {
                "id": site_record,
                "name": "Main",
                **address,
                "stateReference": states[state],
                **MAIN_SITE,
                "company": own,
                "_info": info,
            }
            store.put(site, site_record, site_row, record)
            store.put(company, record, {**row, "site": store.reference("companySite", site_record)})
            link = store.next_id(association)
            store.put(association, link, {"id": link, "type": kind, "company": own, "_info": info}, record)
        store.rows("company").by_time()

    def tickets(self, count: int) -> None:
        """Service tickets of any companies, on any board but the projects'."""
        store = self.records.store
        companies, entity = store.rows("company").ids, self.records.table["ticket"]
        if count and not companies:
            self.companies(1)
        boards = [row["id"] for row in store.rows("board") if not row.get("projectFlag")]
        for _ in range(count):
            board = self.rng.choice(boards)
            statuses = store.rows("boardStatus").children(board)
            body = {
                "summary": self.rng.choice(WORDS["troubles"]),
                "company": {"id": self.rng.choice(companies)},
                "board": {"id": board},
                "status": {"id": self.rng.choice(statuses)},
                "priority": {"id": self.rng.choice(store.rows("priority").ids)},
            }
            self.records.create(entity, body, ADMIN, trusted=True)

    def person(self) -> tuple[str, str]:
        """First and last name."""
        return self.rng.choice(WORDS["first_names"]), self.rng.choice(WORDS["last_names"])

    def _members(self) -> None:
        self._member(ADMIN, "System", "Administrator", "F")
        self._member(API_MEMBER, "Integration", "Api", "A")
        self._add("apiMember", None, identifier=API_MEMBER, name="Integration Api")
        used: set[str] = set()
        while len(used) < TECHNICIANS:
            first, last = self.person()
            identifier = f"{first[0]}{last}"[:15]
            if identifier not in used:
                used.add(identifier)
                self._member(identifier, first, last, "F")

    def _member(self, identifier: str, first: str, last: str, license_class: str) -> None:
        self._add(
            "member",
            None,
            identifier=identifier,
            firstName=first,
            lastName=last,
            licenseClass=license_class,
            hireDate="2020-01-06T00:00:00Z",
            officeEmail=f"{identifier.lower()}@msp.example",
            defaultEmail="Office",
            defaultPhone="Office",
            securityRole={"id": 1, "name": "Admin"},
            type={"name": "Employee"},
            workRole={"name": "Technician"},
            workType={"name": "Regular"},
            defaultLocation={"name": "Tampa Office"},
            defaultDepartment={"identifier": "Managed"},
            hourlyRate=110.0,
            dailyCapacity=8.0,
        )

    def _add(self, resource: str, parent: int | None, **fields: Any) -> None:
        self.records.create(self.records.table[resource], fields, ADMIN, parent=parent, trusted=True)

    def _company_name(self) -> str:
        owner = self.rng.choice(WORDS["last_names"])
        if self.rng.random() < 0.3:
            owner = f"{owner} {self.rng.choice(WORDS['last_names'])}"
        return f"{owner} {self.rng.choice(WORDS['trades'])} {self.rng.choice(WORDS['endings'])}".strip()

    def _identifier(self, name: str) -> str:
        base = re.sub(r"[^A-Za-z0-9]", "", name)[:20]
        identifier, number = base, 1
        while identifier.lower() in self._identifiers:
            number += 1
            identifier = f"{base}{number}"
        self._identifiers.add(identifier.lower())
        return identifier

    def _place(self) -> tuple[str, str, str, str]:
        city, state, zip_start, area = self.rng.choice(WORDS["cities"])
        phone = f"{area}555{self.rng.randint(100, 199):04d}"
        return city, state, f"{zip_start}{self.rng.randint(1, 99):02d}", phone

    def _street(self) -> str:
        number = self.rng.randint(1, 9999)
        return f"{number} {self.rng.choice(WORDS['streets'])} {self.rng.choice(WORDS['street_kinds'])}"
