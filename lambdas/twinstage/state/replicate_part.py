"""Replicate one part of a table, as one of many workers does: the part's items, from a checkpoint on, for as long as there is time.

Only for a table that was empty when the first part of it was begun: nothing is deleted. The checkpoint says how many of the part's items are stored for certain.
It is written when the worker stops, and every CHECKPOINT_S before. A worker that dies loses at most what came after; putting an item again changes nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.state.snapshot import get_items
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.model.item import Item
    from twinstage.model.manifest import Part
    from twinstage.world.interface import Tables
    from twinstage.world.store import Store

CHECKPOINT_S = 10.0
# What is begun between two looks at the clock: one request.
AT_ONCE = 25


@dataclass(frozen=True)
class PartReplication:
    """One part into one table. `key` is where the checkpoint is in `results`; `clock` counts seconds; `enough_time` says whether another request may be begun."""

    tables: Tables
    twin_table: str
    store: Store
    part: Part
    results: Store
    key: str
    clock: Callable[[], float]
    enough_time: Callable[[], bool]

    def run(self) -> bool:
        """Put what is not stored yet; at least one request. Gives whether the part is complete."""
        begun = position = self.stored()
        while position < (self.part.items or 0):
            if position > begun and not self.enough_time():
                return False
            position += self.tables.write(self.twin_table, self._some(position))
            put_json(self.results, self.key, {"part": self.part.sha256, "items": position, "of": self.part.items})
        return True

    def stored(self) -> int:
        """How many items of the part the checkpoint vouches for."""
        if not self.results.exists(self.key):
            return 0
        checkpoint = get_json(self.results, self.key)
        return int(checkpoint["items"]) if checkpoint["part"] == self.part.sha256 else 0

    def _some(self, position: int) -> Iterator[Item]:
        """Items from a position on, until a checkpoint is due or time is short; those of one request at least."""
        items = itertools.islice(get_items(self.store, self.part), position, None)
        due = self.clock() + CHECKPOINT_S
        for taken, item in enumerate(items):
            if taken and taken % AT_ONCE == 0 and (self.clock() >= due or not self.enough_time()):
                return
            yield item
