"""The twin of a data product as it is synthesized: what it holds, what its roles may do, and that the audit finds whatever leads out of it."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.stacks.sample_twin import CODE_PART, PRODUCTION, REGION, TWIN, Template, function, synthesize, write_snapshot
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.template import read_template
from twinstage.model.errors import InputError
from twinstage.model.manifest import TableManifest, new_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MACHINE, ROLE = "twin-demo", "twin-demo-machine"
DEFINITION = {
    "StartAt": "Validate",
    "States": {
        "Validate": {
            "Type": "Task",
            "Comment": "see https://example.org/why",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Validate}", "Payload.$": "$"},
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Store",
                "States": {
                    "Store": {
                        "Type": "Task",
                        "Resource": f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:store",
                        "End": True,
                    }
                },
            },
            "Next": "Close",
        },
        "Close": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": "batches", "Item": {"id": {"S.$": "$.id"}}},
            "End": True,
        },
    },
}


def table(name: str) -> TableManifest:
    keys = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return TableManifest(name, keys, 0, ())


def context(folder: Path, definition: dict[str, Any] | None) -> dict[str, str]:
    functions = [function("validate", {"ORDERS": "orders"}), function("store", {"ORDERS": "orders", "SECRET": "hush"})]
    captured = {"at": "2026-01-01T00:00:00Z", "account": PRODUCTION, "region": REGION}
    manifest = new_manifest(captured, "tests", [], [table("orders"), table("batches")], functions)
    assert all(each.code == CODE_PART for each in functions)
    source: dict[str, Any] = {
        "schema": "twinstage:data_twin_source:1",
        "product": {"id": "1", "name": "orders", "version": "1.2.0"},
    }
    if definition is not None:
        placeholders = {"Validate": "validate"}
        source["pipeline"] = {"file": "flow.asl.json", "definition": definition, "placeholders": placeholders}
    (folder / "data-product.json").write_text(json.dumps(source))
    (folder / "bundle").mkdir()
    return {
        **write_snapshot(folder, manifest),
        "twinstage:run": "demo",
        "twinstage:data_product": str(folder / "data-product.json"),
        "twinstage:twin_account": TWIN,
        "twinstage:production_account": PRODUCTION,
        "twinstage:region": REGION,
        "twinstage:bundle": str(folder / "bundle"),
        "twinstage:recorder": str(folder / "bundle"),
    }


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Template:
    templates = synthesize(context(tmp_path_factory.mktemp("product"), DEFINITION), tmp_path_factory.mktemp("out"))
    return templates["twinstage-twin-demo"]


def machine(template: Template) -> dict[str, Any]:
    [found] = template.properties("AWS::StepFunctions::StateMachine")
    return found


def codes(document: dict[str, Any]) -> set[str]:
    report = audit([read_template("data-twin.json", document)], clock=time.process_time)
    return {violation.rule.code for violation in report.violations}


def test_it_holds_tables_functions_and_a_machine_and_no_network(twin: Template) -> None:
    assert twin.types == {
        "AWS::DynamoDB::Table",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::StepFunctions::StateMachine",
    }
    assert twin.document["Metadata"]["Twinstage"]["Stack"] == "data-twin"


def test_everything_is_named_after_the_run_and_goes_with_the_stack(twin: Template) -> None:
    tables = {held["TableName"] for held in twin.properties("AWS::DynamoDB::Table")}
    functions = {held["FunctionName"] for held in twin.properties("AWS::Lambda::Function")}

    assert tables == {"twin-demo-baseline-orders", "twin-demo-baseline-batches"}
    assert functions == {"twin-demo-baseline-validate", "twin-demo-baseline-store"}
    assert machine(twin)["StateMachineName"] == MACHINE
    assert {r.get("DeletionPolicy", "Delete") for r in twin.document["Resources"].values()} == {"Delete"}


def test_functions_run_their_own_handler_and_answer_as_they_are_so_that_the_machine_understands_them(
    twin: Template,
) -> None:
    for held in twin.properties("AWS::Lambda::Function"):
        assert held["Handler"] == "index.handler"
        assert "Layers" not in held
        variables = held["Environment"]["Variables"]
        assert variables["ORDERS"] == "twin-demo-baseline-orders"
        assert variables.get("SECRET", "withheld-by-twinstage") == "withheld-by-twinstage"


def test_the_definition_names_the_twins_tables_and_its_functions_by_placeholder(twin: Template) -> None:
    text = machine(twin)["DefinitionString"]
    states = json.loads(text)["States"]

    assert "arn:aws:lambda" not in text
    assert "https" not in text
    assert states["Close"]["Parameters"]["TableName"] == "twin-demo-baseline-batches"
    assert states["Validate"]["Parameters"]["FunctionName"] == "${validateFunction}"
    assert states["Each"]["ItemProcessor"]["States"]["Store"]["Resource"] == "${storeFunction}"
    assert set(machine(twin)["DefinitionSubstitutions"]) == {"validateFunction", "storeFunction"}


def test_the_machines_role_calls_these_functions_and_puts_into_this_table_and_no_more(twin: Template) -> None:
    allowed = {
        action: statement["Resource"]
        for role, statement in twin.statements()
        if role == ROLE
        for action in statement["Action"]
        if not action.startswith(("logs:", "xray:"))
    }

    assert set(allowed) == {"lambda:InvokeFunction", "dynamodb:PutItem"}
    assert len(allowed["lambda:InvokeFunction"]) == 2
    assert allowed["dynamodb:PutItem"] == [f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-demo-baseline-batches"]


def test_every_role_has_the_runs_boundary(twin: Template) -> None:
    assert all("PermissionsBoundary" in held for held in twin.properties("AWS::IAM::Role"))


def test_the_audit_finds_nothing_in_it(twin: Template) -> None:
    assert codes(twin.document) == set()


def test_a_product_without_a_pipeline_has_tables_and_functions_alone(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    bare = synthesize(context(tmp_path / "given", None), tmp_path / "out")["twinstage-twin-demo"]

    assert "AWS::StepFunctions::StateMachine" not in bare.types
    assert codes(bare.document) == set()


def test_a_pipeline_that_leads_out_is_not_synthesized(tmp_path: Path) -> None:
    leaking = copy.deepcopy(DEFINITION)
    leaking["States"]["Close"]["Resource"] = "arn:aws:states:::sqs:sendMessage"  # type: ignore[index]  # a plain document
    (tmp_path / "given").mkdir()

    with pytest.raises(InputError, match=r"flow\.asl\.json at /States/Close/Resource: .*sqs"):
        synthesize(context(tmp_path / "given", leaking), tmp_path / "out")


def _definition(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    def leak(resources: dict[str, Any]) -> None:
        held = _of(resources, "AWS::StepFunctions::StateMachine")[0]
        definition = json.loads(held["DefinitionString"])
        change(definition["States"])
        held["DefinitionString"] = json.dumps(definition)

    return leak


def _of(resources: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]


def _grant(role: str, action: str, resource: str) -> Callable[[dict[str, Any]], None]:
    def leak(resources: dict[str, Any]) -> None:
        held = next(each for each in _of(resources, "AWS::IAM::Role") if each["RoleName"] == role)
        statements = held["Policies"][0]["PolicyDocument"]["Statement"]
        statements.append({"Effect": "Allow", "Action": [action], "Resource": [resource]})

    return leak


def _substitute(resources: dict[str, Any]) -> None:
    held = _of(resources, "AWS::StepFunctions::StateMachine")[0]
    held["DefinitionSubstitutions"]["storeFunction"] = f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:store"


def _network(resources: dict[str, Any]) -> None:
    resources["Vpc"] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True}}


def _without_boundary(resources: dict[str, Any]) -> None:
    for held in _of(resources, "AWS::IAM::Role"):
        held.pop("PermissionsBoundary", None)


PRODUCTIONS = f"arn:aws:dynamodb:{REGION}:{PRODUCTION}:table/orders"
LEAKS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "a task calls a queue": (
        _definition(lambda s: s["Close"].update(Resource="arn:aws:states:::sqs:sendMessage")),
        "TWA023",
    ),
    "a task calls production's function": (
        _definition(lambda s: s["Validate"]["Parameters"].update(FunctionName=f"{PRODUCTION}:function:validate")),
        "TWA023",
    ),
    "a task chooses its function at run time": (
        _definition(lambda s: s["Validate"]["Parameters"].update({"FunctionName.$": "$.function"})),
        "TWA023",
    ),
    "a task writes into another table": (
        _definition(lambda s: s["Close"]["Parameters"].update(TableName="orders")),
        "TWA023",
    ),
    "a task chooses its table at run time": (
        _definition(lambda s: s["Close"]["Parameters"].update({"TableName.$": "$.table"})),
        "TWA023",
    ),
    "a state acts with another role": (
        _definition(lambda s: s["Close"].update(Credentials={"RoleArn.$": "$.role"})),
        "TWA023",
    ),
    "a map reads a bucket": (
        _definition(lambda s: s["Each"].update(ItemReader={"Resource": "arn:aws:states:::s3:getObject"})),
        "TWA023",
    ),
    "a payload names production": (
        _definition(lambda s: s["Validate"]["Parameters"].update(Payload={"table": PRODUCTIONS})),
        "TWA023",
    ),
    "a placeholder stands for production's function": (_substitute, "TWA023"),
    "the machine may write production's table": (_grant(ROLE, "dynamodb:PutItem", PRODUCTIONS), "TWA013"),
    "the machine may read evidence": (_grant(ROLE, "s3:GetObject", "arn:aws:s3:::twinstage-evidence-*/*"), "TWA013"),
    "a function may start the machine": (
        _grant(
            "twin-demo-baseline-store",
            "states:StartExecution",
            f"arn:aws:states:{REGION}:{TWIN}:stateMachine:twin-demo",
        ),
        "TWA013",
    ),
    "it has a network": (_network, "TWA001"),
    "a role has no boundary": (_without_boundary, "TWA011"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_the_audit_finds(name: str, twin: Template) -> None:
    leak, code = LEAKS[name]
    document = copy.deepcopy(twin.document)
    leak(document["Resources"])

    assert code in codes(document)
