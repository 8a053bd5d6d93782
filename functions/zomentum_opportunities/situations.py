"""What a decision about an opportunity needs, read and frozen; and which of its fields are mapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from functions.zomentum_opportunities.mapping import Pipelines, column_of, columns, place, stage_there, status_there
from functions.zomentum_opportunities.quotes import Quote
from functions.zomentum_opportunities.settings import OpportunitySettings
from shared.partners.zomentum import OPPORTUNITY
from shared.partners.zomentum_parties import Party
from shared.partners.zomentum_records import RecordSituation
from shared.sync.record import Fields, Name
from shared.systems import zomentum
from shared.systems.connectwise_psa import LIMITS
from shared.systems.connectwise_psa.opportunities import Opportunity

KIND = OPPORTUNITY
DOCUMENT = "document"
"""The kind under which Zomentum tells of documents; a document itself is linked to nothing."""

AnyOpportunity = Opportunity | zomentum.Opportunity


@dataclass(frozen=True)
class NewOnes:
    """What only an opportunity that is made in ConnectWise has, by ConnectWise's ids; None: its own default."""

    location_id: int | None = None
    department_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OpportunitySituation(RecordSituation[Opportunity, zomentum.Opportunity]):
    """An opportunity on one side or both, whom it names there, and, once won, what it sold (`quote`).

    `companies` and `contacts` are by their words. `about` names its company in ConnectWise as well, with its page
    (ZM-29).
    """

    kind: ClassVar[str] = KIND
    noun: ClassVar[str] = "opportunity"
    limits: ClassVar[Mapping[str, int]] = LIMITS["opportunity"]

    settings: OpportunitySettings
    pipelines: Pipelines = field(default_factory=Pipelines)
    companies: Mapping[str, Party] = field(default_factory=dict)
    contacts: Mapping[str, Party] = field(default_factory=dict)
    new: NewOnes = field(default_factory=NewOnes)
    quote: Quote | None = None


def watched(one: Opportunity, company: str, contact: str, settings: OpportunitySettings) -> dict[str, Any]:
    """All of an opportunity of ConnectWise that a decision depends on."""
    said: dict[str, Any] = {**_plain(one), "company": company, "contact": contact}
    if settings.uses_stages:
        said["stage"] = one.stage.strip()
    if settings.map_by != "stage":
        said["status"] = one.status.strip()
    return said


def watched_there(
    one: zomentum.Opportunity,
    company: str,
    contact: str,
    settings: OpportunitySettings,
    pipelines: Pipelines,
    cw_status: str,
    documents: Sequence[zomentum.Document],
) -> dict[str, Any]:
    """All of an opportunity of Zomentum that a decision depends on, stage and status in ConnectWise's words.

    `cw_status` is what the custom field says; `documents` are its own, of which the won ones count.
    """
    stage = pipelines.stage_of(one)
    names = columns(one, stage)
    said: dict[str, Any] = {**_plain(one), "company": company, "contact": contact, "won": one.won, "ended": ended(one)}
    if settings.uses_stages and (there := stage_there(settings, names)):
        said["stage"] = there
    if settings.map_by == "status_field":
        said["status"] = cw_status.strip() or settings.default_status
    elif settings.uses_statuses:
        said["status"] = status_there(settings, names)
    if settings.filters:
        said["facts"] = facts(None, one, settings, pipelines)
    said["documents"] = [[d.id, d.revision.id if d.revision else "", d.name] for d in won_of(one, documents)]
    return said


def won_of(one: zomentum.Opportunity | None, documents: Sequence[zomentum.Document]) -> tuple[zomentum.Document, ...]:
    """The documents of a won opportunity that were won (ZM-30)."""
    if one is None or not one.won:
        return ()
    return in_order([document for document in documents if document.opportunity == one.id and document.won])


def in_order(documents: Sequence[zomentum.Document]) -> tuple[zomentum.Document, ...]:
    """Documents in the order in which they were made."""
    return tuple(sorted(documents, key=lambda document: (str(document.created_at or ""), document.id)))


def ended(one: zomentum.Opportunity) -> bool:
    """Whether it is won or lost: what Zomentum closed is opened again in Zomentum only (ZM-04)."""
    return one.won or one.lost


def facts(
    ours: Opportunity | None, theirs: zomentum.Opportunity | None, settings: OpportunitySettings, pipelines: Pipelines
) -> dict[str, str]:
    """What filters ask for: Zomentum's pipeline and stage, or those that it would get there."""
    if not settings.filters:
        return {}
    if theirs is not None:
        pipeline = pipelines.of(theirs)
        return {"pipeline": pipeline.name if pipeline else "", "stage": pipelines.stage_of(theirs)}
    if ours is None:
        return {}
    target = pipelines.for_new(settings)
    stage = column_of(settings, ours.stage, ours.status)
    fits = target is not None and place(target, stage) is not None
    return {"pipeline": target.name if target else "", "stage": stage if fits else settings.zomentum_stage}


def opportunity_name(one: AnyOpportunity) -> Name:
    """What people call an opportunity, with its page."""
    return Name(f"opportunity {one.name.strip()}", one.url)


def _plain(one: AnyOpportunity) -> Fields:
    return {
        "name": one.name.strip(),
        "description": one.description.strip(),
        "close_date": one.close_date,
    }
