"""What an edge breaks: the properties, asked once for each world, each change of a world, and each end of an invocation."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.case import JudgesDeeds, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.explore.case import Delivery, Properties
    from twinstage.explore.shards import Shards, World
    from twinstage.model.deed import Deed
    from twinstage.world.memory.aws import AwsState

NONE: Final[frozenset[str]] = frozenset()
_KEPT_STATES: Final = 4096


class Judging:
    """The properties of a case over interned worlds."""

    def __init__(self, properties: Properties, shards: Shards) -> None:
        self._properties, self._shards = properties, shards
        self._of_deeds = properties if isinstance(properties, JudgesDeeds) else None
        self._states: OrderedDict[World, AwsState] = OrderedDict()
        self._broken: dict[World, frozenset[str]] = {}
        self._unmet: dict[World, frozenset[str]] = {}
        self._changes: dict[tuple[World, World], frozenset[str]] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {NONE: NONE}

    def state(self, world: World) -> AwsState:
        """What a world holds, as a value."""
        found = self._states.get(world)
        if found is None:
            found = self._states[world] = self._shards.state(world)
            if len(self._states) > _KEPT_STATES:
                self._states.popitem(last=False)
        return found

    def broken(self, world: World) -> frozenset[str]:
        """What does not hold in a world."""
        found = self._broken.get(world)
        if found is None:
            found = self._broken[world] = self._one(self._properties.broken(self.state(world)))
        return found

    def unmet(self, world: World) -> frozenset[str]:
        """What does not hold in a world in which nothing is left to do."""
        found = self._unmet.get(world)
        if found is None:
            found = self._unmet[world] = self._one(self._properties.unmet(self.state(world)))
        return found

    def change(self, before: World, after: World) -> frozenset[str]:
        """What a change of the world breaks: what held before it, and what no change may do."""
        if before is after:
            return NONE
        found = self._changes.get((before, after))
        if found is None:
            newly = self.broken(after) - self.broken(before)
            found = newly | self._properties.broken_by(self.state(before), self.state(after))
            found = self._changes[before, after] = self._one(found)
        return found

    def did(self, deed: Callable[[], Deed | None], before: World, after: World) -> frozenset[str]:
        """What whoever changed the world breaks by it; `deed` is worked out only where somebody asks."""
        if before is after or self._of_deeds is None:
            return NONE
        done = deed()
        return NONE if done is None else self._one(self._of_deeds.did(done, self.state(before), self.state(after)))

    def ended(self, delivery: Delivery, outcome: Mapping[str, Any]) -> frozenset[str]:
        """What an invocation breaks by how it ended; a recorded call is no invocation."""
        if not isinstance(delivery, Message):
            return NONE
        return self._one(self._properties.ended(delivery.function, delivery.event, outcome))

    def together(self, *ids: frozenset[str]) -> frozenset[str]:
        """All of these ids, as the one set of them."""
        return self._one(NONE.union(*ids))

    def _one(self, ids: frozenset[str]) -> frozenset[str]:
        return self._sets.setdefault(ids, ids)
