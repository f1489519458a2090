"""What is handed over when: a message again, later, or one that another asked for. Decides, and runs nothing."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final

from twinstage.explore.case import DELIVERIES, Message
from twinstage.explore.nodes import Handover
from twinstage.model.follow_up import follow_up_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.case import Case
    from twinstage.explore.nodes import Node, Serving

ALONE: Final = -1
"""The container of messages that run by themselves, after a schedule: for recovery."""


class HandingOver:
    """The handovers of a case. `unknown_functions`: those that were asked for and are not there."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.unknown_functions: set[str] = set()

    def may_come_again(self, node: Node) -> bool:
        """Whether the message that a container serves is one that is delivered again, and was not delivered often enough."""
        delivery = node.serving.delivery_of(node.index)
        return isinstance(delivery, Message) and node.serving.attempt_of(node.index) + 1 < DELIVERIES

    def again(self, node: Node, clock_s: float, epoch: int) -> Handover:
        """The message that a container serves, once more, as its clock shows `clock_s`."""
        serving = node.serving
        once_more = serving.first._replace(
            number=node.index,
            delivery=serving.delivery_of(node.index),
            attempt=serving.attempt_of(node.index) + 1,
            at_s=float(ceil(clock_s)),
            epoch=epoch,
        )
        return self._told_the_time(once_more)

    def later(self, handover: Handover, epoch: int) -> Handover:
        """The same in a later epoch, handed over that much later."""
        at_s = handover.at_s + (epoch - handover.epoch) * self._case.perturbations.expiry_s
        return self._told_the_time(handover._replace(at_s=float(ceil(at_s)), epoch=epoch))

    def follow_up(
        self, serving: Serving, outcome: Mapping[str, Any], clock_s: float, epoch: int, *, at_once: bool = False
    ) -> Handover | None:
        """What an invocation's outcome asks for next, handed over once its delay is over (or `at_once`); None where it asks for nothing."""
        message, links = self._asked_for(outcome, clock_s, at_once=at_once), self._links(serving)
        if message is None or links is None or not self._known(message.function):
            return None
        container, then = serving.container, serving.first.then
        return Handover(container, 0, message, message.at_s, epoch, attempt=0, follows=True, then=then, links=links)

    def _asked_for(self, outcome: Mapping[str, Any], clock_s: float, *, at_once: bool) -> Message | None:
        """The message that an outcome asks for, as it is handed over."""
        how = self._case.follow_ups
        if how is None or outcome.get("outcome") != "success":
            return None
        asked = follow_up_of(outcome.get("response"), how)
        if asked is None:
            return None
        at_s = float(ceil(clock_s)) if at_once else asked.due_s(clock_s)
        return how.handed_over(Message(asked.function, asked.message, at_s), at_s)

    def _told_the_time(self, handover: Handover) -> Handover:
        """A follow-up is told when it is handed over; a message of the container is what it is."""
        how, message = self._case.follow_ups, handover.delivery
        if not handover.follows or how is None or not isinstance(message, Message):
            return handover
        return handover._replace(delivery=how.handed_over(message, handover.at_s))

    def _links(self, serving: Serving) -> int | None:
        """How many follow-ups will have led to the one after this environment; 0 where nobody counts, None where none is delivered any more."""
        most = None if serving.container == ALONE else self._case.containers[serving.container].most
        if most is None:
            return 0
        links = serving.first.links + 1
        return links if links < most else None

    def _known(self, function: str) -> bool:
        """Whether the case has a function; one that it has not is noted."""
        if function not in self._case.functions:
            self.unknown_functions.add(function)
        return function in self._case.functions
