"""The plan of a change's record batches and table schemas: each step against what the steps before it leave."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.model.canonical import digest
from twinstage.model.change_step import RecordsStep, applied
from twinstage.rehearse.change.record_guards import record_guards
from twinstage.rehearse.change.records import record_changes, zone_change
from twinstage.rehearse.change.tables import table_changes
from twinstage.rehearse.inputs import route53_account
from twinstage.rehearse.steps import step_calls
from twinstage.twin.graph.mentions import hosts
from twinstage.world.memory.aws import AwsState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twinstage.model.change_step import ChangeStep
    from twinstage.model.manifest import Manifest
    from twinstage.rehearse.change.plan import Guard, PlannedChange
    from twinstage.world.store import Store

Planned = tuple[list["PlannedChange"], list["Guard"]]


def planned_steps(steps: Iterable[ChangeStep], manifest: Manifest, store: Store) -> Planned:
    """Every change of the steps that are applied by calls, in their order, and their guards: each says of which step it speaks."""
    changes: list[PlannedChange] = []
    guards: list[Guard] = []
    records = [step for step in applied(steps) if isinstance(step, RecordsStep)]
    for found, judged in (*_tables(steps, manifest), *(_records(records, manifest, store) if records else ())):
        changes += found
        guards += judged
    return changes, guards


def made_of_steps(steps: Iterable[ChangeStep]) -> dict[str, str]:
    """Each step that is applied by calls, by its digest."""
    return {f"step/{step.id}": digest(step.document()) for step in applied(steps)}


def mentioned_names(manifest: Manifest) -> set[str]:
    """The host names that captured functions are configured with."""
    settings = (text for function in manifest.functions for text in function.environment.values())
    return {name for text in settings for name in hosts(text)}


def _tables(steps: Iterable[ChangeStep], manifest: Manifest) -> Iterator[Planned]:
    held = {table.name: table for table in manifest.tables}
    for step in applied(steps):
        if not isinstance(step, RecordsStep):
            table = held[step.table]
            changes, guards = table_changes(step.table, table.schema, step.target(table.schema), table.items)
            yield list(changes), [_of(step.id, guard) for guard in guards]


def _records(steps: list[RecordsStep], manifest: Manifest, store: Store) -> Iterator[Planned]:
    state = AwsState(route53_account(manifest, store, str(manifest.captured["account"])))
    mentioned = mentioned_names(manifest)
    for call in step_calls(state, steps):
        step = next(step for step in steps if step.id == call.step.id)
        change = zone_change(state.route53, call.parameters["HostedZoneId"], step.changes)
        yield list(record_changes(change)), [_of(step.id, guard) for guard in record_guards(change, mentioned)]
        state = call.state


def _of(step: str, guard: Guard) -> Guard:
    return replace(guard, observed=f"{step}: {guard.observed}")
