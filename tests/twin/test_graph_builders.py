"""What each source says of what touches what: snapshots, contracts, state machines, templates."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.lineage_parts import manifest
from tests.twin.pipelines_data import files, needs_data
from twinstage.model.captured import FunctionManifest, Part, TableManifest, ZoneManifest
from twinstage.model.data_product import Column, DataProduct, ProductTable, QualityRule, Server, ServiceLevel
from twinstage.model.errors import InputError
from twinstage.model.graph import Graph, merge
from twinstage.model.manifest import new_manifest
from twinstage.twin.graph.build import TwinSources, build, machine_definition
from twinstage.twin.graph.from_product import from_product
from twinstage.twin.graph.from_snapshot import from_snapshot
from twinstage.twin.graph.from_state_machine import from_state_machine
from twinstage.twin.graph.from_template import from_template
from twinstage.twin.graph.impact import impact

PART = Part("0" * 64, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "Task", "${X}", "{% $x %}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Type", "Next", "States", "Resource", "Choices", "Branches", "Iterator", "Ref", "Fn::Sub"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


def edges(graph: Graph, *kinds: str) -> set[tuple[str, str, str]]:
    return {edge.key for edge in graph.edges if not kinds or edge.kind in kinds}


def unresolved(graph: Graph) -> set[str]:
    return {node.id for node in graph.nodes if not node.resolved}


def record(name: str, kind: str, *values: str, **more: Any) -> dict[str, Any]:
    told = {"TTL": 60, "ResourceRecords": [{"Value": value} for value in values]} if values else {}
    return {"Name": name, "Type": kind, **told, **more}


def snapshot(records: dict[str, list[dict[str, Any]]], **environment: str) -> Graph:
    function = FunctionManifest("worker", {"Runtime": "python3.12", "Environment": environment}, PART)
    manifest = new_manifest(
        {"at": "2026-01-01T00:00:00Z", "account": "1" * 12, "region": "us-east-1"},
        "tests",
        [ZoneManifest(zone, f"{zone.lower()}.test.", False, 1, PART) for zone in records],
        [TableManifest("plans", {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}]}, 0, ())],
        [function, FunctionManifest("other", {"Runtime": "python3.12"}, PART)],
    )
    return from_snapshot(manifest, records)


def test_alias_and_cname_chains_resolve_through_records_wildcards_and_zones() -> None:
    found = snapshot(
        {
            "ZA": [
                record("www.za.test.", "CNAME", "api.za.test"),
                record("api.za.test.", "A", AliasTarget={"HostedZoneId": "ZB", "DNSName": "lb.zb.test."}),
                record("x.za.test.", "CNAME", "anything.wild.za.test."),
                record("*.wild.za.test.", "A", "192.0.2.1"),
            ],
            "ZB": [record("lb.zb.test.", "A", "192.0.2.1"), record("lb.zb.test.", "TXT", '"x"')],
        }
    )
    assert edges(found, "resolves-to") == {
        ("record:ZA|www.za.test. CNAME", "resolves-to", "record:ZA|api.za.test. A"),
        ("record:ZA|api.za.test. A", "resolves-to", "record:ZB|lb.zb.test. A"),
        ("record:ZA|x.za.test. CNAME", "resolves-to", "record:ZA|\\052.wild.za.test. A"),
    }
    assert unresolved(found) == set()
    reached = {each.node for each in impact(found, ["record:ZB|lb.zb.test. A"]).affected}
    assert "record:ZA|www.za.test. CNAME" in reached


def test_a_name_that_dangles_or_lies_beyond_the_snapshot_is_unresolved() -> None:
    found = snapshot(
        {
            "ZA": [
                record("a.za.test.", "CNAME", "gone.za.test."),
                record("b.za.test.", "CNAME", "elsewhere.example."),
                record("c.za.test.", "A", AliasTarget={"HostedZoneId": "ZELB", "DNSName": "lb.aws.example."}),
                record("d.za.test.", "A", AliasTarget={"HostedZoneId": "ZA", "DNSName": "a.za.test."}),
            ]
        }
    )
    assert unresolved(found) == {
        "record:ZA|gone.za.test.",
        "resource:dns|elsewhere.example.",
        "resource:dns|lb.aws.example.",
    }
    assert ("record:ZA|a.za.test. CNAME", "resolves-to", "record:ZA|gone.za.test.") in edges(found)


def test_a_function_uses_what_its_environment_names() -> None:
    found = snapshot(
        {"ZA": [record("api.za.test.", "A", "192.0.2.1")]},
        PLAN_TABLE="plans",
        ENDPOINTS="za.test=ZA,api.za.test",
        URL="https://api.za.test:8443/v1",
        OLD="arn:aws:dynamodb:us-east-1:1:table/gone",
        NEXT="other",
        PLAIN="nothing of the kind",
    )
    assert edges(found, "reads") == {
        ("function:worker", "reads", "table:dynamodb|plans"),
        ("function:worker", "reads", "zone:ZA|za.test."),
        ("function:worker", "reads", "record:ZA|api.za.test. A"),
        ("function:worker", "reads", "table:dynamodb|gone"),
    }
    assert ("function:worker", "invokes", "function:other") in edges(found)
    assert unresolved(found) == {"table:dynamodb|gone"}
    result = impact(found, ["function:worker"])
    assert "table:dynamodb|plans" in result.possibly, "it may write there"


def product(**changed: Any) -> DataProduct:
    columns = (Column("id", "id"), Column("total", "total", sources=("raw",)))
    rule = QualityRule("not-empty", "library", column="total", metric="nullValues")
    table = ProductTable("orders", "shop.orders", columns=columns, quality=(rule,))
    given: dict[str, Any] = {
        "tables": (table, ProductTable("raw")),
        "service_levels": (ServiceLevel("freshness", 1, "d", element="orders.total"), ServiceLevel("availability")),
    }
    return DataProduct("p1", "Orders", "1.0.0", "active", "sales", "odcs", "3.1.0", **(given | changed))


def test_a_contract_is_a_product_with_tables_columns_checks_and_promises() -> None:
    found = from_product(product(), "orders.odcs.yaml")
    assert edges(found) == {
        ("owner:sales", "owns", "data-product:p1"),
        ("data-product:p1", "contains", "table:p1|orders"),
        ("data-product:p1", "contains", "table:p1|raw"),
        ("table:p1|orders", "contains", "column:p1|orders|id"),
        ("table:p1|orders", "contains", "column:p1|orders|total"),
        ("table:p1|raw", "feeds", "column:p1|orders|total"),
        ("check:p1|orders|total|not-empty", "reads", "column:p1|orders|total"),
        ("service-level:p1|freshness orders.total", "reads", "column:p1|orders|total"),
        ("service-level:p1|availability", "reads", "data-product:p1"),
    }
    assert unresolved(found) == set()


def test_a_change_of_a_column_comes_to_its_checks_its_promises_and_its_product() -> None:
    found = from_product(product(), "c")
    result = impact(found, ["column:p1|orders|total"], columns=True)
    assert {each.node for each in result.affected} == {
        "check:p1|orders|total|not-empty",
        "service-level:p1|freshness orders.total",
        "service-level:p1|availability",
        "data-product:p1",
    }
    assert result.owners == ("owner:sales",)
    other = impact(found, ["column:p1|orders|id"], columns=True)
    assert "check:p1|orders|total|not-empty" not in {*other.possibly, *(each.node for each in other.affected)}


def test_a_contract_of_tables_in_dynamodb_is_of_those_very_tables() -> None:
    found = from_product(product(servers=(Server("prod", "dynamodb"),)), "c")
    assert "table:dynamodb|shop.orders" in found.by_id


MACHINE: dict[str, Any] = {
    "StartAt": "Load",
    "States": {
        "Load": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Loader}"},
            "Next": "Each",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Tell"}],
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Put",
                "States": {
                    "Put": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::dynamodb:putItem",
                        "Parameters": {"TableName": "orders"},
                        "End": True,
                    }
                },
            },
            "Next": "Nested",
        },
        "Nested": {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn.$": "$.machine"},
            "End": True,
        },
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/failed"},
            "End": True,
        },
    },
}


def test_a_machine_contains_its_states_which_feed_each_other_and_use_what_they_name() -> None:
    found = from_state_machine(MACHINE, "flow", "flow.asl.json")
    stage = "stage:states|flow|"
    assert edges(found, "feeds") == {
        (f"{stage}Load", "feeds", f"{stage}Each"),
        (f"{stage}Load", "feeds", f"{stage}Tell"),
        (f"{stage}Each", "feeds", f"{stage}Put"),
        (f"{stage}Each", "feeds", f"{stage}Nested"),
    }
    assert edges(found, "contains") >= {(f"{stage}Each", "contains", f"{stage}Put")}
    assert edges(found, "invokes", "writes", "reads") == {
        (f"{stage}Load", "invokes", "function:states|flow|${Loader}"),
        (f"{stage}Put", "writes", "table:dynamodb|orders"),
        (f"{stage}Nested", "invokes", "pipeline:states|flow|$.machine"),
        (f"{stage}Tell", "writes", "resource:sqs|failed"),
    }
    assert unresolved(found) >= {"function:states|flow|${Loader}", "pipeline:states|flow|$.machine"}


def test_a_placeholder_is_filled_by_a_deployment_and_then_joins_the_function() -> None:
    machine = from_state_machine(MACHINE, "flow", "f", {"Loader": "arn:aws:lambda:us-east-1:1:function:worker"})
    whole = merge([machine, snapshot({})])
    assert whole.by_id["function:worker"].resolved
    reached = {each.node for each in impact(whole, ["function:worker"]).affected}
    assert {"stage:states|flow|Load", "pipeline:states|flow", "table:dynamodb|orders"} <= reached


@needs_data
def test_every_recorded_state_machine_becomes_a_graph_with_all_of_its_states() -> None:
    for file in files("asl"):
        text = file.read_text()
        found = from_state_machine(machine_definition(file.read_bytes(), file.name), file.name, file.name)
        stages = {node.label for node in found.nodes if node.kind == "stage"}
        assert stages
        assert all(json.dumps(stage) in text for stage in stages)
        for placeholder in (node for node in found.nodes if "${" in node.name):
            assert not placeholder.resolved


@given(st.dictionaries(st.sampled_from(["A", "B"]), JSON), JSON)
def test_no_definition_and_no_template_crashes_the_builders(states: dict[str, Any], value: Any) -> None:
    from_state_machine({"StartAt": "A", "States": states}, "m", "f")
    function = {"FunctionName": value, "Environment": {"Variables": {"X": value}}, "Role": value}
    mapping = {"FunctionName": value, "EventSourceArn": value}
    from_template(
        {
            "Resources": {
                "F": {"Type": "AWS::Lambda::Function", "Properties": function},
                "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
                "S": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": value}},
                "R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": value}},
                "E": {"Type": "AWS::Events::Rule", "Properties": {"Targets": value}},
                "X": value,
            }
        },
        "t",
    )


def test_a_template_says_what_functions_use_what_triggers_them_and_what_they_may_do() -> None:
    table_arn = {"Fn::GetAtt": ["Table", "Arn"]}
    statement = {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:Query"], "Resource": table_arn}
    found = from_template(
        {
            "Resources": {
                "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}},
                "Role": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]},
                },
                "Worker": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {
                        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                        "Environment": {"Variables": {"TABLE": {"Ref": "Table"}, "QUEUE": {"Ref": "Elsewhere"}}},
                    },
                },
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Mapping": {
                    "Type": "AWS::Lambda::EventSourceMapping",
                    "Properties": {
                        "FunctionName": {"Ref": "Worker"},
                        "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                    },
                },
                "Daily": {
                    "Type": "AWS::Events::Rule",
                    "Properties": {"Targets": [{"Arn": {"Ref": "Machine"}}, {"Arn": {"Fn::ImportValue": "x"}}]},
                },
                "Machine": {
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Properties": {
                        "DefinitionString": json.dumps(MACHINE),
                        "DefinitionSubstitutions": {"Loader": {"Fn::GetAtt": ["Worker", "Arn"]}},
                    },
                },
            }
        },
        "twin.template.json",
    )
    assert edges(found) >= {
        ("function:Worker", "reads", "table:dynamodb|orders"),
        ("function:Worker", "writes", "table:dynamodb|orders"),
        ("resource:sqs|Queue", "feeds", "function:Worker"),
        ("resource:events|Daily", "feeds", "pipeline:states|Machine"),
        ("stage:states|Machine|Load", "invokes", "function:Worker"),
        ("stage:states|Machine|Put", "writes", "table:dynamodb|orders"),
    }
    resolved = {edge.key: edge.resolved for edge in found.edges}
    assert resolved["function:Worker", "reads", "table:dynamodb|orders"], "its environment names it"
    assert not resolved["function:Worker", "writes", "table:dynamodb|orders"], "a grant says that it may"
    assert any(node.startswith("resource:template|") for node in unresolved(found)), "an import is not known here"


def test_a_twin_is_the_graph_of_all_its_sources() -> None:
    sources = TwinSources(
        product=product(),
        pipeline=json.dumps(MACHINE).encode(),
        pipeline_name="flow",
        lineage={"manifest.json": json.dumps(manifest(None, model__a={"relation_name": "shop.orders"})).encode()},
    )
    whole = build(sources)
    assert whole == build(sources)
    assert ("pipeline:states|flow", "feeds", "data-product:p1") in edges(whole)
    assert ("table:p1|orders", "same-as", "table:dbt|model.a") in edges(whole)
    with pytest.raises(InputError) as refused:
        build(TwinSources(pipeline=b"[]", lineage={"events": b"{"}))
    assert {problem.file for problem in refused.value.problems} == {"pipeline", "events"}
