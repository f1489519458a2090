"""The rules that an item's secondary index keys must meet: of the index's type, not empty, not too long. They may be absent.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html and the errors of
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid
from twinstage.world.memory.dynamodb.keys import EMPTY_KIND, size_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.memory.dynamodb.table import Index

_EMPTY_TEXT = "The AttributeValue for a key attribute cannot contain an empty"
_UPDATE_TEXT = "The update expression attempted to update"


def refuse_empty_index_keys(indexes: Iterable[Index], item: Mapping[str, Any]) -> None:
    """Refuse an item of which an attribute is an empty string or binary and the key of an index."""
    for index in indexes:
        definition = index.definition
        for name, type_ in definition.schema.readers:
            value = item.get(name)
            if value is not None and type_ in value and not value[type_]:
                raise invalid(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                    f"{_EMPTY_TEXT} {EMPTY_KIND[type_]} value. IndexName: {definition.name}, IndexKey: {name}"
                )


def index_key_fault(indexes: Iterable[Index], item: Mapping[str, Any]) -> DynamoRefused | None:
    """What is wrong with the types and lengths of a whole item's index keys; None for nothing."""
    for index in indexes:
        definition = index.definition
        for name, type_ in definition.schema.readers:
            value = item.get(name)
            if value is not None and type_ not in value:
                return invalid(
                    f"One or more parameter values were invalid: Type mismatch for Index Key {name} "
                    f"Expected: {type_} Actual: {next(iter(value))} IndexName: {definition.name}"
                )
        if definition.schema.name_set <= item.keys():
            fault = size_fault(definition.schema, item)
            if fault:
                return fault
    return None


def updated_index_key_fault(
    indexes: Iterable[Index], before: Mapping[str, Any], after: Mapping[str, Any]
) -> DynamoRefused | None:
    """What is wrong with the index keys that an update has changed; None for nothing."""
    for index in indexes:
        definition = index.definition
        changed = False
        for name, type_ in definition.schema.readers:
            value = after.get(name)
            if value is None or value == before.get(name):
                continue
            changed = True
            if type_ not in value:
                return invalid(f"{_UPDATE_TEXT} the secondary index key to unsupported type")
            if not value[type_]:
                return invalid(
                    f"One or more parameter values are not valid. {_UPDATE_TEXT} a secondary index key to a value that is not supported. "
                    f"{_EMPTY_TEXT} {EMPTY_KIND[type_]} value."
                )
        if changed and definition.schema.name_set <= after.keys() and size_fault(definition.schema, after):
            return invalid(f"{_UPDATE_TEXT} the secondary index key beyond allowed size limits")
    return None
