"""DynamoDB for the local cloud: moto's, with queries and transactions whose time does not grow with the whole table.

moto sorts every item of a table for each query and copies the table for each transaction; after some thousand records
either takes longer than all else. It also tries a dozen spellings of each of the ten types for every attribute that it
answers, which is a third of its time. What is found, refused, answered and rolled back stays the same.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import moto.dynamodb.urls
from moto.core.responses import ActionContext, ActionResult, BaseResponse
from moto.core.serialize import AttributePickerContext
from moto.core.utils import get_value
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from infra.local.cloud import updates
from infra.local.cloud.stack import ACCOUNT, REGION


class LocalTable(Table):
    """A table that offers a query only what is in its partition."""

    _offered: list[Item] | None = None

    def query(self, hash_key: DynamoType | None, *args: Any, **kwargs: Any) -> tuple[list[Item], int, Any]:
        conditions: list[tuple[str, DynamoType]] = kwargs.get("hash_key_conditions") or []
        index = args[6] if len(args) > 6 else kwargs.get("index_name")
        self._offered = list(self._indexed(conditions) if index else self._partition(hash_key, args))
        try:
            return super().query(hash_key, *args, **kwargs)
        finally:
            self._offered = None

    def all_items(self) -> list[Item]:
        return super().all_items() if self._offered is None else self._offered

    def _partition(self, hash_key: DynamoType | None, args: tuple[Any, ...]) -> Iterable[Item]:
        """The items of a partition; of those that must begin with a text, only they."""
        items = self.items.get(hash_key, {}).values()
        comparison, values = args[0], args[1]
        if comparison == "BEGINS_WITH" and values:
            return (item for item in items if item.range_key.value.startswith(values[0].value))
        return items

    def _indexed(self, conditions: Iterable[tuple[str, DynamoType]]) -> Iterator[Item]:
        wanted = [(name, value.value) for name, value in conditions]
        for partition in self.items.values():
            for item in partition.values():
                if all(name in item.attrs and item.attrs[name].value == value for name, value in wanted):
                    yield item

    def __deepcopy__(self, memo: dict[int, Any]) -> LocalTable:
        """moto copies tables to roll transactions back, which `LocalDynamoDB` does by item."""
        return self


class PlainResult(ActionResult):
    """An answer that names everything as AWS does, so that nothing need be looked for under other names."""

    def execute_result(self, context: ActionContext) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model, value_picker=_by_name)
        answer = serializer.serialize(self.result)
        return answer["status_code"], answer["headers"], answer["body"]

    @staticmethod
    def serialized(handler: BaseResponse, result: ActionResult) -> Any:
        """Takes the place of the method of moto's handler; errors are moto's own objects, and left to it."""
        assert isinstance(handler, DynamoHandler)
        plain = result if isinstance(result.result, Exception) else PlainResult(result.result)
        return super(DynamoHandler, handler).serialized(plain)


def _by_name(context: AttributePickerContext) -> Any:
    answered = context.obj
    return answered.get(context.key) if type(answered) is dict else get_value(answered, context.key, None)


class LocalDynamoDB(DynamoDBBackend):
    """moto's DynamoDB over `LocalTable`s."""

    @classmethod
    def install(cls) -> LocalDynamoDB:
        """Puts one in the place of moto's, until moto is reset."""
        dynamodb = cls(REGION, ACCOUNT)
        dynamodb_backends[ACCOUNT][REGION] = dynamodb
        DynamoHandler.serialized = PlainResult.serialized  # type: ignore[assignment]  # moto has it no other way
        updates.shorten()
        return dynamodb

    @property
    def _url_module(self) -> ModuleType:
        return moto.dynamodb.urls  # moto derives it from the module of the class, which is not moto's here

    def create_table(self, name: str, *args: Any, **kwargs: Any) -> Table:
        table = super().create_table(name, *args, **kwargs)
        table.__class__ = LocalTable  # type: ignore[type-abstract]  # moto makes its own, whatever one says
        return table

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        with self._rolled_back(transact_items):
            super().transact_write_items(transact_items)

    @contextmanager
    def _rolled_back(self, transact_items: Iterable[Mapping[str, Mapping[str, Any]]]) -> Iterator[None]:
        """Puts the items concerned back as they were if the transaction fails."""
        saved: list[tuple[Table, DynamoType, DynamoType, Item | None]] = []
        for request in transact_items:
            for operation in request.values():
                if (table := self.tables.get(operation["TableName"])) is not None:
                    of = operation.get("Item") or operation["Key"]
                    keys = (DynamoType(of[table.hash_key_attr]), DynamoType(of[table.range_key_attr or ""]))
                    saved.append((table, *keys, copy.deepcopy(table.get_item(*keys))))
        try:
            yield
        except Exception:
            for table, hash_key, range_key, item in saved:
                if item is None:
                    table.delete_item(hash_key, range_key)
                else:
                    table.items[hash_key][range_key] = item
            raise
