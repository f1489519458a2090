"""What is stressed on virtual time, and what serves its requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from twinstage.stress.virtual.durations import ServiceTimes
from twinstage.world.contained import Answered, Asked, Call, Ended, Failed, Function

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.prepared_answer import PreparedAnswer
    from twinstage.world.memory.aws import AwsState


THROTTLED: Final = "throttled"
"""The member of an outcome that says whether a quota refused the request itself."""


class Environment(Protocol):
    """Serves requests one after another, each suspended at every AWS call."""

    @property
    def starting(self) -> bool:
        """Whether the handler's modules are still being imported."""

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Asked | Ended:
        """Begin a request."""

    def resume(self, answer: Answered | Failed, *, now_s: float | None = None) -> Asked | Ended:
        """Answer the call that the request waits for."""

    def park(self) -> None:
        """Leave it aside for good."""


@dataclass(frozen=True)
class Operation:
    """A target that is one operation of a service, asked directly: a request's own parameters, and the `fixed` ones over them."""

    service: str
    operation: str
    fixed: Mapping[str, Any]
    region: str


@dataclass(frozen=True)
class Subject:
    """A target with all that its behaviour follows from.

    `target`: as results name it. `start`: what the world holds at the beginning of each level. `requests` are sent in turn, from the first: a function's events, or
    an operation's parameters. `start_s`: the epoch second at which the load begins. `concurrency`: a function's reserved concurrency, None: it has none. `quotas`:
    what the account has of each that is not as published. `answers`: what calls of services beyond the exact ones are answered with.
    """

    target: str
    serves: Function | Operation
    start: AwsState
    requests: tuple[Any, ...]
    start_s: float
    times: ServiceTimes = field(default_factory=ServiceTimes)
    concurrency: int | None = None
    quotas: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    answers: tuple[PreparedAnswer, ...] = ()
    seed: int = 0

    @property
    def operation(self) -> str:
        """What a request is called in results."""
        serves = self.serves
        return "Invoke" if isinstance(serves, Function) else serves.operation

    @property
    def region(self) -> str:
        """Where it is."""
        return self.serves.region


class Asking:
    """The environment of a request that is one call: it asks, and ends with what it was answered."""

    starting = False

    def __init__(self, serves: Operation) -> None:
        self._serves = serves

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Asked:
        """Ask."""
        serves = self._serves
        return Asked(Call(serves.service, serves.operation, {**event, **serves.fixed}, serves.region, None))

    def resume(self, answer: Answered | Failed, *, now_s: float | None = None) -> Ended:
        """End: as a success, or with the service's refusal."""
        if isinstance(answer, Failed):
            told = {"outcome": "error", "error": answer.error, "message": answer.message, THROTTLED: answer.retries}
            return Ended(told)
        return Ended({"outcome": "success", "response": None})

    def park(self) -> None:
        """Nothing is suspended here."""
