"""What becomes of a state when its containers are left behind and messages run by themselves, as after an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.case import Delivery, Message
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.nodes import Node
    from twinstage.explore.request import Answer
    from twinstage.explore.shards import World
    from twinstage.explore.waiting import Waiting

_MOST_CALLS: Final = 10_000
"""A message that asks for more calls than this is left where it is."""


class AloneStep(NamedTuple):
    """One call of a message that runs alone: the worlds before and after it, the node at which it was made, its answer, and which invocations ended by it.

    `node` is None where an invocation ended without a call. `gave_up`: no call was made, as the message waits for what nobody will change, or asks
    without an end. `clock_s`: the invocation's clock afterwards.
    """

    before: World
    after: World
    node: Node | None
    ended: tuple[tuple[Delivery, Mapping[str, Any]], ...]
    clock_s: float
    answer: Answer | None = None
    gave_up: bool = False


class Afterwards:
    """Runs messages alone, from any world on. Worked out once for each world."""

    def __init__(self, world: InternedWorld, behaviours: Behaviours, waiting: Waiting) -> None:
        self._world, self._behaviours, self._waiting = world, behaviours, waiting
        self._found: dict[tuple[World, int], World] = {}
        self._plans: list[tuple[Sequence[Message], float]] = []

    def world(self, world: World, messages: Sequence[Message], at_s: float) -> World:
        """The world once the messages ran, one after another, from this world on.

        Each runs in a fresh environment, its follow-ups after it; the first begins at `at_s`, or later where it says so. One that waits for
        what nobody will change is given up.
        """
        key = (world, self._plan(messages, at_s))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._run(world, messages, at_s)
        return found

    def _plan(self, messages: Sequence[Message], at_s: float) -> int:
        for number, (known, at) in enumerate(self._plans):
            if at == at_s and (known is messages or known == messages):
                return number
        self._plans.append((messages, at_s))
        return len(self._plans) - 1

    def steps(self, world: World, messages: Sequence[Message], at_s: float) -> Iterator[AloneStep]:
        """The calls of the messages as `world` runs them, one after another."""
        clock_s = at_s
        for message in messages:
            begun = self._behaviours.alone(message, max(message.at_s, clock_s))
            node = begun.node
            if begun.ended:
                yield AloneStep(world, world, None, begun.ended, node.clock_s)
            for _ in range(_MOST_CALLS):
                if node.request is None:
                    break
                waits = self._waiting.wait(node, world, 0) is not None
                if waits and not self._waiting.leaves(node, world, 0):
                    break
                after, answer = self._world.apply(world, node.request, 0)
                step = self._behaviours.step(node, answer, 0)
                yield AloneStep(world, after, node, step.ended, step.node.clock_s, answer)
                world, node = after, step.node
            if node.request is not None:
                yield AloneStep(world, world, node, (), node.clock_s, gave_up=True)
            clock_s = max(clock_s, node.clock_s)

    def _run(self, world: World, messages: Sequence[Message], at_s: float) -> World:
        for step in self.steps(world, messages, at_s):
            world = step.after
        return world
