"""What each stage of a rehearsal may do, beyond writing to its own log: the twin's wiring, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage_constructs.policies import allow, change_zones, function_arns, list_zones, table_arns
from twinstage_constructs.run_boundary import UNSCOPED_READS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage_constructs.policies import Statement


@dataclass(frozen=True)
class TwinResources:
    """What the stages work on. Names are known at synthesis; zone ids are CDK tokens."""

    account: str
    region: str
    run: str
    evidence_bucket: str
    ledger: str
    zone_ids: Sequence[str]
    tables: Sequence[str]
    functions: Sequence[str]


def stage_grants(twin: TwinResources) -> dict[str, list[Statement]]:
    """State -> the statements of its function's role. No action that changes anything is allowed on `*`."""
    run = f"runs/{twin.run}/*"
    reads = _evidence(twin, ["s3:GetObject"], [run, "objects/*", "snapshots/*"])
    writes_run = _evidence(twin, ["s3:PutObject"], [run])
    common = [*reads, *writes_run, allow(["s3:ListBucket"], [f"arn:aws:s3:::{twin.evidence_bucket}"])]
    read_tables = _tables(twin, ["dynamodb:DescribeTable", "dynamodb:Scan"])
    find_zones = [allow(UNSCOPED_READS, ["*"])]
    return {
        "Prepare": [
            *common,
            *find_zones,
            *_evidence(twin, ["s3:DeleteObject"], [run]),
            *_ledger(twin, "dynamodb:DeleteItem"),
        ],
        "Replicate": [
            *common,
            *change_zones(twin.zone_ids),
            *_tables(twin, ["dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:PutItem"]),
        ],
        "VerifyFidelity": [*common, *list_zones(twin.zone_ids), *read_tables],
        "Replay": [
            *common,
            *change_zones(twin.zone_ids),
            *_ledger(twin, "dynamodb:GetItem", "dynamodb:PutItem"),
            *_invoke_clones(twin),
        ],
        "Capture": [
            *common,
            *_evidence(twin, ["s3:PutObject"], ["objects/*", "snapshots/*"]),
            *list_zones(twin.zone_ids),
            *read_tables,
        ],
        "Validate": common,
        "Report": common,
        "Cleanup": [*common, *find_zones, *change_zones(twin.zone_ids)],
    }


def _evidence(twin: TwinResources, actions: Sequence[str], keys: Sequence[str]) -> list[Statement]:
    return [allow(actions, [f"arn:aws:s3:::{twin.evidence_bucket}/{key}" for key in keys])]


def _tables(twin: TwinResources, actions: Sequence[str]) -> list[Statement]:
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
