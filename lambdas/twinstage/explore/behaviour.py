"""What a container can do: a trie of behaviours for each of its environments, grown where an answer is new.

What a handler does next is a function of its messages, its clock, its randomness and the answers it got. Clock and randomness follow from the
container; so a node of a trie stands for a history of answers, and the handler runs only for a history that was never seen. A leaf keeps
its suspended environment. A second branch from a node runs the handler anew against the answers it got before; if it asks for anything else
then, something that nobody controls decides what it does: Diverged.

A follow-up runs in a fresh environment, whose trie begins anew: histories that ask for the same follow-up at the same time meet there.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import UUID

from twinstage.explore.case import Message
from twinstage.explore.change_ids import change_id
from twinstage.explore.digests import content_number
from twinstage.explore.environments import RecordedCall
from twinstage.explore.handing import ALONE, HandingOver
from twinstage.explore.nodes import Handover, Node, Serving, Step
from twinstage.explore.suspended import Suspended
from twinstage.model.errors import TwinstageError
from twinstage.world.contained import Asked, Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.explore.case import Case, Delivery
    from twinstage.explore.environments import Environment, Environments, Event
    from twinstage.explore.interned import InternedWorld
    from twinstage.explore.request import Answer, Request

    Judge = Callable[[Delivery, Mapping[str, Any]], frozenset[str]]


class Diverged(TwinstageError):
    """A handler that was given the same answers again did something else: it depends on what nobody controls."""

    def __init__(self, container: str, number: int, expected: str, got: str) -> None:
        super().__init__(
            "DIVERGED",
            f"container {container}, call {number}: given the same answers again, the handler does {got} where it did {expected}",
            hint="something other than its event, its answers, its clock and its random numbers decides what it does",
            details={"container": container, "call": number, "expected": expected, "got": got},
        )
        self.container, self.number, self.expected, self.got = container, number, expected, got


class Behaviours:
    """The tries of every container of a case. `runs` counts how often a handler was started, `nodes` the histories seen."""

    def __init__(
        self, case: Case, world: InternedWorld, environments: Environments, judge: Judge, *, suspended: int
    ) -> None:
        self._case, self._world, self._environments, self._judge = case, world, environments, judge
        self._expiry_s = case.perturbations.expiry_s
        self._servings: dict[Any, Serving] = {}
        self._suspended = Suspended(suspended)
        self.handing = HandingOver(case)
        self.refused: set[str] = set()
        self.runs = self.nodes = 0

    @property
    def suspended(self) -> Suspended:
        """The environments that wait in a leaf."""
        return self._suspended

    def first(self, container: int) -> Step:
        """Where a container stands before anything happened."""
        message = self._case.containers[container].messages[0]
        return self._served(Handover(container, 0, message, message.at_s, 0))

    def alone(self, message: Message, at_s: float) -> Step:
        """Where a message begins that runs by itself, in a fresh environment."""
        return self._served(Handover(ALONE, 0, message, at_s, 0))

    def clock_s(self, node: Node, epoch: int) -> float:
        """A container's clock in an epoch: it stands still but for sleeping and for epochs."""
        return node.clock_s + (epoch - node.epoch) * self._expiry_s

    def step(self, node: Node, answer: Answer, epoch: int, *, perturbed: bool = False) -> Step:
        """Where the container stands once its call got this answer, in this epoch.

        What a handler does before its next call hangs on the epoch only where it looks at a clock, runs out of time, or hands something
        over to be delivered at a time. Elsewhere one step stands for all epochs.
        """
        key = answer.id << 1 | perturbed
        found = node.children.get(key)
        if found is None and key not in node.children:
            found = self._tried(node, answer, key, perturbed=perturbed)
        if found is not None and (epoch == node.epoch or not self.too_late(node, epoch)):
            return found
        later = node.later
        if later is None:
            later = node.later = {}
        found = later.get((key, epoch))
        if found is None:
            found = later[key, epoch] = self._resumed(node, answer, epoch, perturbed=perturbed or epoch != node.epoch)[
                0
            ]
        return found

    def _tried(self, node: Node, answer: Answer, key: int, *, perturbed: bool) -> Step | None:
        """The step as it is in the epoch in which the environment stands; None where it may be another one in later epochs."""
        step, timeless = self._resumed(node, answer, node.epoch, perturbed=perturbed)
        if timeless:
            node.children[key] = step
            return step
        node.children[key] = None
        node.later = {**(node.later or {}), (key, node.epoch): step}
        return None

    def too_late(self, node: Node, epoch: int) -> bool:
        """Whether the invocation's time may be over by then."""
        delivery = node.serving.delivery_of(node.index)
        if not isinstance(delivery, Message):
            return False
        return self.clock_s(node, epoch) - node.begun_s >= self._case.functions[delivery.function].timeout_s

    def redelivered(self, node: Node, epoch: int) -> Step:
        """Where the container stands once its environment died and its message was delivered again, to a fresh one."""
        return self._served(self.handing.again(node, self.clock_s(node, epoch), epoch))

    def again_in_time(self, node: Node, epoch: int) -> Node | None:
        """The first node of a message that timed out and was delivered again; None where it was delivered often enough."""
        return self.redelivered(node, epoch).node if self.handing.may_come_again(node) else None

    def handed_over_later(self, first: Node, epoch: int) -> Node:
        """The first node of the same message in a later epoch, handed over that much later."""
        return self._served(self.handing.later(first.serving.first, epoch)).node

    # Running --------------------------------------------------------------------------------------------------------------------

    def _served(self, handover: Handover) -> Step:
        """The first step of the environment that is handed this over."""
        by_content = handover.follows or handover.container == ALONE
        key = handover._replace(delivery=content_number(handover.delivery) if by_content else None)  # type: ignore[arg-type]  # a key
        serving = self._servings.get(key)
        if serving is None:
            container = handover.container
            serving = Serving(handover, () if container == ALONE else self._case.containers[container].messages)
            self._servings[key] = serving
            environment, event = self.begun(serving)
            at_s, epoch, index = handover.at_s, handover.epoch, handover.number
            serving.start = self._arrived(serving, environment, event, None, None, at_s, epoch, index)
        return serving.start

    def begun(self, serving: Serving) -> tuple[Environment, Event]:
        """A fresh environment, and what it does first."""
        self.runs += 1
        first, name = serving.first, self._name(serving.container)
        delivery = first.delivery
        if not isinstance(delivery, Message):
            recorded = RecordedCall(delivery, self._case.region, first.at_s)
            return recorded, recorded.begin(None, request_id="")
        own = f"{serving.index}" if not first.follows else f"{content_number(delivery):032x}"
        identity = f"{name}/{delivery.function}/{own}/{first.attempt}"
        function = self._case.functions[delivery.function]
        environment = self._environments(function, identity=identity, seed=self._case.seed, now_s=first.at_s)
        return environment, environment.begin(
            delivery.event, request_id=self._request_id(serving, delivery, serving.index)
        )

    def _request_id(self, serving: Serving, delivery: Message, index: int) -> str:
        """A message keeps its id when it is delivered again, as Lambda's asynchronous invocations do."""
        return str(
            UUID(int=content_number((self._name(serving.container), serving.first.follows, index, delivery.event)))
        )

    def _resumed(self, node: Node, answer: Answer, epoch: int, *, perturbed: bool) -> tuple[Step, bool]:
        """The step, and whether it is the same in every epoch: no clock was read, and nothing follows at a time of its own."""
        environment = self._suspended.taken(node) or self.again(node)
        at_s = self.clock_s(node, epoch)
        event = environment.resume(answer.delivered(*self.submitted(node, at_s)), now_s=at_s)
        timeless = not environment.clock_read
        step = self._arrived(
            node.serving, environment, event, node, answer, at_s, epoch, node.index, perturbed=perturbed
        )
        return step, timeless and step.node.parent is node

    def submitted(self, node: Node, at_s: float) -> tuple[str, float]:
        """The id of the change that a node's call makes, and its time."""
        return change_id(node.serving.container + 1, node.calls + 1, at_s), at_s

    def _arrived(
        self,
        serving: Serving,
        environment: Environment,
        event: Event,
        parent: Node | None,
        answer: Answer | None,
        at_s: float,
        epoch: int,
        index: int,
        *,
        perturbed: bool = False,
    ) -> Step:
        """The step that ends where an environment stands now: it asks for a call, or its invocation ended."""
        begins = parent is None or answer is None
        perturbed = perturbed or (not begins and parent is not None and parent.perturbed)
        self.nodes += 1
        node = Node(serving, index, parent, answer, at_s, epoch, environment.now_s, perturbed=perturbed)
        node.begun_s = at_s if begins or parent is None else parent.begun_s
        paused = event.slept_s > 0
        self.refused.update(environment.refusals)
        if isinstance(event, Asked):
            node.request = self._world.request(event.call)
            self._suspended.keep(node, environment)
            return Step(node, (), paused, frozenset())
        node.outcome = event.outcome
        delivery = serving.delivery_of(index)
        ended = ((delivery, event.outcome),)
        return self._after(node, environment, epoch).following(
            ended, paused=paused, breaks=self._judge(delivery, event.outcome)
        )

    def _after(self, node: Node, environment: Environment, epoch: int) -> Step:
        """What comes once an invocation ended: the message again, its follow-up, the container's next message, or nothing."""
        serving, outcome = node.serving, node.outcome or {}
        failed = outcome.get("outcome") == "error"
        if failed and node.perturbed and self.handing.may_come_again(node):
            return self.redelivered(node, epoch).following((), paused=True)
        handover = self.handing.follow_up(serving, outcome, node.clock_s, epoch)
        if handover is None:
            return self._next(node, environment, epoch)
        if not serving.first.follows:
            handover = handover._replace(then=self._resting(node, environment))
        return self._served(handover).following((), paused=handover.at_s > ceil(node.clock_s))

    def _resting(self, node: Node, environment: Environment) -> Node | None:
        """The node that the container's next message goes on from; None where there is none."""
        if node.index + 1 >= len(node.serving.messages):
            return None
        self._suspended.keep(node, environment)
        return node

    def _next(self, ended: Node, environment: Environment, epoch: int) -> Step:
        """The container's next message: in the same environment where that is of the same function, else in another one."""
        node = ended
        if ended.serving.first.follows:
            if ended.serving.first.then is None:
                return Step(ended, (), False, frozenset())
            node = ended.serving.first.then
        messages, index = node.serving.messages, node.index + 1
        if index >= len(messages):
            return Step(ended, (), False, frozenset())
        before, delivery = messages[node.index], messages[index]
        at_s = max(self.clock_s(ended, epoch), delivery.at_s + epoch * self._expiry_s)
        warm = isinstance(before, Message) and isinstance(delivery, Message) and before.function == delivery.function
        if not warm or not isinstance(delivery, Message):
            return self._served(Handover(node.serving.container, index, delivery, at_s, epoch))
        found = node.children.get((at_s, epoch))
        if found is None:
            if node is not ended:
                environment = self._suspended.taken(node) or self.again(node)
            event = environment.begin(
                delivery.event, request_id=self._request_id(node.serving, delivery, index), now_s=at_s
            )
            found = self._arrived(node.serving, environment, event, node, None, at_s, epoch, index)
            node.children[at_s, epoch] = found
        return found

    # Running again --------------------------------------------------------------------------------------------------------------

    def again(self, node: Node) -> Environment:
        """A fresh environment brought to where the node stands, by the answers it got before. Raises Diverged."""
        way = node.way()
        environment, event = self.begun(node.serving)
        self._same(way[0], event)
        for one in way[1:]:
            before = one.parent
            if one.answer is None or before is None:
                delivery = node.serving.delivery_of(one.index)
                request_id = self._request_id(node.serving, delivery, one.index)
                event = environment.begin(delivery.event, request_id=request_id, now_s=one.at_s)
            else:
                event = environment.resume(one.answer.delivered(*self.submitted(before, one.at_s)), now_s=one.at_s)
            self._same(one, event)
        return environment

    def _same(self, node: Node, event: Event) -> None:
        request = self._world.request(event.call) if isinstance(event, Asked) else None
        outcome = event.outcome if isinstance(event, Ended) else None
        if request is node.request and (request is not None or outcome == node.outcome):
            return
        raise Diverged(
            self._name(node.serving.container),
            node.calls + 1,
            _told(node.request, node.outcome),
            _told(request, outcome),
        )

    def _name(self, container: int) -> str:
        return "alone" if container == ALONE else self._case.containers[container].name


def _told(request: Request | None, outcome: Mapping[str, Any] | None) -> str:
    return f"{request.service} {request.operation} {request.parameters}" if request is not None else f"end: {outcome}"
