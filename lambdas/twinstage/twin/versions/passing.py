"""Which values bounds and limits let pass, and whether that is less than it was.

The values that pass are intervals between cuts. A cut lies just before a value `(value, 0)` or just behind it `(value, 1)`, so open and closed ends need no cases of their own.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.data_product import Bound

Demand = Literal["same", "more", "less"]
"""What a promise demands of who keeps it, compared with what it did."""
Cut = tuple[Any, int]
Passing = tuple[tuple[Cut, Cut], ...]
"""Disjoint intervals that do not touch, the lowest one first."""

_LOWEST: Final[Cut] = (-math.inf, 0)
_HIGHEST: Final[Cut] = (math.inf, 1)
_ALL: Final[Passing] = ((_LOWEST, _HIGHEST),)


def passing(bounds: Iterable[Bound]) -> Passing | None:
    """The numbers that every bound lets pass; None where a bound is of something else."""
    found = _ALL
    for bound in bounds:
        let = _let_pass(bound)
        if let is None:
            return None
        found = _common(found, let)
    return found


def compared(before: Passing | None, after: Passing | None) -> Demand | None:
    """More is demanded where everything that passes now passed before, and not the other way round; None where neither holds, or is not known."""
    if before is None or after is None:
        return None
    if before == after:
        return "same"
    common = _common(before, after)
    return "more" if common == after else "less" if common == before else None


def only_few_pass(found: Passing | None) -> bool:
    """Whether with every count, each smaller count passes too: fewer of what is counted are never worse."""
    return found is not None and len(found) == 1 and found[0][0] <= (0, 0)


def together(demands: Iterable[Demand | None]) -> Demand | None:
    """What demands come to together: None where one is not known, or they go both ways."""
    found = set(demands) - {"same"}
    if not found:
        return "same"
    return found.pop() if len(found) == 1 else None


def comparable(value: Any) -> tuple[str, Any] | None:
    """A value in a form in which those of one kind can be compared: a number, or a moment as ISO 8601 writes it (of no zone: UTC); None of what is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return None if math.isnan(value) else ("number", value)
    if isinstance(value, datetime):
        return "moment", value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return comparable(datetime.fromisoformat(str(value)))
    except ValueError:
        return None


def _let_pass(bound: Bound) -> Passing | None:
    if bound.operator == "outside" and isinstance(bound.value, tuple):
        low, high = bound.value
        return (_LOWEST, (low, 0)), ((high, 1), _HIGHEST)
    value = bound.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    before, behind = (value, 0), (value, 1)
    intervals: dict[str, Passing] = {
        "=": ((before, behind),),
        "!=": ((_LOWEST, before), (behind, _HIGHEST)),
        ">": ((behind, _HIGHEST),),
        ">=": ((before, _HIGHEST),),
        "<": ((_LOWEST, before),),
        "<=": ((_LOWEST, behind),),
    }
    return intervals.get(bound.operator)


def _common(one: Passing, other: Passing) -> Passing:
    ends = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return tuple(sorted((low, high) for low, high in ends if low < high))
