"""A state machine as it was read: plain, frozen data. Which states there are, where each goes, and its fields as they stand in the definition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

QueryLanguage = Literal["JSONPath", "JSONata"]
StateType = Literal["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]

DISTRIBUTED: Final = "DISTRIBUTED"
INLINE: Final = "INLINE"


@dataclass(frozen=True)
class Retrier:
    """One element of `Retry`. Seconds may be fractions only where the definition has them; `max_delay_s` None: no cap."""

    errors: tuple[str, ...]
    interval_s: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_s: float | None = None
    jitter: bool = False


@dataclass(frozen=True)
class Catcher:
    """One element of `Catch`. `result_path` None: the error's output is discarded (JSONPath only); `fields` has Output and Assign."""

    errors: tuple[str, ...]
    next: str
    result_path: str | None = "$"
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """One state. `next` None: it ends its machine (a Choice goes by its rules). `fields`: what the definition says of it, placeholders filled."""

    name: str
    type: StateType
    language: QueryLanguage
    next: str | None
    fields: Mapping[str, Any]
    pointer: str
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    branches: tuple[Machine, ...] = ()
    processor: Machine | None = None
    mode: str = INLINE

    @property
    def resource(self) -> str:
        """What a Task calls, as service times are kept by it: a Lambda function's name where that stands in the definition, else the Resource."""
        return resource_of(self.fields) if self.type == "Task" else ""


@dataclass(frozen=True)
class Machine:
    """A state machine, a branch or an item processor. `timeout_s` is of an execution of it; None: none."""

    start_at: str
    states: Mapping[str, State]
    language: QueryLanguage = "JSONPath"
    timeout_s: float | None = None

    def every_state(self) -> tuple[State, ...]:
        """All states, those of branches and processors after the state that has them."""
        found: list[State] = []
        for state in self.states.values():
            found.append(state)
            for inner in (*state.branches, *([state.processor] if state.processor else ())):
                found.extend(inner.every_state())
        return tuple(found)


def resource_of(fields: Mapping[str, Any]) -> str:
    """The name of what a Task's fields call."""
    resource = str(fields.get("Resource", ""))
    arguments = fields.get("Parameters", fields.get("Arguments"))
    called = arguments.get("FunctionName") if isinstance(arguments, dict) and ":lambda:invoke" in resource else None
    if ":lambda:" in resource and ":function:" in resource:
        called = resource
    if isinstance(called, str) and not called.strip().startswith("{%"):
        return function_name(called)
    return resource


def function_name(named: str) -> str:
    """A Lambda function's own name, of its name, ARN or partial ARN, with or without a version."""
    _, colon, rest = named.rpartition(":function:")
    return (rest if colon else named).split(":")[0]
