"""What each role may do: as little as its code calls, and never more than the run's boundary."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from tests.stacks.sample_twin import REGION, resolved
from twinstage_constructs.stage_grants import TwinResources, stage_grants

if TYPE_CHECKING:
    from tests.stacks.sample_twin import Template

LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
RESULTS = {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}
FIND_ZONES = {"ec2:DescribeVpcs", "route53:ListHostedZonesByVPC"}
FIND_HEALTH_CHECKS = {"route53:ListHealthChecks", "route53:ListTagsForResources"}
READ_ZONES = {"route53:ListResourceRecordSets"}
CHANGE_ZONES = {*READ_ZONES, "route53:ChangeResourceRecordSets", "route53:GetChange"}
SHAPES = {
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "dynamodb:UpdateTimeToLive",
}
CALLS = {
    "Prepare": {*FIND_ZONES, *FIND_HEALTH_CHECKS, "s3:DeleteObject", "dynamodb:DeleteItem", "dynamodb:Scan"},
    "Replicate": {*CHANGE_ZONES, "dynamodb:BatchWriteItem", "dynamodb:Scan"},
    "VerifyFidelity": {*READ_ZONES, "dynamodb:Scan"},
    # Only where the context says that tables are given another schema.
    "Apply": {*CHANGE_ZONES, *SHAPES},
    "Replay": {
        *CHANGE_ZONES,
        "dynamodb:DeleteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "lambda:InvokeFunction",
    },
    "Capture": {*READ_ZONES, "dynamodb:Scan"},
    "Explore": set(),
    # No load reaches a twin, unless the context says what of it.
    "Stress": set(),
    # The way back is tried in its own memory.
    "Rollback": set(),
    "Validate": set(),
    "Report": set(),
    # Only where the context says that people are told.
    "Approve": {"sns:Publish", "events:PutEvents"},
    # It writes an order, and has no way to whoever carries it out.
    "Promote": set(),
    "Cleanup": {*FIND_ZONES, *CHANGE_ZONES},
}


@pytest.mark.parametrize("state", CALLS)
def test_a_stage_may_do_what_its_handler_calls_and_no_more(state: str, twin: Template) -> None:
    actions = {a for role, s in twin.statements() if role == f"twin-demo-{state}" for a in s["Action"]}

    assert actions == LOG | RESULTS | CALLS[state]


@pytest.mark.parametrize(
    ("stress", "reached"),
    [
        ("", {}),
        ("function", {"lambda:InvokeFunction": {"function:twin-demo-baseline-*"}}),
        ("PutItem", {name: {"table/twin-demo-baseline-*"} for name in ("dynamodb:PutItem", "dynamodb:DescribeTable")}),
        ("zone", {"route53:ChangeResourceRecordSets": {"hostedzone/Z1"}, "route53:GetChange": {"change/*"}}),
    ],
)  # fmt: skip
def test_a_generator_may_call_the_one_kind_of_thing_that_is_under_load(
    stress: str, reached: dict[str, set[str]]
) -> None:
    arms = {"tables": ["twin-demo-baseline-*"], "functions": ["twin-demo-baseline-*"], "zone_ids": ["Z1"]}
    twin = TwinResources("222222222222", REGION, "demo", "evidence", "ledger", stress=stress, **arms)  # type: ignore[arg-type]  # as the fields are named

    granted: dict[str, set[str]] = {}
    for statement in stage_grants(twin)["Stress"]:
        for action in statement["Action"]:
            granted.setdefault(action, set()).update(arn.split(":", 5)[5] for arn in statement["Resource"])

    ledger = {
        name: granted[name] & {"table/ledger"} for name in ("dynamodb:GetItem", "dynamodb:PutItem") if name in granted
    }
    assert ledger == ({name: {"table/ledger"} for name in ("dynamodb:GetItem", "dynamodb:PutItem")} if stress else {})
    granted = {action: on - {"table/ledger"} for action, on in granted.items() if action not in RESULTS}
    assert {action: on for action, on in granted.items() if on} == reached


def test_only_the_candidates_copies_of_tables_that_change_are_given_another_schema(twin: Template) -> None:
    shaped = {
        (role, resolved(arn))
        for role, statement in twin.statements()
        if "dynamodb:UpdateTable" in statement["Action"]
        for arn in statement["Resource"]
    }
    assert {role for role, _ in shaped} == {"twin-demo-Apply"}
    assert {str(arn).rpartition("/")[2] for _, arn in shaped} == {"twin-demo-candidate-dns-plans"}
    untouched = TwinResources("222222222222", REGION, "demo", "evidence", "ledger", ["Z1"], [], [])
    assert not SHAPES & {action for statement in stage_grants(untouched)["Apply"] for action in statement["Action"]}


def test_a_stage_writes_under_its_own_run_and_capture_alone_adds_to_the_snapshots(twin: Template) -> None:
    written = {
        (role, resource.partition("/")[2])
        for role, statement in twin.statements()
        if {"s3:PutObject", "s3:DeleteObject"} & set(statement["Action"])
        for resource in statement["Resource"]
    }

    assert written == {(f"twin-demo-{state}", "runs/demo/*") for state in CALLS} | {
        ("twin-demo-Capture", "objects/*"),
        ("twin-demo-Capture", "snapshots/*"),
    }


def test_every_grant_lies_within_the_runs_boundary(twin: Template) -> None:
    """Where it did not, the call would be refused although the role allows it."""
    [boundary] = twin.properties("AWS::IAM::ManagedPolicy")
    functions = {
        f"<{name}.Arn>": f"arn:aws:lambda:us-east-1:222222222222:function:{resource['Properties']['FunctionName']}"
        for name, resource in twin.document["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    most = [
        (action, str(resolved(pattern)))
        for statement in boundary["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
        for pattern in statement["Resource"]
    ]
    grants = {
        (role, action, functions.get(arn := str(resolved(resource)), arn))
        for role, statement in twin.statements()
        for action in statement["Action"]
        for resource in statement["Resource"]
    }

    outside = [g for g in grants if not any(g[1] == a and (fnmatchcase(g[2], r)) for a, r in most)]

    assert outside == []
