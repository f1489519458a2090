"""The key that a product's table has in its twin: a DynamoDB table, whose key is one attribute or two.

A primary key of one column is the partition key; of two, partition and sort key; of more, the first column is the partition key, and the others together are the sort key, as one text.
Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html#HowItWorks.CoreComponents.PrimaryKey
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.data_product import Column, ProductTable

AttributeType = Literal["S", "N", "B"]
_TYPES: Final[Mapping[str, AttributeType]] = {
    "string": "S",
    "date": "S",
    "time": "S",
    "timestamp": "S",
    "number": "N",
    "integer": "N",
    "bytes": "B",
}
_NO_KEY: Final = (
    "mark its columns `primaryKey: true`; in dbt by a constraint, or by the tests unique and not_null of one column"
)
_NO_TYPE: Final = "give its type (`logicalType`, in dbt `data_type`) as a text, a number, a date, a time or bytes; or take another key"
_JOINT: Final = "#"
_MOST: Final = 2


@dataclass(frozen=True)
class KeyAttribute:
    """One attribute of the key. `columns` are those whose values it holds: one, or several as one text."""

    name: str
    type: AttributeType
    columns: tuple[str, ...]

    def value(self, row: Mapping[str, Any]) -> Any:
        """What a row has in it: of several columns the JSON list of their values, which no two different lists share."""
        if len(self.columns) == 1:
            return row[self.columns[0]]
        return json.dumps([row[name] for name in self.columns], separators=(",", ":"), default=str, ensure_ascii=False)


@dataclass(frozen=True)
class TableKey:
    """The key of a twin's table."""

    partition: KeyAttribute
    sort: KeyAttribute | None = None


def table_key(table: ProductTable, file: str) -> TableKey:
    """The key of a table. Raises InputError, with the line in the contract `file` and the way out, where it has none that a table can have."""
    problems = list(key_problems(table, file))
    if problems:
        raise InputError(problems)
    first, *others = table.key
    partition = _attribute([first])
    return TableKey(partition, _attribute(others) if others else None)


def key_problems(table: ProductTable, file: str) -> Iterable[InputProblem]:
    """Why a table cannot be deployed; nothing where it can be."""
    if not table.key:
        message = f"the table {table.name!r} has no primary key, and a twin's table needs one"
        yield InputProblem(file, table.line, table.pointer, message, _NO_KEY)
    for column in table.key:
        # Several columns become one text, whatever they hold.
        alone = column is table.key[0] or len(table.key) == _MOST
        if alone and column.logical_type not in _TYPES:
            message = f"{column.name!r} is {column.logical_type}, which no key can be"
            yield InputProblem(file, column.line, column.pointer, message, _NO_TYPE)


def _attribute(columns: Sequence[Column]) -> KeyAttribute:
    names = tuple(column.name for column in columns)
    return KeyAttribute(_JOINT.join(names), "S" if len(columns) > 1 else _TYPES[columns[0].logical_type], names)
