"""A look: intents before creates, links in one transaction, what wins and what is kept."""

from __future__ import annotations

from shared.sync.errors import OutcomeUnknown, RecordRejected, RetryLater
from shared.sync.link import Link, Seen
from shared.sync.plan import Step
from shared.sync.record import Ref
from tests.engine.bench import Bench
from tests.engine.toy import KIND, ToyFlow


def test_a_first_sync_creates_links_and_writes_back(bench: Bench) -> None:
    for number in range(5):
        bench.widget(str(number), f"Widget {number}")
    assert bench.sync()["applied"] == 5
    assert len(bench.cw.records) == 5
    assert {link.partner_id for link in bench.links()} == set("01234")
    assert all(widget["gadget"] for widget in bench.partner.records.values())


def test_what_was_written_back_is_no_news(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.sync()
    counts = bench.sync()
    assert counts["queued"] == 0
    assert counts["applied"] == 0


def test_a_changed_widget_updates_its_gadget_and_the_history_keeps_both_values(bench: Bench) -> None:
    ref = bench.widget("1", "Old")
    bench.sync()
    bench.partner.records["1"]["name"] = "New"
    assert bench.sync()["applied"] == 1
    assert bench.cw.records["1"]["name"] == "New"
    last = bench.store.journal.of_record(bench.key, ref)[-1]
    assert (last.before, last.after, last.by) == ({"name": "Old"}, {"name": "New"}, "sync")


def test_a_lost_answer_is_looked_up_and_never_created_twice(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.cw.lose_answers = 1
    counts = bench.sync()
    assert counts["applied"] == 1
    assert counts["handed_back"] == 1
    assert len(bench.cw.records) == 1
    assert isinstance(bench.state(ref), Link)


def test_a_create_whose_end_is_unknown_is_not_repeated_before_it_has_settled(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.cw.errors = [None, OutcomeUnknown("no answer came")]
    assert bench.sync()["pending"] == 1
    assert bench.intent(ref) is not None
    assert bench.cw.records == {}
    bench.clock.turn(minutes=4)
    assert bench.due()["applied"] == 0
    bench.clock.turn(minutes=2)
    assert bench.due()["applied"] == 1
    assert len(bench.cw.records) == 1
    assert bench.intent(ref) is None


def test_a_create_that_was_never_sent_leaves_no_intent(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.cw.errors = [None, RetryLater("cannot connect", after=1)]
    counts = bench.sync()
    assert counts["applied"] == 1
    assert bench.intent(ref) is None


def test_a_refused_record_is_an_issue_in_the_vendors_words_and_the_rest_goes_on(bench: Bench) -> None:
    bench.widget("1", "Bad")
    bench.widget("2", "Good")
    bench.cw.refuses = {"Bad": "The name is not allowed."}
    counts = bench.sync()
    assert (counts["issue"], counts["applied"]) == (1, 1)
    issue = bench.issues()["REFUSED 1"].issue
    assert "The name is not allowed." in issue.message
    assert "ConnectWise" in issue.message


def test_a_refused_record_costs_nothing_until_it_is_due_and_closes_when_mended(bench: Bench) -> None:
    ref = bench.widget("1", "Bad")
    bench.cw.refuses = {"Bad": "No."}
    bench.sync()
    assert isinstance(bench.state(ref), Seen)
    assert bench.sync()["queued"] == 0
    bench.clock.turn(minutes=6)
    assert bench.due()["issue"] == 1
    assert bench.issues()["REFUSED 1"].attempts == 1
    bench.cw.refuses = {}
    bench.clock.turn(minutes=11)
    assert bench.due()["applied"] == 1
    assert bench.issues() == {}


def test_retries_come_at_growing_delays_up_to_a_day(bench: Bench) -> None:
    bench.widget("1", "Bad")
    bench.cw.refuses = {"Bad": "No."}
    bench.sync()
    delays = []
    for _ in range(12):
        issue = bench.issues()["REFUSED 1"]
        delays.append((issue.due - bench.clock.now()).total_seconds() / 60)
        bench.clock.time = issue.due
        bench.due()
    assert delays == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]


def test_who_waits_on_a_link_follows_within_a_minute(bench: Bench) -> None:
    bench.widget("1", "Parent")
    child = bench.widget("0", "Child", parent="1")
    bench.cw.refuses = {"Parent": "Not yet."}
    bench.sync()
    assert set(bench.issues()) == {"PARENT 0", "REFUSED 1"}
    bench.cw.refuses = {}
    bench.change(Ref(KIND, "partner", "1"))
    bench.deliver()
    bench.clock.turn(minutes=1)
    assert bench.due()["applied"] == 1
    assert isinstance(bench.state(child), Link)
    assert bench.issues() == {}


def test_a_link_made_while_the_waiter_was_written_is_seen(bench: Bench) -> None:
    bench.widget("1", "Parent")
    bench.widget("0", "Child", parent="1")
    bench.sync()
    bench.clock.turn(minutes=1)
    bench.due()
    assert len(bench.links()) == 2


def test_two_workers_that_reach_one_pair_make_one_link(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    rival = Link(KIND, "900", "1", how="somebody else was first")
    done: list[bool] = []

    def somebody_else_is_first(step: Step) -> None:
        if step.verb == "create" and not done:
            done.append(True)
            bench.store.links.forget_intent(bench.key, bench.intent(ref))
            bench.store.links.link(bench.key, rival)

    bench.cw.before_apply = somebody_else_is_first
    bench.cw.records["900"] = {"name": "Widget", "marker": "other"}
    bench.sync()
    assert [(link.cw_id, link.partner_id) for link in bench.links()] == [("900", "1")]


def test_near_the_deadline_the_change_goes_back_into_the_queue(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.left = 10.0
    bench.change(Ref(KIND, "partner", "1"))
    bench.deliver(rounds=1)
    assert bench.tally.counts["again"] == 1
    assert bench.cw.records == {}
    bench.left = 100.0
    bench.deliver()
    assert len(bench.cw.records) == 1


def test_a_record_that_cannot_be_read_does_not_hold_up_the_others(bench: Bench) -> None:
    bench.widget("1", "One")
    bench.widget("2", "Two")
    bench.scan()
    bench.deliver(rounds=1)
    bench.partner.errors = [RecordRejected("eautomate", "odd value"), RecordRejected("eautomate", "odd value")]
    counts = bench.deliver()
    assert counts["applied"] == 2 or counts["issue"] == 1
    assert "NOT_NOW 1" in bench.issues() or counts["applied"] == 2


def test_a_widget_named_twice_in_a_batch_is_created_once(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.change(ref)
    bench.change(ref)
    counts = bench.deliver()
    assert (counts["applied"], counts["in_step"]) == (1, 1)
    assert len(bench.cw.records) == 1


def test_new_settings_ask_for_a_comprehensive_scan(bench: Bench) -> None:
    bench.widget("1", "Widget")
    bench.sync()
    bench.connect(every_minutes=30)
    assert bench.sync()["queued"] == 1
    assert bench.sync()["queued"] == 0


def test_a_message_for_another_flow_or_of_no_form_is_never_swallowed(bench: Bench) -> None:
    bench.queue.messages = [('{"type": "change"}', 1)]
    bench.deliver(rounds=3)
    assert len(bench.queue.messages) == 1
    assert all("connection" in faults for faults in bench.tally.malformed_messages)
    assert ToyFlow.name == bench.key.flow


def test_what_the_other_side_is_still_busy_with_is_looked_at_again_though_nothing_changes(bench: Bench) -> None:
    ref = bench.widget("1", "Widget")
    bench.sync()
    bench.cw.records["1"]["busy"] = True
    bench.partner.records["1"]["name"] = "New"
    bench.sync()
    bench.clock.turn(minutes=1)
    assert bench.due() == {}
    bench.clock.turn(minutes=1)
    assert bench.due()["in_step"] == 1, "still busy"
    bench.cw.records["1"]["busy"] = False
    bench.clock.turn(minutes=2)
    assert bench.due()["in_step"] == 1
    (link,) = bench.links()
    assert link.due is None
    bench.clock.turn(hours=2)
    assert bench.due()["in_step"] == 0
    assert bench.issues() == {}
    assert bench.state(ref) == link
