"""What changed in the limits of a column's values. An end that moves inwards demands more of producers, one that moves outwards promises consumers less."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.limits import ENDS, plain_limits
from twinstage.twin.versions.passing import comparable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.twin.versions.passing import Cut, Demand

_LOWER: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
_UPPER: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "precision", "scale")
_ORDERED: Final = frozenset({*_LOWER, *_UPPER, "multipleOf"})


def limit_demands(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, Demand | None]]:
    """Of each limit that differs its name, what it was, what it is, and whether it demands more or less; None where neither can be told. An end that is in now and was out, or the other way round, is one limit."""
    old, new = plain_limits(before), plain_limits(after)
    for inner, outer in ENDS:
        if old.get(inner) != new.get(inner) and old.get(outer) != new.get(outer):
            pair = [{name: of.pop(name) for name in (inner, outer) if name in of} for of in (old, new)]
            yield inner, pair[0], pair[1], _moved(pair[0], pair[1], inner, outer)
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name), _demands(name, old.get(name), new.get(name))


def _moved(before: Mapping[str, Any], after: Mapping[str, Any], inner: str, outer: str) -> Demand | None:
    old, new = _cut(before, inner, outer), _cut(after, inner, outer)
    if not before or not after:
        return "more" if after else "less"
    if old is None or new is None or old[0] != new[0]:
        return None
    if old[1] == new[1]:
        return "same"
    return "more" if (new[1] > old[1]) == (inner == "minimum") else "less"


def _cut(limits: Mapping[str, Any], inner: str, outer: str) -> tuple[str, Cut] | None:
    """Where the values that pass begin or end; None where that is not one kind of value."""
    lower = inner == "minimum"
    cuts = [
        (found[0], (found[1], int((name == outer) == lower)))
        for name in limits
        if (found := comparable(limits[name])) is not None
    ]
    if len(cuts) != len(limits) or len({kind for kind, _ in cuts}) != 1:
        return None
    return (max if lower else min)(cuts, key=lambda cut: cut[1])


def _demands(name: str, before: Any, after: Any) -> Demand | None:
    if before is None or after is None:
        return "more" if before is None else "less"
    if name == "required" and isinstance(before, list) and isinstance(after, list):
        return _more_names({str(one) for one in before}, {str(one) for one in after})
    old, new = comparable(before), comparable(after)
    if old is not None and old == new:
        return "same"
    if old is None or new is None or old[0] != new[0] or name not in _ORDERED:
        return None
    if name == "multipleOf":
        return _multiple(before, after)
    return "more" if (new[1] > old[1]) == (name in _LOWER) else "less"


def _more_names(before: set[str], after: set[str]) -> Demand | None:
    if before == after:
        return "same"
    return "more" if before < after else "less" if after < before else None


def _multiple(before: Any, after: Any) -> Demand | None:
    """Every multiple of 4 is one of 2. By the decimal digits that were written: 0.1 is a multiple of 0.01."""
    old, new = Decimal(str(before)), Decimal(str(after))
    if not (old > 0 and new > 0 and old.is_finite() and new.is_finite()):
        return None
    if (new / old) % 1 == 0:
        return "more"
    return "less" if (old / new) % 1 == 0 else None
