"""Waiting as disabledness: a container that would only come back to where it is has nothing to do until something changes.

Run alone, the container goes round twice: the same calls in the same order - the same operations on the same keys, whatever else they say by
then - made by the same functions for the same message, with a sleep or a delayed follow-up in each round, and nothing changed the world. Then its
step leads nowhere, and is not offered. Coming back once is not enough: a handler may well look, pause and look again before it acts.

It is assumed that a loop outlasts whoever it waits for: one that is bounded is stepped once every container waits (`leaves`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Request
    from twinstage.explore.shards import World

HORIZON: Final = 32
"""The longest loop that is recognised, in calls."""


class Wait(NamedTuple):
    """How a container waits: the calls of its loop, where it stands after each of them, and whether it never pauses."""

    requests: tuple[Request, ...]
    nodes: tuple[Node, ...]
    spins: bool

    @property
    def back(self) -> Node:
        """Where the container stands after one round."""
        return self.nodes[-1]


class Waiting:
    """Answers which containers wait, each question once."""

    def __init__(self, world: InternedWorld, behaviours: Behaviours) -> None:
        self._world, self._behaviours = world, behaviours

    def wait(self, node: Node, world: World, epoch: int) -> Wait | None:
        """How the container that stands at `node` waits in this world and epoch; None where it does not."""
        key = (world, epoch)
        try:
            found: Wait | None = node.waits[key]
        except KeyError:
            found = node.waits[key] = self._round(node, world, epoch)
        return found

    def leaves(self, node: Node, world: World, epoch: int) -> bool:
        """Whether a container that waits gives up by itself, within the horizon, with nothing changed."""
        calls = 0
        while calls < HORIZON:
            wait = self.wait(node, world, epoch)
            if wait is None:
                return True
            if wait.spins:
                return False
            calls += len(wait.requests)
            node = wait.back
        return False

    def _round(self, node: Node, world: World, epoch: int) -> Wait | None:
        if node.request is None:
            return None
        at, marks, pauses = node, [_mark(node)], [False]
        requests: list[Request] = []
        backs: list[Node] = []
        for calls in range(1, 2 * HORIZON + 1):
            request = at.request
            if request is None:
                return None
            after, answer = self._world.apply(world, request, epoch)
            if after is not world:
                return None
            requests.append(request)
            step = self._behaviours.step(at, answer, epoch)
            at = step.node
            marks.append(_mark(at))
            pauses.append(step.paused)
            backs.append(at)
            length, odd = divmod(calls, 2)
            if not odd and marks[calls] == marks[0] and _twice(marks, pauses, length):
                return Wait(tuple(requests[:length]), tuple(backs[:length]), spins=False)
        period = _period(marks)
        if period is None or any(pauses):
            return None
        return Wait(tuple(requests[:period]), tuple(backs[:period]), spins=True)


def _mark(node: Node) -> Any:
    """What must be the same for a container to have come back: the call's shape, the function, and the container's message."""
    if node.request is None:
        return None
    serving = node.serving
    delivery = serving.delivery_of(node.index)
    return node.request.shape, getattr(delivery, "function", ""), serving.position(node.index)


def _twice(marks: list[Any], pauses: list[bool], length: int) -> bool:
    """Whether the calls so far are two equal rounds of that length, each with a pause."""
    if marks[:length] != marks[length : 2 * length]:
        return False
    return any(pauses[1 : length + 1]) and any(pauses[length + 1 : 2 * length + 1])


def _period(marks: list[Any]) -> int | None:
    """The length of the round that all these calls repeat, at least four times; None where they repeat none."""
    for length in range(1, len(marks) // 4 + 1):
        if marks[length:] == marks[:-length]:
            return length
    return None
