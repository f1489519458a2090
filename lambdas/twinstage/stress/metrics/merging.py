"""Merging by name or number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mergeable(Protocol):
    """What two generators measured of one thing adds up to what one would have: associative and commutative."""

    def merged(self, other: Self) -> Self:
        """Both."""


Name = TypeVar("Name", str, int)
T = TypeVar("T", bound=Mergeable)


def merged_by_name(one: Mapping[Name, T], other: Mapping[Name, T]) -> dict[Name, T]:
    """Both, in the order of names; what only one has is that one's."""
    found = {**one, **other}
    found.update((name, one[name].merged(other[name])) for name in one.keys() & other.keys())
    return dict(sorted(found.items()))
