"""The nodes of a container's behaviour, and the environments they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.explore.case import Delivery
    from twinstage.explore.request import Answer, Request


class Step(NamedTuple):
    """Where a container stands next; which invocations ended on the way, and what they broke by it.

    `paused`: whether it slept, or waited for a delayed follow-up, on the way.
    """

    node: Node
    ended: tuple[tuple[Delivery, Mapping[str, Any]], ...]
    paused: bool
    breaks: frozenset[str]

    def following(
        self,
        ended: tuple[tuple[Delivery, Mapping[str, Any]], ...],
        *,
        paused: bool,
        breaks: frozenset[str] = frozenset(),
    ) -> Step:
        """The step with something before it."""
        return Step(self.node, ended + self.ended, paused or self.paused, breaks | self.breaks)


class Handover(NamedTuple):
    """What is handed over to a fresh environment, when, and for the how manieth time.

    `number` is that of the message in the container, `follows`: it is a follow-up instead, after which the container goes on from `then` (None:
    from nowhere). `links`: how many follow-ups led here, counted only where the container bounds them.
    """

    container: int
    number: int
    delivery: Delivery
    at_s: float
    epoch: int
    attempt: int = 0
    follows: bool = False
    then: Node | None = None
    links: int = 0


class Serving:
    """One environment's life, from what it was handed over first. `start` is its first step."""

    __slots__ = ("container", "first", "index", "messages", "start")

    def __init__(self, first: Handover, messages: Sequence[Delivery]) -> None:
        self.first, self.messages = first, messages
        self.container, self.index = first.container, first.number
        self.start: Step

    def delivery_of(self, index: int) -> Any:
        """What the environment serves as number `index` of the container."""
        return self.first.delivery if index == self.index else self.messages[index]

    def attempt_of(self, index: int) -> int:
        """How often the environment's number `index` had been delivered before."""
        return self.first.attempt if index == self.index else 0

    def position(self, index: int) -> int:
        """Which of the container's messages is served, be it by a follow-up, when the environment serves its number `index`."""
        if not self.first.follows:
            return index
        return self.first.then.index if self.first.then is not None else max(len(self.messages) - 1, 0)


def mark_of(request: Request | None, serving: Serving, index: int) -> Any:
    """What must be the same for a container to have come back: the call's shape, the function, and the container's message."""
    if request is None:
        return None
    return request.shape, getattr(serving.delivery_of(index), "function", ""), serving.position(index)


class Node:
    """A history of answers: the container asks for `request` next, or (None) an invocation ended with `outcome`.

    Compared by identity. `answer` led here from `parent` (None: a message was begun), given at `at_s` of the container's clock; `clock_s` is
    that clock now, in `epoch`, and `begun_s` what it was when the invocation began. `calls` counts the answers of this environment.
    `perturbed`: something went wrong in this invocation.

    `children`: the next step by answer, None where it hangs on the epoch too; those are in `later`, by answer and epoch.
    """

    __slots__ = (
        "answer",
        "at_s",
        "begun_s",
        "calls",
        "children",
        "clock_s",
        "epoch",
        "index",
        "later",
        "outcome",
        "parent",
        "perturbed",
        "request",
        "serving",
        "waits",
    )

    def __init__(
        self,
        serving: Serving,
        index: int,
        parent: Node | None,
        answer: Answer | None,
        at_s: float,
        epoch: int,
        clock_s: float,
        *,
        perturbed: bool,
    ) -> None:
        self.serving, self.index, self.parent, self.answer, self.at_s = serving, index, parent, answer, at_s
        self.epoch, self.clock_s, self.perturbed = epoch, clock_s, perturbed
        self.calls: int = (parent.calls if parent else 0) + (answer is not None)
        self.request: Request | None = None
        self.outcome: Mapping[str, Any] | None = None
        self.begun_s = at_s
        self.children: dict[Any, Step | None] = {}
        self.later: dict[tuple[int, int], Step] | None = None
        self.waits: dict[Any, Any] = {}

    def way(self) -> list[Node]:
        """The nodes from the environment's beginning to this one."""
        way, node = [self], self.parent
        while node is not None:
            way.append(node)
            node = node.parent
        return way[::-1]
