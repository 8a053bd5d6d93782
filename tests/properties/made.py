"""Strategies: addresses, mapped fields, plans, situations, as the engine may meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.sync.flow import FlowSettings, Situation
from shared.sync.issue import Issue
from shared.sync.link import Intent, Link, Pair, Seen, State
from shared.sync.plan import LINKS, Created, FieldConflict, Plan, Step, Verb
from shared.sync.record import SIDES, Fields, Name, Ref, Side

KINDS = ("customer-company", "location-site")
FIELD_NAMES = ("name", "city", "zip", "phone", "limit", "tags")
FACTS = ("branch", "customer_type")
PEOPLE = ("ada", "grace")
VERBS: tuple[Verb, ...] = ("create", "update", "note", "link")
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ["#", "%", "%23", "%2523", "%25", "a#b", "%#%", "7"]
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
money = st.decimals(-(10**9), 10**9, places=2)
sides: st.SearchStrategy[Side] = st.sampled_from(SIDES)
refs = st.builds(Ref, st.sampled_from(KINDS), sides, ids)

leaves = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts | money | moments | st.dates()
"""What one field of a record may hold. No float: adapters read decimal numbers exactly."""

values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields: st.SearchStrategy[Fields] = st.dictionaries(st.sampled_from(FIELD_NAMES), values, max_size=4)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def links(draw: st.DrawFn) -> Link:
    return Link(
        draw(st.sampled_from(KINDS)), draw(ids), draw(ids),
        cw_hash=draw(st.sampled_from(["", "c1", "c2"])), partner_hash=draw(st.sampled_from(["", "p1"])),
        agreed=draw(fields), rules=draw(st.sampled_from(["", "r1", "r2"])), revision=draw(st.integers(1, 9)),
        how=draw(texts), cw_name=draw(texts), partner_name=draw(texts), linked_at=draw(st.none() | moments),
        waiting=draw(st.booleans()), left=draw(texts), held=draw(texts),
        scope=draw(st.none() | st.just(Ref(KINDS[0], "cw", "1"))),
    )  # fmt: skip


@st.composite
def states(draw: st.DrawFn, home: Ref) -> State | None:
    match draw(st.integers(0, 3)):
        case 0:
            link = draw(links())
            own = {"cw_id": home.id} if home.side == "cw" else {"partner_id": home.id}
            return Link(**{**vars(link), "kind": home.kind, **own})
        case 1:
            at = draw(moments)
            return Intent(home, "token", at, at + timedelta(minutes=5))
        case 2:
            held = draw(st.sampled_from(["", "", "Cancelled by ada: twice there."]))
            return Seen(home, draw(st.sampled_from(["", "h1"])), "r1", "skipped", draw(texts), held=held)
    return None


@st.composite
def pairs(draw: st.DrawFn, home: Ref) -> Pair:
    maybe = st.none() | fields
    return Pair(home, draw(states(home)), draw(maybe), draw(maybe), draw(texts), draw(texts))


def issues(record: Ref) -> st.SearchStrategy[Issue]:
    return st.builds(
        Issue, st.sampled_from(["A", "B", "C"]), st.just(record), st.just(Name("one")), texts, texts,
        blocks=st.booleans(),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn, homes: tuple[Ref, ...] = (Ref(KINDS[0], "partner", "1"),)) -> Plan:
    """Up to eight steps, any of which may name earlier creates, in its key or deep in its fields."""
    steps: list[Step] = []
    creates: list[str] = []
    for number in range(draw(st.integers(0, 8))):
        record = draw(st.sampled_from(homes))
        named: list[Created] = draw(st.lists(st.sampled_from(creates).map(Created), max_size=2)) if creates else []
        verb = draw(st.sampled_from(VERBS))
        step_id = f"{verb}-{number}"
        if verb == "link":
            ends = {"cw": named[0] if named else draw(ids), "partner": record.id}
            steps.append(Step(step_id, LINKS, record.kind, "link", fields=ends, record=record))
            continue
        filled: dict[str, Any] = dict(draw(fields))
        if named:
            filled["refers"] = {"to": tuple(named)}
        before = {name: "was" for name in filled if name in FIELD_NAMES}
        keyed = draw(st.booleans())
        key = named[0] if named and keyed else None if verb == "create" else "77"
        steps.append(
            Step(
                step_id,
                "connectwise_psa",
                "company",
                verb,
                key,
                fields=filled,
                before=before,
                why=draw(texts),
                record=draw(st.sampled_from([None, record])),
                ask=draw(st.booleans()),
            )
        )
        if verb == "create":
            creates.append(step_id)
    raised = draw(st.lists(st.sampled_from(homes).flatmap(issues), max_size=3))
    return Plan(
        homes[0],
        draw(texts),
        tuple(steps),
        tuple({(issue.record, issue.code): issue for issue in raised}.values()),
        (FieldConflict("city", "Tampa", "Ocala", kept="cw"),) if draw(st.booleans()) else (),
        skipped=draw(st.booleans()),
        name=Name("one"),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """One to three pairs; sometimes opted out, with facts that filters may ask for."""
    numbers = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    homes = [Ref(KINDS[0], "partner", number) for number in numbers]
    return Situation(
        home=homes[0],
        name=Name("one"),
        pairs=tuple(draw(pairs(home)) for home in homes),
        facts=draw(st.dictionaries(st.sampled_from(FACTS), st.sampled_from(["1", "2", "MSP", "msp ", ""]), max_size=2)),
        opted_out=draw(st.sampled_from(["", "", "It says no."])),
    )


class MadeSettings(FlowSettings):
    facts = FACTS
    excludable = FIELD_NAMES


flow_settings = st.builds(
    MadeSettings,
    filters=st.dictionaries(st.sampled_from(FACTS), st.lists(st.sampled_from(["1", " msp"]), max_size=2), max_size=2),
    exclude_fields=st.lists(st.sampled_from(FIELD_NAMES), max_size=3),
)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6)
