"""What each stage of a rehearsal may do, beyond writing to its own log: the twin's wiring, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage_constructs.policies import (
    CHANGE_ZONE,
    READ_ZONE,
    SHAPE_TABLE,
    allow,
    function_arns,
    on_zones,
    table_arns,
)
from twinstage_constructs.run_boundary import FIND_HEALTH_CHECKS, UNSCOPED_READS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage_constructs.policies import Statement


@dataclass(frozen=True)
class TwinResources:
    """What the stages work on. `tables` and `functions` are names or IAM patterns, known at synthesis; zone ids are CDK tokens.

    `health_checks` says whether there are any. `stress` is what load is sent to: functions, zones, or tables by one operation; empty: to nothing of the twin. `notices` is where people are told that they are asked to approve: `topic`, `bus` -> ARN.
    `shaped` are the tables of the candidate's arm that the change gives another schema.
    """

    account: str
    region: str
    run: str
    evidence_bucket: str
    ledger: str
    zone_ids: Sequence[str]
    tables: Sequence[str]
    functions: Sequence[str]
    health_checks: bool = False
    notices: Mapping[str, str] = field(default_factory=dict)
    stress: str = ""
    shaped: Sequence[str] = ()


def stage_grants(twin: TwinResources) -> dict[str, list[Statement]]:
    """State -> the statements of its function's role. No action that changes anything is allowed on `*`."""
    run = f"runs/{twin.run}/*"
    results = [
        *_evidence(twin, ["s3:GetObject", "s3:PutObject"], [run]),
        allow(["s3:ListBucket"], [f"arn:aws:s3:::{twin.evidence_bucket}"]),
    ]
    snapshot = _evidence(twin, ["s3:GetObject"], ["objects/*", "snapshots/*"])
    find_zones = [allow(UNSCOPED_READS, ["*"])]
    read_arm = [*on_zones(READ_ZONE, twin.zone_ids), *_tables(twin, "dynamodb:Scan")]
    change_zones = on_zones(CHANGE_ZONE, twin.zone_ids)
    return {
        "Prepare": [
            *results,
            *snapshot,
            *find_zones,
            *_evidence(twin, ["s3:GetObject"], ["scenarios/*"]),
            *_evidence(twin, ["s3:DeleteObject"], [run]),
            *_ledger(twin, "dynamodb:DeleteItem"),
            # Whether a table is empty; which health check stands for which.
            *_tables(twin, "dynamodb:Scan"),
            *([allow(FIND_HEALTH_CHECKS, ["*"])] if twin.health_checks else []),
        ],
        "Replicate": [*results, *snapshot, *change_zones, *_tables(twin, "dynamodb:BatchWriteItem", "dynamodb:Scan")],
        "VerifyFidelity": [*results, *snapshot, *read_arm],
        "Apply": [*results, *snapshot, *change_zones, *_shapes(twin)],
        "Replay": [
            *results,
            *snapshot,
            *change_zones,
            *_ledger(twin, "dynamodb:GetItem", "dynamodb:PutItem"),
            *_tables(twin, "dynamodb:DeleteItem", "dynamodb:PutItem"),
            *_invoke_clones(twin),
        ],
        "Capture": [
            *results,
            *snapshot,
            *_evidence(twin, ["s3:PutObject"], ["objects/*", "snapshots/*"]),
            *read_arm,
        ],
        "Explore": [*results, *snapshot],
        "Stress": [*results, *snapshot, *_load(twin)],
        "Rollback": [*results, *snapshot],
        "Validate": [*results, *snapshot],
        "Report": results,
        "Approve": [*results, *notices(twin.notices)],
        "Promote": [*results, *snapshot],
        "Cleanup": [*results, *find_zones, *change_zones],
    }


def _shapes(twin: TwinResources) -> list[Statement]:
    """Give the candidate's own copies of the tables that change another schema: no other table, and nothing that leads elsewhere, as a replica or an export would."""
    return [allow(SHAPE_TABLE, table_arns(twin.region, twin.account, twin.shaped))] if twin.shaped else []


def _load(twin: TwinResources) -> list[Statement]:
    """What the generators of a load need: one kind of thing to send it to, and the ledger, by which they begin together."""
    if not twin.stress:
        return []
    reached = {"function": _invoke_clones(twin), "zone": on_zones(("route53:ChangeResourceRecordSets",), twin.zone_ids)}
    ledger = _ledger(twin, "dynamodb:GetItem", "dynamodb:PutItem")
    return [*ledger, *reached.get(twin.stress, _tables(twin, f"dynamodb:{twin.stress}", "dynamodb:DescribeTable"))]


def notices(places: Mapping[str, str]) -> list[Statement]:
    """Tell people, on this topic and this bus and no other."""
    actions = {"topic": "sns:Publish", "bus": "events:PutEvents"}
    return [allow([actions[kind]], [arn]) for kind, arn in places.items()]


def _evidence(twin: TwinResources, actions: Sequence[str], keys: Sequence[str]) -> list[Statement]:
    return [allow(actions, [f"arn:aws:s3:::{twin.evidence_bucket}/{key}" for key in keys])]


def _tables(twin: TwinResources, *actions: str) -> list[Statement]:
    if not twin.tables:
        return []
    return [allow(actions, table_arns(twin.region, twin.account, twin.tables))]


def _ledger(twin: TwinResources, *actions: str) -> list[Statement]:
    table = f"arn:aws:dynamodb:{twin.region}:{twin.account}:table/{twin.ledger}"
    return [allow(actions, [table])]


def _invoke_clones(twin: TwinResources) -> list[Statement]:
    if not twin.functions:
        return []
    return [allow(["lambda:InvokeFunction"], function_arns(twin.region, twin.account, twin.functions))]
