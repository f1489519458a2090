"""What of a candidate's state is the change's own doing: what its steps touch, and leave as they say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.rehearse.steps import with_steps
from twinstage.state.comparable import comparable_records
from twinstage.world.memory import dynamodb
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import record_sets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.change_step import ChangeStep
    from twinstage.model.manifest import Manifest
    from twinstage.model.record_set import RecordSet
    from twinstage.world.memory.dynamodb import Database
    from twinstage.world.memory.route53 import Account

BY_CHANGE = "by_change"


def with_shapes(manifest: Manifest, steps: Iterable[ChangeStep]) -> Manifest:
    """A snapshot whose tables have the schemas that these steps leave, and the items that they had."""
    tables = list(manifest.tables)
    for step in steps:
        if isinstance(step, TableStep):
            tables = [replace(t, schema=step.target(t.schema)) if t.name == step.table else t for t in tables]
    return replace(manifest, tables=tuple(tables))


def told_by_change(
    differences: Iterable[Mapping[str, Any]], steps: Sequence[ChangeStep], start: Account
) -> Iterator[dict[str, Any]]:
    """Differences between the ends of baseline and candidate; those that are the change's own doing have `by_change`.

    They are: another schema of a table that a step shapes, and a record set that a step leaves otherwise than `start`, the snapshot, has it, that the baseline ends
    with as it was, and the candidate as the step left it. Items are never the change's own: those that a replaced table lost are lost.
    """
    shaped = {step.table for step in steps if isinstance(step, TableStep)}
    batches = [step for step in steps if isinstance(step, RecordsStep)]
    before = _records(start) if batches else {}
    after = _records(with_steps(AwsState(start), batches).route53) if batches else {}
    for difference in differences:
        place = (difference.get("zone"), difference.get("key"))
        of_table = difference["type"] == "schema" and difference["table"] in shaped
        of_records = (
            difference["type"] == "record_set"
            and before.get(place) != after.get(place)
            and (difference.get("before"), difference.get("after")) == (before.get(place), after.get(place))
        )
        yield {**difference, **({BY_CHANGE: True} if of_table or of_records else {})}


def on_demand(database: Database, steps: Iterable[ChangeStep]) -> Database:
    """A database in which the tables that steps shape are billed on demand, as a twin's are: what was asked of those says nothing of throughput."""
    for table in sorted({step.table for step in steps if isinstance(step, TableStep)}):
        described = dynamodb.execute(database, "DescribeTable", {"TableName": table}, now=0.0)[1]["Table"]
        if described.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
            request = {"TableName": table, "BillingMode": "PAY_PER_REQUEST"}
            database, _ = dynamodb.execute(database, "UpdateTable", request, now=0.0)
    return database


def _records(account: Account) -> dict[tuple[str | None, str | None], RecordSet]:
    zones = [hosted.zone for _, hosted in sorted(account.zones.items())]
    return {
        (zone.name, key): record
        for zone in zones
        for key, record in comparable_records(record_sets(zone), zone.name).items()
    }
