"""Where in an execution something happens: its path through maps and parallels, its variables, its context object, how long its history is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.data_flow import View
from twinstage.simulate.pipeline.failures import RUNTIME, StateFailure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from twinstage.simulate.pipeline.definition import State

# The quota of a Standard workflow: so many events, then the execution fails.
MOST_EVENTS: Final = 25_000
_ACCOUNT: Final = "arn:aws:states:us-east-1:000000000000"


def told_time(moment_ms: float) -> str:
    """A moment as the context object has it."""
    moment = dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class History:
    """How many events an execution's history has. Events are counted, not kept."""

    def __init__(self) -> None:
        # ExecutionStarted, and a place for how it ends.
        self.events = 2

    def add(self, count: int) -> None:
        """Count events. Raises StateFailure States.Runtime, which nothing catches, where the history is full."""
        self.events += count
        if self.events > MOST_EVENTS:
            said = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
            raise StateFailure(RUNTIME, said)


@dataclass(frozen=True)
class Frame:
    """One machine, branch or iteration at work. `execution`: the outermost one's name; `about`: the context object's Execution; `item`: its Map.Item."""

    execution: str
    about: Mapping[str, Any]
    random: Random
    history: History = field(default_factory=History)
    variables: dict[str, Any] = field(default_factory=dict)
    path: tuple[tuple[str, int], ...] = ()
    item: Mapping[str, Any] | None = None

    def inside(self, state: State, index: int, item: Mapping[str, Any] | None = None) -> Frame:
        """A branch or iteration: it sees the variables around it, and assigns its own."""
        step = (state.name, index)
        return replace(self, path=(*self.path, step), variables=dict(self.variables), item=item or self.item)

    def child(self, state: State, index: int, given: Any, now_ms: float) -> Frame:
        """A child execution of a distributed map: a history of its own, no variables from outside."""
        about = {
            **self.about,
            "Id": f"{self.about['Id']}/{state.name}:{index}",
            "Name": f"{self.about['Name']}-{state.name}-{index}",
            "Input": given,
            "StartTime": told_time(now_ms),
        }
        return replace(
            self, about=about, history=History(), variables={}, path=(*self.path, (state.name, index)), item=None
        )

    def view(self, state: State, entered_ms: float, retries: int, now_ms: float, **more: Any) -> View:
        """What an attempt of a state sees. `more`: other members of the context object (Task)."""
        context: dict[str, Any] = {
            "Execution": self.about,
            "State": {"EnteredTime": told_time(entered_ms), "Name": state.name, "RetryCount": retries},
            "StateMachine": {"Id": f"{_ACCOUNT}:stateMachine:simulated", "Name": "simulated"},
            **more,
        }
        if self.item is not None:
            context["Map"] = {"Item": self.item}
        return View(context, self.variables, self.random, now_ms)


def outermost(name: str, given: Any, random: Random, now_ms: float) -> Frame:
    """The frame of an execution."""
    about = {
        "Id": f"{_ACCOUNT}:execution:simulated:{name}",
        "Input": given,
        "Name": name,
        "RedriveCount": 0,
        "RoleArn": "arn:aws:iam::000000000000:role/simulated",
        "StartTime": told_time(now_ms),
    }
    return Frame(name, about, random)
