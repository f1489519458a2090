"""The order in which DynamoDB walks attribute names: that of a Java hash map, from its last place to its first.

It shows where several things are wrong at once: which of two faulty right-hand sides is refused, which path an overlap is
reported against, in which order unused placeholders are listed. Found with DynamoDB Local; dynalite's tests record the same of
DynamoDB (path two of an overlap). A place: https://docs.oracle.com/javase/8/docs/api/java/lang/String.html#hashCode-- and
java.util.HashMap's first table of 16 places, which holds 12 keys; beyond that the order is one that DynamoDB may not have.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

_K = TypeVar("_K", str, int, "str | int")

_BITS_32 = 0xFFFF_FFFF
_PLACES = 16


def from_first_place(keys: Iterable[_K]) -> list[_K]:
    """The keys by their places; those of one place in the given order."""
    return sorted(keys, key=lambda key: _spread(key) % _PLACES)


def from_last_place(keys: Iterable[_K]) -> list[_K]:
    """The keys by their places, the last place first; those of one place in the given order."""
    return sorted(keys, key=lambda key: -(_spread(key) % _PLACES))


@lru_cache(maxsize=4096)
def _spread(key: str | int) -> int:
    if isinstance(key, int):
        return key ^ (key >> 16)
    code = 0
    units = key.encode("utf-16-be")
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (31 * code + (high << 8) + low) & _BITS_32
    return code ^ (code >> 16)
