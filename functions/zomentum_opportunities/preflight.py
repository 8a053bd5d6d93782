"""What must hold in both systems before opportunities can be kept in step: each name of the settings, looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from functions.zomentum_opportunities.observing import Sources
from functions.zomentum_opportunities.settings import LOST, WON, OpportunitySettings
from shared.partners.zomentum import OPPORTUNITIES
from shared.partners.zomentum_checks import once, sync_field
from shared.sync.names import PSA
from shared.sync.preflight import Check, May, custom_field, listed, tried
from shared.sync.record import fold
from shared.systems import zomentum
from shared.systems.connectwise_psa import Member, SetupRow, roles
from shared.systems.connectwise_psa import opportunities as psa

TABLES = "System > Setup Tables"
PIPELINES = "Zomentum, Settings > Pipelines"


def check_opportunities(sources: Sources, may: May) -> Iterator[Check]:
    """Every check of the flow of opportunities; what needs a right that is missing is left out."""
    settings = sources.settings
    if may(PSA, roles.TABLES):
        yield from _stages(sources)
        yield from _statuses(sources)
        ratings = [row.entry for row in sources.psa.records(psa.RATINGS, None, SetupRow)]
        for name in once([settings.rating]):
            yield listed("RATING", "opportunity rating", name, ratings, f"{TABLES} > Rating", OPPORTUNITIES)
    if may(PSA, roles.MEMBERS):
        yield _sales_rep(sources)
    if may(PSA, roles.MY_COMPANY):
        yield from _places(sources)
    if may(PSA, roles.OPPORTUNITIES):
        seen = sources.psa.sample(psa.OPPORTUNITIES, psa.Opportunity)
        yield custom_field("opportunity", settings.cw_id_field, seen[0].captions if seen else None, OPPORTUNITIES)
    yield sync_field(sources.zomentum, zomentum.Opportunity, "opportunity")
    if settings.map_by == "status_field":
        yield _status_field(sources)
    yield from _zomentum_stages(sources)
    yield from _ends(settings)


def _stages(sources: Sources) -> Iterator[Check]:
    settings = sources.settings
    there = [row.entry for row in sources.psa.records(psa.STAGES, None, SetupRow)]
    for name in once([*settings.stages.values(), settings.default_stage]):
        yield listed("STAGE", "opportunity stage", name, there, f"{TABLES} > Opportunity Stage", OPPORTUNITIES)


def _statuses(sources: Sources) -> Iterator[Check]:
    """ZM-33: the default status is an open one."""
    settings = sources.settings
    rows = sources.psa.records(psa.STATUSES, None, psa.OpportunityStatus)
    there, where = [row.entry for row in rows], f"{TABLES} > Opportunity Status"
    for name in once([*settings.statuses.values(), settings.default_status]):
        yield listed("STATUS", "opportunity status", name, there, where, OPPORTUNITIES)
    default = [row for row in rows if fold(row.name) == fold(settings.default_status)]
    if default and not default[0].open:
        yield Check(
            "DEFAULT_STATUS",
            f"Default status {settings.default_status}",
            False,
            "it closes opportunities",
            "an open status",
            f"{where}, row {settings.default_status}",
            f"Name an open status as default_status in the settings of {OPPORTUNITIES}.",
        )


def _sales_rep(sources: Sources) -> Check:
    """ConnectWise takes no opportunity without a sales rep."""
    name = sources.settings.sales_rep
    if not name:
        return Check(
            "SALES_REP",
            "Sales rep of new opportunities",
            False,
            "the settings name none",
            "the identifier of a member",
            "System > Members",
            f"Name a member as sales_rep in the settings of {OPPORTUNITIES}.",
        )
    there = [(row.identifier, not row.inactive) for row in sources.psa.records("system/members", None, Member)]
    return listed("SALES_REP", "member", name, there, "System > Members", OPPORTUNITIES)


def _places(sources: Sources) -> Iterator[Check]:
    """ZM-13: location and business unit of new opportunities."""
    settings, where = sources.settings, "System > My Company"
    if name := settings.location:
        there = [row.entry for row in sources.psa.records(psa.LOCATIONS, None, SetupRow)]
        yield listed("LOCATION", "location", name, there, where, OPPORTUNITIES)
    if name := settings.department:
        there = [row.entry for row in sources.psa.records(psa.DEPARTMENTS, None, SetupRow)]
        yield listed("DEPARTMENT", "business unit", name, there, where, OPPORTUNITIES)


def _status_field(sources: Sources) -> Check:
    """ZM-17: the custom field of Zomentum's that holds ConnectWise's status."""
    name = sources.settings.cw_status_field
    where = "Zomentum, Settings > Custom Fields, opportunity"
    check = listed("CW_STATUS_FIELD", "custom field", name, [(name, True)], where, OPPORTUNITIES)

    def ask() -> Check:
        there = [(one.name, True) for one in sources.zomentum.custom_fields(zomentum.Opportunity)]
        return listed("CW_STATUS_FIELD", "custom field", name, there, where, OPPORTUNITIES)

    return tried(check, ask)


def _zomentum_stages(sources: Sources) -> Iterator[Check]:
    """Pipelines and stages that settings and filters name; `Won` and `Lost` are what is so, whatever the stages."""
    settings = sources.settings
    pipelines = sources.pipelines.all
    names = [(one.name, True) for one in pipelines]
    for name in once([settings.pipeline, *settings.filters.get("pipeline", ())]):
        yield listed("PIPELINE", "pipeline", name, names, PIPELINES, OPPORTUNITIES)
    stages = [(stage.name, True) for one in pipelines for stage in one.stages]
    ends = [(WON, True), (LOST, True)]
    for name in once([*settings.stages, *settings.statuses, *settings.filters.get("stage", ())]):
        yield listed("ZOMENTUM_STAGE", "pipeline stage", name, [*stages, *ends], PIPELINES, OPPORTUNITIES)
    target = sources.pipelines.for_new(settings)
    if settings.zomentum_stage and target is not None:
        own = [(stage.name, True) for stage in target.stages]
        where, about = f"{PIPELINES}, {target.name}", f"new/{fold(settings.zomentum_stage)}"
        yield listed(
            "ZOMENTUM_STAGE", "pipeline stage", settings.zomentum_stage, own, where, OPPORTUNITIES, about=about
        )


def _ends(settings: OpportunitySettings) -> Iterator[Check]:
    """ZM-18: what is won or lost is to be mapped; where it is not, the defaults are used, which is a warning only."""
    used: Sequence[tuple[str, bool, object]] = (
        ("stages", settings.uses_stages, settings.stages),
        ("statuses", settings.uses_statuses, settings.statuses),
    )
    for name, uses, table in used:
        known = {fold(one) for one in table} if isinstance(table, dict) else set()
        for end in (WON, LOST):
            check = Check(
                "ENDS_MAPPED",
                f"{end} in {name}",
                True,
                "it is mapped",
                f"{end} in {name}",
                f"the settings of {OPPORTUNITIES}, {name}",
                f"Name {end} in {name}, so that ConnectWise shows what is {end.lower()}.",
                f"{name}/{fold(end)}",
            )
            if uses and fold(end) not in known:
                default = settings.default_stage if name == "stages" else settings.default_status
                said = f"it is not mapped: it has {default or 'what ConnectWise gives'}, as all that is not"
                yield replace(check, passed=None, found=said)
            elif uses:
                yield check
