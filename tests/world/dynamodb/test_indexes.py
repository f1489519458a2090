"""Secondary indexes: sparse, projected, in step with their table at once.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/SecondaryIndexes.html
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s
from hypothesis import given, settings
from hypothesis import strategies as st

GLOBAL = index("global", "g", "u", projection="INCLUDE", included=["i"])
LOCAL = index("local", "pk", "l", projection="KEYS_ONLY")
KEY = {"pk": s("a"), "sk": n(1)}


@pytest.fixture
def dynamo() -> Dynamo:
    return made()


def made() -> Dynamo:
    dynamo = Dynamo()
    more = {"LocalSecondaryIndexes": [LOCAL], "GlobalSecondaryIndexes": [GLOBAL]}
    dynamo.create("table", "pk:S", "sk:N", definitions=definitions("g:S", "u:N", "l:S"), **more)
    return dynamo


def of_index(dynamo: Dynamo, name: str, condition: str, value: Any, **request: Any) -> dict[str, Any]:
    values = {":x": value, **request.pop("values", {})}
    return dynamo(
        "Query",
        TableName="table",
        IndexName=name,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **request,
    )


def test_a_global_index_holds_the_items_that_have_its_whole_key(dynamo: Dynamo) -> None:
    dynamo.put({**KEY, "g": s("g"), "u": n(1), "i": s("in"), "o": s("out")})
    dynamo.put({**KEY, "sk": n(2), "g": s("g")})
    dynamo.put({**KEY, "sk": n(3), "u": n(1)})
    answer = of_index(dynamo, "global", "g = :x", s("g"))
    assert answer["Items"] == [{**KEY, "g": s("g"), "u": n(1), "i": s("in")}]
    assert dynamo("Scan", TableName="table", IndexName="global")["Count"] == 1


def test_an_entry_follows_its_item(dynamo: Dynamo) -> None:
    dynamo.put({**KEY, "g": s("g"), "u": n(1)})
    update = {"TableName": "table", "Key": KEY}
    dynamo("UpdateItem", **update, UpdateExpression="SET u = :u", ExpressionAttributeValues={":u": n(2)})
    assert [item["u"] for item in of_index(dynamo, "global", "g = :x", s("g"))["Items"]] == [n(2)]
    dynamo("UpdateItem", **update, UpdateExpression="REMOVE g")
    assert of_index(dynamo, "global", "g = :x", s("g"))["Items"] == []
    dynamo.put({**KEY, "g": s("g"), "u": n(1)})
    dynamo("DeleteItem", **update)
    assert dynamo("Scan", TableName="table", IndexName="global")["Count"] == 0


def test_entries_with_one_index_key_are_ordered_by_the_table_s_and_paged(dynamo: Dynamo) -> None:
    for number in (3, 1, 2):
        dynamo.put({**KEY, "sk": n(number), "g": s("g"), "u": n(7)})
    found, request = [], {"Limit": 1}
    while True:
        answer = of_index(dynamo, "global", "g = :x AND u = :u", s("g"), values={":u": n(7)}, **request)
        found += [item["sk"]["N"] for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"].keys() == {"pk", "sk", "g", "u"}
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert found == ["1", "2", "3"]
    start = {"pk": s("a"), "sk": n(1), "g": s("other"), "u": n(7)}
    with_start = {
        "TableName": "table",
        "IndexName": "global",
        "KeyConditionExpression": "g = :x",
        "ExpressionAttributeValues": {":x": s("g")},
    }
    text = "The provided starting key is outside query boundaries based on provided conditions"
    assert dynamo.message("Query", **with_start, ExclusiveStartKey=start) == text
    assert dynamo.message("Query", **with_start, ExclusiveStartKey={**start, "g": s("g"), "sk": s("1")}) == (
        "The provided starting key is invalid: The provided key element does not match the schema"
    )
    del start["pk"]
    assert dynamo.message("Query", **with_start, ExclusiveStartKey=start) == "The provided starting key is invalid"


def test_a_global_index_gives_only_what_it_projects_and_never_consistently(dynamo: Dynamo) -> None:
    request = {
        "TableName": "table",
        "IndexName": "global",
        "KeyConditionExpression": "g = :x",
        "ExpressionAttributeValues": {":x": s("g")},
    }
    text = "Consistent reads are not supported on global secondary indexes"
    assert dynamo.message("Query", **request, ConsistentRead=True) == text
    text = (
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index global "
        "because its projection type is not ALL"
    )
    assert dynamo.message("Query", **request, Select="ALL_ATTRIBUTES") == text
    text = "One or more parameter values were invalid: Global secondary index global does not project [o, q]"
    assert dynamo.message("Query", **request, ProjectionExpression="i, q, o") == text


def test_a_local_index_fetches_from_its_table_what_it_does_not_project(dynamo: Dynamo) -> None:
    item = {**KEY, "l": s("l"), "o": s("x" * 5000)}
    dynamo.put(item)
    assert of_index(dynamo, "local", "pk = :x", s("a"))["Items"] == [{**KEY, "l": s("l")}]
    whole = of_index(dynamo, "local", "pk = :x", s("a"), Select="ALL_ATTRIBUTES", ReturnConsumedCapacity="INDEXES")
    assert whole["Items"] == [item]
    assert whole["ConsumedCapacity"] == {
        "TableName": "table",
        "CapacityUnits": 1.5,
        "Table": {"CapacityUnits": 1.0},
        "LocalSecondaryIndexes": {"local": {"CapacityUnits": 0.5}},
    }
    part = of_index(dynamo, "local", "pk = :x", s("a"), ProjectionExpression="o", ConsistentRead=True)
    assert part["Items"] == [{"o": item["o"]}]
    projected = of_index(dynamo, "local", "pk = :x", s("a"), ProjectionExpression="l", ReturnConsumedCapacity="INDEXES")
    assert projected["ConsumedCapacity"]["Table"] == {"CapacityUnits": 0.0}


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        (
            {"g": n(1)},
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: global",
        ),
        (
            {"l": {"NULL": True}},
            "One or more parameter values were invalid: Type mismatch for Index Key l Expected: S Actual: NULL IndexName: local",
        ),
        (
            {"g": s("")},
            (
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: g"
            ),
        ),
        (
            {"l": s("x" * 1025)},
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
        ),
    ],
)
def test_a_put_with_a_wrong_index_key_is_refused(dynamo: Dynamo, attributes: dict[str, Any], text: str) -> None:
    assert dynamo.message("PutItem", TableName="table", Item={**KEY, **attributes}) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (n(1), "The update expression attempted to update the secondary index key to unsupported type"),
        (
            s(""),
            (
                "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value "
                "that is not supported. The AttributeValue for a key attribute cannot contain an empty string value."
            ),
        ),
        (s("x" * 1025), "The update expression attempted to update the secondary index key beyond allowed size limits"),
    ],
)
def test_an_update_to_a_wrong_index_key_is_refused(dynamo: Dynamo, value: Any, text: str) -> None:
    update = {"UpdateExpression": "SET l = :l", "ExpressionAttributeValues": {":l": value}}
    assert dynamo.message("UpdateItem", TableName="table", Key=KEY, **update) == text


def test_an_index_made_later_holds_the_items_that_fit_it(dynamo: Dynamo) -> None:
    dynamo.put({**KEY, "late": s("x")})
    dynamo.put({**KEY, "sk": n(2), "late": n(5)})
    dynamo.put({**KEY, "sk": n(3), "late": s("")})
    dynamo("UpdateTable", TableName="table", **create_index("late"))
    assert of_index(dynamo, "late", "late = :x", s("x"))["Items"] == [{**KEY, "late": s("x")}]
    assert dynamo("Scan", TableName="table", IndexName="late")["Count"] == 1
    update = {"UpdateExpression": "SET o = :o", "ExpressionAttributeValues": {":o": n(1)}}
    dynamo("UpdateItem", TableName="table", Key={**KEY, "sk": n(2)}, **update)
    dynamo.put({**KEY, "sk": n(2), "late": s("now")})
    assert dynamo("Scan", TableName="table", IndexName="late")["Count"] == 2


def create_index(name: str) -> dict[str, Any]:
    return {
        "AttributeDefinitions": definitions("pk:S", "sk:N", "g:S", "u:N", "l:S", f"{name}:S"),
        "GlobalSecondaryIndexUpdates": [{"Create": index(name, name)}],
    }


def test_an_index_taken_away_is_gone_with_its_attribute_definition(dynamo: Dynamo) -> None:
    dynamo("UpdateTable", TableName="table", **create_index("late"))
    delete = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "late"}}]}
    dynamo("UpdateTable", TableName="table", **delete)
    described = dynamo("DescribeTable", TableName="table")["Table"]
    assert described["AttributeDefinitions"] == definitions("pk:S", "sk:N", "g:S", "u:N", "l:S")
    assert [each["IndexName"] for each in described["GlobalSecondaryIndexes"]] == ["global"]
    assert dynamo.message("Scan", TableName="table", IndexName="late") == (
        "The table does not have the specified index: late"
    )


@pytest.mark.parametrize(
    ("updates", "error", "text"),
    [
        ([{}], "ValidationException", ("One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update, "
         "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")),
        ([{"Delete": {"IndexName": "none"}}], "ResourceNotFoundException", "Requested resource not found"),
        ([{"Delete": {"IndexName": "local"}}], "ValidationException", "Cannot delete an index that is not a GlobalSecondaryIndex: local"),
        ([], "ValidationException", "One or more parameter values were invalid: List of GlobalSecondaryIndexUpdates is empty"),
        (
            [{"Delete": {"IndexName": "global"}, "Update": {"IndexName": "global"}}],
            "ValidationException",
            "One or more parameter values were invalid: Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
        ),
        (
            [{"Update": {"IndexName": "global", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}}],
            "ValidationException",
            ("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: global "
            "when BillingMode is PAY_PER_REQUEST"),
        ),
        (
            [{"Create": index("late", "g")}],
            "ValidationException",
            "One or more parameter values were invalid: AttributeDefinitions is not specified for index: late",
        ),
        (
            [{"Delete": {"IndexName": "global"}}, {"Create": index("other", "g")}],
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table",
        ),
        (
            [{"Delete": {"IndexName": "global"}}, {"Update": {"IndexName": "global"}}],
            "ValidationException",
            "One or more parameter values were invalid: Only one global secondary index update per index is allowed simultaneously. Index: global",
        ),
    ],
)  # fmt: skip
def test_a_wrong_index_update_is_refused(dynamo: Dynamo, updates: list[Any], error: str, text: str) -> None:
    refused = dynamo.refusal("UpdateTable", TableName="table", GlobalSecondaryIndexUpdates=updates)
    assert (refused.error, refused.message) == (error, text)


def test_an_index_is_made_once(dynamo: Dynamo) -> None:
    request = {**create_index("late"), "GlobalSecondaryIndexUpdates": [{"Create": GLOBAL}]}
    text = "Attempting to create an index which already exists"
    assert dynamo.message("UpdateTable", TableName="table", **request) == text


def test_the_type_of_a_key_attribute_stays(dynamo: Dynamo) -> None:
    request = {**create_index("late"), "AttributeDefinitions": definitions("g:N", "late:S")}
    text = (
        "One or more parameter values were invalid: The type of an attribute that is part of a key cannot be changed: g"
    )
    assert dynamo.message("UpdateTable", TableName="table", **request) == text


def test_a_table_has_at_most_twenty_global_indexes() -> None:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", GlobalSecondaryIndexes=[index(f"index-{i}", "pk") for i in range(20)])
    more = [{"Create": index("one-more", "pk")}]
    request = {"AttributeDefinitions": definitions("pk:S"), "GlobalSecondaryIndexUpdates": more}
    assert dynamo.refusal("UpdateTable", TableName="table", **request).error == "LimitExceededException"


def test_an_index_has_its_own_throughput(dynamo: Dynamo) -> None:
    wished = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 6}
    update = [{"Update": {"IndexName": "global", "OnDemandThroughput": wished}}]
    dynamo("UpdateTable", TableName="table", GlobalSecondaryIndexUpdates=update)
    (described,) = dynamo("DescribeTable", TableName="table")["Table"]["GlobalSecondaryIndexes"]
    assert described["OnDemandThroughput"] == wished


ITEMS = st.fixed_dictionaries(
    {"pk": st.sampled_from("ab").map(s), "sk": st.integers(0, 2).map(n)},
    optional={
        "g": st.sampled_from("gh").map(s),
        "u": st.integers(0, 1).map(n),
        "l": st.sampled_from("xy").map(s),
        "i": st.sampled_from("12").map(s),
        "o": st.sampled_from("12").map(s),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["PutItem", "DeleteItem"]), ITEMS), max_size=25))
def test_an_index_kept_in_step_is_one_made_anew(writes: list[tuple[str, dict[str, Any]]]) -> None:
    dynamo = made()
    items: dict[tuple[str, str], dict[str, Any]] = {}
    for operation, item in writes:
        key = {"pk": item["pk"], "sk": item["sk"]}
        place = (item["pk"]["S"], item["sk"]["N"])
        if operation == "PutItem":
            dynamo.put(item)
            items[place] = item
        else:
            dynamo("DeleteItem", TableName="table", Key=key)
            items.pop(place, None)
    wanted = [
        {name: value for name, value in item.items() if name in {"pk", "sk", "g", "u", "i"}}
        for item in items.values()
        if {"g", "u"} <= item.keys()
    ]
    found = dynamo("Scan", TableName="table", IndexName="global")["Items"]
    assert sorted(map(repr_of, found)) == sorted(map(repr_of, wanted))
    described = dynamo("DescribeTable", TableName="table")["Table"]
    (world,) = described["GlobalSecondaryIndexes"]
    assert world["ItemCount"] == len(wanted)
    assert world["IndexSizeBytes"] == sum(
        sum(
            len(name) + len(next(iter(v.values()))) + ("N" in v and next(iter(v.values())) != "0")
            for name, v in item.items()
        )
        for item in wanted
    )
    local = [item for item in items.values() if "l" in item]
    assert described["LocalSecondaryIndexes"][0]["ItemCount"] == len(local)


def repr_of(item: dict[str, Any]) -> str:
    return repr(sorted(item.items()))
