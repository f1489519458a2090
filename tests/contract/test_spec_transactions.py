"""Transactions: all or nothing, reasons for each item, and idempotent requests.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.contract.dynamo import Dynamo, Refusal, Table, invalid, refusal, refused, refused_response

CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]"
CHECK = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
NONE = {"Code": "None"}
ONE = {"N": "1"}


def key(name: str) -> dict[str, Any]:
    """A key."""
    return {"p": {"S": name}}


def put(table: Table, name: str, **more: Any) -> dict[str, Any]:
    """A put; `more` is what it takes besides."""
    return {"Put": {"TableName": table.name, "Item": key(name), **more}}


def delete(table: Table, name: str, **more: Any) -> dict[str, Any]:
    """A delete."""
    return {"Delete": {"TableName": table.name, "Key": key(name), **more}}


def count(table: Table, name: str, **more: Any) -> dict[str, Any]:
    """An update that counts."""
    return {
        "Update": {
            "TableName": table.name, "Key": key(name), "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": ONE}, **more,
        }
    }  # fmt: skip


def check(table: Table, name: str, condition: str, **more: Any) -> dict[str, Any]:
    """A check of a condition."""
    return {"ConditionCheck": {"TableName": table.name, "Key": key(name), "ConditionExpression": condition, **more}}


def write(dynamo: Dynamo, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Write a transaction."""
    return dict(dynamo.dynamodb.transact_write_items(TransactItems=list(items), **more))


def test_a_transaction_writes_everything(dynamo: Dynamo) -> None:
    one, two = dynamo.table(), dynamo.table()
    one.put(key("old"))
    two.put({**key("counter"), "n": {"N": "4"}})
    write(
        dynamo,
        put(one, "new"),
        delete(one, "old"),
        count(two, "counter"),
        check(two, "none", "attribute_not_exists(p)"),
    )
    assert one.scan()["Items"] == [key("new")]
    assert two.scan()["Items"] == [{**key("counter"), "n": {"N": "5"}}]


def test_a_failed_condition_cancels_everything(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(key("a"))
    answer = refused_response(
        write, dynamo, put(table, "b"), check(table, "a", "attribute_not_exists(p)"), delete(table, "c")
    )
    assert table.scan()["Items"] == [key("a")]
    assert refusal(answer) == Refusal(
        "TransactionCanceledException", CANCELLED.format("None, ConditionalCheckFailed, None")
    )


def test_every_item_has_its_reason(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(key("a"))
    never = {"ConditionExpression": "attribute_not_exists(p)"}
    answer = refused_response(
        write, dynamo, put(table, "a", **never), put(table, "b"), count(table, "c", ConditionExpression="n = :one")
    )
    assert answer["CancellationReasons"] == [CHECK, NONE, CHECK]


def test_a_failed_check_has_its_reason(dynamo: Dynamo) -> None:
    answer = refused_response(write, dynamo, check(dynamo.table(), "a", "attribute_exists(p)"))
    assert answer["CancellationReasons"] == [CHECK]


def test_a_reason_shows_the_item_when_asked(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**key("a"), "v": {"S": "x"}})
    asked = {"ConditionExpression": "attribute_not_exists(p)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    answer = refused_response(write, dynamo, put(table, "a", **asked))
    assert answer["CancellationReasons"] == [{**CHECK, "Item": {**key("a"), "v": {"S": "x"}}}]


def test_an_update_that_does_not_suit_its_item_cancels(dynamo: Dynamo) -> None:
    """The page of TransactWriteItems lists the messages of a reason ValidationError."""
    table = dynamo.table()
    table.put({**key("a"), "n": {"S": "x"}})
    answer = refused_response(write, dynamo, put(table, "b"), count(table, "a"))
    assert refusal(answer).code == "TransactionCanceledException"
    assert answer["CancellationReasons"] == [
        NONE,
        {
            "Code": "ValidationError",
            "Message": "An operand in the update expression has an incorrect data type",
        },
    ]
    assert table.get(key("b")) is None


def test_conditions_see_the_state_before_the_transaction(dynamo: Dynamo) -> None:
    table = dynamo.table()
    write(dynamo, put(table, "a"), check(table, "b", "attribute_not_exists(p)"))
    assert table.get(key("a")) == key("a")


@pytest.mark.parametrize("second", ["put", "delete", "count", "check"])
def test_an_item_takes_part_once(dynamo: Dynamo, second: str) -> None:
    table = dynamo.table()
    other = {
        "put": put(table, "a"), "delete": delete(table, "a"), "count": count(table, "a"),
        "check": check(table, "a", "attribute_not_exists(p)"),
    }[second]  # fmt: skip
    expected = invalid("Transaction request cannot include multiple operations on one item")
    assert refused(write, dynamo, put(table, "a"), other) == expected
    assert table.get(key("a")) is None


def test_a_transaction_has_a_hundred_items(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-dynamodb-transactions"""
    table = dynamo.table()
    write(dynamo, *(put(table, str(number)) for number in range(100)))
    assert table.scan()["Count"] == 100
    answer = refused(write, dynamo, *(put(table, f"x{number}") for number in range(101)))
    assert answer.code == "ValidationException"
    assert "Member must have length less than or equal to 100" in answer.message
    assert table.scan()["Count"] == 100


def test_a_transaction_writes_four_megabytes(dynamo: Dynamo) -> None:
    table = dynamo.table()
    big = [{"Put": {"TableName": table.name, "Item": {**key(str(n)), "v": {"S": "x" * 400_000}}}} for n in range(11)]
    answer = refused(write, dynamo, *big)
    assert answer.code in {"TransactionCanceledException", "ValidationException"}
    assert table.scan()["Count"] == 0


def test_the_same_token_writes_once(dynamo: Dynamo) -> None:
    table, token = dynamo.table(), str(uuid4())
    for _ in range(3):
        write(dynamo, count(table, "a"), ClientRequestToken=token)
    assert table.get(key("a")) == {**key("a"), "n": ONE}


def test_a_token_stands_for_one_request(dynamo: Dynamo) -> None:
    table, token = dynamo.table(), str(uuid4())
    write(dynamo, count(table, "a"), ClientRequestToken=token)
    answer = refused(write, dynamo, count(table, "b"), ClientRequestToken=token)
    assert answer.code == "IdempotentParameterMismatchException"
    assert table.get(key("b")) is None


def test_without_a_token_each_request_writes(dynamo: Dynamo) -> None:
    table = dynamo.table()
    for _ in range(2):
        write(dynamo, count(table, "a"))
    assert table.get(key("a")) == {**key("a"), "n": {"N": "2"}}


def test_a_wrong_item_refuses_the_transaction(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = refused_response(write, dynamo, put(table, "b"), put(table, "a", Item={"q": {"S": "x"}}))
    assert table.get(key("b")) is None
    assert refusal(answer).code in {"TransactionCanceledException", "ValidationException"}


def test_a_wrong_expression_refuses_the_transaction(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = refused(write, dynamo, put(table, "b"), check(table, "a", "n ="))
    assert answer == invalid('Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="')
    assert table.get(key("b")) is None


def test_an_unknown_table_refuses_the_transaction(dynamo: Dynamo) -> None:
    table = dynamo.table()
    unknown = {"Put": {"TableName": dynamo.name(), "Item": key("a")}}
    answer = refused(write, dynamo, put(table, "b"), unknown)
    assert answer == Refusal("ResourceNotFoundException", "Requested resource not found")
    assert table.get(key("b")) is None


def test_a_transaction_reads_in_order(dynamo: Dynamo) -> None:
    one, two = dynamo.table(), dynamo.table()
    one.put({**key("a"), "v": {"S": "x"}, "w": {"S": "y"}})
    two.put(key("b"))
    gets = [
        {"Get": {"TableName": two.name, "Key": key("b")}},
        {"Get": {"TableName": one.name, "Key": key("absent")}},
        {"Get": {"TableName": one.name, "Key": key("a"), "ProjectionExpression": "v"}},
    ]
    answer = dynamo.dynamodb.transact_get_items(TransactItems=gets)
    assert answer["Responses"] == [{"Item": key("b")}, {}, {"Item": {"v": {"S": "x"}}}]


def test_a_transaction_reads_an_item_once(dynamo: Dynamo) -> None:
    table = dynamo.table()
    gets = [{"Get": {"TableName": table.name, "Key": key("a")}}] * 2
    answer = refused(dynamo.dynamodb.transact_get_items, TransactItems=gets)
    assert answer == invalid("Transaction request cannot include multiple operations on one item")
