"""What a person must start stands until he does, and stands again when its settings are others (ADR-0014)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.sync.connection import Connection
from shared.sync.record import Ref
from shared.sync.starting import document
from tests.engine.bench import Bench
from tests.engine.toy import ToyFlow, ToySettings

SYSTEMS = {name: {"base_url": f"https://{name}.example", "company": "1"} for name in ("connectwise_psa", "eautomate")}


class Started(ToyFlow):
    """A toy that a person must start, with all of e-automate's flows."""

    starts = "eautomate"


@pytest.fixture
def waiting(bench: Bench) -> Bench:
    """A bench whose flow nobody has started yet, and a widget that would become a gadget."""
    begun = Bench(bench.store, Started)
    begun.widget("w1", "Alder")
    return begun


def start(bench: Bench) -> None:
    connection = bench.store.flows.connection("demo")
    assert connection is not None
    bench.store.flows.start(bench.key, document(Started, connection), bench.clock.now())


@pytest.mark.rule("ZM-03", "ZM-31")
def test_nothing_runs_before_it_is_started(waiting: Bench) -> None:
    waiting.change(Ref("widget-gadget", "partner", "w1"))
    assert waiting.sync() == {"parked": 2}
    assert (waiting.partner.calls, waiting.cw.calls) == ([], [])
    state = waiting.store.flows.state(waiting.key)
    assert state.paused == "its settings are not started yet: crosswise start demo"
    assert waiting.issues() == {}, "that somebody has yet to start it is no trouble"
    waiting.clock.turn(minutes=20)
    assert waiting.due() == {}, "nor is anything of it due"


@pytest.mark.rule("ZM-31")
def test_once_started_it_compares_everything(waiting: Bench) -> None:
    waiting.sync()
    start(waiting)
    assert waiting.due()["applied"] == 1
    assert waiting.store.flows.state(waiting.key).last_comprehensive is not None
    waiting.partner.records["w1"]["name"] = "Alder North"
    assert waiting.sync()["applied"] == 1


def test_it_can_be_started_before_any_message_came(waiting: Bench) -> None:
    start(waiting)
    assert waiting.due()["applied"] == 1


@pytest.mark.rule("ZM-03")
def test_with_other_settings_it_stands_until_these_are_started(waiting: Bench) -> None:
    start(waiting)
    waiting.due()
    waiting.connect(exclude_fields=["name"])
    waiting.partner.records["w1"]["name"] = "Alder North"
    assert waiting.sync() == {"parked": 1}
    assert waiting.store.flows.state(waiting.key).paused.startswith("its settings were changed, and the new ones are")
    waiting.connect()
    waiting.clock.turn(minutes=20)
    start(waiting)
    assert waiting.due()["applied"] == 1, "nothing was lost meanwhile"


def test_resuming_does_not_start_it(waiting: Bench) -> None:
    waiting.sync()
    connection = waiting.store.flows.connection("demo")
    assert connection is not None
    waiting.operator().resume(connection, None)
    assert waiting.due() == {"parked": 1}
    assert waiting.cw.records == {}


def test_a_person_who_paused_it_is_not_overruled(waiting: Bench) -> None:
    start(waiting)
    connection = waiting.store.flows.connection("demo")
    assert connection is not None
    waiting.operator().pause(connection, None, "a holiday")
    start(waiting)
    assert waiting.due() == {}
    assert waiting.store.flows.state(waiting.key).paused == "a holiday"


def test_who_is_started_while_a_batch_begins_is_not_left_standing(waiting: Bench) -> None:
    """The batch has read the old settings when the new ones are put and started."""
    start(waiting)
    put: Callable[..., Any] = waiting.connect

    class Late(Started):
        def __init__(self, context: Any) -> None:
            super().__init__(context)
            if not context.settings.exclude_fields:
                put(exclude_fields=["name"])
                start(waiting)

    waiting.connect(filters={"branch": ["9"]})
    waiting.flow = Late
    assert waiting.sync() == {"parked": 1}
    assert waiting.store.flows.state(waiting.key).paused == ""


def connection(**flows: dict[str, Any]) -> Connection:
    return Connection.model_validate({"id": "demo", "systems": SYSTEMS, "flows": flows})


def test_what_is_started_is_one_document_of_all_the_partners_flows_and_of_whom_they_join() -> None:
    first = connection(eautomate_customers={"every_minutes": 5}, eautomate_agreements={}, pcrt_coverage={})
    same = connection(pcrt_coverage={"at_hour": 4}, eautomate_agreements={}, eautomate_customers={"every_minutes": 5})
    assert document(Started, first) == document(Started, same)
    other_tenant = first.model_copy(
        update={
            "systems": {**first.systems, "eautomate": first.systems["eautomate"].model_copy(update={"company": "2"})}
        }
    )
    for other in (
        connection(eautomate_customers={"every_minutes": 5}, pcrt_coverage={}),
        connection(eautomate_customers={"every_minutes": 5}, eautomate_agreements={"preview": True}, pcrt_coverage={}),
        other_tenant,
    ):
        assert document(Started, other) != document(Started, first)


def test_a_setting_that_a_later_version_adds_is_no_change() -> None:
    class More(ToySettings):
        more: bool = False

    class Later(Started):
        Settings = More
        revision = 2

    now = connection(eautomate_customers={"every_minutes": 5})
    assert document(Later, now) == document(Started, now)


def test_a_flow_that_just_runs_is_never_asked_for(bench: Bench) -> None:
    bench.widget("w1", "Alder")
    assert bench.sync()["applied"] == 1
