"""A pipeline's definition becomes its twin's: what it names becomes the twin's, and whatever else it would call is refused with its place."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.pipeline_twin import Names, TwinDefinition, table_name, twin_definition

SHARED = Path(__file__).parents[2].parent / "shared/data/pipelines/asl"
NAMES = Names(["price", "store-order"], {"orders": "twin-a-baseline-orders"}, {"StoreArn": "store-order"})
INVOKE = "arn:aws:states:::lambda:invoke"


def task(resource: str, **members: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, **members, "End": True}


def rewritten(*states: dict[str, Any], **members: Any) -> TwinDefinition:
    machine = {"StartAt": "S0", "States": {f"S{n}": state for n, state in enumerate(states)}, **members}
    return twin_definition(machine, NAMES, "flow.json")


def refused(*states: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as raised:
        rewritten(*states)
    return [(problem.pointer, problem.message) for problem in raised.value.problems]


@pytest.mark.parametrize(
    "called",
    [
        "arn:aws:lambda:eu-central-1:111111111111:function:store-order",
        "arn:aws:lambda:eu-central-1:111111111111:function:store-order:$LATEST",
        "${StoreArn}",
        "store-order",
    ],
)
def test_a_function_is_called_by_a_placeholder_however_it_was_named(called: str) -> None:
    found = rewritten(task(called), task(INVOKE, Arguments={"FunctionName": called, "Payload": "{% $states.input %}"}))

    assert found.functions == {"store_2dorderFunction": "store-order"}
    assert found.document["States"]["S0"]["Resource"] == "${store_2dorderFunction}"
    assert found.document["States"]["S1"]["Arguments"]["FunctionName"] == "${store_2dorderFunction}"


@pytest.mark.parametrize("reference", ["orders", "arn:aws:dynamodb:eu-central-1:111111111111:table/orders"])
def test_a_table_is_the_twins_and_the_actions_taken_on_it_are_told(reference: str) -> None:
    found = rewritten(
        task("arn:aws:states:::dynamodb:putItem", Parameters={"TableName": reference, "Item": {}}),
        task("arn:aws:states:::aws-sdk:dynamodb:query", Parameters={"TableName": reference}),
    )

    assert found.items == {"twin-a-baseline-orders": frozenset({"PutItem", "Query"})}
    assert found.document["States"]["S0"]["Parameters"]["TableName"] == "twin-a-baseline-orders"
    assert table_name(reference) == "orders"


def test_maps_and_parallels_are_rewritten_at_every_depth() -> None:
    inner = {"StartAt": "In", "States": {"In": task("price")}}
    outer = {"StartAt": "Fan", "States": {"Fan": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    found = rewritten({"Type": "Map", "ItemProcessor": outer, "End": True})

    branch = found.document["States"]["S0"]["ItemProcessor"]["States"]["Fan"]["Branches"][0]
    assert branch["States"]["In"]["Resource"] == "${priceFunction}"
    assert not found.distributed


def test_a_distributed_map_is_known_as_one() -> None:
    inner = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "In", "States": {"In": task("price")}}

    assert rewritten({"Type": "Map", "ItemProcessor": inner, "End": True}).distributed


def test_comments_stay_behind_and_data_that_is_called_comment_does_not() -> None:
    state = task("price", Comment="see https://example.org", Parameters={"Comment": "kept"})
    found = rewritten(state, Comment="at https://example.org").document

    assert "Comment" not in found
    assert found["States"]["S0"]["Parameters"] == {"Comment": "kept"}
    assert "Comment" not in found["States"]["S0"]


@pytest.mark.parametrize(
    ("state", "pointer"),
    [
        (task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": "q"}), "/States/S0/Resource"),
        (task("arn:aws:states:::http:invoke"), "/States/S0/Resource"),
        (task(INVOKE + ".waitForTaskToken", Parameters={"FunctionName": "price"}), "/States/S0/Resource"),
        (task("arn:aws:states:us-east-1:111111111111:activity:human"), "/States/S0/Resource"),
        (task("${Unknown}"), "/States/S0/Resource"),
        (task("arn:aws:lambda:us-east-1:111111111111:function:other"), "/States/S0/Resource"),
        (task("price:7"), "/States/S0/Resource"),
        (task(INVOKE, Parameters={"FunctionName.$": "$.function"}), "/States/S0/Parameters"),
        (task(INVOKE, Parameters={"FunctionName": "price", "FunctionName.$": "$.f"}), "/States/S0/Parameters"),
        (task(INVOKE, Arguments="{% $states.input %}"), "/States/S0/Arguments"),
        (
            task("arn:aws:states:::dynamodb:getItem", Parameters={"TableName": "customers"}),
            "/States/S0/Parameters/TableName",
        ),
        (task("price", Credentials={"RoleArn": "x"}), "/States/S0/Credentials"),
        (
            task("price", Parameters={"queue": "https://sqs.us-east-1.amazonaws.com/1/q"}),
            "/States/S0/Parameters/queue",
        ),
        (task("price", Parameters={"bucket": "${Bucket}"}), "/States/S0/Parameters/bucket"),
        ({"Type": "Pass", "Result": "arn:aws:s3:::production", "End": True}, "/States/S0/Result"),
        ({"Type": "Map", "ItemReader": {}, "ItemProcessor": {}, "End": True}, "/States/S0/ItemReader"),
    ],
)
def test_what_leads_out_or_is_not_known_to_stay_is_refused_with_its_place(state: dict[str, Any], pointer: str) -> None:
    assert pointer in [place for place, _ in refused(state)]


def test_every_problem_is_told_at_once() -> None:
    found = refused(task("arn:aws:states:::sqs:sendMessage"), task("other"), task("price", Credentials={}))

    assert [place for place, _ in found] == ["/States/S0/Resource", "/States/S1/Resource", "/States/S2/Credentials"]


KEYS = st.sampled_from(
    [
        "StartAt",
        "States",
        "Type",
        "Resource",
        "Parameters",
        "Arguments",
        "FunctionName",
        "TableName",
        "Branches",
        "ItemProcessor",
        "Iterator",
        "Choices",
        "Catch",
        "Credentials",
        "ProcessorConfig",
        "Mode",
        "S0",
        "Comment",
    ]
)
TEXTS = st.sampled_from(
    (
        f"Task Map Parallel {INVOKE} arn:aws:states:::dynamodb:putItem price orders ${{StoreArn}} ${{X}} arn:aws:s3:::b"
        " DISTRIBUTED S0 https://example.org"
    ).split()
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, DOCUMENTS, max_size=5), st.dictionaries(KEYS, DOCUMENTS, max_size=3))
def test_whatever_stands_in_a_definition_it_is_rewritten_to_what_stays_inside_or_refused(state: Any, rest: Any) -> None:
    found, places = outcome({**rest, "StartAt": "S0", "States": {"S0": state}})

    assert (found is None) == bool(places)
    if found is not None:
        text = json.dumps(found.document).replace(INVOKE, "").replace("arn:aws:states:::dynamodb:putItem", "")
        assert "arn:" not in text
        assert "https" not in text
        assert set(re.findall(r"\$\{(\w+)\}", text)) == set(found.functions)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real state machines are not on this machine")
def test_every_real_state_machine_is_rewritten_or_refused_with_places_that_are_in_it() -> None:
    files = sorted(SHARED.glob("*.json"))
    assert len(files) >= 20

    for file in files:
        definition = json.loads(file.read_bytes())
        found, places = outcome(definition)
        assert found is None or "arn:aws:lambda" not in json.dumps(found.document)
        assert [place for place in places if not _holds(definition, place)] == [], file.name


def outcome(definition: dict[str, Any]) -> tuple[TwinDefinition | None, list[str]]:
    """What became of it, or the places of what is wrong with it."""
    try:
        return twin_definition(definition, NAMES, "flow.json"), []
    except InputError as error:
        return None, [problem.pointer for problem in error.problems]


def _holds(document: Any, pointer: str) -> bool:
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name not in document:
            return False
        document = (
            document[int(name)]
            if isinstance(document, list)
            else document[name]
            if isinstance(document, dict)
            else None
        )
    return True


def test_a_task_with_both_arguments_and_parameters_is_refused_for_nobody_knows_which_is_taken() -> None:
    item = {"TableName": "orders", "Item": {}}
    [(place, message)] = refused(task("arn:aws:states:::dynamodb:putItem", Parameters=item, Arguments=item))

    assert place == "/States/S0"
    assert "Arguments and Parameters" in message
