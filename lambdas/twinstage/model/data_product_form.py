"""A data product as a JSON document (schema `twinstage:data-product:1`), and back. What has its default is left out, so that equal products have one digest."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from twinstage.model.data_product import (
    AccessRole,
    Bound,
    Column,
    DataProduct,
    Member,
    ProductTable,
    QualityRule,
    Server,
    ServiceLevel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = "twinstage:data-product:1"
_Part = TypeVar("_Part")
_PARTS: Final[Mapping[tuple[type, str], type]] = {
    (DataProduct, "tables"): ProductTable,
    (DataProduct, "service_levels"): ServiceLevel,
    (DataProduct, "servers"): Server,
    (DataProduct, "roles"): AccessRole,
    (DataProduct, "team"): Member,
    (ProductTable, "columns"): Column,
    (ProductTable, "quality"): QualityRule,
    (Column, "columns"): Column,
    (Column, "items"): Column,
    (QualityRule, "bounds"): Bound,
}
"""The members that hold parts of their own."""


def product_document(product: DataProduct) -> dict[str, Any]:
    """The product as JSON. Lines and pointers are no part of it: where something stands in a file is not what it says."""
    return {"schema": SCHEMA, **_document(product)}


def product_of(document: Mapping[str, Any]) -> DataProduct:
    """The inverse of `product_document`."""
    return _part(DataProduct, {name: value for name, value in document.items() if name != "schema"})


def _document(part: Any) -> dict[str, Any]:
    found = {}
    for one in fields(part):
        value = getattr(part, one.name)
        if one.compare and (one.default is MISSING or value != one.default) and value != {}:
            found[one.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _document(value) if type(value) in _TYPES else value


def _part(kind: type[_Part], document: Mapping[str, Any]) -> _Part:
    defaults = {one.name: one.default for one in fields(kind)}  # type: ignore[arg-type]  # each of them is a dataclass
    return kind(
        **{
            name: _value(_PARTS.get((kind, name)), value, several=defaults[name] == () or kind is Bound)
            for name, value in document.items()
        }
    )


def _value(kind: type | None, value: Any, *, several: bool) -> Any:
    """`several`: the member is a tuple; any other list is somebody else's value, and stays one."""
    if several and isinstance(value, list):
        return tuple(_value(kind, one, several=False) for one in value)
    return _part(kind, value) if kind is not None and isinstance(value, dict) else value


_TYPES: Final = frozenset({owner for owner, _ in _PARTS} | set(_PARTS.values()))
