"""Content as a number: equal content, equal number, whatever the order of a mapping's entries and whatever process works it out.

128 bits of BLAKE2b stand for a value, and the sum of its entries' numbers modulo 2^128 for a mapping, so that a mapping's number follows
from the one before it in the time of what changed. Two different contents out of n have the same number with a probability of about
n^2 / 2^129: 10^-26 for a million, far below that of a broken memory.
Source: Bellare, Micciancio, "A new paradigm for collision-free hashing: incrementality at reduced cost" (AdHash), EUROCRYPT 1997.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

MODULUS: Final = 1 << 128
_OPTIONS: Final = orjson.OPT_SORT_KEYS


def content_number(value: Any) -> int:
    """The number of a value: JSON data, and within it bytes, decimals, times, sets, tuples, frozen dataclasses and mappings of any keys."""
    try:
        data = orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:
        data = repr(_ordered(value)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=16).digest(), "big")


def entry_number(key: Any, value: Any) -> int:
    """The number of one entry of a mapping; 0 for an entry that is not there (`value` None)."""
    return 0 if value is None else content_number((key, value))


def entries_number(entries: Iterable[tuple[Any, Any]]) -> int:
    """The number of a mapping's entries, in any order."""
    return sum(entry_number(key, value) for key, value in entries) % MODULUS


def _plain(value: Any) -> Any:
    """What orjson does not know, as something that it does; no two different values come out alike, but a tuple and the list of the same."""
    if isinstance(value, bytes | bytearray):
        return {"\0bytes": bytes(value).hex()}
    if isinstance(value, Decimal):
        return {"\0decimal": str(value)}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {"\0mapping": _by_content(value.items())}
    if isinstance(value, AbstractSet):
        return {"\0set": _by_content(value)}
    raise TypeError(f"{type(value).__name__} has no number")


def _by_content(values: Iterable[Any]) -> list[str]:
    return sorted(f"{content_number(value):032x}" for value in values)


def _ordered(value: Any) -> Any:
    """For what orjson refuses: lone surrogates, keys that are no strings, whole numbers beyond 64 bits."""
    if isinstance(value, Mapping):
        return ("mapping", *sorted((repr(_ordered(key)), _ordered(member)) for key, member in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *map(_ordered, value))
    if isinstance(value, AbstractSet):
        return ("set", *sorted(repr(_ordered(member)) for member in value))
    return value
