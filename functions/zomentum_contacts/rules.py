"""The business of contacts: who is the same person, who is made, and what each side is told."""

from __future__ import annotations

from dataclasses import replace

from functions.zomentum_contacts import issues
from functions.zomentum_contacts.situations import ContactSituation, said_by
from shared.partners.zomentum import COMPANY
from shared.partners.zomentum_parties import Party
from shared.partners.zomentum_records import created, doubtful, joined, linked
from shared.sync.issue import Issue
from shared.sync.plan import Plan, skip, stop
from shared.sync.record import Fields, Side
from shared.systems import zomentum
from shared.systems.connectwise_psa import Contact


def decide(situation: ContactSituation) -> Plan:
    """The plan for one contact: keep linked ones in step, else match, else create, else say why not."""
    s = situation
    if s.link is not None:
        return _settled(s, linked(s, s.link, lambda side, fields: _said(s, side, fields)))
    contact = s.own
    if contact is None:
        return skip(s.home, "There is no such contact any more.", name=s.name)
    if isinstance(contact, Contact) and contact.inactive:
        return skip(s.home, "The contact is inactive.", name=s.name)
    employer = _employer(s, s.home.side)
    if employer is None:
        return skip(s.home, "The contact is at no company, and Zomentum has no contact without one.", name=s.name)
    if waits := _waits(s, employer):
        return waits
    if s.match.found is not None:
        return _settled(s, joined(s, lambda side, fields: _said(s, side, fields)))
    if s.match.doubts:
        return doubtful(s)
    return _created(s, contact, employer)


def _created(s: ContactSituation, contact: Contact | zomentum.Contact, employer: Party) -> Plan:
    """Both names always, since Zomentum wants both."""
    said = {name: value for name, value in said_by(contact, "").items() if value or name in ("first_name", "last_name")}
    only_new: dict[str, object] = {"company": employer.id_on(s.to)}
    if s.to == "partner":
        return created(s, {**said, **only_new, "contact_type": s.settings.zomentum_contact_type})
    # Who is the same was looked for already: a namesake with another address is somebody else.
    only_new["ignore_duplicates"] = True
    if s.type_id is not None:
        only_new["type_ids"] = (s.type_id,)
    return created(s, {**said, **only_new})


def _waits(s: ContactSituation, employer: Party) -> Plan | None:
    """A contact waits for its company's link; where the company is left out, so is the contact."""
    if employer.found.link is not None:
        return None
    if employer.left_out:
        return skip(s.home, f"Its {employer.name} is left out: {employer.left_out}", name=s.name)
    return stop(s.home, COMPANY.issue(s, employer.name, employer.found), name=s.name)


def _settled(s: ContactSituation, plan: Plan) -> Plan:
    """The plan with what keeps the contact from following to another company, if anything does."""
    if any("company" in step.fields for step in plan.steps if step.verb == "update"):
        return plan
    return replace(plan, issues=(*plan.issues, *told)) if (told := _stays(s)) else plan


def _stays(s: ContactSituation) -> tuple[Issue, ...]:
    """A contact that moved to a company which the other side does not have, or to none."""
    if s.pair.cw is None or s.pair.partner is None or s.pair.cw["company"] == s.pair.partner["company"]:
        return ()
    if s.settings.create_only:
        return ()
    told: list[Issue] = []
    for side in ("cw", "partner"):
        employer = _employer(s, side)
        if employer is None:
            told.append(issues.no_company(s))
        elif employer.found.link is None:
            told.append(COMPANY.issue(s, employer.name, employer.found))
    return tuple(told[:1])


def _employer(s: ContactSituation, side: Side) -> Party | None:
    """The company that the contact is at, as this side says; None where it is at none."""
    fields = s.pair.fields(side)
    return s.employers.get(fields["company"]) if fields else None


def _said(s: ContactSituation, side: Side, fields: Fields) -> Fields:
    """Fields as a side takes them: the company by its own id there, left out while it has none."""
    told = {name: (value or None) if side == "cw" else value for name, value in fields.items() if name != "company"}
    if "company" in fields:
        employer = s.employers.get(fields["company"])
        if employer is not None and (id_ := employer.id_on(side)):
            told["company"] = id_
    return told
