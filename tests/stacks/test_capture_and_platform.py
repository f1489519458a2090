"""The two stacks that stay: the edge to production reads and nothing more; the stores are private."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.stacks.sample_twin import PRODUCTION, TWIN, Template, synthesize

if TYPE_CHECKING:
    from pathlib import Path


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


def test_runs_exports_and_copies_to_import_from_go_and_everything_else_stays(
    platform: Template, capture: Template
) -> None:
    def expiring(store: Template) -> dict[str, int]:
        rules = store.properties("AWS::S3::Bucket")[0]["LifecycleConfiguration"]["Rules"]
        return {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}

    assert expiring(platform) == {"runs/": 90, "imports/": 7}
    assert expiring(capture) == {"exports/": 90}


def test_stores_are_found_by_name(platform: Template, capture: Template) -> None:
    assert platform.properties("AWS::S3::Bucket")[0]["BucketName"] == f"twinstage-evidence-{TWIN}-us-east-1"
    assert capture.properties("AWS::S3::Bucket")[0]["BucketName"] == f"twinstage-snapshots-{PRODUCTION}-us-east-1"


def test_the_capture_role_trusts_the_twin_account_with_the_external_id_for_an_hour(capture: Template) -> None:
    [role] = [r for r in capture.properties("AWS::IAM::Role") if r["RoleName"] == "twin-capture"]
    assume, tag = role["AssumeRolePolicyDocument"]["Statement"]

    assert role["MaxSessionDuration"] == 3600
    assert assume["Principal"] == tag["Principal"] == {"AWS": f"arn:aws:iam::{TWIN}:root"}
    tagged = {"StringLike": {"aws:RequestTag/twinstage:run": "*"}}
    assert assume["Condition"] == {"StringEquals": {"sts:ExternalId": "tests-external-id"}, **tagged}
    assert tag["Condition"] == tagged
    assert (assume["Action"], tag["Action"]) == ("sts:AssumeRole", "sts:TagSession")


def reads(template: Template) -> dict[str, dict[str, list[str]]]:
    """Role -> action -> the resources it is allowed on, writing to its own log and the store left out."""
    found: dict[str, dict[str, list[str]]] = {"twin-capture": {}, "twinstage-capture": {}}
    for role, statement in template.statements():
        for action in statement["Action"]:
            if not action.startswith(("logs:", "s3:")):
                found[role].setdefault(action, []).extend(statement["Resource"])
    return found


def test_capture_reads_by_an_explicit_list_of_actions_and_writes_nothing(capture: Template) -> None:
    for actions in reads(capture).values():
        assert set(actions) == {
            "dynamodb:DescribeContinuousBackups",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:ListTagsOfResource",
            "dynamodb:Scan",
            "lambda:GetFunction",
            "lambda:ListAliases",
            "lambda:ListFunctionEventInvokeConfigs",
            "lambda:ListProvisionedConcurrencyConfigs",
            "lambda:ListVersionsByFunction",
            "route53:GetHealthCheck",
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResource",
        }


def test_without_a_selection_capture_reads_the_tables_and_functions_of_its_account(capture: Template) -> None:
    for actions in reads(capture).values():
        assert actions["dynamodb:Scan"] == [f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/*"]
        assert actions["lambda:GetFunction"] == [f"arn:aws:lambda:us-east-1:{PRODUCTION}:function:*"]


def test_with_a_selection_capture_reads_that_alone(context: dict[str, str], tmp_path: Path) -> None:
    given = {**context, "twinstage:capture": json.dumps({"tables": ["plans"], "functions": ["enactor", "planner"]})}

    template = synthesize(given, tmp_path)["twinstage-capture"]

    for actions in reads(template).values():
        assert actions["dynamodb:Scan"] == [f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/plans"]
        assert actions["lambda:GetFunction"] == [
            f"arn:aws:lambda:us-east-1:{PRODUCTION}:function:{name}"
            for name in ("enactor", "enactor:*", "planner", "planner:*")
        ]
        assert not [action for action in actions if action.startswith("route53:")]


def test_zones_are_read_by_any_id_once_a_zone_is_selected(context: dict[str, str], tmp_path: Path) -> None:
    given = {**context, "twinstage:capture": json.dumps({"zones": ["example.com."]})}

    for actions in reads(synthesize(given, tmp_path)["twinstage-capture"]).values():
        zones, checks = "arn:aws:route53:::hostedzone/*", "arn:aws:route53:::healthcheck/*"
        assert actions == {
            "route53:ListHostedZones": ["*"],
            "route53:GetHostedZone": [zones],
            "route53:ListResourceRecordSets": [zones],
            "route53:GetHealthCheck": [checks],
            "route53:ListTagsForResource": [zones, checks],
        }


def test_exports_masks_and_signatures_are_granted_where_the_settings_ask_for_them_alone(
    capture: Template, context: dict[str, str], tmp_path: Path
) -> None:
    secret = f"arn:aws:secretsmanager:us-east-1:{PRODUCTION}:secret:mask-AbCdEf"
    key = f"arn:aws:kms:us-east-1:{PRODUCTION}:key/1234-abcd"
    options = {"items": "export", "masking": {"rules": [{"table": "plans", "path": "email"}]}, "mask_key": secret}
    given = {
        **context,
        "twinstage:capture": json.dumps({"tables": ["plans"]}),
        "twinstage:capture_options": json.dumps(options),
        "twinstage:snapshot_key": key,
    }

    template = synthesize(given, tmp_path)["twinstage-capture"]

    extra = {
        "dynamodb:ExportTableToPointInTime": [f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/plans"],
        "dynamodb:DescribeExport": [f"arn:aws:dynamodb:us-east-1:{PRODUCTION}:table/plans/export/*"],
        "secretsmanager:GetSecretValue": [secret],
        "kms:GetPublicKey": [key],
        "kms:Sign": [key],
    }
    granted = reads(template)
    assert granted["twinstage-capture"].items() >= extra.items()
    assert not granted["twin-capture"].keys() & extra.keys()
    assert not any(actions.keys() & extra.keys() for actions in reads(capture).values())
    [rule] = template.properties("AWS::Events::Rule")
    assert json.loads(rule["Targets"][0]["Input"]) == {"tables": ["plans"], **options}
    [function] = template.properties("AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["SNAPSHOT_KEY"] == key


def test_whoever_fetches_masked_snapshots_reads_neither_production_nor_its_exports(
    capture: Template, context: dict[str, str], tmp_path: Path
) -> None:
    secret = f"arn:aws:secretsmanager:us-east-1:{PRODUCTION}:secret:mask-AbCdEf"
    options = {"masking": {"rules": [{"table": "plans", "path": "email"}]}, "mask_key": secret}
    given = {
        **context,
        "twinstage:capture": json.dumps({"tables": ["plans"]}),
        "twinstage:capture_options": json.dumps(options),
    }

    masked = synthesize(given, tmp_path)["twinstage-capture"]

    assert not reads(masked).get("twin-capture")
    for template in (masked, capture):
        [role] = [each for each in template.properties("AWS::IAM::Role") if each.get("RoleName") == "twin-capture"]
        [policy] = role["Policies"]
        fetched = [s["Resource"] for s in policy["PolicyDocument"]["Statement"] if "s3:GetObject" in s["Action"]]
        assert [place.rpartition(":::")[2].partition("/")[2] for place in fetched[0]] == ["objects/*", "snapshots/*"]


def test_what_is_captured_passes_through_storage_that_is_large_enough(capture: Template) -> None:
    [function] = capture.properties("AWS::Lambda::Function")

    assert function["EphemeralStorage"] == {"Size": 10240}


def test_named_keys_may_be_used_through_dynamodb_and_lambda_alone(
    capture: Template, context: dict[str, str], tmp_path: Path
) -> None:
    key = f"arn:aws:kms:us-east-1:{PRODUCTION}:key/1234-abcd"

    template = synthesize({**context, "twinstage:kms_keys": key}, tmp_path)["twinstage-capture"]

    granted = {role: statement for role, statement in template.statements() if "kms:Decrypt" in statement["Action"]}
    assert set(granted) == {"twin-capture", "twinstage-capture"}
    for statement in granted.values():
        assert statement["Resource"] == [key]
        services = ["dynamodb.us-east-1.amazonaws.com", "lambda.us-east-1.amazonaws.com"]
        assert statement["Condition"] == {"StringEquals": {"kms:ViaService": services}}
    assert not [s for _, s in capture.statements() if "kms:Decrypt" in s["Action"]]


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
