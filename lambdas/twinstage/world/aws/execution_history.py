"""An execution's history as a trace: one document a visit of a state, as `model/schemas/pipeline_trace.schema.json` says.

Events are linked by `previousEventId`: what happens in an iteration or a branch follows from what began it, however the lines of several are mixed.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html

The children of a distributed map are executions of their own, with histories of their own: in this one the map is a single visit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Event = Mapping[str, Any]

_SCHEDULED = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
_SUCCEEDED = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded"})
_FAILED = frozenset(
    f"{service}{how}" for service in ("Task", "LambdaFunction")
    for how in ("Failed", "TimedOut", "SubmitFailed", "ScheduleFailed", "StartFailed")
)  # fmt: skip
_ITERATION_OVER = frozenset({"MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted"})
_WHOLE_OVER = frozenset(
    f"{kind}State{how}" for kind in ("Map", "Parallel") for how in ("Succeeded", "Failed", "Aborted")
)
_EXECUTION_OVER = frozenset({"ExecutionFailed", "ExecutionTimedOut"})


@dataclass(eq=False)
class _Scope:
    """The machine itself (no `owner`), one iteration of a map, or one branch of a parallel."""

    path: tuple[tuple[str, int], ...] = ()
    owner: _Visit | None = None


@dataclass(eq=False)
class _Visit:
    """One visit of a state, while it is read."""

    state: str
    kind: str
    scope: _Scope
    entered_ms: float
    input_bytes: int
    resource: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    def holders(self) -> Iterator[_Visit]:
        """The visits that this one is within, innermost first."""
        owner = self.scope.owner
        while owner is not None:
            yield owner
            owner = owner.scope.owner


def trace_of(
    execution: str,
    events: Iterable[Event],
    definition: Mapping[str, Any],
    resource_of: Callable[[str], str] = lambda name: name,
) -> list[dict[str, Any]]:
    """The visits of one execution, in the order in which they ended; those that never ended come last, as failed or aborted.

    `definition` tells the branches of a parallel apart; `resource_of` gives what a called function is to be known by (production's name of a twin's).
    Times are milliseconds of the Unix epoch.
    """
    reader = _Reader(execution, resource_of, dict(_branches(definition)), dict(_errors(definition)))
    for event in events:
        reader.take(event)
    return reader.finished()


class _Reader:
    def __init__(
        self,
        execution: str,
        resource_of: Callable[[str], str],
        branches: Mapping[str, Mapping[str, int]],
        errors: Mapping[str, str],
    ) -> None:
        self._execution, self._resource_of, self._branches, self._errors = execution, resource_of, branches, errors
        # Event id -> the scope it is in, and the visit that is open there.
        self._after: dict[int, tuple[_Scope, _Visit | None]] = {0: (_Scope(), None)}
        self._open: list[_Visit] = []
        self._found: list[dict[str, Any]] = []
        self._now_ms = 0.0

    def take(self, event: Event) -> None:
        """The next event of the history."""
        kind, self._now_ms = str(event["type"]), _milliseconds(event["timestamp"])
        scope, visit = self._after.get(int(event.get("previousEventId", 0)), self._after[0])
        if kind.endswith("StateEntered"):
            visit = self._enter(kind.removesuffix("StateEntered"), event["stateEnteredEventDetails"], scope, visit)
            scope = visit.scope
        elif kind.endswith("StateExited"):
            details = event["stateExitedEventDetails"]
            if (left := self._enclosing(scope, visit, details["name"])) is not None:
                self._leave(left, _bytes(details.get("output")))
                scope, visit = left.scope, None
        elif kind == "MapIterationStarted":
            details = event["mapIterationStartedEventDetails"]
            if (owner := self._enclosing(scope, visit, details["name"])) is not None:
                step = (str(details["name"]), int(details["index"]))
                scope, visit = _Scope((*owner.scope.path, step), owner), None
        elif kind in _ITERATION_OVER or kind in _WHOLE_OVER:
            scope, visit = self._over(event, kind, scope, visit)
        elif kind in _EXECUTION_OVER:
            self._fail(visit, event)
        elif visit is not None:
            self._attempt(visit, event, kind)
        self._after[int(event["id"])] = scope, visit

    def finished(self) -> list[dict[str, Any]]:
        """Every visit, those included that nothing ended."""
        for visit in reversed(list(self._open)):
            self._abandon(visit)
        return self._found

    def _enter(self, kind: str, details: Mapping[str, Any], scope: _Scope, visit: _Visit | None) -> _Visit:
        if visit is not None and visit.kind == "Parallel":
            branch = self._branches.get(visit.state, {}).get(details["name"], 0)
            scope = _Scope((*visit.scope.path, (visit.state, branch)), visit)
        entered = _Visit(details["name"], kind, scope, self._now_ms, _bytes(details.get("input")))
        self._open.append(entered)
        return entered

    def _enclosing(self, scope: _Scope, visit: _Visit | None, name: str) -> _Visit | None:
        """The innermost visit of that name which is open here or around."""
        if visit is not None and visit.state == name:
            return visit
        owner = scope.owner
        while owner is not None and owner.state != name:
            owner = owner.scope.owner
        return owner

    def _over(self, event: Event, kind: str, scope: _Scope, visit: _Visit | None) -> tuple[_Scope, _Visit | None]:
        """What is open after an iteration, or after all of a map or a parallel."""
        whole = "Parallel" if kind.startswith("Parallel") else "Map"
        owner = visit if visit is not None and visit.kind == whole else scope.owner
        while owner is not None and owner.kind != whole:
            owner = owner.scope.owner
        if owner is None:
            return scope, visit
        if kind.endswith("Failed") and visit is not None and visit is not owner:
            owner.error = visit.error
        if kind.endswith("StateFailed"):
            details = event.get("mapStateFailedEventDetails") or event.get("parallelStateFailedEventDetails") or {}
            owner.error = str(details.get("error") or owner.error or "States.TaskFailed")
        elif kind.endswith("StateSucceeded"):
            # What failed in it before, a Retry of its own made good.
            owner.error = None
        return owner.scope, owner

    def _fail(self, visit: _Visit | None, event: Event) -> None:
        """The error that ended the execution is that of whatever was open where it happened."""
        details = event.get("executionFailedEventDetails") or {}
        if visit is not None and event["type"] == "ExecutionFailed":
            for each in (visit, *visit.holders()):
                each.error = str(details.get("error") or each.error or "States.TaskFailed")

    def _attempt(self, visit: _Visit, event: Event, kind: str) -> None:
        if kind in _SCHEDULED:
            visit.resource = self._called(event, kind)
            visit.attempts.append({"started_ms": self._now_ms})
        elif kind in _SUCCEEDED and visit in self._open:
            self._conclude(visit, {"outcome": "succeeded"})
            visit.error = None
        elif kind in _FAILED and visit in self._open:
            details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
            visit.error = str(details.get("error") or "States.TaskFailed")
            self._conclude(visit, {"outcome": "failed", "error": visit.error})

    def _conclude(self, visit: _Visit, outcome: Mapping[str, str]) -> None:
        if not visit.attempts or "outcome" in visit.attempts[-1]:
            visit.attempts.append({"started_ms": self._now_ms})
        visit.attempts[-1] |= {"ended_ms": self._now_ms, **outcome}

    def _called(self, event: Event, kind: str) -> str:
        """What a task calls: the function, or the integration."""
        if kind == "LambdaFunctionScheduled":
            return self._resource_of(_function(event["lambdaFunctionScheduledEventDetails"]["resource"]))
        details = event["taskScheduledEventDetails"]
        if (details["resourceType"], details["resource"]) == ("lambda", "invoke"):
            return self._resource_of(_function(json.loads(details["parameters"])["FunctionName"]))
        return f"arn:aws:states:::{details['resourceType']}:{details['resource']}"

    def _leave(self, visit: _Visit, output_bytes: int) -> None:
        for inner in [each for each in self._open if visit in each.holders()]:
            self._abandon(inner)
        self._write(visit, "succeeded" if visit.error is None else "caught", output_bytes)

    def _abandon(self, visit: _Visit) -> None:
        """A visit that ended without its state being left: a Fail always does."""
        if visit.kind == "Fail" and visit.error is None:
            visit.error = self._errors.get(visit.state, "")
        if visit.attempts and "outcome" not in visit.attempts[-1]:
            visit.attempts[-1] |= {"ended_ms": self._now_ms, "outcome": "aborted"}
        self._write(visit, "aborted" if visit.error is None else "failed", None)

    def _write(self, visit: _Visit, outcome: str, output_bytes: int | None) -> None:
        self._open.remove(visit)
        document: dict[str, Any] = {
            "execution": self._execution,
            "state": visit.state,
            "type": visit.kind,
            **({"resource": visit.resource} if visit.resource else {}),
            "path": [{"state": state, "index": index} for state, index in visit.scope.path],
            "entered_ms": visit.entered_ms,
            "left_ms": self._now_ms,
            "attempts": visit.attempts,
            "outcome": outcome,
            **({"error": visit.error} if visit.error else {}),
            "input_bytes": visit.input_bytes,
            **({"output_bytes": output_bytes} if output_bytes is not None else {}),
        }
        self._found.append(document)


def _states(machine: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every state of a definition, at every depth, by its name."""
    states = machine.get("States") if isinstance(machine, dict) else None
    for name, state in (states if isinstance(states, dict) else {}).items():
        yield name, state
        for each in state.get("Branches") or [state.get(key) for key in ("ItemProcessor", "Iterator") if key in state]:
            yield from _states(each)


def _branches(machine: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """Each parallel, with the branch that each state of its branches belongs to."""
    for name, state in _states(machine):
        if "Branches" in state:
            branches = enumerate(state["Branches"])
            yield name, {each: index for index, branch in branches for each in branch.get("States", {})}


def _errors(machine: Any) -> Iterator[tuple[str, str]]:
    """Each Fail that says its error, with the error."""
    for name, state in _states(machine):
        if state.get("Type") == "Fail" and isinstance(state.get("Error"), str):
            yield name, state["Error"]


def _function(reference: str) -> str:
    """The name in a function's ARN, or name."""
    return reference.split(":")[6] if reference.startswith("arn:") else reference.partition(":")[0]


def _bytes(text: Any) -> int:
    return len(text.encode()) if isinstance(text, str) else 0


def _milliseconds(timestamp: Any) -> float:
    """Of a datetime, as boto3 gives it."""
    return round(float(timestamp.timestamp()) * 1000, 3)
