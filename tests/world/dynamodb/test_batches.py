"""BatchGetItem and BatchWriteItem.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s

from twinstage.world.memory.dynamodb import Unsupported

KEY_MISMATCH = "The provided key element does not match the schema"
DUPLICATES = "Provided list of item keys contains duplicates"


@pytest.fixture
def dynamo() -> Dynamo:
    dynamo = Dynamo()
    dynamo.create("one", "pk:S")
    dynamo.create("two", "pk:S", "sk:N", definitions=definitions("g:S"), GlobalSecondaryIndexes=[index("global", "g")])
    return dynamo


def put(**item: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(**key: Any) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": key}}


def test_a_batch_puts_and_deletes_in_several_tables(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("gone")}, "one")
    requests = {"one": [put(pk=s("a")), delete(pk=s("gone"))], "two": [put(pk=s("a"), sk=n("1.0"))]}
    assert dynamo("BatchWriteItem", RequestItems=requests) == {"UnprocessedItems": {}}
    assert dynamo("Scan", TableName="one")["Items"] == [{"pk": s("a")}]
    assert dynamo("Scan", TableName="two")["Items"] == [{"pk": s("a"), "sk": n(1)}]


def test_a_batch_write_answers_what_it_consumed(dynamo: Dynamo) -> None:
    requests = {"one": [put(pk=s("a")), put(pk=s("b"), x=s("x" * 1500))], "two": [put(pk=s("a"), sk=n(1), g=s("g"))]}
    answer = dynamo("BatchWriteItem", RequestItems=requests, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == [
        {"TableName": "one", "CapacityUnits": 3.0, "Table": {"CapacityUnits": 3.0}},
        {
            "TableName": "two",
            "CapacityUnits": 2.0,
            "Table": {"CapacityUnits": 1.0},
            "GlobalSecondaryIndexes": {"global": {"CapacityUnits": 1.0}},
        },
    ]


def test_a_batch_write_measures_item_collections_once_each(dynamo: Dynamo) -> None:
    dynamo.create("local", "pk:S", "sk:N", LocalSecondaryIndexes=[index("other", "pk", "sk")])
    requests = {
        "local": [put(pk=s("a"), sk=n(1)), put(pk=s("a"), sk=n(2)), delete(pk=s("b"), sk=n(2))],
        "one": [put(pk=s("a"))],
    }
    answer = dynamo("BatchWriteItem", RequestItems=requests, ReturnItemCollectionMetrics="SIZE")
    measured = answer["ItemCollectionMetrics"]["local"]
    assert [each["ItemCollectionKey"] for each in measured] == [{"pk": s("a")}, {"pk": s("b")}]
    assert answer["ItemCollectionMetrics"].keys() == {"local"}


@pytest.mark.parametrize(
    ("requests", "text"),
    [
        ({"one": [put(pk=s("a")), delete(pk=s("a"))]}, DUPLICATES),
        ({"two": [put(pk=s("a"), sk=n(1)), put(pk=s("a"), sk=n("1.00"))]}, DUPLICATES),
        ({"one": [put(x=s("a"))]}, KEY_MISMATCH),
        ({"one": [put(pk=n(5))]}, KEY_MISMATCH),
        ({"one": [delete(x=s("a"))]}, KEY_MISMATCH),
        (
            {"one": [put(pk=s(""))]},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
        ),
        (
            {"two": [put(pk=s("a"), sk=n(1), g=n(1))]},
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: global",
        ),
        ({"one": [put(pk=s("a"), x=s("x" * 409_600))]}, "Item size has exceeded the maximum allowed size"),
        (
            {"one": [{}]},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
        (
            {"one": [put(pk=s(str(i))) for i in range(13)], "two": [put(pk=s("a"), sk=n(i)) for i in range(13)]},
            "Too many items requested for the BatchWriteItem call",
        ),
        (
            {},
            "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            {"one": []},
            (
                "1 validation error detected: Value '{one=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
                "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"
            ),
        ),
    ],
)
def test_a_wrong_batch_write_is_refused_as_a_whole(dynamo: Dynamo, requests: dict[str, Any], text: str) -> None:
    assert dynamo.message("BatchWriteItem", RequestItems=requests) == text


def test_twenty_six_writes_are_too_many(dynamo: Dynamo) -> None:
    requests = {"one": [put(pk=s(str(i))) for i in range(26)]}
    text = dynamo.message("BatchWriteItem", RequestItems=requests)
    assert text.startswith("1 validation error detected: Value '{one=[")
    assert text.endswith(
        "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"
    )
    dynamo("BatchWriteItem", RequestItems={"one": requests["one"][:25]})
    assert dynamo("Scan", TableName="one")["Count"] == 25


@pytest.mark.parametrize(
    ("operation", "wish"), [("BatchWriteItem", [put(pk=s("a"))]), ("BatchGetItem", {"Keys": [{"pk": s("a")}]})]
)
def test_a_batch_s_tables_must_be_there_and_have_good_names(dynamo: Dynamo, operation: str, wish: Any) -> None:
    refused = dynamo.refusal(operation, RequestItems={"none": wish})
    assert (refused.error, refused.message) == ("ResourceNotFoundException", "Requested resource not found")
    text = dynamo.message(operation, RequestItems={"bad!name": wish})
    assert text.endswith(
        "at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
        "Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"
    )


def test_a_batch_gets_what_is_there(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "x": n(1), "y": n(2)}, "one")
    dynamo.put({"pk": s("a"), "sk": n(1)}, "two")
    wishes = {
        "one": {
            "Keys": [{"pk": s("a")}, {"pk": s("none")}],
            "ProjectionExpression": "#x",
            "ExpressionAttributeNames": {"#x": "x"},
        },
        "two": {"Keys": [{"pk": s("a"), "sk": n("1.0")}], "ConsistentRead": True},
    }
    answer = dynamo("BatchGetItem", RequestItems=wishes, ReturnConsumedCapacity="TOTAL")
    assert answer == {
        "Responses": {"one": [{"x": n(1)}], "two": [{"pk": s("a"), "sk": n(1)}]},
        "UnprocessedKeys": {},
        "ConsumedCapacity": [{"TableName": "one", "CapacityUnits": 1.0}, {"TableName": "two", "CapacityUnits": 1.0}],
    }


def test_a_batch_answers_up_to_16_mb_and_names_the_keys_it_left(dynamo: Dynamo) -> None:
    keys = [{"pk": s(f"{number:02}")} for number in range(50)]
    for key in keys:
        dynamo.put({**key, "x": s("x" * 400_000)}, "one")
    answer = dynamo("BatchGetItem", RequestItems={"one": {"Keys": keys, "ConsistentRead": True}})
    assert len(answer["Responses"]["one"]) == 42
    assert answer["UnprocessedKeys"] == {"one": {"Keys": keys[42:], "ConsistentRead": True}}
    rest = dynamo("BatchGetItem", RequestItems=answer["UnprocessedKeys"])
    assert (len(rest["Responses"]["one"]), rest["UnprocessedKeys"]) == (8, {})


@pytest.mark.parametrize(
    ("wishes", "text"),
    [
        ({"one": {"Keys": [{"pk": s("a")}, {"pk": s("a")}]}}, DUPLICATES),
        ({"two": {"Keys": [{"pk": s("a"), "sk": n(1)}, {"pk": s("a"), "sk": n("1.0")}]}}, DUPLICATES),
        ({"one": {"Keys": [{"x": s("a")}]}}, KEY_MISMATCH),
        (
            {"one": {"Keys": [{"pk": s(str(i))} for i in range(51)]}, "two": {"Keys": [{"pk": s("a"), "sk": n(i)} for i in range(50)]}},
            "Too many items requested for the BatchGetItem call",
        ),
        (
            {"one": {"Keys": []}},
            "1 validation error detected: Value at 'RequestItems.one.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            {"one": {"Keys": [{"pk": s(str(i))} for i in range(101)]}},
            "1 validation error detected: Value at 'RequestItems.one.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100",
        ),
        (
            {"one": {"Keys": [{"pk": s("a")}], "ExpressionAttributeNames": {"#x": "x"}}},
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
    ],
)  # fmt: skip
def test_a_wrong_batch_get_is_refused(dynamo: Dynamo, wishes: dict[str, Any], text: str) -> None:
    assert dynamo.message("BatchGetItem", RequestItems=wishes) == text


def test_a_legacy_parameter_of_a_batch_is_named(dynamo: Dynamo) -> None:
    with pytest.raises(Unsupported, match="AttributesToGet"):
        dynamo("BatchGetItem", RequestItems={"one": {"Keys": [{"pk": s("a")}], "AttributesToGet": ["pk"]}})
