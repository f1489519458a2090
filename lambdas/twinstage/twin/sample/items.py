"""Rows as the items of a twin's table, and items as rows.

A text is S, a number N, a truth BOOL, an object M, an array L; what is not there is left out. The attributes of the key have the types of `model/table_key.py`; where
several columns are one attribute of it, that attribute stands beside them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.item import canonical_number
from twinstage.model.table_key import table_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from twinstage.model.data_product import ProductTable
    from twinstage.model.item import Item
    from twinstage.model.table_key import KeyAttribute

Row = dict[str, Any]


def table_schema(table: ProductTable, file: str) -> dict[str, Any]:
    """The table as CreateTable would be given it, and a snapshot keeps it. Raises InputError where the contract gives it no key."""
    attributes = _key(table, file)
    return {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in sorted((a.name, a.type) for a in attributes)
        ],
        "KeySchema": [
            {"AttributeName": attribute.name, "KeyType": kind}
            for attribute, kind in zip(attributes, ("HASH", "RANGE"), strict=False)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


def items(table: ProductTable, rows: Iterable[Mapping[str, Any]], file: str) -> Iterator[Item]:
    """Each row as an item. Raises InputError where the table has no key, KeyError where a row lacks a column of it."""
    attributes = _key(table, file)
    for row in rows:
        item = {name: _value(value) for name, value in row.items() if value is not None}
        for attribute in attributes:
            item[attribute.name] = {attribute.type: _text(attribute.value(row), attribute.type)}
        yield item


def row_of(item: Mapping[str, Any], joint: Iterable[str] = ()) -> Row:
    """An item as a row; `joint` are attributes of the key that stand for several columns, which are left out. Numbers are int or Decimal."""
    return {name: _plain(value) for name, value in item.items() if name not in set(joint)}


def joint_attributes(table: ProductTable, file: str) -> list[str]:
    """The attributes of the key that stand for several columns."""
    return [attribute.name for attribute in _key(table, file) if len(attribute.columns) > 1]


def _key(table: ProductTable, file: str) -> list[KeyAttribute]:
    key = table_key(table, file)
    return [key.partition, *([key.sort] if key.sort else [])]


def _text(value: Any, kind: str) -> str:
    return canonical_number(str(value)) if kind == "N" else str(value)


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": canonical_number(str(value))}
    if isinstance(value, dict):
        return {"M": {name: _value(each) for name, each in value.items() if each is not None}}
    if isinstance(value, list):
        return {"L": [_value(each) if each is not None else {"NULL": True} for each in value]}
    return {"S": str(value)}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return _PLAIN.get(kind, _same)(content)


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


def _same(content: Any) -> Any:
    return content


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "N": _number,
    "NS": lambda content: [_number(each) for each in content],
    "M": lambda content: {name: _plain(each) for name, each in content.items()},
    "L": lambda content: [_plain(each) for each in content],
    "NULL": lambda _: None,
}
