"""Short words for state machines in tests, and for running them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.simulate.pipeline.simulation import SimulatedRun, Start, simulate
from twinstage.simulate.pipeline.tasks import PipelineModel, Service

if TYPE_CHECKING:
    from twinstage.simulate.pipeline.simulation import Execution

LAMBDA = "arn:aws:states:::lambda:invoke"


def flow(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine that starts with its first state; a state that says no Next ends it."""
    return {"StartAt": next(iter(states)), "States": {name: ended(state) for name, state in states.items()}, **fields}


def ended(state: dict[str, Any]) -> dict[str, Any]:
    goes = "Next" in state or state["Type"] in {"Choice", "Succeed", "Fail"}
    return state if goes else {**state, "End": True}


def task(function: str = "work", **fields: Any) -> dict[str, Any]:
    parameters = {"FunctionName": function, "Payload.$": "$"}
    return {"Type": "Task", "Resource": LAMBDA, "Parameters": parameters, "OutputPath": "$.Payload", **fields}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **fields}


def each(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": flow(states), **fields}


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = flow(states, ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"})
    return {"Type": "Map", "ItemProcessor": processor, **fields}


def lasting(seconds: float, **fields: Any) -> PipelineModel:
    """Every call takes as long."""
    return PipelineModel(otherwise=Service(Deterministic(seconds), **fields))


def running(
    definition: dict[str, Any], given: Any = None, model: PipelineModel | None = None, **options: Any
) -> SimulatedRun:
    machine = machine_of(json.dumps(definition))
    starts = options.pop("starts", None) or [Start(0, "one", {} if given is None else given)]
    return simulate(machine, starts, model or lasting(1), **options)


def ran(definition: dict[str, Any], given: Any = None, model: PipelineModel | None = None, **options: Any) -> Execution:
    """How the one execution of a machine ended."""
    (execution,) = running(definition, given, model, **options).executions
    return execution


def seconds_of(execution: Execution) -> float:
    assert execution.ended_ms is not None
    return round((execution.ended_ms - execution.started_ms) / 1000, 6)


def output(definition: dict[str, Any], given: Any = None, model: PipelineModel | None = None, **options: Any) -> Any:
    execution = ran(definition, given, model, **options)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    return execution.output
