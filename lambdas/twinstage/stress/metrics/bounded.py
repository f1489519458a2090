"""Figures by name, of which there may be any number, in bounded room that merges exactly.

Kept are the first names in order; what belongs to the rest adds up under `<what stands before the name's colon>:others`. A name that is kept of all was kept of each part, so it makes no
difference whether parts are bounded first and added then, or the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
OTHERS: Final = "others"
ERRORS: Final = 64
RESOURCES: Final = 1024
WINDOW_RESOURCES: Final = 32


def bounded(figures: Mapping[str, T], most: int, add: Callable[[T, T], T], of_others: Callable[[T], T]) -> dict[str, T]:
    """At most so many names and one for the others of each beginning, in order. `of_others`: a figure of its name, as one of the others."""
    names = sorted(figures)
    kept = [name for name in names if not _others(name)][:most]
    found = {name: figures[name] for name in kept}
    for name in names:
        if name not in found or _others(name):
            place = name if _others(name) else _place_of_others(name)
            figure = of_others(figures[name])
            found[place] = add(found[place], figure) if place in found else figure
    return dict(sorted(found.items()))


def bounded_counts(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """The same of plain counts."""
    return dict(sorted(counts.items())) if len(counts) <= most else bounded(counts, most, int.__add__, int)


def _others(name: str) -> bool:
    return name.rpartition(":")[2] == OTHERS


def _place_of_others(name: str) -> str:
    beginning, colon, _ = name.partition(":")
    return f"{beginning}:{OTHERS}" if colon else OTHERS
