"""The steps of a change carried out on exact worlds: what explores, stresses in memory and rolls back begins from where they lead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.change_step import RecordsStep, applied
from twinstage.model.errors import InputError, InputProblem
from twinstage.world.memory import dynamodb
from twinstage.world.memory.route53 import REFUSALS
from twinstage.world.memory.route53 import execute as execute_route53
from twinstage.world.table_change import memory_shape, table_requests
from twinstage.world.table_form import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.change_step import ChangeStep, TableStep
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.dynamodb import Database


@dataclass(frozen=True)
class StepCall:
    """One call that applies a step: its number (from 0) among the step's, what it asked for, the state after it, and `refused`, "ERROR: message", where the service refused it."""

    step: ChangeStep
    n: int
    service: str
    operation: str
    parameters: Mapping[str, Any]
    state: AwsState
    refused: str = ""


def with_steps(state: AwsState, steps: Iterable[ChangeStep]) -> AwsState:
    """The state that these steps leave, in their order, every change in sync and forgotten. Steps of functions change no state."""
    for call in step_calls(state, steps):
        state = call.state
    account = state.route53
    return replace(state, route53=replace(account, changes=account.changes.changed(dict.fromkeys(account.changes))))


def step_calls(state: AwsState, steps: Iterable[ChangeStep]) -> Iterator[StepCall]:
    """Every call that applies these steps, in order; a refused one is the last: nothing goes on after it.

    Raises InputError for a step of a zone or a table that is not there.
    """
    for step in applied(steps):
        calls = _record_calls(state, step) if isinstance(step, RecordsStep) else _table_calls(state, step)
        for call in calls:
            yield call
            if call.refused:
                return
            state = call.state


def _record_calls(state: AwsState, step: RecordsStep) -> Iterator[StepCall]:
    ids = [id_ for id_, hosted in state.route53.zones.items() if hosted.zone.name == step.zone]
    if not ids:
        raise _missing(step.id, f"no zone {step.zone}")
    request = {"HostedZoneId": ids[0], "ChangeBatch": {"Changes": list(step.changes)}}
    after, refused = state, ""
    try:
        account, _ = execute_route53(state.route53, "ChangeResourceRecordSets", request, now=0.0)
        after = replace(state, route53=account)
    except REFUSALS as refusal:
        refused = f"{refusal.error}: {refusal.message}"
    yield StepCall(step, 0, "route53", "ChangeResourceRecordSets", request, after, refused)


def _table_calls(state: AwsState, step: TableStep) -> Iterator[StepCall]:
    region = next((region for region, held in state.databases.items() if step.table in held.tables), None)
    if region is None:
        raise _missing(step.id, f"no table {step.table}")
    before = table_shape(state.databases[region], step.table)
    requests = table_requests(step.table, memory_shape(before), memory_shape(step.target(before)))
    for n, (operation, parameters) in enumerate(requests):
        try:
            database, _ = dynamodb.execute(state.databases[region], operation, parameters, now=0.0)
        except dynamodb.DynamoRefused as refusal:
            yield StepCall(step, n, "dynamodb", operation, parameters, state, f"{refusal.error}: {refusal.message}")
            return
        state = replace(state, databases={**state.databases, region: database})
        yield StepCall(step, n, "dynamodb", operation, parameters, state)


def table_shape(database: Database, table: str) -> dict[str, Any]:
    """The schema of an exact table, in the form that snapshots keep."""
    named = {"TableName": table}
    described = dynamodb.execute(database, "DescribeTable", named, now=0.0)[1]["Table"]
    expiry = dynamodb.execute(database, "DescribeTimeToLive", named, now=0.0)[1]["TimeToLiveDescription"]
    backups = dynamodb.execute(database, "DescribeContinuousBackups", named, now=0.0)[1]["ContinuousBackupsDescription"]
    return table_schema(described, expiry=expiry, backups=backups)


def _missing(step: str, what: str) -> InputError:
    return InputError([InputProblem("change", 0, f"/steps/{step}", f"{what} to change", "capture it")])
