"""Executing a machine on virtual time: from state to state, each visit with its retries and its catch, until one ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.data_flow import size_bytes, within_limit
from twinstage.simulate.pipeline.failures import StateFailure
from twinstage.simulate.pipeline.fan_out import map_state, parallel_state
from twinstage.simulate.pipeline.retries import Retries, catcher_of
from twinstage.simulate.pipeline.states import (
    choice_state,
    fail_state,
    pass_state,
    succeed_state,
    task_state,
    wait_state,
)
from twinstage.simulate.pipeline.trace import Attempt, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.simulate.kernel import Simulation
    from twinstage.simulate.pipeline.data_flow import View
    from twinstage.simulate.pipeline.definition import Catcher, Machine, State
    from twinstage.simulate.pipeline.frame import Frame
    from twinstage.simulate.pipeline.states import Ended
    from twinstage.simulate.pipeline.tasks import PipelineModel, Services, Steps

_AT_ONCE: Final[Mapping[str, Callable[[State, Frame, View, Any], Ended]]] = {
    "Pass": pass_state,
    "Choice": choice_state,
    "Succeed": succeed_state,
    "Fail": fail_state,
}
_IN_TIME: Final[Mapping[str, Callable[[Executor, State, Frame, View, Any, list[Attempt]], Steps]]] = {
    "Wait": wait_state,
    "Task": task_state,
    "Parallel": parallel_state,
    "Map": map_state,
}


class Executor:
    """Executes machines in one simulation. `origin_ms`: the moment, in ms since the Unix epoch, at which its virtual time begins."""

    def __init__(
        self,
        simulation: Simulation,
        services: Services,
        model: PipelineModel,
        origin_ms: float,
        told: Callable[[Visit], None],
    ) -> None:
        self.simulation, self.services, self.model, self.origin_ms = simulation, services, model, origin_ms
        self._told = told
        self._overheads: dict[str, Iterator[int]] = {
            kind: durations.durations(simulation.stream(f"overhead {kind}"))
            for kind, durations in sorted(model.overheads.items())
        }

    @property
    def now_ms(self) -> float:
        """The virtual moment, to the microsecond."""
        return round(self.origin_ms + self.simulation.now / 1_000_000, 3)

    def machine(self, machine: Machine, frame: Frame, value: Any) -> Steps:
        """Execute a machine from its start. Gives its output; raises StateFailure, and the kernel's Interrupted where it is ended from outside."""
        name: str | None = machine.start_at
        while name is not None:
            value, name = yield from self._visit(machine.states[name], frame, value)
        return value

    def _visit(self, state: State, frame: Frame, value: Any) -> Steps:
        """One state, however often it is tried. Gives its output and which state comes next."""
        entered, retries, attempts = self.now_ms, Retries(state.retriers), list[Attempt]()
        ended = ("aborted", "", None)
        try:
            if overhead := self._overheads.get(state.type):
                yield next(overhead)
            while True:
                view = frame.view(state, entered, retries.made, self.now_ms, **_of_task(state, frame))
                try:
                    if not retries.made:
                        frame.history.add(2)
                    if at_once := _AT_ONCE.get(state.type):
                        output, following = at_once(state, frame, view, value)
                    else:
                        output, following = yield from _IN_TIME[state.type](self, state, frame, view, value, attempts)
                    within_limit(output, f"output of the state '{state.name}'")
                    ended = ("succeeded", "", output)
                except StateFailure as failure:
                    if (delay := retries.delay(failure.error, frame.random)) is not None:
                        yield delay
                        continue
                    ended = ("failed", failure.error, None)
                    catcher = catcher_of(state, failure.error)
                    if catcher is None:
                        raise
                    output = _caught(catcher, failure, state, frame, view, value)
                    following, ended = catcher.next, ("caught", failure.error, output)
                return output, following
        finally:
            self._tell(state, frame, entered, tuple(attempts), value, ended)

    def _tell(
        self,
        state: State,
        frame: Frame,
        entered: float,
        attempts: tuple[Attempt, ...],
        value: Any,
        ended: tuple[str, str, Any],
    ) -> None:
        outcome, error, output = ended
        gives = outcome in {"succeeded", "caught"}
        self._told(
            Visit(
                frame.execution,
                state.name,
                frame.path,
                entered,
                self.now_ms,
                outcome,
                attempts,
                state.type,
                state.resource,
                error,
                size_bytes(value),
                size_bytes(output) if gives else None,
            )
        )


def _of_task(state: State, frame: Frame) -> dict[str, Any]:
    waits = state.type == "Task" and "waitForTaskToken" in str(state.fields["Resource"])
    return {"Task": {"Token": f"token-{frame.random.getrandbits(64):016x}"}} if waits else {}


def _caught(catcher: Catcher, failure: StateFailure, state: State, frame: Frame, view: View, value: Any) -> Any:
    """What a catcher hands on: the error's output, where its ResultPath or Output puts it."""
    error = {"Error": failure.error, "Cause": failure.cause}
    if state.language == "JSONPath":
        output = view.put(value, catcher.result_path, error)
        assigned = view.template(catcher.fields.get("Assign", {}), error)
    else:
        states = {"input": value, "errorOutput": error}
        output = view.query(catcher.fields["Output"], states) if "Output" in catcher.fields else error
        assigned = view.query(catcher.fields.get("Assign", {}), states)
    frame.variables.update(assigned)
    return output
