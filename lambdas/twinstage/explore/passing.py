"""Time that passes: an epoch later, whoever waited has looked again meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Request
    from twinstage.explore.shards import World
    from twinstage.explore.waiting import Waiting

_EPOCHS: Final = 8
"""So many epochs are tried before it is said that time does not help."""

_LAST: Final = 250
"""No epoch after this one: containers that only ever wait for time are stuck."""


class Looked(NamedTuple):
    """How a container that waited has looked again while time passed, and where it stands now.

    `how`: `handed over later`: it made the calls of `requests` before, in the epoch that ends, up to its follow-up; `delivered again`: its
    invocation timed out; `went round`: it made the calls of `requests` in the new epoch; `stayed`: nothing of it hangs on the time, or this is
    when it leaves its loop.
    """

    how: str
    requests: tuple[Request, ...]
    node: Node


HANDED_OVER_LATER: Final = "handed over later"
DELIVERED_AGAIN: Final = "delivered again"
WENT_ROUND: Final = "went round"
STAYED: Final = "stayed"


class Passing:
    """Answers what time does to containers that wait."""

    def __init__(self, world: InternedWorld, behaviours: Behaviours, waiting: Waiting) -> None:
        self._world, self._behaviours, self._waiting = world, behaviours, waiting

    def passed(
        self, world: World, nodes: tuple[Node, ...], epoch: int, waits: Iterable[int]
    ) -> tuple[World, tuple[Node, ...]]:
        """World and containers one epoch later; those of `waits` wait, and have looked again meanwhile."""
        later = self._world.expired(world, epoch + 1)
        moved = list(nodes)
        for i in waits:
            moved[i] = self.looked(nodes[i], world, epoch).node
        return later, tuple(moved)

    def looked(self, node: Node, world: World, epoch: int) -> Looked:
        """How a container that waits looks again as an epoch ends, so that what it asks next is what it asks at the later time.

        Where it looks once in an invocation, its follow-up is handed over that much later. Where it looks again and again in one, and at a
        clock, it goes round once more at the later time, unless that is when it leaves its loop: then the call is still before it. Where
        its invocation has timed out by then, its message is delivered again, as often as it may be.
        """
        later, before = self._world.expired(world, epoch + 1), self._waiting.wait(node, world, epoch)
        if before is None:
            return Looked(STAYED, (), node)
        for calls, reached in enumerate(before.nodes, 1):
            if reached.parent is None:
                begun = self._behaviours.handed_over_later(reached, epoch + 1)
                return Looked(HANDED_OVER_LATER, before.requests[:calls], begun)
        if self._behaviours.too_late(node, epoch + 1):
            again = self._behaviours.again_in_time(node, epoch + 1)
            return Looked(STAYED, (), node) if again is None else Looked(DELIVERED_AGAIN, (), again)
        after = self._waiting.wait(node, later, epoch + 1)
        if after is None or after.back is before.back:
            return Looked(STAYED, (), node)
        return Looked(WENT_ROUND, after.requests, after.back)

    def _goes_on(self, node: Node, world: World, epoch: int) -> bool:
        return self._waiting.wait(node, world, epoch) is None and not self._behaviours.too_late(node, epoch)

    def helps(self, world: World, nodes: tuple[Node, ...], epoch: int, waits: Iterable[int]) -> bool:
        """Whether one of these containers, all of which wait, no longer does once some epochs have passed: not because its time is over."""
        for _ in range(_EPOCHS):
            if epoch >= _LAST:
                return False
            world, nodes = self.passed(world, nodes, epoch, waits)
            epoch += 1
            if any(self._goes_on(nodes[i], world, epoch) for i in waits):
                return True
        return False
