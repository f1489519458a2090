"""TransactWriteItems and TransactGetItems: all or nothing, with a reason for each action.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from typing import Any

import pytest
from dynamo_calls import Dynamo, definitions, index, n, s

CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
KEY_MISMATCH = "The provided key element does not match the schema"


@pytest.fixture
def dynamo() -> Dynamo:
    dynamo = Dynamo()
    dynamo.create("table", "pk:S", definitions=definitions("g:S"), GlobalSecondaryIndexes=[index("global", "g")])
    dynamo.create("other", "pk:S", "sk:N")
    dynamo.put({"pk": s("there"), "x": n(1)})
    return dynamo


def put(item: dict[str, Any], table: str = "table", **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item, **more}}


def check(pk: str, condition: str, **more: Any) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "table", "Key": {"pk": s(pk)}, "ConditionExpression": condition, **more}}


def delete(pk: str, **more: Any) -> dict[str, Any]:
    return {"Delete": {"TableName": "table", "Key": {"pk": s(pk)}, **more}}


def update(pk: str, expression: str, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    request = {"TableName": "table", "Key": {"pk": s(pk)}, "UpdateExpression": expression, **more}
    return {"Update": request if values is None else {**request, "ExpressionAttributeValues": values}}


def test_all_actions_are_done(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("gone")})
    actions = [
        put({"pk": s("new")}, ConditionExpression="attribute_not_exists(pk)"),
        put({"pk": s("a"), "sk": n(1)}, "other"),
        update("there", "SET x = x + :one", {":one": n(1)}),
        delete("gone"),
        check("never", "attribute_not_exists(pk)"),
    ]
    assert dynamo("TransactWriteItems", TransactItems=actions) == {}
    items = dynamo("Scan", TableName="table")["Items"]
    assert sorted(items, key=repr) == [{"pk": s("new")}, {"pk": s("there"), "x": n(2)}]
    assert dynamo.get({"pk": s("a"), "sk": n(1)}, "other") is not None


def cancellation(dynamo: Dynamo, *actions: dict[str, Any]) -> list[dict[str, Any]]:
    refused = dynamo.refusal("TransactWriteItems", TransactItems=list(actions))
    assert refused.error == "TransactionCanceledException"
    reasons: list[dict[str, Any]] = refused.members["CancellationReasons"]
    assert refused.message == f"{CANCELLED}[{', '.join(reason['Code'] for reason in reasons)}]"
    return reasons


def test_one_failed_condition_undoes_all_and_each_action_has_its_reason(dynamo: Dynamo) -> None:
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    reasons = cancellation(
        dynamo,
        put({"pk": s("new")}),
        put({"pk": s("there")}, ConditionExpression="attribute_not_exists(pk)"),
        delete("there2", ConditionExpression="attribute_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    )
    assert reasons == [{"Code": "None"}, failed, failed]
    assert dynamo.get({"pk": s("new")}) is None


def test_a_failed_condition_may_show_the_item(dynamo: Dynamo) -> None:
    shows = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    (reason,) = cancellation(dynamo, check("there", "attribute_not_exists(pk)", **shows))
    assert reason["Item"] == {"pk": s("there"), "x": n(1)}


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (
            put({"pk": n(5)}),
            "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
        ),
        (put({"x": n(5)}), "One or more parameter values were invalid: Missing the key pk in the item"),
        (
            put({"pk": s("a"), "g": n(1)}),
            "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: global",
        ),
        ({"Delete": {"TableName": "table", "Key": {"pk": n(5)}}}, KEY_MISMATCH),
        ({"Update": {"TableName": "table", "Key": {"pk": n(5)}, "UpdateExpression": "REMOVE x"}}, KEY_MISMATCH),
        (
            {"ConditionCheck": {"TableName": "table", "Key": {}, "ConditionExpression": "attribute_exists(pk)"}},
            KEY_MISMATCH,
        ),
        (
            update("there", "SET g = :g", {":g": n(1)}),
            "The update expression attempted to update the secondary index key to unsupported type",
        ),
        (
            update("none", "SET x = x + :one", {":one": n(1)}),
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            update("there", "SET y = :y", {":y": s("y" * 409_600)}),
            "Item size to update has exceeded the maximum allowed size",
        ),
    ],
)
def test_an_action_that_does_not_fit_cancels_with_a_validation_error(
    dynamo: Dynamo, action: dict[str, Any], text: str
) -> None:
    reasons = cancellation(dynamo, action, put({"pk": s("new")}))
    assert reasons == [{"Code": "ValidationError", "Message": text}, {"Code": "None"}]


@pytest.mark.parametrize(
    ("actions", "text"),
    [
        (
            [],
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        ([{}], "TransactItems can only contain one of Check, Put, Update or Delete"),
        (
            [{**put({"pk": s("a")}), **delete("b")}],
            "TransactItems can only contain one of Check, Put, Update or Delete",
        ),
        (
            [put({"pk": s("a")}), delete("a")],
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            [put({"pk": s("")})],
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
        ),
        (
            [put({"pk": s("a"), "g": s("")})],
            (
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
                "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: g"
            ),
        ),
        (
            [put({"pk": s("a")}, "none"), check("a", "attribute_not_exists(")],
            'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "("',
        ),
        (
            [{"ConditionCheck": {"TableName": "table", "Key": {"pk": s("a")}}}],
            "1 validation error detected: Value null at 'transactItems.1.member.conditionCheck.conditionExpression' failed to satisfy constraint: Member must not be null",
        ),
    ],
)
def test_a_wrong_transaction_is_refused(dynamo: Dynamo, actions: list[Any], text: str) -> None:
    assert dynamo.message("TransactWriteItems", TransactItems=actions) == text


def test_a_transaction_has_at_most_a_hundred_actions_of_4_mb(dynamo: Dynamo) -> None:
    actions = [put({"pk": s(str(number))}) for number in range(101)]
    text = dynamo.message("TransactWriteItems", TransactItems=actions)
    assert text.endswith("Member must have length less than or equal to 100")
    dynamo("TransactWriteItems", TransactItems=actions[:100])
    big = [put({"pk": s(str(number)), "x": s("x" * 400_000)}) for number in range(11)]
    text = dynamo.message("TransactWriteItems", TransactItems=big)
    assert text == "Transaction aggregate item size cannot exceed 4 MB"
    dynamo("TransactWriteItems", TransactItems=big[:10])
    dynamo.put(big[10]["Put"]["Item"])
    gets = [{"Get": {"TableName": "table", "Key": {"pk": s(str(number))}}} for number in range(11)]
    text = dynamo.message("TransactGetItems", TransactItems=gets)
    assert text == "Transaction aggregate item size cannot exceed 4 MB"
    assert len(dynamo("TransactGetItems", TransactItems=gets[:10])["Responses"]) == 10


def test_a_table_that_is_not_there_is_not_found(dynamo: Dynamo) -> None:
    refused = dynamo.refusal("TransactWriteItems", TransactItems=[put({"pk": s("a")}), put({"pk": s("a")}, "none")])
    assert (refused.error, refused.message) == ("ResourceNotFoundException", "Requested resource not found")
    get = {"Get": {"TableName": "none", "Key": {"pk": s("a")}}}
    assert dynamo.refusal("TransactGetItems", TransactItems=[get]).error == "ResourceNotFoundException"


class TestClientRequestToken:
    """A transaction with a token is done once in ten minutes."""

    def test_a_repetition_does_nothing_and_succeeds(self, dynamo: Dynamo) -> None:
        request = {"TransactItems": [update("there", "ADD x :one", {":one": n(1)})], "ClientRequestToken": "token"}
        first = dynamo("TransactWriteItems", **request, ReturnConsumedCapacity="TOTAL")
        dynamo.now += 599
        again = dynamo("TransactWriteItems", **request, ReturnConsumedCapacity="TOTAL")
        assert dynamo.get({"pk": s("there")})["x"] == n(2)
        consumed = {"TableName": "table", "CapacityUnits": 2.0}
        assert first["ConsumedCapacity"] == [{**consumed, "WriteCapacityUnits": 2.0}]
        assert again["ConsumedCapacity"] == [{**consumed, "ReadCapacityUnits": 2.0}]

    def test_other_actions_with_the_token_are_refused(self, dynamo: Dynamo) -> None:
        dynamo("TransactWriteItems", TransactItems=[put({"pk": s("a")})], ClientRequestToken="token")
        refused = dynamo.refusal("TransactWriteItems", TransactItems=[put({"pk": s("b")})], ClientRequestToken="token")
        assert refused.error == "IdempotentParameterMismatchException"
        dynamo("TransactWriteItems", TransactItems=[put({"pk": s("b")})], ClientRequestToken="another")

    def test_after_ten_minutes_the_token_is_new(self, dynamo: Dynamo) -> None:
        request = {"TransactItems": [update("there", "ADD x :one", {":one": n(1)})], "ClientRequestToken": "token"}
        dynamo("TransactWriteItems", **request)
        dynamo.now += 601
        dynamo("TransactWriteItems", **request)
        assert dynamo.get({"pk": s("there")})["x"] == n(3)
        assert len(dynamo.database.tokens.used) == 1

    def test_a_cancelled_transaction_leaves_its_token_unused(self, dynamo: Dynamo) -> None:
        request = {"TransactItems": [check("late", "attribute_exists(pk)")], "ClientRequestToken": "token"}
        dynamo.refusal("TransactWriteItems", **request)
        dynamo.put({"pk": s("late")})
        assert dynamo("TransactWriteItems", **request) == {}

    def test_a_token_is_short(self, dynamo: Dynamo) -> None:
        request = {
            "TransactItems": [put({"pk": s("a")})],
            "ClientRequestToken": "t" * 37,
            "ReturnConsumedCapacity": "X",
        }
        constraint = "failed to satisfy constraint: Member must"
        assert dynamo.message("TransactWriteItems", **request) == (
            f"2 validation errors detected: Value '{'t' * 37}' at 'clientRequestToken' {constraint} have length less than or equal to 36; "
            f"Value 'X' at 'returnConsumedCapacity' {constraint} satisfy enum value set: [INDEXES, TOTAL, NONE]"
        )


def test_a_transaction_costs_twice(dynamo: Dynamo) -> None:
    actions = [
        put({"pk": s("a"), "g": s("g")}),
        check("there", "attribute_exists(pk)"),
        put({"pk": s("b"), "sk": n(1)}, "other"),
    ]
    answer = dynamo("TransactWriteItems", TransactItems=actions, ReturnConsumedCapacity="INDEXES")
    two, four = ({"CapacityUnits": units, "WriteCapacityUnits": units} for units in (2.0, 4.0))
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": "table",
            "CapacityUnits": 6.0,
            "WriteCapacityUnits": 6.0,
            "Table": four,
            "GlobalSecondaryIndexes": {"global": two},
        },
        {"TableName": "other", **two, "Table": two},
    ]


def test_a_transaction_measures_the_collections_it_writes(dynamo: Dynamo) -> None:
    dynamo.create("local", "pk:S", "sk:N", LocalSecondaryIndexes=[index("other", "pk", "sk")])
    actions = [put({"pk": s("a"), "sk": n(1)}, "local"), check("there", "attribute_exists(pk)")]
    answer = dynamo("TransactWriteItems", TransactItems=actions, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"].keys() == {"local"}
    assert dynamo("TransactWriteItems", TransactItems=actions[1:], ReturnItemCollectionMetrics="SIZE") == {}


def test_gets_answer_in_the_order_of_the_request(dynamo: Dynamo) -> None:
    dynamo.put({"pk": s("a"), "sk": n(1), "x": s("x" * 5000)}, "other")
    gets = [
        {"Get": {"TableName": "table", "Key": {"pk": s("none")}}},
        {"Get": {"TableName": "other", "Key": {"pk": s("a"), "sk": n(1)}, "ProjectionExpression": "sk"}},
        {"Get": {"TableName": "table", "Key": {"pk": s("there")}}},
    ]
    answer = dynamo("TransactGetItems", TransactItems=gets, ReturnConsumedCapacity="TOTAL")
    assert answer["Responses"] == [{}, {"Item": {"sk": n(1)}}, {"Item": {"pk": s("there"), "x": n(1)}}]
    assert answer["ConsumedCapacity"] == [
        {"TableName": "table", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
        {"TableName": "other", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
    ]


def test_wrong_gets_are_refused(dynamo: Dynamo) -> None:
    get = {"Get": {"TableName": "table", "Key": {"pk": s("a")}}}
    text = "Transaction request cannot include multiple operations on one item"
    assert dynamo.message("TransactGetItems", TransactItems=[get, get]) == text
    refused = dynamo.refusal("TransactGetItems", TransactItems=[get, {"Get": {"TableName": "table", "Key": {}}}])
    assert refused.error == "TransactionCanceledException"
    assert refused.message == CANCELLED + "[None, ValidationError]"
    assert refused.members["CancellationReasons"][1] == {"Code": "ValidationError", "Message": KEY_MISMATCH}
    empty = {"Get": {"TableName": "table", "Key": {"pk": s("")}}}
    assert "empty string value. Key: pk" in dynamo.message("TransactGetItems", TransactItems=[empty])
    text = dynamo.message("TransactGetItems", TransactItems=[{}])
    assert text == (
        "1 validation error detected: Value null at 'transactItems.1.member.get' failed to satisfy constraint: Member must not be null"
    )
