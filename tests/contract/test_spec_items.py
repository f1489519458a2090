"""Items: PutItem, GetItem, DeleteItem and what they return.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
"""

from __future__ import annotations

import pytest

from tests.contract.dynamo import Dynamo, Refusal, invalid, refused

A, OLD, NEW = {"p": {"S": "a"}}, {"p": {"S": "a"}, "v": {"S": "old"}}, {"p": {"S": "a"}, "w": {"S": "new"}}
MISMATCH = invalid("The provided key element does not match the schema")
NO_TABLE = Refusal("ResourceNotFoundException", "Requested resource not found")


def test_an_item_comes_back_as_it_was_put(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    assert table.get(A) == OLD


def test_an_absent_item_is_an_answer_without_item(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = dynamo.dynamodb.get_item(TableName=table.name, Key=A)
    assert "Item" not in answer


def test_a_put_replaces_the_whole_item(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    table.put(NEW)
    assert table.get(A) == NEW


def test_a_put_returns_nothing_unless_asked(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    assert "Attributes" not in table.put(NEW)


def test_a_put_returns_the_old_item_when_asked(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert "Attributes" not in table.put(OLD, ReturnValues="ALL_OLD")
    assert table.put(NEW, ReturnValues="ALL_OLD")["Attributes"] == OLD


@pytest.mark.parametrize("values", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
def test_a_put_returns_no_other_values(dynamo: Dynamo, values: str) -> None:
    assert refused(dynamo.table().put, OLD, ReturnValues=values) == invalid("ReturnValues can only be ALL_OLD or NONE")


def test_a_deleted_item_is_gone(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    table.delete(A)
    assert table.get(A) is None


def test_deleting_an_absent_item_succeeds(dynamo: Dynamo) -> None:
    assert "Attributes" not in dynamo.table().delete(A, ReturnValues="ALL_OLD")


def test_a_delete_returns_the_old_item_when_asked(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put(OLD)
    assert table.delete(A, ReturnValues="ALL_OLD")["Attributes"] == OLD


def test_a_delete_returns_no_other_values(dynamo: Dynamo) -> None:
    assert refused(dynamo.table().delete, A, ReturnValues="ALL_NEW") == invalid(
        "ReturnValues can only be ALL_OLD or NONE"
    )


@pytest.mark.parametrize(
    "key",
    [{}, {"q": {"S": "a"}}, {"p": {"N": "1"}}, {"p": {"S": "a"}, "s": {"S": "b"}}, {"p": {"SS": ["a"]}}],
    ids=["empty", "other name", "other type", "too much", "set"],
)
def test_a_key_must_be_the_schemas(dynamo: Dynamo, key: dict[str, dict[str, str]]) -> None:
    table = dynamo.table()
    assert refused(table.get, key) == MISMATCH
    assert refused(table.delete, key) == MISMATCH


def test_a_sort_key_is_part_of_the_key(dynamo: Dynamo) -> None:
    table = dynamo.table("N")
    table.put({**A, "s": {"N": "1"}, "v": {"S": "one"}})
    table.put({**A, "s": {"N": "2"}, "v": {"S": "two"}})
    assert table.get({**A, "s": {"N": "1"}}) == {**A, "s": {"N": "1"}, "v": {"S": "one"}}
    assert refused(table.get, A) == MISMATCH


def test_an_item_must_have_its_key(dynamo: Dynamo) -> None:
    table = dynamo.table("S")
    missing = "One or more parameter values were invalid: Missing the key {} in the item"
    assert refused(table.put, {"s": {"S": "x"}}) == invalid(missing.format("p"))
    assert refused(table.put, A) == invalid(missing.format("s"))


def test_a_key_must_have_its_type(dynamo: Dynamo) -> None:
    message = "One or more parameter values were invalid: Type mismatch for key p expected: S actual: N"
    assert refused(dynamo.table().put, {"p": {"N": "1"}}) == invalid(message)


def test_a_key_cannot_be_an_empty_string(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.String"""
    message = (
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty string value. Key: p"
    )
    table = dynamo.table()
    assert refused(table.put, {"p": {"S": ""}}) == invalid(message)
    assert refused(table.get, {"p": {"S": ""}}) == invalid(message)


def test_a_key_cannot_be_empty_binary(dynamo: Dynamo) -> None:
    message = (
        "One or more parameter values are not valid. The AttributeValue for a key attribute "
        "cannot contain an empty binary value. Key: p"
    )
    assert refused(dynamo.table(partition="B").put, {"p": {"B": b""}}) == invalid(message)


@pytest.mark.parametrize(("kind", "limit"), [("p", 2048), ("s", 1024)])
def test_keys_have_a_greatest_size(dynamo: Dynamo, kind: str, limit: int) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys"""
    table = dynamo.table("S")
    item = {"p": {"S": "a"}, "s": {"S": "b"}}
    fits, exceeds = {**item, kind: {"S": "x" * limit}}, {**item, kind: {"S": "x" * (limit + 1)}}
    table.put(fits)
    assert table.get(fits) == fits
    message = {
        "p": "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
        "s": "One or more parameter values were invalid: "
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    }[kind]
    assert refused(table.put, exceeds) == invalid(message)
    assert refused(table.get, exceeds) == invalid(message)


def test_binary_and_number_keys_find_their_items(dynamo: Dynamo) -> None:
    table = dynamo.table("N", partition="B")
    table.put({"p": {"B": b"\x00\xff"}, "s": {"N": "1.50"}, "v": {"S": "x"}})
    assert table.get({"p": {"B": b"\x00\xff"}, "s": {"N": "15e-1"}}) == {
        "p": {"B": b"\x00\xff"}, "s": {"N": "1.5"}, "v": {"S": "x"}
    }  # fmt: skip


def test_an_unknown_table_is_not_found(dynamo: Dynamo) -> None:
    client, name = dynamo.dynamodb, dynamo.name()
    assert refused(client.put_item, TableName=name, Item=A) == NO_TABLE
    assert refused(client.get_item, TableName=name, Key=A) == NO_TABLE
    assert refused(client.delete_item, TableName=name, Key=A) == NO_TABLE
    assert refused(client.scan, TableName=name) == NO_TABLE


def test_an_attribute_name_may_be_any_text(dynamo: Dynamo) -> None:
    table = dynamo.table()
    item = {**A, "a b.c[0]": {"S": "x"}, "#:é": {"S": "y"}}
    table.put(item)
    assert table.get(A) == item


def test_an_item_is_not_what_the_caller_changes_later(dynamo: Dynamo) -> None:
    table = dynamo.table()
    given = {**A, "m": {"M": {"x": {"S": "y"}}}}
    table.put(given)
    given["m"]["M"]["x"]["S"] = "changed"
    read = table.get(A)
    assert read == {**A, "m": {"M": {"x": {"S": "y"}}}}
    read["m"]["M"]["x"]["S"] = "changed too"
    assert table.get(A) == {**A, "m": {"M": {"x": {"S": "y"}}}}


def test_consumed_capacity_is_told_when_asked(dynamo: Dynamo) -> None:
    """A write unit a KiB, half a read unit for an eventually consistent read of 4 KiB.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    table = dynamo.table()
    item = {**A, "v": {"S": "x" * 5000}}
    assert table.put(item, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == {
        "TableName": table.name, "CapacityUnits": 5.0
    }  # fmt: skip
    client = dynamo.dynamodb
    eventual = client.get_item(TableName=table.name, Key=A, ReturnConsumedCapacity="TOTAL")
    consistent = client.get_item(TableName=table.name, Key=A, ReturnConsumedCapacity="TOTAL", ConsistentRead=True)
    assert eventual["ConsumedCapacity"]["CapacityUnits"] == 1.0
    assert consistent["ConsumedCapacity"]["CapacityUnits"] == 2.0
