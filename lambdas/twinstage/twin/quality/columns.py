"""What a contract's schema promises of each column and of what is nested in it, measured as rules are: present where required, unique, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.limits import plain_limits
from twinstage.twin.quality.measures import NotMeasured, matcher, values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twinstage.model.data_product import Column, ProductTable

Breaks = Callable[[Any], bool]


@dataclass(frozen=True)
class Promise:
    """One promise of one column: `broken` is how many of its `held` values break it, absent ones counted; None: it was not checked, and `why` says why."""

    column: Column
    says: str
    broken: int | None
    held: int
    why: str = ""


def column_promises(table: ProductTable, rows: Sequence[Mapping[str, Any]]) -> Iterator[Promise]:
    """Every promise of every column in the order of the columns, what is nested in one after it; that of a key of several columns last."""
    key = table.key
    for column in table.columns:
        yield from _promises(column, values(column.name, rows), alone_key=len(key) == 1)
    if len(key) > 1:
        names = [column.name for column in key]
        different = {repr([row.get(name) for name in names]) for row in rows}
        yield Promise(key[0], f"key {', '.join(names)}", len(rows) - len(different), len(rows))


def _promises(column: Column, found: Sequence[Any], *, alone_key: bool = False) -> Iterator[Promise]:
    """Of the values of one column, None where there is none."""
    present, held = [value for value in found if value is not None], len(found)
    if column.required:
        yield Promise(column, "required", held - len(present), held)
    if column.unique or (column.key_position is not None and alone_key):
        yield Promise(column, "unique", len(present) - len({repr(value) for value in present}), held)
    limits = plain_limits(column.options)
    for name in (
        *(known for known in _LIMITS if known in limits),
        *(other for other in limits if other not in _LIMITS),
    ):
        yield _limit(column, name, limits[name], present, held)
    for inner in column.columns:
        yield from _promises(inner, [value.get(inner.name) for value in present if isinstance(value, dict)])
    if column.items is not None:
        yield from _promises(column.items, [element for value in present for element in _elements(value)])


def _elements(value: Any) -> Iterable[Any]:
    """Of an array, or a map's values."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _limit(column: Column, name: str, limit: Any, present: Sequence[Any], held: int) -> Promise:
    said = f"{name} {limit}"
    if name not in _LIMITS:
        return Promise(column, said, None, held, f"whether a value keeps to its {said[:60]} is not looked at")
    try:
        breaks = _LIMITS[name](limit)
        return Promise(column, said, sum(_broken(breaks, value) for value in present), held)
    except NotMeasured as error:
        return Promise(column, said, None, held, str(error))


def _broken(breaks: Breaks, value: Any) -> bool:
    try:
        return bool(breaks(value))
    except (TypeError, ArithmeticError):
        # A text where a number is promised keeps no limit of numbers.
        return True


def _unmatched(pattern: Any) -> Breaks:
    matches = matcher(pattern)
    return lambda value: not matches(value)


def _no_multiple(step: Any) -> Breaks:
    def breaks(value: Any) -> bool:
        if isinstance(value, str):
            raise TypeError
        return Decimal(str(value)) % Decimal(str(step)) != 0

    return breaks


_LIMITS: Mapping[str, Callable[[Any], Breaks]] = {
    "minimum": lambda limit: lambda value: value < limit,
    "maximum": lambda limit: lambda value: value > limit,
    "exclusiveMinimum": lambda limit: lambda value: value <= limit,
    "exclusiveMaximum": lambda limit: lambda value: value >= limit,
    "multipleOf": _no_multiple,
    "minLength": lambda limit: lambda value: len(value) < limit,
    "maxLength": lambda limit: lambda value: len(value) > limit,
    "pattern": _unmatched,
    "minItems": lambda limit: lambda value: len(value) < limit,
    "maxItems": lambda limit: lambda value: len(value) > limit,
    "uniqueItems": lambda _: lambda value: len({repr(each) for each in value}) < len(value),
    "minProperties": lambda limit: lambda value: len(value) < limit,
    "maxProperties": lambda limit: lambda value: len(value) > limit,
    "enum": lambda limit: lambda value: value not in limit,
}
"""What a limit makes of a value; a limit that is not here (a format, a precision, a scale) is told, and not checked."""
