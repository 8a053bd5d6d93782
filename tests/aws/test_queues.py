"""Every message is sent to its flow's queue, or the sender is told that one was not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared.aws.patience import Patience
from shared.aws.queues import Queues
from shared.sync.change import Change, Message, Scan, read
from shared.sync.errors import ConfigurationWrong, RetryLater, SyncError
from tests.aws.answers import Answers

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from shared.aws.clients import Clients

FLOW = "eautomate_customers"
OTHER = "moovila_projects"


@pytest.fixture
def sqs(clients: Clients) -> SQSClient:
    return clients.sqs


@pytest.fixture
def urls(sqs: SQSClient, template: Mapping[str, Any]) -> Mapping[str, str]:
    """A queue of the template's own properties for each of two flows."""
    properties = dict(template["Resources"]["EautomateCustomersQueue"]["Properties"])
    del properties["RedrivePolicy"], properties["QueueName"]
    attributes = {
        name: str(value).lower() if value in (True, False) else str(value) for name, value in properties.items()
    }
    return {
        flow: sqs.create_queue(QueueName=f"{flow}.fifo", Attributes=attributes)["QueueUrl"] for flow in (FLOW, OTHER)
    }


@pytest.fixture
def queues(sqs: SQSClient, urls: Mapping[str, str], patience: Patience) -> Queues:
    def url(flow: str) -> str:
        if flow not in urls:
            raise ConfigurationWrong(f"There is no flow {flow!r}.")
        return urls[flow]

    return Queues(sqs, url, patience)


def change_of(now: datetime, number: int, flow: str = FLOW, **carried: Any) -> Change:
    return Change(
        connection="acme", flow=flow, kind="customer-company", side="partner", id=str(number), occasion="run1",
        at=now, carried=carried or None,
    )  # fmt: skip


def received(sqs: SQSClient, url: str) -> list[Any]:
    """All messages of a queue, each taken out."""
    found: list[Any] = []
    while batch := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], WaitTimeSeconds=0
    ).get("Messages"):
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        found += batch
    return found


def test_a_message_arrives_with_its_group_and_deduplication(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], now: datetime
) -> None:
    sent: list[Message] = [
        change_of(now, 1, name="Ängström"),
        Scan(connection="acme", flow=FLOW, occasion="o", at=now, page={"after": 3}),
    ]
    queues.send(sent)
    arrived = received(sqs, urls[FLOW])
    assert [read(message["Body"]) for message in arrived] == sent
    assert [message["Attributes"]["MessageGroupId"] for message in arrived] == [message.group for message in sent]
    assert [message["Attributes"]["MessageDeduplicationId"] for message in arrived] == [
        message.deduplication for message in sent
    ]


def test_messages_go_to_their_flows_in_batches_of_ten(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], answers: Answers, now: datetime
) -> None:
    calls = answers.watch(sqs, "SendMessageBatch")
    queues.send([change_of(now, number, OTHER if number % 5 == 0 else FLOW) for number in range(30)])
    assert Counter(call["QueueUrl"] for call in calls) == {urls[FLOW]: 3, urls[OTHER]: 1}
    assert [len(call["Entries"]) for call in calls] == [10, 10, 4, 6]
    of_flow = [json.loads(message["Body"])["id"] for message in received(sqs, urls[FLOW])]
    assert of_flow == [str(number) for number in range(30) if number % 5]
    assert len(received(sqs, urls[OTHER])) == 6


def test_no_batch_is_larger_than_256_kilobytes(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], answers: Answers, now: datetime
) -> None:
    calls = answers.watch(sqs, "SendMessageBatch")
    queues.send([change_of(now, number, text="ä" * 30_000) for number in range(9)])
    sizes = [sum(len(entry["MessageBody"].encode()) for entry in call["Entries"]) for call in calls]
    assert len(sizes) == 3
    assert max(sizes) <= 256 * 1024
    assert len(received(sqs, urls[FLOW])) == 9


def _fail(sqs: SQSClient, answers: Answers, positions: set[int], *, times: int, sender: bool = False) -> None:
    """Keeps entries at these places out of the next batches and calls them failed."""
    kept_back: list[list[Any]] = []

    def only_some(params: dict[str, Any]) -> dict[str, Any]:
        entries = params["Entries"]
        kept_back.append([entry for place, entry in enumerate(entries) if place in positions])
        return params | {"Entries": [entry for place, entry in enumerate(entries) if place not in positions]}

    def say_so(parsed: dict[str, Any]) -> None:
        fault = {"SenderFault": sender, "Code": "InvalidMessageContents" if sender else "InternalError"}
        parsed["Failed"] = [{"Id": entry["Id"], **fault} for entry in kept_back[-1]]

    answers.keep_back(sqs, "SendMessageBatch", only_some, times=times)
    answers.alter(sqs, "SendMessageBatch", say_so, times=times)


def test_failed_entries_of_a_batch_are_sent_again(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], answers: Answers, now: datetime, waits: list[float]
) -> None:
    calls = answers.watch(sqs, "SendMessageBatch")
    _fail(sqs, answers, {1, 3}, times=1)
    queues.send([change_of(now, number) for number in range(5)])
    assert [len(call["Entries"]) for call in calls] == [5, 2]
    assert sorted(json.loads(message["Body"])["id"] for message in received(sqs, urls[FLOW])) == list("01234")
    assert waits == [0.1]


def test_entries_that_keep_failing_are_told(queues: Queues, sqs: SQSClient, answers: Answers, now: datetime) -> None:
    refused: dict[str, Any] = {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    answers.alter(sqs, "SendMessageBatch", lambda parsed: parsed.update(refused), times=99)
    with pytest.raises(RetryLater, match="all but 1 of 1") as failure:
        queues.send([change_of(now, 0)])
    assert failure.value.system == "aws"


def test_an_entry_that_sqs_finds_wrong_is_told_at_once(
    queues: Queues, sqs: SQSClient, answers: Answers, now: datetime, waits: list[float]
) -> None:
    _fail(sqs, answers, {0}, times=1, sender=True)
    with pytest.raises(SyncError, match=f"queue of {FLOW} refuses a message: InvalidMessageContents"):
        queues.send([change_of(now, number) for number in range(2)])
    assert waits == []


def test_a_flow_without_a_queue_is_named_before_anything_is_sent(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], now: datetime
) -> None:
    with pytest.raises(ConfigurationWrong, match="'zomentum_taxes'"):
        queues.send([change_of(now, 1), change_of(now, 2, "zomentum_taxes")])
    assert received(sqs, urls[FLOW]) == []


def test_a_queue_that_does_not_exist_is_a_wrong_configuration(sqs: SQSClient, now: datetime) -> None:
    queues = Queues(sqs, lambda _flow: "https://sqs.us-east-1.amazonaws.com/123456789012/gone.fifo")
    with pytest.raises(ConfigurationWrong, match="the queue does not exist"):
        queues.send([change_of(now, 1)])


def test_nothing_to_send_is_no_request(queues: Queues, sqs: SQSClient, answers: Answers) -> None:
    calls = answers.watch(sqs, "SendMessageBatch")
    queues.send([])
    assert calls == []


def test_a_message_handed_back_is_visible_after_its_time(
    queues: Queues, sqs: SQSClient, urls: Mapping[str, str], answers: Answers, now: datetime
) -> None:
    queues.send([change_of(now, 1)])
    (message,) = sqs.receive_message(QueueUrl=urls[FLOW])["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=urls[FLOW])
    calls = answers.watch(sqs, "ChangeMessageVisibility")
    queues.hand_back(FLOW, message["ReceiptHandle"], 30)
    queues.hand_back(FLOW, message["ReceiptHandle"], 0)
    assert [call["VisibilityTimeout"] for call in calls] == [30, 0]
    (again,) = sqs.receive_message(QueueUrl=urls[FLOW])["Messages"]
    assert again["MessageId"] == message["MessageId"]


def test_a_message_no_longer_in_flight_is_visible_already(queues: Queues, sqs: SQSClient, answers: Answers) -> None:
    answers.refuse(sqs, "ChangeMessageVisibility", "MessageNotInflight")
    queues.hand_back(FLOW, "receipt", 30)


def test_handing_back_tells_other_refusals(queues: Queues, sqs: SQSClient, answers: Answers) -> None:
    answers.refuse(sqs, "ChangeMessageVisibility", "ReceiptHandleIsInvalid")
    with pytest.raises(SyncError, match="ReceiptHandleIsInvalid"):
        queues.hand_back(FLOW, "receipt", 30)
