"""What is explored: a start, the containers that act on it, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from twinstage.model.follow_up import told_the_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.deed import Deed
    from twinstage.model.prepared_answer import PreparedAnswer
    from twinstage.world.contained import Function
    from twinstage.world.memory.aws import AwsState

DELIVERIES = 3
"""How often a message is delivered at most when its invocation fails by a perturbation.

"By default, Lambda retries an error [of an asynchronous invocation] two times."
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""


@dataclass(frozen=True)
class Message:
    """One invocation of a function, handed over at `at_s` (seconds since the epoch). The event is JSON data, never changed."""

    function: str
    event: Any
    at_s: float


@dataclass(frozen=True)
class Batch:
    """A recorded ChangeResourceRecordSets: one call, made by nobody's code. `changes` in boto3's form."""

    zone_id: str
    changes: tuple[Mapping[str, Any], ...]
    at_s: float


@dataclass(frozen=True)
class ItemWrite:
    """A recorded write of an item: PutItem of `new_image`, or DeleteItem of `key` where that is None; both in DynamoDB JSON."""

    table: str
    key: Mapping[str, Any]
    new_image: Mapping[str, Any] | None
    at_s: float


Delivery: TypeAlias = Message | Batch | ItemWrite
"""What a container is handed over."""


@dataclass(frozen=True)
class ContainerSpec:
    """A Lambda execution environment and the messages it serves one after another, its globals kept.

    A message of another function than the one before it begins in an environment of its own. The container begins once every
    container that `after` names has nothing left to do. `most`: how many invocations a message comes to at most, its follow-ups counted; what is
    asked for after that never comes, as where a queue lost it (None: whatever is asked for comes).
    """

    name: str
    messages: tuple[Delivery, ...]
    after: frozenset[str] = frozenset()
    most: int | None = None


@dataclass(frozen=True)
class FollowUps:
    """Where a function's response names the invocation it asks for: JSON pointers to the function, the message and the delay (None: there is none).

    A follow-up runs in a fresh environment of the same container, before the container's next message. Where `now` is not None,
    that member of the message is set to the time of the hand-over, an integer of epoch seconds.
    """

    function: str = "/next/function"
    message: str = "/next/message"
    delay_s: str | None = "/next/delay_s"
    now: str | None = "now"

    def handed_over(self, message: Message, at_s: float) -> Message:
        """The message as it is handed over at that time."""
        return Message(message.function, told_the_time(message.event, self.now, at_s), at_s)


@dataclass(frozen=True)
class Perturbations:
    """How often each thing may go wrong in one schedule, all containers together.

    `crashes`: a call is carried out, and the environment dies before it sees the answer; the message is delivered again.
    `lost_responses`: a call is carried out, its answer is lost, and the SDK sends it again. `throttles`: a call is refused after the
    SDK's retries. `stale_reads`: an eventually consistent read of a table sees it as it was before its last write. `expiries`:
    `expiry_s` seconds pass for everybody.
    """

    crashes: int = 0
    lost_responses: int = 0
    throttles: int = 0
    stale_reads: int = 0
    expiries: int = 0
    expiry_s: float = 300.0


@dataclass(frozen=True)
class Case:
    """One thing to explore. `max_states` caps the graph; `max_bytes` too, by an estimate of what it holds in memory.

    `answers`: what calls of services beyond Route 53 and DynamoDB are answered with.
    """

    name: str
    start: AwsState
    functions: Mapping[str, Function]
    containers: tuple[ContainerSpec, ...]
    follow_ups: FollowUps | None = None
    perturbations: Perturbations = Perturbations()
    seed: int = 0
    max_states: int = 200_000
    max_bytes: int = 2 << 30
    region: str = "us-east-1"
    answers: tuple[PreparedAnswer, ...] = ()


class Properties(Protocol):
    """What must hold, by id. Pure, and memoised by the graph.

    The worlds that a graph hands over share the values of zones and tables that are equal: what is worked out for one may be kept
    under its identity.
    """

    def broken(self, world: AwsState) -> frozenset[str]:
        """What does not hold in this world, at any moment of a schedule."""

    def broken_by(self, before: AwsState, after: AwsState) -> frozenset[str]:
        """What a change from one world to the other breaks."""

    def unmet(self, world: AwsState) -> frozenset[str]:
        """What does not hold in a world in which nothing is left to do."""

    def ended(self, function: str, message: Any, outcome: Mapping[str, Any]) -> frozenset[str]:
        """What an invocation breaks by how it ended: by its error, or by its response."""


@runtime_checkable
class JudgesDeeds(Protocol):
    """Properties that ask who did what as well."""

    def did(self, deed: Deed, before: AwsState, after: AwsState) -> frozenset[str]:
        """What an invocation breaks by changing records; asked of every batch that changes the world."""


class NoProperties:
    """Nothing must hold."""

    def broken(self, world: AwsState) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def broken_by(self, before: AwsState, after: AwsState) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def unmet(self, world: AwsState) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def ended(self, function: str, message: Any, outcome: Mapping[str, Any]) -> frozenset[str]:
        """Nothing."""
        return frozenset()
