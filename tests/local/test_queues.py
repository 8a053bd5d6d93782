"""Batches, order, visibility, redrive and deduplication, as SQS and Lambda have them."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from infra.local.cloud import Cloud, NotQuiet
from tests.local import tiny
from tests.local.conftest import Send


def test_batches_hold_at_most_the_mapping_s_batch_size(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:1", "b:2", "c:3", "d:4", "e:5")
    report = cloud.run_until_quiet()
    assert batches.bodies == [["1", "2", "3", "4"], ["5"]]
    assert report.records == 5
    assert report.runs() == {"Worker": 2}
    assert cloud.waiting() == {}


def test_a_record_looks_as_lambda_hands_it_over(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:1")
    cloud.run_until_quiet()
    (record,) = batches.events[0]["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:crosswise-Queue.fifo"
    assert record["awsRegion"] == "us-east-1"
    assert record["messageAttributes"] == {}
    assert {"messageId", "receiptHandle", "md5OfBody"} < set(record)
    attributes = record["attributes"]
    assert attributes["ApproximateReceiveCount"] == "1"
    assert attributes["MessageGroupId"] == "a"
    assert attributes["MessageDeduplicationId"] == "occasion-1"
    assert len(attributes["SequenceNumber"]) == 20
    assert attributes["SentTimestamp"] == attributes["ApproximateFirstReceiveTimestamp"] == "1772798430000"


def test_the_order_within_a_group_holds_over_batches(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send(*(f"{'ab'[number % 2]}:{number}" for number in range(12)))
    cloud.run_until_quiet()
    delivered = [body for batch in batches.bodies for body in batch]
    assert [body for body in delivered if int(body) % 2] == ["1", "3", "5", "7", "9", "11"]
    assert [body for body in delivered if not int(body) % 2] == ["0", "2", "4", "6", "8", "10"]


def test_a_failed_message_holds_back_its_group_and_no_other(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:1", "b:2", "a:3", "c:4", "a:5", "b:6")
    batches.answer = tiny.refuse("1")
    report = cloud.run_until_quiet()
    assert batches.bodies == [["1", "2", "3", "4"], ["6"]]
    assert [len(happening.failed) for happening in report] == [2, 0]
    batches.answer = tiny.refuse()
    cloud.clock.turn(seconds=119)
    cloud.run_until_quiet()
    assert len(batches.events) == 2
    cloud.clock.turn(seconds=1)
    cloud.run_until_quiet()
    assert batches.bodies[2:] == [["1", "3", "5"]]
    assert cloud.waiting() == {}


def test_an_exception_fails_the_whole_batch(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    def crash(_event: object, _context: object) -> None:
        raise LookupError("no such thing")

    send("a:1", "b:2")
    batches.answer = crash
    report = cloud.run_until_quiet()
    (failure,) = report.errors
    assert failure.error == "LookupError: no such thing"
    assert "in crash" in failure.trace
    assert cloud.waiting() == {"Queue": 2}
    cloud.clock.turn(minutes=2)
    batches.answer = tiny.refuse()
    cloud.run_until_quiet()
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in batches.events[1]["Records"]]
    assert counts == ["2", "2"]
    assert cloud.waiting() == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "unheard-of"}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "x"}]},
        {"batchItemFailures": ["x"]},
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(
    cloud: Cloud, send: Send, batches: tiny.Told, answer: object
) -> None:
    send("a:1", "b:2")
    batches.answer = lambda _event, _context: answer
    report = cloud.run_until_quiet()
    assert len(report.errors) == 1
    assert cloud.waiting() == {"Queue": 2}


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_means_that_all_went_well(cloud: Cloud, send: Send, batches: tiny.Told, answer: object) -> None:
    send("a:1")
    batches.answer = lambda _event, _context: answer
    assert cloud.run_until_quiet().errors == []
    assert cloud.waiting() == {}


def test_a_message_received_too_often_goes_to_the_dead_letters(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:poison", "b:fine", "a:behind")
    batches.answer = tiny.refuse("poison")
    cloud.wait(minutes=5)
    assert [batch.count("poison") for batch in batches.bodies] == [1, 1, 1]
    assert cloud.messages("DeadLetters") == []
    cloud.wait(minutes=2)
    assert cloud.messages("DeadLetters") == ["poison", "behind"]
    assert cloud.waiting() == {}


def test_a_message_handed_back_comes_after_its_time(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")

    def hand_back(event: dict[str, list[dict[str, str]]], context: object) -> object:
        receipt = event["Records"][0]["receiptHandle"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=30)
        return tiny.refuse("1")(event, context)

    send("a:1")
    batches.answer = hand_back
    cloud.run_until_quiet()
    batches.answer = tiny.refuse()
    cloud.clock.turn(seconds=29)
    assert len(cloud.run_until_quiet()) == 0
    cloud.clock.turn(seconds=1)
    assert len(cloud.run_until_quiet()) == 1


def test_patience_waits_for_what_was_handed_back(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:1")
    batches.answer = lambda event, context: tiny.refuse("1")(event, context) if len(batches.events) == 1 else None
    report = cloud.run_until_quiet(patience=timedelta(minutes=2))
    assert [happening.records for happening in report] == [1, 1]


def test_visibility_of_a_message_that_is_not_out_cannot_be_changed(cloud: Cloud, send: Send) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")
    send("a:1")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=10)["Messages"]
    cloud.clock.turn(seconds=10)
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=5)
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle="made-up", VisibilityTimeout=5)


def test_the_same_occasion_is_swallowed_for_five_minutes_even_once_done(
    cloud: Cloud, send: Send, batches: tiny.Told
) -> None:
    send("a:1", occasion="x")
    cloud.run_until_quiet()
    cloud.clock.turn(seconds=299)
    send("a:again", occasion="x")
    cloud.run_until_quiet()
    assert batches.bodies == [["1"]]
    send("b:another group", occasion="x")
    cloud.clock.turn(seconds=1)
    send("a:later", occasion="x")
    cloud.run_until_quiet()
    assert batches.bodies[1:] == [["another group", "later"]]


def test_a_message_that_nobody_took_expires(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    send("a:1")
    cloud.clock.turn(days=4)
    cloud.step()
    assert batches.events == []
    assert cloud.waiting() == {}


def test_a_batch_can_be_delivered_twice(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    cloud.trouble.deliver_twice(batches=1)
    send("a:1", "b:2", "c:3", "d:4", "e:5")
    cloud.run_until_quiet()
    assert batches.bodies == [["1", "2", "3", "4"], ["1", "2", "3", "4"], ["5"]]
    again = batches.events[1]["Records"][0]["attributes"]["ApproximateReceiveCount"]
    assert again == "2"
    assert cloud.waiting() == {}


def test_groups_can_come_in_any_order_but_never_their_messages(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    cloud.trouble.shuffle = random.Random(1)
    send(*(f"{group}:{group}{number}" for number in range(3) for group in "abcdef"))
    cloud.run_until_quiet()
    delivered = [body for batch in batches.bodies for body in batch]
    assert delivered != sorted(delivered, key=lambda body: body[1])
    for group in "abcdef":
        assert [body for body in delivered if body[0] == group] == [f"{group}{number}" for number in range(3)]


def test_counts_are_told_as_sqs_tells_them(cloud: Cloud, send: Send) -> None:
    sqs, url = cloud.client("sqs"), cloud.queue_url("Queue")
    send("a:1", "b:2")
    sqs.receive_message(QueueUrl=url)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "FifoQueue"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    assert attributes == {names[0]: "1", names[1]: "1", "FifoQueue": "true"}


def test_a_function_that_feeds_itself_is_stopped(cloud: Cloud, send: Send, batches: tiny.Told) -> None:
    batches.answer = lambda _event, _context: send("a:more")
    send("a:1")
    with pytest.raises(NotQuiet, match="50 of them of Worker"):
        cloud.run_until_quiet(limit=50)
