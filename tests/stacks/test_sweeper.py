"""The sweeper of the platform: it knows the names of everything in a twin, may remove every kind of it, and no more than a twin's."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

import pytest

from tests.stacks.sample_twin import PRODUCTION, REGION, TWIN, Template, synthesize
from twinstage.model.leftovers import run_in_name
from twinstage.world.aws.removal import ORDER
from twinstage_constructs.names import RunNames
from twinstage_constructs.sweeper import sweeper_grants

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
# What goes with the thing it is a part of.
PARTS = {"AWS::CDK::Metadata", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"}


def test_every_name_in_a_twin_says_whose_it_is(twin: Template) -> None:
    for kind, key in NAMED.items():
        names = [properties[key] for properties in twin.properties(kind)]
        assert {run_in_name(kind, name) for name in names} == {"demo"}, names


@pytest.mark.parametrize("run", ["a", "a-b", "ledger", "x-machine", "1", "a--b", "r" * 20])
def test_a_run_is_read_out_of_its_names_whatever_it_is_called(run: str) -> None:
    names = RunNames(run)

    for name in (
        names.ledger,
        names.stage("Prepare"),
        names.of_arm("candidate", "plans-ledger"),
        f"{names.prefix}boundary",
    ):
        assert run_in_name("AWS::IAM::Role", name) == run
    assert run_in_name("AWS::StepFunctions::StateMachine", names.machine) == run


@pytest.mark.parametrize(
    "name",
    [
        "twin-capture",
        "twin-peaks",
        "twinstage-capture",
        "my-twin-a-ledger",
        "twin-a-ledger-old",
        "twin-A-ledger",
        "plans",
        "twin--",
    ],
)
def test_what_only_looks_like_a_twins_is_nobodys(name: str) -> None:
    assert run_in_name("AWS::IAM::Role", name) is None


def test_every_kind_in_a_twin_can_be_removed(twin: Template) -> None:
    assert twin.types <= {*ORDER, *PARTS}


def test_the_sweeper_runs_every_quarter_of_an_hour_one_at_a_time(platform: Template) -> None:
    [rule] = platform.properties("AWS::Events::Rule")
    [function] = platform.properties("AWS::Lambda::Function")
    [permission] = platform.properties("AWS::Lambda::Permission")

    assert (rule["ScheduleExpression"], function["FunctionName"]) == ("rate(15 minutes)", "twinstage-sweep")
    assert function["ReservedConcurrentExecutions"] == 1
    assert (permission["Principal"], permission["SourceAccount"]) == ("events.amazonaws.com", TWIN)


def deletions(*, own_zones: bool) -> dict[str, list[str]]:
    """Action -> resources of everything that changes or removes something outside the ledger, without what only runs' tags are on."""
    found: dict[str, list[str]] = {}
    for statement in sweeper_grants(TWIN, REGION, "evidence", own_zones=own_zones):
        for action in statement["Action"]:
            verb = action.partition(":")[2]
            if (
                not verb.startswith(("Describe", "Get", "List"))
                and not action.startswith("s3:")
                and "Condition" not in statement
            ):
                found.setdefault(action, []).extend(statement["Resource"])
    return found


@pytest.mark.parametrize(
    "foreign",
    [
        f"arn:aws:iam::{TWIN}:role/twin-capture",
        f"arn:aws:iam::{TWIN}:role/twinstage-sweep",
        f"arn:aws:cloudformation:{REGION}:{TWIN}:stack/twinstage-platform/1",
        f"arn:aws:cloudformation:{REGION}:{TWIN}:stack/twinstage-capture/1",
        f"arn:aws:dynamodb:{REGION}:{TWIN}:table/plans",
        f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/twin-a-ledger",
        f"arn:aws:lambda:{REGION}:{TWIN}:function:twinstage-sweep",
        "arn:aws:route53:::hostedzone/ZPRODUCTION",
        "arn:aws:s3:::evidence/runs/a/verdict.json",
    ],
)
def test_in_one_account_with_production_nothing_of_it_can_be_removed(foreign: str) -> None:
    for action, resources in deletions(own_zones=False).items():
        assert not any(fnmatch.fnmatchcase(foreign, resource) for resource in resources), action


def test_zones_may_be_removed_only_where_the_account_has_none_of_productions(
    context: dict[str, str], tmp_path: Path
) -> None:
    assert "route53:DeleteHostedZone" in deletions(own_zones=True)
    assert not [action for action in deletions(own_zones=False) if action.startswith("route53:")]

    alone = synthesize({**context, "twinstage:production_account": TWIN}, tmp_path)["twinstage-platform"]
    assert not [a for _, s in alone.statements() for a in s["Action"] if a == "route53:DeleteHostedZone"]
