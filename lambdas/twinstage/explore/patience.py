"""Whether a loop ends by itself: one that gives up after so many tries is no waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.nodes import Serving, mark_of
from twinstage.world.contained import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.environments import Environment, Event
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.nodes import Node
    from twinstage.explore.shards import World

WATCHED: Final = 32
"""So many calls of a loop are watched. One that goes on is taken to go on for ever."""

_SLEEPS: Final = 1000
"""After so many sleeps without a call time goes on: who waits for the clock without asking anybody must not wait for ever."""


class Patience:
    """Watches loops while time stands still: sleeping takes none, and follow-ups are handed over at once.

    So a loop that counts its tries is told from one that only the clock will end: the former may give up whenever those it waits for are
    slow, and is stepped try by try; the latter waits until time passes.
    """

    def __init__(self, world: InternedWorld, behaviours: Behaviours) -> None:
        self._world, self._behaviours = world, behaviours
        self._known: dict[Any, bool] = {}

    def lasts(self, node: Node, world: World, epoch: int, marks: Sequence[Any]) -> bool:
        """Whether a container goes on with its round, of which these are the marks, for as long as it is watched."""
        key = (node, epoch, self._answers(node, world, epoch, len(marks)))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._watched(node, world, epoch, marks)
        return found

    def _answers(self, node: Node, world: World, epoch: int, calls: int) -> tuple[int, ...]:
        """What the calls of one round are answered."""
        ids = []
        for _ in range(calls):
            if node.request is None:
                break
            answer = self._world.apply(world, node.request, epoch)[1]
            ids.append(answer.id)
            node = self._behaviours.step(node, answer, epoch).node
        return tuple(ids)

    def _watched(self, node: Node, world: World, epoch: int, marks: Sequence[Any]) -> bool:
        behaviours, serving, index, request = self._behaviours, node.serving, node.index, node.request
        environment = behaviours.again(node)
        at_s = behaviours.clock_s(node, epoch)
        try:
            for number in range(1, WATCHED + 1):
                if request is None:
                    return False
                environment.still = _SLEEPS
                after, answer = self._world.apply(world, request, epoch)
                if after is not world:
                    return False
                event = environment.resume(answer.delivered(*behaviours.submitted(node, at_s)), now_s=at_s)
                if isinstance(event, Ended):
                    following = self._following(serving, event, at_s, epoch)
                    if following is None:
                        return False
                    environment.park()
                    serving, environment, event = following
                    index = serving.index
                request = None if isinstance(event, Ended) else self._world.request(event.call)
                if mark_of(request, serving, index) != marks[number % len(marks)]:
                    return False
        finally:
            environment.park()
        return True

    def _following(
        self, serving: Serving, ended: Ended, at_s: float, epoch: int
    ) -> tuple[Serving, Environment, Event] | None:
        """The follow-up that an ended invocation asks for, begun at once; None where it asks for none."""
        handover = self._behaviours.handing.follow_up(serving, ended.outcome, at_s, epoch, at_once=True)
        if handover is None:
            return None
        following = Serving(handover, serving.messages)
        return following, *self._behaviours.begun(following)
