"""A sample of a table that is the same whenever and however the table is read: whole partitions, chosen by the hash of their keys."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from twinstage.model.item import item_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.item import Item

_HASH_BITS = 64


def sampled(items: Iterable[Item], key_schema: Sequence[Mapping[str, str]], one_in: int) -> Iterator[Item]:
    """The items whose partition falls into the sample: about one partition in `one_in`, each with all its items.

    A partition is in when the first 64 bits of the SHA-256 of its key's canonical bytes are below 2^64 / `one_in`. So a sample of one in four holds
    the sample of one in eight, and two tables whose partition keys have equal values are sampled alike.
    """
    partition = [element for element in key_schema if element["KeyType"] == "HASH"]
    for item in items:
        place = int.from_bytes(hashlib.sha256(item_key(item, partition)).digest()[: _HASH_BITS // 8], "big")
        if place * one_in < 1 << _HASH_BITS:
            yield item
