"""A twin has production's shape, and nothing of it outlives its stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stacks.sample_twin import (
    CODE_PART,
    HEALTH_CHECK,
    PLANS,
    TWIN,
    Template,
    synthesize,
    write_snapshot,
    zone,
)
from twinstage.model.archive import zip_directory
from twinstage.model.canonical import sha256_hex
from twinstage.model.clones import clones_digest
from twinstage.model.manifest import Part, TableManifest, new_manifest
from twinstage.model.native_import import import_prefix
from twinstage_constructs.names import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.model.manifest import Manifest

ARMS = ("baseline", "candidate")


def named(twin: Template, resource_type: str, key: str) -> dict[str, dict[str, Any]]:
    return {properties[key]: properties for properties in twin.properties(resource_type)}


def test_zones_keep_productions_names(twin: Template) -> None:
    assert sorted(z["Name"] for z in twin.properties("AWS::Route53::HostedZone")) == [
        "example1.internal.",
        "example2.internal.",
    ]


def test_zones_keep_productions_comment_and_have_none_where_it_has_none(twin: Template) -> None:
    zones = named(twin, "AWS::Route53::HostedZone", "Name")

    assert zones["example1.internal."]["HostedZoneConfig"] == {"Comment": "a zone of production"}
    assert "HostedZoneConfig" not in zones["example2.internal."]


def test_a_zone_that_the_log_makes_stands_empty_and_only_whoever_may_change_zones_may_change_it(
    context: dict[str, str], tmp_path: Path
) -> None:
    given = {**context, "twinstage:spare_zones": "made.internal."}
    twin = synthesize(given, tmp_path / "out")["twinstage-twin-demo"]
    zones = named(twin, "AWS::Route53::HostedZone", "Name")
    made = zones["made.internal."]
    assert made["VPCs"] == zones["example1.internal."]["VPCs"]
    assert {"Key": "twinstage:production-zone", "Value": "made by the log"} in made["HostedZoneTags"]
    assert {"Key": "twinstage:run", "Value": "demo"} in made["HostedZoneTags"]
    changes = [
        (role, len(statement["Resource"]))
        for role, statement in twin.statements()
        if "route53:ChangeResourceRecordSets" in statement["Action"]
    ]
    assert {number for _, number in changes} == {3}
    assert not [s for _, s in twin.statements() if "route53:CreateHostedZone" in s["Action"]]
    assert told_of(twin) == made_of(context, spare_zones=["made.internal."])


def told_of(twin: Template) -> str:
    """By what Prepare knows what the twin is made of."""
    prepare = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-Prepare"]
    return str(prepare["Environment"]["Variables"]["TWIN_CLONES"])


def made_of(context: dict[str, str], spare_zones: Sequence[str] = ()) -> str:
    candidate = json.loads(context["twinstage:candidate"])
    return clones_digest(
        ("baseline", "candidate"),
        {name: sha256_hex(zip_directory(Path(spec["code"]))) for name, spec in candidate.items()},
        candidate,
        ["LOG_LEVEL"],
        stress="",
        spare_zones=spare_zones,
        shaped_tables=["dns-plans"],
    )


def test_a_twin_says_what_it_is_made_of_as_a_publication_says_what_it_must_be(
    twin: Template, context: dict[str, str]
) -> None:
    assert told_of(twin) == made_of(context)


def test_zones_tell_whose_twin_they_are(twin: Template) -> None:
    first = named(twin, "AWS::Route53::HostedZone", "Name")["example1.internal."]

    assert {"Key": "twinstage:production-zone", "Value": zone(1).id} in first["HostedZoneTags"]
    assert {"Key": "twinstage:run", "Value": "demo"} in first["HostedZoneTags"]


def test_a_health_check_of_the_twin_is_always_healthy_asks_nobody_and_tells_which_it_stands_for(twin: Template) -> None:
    [check] = twin.properties("AWS::Route53::HealthCheck")

    assert check["HealthCheckConfig"] == {"Type": "CALCULATED", "HealthThreshold": 0, "ChildHealthChecks": []}
    assert {"Key": "twinstage:production-health-check", "Value": HEALTH_CHECK.id} in check["HealthCheckTags"]
    assert {"Key": "twinstage:run", "Value": "demo"} in check["HealthCheckTags"]


def test_an_environment_that_names_a_health_check_of_production_names_the_twins(twin: Template) -> None:
    enactor = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-baseline-enactor"]

    assert list(enactor["Environment"]["Variables"]["HEALTH_CHECK"]) == ["Fn::GetAtt"]


def test_a_table_of_many_items_is_imported_from_the_evidence_store(
    context: dict[str, str], manifest: Manifest, tmp_path: Path
) -> None:
    large = TableManifest("large", PLANS.schema, 3, (Part("a" * 64, 1, 2, 0), Part("b" * 64, 1, 1, 1)), 1)
    shape = {name: value for name, value in PLANS.schema.items() if name != "GlobalSecondaryIndexes"}
    local = {"LocalSecondaryIndexes": PLANS.schema["GlobalSecondaryIndexes"]}
    with_local = TableManifest("with-local", shape | local, 3, large.parts, 1)
    captured = new_manifest(
        manifest.captured, "tests", manifest.zones, [PLANS, large, with_local], (), health_checks=manifest.health_checks
    )
    given = {**context, **write_snapshot(tmp_path, captured), "twinstage:import_items": "3"}
    given.pop("twinstage:candidate")

    tables = named(synthesize(given, tmp_path / "out")["twinstage-twin-demo"], "AWS::DynamoDB::Table", "TableName")

    for arm in ARMS:
        assert tables[f"twin-demo-{arm}-large"]["ImportSourceSpecification"] == {
            "S3BucketSource": {"S3Bucket": f"twinstage-evidence-{TWIN}-us-east-1", "S3KeyPrefix": import_prefix(large)},
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
        }
        for name in ("dns-plans", "with-local"):
            assert "ImportSourceSpecification" not in tables[f"twin-demo-{arm}-{name}"]


def test_no_table_is_imported_unless_it_is_asked_for(twin: Template) -> None:
    assert all("ImportSourceSpecification" not in table for table in twin.properties("AWS::DynamoDB::Table"))


@pytest.mark.parametrize("arm", ARMS)
def test_tables_have_productions_keys_indexes_stream_and_expiry(arm: str, twin: Template, manifest: Manifest) -> None:
    table = named(twin, "AWS::DynamoDB::Table", "TableName")[f"twin-demo-{arm}-dns-plans"]
    shape = manifest.tables[0].schema

    assert table["KeySchema"] == shape["KeySchema"]
    assert table["AttributeDefinitions"] == shape["AttributeDefinitions"]
    assert table["GlobalSecondaryIndexes"] == shape["GlobalSecondaryIndexes"]
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_tables_are_on_demand_and_without_recovery_unless_production_has_it(twin: Template) -> None:
    for table in twin.properties("AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert "PointInTimeRecoverySpecification" not in table


def test_a_clone_runs_as_in_production_but_recorded(twin: Template) -> None:
    clone = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-baseline-enactor"]

    assert (clone["Runtime"], clone["MemorySize"], clone["Timeout"]) == ("python3.12", 256, 30)
    assert clone["Handler"] == "twinstage_recorder.handler"
    assert clone["Environment"]["Variables"]["TWINSTAGE_HANDLER"] == "index.handler"
    assert (clone["Architectures"], clone["EphemeralStorage"]) == (["x86_64"], {"Size": 512})
    assert "ReservedConcurrentExecutions" not in clone
    assert len(clone["Layers"]) == 1


def test_a_clone_has_productions_processor_and_storage_and_stands_in_no_vpc(twin: Template) -> None:
    clone = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-baseline-planner"]

    assert (clone["Architectures"], clone["EphemeralStorage"]) == (["arm64"], {"Size": 1024})
    assert "VpcConfig" not in clone


def test_processor_and_reserved_concurrency_of_clones_can_be_set(context: dict[str, str], tmp_path: Path) -> None:
    given = {**context, "twinstage:clone_architecture": "x86_64", "twinstage:clone_concurrency": "5"}

    functions = named(synthesize(given, tmp_path)["twinstage-twin-demo"], "AWS::Lambda::Function", "FunctionName")

    for arm in ARMS:
        clone = functions[f"twin-demo-{arm}-planner"]
        assert (clone["Architectures"], clone["ReservedConcurrentExecutions"]) == (["x86_64"], 5)
    assert "ReservedConcurrentExecutions" not in functions["twin-demo-Replay"]


def test_a_clone_runs_productions_own_bytes_except_where_the_candidate_changes_them(twin: Template) -> None:
    functions = named(twin, "AWS::Lambda::Function", "FunctionName")
    keys = {
        name: functions[f"twin-demo-{name}"]["Code"]["S3Key"]
        for name in (f"{a}-{f}" for a in ARMS for f in ("enactor", "planner"))
    }

    snapshots = f"{CODE_PART.sha256}.zip"
    assert (keys["baseline-enactor"], keys["baseline-planner"], keys["candidate-planner"]) == (snapshots,) * 3
    assert keys["candidate-enactor"] != snapshots


@pytest.mark.parametrize("arm", ARMS)
def test_environments_are_rewritten_to_their_arm_and_secrets_withheld(arm: str, twin: Template) -> None:
    functions = named(twin, "AWS::Lambda::Function", "FunctionName")
    variables = functions[f"twin-demo-{arm}-enactor"]["Environment"]["Variables"]

    assert variables["PLAN_TABLE"] == f"twin-demo-{arm}-dns-plans"
    assert list(variables["ZONE_ID"]) == ["Fn::GetAtt"]
    assert variables["ZONE_NAME"] == "example1.internal"
    assert variables["PEER"] == f"twin-demo-{arm}-planner"
    assert variables["LOG_LEVEL"] == "INFO"
    assert variables["API_KEY"] == "withheld-by-twinstage"


def test_an_arn_of_production_becomes_one_of_the_twin(twin: Template) -> None:
    planner = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-baseline-planner"]

    table = planner["Environment"]["Variables"]["PLAN_TABLE"]

    assert table == f"arn:aws:dynamodb:us-east-1:{TWIN}:table/twin-demo-baseline-dns-plans"


def test_a_candidate_has_the_memory_and_the_timeout_of_its_change(twin: Template) -> None:
    functions = named(twin, "AWS::Lambda::Function", "FunctionName")
    settings = {arm: functions[f"twin-demo-{arm}-enactor"] for arm in ARMS}

    assert (settings["candidate"]["MemorySize"], settings["candidate"]["Timeout"]) == (768, 45)
    assert (settings["baseline"]["MemorySize"], settings["baseline"]["Timeout"]) != (768, 45)


def test_what_the_candidate_adds_to_its_environment_is_kept_and_rewritten(twin: Template) -> None:
    functions = named(twin, "AWS::Lambda::Function", "FunctionName")
    candidate = functions["twin-demo-candidate-enactor"]["Environment"]["Variables"]

    assert (candidate["FIX"], candidate["MODE"]) == ("twin-demo-candidate-dns-plans", "cas")
    assert "MODE" not in functions["twin-demo-baseline-enactor"]["Environment"]["Variables"]


def test_every_state_has_its_function_and_its_own_role(twin: Template) -> None:
    functions = named(twin, "AWS::Lambda::Function", "FunctionName")
    roles = named(twin, "AWS::IAM::Role", "RoleName")

    for state, module in STAGES.items():
        assert functions[f"twin-demo-{state}"]["Handler"] == f"twinstage.handlers.{module}.handler"
        assert f"twin-demo-{state}" in roles


def test_every_stage_is_told_where_it_is(twin: Template) -> None:
    variables = named(twin, "AWS::Lambda::Function", "FunctionName")["twin-demo-Replay"]["Environment"]["Variables"]

    assert variables.pop("VPC_ID").keys() == {"Ref"}
    assert variables == {
        "EVIDENCE_BUCKET": f"twinstage-evidence-{TWIN}-us-east-1",
        "LEDGER_TABLE": "twin-demo-ledger",
        "POWERTOOLS_SERVICE_NAME": "twinstage",
        "TWIN_RUN": "demo",
    }


def test_nothing_outlives_the_stack(twin: Template) -> None:
    kept = [
        (name, resource["Type"])
        for name, resource in twin.document["Resources"].items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
        or resource.get("UpdateReplacePolicy", "Delete") != "Delete"
    ]
    explicit = [r for t in ("AWS::DynamoDB::Table", "AWS::Logs::LogGroup") for r in twin.of_type(t)]

    assert kept == []
    assert {resource.get("DeletionPolicy") for resource in explicit} == {"Delete"}


def test_every_function_has_a_log_group_that_goes_with_the_stack(twin: Template) -> None:
    groups = {group["LogGroupName"] for group in twin.properties("AWS::Logs::LogGroup")}

    assert groups == {
        *(f"/aws/lambda/{f['FunctionName']}" for f in twin.properties("AWS::Lambda::Function")),
        "/aws/vendedlogs/states/twin-demo",
    }


def test_whatever_takes_tags_tells_its_run_and_its_time_to_live(twin: Template) -> None:
    expected = [{"Key": "twinstage:run", "Value": "demo"}, {"Key": "twinstage:ttl-hours", "Value": "4"}]

    for resource_type in (
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
        "AWS::EC2::VPC",
        "AWS::StepFunctions::StateMachine",
    ):
        for properties in twin.properties(resource_type):
            assert [tag for tag in properties["Tags"] if tag["Key"].startswith("twinstage:")] == expected


def test_the_outputs_are_what_a_rehearsal_starts_from(twin: Template) -> None:
    outputs = twin.document["Outputs"]

    assert set(outputs) == {"StateMachineArn", "EvidenceBucket", "VpcId"}
    assert outputs["EvidenceBucket"]["Value"] == f"twinstage-evidence-{TWIN}-us-east-1"


def test_no_secret_of_production_is_anywhere_in_the_template(twin: Template) -> None:
    assert "s3cret" not in json.dumps(twin.document)
