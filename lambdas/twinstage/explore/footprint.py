"""What a call reads and writes, key by key, and when two calls may not be exchanged.

A *place* is a key within a shard: where a record set stands in its zone's listing, where an item stands in its table. Reads are spans of
places, as most of them ask what is there as much as what it holds. A page of a listing reads up to the record set that it names as the
next one, which depends on what the zone holds.

The rule that everything here keeps: two calls whose footprints do not conflict commute, whatever the world holds. Where that is not
known of an operation, it touches everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from twinstage.world.memory.dynamodb.keys import TOP

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from twinstage.model.record_set import RecordKey

Place: TypeAlias = "tuple[int, tuple[Any, ...]]"
"""The index of a shard, and a key in it."""


class Span(NamedTuple):
    """Every place of a shard from `low` on, up to `high`, which is not one of them."""

    shard: int
    low: tuple[Any, ...]
    high: tuple[Any, ...]

    def holds(self, places: Iterable[Place]) -> bool:
        """Whether one of these places is in the span."""
        shard, low, high = self
        return any(at == shard and low <= key < high for at, key in places)


def point(place: Place) -> Span:
    """The span of one place, and of what begins with it."""
    shard, key = place
    return Span(shard, key, (*key, TOP))


def all_of(shard: int) -> Span:
    """The span of a whole shard."""
    return Span(shard, (), (TOP,))


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a call touches. `shards`: the shards it looks at, None for the whole world.

    `writes` are the places it may change, `floods` the shards of which it may change anything; `reads` the spans it looks at.
    `page_from` is where a page of a listing begins: it reads from there up to the place that the answer names as the next one.
    `writes_world`: only where `shards` is None, whether it may change the world at all. `shape` tells calls of one operation apart by their keys
    alone. `keys`: every record set that a batch names, what it only asserts included.
    """

    shards: tuple[int, ...] | None
    writes: frozenset[Place] = frozenset()
    reads: tuple[Span, ...] = ()
    floods: frozenset[int] = frozenset()
    page_from: Place | None = None
    writes_world: bool = False
    shape: Hashable = None
    keys: tuple[RecordKey, ...] = ()

    @property
    def read_only(self) -> bool:
        """Whether the call can change nothing."""
        return not (self.writes or self.floods or self.writes_world)


NOTHING = Footprint(())
"""The footprint of what touches nothing that anybody shares."""


def conflict(a: Footprint, a_page: Span | None, b: Footprint, b_page: Span | None) -> bool:
    """Whether two calls may not be exchanged. The pages are what each call's page covers, where it has one."""
    if a.shards == () or b.shards == () or (a.read_only and b.read_only):
        return False
    if a.shards is None or b.shards is None:
        return True
    if not set(a.shards).intersection(b.shards):
        return False
    if not a.writes.isdisjoint(b.writes):
        return True
    return _touches(a, a_page, b) or _touches(b, b_page, a)


def _touches(one: Footprint, page: Span | None, other: Footprint) -> bool:
    """Whether what `other` writes is something that `one` reads, or lies in a shard that `one` or `other` may change anywhere."""
    if one.shards and not other.floods.isdisjoint(one.shards):
        return True
    if not other.writes:
        return False
    return any(span.holds(other.writes) for span in one.reads) or (page is not None and page.holds(other.writes))
