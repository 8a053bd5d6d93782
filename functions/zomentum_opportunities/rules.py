"""The business of opportunities: which are the same, which are made, what each side is told, what a win brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from functions.zomentum_opportunities import issues
from functions.zomentum_opportunities.mapping import Place, column_of, columns, place, stage_there, status_there
from functions.zomentum_opportunities.selling import selling
from functions.zomentum_opportunities.settings import OpportunitySettings
from functions.zomentum_opportunities.situations import OpportunitySituation, ended
from shared.partners.zomentum import COMPANY, CONTACT
from shared.partners.zomentum_parties import Party
from shared.partners.zomentum_records import CREATE, created, doubtful, joined, linked
from shared.sync.issue import Issue
from shared.sync.plan import Created, Plan, Step, skip, stop
from shared.sync.record import Fields, Side
from shared.systems import zomentum
from shared.systems.connectwise_psa.opportunities import Opportunity

NAMED = (("company", COMPANY), ("contact", CONTACT))
"""The fields that name other records, with what makes their links."""


def decide(situation: OpportunitySituation) -> Plan:
    """The plan for one opportunity: keep linked ones in step, else match, else create, else say why not."""
    s = situation
    if s.link is not None:
        plan = _told(s, linked(s, s.link, lambda side, fields: _said(s, side, fields)))
        return plan if s.gone else _sold(s, plan, s.link.cw_id)
    one = s.own
    if one is None:
        return skip(s.home, "There is no such opportunity any more.", name=s.name)
    if reason := _not_yet(s):
        return skip(s.home, reason, name=s.name)
    if waits := _waits(s):
        return waits
    if s.match.found is not None:
        plan = _told(s, joined(s, lambda side, fields: _said(s, side, fields)))
        return _sold(s, plan, s.match.found.id if s.to == "cw" else s.home.id)
    if s.match.doubts:
        return doubtful(s)
    if isinstance(one, Opportunity):
        return _pulled(s, one)
    plan = _pushed(s, one)
    return _sold(s, plan, Created(CREATE))


def _not_yet(s: OpportunitySituation) -> str:
    """ZM-05: in the first mode an opportunity of Zomentum's is pushed when it is won."""
    if s.settings.create_only and s.partner is not None and s.home.side == "partner" and not s.partner.won:
        return "It is not won yet; in Zomentum's first mode (create_only) it is pushed when it is."
    return ""


def _waits(s: OpportunitySituation) -> Plan | None:
    """An opportunity waits for its company and its contact; where either is left out, so is the opportunity."""
    told: list[Issue] = []
    for name, needed in NAMED:
        party = _party(s, s.home.side, name)
        if party is None:
            told.append(issues.no_contact(s) if name == "contact" else _nameless(s))
        elif party.found.link is None and party.left_out:
            return skip(s.home, f"Its {party.name} is left out: {party.left_out}", name=s.name)
        elif party.found.link is None and not told:  # a contact waits for its company itself: people settle that once
            told.append(needed.issue(s, party.name, party.found))
    return stop(s.home, *told, name=s.name) if told else None


def _nameless(s: OpportunitySituation) -> Issue:
    return s.issue(
        "OPPORTUNITY_WITHOUT_COMPANY",
        f"{s.name} names no company that is there.",
        "Give it a company; it is tried again by itself.",
    )


# Made


def _pushed(s: OpportunitySituation, one: zomentum.Opportunity) -> Plan:
    """ZM-13, ZM-18: with its stage and status or the default ones, and what new ones have by the settings."""
    settings = s.settings
    fields: dict[str, Any] = {
        **_texts(s, "partner"),
        "close_date": one.close_date or _expected(one, settings),
        "stage": _stage(s, one),
        "status": _status(s, one),
        "rating": settings.rating,
        "sales_rep": settings.sales_rep,
        "location_id": s.new.location_id,
        "department_id": s.new.department_id,
    }
    plan = created(s, {name: value for name, value in fields.items() if value not in ("", None)})
    return _handed(plan, "cw", s)


def _expected(one: zomentum.Opportunity, settings: OpportunitySettings) -> date | None:
    """When an opportunity without a close date is expected to close: ConnectWise changes none that has no such date."""
    return (one.created_at + timedelta(days=settings.close_after_days)).date() if one.created_at else None


def _made_up(s: OpportunitySituation, one: zomentum.Opportunity, day: date | None) -> bool:
    """Whether a close date of ConnectWise's is the one that we gave it: Zomentum is not told of it."""
    return one.close_date is None and day == _expected(one, s.settings)


def _pulled(s: OpportunitySituation, one: Opportunity) -> Plan:
    """ZM-20: at the place that its stage has in Zomentum, else its status, else at the beginning."""
    settings = s.settings
    pipeline = s.pipelines.for_new(settings)
    at = place(pipeline, column_of(settings, one.stage, one.status)) if pipeline else None
    start = place(pipeline, settings.zomentum_stage) if pipeline and settings.zomentum_stage else None
    first = pipeline.stages[0].id if pipeline and pipeline.stages else ""
    stage = (at.stage if at else "") or (start.stage if start else "") or first
    if pipeline is None or not stage:
        return stop(s.home, issues.no_pipeline(s), name=s.name)
    fields: dict[str, Any] = {
        **_texts(s, "cw"),
        "close_date": one.close_date,
        "pipeline": pipeline.id,
        "stage": stage,
        "status": at.status if at else "open",
    }
    if settings.map_by == "status_field" and one.status:
        fields["custom_fields"] = {settings.cw_status_field: one.status}
    plan = created(s, {name: value for name, value in fields.items() if value not in ("", None)})
    return _handed(plan, "partner", s)


def _texts(s: OpportunitySituation, side: Side) -> Fields:
    """The fields that are plain, or words for other records, as a side says them."""
    said = s.pair.fields(side) or {}
    return {name: said[name] for name in ("name", "description", "company", "contact")}


def _handed(plan: Plan, side: Side, s: OpportunitySituation) -> Plan:
    """The plan whose create names others by their ids on that side."""
    steps = tuple(
        replace(step, instead=_instead(s, side, step.fields)) if step.verb == "create" else step for step in plan.steps
    )
    return replace(plan, steps=steps)


def _instead(s: OpportunitySituation, side: Side, fields: Fields) -> dict[str, Fields]:
    """What the side is handed in place of the words for others: their ids; of several contacts, the first changed."""
    found: dict[str, Fields] = {}
    for name, _ in NAMED:
        if name not in fields:
            continue
        party = _of(s, name).get(fields[name])
        id_ = party.id_on(side) if party else ""
        if name == "contact" and side == "partner":
            now = s.partner.contacts if s.partner else ()
            found[name] = {"contacts": (id_, *(one for one in now[1:] if one != id_))}
        else:
            found[name] = {name: id_}
    return found


def _stage(s: OpportunitySituation, one: zomentum.Opportunity) -> str:
    if not s.settings.uses_stages:
        return s.settings.default_stage
    return stage_there(s.settings, columns(one, s.pipelines.stage_of(one)))


def _status(s: OpportunitySituation, one: zomentum.Opportunity) -> str:
    """ZM-33: an open one, unless the status is mapped for its stage, or its custom field has one (ZM-17)."""
    said = (s.pair.partner or {}).get("status")
    if said:
        return str(said)
    if not s.settings.uses_statuses:
        return s.settings.default_status
    return status_there(s.settings, columns(one, s.pipelines.stage_of(one)))


# Kept in step


def _said(s: OpportunitySituation, side: Side, fields: Fields) -> Fields:
    """Fields that a side can be told: what it cannot say, or what nothing there stands for, stays as it is."""
    told: dict[str, Any] = {}
    for name, value in fields.items():
        if name in ("company", "contact"):
            party = _of(s, name).get(value)
            if party is not None and party.id_on(side):
                told[name] = value
        elif side == "partner" and name in ("stage", "status"):
            if _can_be_placed(s, name):
                told[name] = value
        elif side == "partner" and name == "close_date" and s.partner is not None and _made_up(s, s.partner, value):
            continue
        elif side == "partner" or value not in ("", None) or name == "description":
            told[name] = (value or None) if side == "cw" else value
    return told


def _can_be_placed(s: OpportunitySituation, name: str) -> bool:
    """ZM-17: a status in its custom field always; else what stands for ConnectWise's stage and status there."""
    if name == "status" and s.settings.map_by == "status_field":
        return True
    if s.partner is None or ended(s.partner):
        return False
    at = _place(s)
    return at is not None and (at.stage not in ("", s.partner.stage) or at.status != s.partner.status.casefold())


def _place(s: OpportunitySituation) -> Place | None:
    """ZM-20: where Zomentum has what is so in ConnectWise; None where it has no such place."""
    pipeline = s.pipelines.of(s.partner) if s.partner else None
    if s.cw is None or pipeline is None:
        return None
    return place(pipeline, column_of(s.settings, s.cw.stage, s.cw.status))


def _told(s: OpportunitySituation, plan: Plan) -> Plan:
    """The plan with ids in place of words, and with what keeps the two from naming the same company and contact."""
    steps = tuple(replace(step, instead=_changes(s, step)) if step.verb == "update" else step for step in plan.steps)
    plan = replace(plan, steps=steps, reason=_each_keeps(s) or plan.reason if not steps else plan.reason)
    if any(name in step.fields for step in plan.steps if step.verb == "update" for name, _ in NAMED):
        return plan
    return replace(plan, issues=(*plan.issues, *_stays(s)))


def _each_keeps(s: OpportunitySituation) -> str:
    """Why two that do not say the same are left so; empty where they do, or where they were taken for the same."""
    ours, theirs, agreed = s.pair.cw or {}, s.pair.partner or {}, s.link.agreed if s.link else {}
    for name in ("stage", "status"):
        pair = (ours.get(name), theirs.get(name))
        if name in ours and name in theirs and pair[0] != pair[1] and agreed.get(name) != pair:
            return f"Nothing in Zomentum stands for ConnectWise's {name} {pair[0]!r}, or it is closed there."
    return ""


def _changes(s: OpportunitySituation, step: Step) -> dict[str, Fields]:
    side: Side = "cw" if step.system == "connectwise_psa" else "partner"
    found = _instead(s, side, step.fields)
    if side == "partner":
        at = _place(s)
        for name in ("stage", "status"):
            if name not in step.fields:
                continue
            if name == "status" and s.settings.map_by == "status_field":
                found[name] = {"custom_fields": {s.settings.cw_status_field: step.fields[name]}}
            elif at is not None:
                found[name] = {"status": at.status, **({"stage": at.stage} if at.stage else {})}
    return found


def _stays(s: OpportunitySituation) -> tuple[Issue, ...]:
    """An opportunity that moved to a company, or a contact, which the other side does not have."""
    ours, theirs = s.pair.cw, s.pair.partner
    if ours is None or theirs is None or s.settings.create_only:
        return ()
    for name, needed in NAMED:
        if ours[name] != theirs[name] and (unlinked := _unlinked(s, name)):
            return (needed.issue(s, unlinked.name, unlinked.found),)
    return ()


def _unlinked(s: OpportunitySituation, name: str) -> Party | None:
    sides: tuple[Side, Side] = ("cw", "partner")
    parties = [_party(s, side, name) for side in sides]
    return next((one for one in parties if one is not None and one.found.link is None), None)


# Won


def _sold(s: OpportunitySituation, plan: Plan, opportunity: str | Created) -> Plan:
    """ZM-30: what a win brings along comes behind the opportunity itself; what waits for a product, not at all yet."""
    status = next((str(step.fields["status"]) for step in plan.steps if "status" in step.fields), "")
    status = status or (s.cw.status if s.cw else "") or s.settings.default_status
    steps, told = selling(s, opportunity, status)
    if not steps and not told:
        return plan
    missing = f"{len(steps)} things of what was sold are missing in ConnectWise." if steps else ""
    return replace(
        plan,
        reason=f"{plan.reason} {missing}".strip(),
        steps=(*plan.steps, *steps),
        issues=(*plan.issues, *told),
    )


def later(settings: OpportunitySettings, partner: zomentum.Opportunity | None) -> frozenset[str]:
    """ZM-05: in the first mode a win is carried also of what was pulled before, and nothing else is (ZM-06)."""
    won = partner is not None and partner.won
    return frozenset({"stage", "status"}) if settings.create_only and won else frozenset()


def _of(s: OpportunitySituation, name: str) -> Any:
    return s.companies if name == "company" else s.contacts


def _party(s: OpportunitySituation, side: Side, name: str) -> Party | None:
    """Whom the opportunity names on this side; None where it names nobody."""
    fields = s.pair.fields(side)
    found: Party | None = _of(s, name).get(fields[name]) if fields else None
    return found
