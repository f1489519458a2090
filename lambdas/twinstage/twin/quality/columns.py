"""What a contract's schema promises of each column, measured as rules are: present where required, unique, within its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.twin.quality.measures import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.data_product import Column, ProductTable


def broken_promises(table: ProductTable, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Column, str, int]]:
    """(column, what is promised, how many rows break it) for every promise of every column at the top of the rows."""
    for column in table.columns:
        found = values(column.name, rows)
        present = [value for value in found if value is not None]
        if column.required:
            yield column, "required", len(found) - len(present)
        if column.unique or (column.key_position is not None and len(table.key) == 1):
            yield column, "unique", len(present) - len({repr(value) for value in present})
        for limit, breaks in _LIMITS.items():
            if limit in column.options:
                yield (
                    column,
                    f"{limit} {column.options[limit]}",
                    sum(_broken(breaks, v, column, limit) for v in present),
                )


def _broken(breaks: Any, value: Any, column: Column, limit: str) -> bool:
    try:
        return bool(breaks(value, column.options[limit]))
    except TypeError:
        # A text where a number is promised keeps no limit of numbers.
        return True


_LIMITS = {
    "minimum": lambda value, limit: value < limit,
    "maximum": lambda value, limit: value > limit,
    "exclusiveMinimum": lambda value, limit: value <= limit,
    "exclusiveMaximum": lambda value, limit: value >= limit,
    "minLength": lambda value, limit: len(value) < limit,
    "maxLength": lambda value, limit: len(value) > limit,
    "enum": lambda value, limit: value not in limit,
}
