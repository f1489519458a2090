"""What changed in a table's columns, and whom it breaks.

A consumer reads: less than before (a column gone, nulls or other values where there were none) breaks it. A producer writes: more demanded than before breaks it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twinstage.twin.versions.change import Change
from twinstage.twin.versions.limits import limit_demands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.data_product import Column, ProductTable
    from twinstage.twin.versions.change import Breaks
    from twinstage.twin.versions.passing import Demand

# What each type also holds the values of; wider types to the right.
_WIDER: Final[dict[str, frozenset[str]]] = {
    "integer": frozenset({"number", "any"}),
    "number": frozenset({"any"}),
    "date": frozenset({"timestamp", "any"}),
    "object": frozenset({"map", "any"}),
}
_LENGTHS: Final = re.compile(r"\s*([a-z_][a-z0-9_ ]*?)\s*\(((?:\s*\d{1,9}\s*,)?\s*\d{1,9}\s*)\)\s*")
_ANY: Final = frozenset({"any"})
_LIMITS: Final[dict[Demand | None, tuple[str, Breaks]]] = {
    "more": ("limit-tightened", "producers"),
    "less": ("limit-loosened", "consumers"),
    "same": ("limit-told-otherwise", ""),
    None: ("limit-changed", "both"),
}


def table_changes(before: ProductTable, after: ProductTable) -> Iterator[Change]:
    """What changed in one table that is in both: columns, key, partition, name."""
    yield from _columns(before, after)
    name = before.name
    for kind, old, new in (
        ("key-changed", [c.name for c in before.key], [c.name for c in after.key]),
        ("partition-changed", [c.name for c in before.partition], [c.name for c in after.partition]),
        ("physical-name-changed", before.physical_name or name, after.physical_name or name),
        ("physical-type-changed", before.physical_type, after.physical_type),
    ):
        if old != new:
            yield Change("contract", kind, name, old, new, "both", name)
    if before.description != after.description:
        yield Change("contract", "description-changed", name, before.description, after.description, "", name)
    if before.references != after.references:
        breaks = _referring(before.references, after.references)
        yield Change(
            "contract", "references-changed", name, list(before.references), list(after.references), breaks, name
        )


def _columns(before: ProductTable, after: ProductTable) -> Iterator[Change]:
    old = {column.path: column for column in before.every_column()}
    new = {column.path: column for column in after.every_column()}
    for path, column in old.items():
        if path not in new and not _inside(path, set(old) - set(new)):
            yield _change("column-removed", before.name, path, _shape(column), None, "consumers")
    for path, column in new.items():
        if path not in old and not _inside(path, set(new) - set(old)):
            breaks: Breaks = "producers" if column.required else ""
            yield _change("column-added", before.name, path, None, _shape(column), breaks)
    for path, column in old.items():
        if path in new:
            yield from _column(before.name, column, new[path])


def _column(table: str, before: Column, after: Column) -> Iterator[Change]:
    path = before.path
    if before.logical_type != after.logical_type:
        kind, breaks = _retyped(before.logical_type, after.logical_type)
        yield _change(kind, table, path, before.logical_type, after.logical_type, breaks)
    elif before.physical_type.lower() != after.physical_type.lower():
        breaks = "producers" if _shorter(before.physical_type, after.physical_type) else ""
        yield _change("physical-type-changed", table, path, before.physical_type, after.physical_type, breaks)
    for kind, old, new in (
        ("required", before.required, after.required),
        ("unique", before.unique, after.unique),
    ):
        if old != new:
            yield _change(f"{kind}-{'added' if new else 'removed'}", table, path, old, new, _demanded(more=new))
    yield from _options(table, before, after)
    for kind, was, is_, breaks in (
        ("classification-changed", before.classification, after.classification, ""),
        ("description-changed", before.description, after.description, ""),
        (
            "references-changed",
            list(before.references),
            list(after.references),
            _referring(before.references, after.references),
        ),
        ("sources-changed", list(before.sources), list(after.sources), ""),
        ("tags-changed", list(before.tags), list(after.tags), ""),
        ("physical-name-changed", before.physical_name or before.name, after.physical_name or after.name, "both"),
    ):
        if was != is_:
            yield _change(kind, table, path, was, is_, breaks)


def _shorter(before: str, after: str) -> bool:
    """Whether a physical type of the same name holds less: `varchar(20)` that is `varchar(10)` now."""
    old, new = (_LENGTHS.fullmatch(said.lower()) for said in (before, after))
    if old is None or new is None or old[1] != new[1]:
        return False
    lengths = [[int(length) for length in found[2].split(",")] for found in (old, new)]
    return len(lengths[0]) == len(lengths[1]) and any(b > a for b, a in zip(*lengths, strict=True))


def _retyped(before: str, after: str) -> tuple[str, Breaks]:
    """A wider type may bring consumers values they have never seen; a narrower one forbids producers some that they had."""
    if after in _WIDER.get(before, _ANY):
        return "type-widened", "consumers"
    if before in _WIDER.get(after, _ANY):
        return "type-narrowed", "producers"
    return "type-changed", "both"


def _demanded(*, more: bool) -> Breaks:
    return "producers" if more else "consumers"


def _options(table: str, before: Column, after: Column) -> Iterator[Change]:
    """Changed limits of values."""
    if before.options.get("enum") != after.options.get("enum"):
        yield from _enum(table, before.path, before.options.get("enum"), after.options.get("enum"))
    limits = [{name: value for name, value in of.options.items() if name != "enum"} for of in (before, after)]
    for name, old, new, demand in limit_demands(*limits):
        kind, breaks = _LIMITS[demand]
        yield _change(kind, table, f"{before.path}/{name}", old, new, breaks, before.path)


def _enum(table: str, path: str, before: Any, after: Any) -> Iterator[Change]:
    """A value less is one that producers may not write any more; a value more is one that consumers do not know."""
    old, new = (None if values is None else [str(v) for v in values] for values in (before, after))
    if old is None or new is None:
        yield _change(
            f"enum-{'added' if old is None else 'removed'}", table, path, old, new, _demanded(more=old is None)
        )
        return
    if set(old) - set(new):
        yield _change("enum-narrowed", table, path, old, new, "producers")
    if set(new) - set(old):
        yield _change("enum-widened", table, path, old, new, "consumers")


def _referring(before: Iterable[Any], after: Iterable[Any]) -> Breaks:
    """A reference is a promise that what is referred to is there."""
    old, new = set(before), set(after)
    gone, come = bool(old - new), bool(new - old)
    return "both" if gone and come else "consumers" if gone else "producers" if come else ""


def _inside(path: str, gone: set[str]) -> bool:
    """Whether something around a path is among those: then that says it all."""
    return any(path != other and (path.startswith((f"{other}.", f"{other}[]"))) for other in gone)


def _shape(column: Column) -> dict[str, Any]:
    return {"type": column.logical_type, "required": column.required}


def _change(kind: str, table: str, path: str, before: Any, after: Any, breaks: Breaks, column: str = "") -> Change:
    return Change("contract", kind, f"{table}.{path}", before, after, breaks, table, column or path)
