"""GetItem, PutItem, UpdateItem and DeleteItem: what they do, answer, cost and refuse.

Messages as the service gives them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s

KEY_MISMATCH = "The provided key element does not match the schema"
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
)


@pytest.fixture
def dynamo() -> Dynamo:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", "sk:N")
    dynamo.create("plain", "pk:S")
    return dynamo


def test_an_item_is_read_back_with_its_numbers_in_the_service_s_spelling(dynamo: Dynamo) -> None:
    assert dynamo.put({"pk": s("a"), "sk": n("01.50"), "x": n("1e2")}) == {}
    item = {"pk": s("a"), "sk": n("1.5"), "x": n("100")}
    assert dynamo.get({"pk": s("a"), "sk": n("1.500")}) == item
    assert dynamo.get({"pk": s("a"), "sk": n(2)}) is None


def test_a_put_replaces_the_whole_item(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "x": n(1), "y": n(2)}, "plain")
    answer = dynamo.put({"pk": s("a"), "y": n(3)}, "plain", ReturnValues="ALL_OLD")
    assert answer == {"Attributes": {"pk": s("a"), "x": n(1), "y": n(2)}}
    assert dynamo.get({"pk": s("a")}, "plain") == {"pk": s("a"), "y": n(3)}
    assert dynamo.put({"pk": s("b")}, "plain", ReturnValues="ALL_OLD") == {}


def test_a_projection_gives_parts_of_an_item(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "name": {"M": {"given": s("x"), "last": s("y")}}}, "plain")
    read = dynamo.get({"pk": s("a")}, "plain", ProjectionExpression="#n.given", ExpressionAttributeNames={"#n": "name"})
    assert read == {"name": {"M": {"given": s("x")}}}
    assert dynamo.get({"pk": s("a")}, "plain", ProjectionExpression="absent") == {}


def test_a_delete_answers_what_it_deleted_and_succeeds_where_nothing_is(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "x": n(1)}, "plain")
    delete = {"TableName": "plain", "Key": {"pk": s("a")}, "ReturnValues": "ALL_OLD"}
    assert dynamo("DeleteItem", **delete) == {"Attributes": {"pk": s("a"), "x": n(1)}}
    assert dynamo("DeleteItem", **delete) == {}
    assert dynamo.get({"pk": s("a")}, "plain") is None


def update(dynamo: Dynamo, expression: str | None, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    request = {"TableName": "plain", "Key": {"pk": s("a")}, **more}
    if expression is not None:
        request["UpdateExpression"] = expression
    if values is not None:
        request["ExpressionAttributeValues"] = values
    return dynamo("UpdateItem", **request)


def test_an_update_makes_the_item_where_there_is_none(dynamo: Dynamo) -> None:
    assert update(dynamo, "SET x = :x", {":x": n(1)}, ReturnValues="ALL_OLD") == {}
    assert dynamo.get({"pk": s("a")}, "plain") == {"pk": s("a"), "x": n(1)}


def test_an_update_without_an_expression_makes_an_item_of_its_key(dynamo: Dynamo) -> None:
    assert update(dynamo, None, ReturnValues="UPDATED_NEW") == {}
    assert dynamo.get({"pk": s("a")}, "plain") == {"pk": s("a")}


def test_an_update_that_only_takes_away_makes_no_item(dynamo: Dynamo) -> None:
    assert update(dynamo, "REMOVE x", ReturnValues="ALL_NEW") == {}
    assert dynamo.get({"pk": s("a")}, "plain") is None


@pytest.mark.parametrize(
    ("values", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", {"pk": s("a"), "x": n(1), "y": s("old"), "m": {"M": {"k": n(1)}}}),
        ("ALL_NEW", {"pk": s("a"), "x": n(3), "z": s("new"), "m": {"M": {"k": n(2)}}}),
        ("UPDATED_OLD", {"x": n(1), "y": s("old"), "m": {"M": {"k": n(1)}}}),
        ("UPDATED_NEW", {"x": n(3), "z": s("new"), "m": {"M": {"k": n(2)}}}),
    ],
)
def test_an_update_answers_what_is_asked_for(dynamo: Dynamo, values: str, attributes: dict[str, Any] | None) -> None:
    dynamo.put({"pk": s("a"), "x": n(1), "y": s("old"), "m": {"M": {"k": n(1)}}}, "plain")
    expression = "SET x = x + :two, z = :new, m.k = :two REMOVE y"
    answer = update(dynamo, expression, {":two": n(2), ":new": s("new")}, ReturnValues=values)
    assert answer == ({} if attributes is None else {"Attributes": attributes})


def test_a_condition_that_fails_changes_nothing_and_may_show_the_item(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "x": n(1)}, "plain")
    put = {"TableName": "plain", "Item": {"pk": s("a")}, "ConditionExpression": "attribute_not_exists(pk)"}
    refused = dynamo.refusal("PutItem", **put)
    assert (refused.error, refused.message) == ("ConditionalCheckFailedException", "The conditional request failed")
    assert refused.members == {}
    refused = dynamo.refusal("PutItem", **put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.members == {"Item": {"pk": s("a"), "x": n(1)}}
    other = {"TableName": "plain", "Key": {"pk": s("none")}, "ConditionExpression": "attribute_exists(pk)"}
    refused = dynamo.refusal("DeleteItem", **other, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.members == {}
    refused = dynamo.refusal("UpdateItem", **other, UpdateExpression="REMOVE x")
    assert refused.error == "ConditionalCheckFailedException"


def test_a_condition_that_holds_lets_the_write_through(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "version": n(1)}, "plain")
    names = {"#v": "version"}
    condition = {"ConditionExpression": "#v = :old", "ExpressionAttributeNames": names}
    update(dynamo, "SET #v = :new", {":old": n("1.0"), ":new": n(2)}, **condition)
    assert dynamo.get({"pk": s("a")}, "plain") == {"pk": s("a"), "version": n(2)}
    condition["ExpressionAttributeValues"] = {":old": n(2)}
    dynamo("DeleteItem", TableName="plain", Key={"pk": s("a")}, **condition)
    assert dynamo.get({"pk": s("a")}, "plain") is None


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({"pk": s("a")}, KEY_MISMATCH),
        ({}, KEY_MISMATCH),
        ({"pk": s("a"), "sk": n(1), "x": n(1)}, KEY_MISMATCH),
        ({"pk": s("a"), "sk": s("1")}, KEY_MISMATCH),
        ({"pk": {"L": [s("a")]}, "sk": n(1)}, KEY_MISMATCH),
        ({"pk": s(""), "sk": n(1)}, EMPTY_KEY + "string value. Key: pk"),
        (
            {"pk": s("é" * 1025), "sk": n(1)},
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["GetItem", "DeleteItem", "UpdateItem"])
def test_a_wrong_key_is_refused(dynamo: Dynamo, operation: str, key: dict[str, Any], message: str) -> None:
    assert dynamo.message(operation, TableName="table", Key=key) == message


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"pk": s("a")}, "One or more parameter values were invalid: Missing the key sk in the item"),
        (
            {"pk": n(1), "sk": n(1)},
            "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
        ),
        ({"pk": s(""), "sk": n(1)}, EMPTY_KEY + "string value. Key: pk"),
        (
            {"pk": s("k" * 2049), "sk": n(1)},
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
        ({"pk": s("a"), "sk": n(1), "x": s("x" * 409_600)}, "Item size has exceeded the maximum allowed size"),
        (
            {"pk": s("a"), "sk": n(1), "x": {"SS": []}},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
    ],
)
def test_a_wrong_item_is_refused(dynamo: Dynamo, item: dict[str, Any], message: str) -> None:
    assert dynamo.message("PutItem", TableName="table", Item=item) == message


def test_binary_and_string_sort_keys_have_their_limits(dynamo: Dynamo) -> None:
    dynamo.create("binary", "pk:B", "sk:S")
    key = {"pk": {"B": b"\x00"}, "sk": s("s" * 1024)}
    dynamo.put({**key, "x": n(1)}, "binary")
    assert dynamo.get(key, "binary") == {**key, "x": n(1)}
    text = "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    assert dynamo.message("PutItem", TableName="binary", Item={**key, "sk": s("s" * 1025)}) == text
    empty = {"pk": {"B": b""}, "sk": s("s")}
    assert dynamo.message("GetItem", TableName="binary", Key=empty) == EMPTY_KEY + "binary value. Key: pk"
    long = {"pk": {"B": bytes(2048)}, "sk": s("x")}
    dynamo.put(long, "binary")
    assert "2048 bytes" in dynamo.message("PutItem", TableName="binary", Item={**long, "pk": {"B": bytes(2049)}})


def test_an_item_may_be_exactly_400_kilobytes(dynamo: Dynamo) -> None:
    item = {"pk": s("a"), "x": s("x" * (409_600 - 4))}
    dynamo.put(item, "plain")
    assert dynamo.get({"pk": s("a")}, "plain") == item
    text = "Item size to update has exceeded the maximum allowed size"
    more = {"UpdateExpression": "SET y = :y", "ExpressionAttributeValues": {":y": s("")}}
    assert dynamo.message("UpdateItem", TableName="plain", Key={"pk": s("a")}, **more) == text
    update(dynamo, "REMOVE x SET y = :y", {":y": s("y" * (409_600 - 4))})
    assert dynamo.database.tables["plain"].size_bytes == 409_600


def test_an_update_cannot_change_the_key(dynamo: Dynamo) -> None:
    text = "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"
    more = {"UpdateExpression": "SET pk = :x", "ExpressionAttributeValues": {":x": s("b")}}
    assert dynamo.message("UpdateItem", TableName="plain", Key={"pk": s("a")}, **more) == text


def test_an_update_that_does_not_fit_the_item_is_refused(dynamo: Dynamo) -> None:
    more = {"UpdateExpression": "SET x = x + :x", "ExpressionAttributeValues": {":x": n(1)}}
    text = "The provided expression refers to an attribute that does not exist in the item"
    assert dynamo.message("UpdateItem", TableName="plain", Key={"pk": s("a")}, **more) == text


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
def test_a_put_and_a_delete_answer_the_old_item_or_nothing(dynamo: Dynamo, operation: str) -> None:
    request = {"TableName": "plain", "ReturnValues": "ALL_NEW"}
    request |= {"Item": {"pk": s("a")}} if operation == "PutItem" else {"Key": {"pk": s("a")}}
    assert dynamo.message(operation, **request) == "ReturnValues can only be ALL_OLD or NONE"
    text = "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
    assert dynamo.message(operation, **{**request, "ReturnValues": "SOME"}).endswith(text)


def test_placeholders_need_an_expression_that_uses_them(dynamo: Dynamo) -> None:
    names, values = {"ExpressionAttributeNames": {"#x": "x"}}, {"ExpressionAttributeValues": {":x": n(1)}}
    put = {"TableName": "plain", "Item": {"pk": s("a")}}
    text = "ExpressionAttributeNames can only be specified when using expressions"
    assert dynamo.message("PutItem", **put, **names) == text
    assert dynamo.message("GetItem", TableName="plain", Key={"pk": s("a")}, **names) == text
    text = "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"
    assert dynamo.message("PutItem", **put, **values) == text
    text = "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null"
    assert dynamo.message("UpdateItem", TableName="plain", Key={"pk": s("a")}, **values) == text
    condition = {"ConditionExpression": "attribute_exists(pk)"}
    text = "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}"
    assert dynamo.message("PutItem", **put, **condition, **values) == text
    text = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x}"
    assert dynamo.message("PutItem", **put, **condition, **names) == text


def test_no_table_is_no_item(dynamo: Dynamo) -> None:
    for operation, request in (("PutItem", {"Item": {"pk": s("a")}}), ("GetItem", {"Key": {"pk": s("a")}})):
        refused = dynamo.refusal(operation, TableName="none", **request)
        assert (refused.error, refused.message) == ("ResourceNotFoundException", "Requested resource not found")


def test_requests_and_responses_are_not_shared_with_the_database(dynamo: Dynamo) -> None:
    item = {"pk": s("a"), "list": {"L": [s("x")]}}
    dynamo.put(item, "plain")
    item["list"]["L"].append(s("y"))
    read = dynamo.get({"pk": s("a")}, "plain")
    assert read == {"pk": s("a"), "list": {"L": [s("x")]}}
    read["list"]["L"].clear()
    read["pk"]["S"] = "changed"
    updated = update(dynamo, "SET y = :y", {":y": {"L": []}}, ReturnValues="ALL_NEW")["Attributes"]
    updated["list"]["L"].clear()
    updated["y"]["L"].append(n(1))
    assert dynamo.get({"pk": s("a")}, "plain") == {"pk": s("a"), "list": {"L": [s("x")]}, "y": {"L": []}}


class TestConsumedCapacity:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""

    def test_a_read_takes_half_a_unit_for_4_kb_and_a_consistent_one_a_whole(self, dynamo: Dynamo) -> None:
        dynamo.put({"pk": s("a"), "x": s("x" * 4096)}, "plain")
        read = {"TableName": "plain", "Key": {"pk": s("a")}, "ReturnConsumedCapacity": "TOTAL"}
        assert dynamo("GetItem", **read)["ConsumedCapacity"] == {"TableName": "plain", "CapacityUnits": 1.0}
        assert dynamo("GetItem", **read, ConsistentRead=True)["ConsumedCapacity"]["CapacityUnits"] == 2.0
        read["Key"] = {"pk": s("none")}
        assert dynamo("GetItem", **read) == {"ConsumedCapacity": {"TableName": "plain", "CapacityUnits": 0.5}}
        assert dynamo("GetItem", **{**read, "ReturnConsumedCapacity": "NONE"}) == {}

    def test_a_write_takes_a_unit_for_1_kb_of_the_larger_image(self, dynamo: Dynamo) -> None:
        big = {"pk": s("a"), "x": s("x" * 2000)}
        answer = dynamo.put(big, "plain", ReturnConsumedCapacity="INDEXES")
        consumed = {"TableName": "plain", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}}
        assert answer == {"ConsumedCapacity": consumed}
        smaller = dynamo.put({"pk": s("a")}, "plain", ReturnConsumedCapacity="TOTAL")
        assert smaller["ConsumedCapacity"]["CapacityUnits"] == 2.0
        gone = {"TableName": "plain", "Key": {"pk": s("none")}, "ReturnConsumedCapacity": "TOTAL"}
        assert dynamo("DeleteItem", **gone)["ConsumedCapacity"]["CapacityUnits"] == 1.0

    def test_an_index_takes_a_unit_for_each_entry_put_or_taken_away(self) -> None:
        dynamo = Dynamo()
        dynamo.create(
            "table",
            "pk:S",
            "sk:S",
            definitions=definitions("l:S", "g:S"),
            LocalSecondaryIndexes=[index("local", "pk", "l", projection="KEYS_ONLY")],
            GlobalSecondaryIndexes=[index("global", "g", projection="INCLUDE", included=["i"])],
        )

        def units(**attributes: Any) -> tuple[float, float, float]:
            item = {"pk": s("a"), "sk": s("b"), **attributes}
            consumed = dynamo.put(item, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
            local = consumed.get("LocalSecondaryIndexes", {}).get("local", {"CapacityUnits": 0.0})
            world = consumed.get("GlobalSecondaryIndexes", {}).get("global", {"CapacityUnits": 0.0})
            parts = (consumed["Table"]["CapacityUnits"], local["CapacityUnits"], world["CapacityUnits"])
            assert consumed["CapacityUnits"] == sum(parts)
            return parts

        assert units() == (1, 0, 0)
        assert units(l=s("1"), g=s("1")) == (1, 1, 1)
        assert units(l=s("1"), g=s("1"), other=s("x")) == (1, 0, 0)
        assert units(l=s("2"), g=s("1"), i=s("x")) == (1, 2, 1)
        assert units(l=s("2"), g=s("2"), i=s("x" * 1500)) == (2, 0, 3)
        assert units(l=s("2")) == (2, 0, 2)


def test_item_collections_are_measured_in_tables_with_local_indexes(dynamo: Dynamo) -> None:
    dynamo.create("local", "pk:N", "sk:N", LocalSecondaryIndexes=[index("other", "pk", "sk")])
    answer = dynamo.put({"pk": n("1.0"), "sk": n(1)}, "local", ReturnItemCollectionMetrics="SIZE")
    assert answer == {"ItemCollectionMetrics": {"ItemCollectionKey": {"pk": n(1)}, "SizeEstimateRangeGB": [0.0, 1.0]}}
    assert dynamo.put({"pk": s("a")}, "plain", ReturnItemCollectionMetrics="SIZE") == {}
