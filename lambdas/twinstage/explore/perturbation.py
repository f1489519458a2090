"""What may go wrong with a container's next call, each an action of its own in the schedule.

`crash`: the call is carried out, and the environment dies before it sees the answer; the message is delivered again, to a fresh one.
`lost`: the call is carried out, its answer is lost, and the SDK sends it again; the second answer arrives.
`throttle`: the service refuses the call, also after the SDK's retries. `stale`: an eventually consistent read sees the table as it was before
its last write.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from twinstage.explore.case import Message
from twinstage.explore.kinds import CRASH, LOST, STALE, THROTTLE
from twinstage.explore.states import LEFT
from twinstage.world.contained import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.explore.behaviour import Behaviours
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.nodes import Node, Step
    from twinstage.explore.request import Answer, Request
    from twinstage.explore.shards import World
    from twinstage.explore.states import Moment

_ROUTE53_THROTTLED: Final = Failed("Throttling", "Rate exceeded", 400)
"""Source: https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html and
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests"""

_DYNAMODB_THROTTLED: Final = Failed(
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level "
    "with the UpdateTable API.",
    400,
)
"""Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""

_OTHERS_THROTTLED: Final = Failed("ThrottlingException", "Rate exceeded", 400)
"""Source: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"""


class Gone(NamedTuple):
    """A call that went wrong in the way of `kind`: the world after it, and how to learn where its container stands then."""

    kind: str
    world: World
    step: Callable[[], Step]


class Perturbing:
    """Answers what may go wrong with a container's next call."""

    def __init__(self, world: InternedWorld, behaviours: Behaviours) -> None:
        self._world, self._behaviours = world, behaviours
        self._throttled = {
            "route53": world.refusal(_ROUTE53_THROTTLED),
            "dynamodb": world.refusal(_DYNAMODB_THROTTLED),
        }
        self._otherwise = world.refusal(_OTHERS_THROTTLED)

    def ways(self, node: Node, world: World, moment: Moment) -> Iterator[Gone]:
        """Every way that is left, in a fixed order; none that could not be told from the call's going well."""
        request, left, epoch = node.request, moment.left, moment.epoch
        if request is None:
            return
        handler = isinstance(node.serving.delivery_of(node.index), Message)
        if left[LEFT[CRASH]] and handler:
            yield Gone(
                CRASH, self._world.apply(world, request, epoch)[0], partial(self._behaviours.redelivered, node, epoch)
            )
        if left[LEFT[LOST]]:
            yield from self._lost(node, request, world, epoch)
        if left[LEFT[THROTTLE]] and handler:
            yield Gone(THROTTLE, world, self._step(node, self.throttled(request), epoch))
        if left[LEFT[STALE]] and request.eventual:
            yield from self._stale(node, request, world, moment)

    def answer(self, node: Node, world: World, moment: Moment, kind: str) -> Answer | None:
        """What a container's call is answered with when it goes in the way of `kind`; None for a crash, which leaves nobody to answer."""
        request, epoch = node.request, moment.epoch
        if request is None or kind == CRASH:
            return None
        if kind == THROTTLE:
            return self.throttled(request)
        if kind == LOST:
            world = self._world.apply(world, request, epoch)[0]
        elif kind == STALE:
            world = self._world.shards.with_ids(world, self._previous(request, moment))
        return self._world.apply(world, request, epoch)[1]

    def throttled(self, request: Request) -> Answer:
        """The answer to a call that is throttled."""
        return self._throttled.get(request.service, self._otherwise)

    def _lost(self, node: Node, request: Request, world: World, epoch: int) -> Iterator[Gone]:
        once, first = self._world.apply(world, request, epoch)
        if once is world:
            return
        twice, second = self._world.apply(once, request, epoch)
        if twice is not once or second is not first:
            yield Gone(LOST, twice, self._step(node, second, epoch))

    def _stale(self, node: Node, request: Request, world: World, moment: Moment) -> Iterator[Gone]:
        previous = self._previous(request, moment)
        if not previous:
            return
        seen = self._world.apply(self._world.shards.with_ids(world, previous), request, moment.epoch)[1]
        if seen is not self._world.apply(world, request, moment.epoch)[1]:
            yield Gone(STALE, world, self._step(node, seen, moment.epoch))

    def _step(self, node: Node, answer: Answer, epoch: int) -> Callable[[], Step]:
        return partial(self._behaviours.step, node, answer, epoch, perturbed=True)

    def _previous(self, request: Request, moment: Moment) -> dict[int, int]:
        """The ids of what a call's tables held before their last writes."""
        return {shard: content for shard, content in moment.previous if shard in (request.shards or ())}
