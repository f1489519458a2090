"""What a contract's schema promises of each column, measured as rules are: present where required, unique, within its limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.limits import plain_limits
from twinstage.twin.quality.measures import NotMeasured, matcher, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.data_product import Column, ProductTable

Breaks = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Promise:
    """One promise of one column: `broken` is how many rows break it; None: it was not checked, and `why` says why."""

    column: Column
    says: str
    broken: int | None
    why: str = ""


def column_promises(table: ProductTable, rows: Sequence[Mapping[str, Any]]) -> Iterator[Promise]:
    """Every promise of every column at the top of the rows, in the order of the columns."""
    for column in table.columns:
        found = values(column.name, rows)
        present = [value for value in found if value is not None]
        if column.required:
            yield Promise(column, "required", len(found) - len(present))
        if column.unique or (column.key_position is not None and len(table.key) == 1):
            yield Promise(column, "unique", len(present) - len({repr(value) for value in present}))
        limits = plain_limits(column.options)
        for name, breaks in _LIMITS.items():
            if name in limits:
                yield _limit(column, name, limits[name], breaks, present)


def _limit(column: Column, name: str, limit: Any, breaks: Breaks, present: Sequence[Any]) -> Promise:
    said = f"{name} {limit}"
    try:
        return Promise(column, said, sum(_broken(breaks, value, limit) for value in present))
    except NotMeasured as error:
        return Promise(column, said, None, str(error))


def _broken(breaks: Breaks, value: Any, limit: Any) -> bool:
    try:
        return bool(breaks(value, limit))
    except (TypeError, ArithmeticError):
        # A text where a number is promised keeps no limit of numbers.
        return True


def _unmatched(value: Any, pattern: Any) -> bool:
    return not matcher(pattern)(value)


def _no_multiple(value: Any, step: Any) -> bool:
    if isinstance(value, str):
        raise TypeError
    return Decimal(str(value)) % Decimal(str(step)) != 0


def _not_looked_at(_value: Any, form: Any) -> bool:
    raise NotMeasured(f"whether a text is of the format {str(form)[:40]!r} is not looked at")


_LIMITS: Mapping[str, Breaks] = {
    "minimum": lambda value, limit: value < limit,
    "maximum": lambda value, limit: value > limit,
    "exclusiveMinimum": lambda value, limit: value <= limit,
    "exclusiveMaximum": lambda value, limit: value >= limit,
    "multipleOf": _no_multiple,
    "minLength": lambda value, limit: len(value) < limit,
    "maxLength": lambda value, limit: len(value) > limit,
    "pattern": _unmatched,
    "format": _not_looked_at,
    "minItems": lambda value, limit: len(value) < limit,
    "maxItems": lambda value, limit: len(value) > limit,
    "enum": lambda value, limit: value not in limit,
}
