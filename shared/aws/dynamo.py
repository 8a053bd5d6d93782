"""The few requests that are made to the one table, consistent, complete, and with their conditions spelled out.

In every expression `#name` stands for the attribute of that name and `:name` for the value given under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from shared.aws.failures import SYSTEM, InEachOthersWay, aws_failures
from shared.aws.items import Item, attribute, packed, plain
from shared.aws.patience import Patience
from shared.sync.errors import RetryLater

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = tuple[str, str]
"""(pk, sk)"""

T = TypeVar("T")
READ_LIMIT = 100
WRITE_LIMIT = 25


@dataclass(frozen=True)
class Put:
    """A whole item to be written, if the condition holds."""

    item: Item
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Update:
    """A change to one item, if the condition holds. Without a condition a missing item comes into being."""

    key: Key
    change: str
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """An item to be removed, if the condition holds."""

    key: Key
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


Write = Put | Update | Delete


class Table:
    """The table by its name. Every method raises what `aws_failures` names; nothing is cut short in silence."""

    def __init__(self, client: DynamoDBClient, name: str, patience: Patience | None = None) -> None:
        self._client = client
        self._name = name
        self._patience = patience or Patience()

    def get(self, key: Key) -> Item | None:
        """One item, read consistently."""
        with aws_failures():
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def read(self, keys: Iterable[Key]) -> dict[Key, Item]:
        """These items, read consistently, as far as there are any. RetryLater if some stay unprocessed."""
        found: dict[Key, Item] = {}
        for chunk in _chunks(dict.fromkeys(keys), READ_LIMIT):
            pending: list[Any] = [_key(key) for key in chunk]
            for _ in self._patience.attempts():
                wanted = {"Keys": pending, "ConsistentRead": True}
                with aws_failures():
                    answer = self._client.batch_get_item(RequestItems={self._name: wanted})  # type: ignore[dict-item]
                for item in map(plain, answer["Responses"].get(self._name, ())):
                    found[item["pk"], item["sk"]] = item
                left = answer["UnprocessedKeys"].get(self._name)
                pending = list(left["Keys"]) if left else []
                if not pending:
                    break
            else:
                raise RetryLater(f"DynamoDB left {len(pending)} of {len(chunk)} keys unread", system=SYSTEM)
        return found

    def query(self, condition: str, *, index: str = "", only: str = "", **values: Any) -> Iterator[Item]:
        """Every item of a partition that meets the key condition, in the order of the sort key, page by page.

        Consistent, except from an index, which cannot be. `only` filters what was read.
        """
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": _names(condition, only),
            "ExpressionAttributeValues": _values(values),
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        request |= {"FilterExpression": only} if only else {}
        while True:
            with aws_failures():
                answer = self._client.query(**request)
            yield from map(plain, answer["Items"])
            if not (last := answer.get("LastEvaluatedKey")):
                return
            request["ExclusiveStartKey"] = last

    def write(self, write: Write) -> Item:
        """Carries out one write and returns the item as it was before (empty if there was none).

        Conflict if its condition does not hold.
        """
        request = {"ReturnValues": "ALL_OLD", **self._request(write)}
        for _ in self._patience.attempts():
            try:
                with aws_failures():
                    match write:
                        case Put():
                            return plain(self._client.put_item(**request).get("Attributes", {}))
                        case Update():
                            return plain(self._client.update_item(**request).get("Attributes", {}))
                        case Delete():
                            return plain(self._client.delete_item(**request).get("Attributes", {}))
            except InEachOthersWay:
                continue
        raise RetryLater("another transaction holds the item", system=SYSTEM)

    def write_together(self, writes: Sequence[Write], *, token: str = "") -> None:
        """Carries out all writes or none; Conflict if one condition does not hold.

        The same `token` (36 characters at most) within ten minutes makes a repeated transaction harmless; without one,
        only botocore's own repeats are.
        """
        request: dict[str, Any] = {
            "TransactItems": [{type(write).__name__: self._request(write)} for write in writes],
        }
        request |= {"ClientRequestToken": token} if token else {}
        for _ in self._patience.attempts():
            try:
                with aws_failures():
                    self._client.transact_write_items(**request)
            except InEachOthersWay:
                continue
            return
        raise RetryLater("other transactions hold the items", system=SYSTEM)

    def write_each(self, writes: Iterable[Put | Delete]) -> None:
        """Carries out writes without conditions, in batches; RetryLater if some stay unprocessed."""
        by_key = {_key_of(write): write for write in writes}
        if conditional := [key for key, write in by_key.items() if write.condition]:
            raise ValueError(f"a batch takes no conditions: {conditional}")
        for chunk in _chunks(by_key.values(), WRITE_LIMIT):
            pending: Sequence[Any] = [_batched(write) for write in chunk]
            for _ in self._patience.attempts():
                with aws_failures():
                    answer = self._client.batch_write_item(RequestItems={self._name: pending})
                pending = answer["UnprocessedItems"].get(self._name, ())
                if not pending:
                    break
            else:
                raise RetryLater(f"DynamoDB left {len(pending)} of {len(chunk)} items unwritten", system=SYSTEM)

    def _request(self, write: Write) -> dict[str, Any]:
        request: dict[str, Any] = {"TableName": self._name}
        change = ""
        if isinstance(write, Put):
            request["Item"] = packed(write.item)
        else:
            request["Key"] = _key(write.key)
        if isinstance(write, Update):
            change = request["UpdateExpression"] = write.change
        if write.condition:
            request["ConditionExpression"] = write.condition
        if names := _names(change, write.condition):
            request["ExpressionAttributeNames"] = names
        if write.values:
            request["ExpressionAttributeValues"] = _values(write.values)
        return request


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _key_of(write: Put | Delete) -> Key:
    return (write.item["pk"], write.item["sk"]) if isinstance(write, Put) else write.key


def _batched(write: Put | Delete) -> dict[str, Any]:
    if isinstance(write, Put):
        return {"PutRequest": {"Item": packed(write.item)}}
    return {"DeleteRequest": {"Key": _key(write.key)}}


def _names(*expressions: str) -> dict[str, str]:
    return {f"#{name}": name for expression in expressions for name in re.findall(r"#(\w+)", expression)}


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f":{name}": attribute(name, value) for name, value in values.items()}


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
