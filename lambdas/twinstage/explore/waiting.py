"""Waiting as disabledness: a container that would only come back to where it is has nothing to do until something changes.

Run alone, the container goes round twice: the same calls in the same order - the same operations on the same keys, whatever else they say by
then - made by the same functions for the same message, with a sleep or a delayed follow-up in each round, and nothing changed the world. Then its
step leads nowhere, and is not offered. Coming back once is not enough: a handler may well look, pause and look again before it acts.

A loop that ends by itself, after so many tries, is no waiting either: `Patience` watches it go on while time stands still. What only the
clock ends does wait, until time passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from twinstage.explore.nodes import mark_of
from twinstage.explore.patience import Patience

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
        self._world, self._behaviours, self._patience = world, behaviours, Patience(world, behaviours)

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
        walked = self._walked(node, world, epoch)
        if walked is None:
            return None
        requests, nodes, marks, paused = walked
        length = len(requests) // 2 if paused else _period(marks)
        if length is None or (paused and not self._patience.lasts(node, world, epoch, marks[:length])):
            return None
        return Wait(tuple(requests[:length]), tuple(nodes[:length]), spins=not paused)

    def _walked(self, node: Node, world: World, epoch: int) -> tuple[list[Request], list[Node], list[Any], bool] | None:
        """The calls of two equal rounds with a pause in each (True), or of as many calls without any pause; None where there is no loop."""
        at, marks, pauses = node, [mark_of(node.request, node.serving, node.index)], [False]
        requests: list[Request] = []
        nodes: list[Node] = []
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
            marks.append(mark_of(at.request, at.serving, at.index))
            pauses.append(step.paused)
            nodes.append(at)
            length, odd = divmod(calls, 2)
            if not odd and marks[calls] == marks[0] and _twice(marks, pauses, length):
                return requests, nodes, marks, True
        return None if any(pauses) else (requests, nodes, marks, False)


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
