"""An immutable mapping that is cheap to derive from another: what changed lies over what is shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Layered(Mapping[K, V], Generic[K, V]):
    """A mapping of which another with some entries changed is made in the time of about the root of its size.

    The shared part is copied only once the changes laid over it have grown to its square root.
    """

    __slots__ = ("_base", "_length", "_over")

    def __init__(self, entries: Mapping[K, V]) -> None:
        self._base: dict[K, V] = dict(entries)
        self._over: dict[K, V | None] = {}
        self._length = len(self._base)

    def changed(self, changes: Mapping[K, V | None]) -> Layered[K, V]:
        """Answer the mapping with each key of `changes` set to its value, or taken away where that is None."""
        derived: Layered[K, V] = Layered.__new__(Layered)
        derived._base, derived._over = self._base, {**self._over, **changes}
        derived._length = self._length + sum((value is not None) - (key in self) for key, value in changes.items())
        if len(derived._over) ** 2 > len(derived._base):
            merged = {**derived._base, **derived._over}
            derived._base = {key: value for key, value in merged.items() if value is not None}
            derived._over = {}
        return derived

    def __getitem__(self, key: K) -> V:
        if key not in self._over:
            return self._base[key]
        value = self._over[key]
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        over = self._over
        return over[key] is not None if key in over else key in self._base

    def __iter__(self) -> Iterator[K]:
        over = self._over
        yield from (key for key in self._base if key not in over)
        yield from (key for key, value in over.items() if value is not None)

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"Layered({dict(self)!r})"
