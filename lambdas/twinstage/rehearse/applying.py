"""A change's steps applied in an arm of a twin: record batches as recorded ones are replayed, tables as CloudFormation changes them.

Every step is asked of what stands, and what was done already is not done again: whoever was interrupted anywhere, or is told to apply twice, leaves the same. A
step that the service refuses ends the change, as it would end it in production.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from twinstage.model.change_step import EVENT, RecordsStep, TableStep
from twinstage.model.errors import TwinstageError
from twinstage.model.event import Event
from twinstage.rehearse.steps import step_calls
from twinstage.replay.calls import call_of
from twinstage.replay.outcomes import outcome_of
from twinstage.state.comparable import comparable_records
from twinstage.world.interface import Refused
from twinstage.world.jsons import get_json, put_json
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import record_sets
from twinstage.world.table_change import table_requests, twin_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twinstage.model.captured import TableManifest
    from twinstage.model.record_set import RecordSet
    from twinstage.replay.execute import Executor
    from twinstage.replay.outcomes import Outcome
    from twinstage.world.memory.route53 import Account
    from twinstage.world.store import Store

Step = RecordsStep | TableStep
_Records = dict[str, "RecordSet"]
BEGINNING: Final = "1970-01-01T00:00:00Z"
"""When a change is applied of which no event says what day it is."""


class TableShapes(Protocol):
    """Tables, by what they are made of."""

    def shape(self, table: str) -> dict[str, Any] | None:
        """What stands, as `twin_shape` tells it; None where there is no such table."""

    def settled(self, table: str) -> bool:
        """Whether nothing of a table is still being made, changed or removed."""

    def carry_out(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Send one request. Raises Refused."""


@dataclass(frozen=True)
class Applying:
    """Applies steps in the arm of `executor`. `start` is Route 53 as the snapshot holds it; `tables` are the snapshot's.

    `pause` waits a moment, and gives False where there is no time left to wait; `timestamp` is when the change is seen to be applied.
    """

    steps: Sequence[Step]
    executor: Executor
    start: Account
    tables: Iterable[TableManifest]
    shapes: TableShapes
    pause: Callable[[], bool]
    timestamp: str = BEGINNING

    def apply(self, step: Step) -> Outcome | None:
        """Apply one step after all before it were; its outcome, or None where time ran out first. Raises AwsError."""
        event = self._event(step)
        if isinstance(step, TableStep):
            return self._shaped(step, event)
        before, later = self._expected(step)
        standing = self._standing(step.zone)
        if standing != before and standing in later:
            zone = self.executor.standing.need(step.zone)
            return outcome_of(
                event, [call_of(event, zone.production_id) | {"outcome": "success"}], {"outcome": "success"}
            )
        return self.executor.execute(event)

    def _event(self, step: Step) -> Event:
        """The step as an event before all recorded ones: the last has -1 for its place in the log."""
        seq = list(self.steps).index(step) - len(self.steps)
        if isinstance(step, TableStep):
            return Event(EVENT + step.id, self.timestamp, "table_change", {"table": step.table}, seq=seq)
        payload = {"zone": step.zone, "changes": [dict(change) for change in step.changes]}
        return Event(EVENT + step.id, self.timestamp, "dns_update", payload, seq=seq)

    def _expected(self, step: RecordsStep) -> tuple[_Records, list[_Records]]:
        """The zone's record sets before a step, and what they are after it and after each later one, by the exact rules."""
        batches = [each for each in self.steps if isinstance(each, RecordsStep)]
        states, begun = [AwsState(self.start)], None
        for call in step_calls(states[0], batches):
            if call.step == step:
                begun = len(states) - 1
            states.append(call.state)
        if begun is None:
            # The exact rules end the change before this step: nothing is known of what it leaves.
            return _records(states[-1], step.zone), []
        return _records(states[begun], step.zone), [_records(each, step.zone) for each in states[begun + 1 :]]

    def _standing(self, name: str) -> _Records:
        zone = self.executor.standing.need(name)
        held = self.executor.world.zones.record_sets(zone.twin_id)
        return comparable_records(zone.production_records(held), zone.name)

    def _shaped(self, step: TableStep, event: Event) -> Outcome | None:
        twin, arm = self.executor.world.twin, self.executor.world.arm
        table = twin.table(arm, step.table)
        schema = next(each.schema for each in self.tables if each.name == step.table)
        before, after = twin_shape(schema), twin_shape(step.target(schema))
        whole = [_call(n, *request) for n, request in enumerate(table_requests(step.table, before, after))]
        for _ in range(len(whole) + 1):
            while not self.shapes.settled(table):
                if not self.pause():
                    return None
            left = table_requests(table, self.shapes.shape(table), after)
            if not left:
                return outcome_of(event, whole, {"outcome": "success"})
            if failure := self._failure(*left[0]):
                done = max(0, len(whole) - len(left))
                operation, parameters = left[0]
                call = _call(done, operation, {**parameters, "TableName": step.table})
                calls = [*whole[:done], {**call, "outcome": "error", **failure}]
                return outcome_of(event, calls, {"outcome": "refused", **failure})
        message = f"{step.table} is not what it was changed to, and every request was taken"
        raise TwinstageError("TABLE_UNCHANGED", message, details={"left": [operation for operation, _ in left]})

    def _failure(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """Send one request; how it was refused, empty where it was taken."""
        try:
            self.shapes.carry_out(operation, parameters)
        except Refused as refused:
            return {"error": refused.error, "message": refused.message}
        return {}


def apply_in_turn(applying: Applying, results: Store, enough_time: Callable[[], bool]) -> bool:
    """Apply each step that has no outcome yet, and write its outcome down, one file a step; whether the change is over. It ends with a step that is refused.

    The first step is begun whatever time is left, so that every call comes further; each later one only where there is enough. Raises AwsError.
    """
    begun = False
    for number, step in enumerate(applying.steps):
        key = f"{number:04d}.json"
        if results.exists(key):
            outcome = get_json(results, key)
        elif (begun and not enough_time()) or (made := applying.apply(step)) is None:
            return False
        else:
            begun, outcome = True, made
            put_json(results, key, outcome)
        if outcome["outcome"] != "success":
            break
    return True


def _call(n: int, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    told = {"n": n, "service": "dynamodb", "operation": operation, "parameters": dict(parameters)}
    return {**told, "latency_ms": 0.0, "outcome": "success"}


def _records(state: AwsState, name: str) -> _Records:
    zone = next(hosted.zone for hosted in state.route53.zones.values() if hosted.zone.name == name)
    return comparable_records(record_sets(zone), name)
