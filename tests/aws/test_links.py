"""One link per record in both directions, whatever the order in which two workers come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from shared.aws.table import Store
from shared.sync.errors import Conflict, RetryLater, SyncError
from shared.sync.history import Entry
from shared.sync.link import Intent, Link, Seen
from shared.sync.record import FlowKey, Ref
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Items = Callable[[], list[dict[str, Any]]]

KEY = FlowKey("acme", "eautomate_customers")
KIND = "customer-company"


def cw(id_: object) -> Ref:
    return Ref(KIND, "cw", str(id_))


def partner(id_: object) -> Ref:
    return Ref(KIND, "partner", str(id_))


def linked(cw_id: object, partner_id: object, **more: Any) -> Link:
    return Link(KIND, str(cw_id), str(partner_id), **more)


def intent_of(ref: Ref, now: datetime, try_: str = "t1") -> Intent:
    return Intent(ref, try_, at=now - timedelta(seconds=3), due=now + timedelta(minutes=5))


def seen_of(ref: Ref) -> Seen:
    return Seen(ref, "h1", "r1", "skipped", "Opted out.", name="Acme", scope=cw("home"))


def entry_of(link: Link, now: datetime, id_: str = "e1") -> Entry:
    return Entry(KEY, link.ref("partner"), id_, now, "sync", "Linked.")


def test_a_record_that_nobody_knows_is_absent(store: Store) -> None:
    assert store.links.find(KEY, [cw(1), partner(2)]) == {}


def test_a_link_is_found_from_either_side_as_it_was_made(store: Store, now: datetime) -> None:
    link = linked(
        7, "A#1", cw_hash="c", partner_hash="p", agreed={"limit": Decimal("10.50"), "tags": ("x",)}, rules="r1",
        how="By number.", waiting=True, cw_name="Acme", partner_name="ACME Ltd", linked_at=now,
        scope=cw(1), unsure=("limit",),
    )  # fmt: skip
    store.links.link(KEY, link)
    assert store.links.find(KEY, [cw(7), partner("A#1"), cw(8)]) == {cw(7): link, partner("A#1"): link}


def test_flows_and_connections_do_not_see_each_others_links(store: Store) -> None:
    store.links.link(KEY, linked(7, "A"))
    assert store.links.find(FlowKey("acme", "other"), [cw(7)]) == {}
    assert store.links.find(FlowKey("other", KEY.flow), [cw(7)]) == {}


@pytest.mark.parametrize("second", [linked(1, "B"), linked(2, "A"), linked(1, "A")], ids=["cw", "partner", "both"])
def test_a_record_in_a_link_enters_no_other(store: Store, items: Items, second: Link) -> None:
    first = linked(1, "A")
    store.links.link(KEY, first)
    before = items()
    with pytest.raises(Conflict):
        store.links.link(KEY, second)
    assert items() == before, "a lost link leaves nothing behind"


@pytest.mark.parametrize("winner", [linked(1, "A"), linked(1, "B"), linked(2, "A")])
def test_of_competing_links_the_first_wins_from_both_directions(store: Store, winner: Link) -> None:
    """Each worker looked before any wrote, so only the table can tell."""
    competing = [linked(1, "A"), linked(1, "B"), linked(2, "A")]
    assert all(store.links.find(KEY, [link.ref("cw"), link.ref("partner")]) == {} for link in competing)
    store.links.link(KEY, winner)
    for loser in competing:
        if loser.cw_id == winner.cw_id or loser.partner_id == winner.partner_id:
            with pytest.raises(Conflict):
                store.links.link(KEY, loser)
    assert next(iter(store.links.all_links(KEY))) == winner


def test_a_record_seen_gives_way_to_an_intent_and_to_a_link(store: Store, now: datetime) -> None:
    intent = intent_of(partner("A"), now)
    store.links.remember(KEY, seen_of(partner("A")))
    store.links.remember(KEY, seen_of(cw(1)))
    store.links.intend(KEY, intent)
    assert store.links.find(KEY, [partner("A"), cw(1)]) == {partner("A"): intent, cw(1): seen_of(cw(1))}
    store.links.link(KEY, linked(1, "A"), intent=intent)
    assert store.links.find(KEY, [partner("A")]) == {partner("A"): linked(1, "A")}


def test_what_was_seen_never_replaces_a_link_or_an_intent(store: Store, items: Items, now: datetime) -> None:
    store.links.link(KEY, linked(1, "A"))
    store.links.intend(KEY, intent_of(partner("B"), now))
    before = items()
    for ref in (cw(1), partner("A"), partner("B")):
        store.links.remember(KEY, seen_of(ref))
    assert items() == before
    store.links.remember(KEY, seen_of(cw(9)))
    store.links.remember(KEY, replace(seen_of(cw(9)), reason="Filtered."))
    assert store.links.find(KEY, [cw(9)]) == {cw(9): replace(seen_of(cw(9)), reason="Filtered.")}


@pytest.mark.parametrize("side", ["cw", "partner"])
def test_nobody_intends_what_is_linked_or_intended(store: Store, side: str, now: datetime) -> None:
    ref = cw(1) if side == "cw" else partner("A")
    store.links.intend(KEY, intent_of(ref, now))
    with pytest.raises(Conflict):
        store.links.intend(KEY, intent_of(ref, now, "t2"))
    store.links.link(KEY, linked(1, "A"), intent=intent_of(ref, now))
    with pytest.raises(Conflict):
        store.links.intend(KEY, intent_of(ref, now, "t3"))


def test_a_link_ends_its_own_intent_and_no_others(store: Store, now: datetime) -> None:
    store.links.intend(KEY, intent_of(partner("A"), now))
    for wrong in (None, intent_of(partner("A"), now, "another's")):
        with pytest.raises(Conflict):
            store.links.link(KEY, linked(1, "A"), intent=wrong)
    assert store.links.find(KEY, [cw(1), partner("A")]) == {partner("A"): intent_of(partner("A"), now)}
    with pytest.raises(ValueError, match="partner#customer-company#Z"):
        store.links.link(KEY, linked(1, "A"), intent=intent_of(partner("Z"), now))


def test_a_link_made_elsewhere_meanwhile_stops_the_end_of_an_intent(store: Store, now: datetime) -> None:
    intent = intent_of(partner("A"), now)
    store.links.intend(KEY, intent)
    store.links.link(KEY, linked(1, "B"))
    with pytest.raises(Conflict):
        store.links.link(KEY, linked(1, "A"), intent=intent)
    assert store.links.find(KEY, [partner("A")]) == {partner("A"): intent}


def test_only_this_very_intent_is_forgotten(store: Store, now: datetime) -> None:
    intent = intent_of(cw(1), now)
    store.links.intend(KEY, intent)
    with pytest.raises(Conflict):
        store.links.forget_intent(KEY, replace(intent, token="another's"))
    store.links.forget_intent(KEY, intent)
    assert store.links.find(KEY, [cw(1)]) == {}
    with pytest.raises(Conflict):
        store.links.forget_intent(KEY, intent)


def test_settling_counts_the_revision_and_loses_to_whoever_was_first(store: Store) -> None:
    store.links.link(KEY, linked(1, "A"))
    mine, theirs = linked(1, "A", cw_hash="mine"), linked(1, "A", cw_hash="theirs")
    store.links.settle(KEY, theirs, read=1)
    with pytest.raises(Conflict):
        store.links.settle(KEY, mine, read=1)
    assert store.links.find(KEY, [cw(1)]) == {cw(1): replace(theirs, revision=2)}


def test_settling_neither_makes_a_link_nor_changes_its_pair(store: Store) -> None:
    with pytest.raises(Conflict):
        store.links.settle(KEY, linked(1, "A"), read=1)
    store.links.link(KEY, linked(1, "A"))
    with pytest.raises(Conflict):
        store.links.settle(KEY, linked(1, "B"), read=1)
    assert store.links.find(KEY, [partner("A"), partner("B")]) == {partner("A"): linked(1, "A")}


def test_unlinking_removes_both_ends_and_leaves_history(store: Store, now: datetime) -> None:
    link = linked(1, "A")
    store.links.link(KEY, link, entry=entry_of(link, now, "e1"))
    store.links.unlink(KEY, link, entry=entry_of(link, now, "e2"))
    assert store.links.find(KEY, [cw(1), partner("A")]) == {}
    assert [entry.id for entry in store.journal.of_record(KEY, partner("A"))] == ["e1", "e2"]


def test_a_link_that_changed_is_not_unlinked(store: Store, items: Items, now: datetime) -> None:
    link = linked(1, "A")
    store.links.link(KEY, link)
    store.links.settle(KEY, link, read=1)
    before = items()
    with pytest.raises(Conflict):
        store.links.unlink(KEY, link, entry=entry_of(link, now))
    assert items() == before


def test_the_same_pair_is_linked_again_after_it_was_unlinked(store: Store, now: datetime) -> None:
    for _ in range(2):
        store.links.link(KEY, linked(1, "A", linked_at=now))
        store.links.unlink(KEY, linked(1, "A"))
    store.links.link(KEY, linked(1, "A"))
    assert store.links.find(KEY, [cw(1)]) == {cw(1): linked(1, "A")}


def test_a_repeated_transaction_has_the_token_of_the_first(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    calls = answers.watch(dynamodb, "TransactWriteItems")
    link = linked(1, "A", linked_at=now)
    store.links.link(KEY, link)
    for again in (link, replace(link, linked_at=now + timedelta(seconds=1)), replace(link, how="Otherwise.")):
        with pytest.raises(Conflict):
            store.links.link(KEY, again)
    tokens = [call["ClientRequestToken"] for call in calls]
    assert all(1 <= len(token) <= 36 for token in tokens)
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3


def test_what_may_be_meant_twice_carries_no_lasting_token(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    """The same content within ten minutes would be taken for a repeat, and not be carried out."""
    calls = answers.watch(dynamodb, "TransactWriteItems")
    store.links.link(KEY, linked(1, "A"))
    store.links.unlink(KEY, linked(1, "A"))
    assert not any("ClientRequestToken" in call for call in calls)


def test_every_link_of_a_flow_is_listed_over_all_pages(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, now: datetime
) -> None:
    links = [linked(number, f"A{number}") for number in range(7)]
    for link in links:
        store.links.link(KEY, link)
    store.links.remember(KEY, seen_of(cw(99)))
    store.links.intend(KEY, intent_of(cw(98), now))
    calls = answers.watch(dynamodb, "Query")
    answers.keep_back(dynamodb, "Query", lambda params: params | {"Limit": 2}, times=99)
    assert list(store.links.all_links(KEY)) == links
    assert len(calls) > 3


def test_many_records_are_found_in_requests_of_a_hundred(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    for number in range(3):
        store.links.link(KEY, linked(number, f"A{number}"))
    calls = answers.watch(dynamodb, "BatchGetItem")
    found = store.links.find(KEY, [*map(cw, range(240)), *map(cw, range(240))])
    assert set(found) == {cw(0), cw(1), cw(2)}
    (name,) = calls[0]["RequestItems"]
    assert [len(call["RequestItems"][name]["Keys"]) for call in calls] == [100, 100, 40]
    assert all(call["RequestItems"][name]["ConsistentRead"] for call in calls)


def _leave(names: int) -> Callable[[dict[str, Any]], None]:
    """Takes all but so many items out of an answer, and calls the rest unprocessed."""

    def change(parsed: dict[str, Any]) -> None:
        for table, items in parsed["Responses"].items():
            left = items[names:]
            del items[names:]
            keys = [{"pk": item["pk"], "sk": item["sk"]} for item in left]
            parsed["UnprocessedKeys"] = {table: {"Keys": keys, "ConsistentRead": True}} if keys else {}

    return change


def test_unprocessed_keys_are_read_again(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, waits: list[float]
) -> None:
    for number in range(5):
        store.links.remember(KEY, seen_of(cw(number)))
    answers.alter(dynamodb, "BatchGetItem", _leave(2), times=2)
    assert len(store.links.find(KEY, map(cw, range(5)))) == 5
    assert waits == [0.1, 0.2]


def test_keys_that_stay_unprocessed_are_no_absent_records(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    store.links.remember(KEY, seen_of(cw(1)))
    answers.alter(dynamodb, "BatchGetItem", _leave(0), times=99)
    with pytest.raises(RetryLater) as failure:
        store.links.find(KEY, [cw(1)])
    assert failure.value.system == "aws"


def test_transactions_that_meet_are_repeated(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, waits: list[float], now: datetime
) -> None:
    calls = answers.watch(dynamodb, "TransactWriteItems")
    answers.refuse(
        dynamodb, "TransactWriteItems", "TransactionCanceledException", times=2, reasons=("TransactionConflict", "None")
    )
    store.links.link(KEY, linked(1, "A", linked_at=now))
    assert store.links.find(KEY, [cw(1)])
    assert waits == [0.1, 0.2]
    assert len({call["ClientRequestToken"] for call in calls}) == 1


def test_transactions_that_keep_meeting_come_later(store: Store, dynamodb: DynamoDBClient, answers: Answers) -> None:
    answers.refuse(
        dynamodb, "TransactWriteItems", "TransactionCanceledException", times=99, reasons=("TransactionConflict",)
    )
    with pytest.raises(RetryLater):
        store.links.link(KEY, linked(1, "A"))
    assert store.links.find(KEY, [cw(1)]) == {}


def test_a_lost_condition_is_not_repeated(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, waits: list[float]
) -> None:
    reasons = ("ConditionalCheckFailed", "TransactionConflict")
    answers.refuse(dynamodb, "TransactWriteItems", "TransactionCanceledException", reasons=reasons)
    with pytest.raises(Conflict):
        store.links.link(KEY, linked(1, "A"))
    assert waits == []


def test_a_cancelled_transaction_of_another_cause_is_neither(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    answers.refuse(dynamodb, "TransactWriteItems", "TransactionCanceledException", reasons=("ValidationError", "None"))
    with pytest.raises(SyncError, match="ValidationError") as failure:
        store.links.link(KEY, linked(1, "A"))
    assert not isinstance(failure.value, Conflict | RetryLater)


def test_a_write_that_meets_a_transaction_is_repeated(
    store: Store, dynamodb: DynamoDBClient, answers: Answers, waits: list[float]
) -> None:
    store.links.link(KEY, linked(1, "A"))
    answers.refuse(dynamodb, "PutItem", "TransactionConflictException", times=2)
    store.links.settle(KEY, linked(1, "A"), read=1)
    assert waits == [0.1, 0.2]
    answers.refuse(dynamodb, "PutItem", "TransactionConflictException", times=99)
    with pytest.raises(RetryLater):
        store.links.settle(KEY, linked(1, "A"), read=2)


def test_a_write_whose_answer_was_lost_comes_later_and_then_loses_to_itself(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    answers.lose(dynamodb, "TransactWriteItems")
    with pytest.raises(RetryLater):
        store.links.link(KEY, linked(1, "A"))
    with pytest.raises(Conflict):
        store.links.link(KEY, linked(1, "A"))
    assert store.links.find(KEY, [cw(1)]) == {cw(1): linked(1, "A")}


@pytest.mark.parametrize("harm", ["no state", "another partner"])
def test_a_pointer_that_leads_nowhere_is_not_hidden(
    store: Store, dynamodb: DynamoDBClient, table: str, harm: str
) -> None:
    store.links.link(KEY, linked(1, "A"))
    state: Any = {"pk": {"S": "link#acme#eautomate_customers"}, "sk": {"S": str(cw(1))}}
    if harm == "no state":
        dynamodb.delete_item(TableName=table, Key=state)
    else:
        dynamodb.update_item(
            TableName=table, Key=state, UpdateExpression="SET partner_id = :b",
            ExpressionAttributeValues={":b": {"S": "B"}},
        )  # fmt: skip
    with pytest.raises(SyncError, match=r"link#acme#eautomate_customers: partner#customer-company#A point"):
        store.links.find(KEY, [partner("A")])


def test_an_unlink_between_the_two_reads_of_a_find_is_no_broken_table(
    store: Store, dynamodb: DynamoDBClient, answers: Answers
) -> None:
    store.links.link(KEY, linked(1, "A"))
    answers.alter(dynamodb, "BatchGetItem", lambda _parsed: store.links.unlink(KEY, linked(1, "A")))
    assert store.links.find(KEY, [partner("A")]) == {}


def test_only_the_keys_of_the_design_are_used(store: Store, items: Items, now: datetime) -> None:
    link = linked(1, "A")
    store.links.link(KEY, link, entry=entry_of(link, now))
    store.links.intend(KEY, intent_of(partner("B"), now))
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items()]
    assert keys == [
        ("history#acme#eautomate_customers#partner%23customer-company%23A", "e1"),
        ("link#acme#eautomate_customers", "cw#customer-company#1"),
        ("link#acme#eautomate_customers", "partner#customer-company#A"),
        ("link#acme#eautomate_customers", "partner#customer-company#B"),
    ]


def test_a_held_record_takes_neither_intent_nor_link_until_it_is_let_go(store: Store, now: datetime) -> None:
    ref = partner(1)
    store.links.remember(KEY, seen_of(ref))
    store.links.hold(KEY, ref, "Cancelled by kim", entry=entry_of(linked(9, 1), now, "1"))
    store.links.remember(KEY, seen_of(ref))
    state = store.links.find(KEY, [ref])[ref]
    assert state == replace(seen_of(ref), held="Cancelled by kim")
    assert list(store.links.everything(KEY)) == [state]
    with pytest.raises(Conflict):
        store.links.intend(KEY, intent_of(ref, now))
    with pytest.raises(Conflict):
        store.links.link(KEY, linked(9, 1))
    store.links.hold(KEY, ref, "", entry=entry_of(linked(9, 1), now, "2"))
    store.links.intend(KEY, intent_of(ref, now))
    assert [one.id for one in store.journal.of_record(KEY, ref)] == ["1", "2"]


def test_a_link_that_changed_meanwhile_is_not_held(store: Store, now: datetime) -> None:
    ref, link = partner(1), linked(9, 1)
    store.links.link(KEY, link)
    store.links.settle(KEY, replace(link, rules="r1"), read=1)
    with pytest.raises(Conflict):
        store.links.hold(KEY, ref, "Cancelled by kim", link=link, entry=entry_of(linked(9, 1), now, "1"))
    with pytest.raises(Conflict):
        store.links.hold(KEY, ref, "Cancelled by kim", entry=entry_of(linked(9, 1), now, "1"))
    assert store.journal.of_record(KEY, ref) == []


def test_the_links_of_a_scope_are_those_of_its_parts(store: Store) -> None:
    scope = cw(1)
    for link in (linked(1, 2), linked(3, 4, scope=scope), linked(5, 6, scope=cw(7))):
        store.links.link(KEY, link)
    store.links.link(FlowKey("acme", "other"), linked(8, 9, scope=scope))
    assert [link.cw_id for link in store.links.of_scope(KEY, scope)] == ["3"]
    (found,) = store.links.of_scope(KEY, scope)
    store.links.settle(KEY, replace(found, scope=cw(7)), read=1)
    assert list(store.links.of_scope(KEY, scope)) == []
    assert {link.cw_id for link in store.links.of_scope(KEY, cw(7))} == {"3", "5"}


def test_what_the_index_says_of_a_scope_too_late_is_not_believed(
    store: Store, dynamodb: DynamoDBClient, table: str
) -> None:
    """An index follows the table; a link that was moved or parted a moment ago may still stand there."""
    scope = cw(1)
    for link in (linked(3, 4, scope=scope), linked(5, 6, scope=scope)):
        store.links.link(KEY, link)
    for id_, attribute, new in (("3", "type", "seen"), ("5", "scope", str(cw(7)))):
        dynamodb.update_item(
            TableName=table,
            Key={"pk": {"S": "link#acme#eautomate_customers"}, "sk": {"S": str(cw(id_))}},
            UpdateExpression="SET #changed = :new",
            ExpressionAttributeNames={"#changed": attribute},
            ExpressionAttributeValues={":new": {"S": new}},
        )
    assert list(store.links.of_scope(KEY, scope)) == []


def test_an_intent_knows_the_scope_of_its_record(store: Store) -> None:
    intent = replace(intent_of(cw(3), datetime(2026, 11, 2, 9, tzinfo=UTC)), scope=cw(1))
    store.links.intend(KEY, intent)
    assert store.links.find(KEY, [cw(3)]) == {cw(3): intent}
    assert list(store.links.of_scope(KEY, cw(1))) == [], "it is no link"
