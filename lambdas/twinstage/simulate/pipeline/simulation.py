"""Simulating a pipeline: executions begin at given moments and run through their machine on one virtual clock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.simulate.kernel import Simulation, seconds
from twinstage.simulate.pipeline.data_flow import within_limit
from twinstage.simulate.pipeline.execution import Executor
from twinstage.simulate.pipeline.failures import TIMEOUT, StateFailure
from twinstage.simulate.pipeline.frame import outermost
from twinstage.simulate.pipeline.tasks import Services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.simulate.pipeline.tasks import PipelineModel, Served, Steps, Tasks
    from twinstage.simulate.pipeline.trace import Visit

DEFAULT_ORIGIN_MS: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z: when a simulation begins that nobody gives another moment."""

# The quota of a Standard workflow: a year.
LONGEST_EXECUTION_S: Final = 31_536_000


@dataclass(frozen=True)
class Start:
    """One execution: when it begins, in seconds from the simulation's begin, its name and input."""

    at_s: float
    name: str
    input: Any


@dataclass(frozen=True)
class Execution:
    """How one execution went. `status`: SUCCEEDED, FAILED or TIMED_OUT."""

    name: str
    started_ms: float
    ended_ms: float
    status: str
    output: Any = None
    error: str = ""
    cause: str = ""

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "name": self.name,
            "started_ms": self.started_ms,
            "ended_ms": self.ended_ms,
            "status": self.status,
            **({"output": self.output} if self.status == "SUCCEEDED" else {}),
            **({"error": self.error, "cause": self.cause} if self.error else {}),
        }


@dataclass(frozen=True)
class SimulatedRun:
    """One run. `visits` in the order in which they ended, `executions` in that of their starts; `assumed`: what it rests on and nobody gave."""

    seed: int
    origin_ms: float
    visits: tuple[Visit, ...]
    executions: tuple[Execution, ...]
    served: tuple[Served, ...]
    assumed: tuple[str, ...]


def replication_seed(seed: int, number: int) -> int:
    """The seed of one of several runs; the first is the seed itself."""
    if number == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"replication {seed} {number}".encode()).digest()[:8], "big")


def simulate(
    machine: Machine,
    starts: Sequence[Start],
    model: PipelineModel,
    *,
    seed: int = 0,
    tasks: Tasks | None = None,
    origin_ms: float = DEFAULT_ORIGIN_MS,
) -> SimulatedRun:
    """Run executions of a machine to their ends. Equal arguments give an equal run.

    `tasks` are the real transforms, called once an attempt when it begins. Raises InputError where something is called of which nothing is known.
    """
    check_model(machine, model)
    simulation = Simulation(seed)
    services = Services(simulation, model, tasks)
    visits: list[Visit] = []
    executor = Executor(simulation, services, model, origin_ms, visits.append)
    ended: dict[int, Execution] = {}
    for number, start in enumerate(starts):
        simulation.process(_execution(executor, machine, start, number, ended))
    simulation.run()
    executions = tuple(ended[number] for number in range(len(starts)))
    return SimulatedRun(
        seed, origin_ms, tuple(visits), executions, tuple(services.served), tuple(sorted(services.assumed))
    )


def check_model(machine: Machine, model: PipelineModel, file: str = "definition") -> None:
    """Raises InputError with every state that calls or reads something of which the model knows nothing."""
    problems = []
    for state in machine.every_state():
        if state.type == "Task" and model.service(state.name, state.resource) is None:
            said = f"no service time is known of {state.resource}, which '{state.name}' calls"
            hint = "give it in the model's services, or in otherwise, or a trace to fit it from"
            problems.append(InputProblem(file, 0, state.pointer, said, hint))
        if state.type == "Map" and "ItemReader" in state.fields and state.name not in model.items:
            said = f"nothing stands for what the ItemReader of '{state.name}' reads"
            problems.append(InputProblem(file, 0, state.pointer, said, "give its items in the model's items"))
    if problems:
        raise InputError(problems)


def _execution(executor: Executor, machine: Machine, start: Start, number: int, ended: dict[int, Execution]) -> Steps:
    simulation = executor.simulation
    yield seconds(start.at_s)
    began = executor.now_ms
    frame = outermost(start.name, start.input, simulation.stream(f"execution {number} {start.name}"), began)

    def over(status: str, output: Any = None, failure: StateFailure | None = None) -> None:
        error, cause = (failure.error, failure.cause) if failure else ("", "")
        ended[number] = Execution(start.name, began, executor.now_ms, status, output, error, cause)

    try:
        within_limit(start.input, "input of the execution")
        work = simulation.process(executor.machine(machine, frame, start.input))
        limit = LONGEST_EXECUTION_S if machine.timeout_s is None else min(machine.timeout_s, LONGEST_EXECUTION_S)
        yield simulation.any_of([work, simulation.timeout(seconds(limit))])
        if work.alive:
            work.defused = True
            work.interrupt("the execution's time is over")
            over("TIMED_OUT", failure=StateFailure(TIMEOUT))
            return
        output = work.value
    except StateFailure as failure:
        over("FAILED", failure=failure)
    else:
        over("SUCCEEDED", output)
