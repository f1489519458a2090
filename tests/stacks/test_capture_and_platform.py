"""The two stacks that stay: the edge to production reads and nothing more; the stores are private."""

from __future__ import annotations

import json

import pytest

from tests.stacks.sample_twin import PRODUCTION, TWIN, Template

READS = ("Describe", "Get", "List", "Scan")


@pytest.fixture(params=["twinstage-platform", "twinstage-capture"])
def store(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    template: Template = templates[request.param]
    return template


def test_a_store_is_encrypted_versioned_private_and_reached_over_tls(store: Template) -> None:
    [bucket] = store.properties("AWS::S3::Bucket")
    [policy] = store.properties("AWS::S3::BucketPolicy")

    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    [deny] = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_store_is_kept_when_its_stack_goes_unless_told_otherwise(store: Template) -> None:
    [bucket] = store.of_type("AWS::S3::Bucket")

    assert bucket["DeletionPolicy"] == "Retain"


def test_stores_are_found_by_name(platform: Template, capture: Template) -> None:
    assert platform.properties("AWS::S3::Bucket")[0]["BucketName"] == f"twinstage-evidence-{TWIN}-us-east-1"
    assert capture.properties("AWS::S3::Bucket")[0]["BucketName"] == f"twinstage-snapshots-{PRODUCTION}-us-east-1"


def test_the_capture_role_trusts_the_twin_account_with_the_external_id_for_an_hour(capture: Template) -> None:
    [role] = [r for r in capture.properties("AWS::IAM::Role") if r["RoleName"] == "twin-capture"]
    assume, tag = role["AssumeRolePolicyDocument"]["Statement"]

    assert role["MaxSessionDuration"] == 3600
    assert assume["Principal"] == tag["Principal"] == {"AWS": f"arn:aws:iam::{TWIN}:root"}
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": "tests-external-id"}}
    assert (assume["Action"], tag["Action"]) == ("sts:AssumeRole", "sts:TagSession")


def test_the_capture_role_reads_by_an_explicit_list_of_actions(capture: Template) -> None:
    actions = [a for role, s in capture.statements() if role == "twin-capture" for a in s["Action"]]

    assert not [action for action in actions if "*" in action]
    writes = [action for action in actions if not action.split(":")[1].startswith(READS)]
    assert writes == ["dynamodb:ExportTableToPointInTime"]


def test_the_capture_function_writes_to_the_snapshot_store_alone(capture: Template) -> None:
    store = f"arn:aws:s3:::twinstage-snapshots-{PRODUCTION}-us-east-1/*"

    puts = [
        s["Resource"]
        for role, s in capture.statements()
        if role == "twinstage-capture" and "s3:PutObject" in s["Action"]
    ]

    assert puts == [[store]]


def test_production_is_captured_daily_by_a_rule_that_waits_for_a_selection(capture: Template) -> None:
    [rule] = capture.properties("AWS::Events::Rule")
    [permission] = capture.properties("AWS::Lambda::Permission")

    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 day)", "DISABLED")
    assert json.loads(rule["Targets"][0]["Input"]) == {}
    assert (permission["Principal"], permission["SourceAccount"]) == ("events.amazonaws.com", PRODUCTION)
