"""The way back out of a change: the inverse of its steps in reverse order, as a runbook would have it written down beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.change_step import FunctionStep, RecordsStep, TableStep
from twinstage.model.record_set import canonical_record_set, key_of
from twinstage.rehearse.steps import StepCall, step_calls, table_shape
from twinstage.world.memory import dynamodb
from twinstage.world.table_change import memory_shape, table_requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.change_step import ChangeStep
    from twinstage.model.record_set import RecordKey
    from twinstage.model.rollback_config import Rollback
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.route53 import Zone

UNDO: Final = "undo-"
"""What the id of a step of the way back begins with; what it undoes follows: a zone, or the id of a step of the change."""
OWN: Final = "own-records-"
"""The same of a batch that the scenario gives."""
LARGEST: Final = 400
"""Changes in one batch at most: Route 53 takes 1,000 elements, and counts an UPSERT twice.

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
"""

Touched = dict[tuple[str, "RecordKey"], None]


class WayBack:
    """The way back out of a change that was applied to `before`.

    What the applied batches changed in a zone is put back by one batch, so that nobody sees it half-way, nor a value that was only in between: a record set
    that was there before the change is set as it was, and one that was not is deleted as the change left it. Then come functions and tables, the last step
    first. The scenario's own batches stand in for those of the records.
    """

    def __init__(self, steps: Sequence[ChangeStep], before: AwsState, asked: Rollback) -> None:
        self.before, self._asked = before, asked
        self._steps: list[tuple[ChangeStep, list[AwsState]]] = []
        state = before
        for step in steps:
            self._steps.append((step, [call.state for call in step_calls(state, (step,))]))
            state = self._steps[-1][1][-1] if self._steps[-1][1] else state
        self._due: dict[int, tuple[ChangeStep, ...]] = {}
        self.touched = tuple(_touched(step for step in steps if isinstance(step, RecordsStep)))
        self.tables = tuple(dict.fromkeys(step.table for step in steps if isinstance(step, TableStep)))

    def due(self, applied: int) -> tuple[ChangeStep, ...]:
        """What is to be undone, in order, where so many of the change's calls were made: what was not begun is not undone."""
        found = self._due.get(applied)
        if found is None:
            found = self._due[applied] = tuple(self._undone(applied))
        return found

    def _undone(self, applied: int) -> Iterator[ChangeStep]:
        state = self.before
        begun: list[ChangeStep] = []
        for step, calls in self._steps:
            made = calls[:applied]
            applied -= len(made)
            state = made[-1] if made else state
            if made or isinstance(step, FunctionStep):
                begun.append(step)
        if self._asked.records is None:
            yield from _put_back(_touched(step for step in begun if isinstance(step, RecordsStep)), self.before, state)
        else:
            own = enumerate(self._asked.records, 1)
            yield from (RecordsStep(f"{OWN}{n}", each.zone, each.changes) for n, each in own)
        for step in reversed(begun):
            if isinstance(step, FunctionStep):
                yield replace(step, id=UNDO + step.id)
            elif isinstance(step, TableStep):
                yield TableStep(UNDO + step.id, step.table, shape_of(self.before, step.table) or {})


def _touched(steps: Iterable[RecordsStep]) -> Touched:
    """Every record set that these steps name, with its zone."""
    return {(step.zone, key_of(change["ResourceRecordSet"])): None for step in steps for change in step.changes}


def _put_back(touched: Touched, before: AwsState, now: AwsState) -> Iterator[RecordsStep]:
    for zone in dict.fromkeys(zone for zone, _ in touched):
        old, new = zone_of(before, zone).records, zone_of(now, zone).records
        keys = [key for held, key in touched if held == zone]
        changes = [change for key in keys for change in _inverse(old.get(key), new.get(key))]
        # What is deleted makes room for what comes back; what aliases point at is there before them.
        changes.sort(key=lambda change: (change["Action"] != "DELETE", "AliasTarget" in change["ResourceRecordSet"]))
        for number, first in enumerate(range(0, len(changes), LARGEST)):
            name = f"{UNDO}{zone}" + (f"-{number + 1}" if number else "")
            yield RecordsStep(name, zone, tuple(changes[first : first + LARGEST]))


def _inverse(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if old is not None and old != new:
        yield {"Action": "UPSERT", "ResourceRecordSet": dict(old)}
    if old is None and new is not None:
        yield {"Action": "DELETE", "ResourceRecordSet": dict(new)}


def in_place(step: ChangeStep, state: AwsState) -> bool:
    """Whether a state is already as a step would leave it: whoever runs the way back again passes over it then. A step of a function changes no state."""
    if isinstance(step, FunctionStep):
        return True
    if isinstance(step, TableStep):
        held = shape_of(state, step.table)
        return held is not None and memory_shape(held) == memory_shape(step.schema)
    records = zone_of(state, step.zone).records
    return all(_is_so(change, records.get(key_of(change["ResourceRecordSet"]))) for change in step.changes)


def calls_back(step: ChangeStep, state: AwsState, before: AwsState) -> Iterator[StepCall]:
    """The calls that a step of the way back makes in a state; a table that is away, as while it was being replaced, is made again where it was `before`."""
    if not isinstance(step, TableStep) or shape_of(state, step.table) is not None:
        yield from step_calls(state, (step,))
        return
    region = next(region for region, held in before.databases.items() if step.table in held.tables)
    for n, (operation, parameters) in enumerate(table_requests(step.table, None, memory_shape(step.schema))):
        database, _ = dynamodb.execute(state.databases[region], operation, parameters, now=0.0)
        state = replace(state, databases={**state.databases, region: database})
        yield StepCall(step, n, "dynamodb", operation, parameters, state)


def _is_so(change: Mapping[str, Any], held: Mapping[str, Any] | None) -> bool:
    if change["Action"] == "DELETE":
        return held is None
    return held is not None and canonical_record_set(held) == canonical_record_set(change["ResourceRecordSet"])


def not_restored(way: WayBack, state: AwsState) -> Iterator[str]:
    """What the change's steps touched and is not in `state` what it was before them, in words."""
    for zone, key in way.touched:
        was, is_ = (zone_of(each, zone).records.get(key) for each in (way.before, state))
        if was != is_:
            yield f"{key[0]} {key[1]} {_moved(was is None, is_ is None)}"
    for table in way.tables:
        was, is_ = shape_of(way.before, table), shape_of(state, table)
        if was is None or is_ is None or memory_shape(was) != memory_shape(is_):
            yield f"the schema of table {table} {_moved(was is None, is_ is None)}"
        lost = items_of(way.before, table) - items_of(state, table)
        # Code deletes items as well; a table that holds none any more was made anew.
        if lost and not items_of(state, table):
            yield f"{len(lost)} items of table {table} are gone"


def _moved(was_absent: bool, is_absent: bool) -> str:
    if was_absent:
        return "is still there"
    return "is gone" if is_absent else "is not what it was"


def zone_of(state: AwsState, name: str) -> Zone:
    """The zone of a canonical name."""
    return next(hosted.zone for hosted in state.route53.zones.values() if hosted.zone.name == name)


def shape_of(state: AwsState, table: str) -> dict[str, Any] | None:
    """The schema of a table; None where there is none of that name."""
    database = next((held for held in state.databases.values() if table in held.tables), None)
    return None if database is None else table_shape(database, table)


def items_of(state: AwsState, table: str) -> set[Any]:
    """The keys of a table's items."""
    return {place for held in state.databases.values() if table in held.tables for place in held.tables[table].items}
