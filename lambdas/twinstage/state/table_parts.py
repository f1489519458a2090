"""A table as the parts of a snapshot: how its items are parted, written, and told from another table's.

An item belongs to the bucket that the first `part_bits` bits of the CRC-32 of its key name; a part holds one bucket's items in the order of CRC and key.
How many bits follows from the state alone, so that equal tables have equal parts; one changed item changes one part, and nothing else needs to be read to
see what changed. No function here holds more than one part of a table.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.captured import Part
from twinstage.model.item_lines import content_of
from twinstage.state.snapshot import put_lines
from twinstage.state.table_spool import CRC_BITS, Spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.item import Item
    from twinstage.world.store import Store

ITEMS_A_PART = 8192
BYTES_A_PART = 16 << 20


@dataclass(frozen=True)
class TableParts:
    """The items of one table, parted: how many there are, and the part of each bucket that has any, in order."""

    items: int
    part_bits: int
    parts: tuple[Part, ...]


def write_table(store: Store, items: Iterable[Item], key_schema: Sequence[Mapping[str, str]]) -> TableParts:
    """Store a table's items, given in JSON form and in any order, and say in which parts they are.

    Raises TwinstageError SAME_KEY where two items have the same key.
    """
    with Spool(key_schema) as spool:
        bits = own_bits(spool.add(items))
        parts = tuple(
            put_lines(store, content, items=count, bucket=bucket) for bucket, count, content in contents(spool, bits)
        )
        return TableParts(spool.items, bits, parts)


def parted(spool: Spool, bits: int) -> TableParts:
    """The parts of what a spool holds, of nothing that is stored. Where it holds more than parts of so many bits are meant for, a part is never held as a whole."""
    fine = max(bits, own_bits(spool))
    parts = []
    for bucket, group in itertools.groupby(contents(spool, fine), key=lambda found: found[0] >> fine - bits):
        digest, size, items = hashlib.sha256(), 0, 0
        for _, count, content in group:
            digest.update(content)
            size, items = size + len(content), items + count
        parts.append(Part(digest.hexdigest(), size, items, bucket))
    return TableParts(spool.items, bits, tuple(parts))


def own_bits(spool: Spool) -> int:
    """How many bits the parts of what a spool holds have by themselves."""
    return part_bits(spool.items, spool.size_bytes)


def contents(spool: Spool, bits: int) -> Iterator[tuple[int, int, bytes]]:
    """Bucket, number of items and content of each part."""
    for bucket, bodies in spool.buckets(bits):
        yield bucket, len(bodies), content_of(bodies)


def part_bits(items: int, size_bytes: int) -> int:
    """The fewest bits by which buckets hold no more than ITEMS_A_PART items and BYTES_A_PART bytes on average."""
    return next(
        bits
        for bits in range(CRC_BITS + 1)
        if (items <= ITEMS_A_PART << bits and size_bytes <= BYTES_A_PART << bits) or bits == CRC_BITS
    )
