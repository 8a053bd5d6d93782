"""Why a record is as it is: the answer comes from what the last looks left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from shared.sync.errors import OutcomeUnknown
from shared.sync.flow import Context, View
from shared.sync.glance import Glance, glances
from shared.sync.issue import Issue
from shared.sync.operating import Operator
from shared.sync.outcome import raise_issue
from shared.sync.record import FlowKey, Name, Ref
from shared.sync.why import Answer, why
from tests.engine.bench import Bench
from tests.engine.toy import KIND, ToyFlow


def ask(bench: Bench, text: str) -> Answer:
    (answer,) = why(bench.store, [bench.key], text)
    return answer


@pytest.mark.parametrize("text", ["w-1", "partner#widget-gadget#w-1", "W-1"])
def test_a_linked_record_says_to_what_and_since_when_and_what_was_written(bench: Bench, text: str) -> None:
    bench.widget("w-1", "One")
    bench.sync()
    linked_at = bench.clock.now()
    bench.clock.turn(hours=2)
    bench.partner.records["w-1"]["name"] = "New"
    bench.sync()
    answer = ask(bench, text)
    assert (answer.status, answer.because) == ("in step", "Both sides agreed when they were last compared.")
    assert answer.linked is not None
    assert (answer.linked.record, answer.linked.how) == (Ref(KIND, "cw", "1"), "made")
    assert answer.linked.since == linked_at
    assert answer.last_written == linked_at + timedelta(hours=2) == answer.state.last_delta
    assert answer.history[-1].what.startswith("Updated gadget 1")


def test_either_end_of_a_link_is_found(bench: Bench) -> None:
    bench.widget("w-1", "One")
    bench.sync()
    from_cw = ask(bench, "1")
    assert from_cw.record == Ref(KIND, "cw", "1")
    assert from_cw.linked is not None
    assert from_cw.linked.record == Ref(KIND, "partner", "w-1")
    assert from_cw.history == ask(bench, "w-1").history


def test_a_missing_mapping_is_named_with_the_next_try(bench: Bench) -> None:
    bench.widget("1", "Bad")
    bench.widget("0", "Child", parent="1")
    bench.cw.refuses = {"Bad": "No."}
    bench.sync()
    answer = ask(bench, "0")
    assert answer.status == "issue"
    (trouble,) = answer.issues
    assert trouble.waits_on == (f"eautomate_customers partner#{KIND}#1",)
    assert trouble.next_try == bench.clock.now() + timedelta(minutes=5)
    assert "refused" in ask(bench, "1").because


def test_a_filter_is_told_in_its_own_words_also_of_what_is_linked(bench: Bench) -> None:
    bench.widget("1", "One")
    bench.sync()
    bench.connect(filters={"branch": ["East"]})
    bench.widget("2", "Two")
    bench.sync()
    for record in ("2", "partner#widget-gadget#1"):
        answer = ask(bench, record)
        assert answer.status == "left alone"
        assert answer.because == "Its branch is empty; the filter admits East."
    assert ask(bench, "partner#widget-gadget#1").linked is not None


@pytest.mark.rule("EA-18")
def test_a_field_that_the_settings_exclude_is_told_of_a_record_that_is_in_step_otherwise(bench: Bench) -> None:
    bench.widget("1", "One")
    bench.connect(exclude_fields=["name"])
    bench.sync()
    assert ask(bench, "partner#widget-gadget#1").status == "in step"
    bench.partner.records["1"]["name"] = "Two"
    bench.sync()
    answer = ask(bench, "partner#widget-gadget#1")
    assert (answer.status, answer.linked is not None) == ("left alone", True)
    assert answer.because.endswith("Not updated, as the settings exclude it: name.")
    bench.connect()
    bench.sync()
    assert ask(bench, "partner#widget-gadget#1").status == "in step"


def test_a_filter_keeps_no_issue_back_of_a_record_that_is_gone(bench: Bench) -> None:
    """Of what is gone nothing is known, so that no filter can leave it out."""
    ref = bench.widget("1", "One", branch="East")
    bench.connect(filters={"branch": ["East"]})
    bench.sync()
    del bench.partner.records["1"]
    bench.change(ref)
    bench.deliver()
    assert ask(bench, "1").because == "There is no such widget."


def test_a_warning_is_told_with_its_cause(bench: Bench) -> None:
    ref = bench.widget("1", "One")
    bench.sync()
    warning = Issue("LOOKS_ODD", ref, Name("widget 1"), "Widget 1 looks odd.", "Look at it.", blocks=False)
    raise_issue(bench.store, bench.key, ref, warning, bench.clock.now())
    answer = ask(bench, str(ref))
    assert (answer.status, answer.issues[0].fix) == ("in step", "Look at it.")
    assert answer.because == "Both sides agreed when they were last compared. Widget 1 looks odd."


def test_a_cancellation_says_who_and_why(bench: Bench, kim: Operator) -> None:
    ref = bench.widget("1", "One")
    kim.cancel(bench.key, ref, "a test customer")
    assert ask(bench, "1").because == "Cancelled by kim: a test customer."
    bench.deliver()
    assert (ask(bench, "1").status, ask(bench, "1").because) == ("cancelled", "Cancelled by kim: a test customer.")


def test_preview_approval_and_rejection_are_told(bench: Bench, kim: Operator) -> None:
    bench.connect(preview=True)
    bench.widget("1", "One")
    bench.sync()
    assert ask(bench, "1").status == "proposed"
    kim.reject(bench.store.proposals.of_flow(bench.key), "not this one")
    bench.deliver()
    answer = ask(bench, "1")
    assert (answer.status, answer.because) == ("rejected", "kim rejected it: not this one.")
    assert [step.verb for step in answer.waiting[0].steps] == ["create", "link", "update"]


def test_a_pause_is_told_first(bench: Bench, kim: Operator) -> None:
    bench.widget("1", "One")
    bench.sync()
    connection = bench.store.flows.connection("demo")
    assert connection is not None
    kim.pause(connection, None, "We move house.")
    answer = ask(bench, "partner#widget-gadget#1")
    assert answer.because.startswith("The flow is paused by kim: We move house.")
    assert (answer.state.paused, answer.state.paused_by) == ("We move house.", "kim")


def test_a_create_under_way_is_told(bench: Bench) -> None:
    bench.widget("1", "One")
    bench.cw.errors = [None, OutcomeUnknown("no answer came")]
    bench.sync()
    assert ask(bench, "1").status == "being created"


def test_a_record_is_found_by_a_word_of_its_name_and_an_id_wins(bench: Bench) -> None:
    bench.widget("12", "x")
    bench.widget("3", "x")
    bench.connect(filters={"branch": ["East"]})
    bench.sync()
    assert ask(bench, "Widget 12").record.id == "12"
    assert len(why(bench.store, [bench.key], "widget")) == 2
    assert ask(bench, "3").record.id == "3"
    assert why(bench.store, [bench.key], "1") == why(bench.store, [bench.key], "widge") == []


def test_a_number_is_not_that_of_its_parts(bench: Bench) -> None:
    bench.widget("C12 Acme", "x")
    bench.widget("C12-01 Acme", "x")
    bench.connect(filters={"branch": ["East"]})
    bench.sync()
    assert ask(bench, "C12").record.id == "C12 Acme"
    assert ask(bench, "C12-01").record.id == "C12-01 Acme"


def test_of_an_address_that_nobody_has_come_across_that_is_said(bench: Bench) -> None:
    answer = ask(bench, "cw#widget-gadget#999")
    assert (answer.status, answer.because) == ("unknown", "Nothing is known of it: no look has ever come across it.")


# What the table knows nothing of


class Findable(ToyFlow):
    """Widgets are found by their name."""

    kinds = (KIND,)

    def find(self, text: str) -> Iterable[Ref]:
        return [Ref(KIND, "partner", key) for key, widget in self.partner.records.items() if widget["name"] == text]


def ask_all(bench: Bench, text: str) -> list[Answer]:
    connection = bench.store.flows.connection("demo")
    assert connection is not None
    systems = {bench.cw.name: bench.cw, bench.partner.name: bench.partner}
    settings = Findable.Settings(**bench.settings)
    flow = Findable(Context(connection, settings, systems, View(bench.store.links, bench.key)))

    def asked(key: FlowKey, question: str) -> list[Glance]:
        assert key == bench.key
        return [Glance.model_validate_json(one.model_dump_json()) for one in glances(flow, question, bench.clock.now())]

    return why(bench.store, [bench.key], text, asked)


def everything(bench: Bench) -> list[object]:
    return [dict(bench.cw.records), list(bench.store.links.everything(bench.key)), bench.issues(), bench.queue.sent]


@pytest.mark.parametrize("text", ["Unseen", "partner#widget-gadget#7"])
def test_the_flow_is_asked_for_what_no_scan_has_come_across_and_nothing_is_written(bench: Bench, text: str) -> None:
    bench.widget("7", "Unseen")
    bench.widget("8", "Another")
    before = everything(bench)
    (answer,) = ask_all(bench, text)
    assert (answer.record, answer.status, answer.asked) == (Ref(KIND, "partner", "7"), "ready", True)
    assert answer.because.startswith("Nothing keeps it back (create gadget, update widget): ")
    assert "crosswise sync eautomate_customers --mode comprehensive" in answer.because
    bench.connect(filters={"branch": ["East"]})
    (answer,) = ask_all(bench, text)
    assert (answer.status, answer.because) == ("left alone", "Its branch is empty; the filter admits East.")
    assert everything(bench) == before


def test_an_issue_that_a_look_would_raise_is_told_with_its_fix(bench: Bench) -> None:
    bench.widget("1", "Parent")
    bench.widget("0", "Child", parent="1")
    (answer,) = ask_all(bench, "Child")
    (trouble,) = answer.issues
    assert (answer.status, trouble.code, trouble.fix) == ("issue", "PARENT", "link the parent")
    assert trouble.waits_on == (f"eautomate_customers partner#{KIND}#1",)


def test_what_the_table_knows_is_told_from_the_table_and_other_records_of_that_name_besides(bench: Bench) -> None:
    bench.widget("1", "Same")
    bench.sync()
    bench.widget("2", "Same")
    assert [(one.record.id, one.asked) for one in ask_all(bench, "Same")] == [("1", False), ("2", True)]
    assert [(one.record.id, one.asked) for one in ask_all(bench, f"partner#{KIND}#1")] == [("1", False)]


def test_what_kept_it_may_be_mended_by_now(bench: Bench) -> None:
    bench.connect(filters={"branch": ["East"]})
    bench.widget("1", "One", branch="West")
    bench.sync()
    before = everything(bench)
    (answer,) = ask_all(bench, "One")
    assert (answer.status, answer.because) == ("left alone", "Its branch is 'West'; the filter admits East.")
    bench.partner.records["1"]["branch"] = "East"
    (answer,) = ask_all(bench, "One")
    assert (answer.status, answer.asked) == ("left alone", False)
    assert answer.because.endswith("admits East. By now nothing keeps it back: the next scan or try takes it up.")
    assert everything(bench) == before


def test_an_address_of_a_kind_that_the_flow_has_not_stays_unknown(bench: Bench) -> None:
    (answer,) = ask_all(bench, "cw#ticket-call#7")
    assert (answer.status, answer.asked) == ("unknown", False)


def test_a_pause_is_told_of_what_the_flow_was_asked_for_too(bench: Bench, kim: Operator) -> None:
    bench.widget("7", "Unseen")
    connection = bench.store.flows.connection("demo")
    assert connection is not None
    kim.pause(connection, None, "We move house.")
    (answer,) = ask_all(bench, "Unseen")
    assert answer.because.startswith("The flow is paused by kim: We move house. Until it goes on, this stays: Nothing")
