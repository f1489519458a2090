"""Batches: BatchGetItem and BatchWriteItem.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

from typing import Any

from tests.contract.dynamo import Dynamo, Refusal, invalid, refused

NO_TABLE = Refusal("ResourceNotFoundException", "Requested resource not found")


def key(name: str) -> dict[str, Any]:
    """A key."""
    return {"p": {"S": name}}


def put(name: str, **more: Any) -> dict[str, Any]:
    """A put request."""
    return {"PutRequest": {"Item": {**key(name), **more}}}


def delete(name: str) -> dict[str, Any]:
    """A delete request."""
    return {"DeleteRequest": {"Key": key(name)}}


def test_a_batch_puts_and_deletes_in_several_tables(dynamo: Dynamo) -> None:
    one, two = dynamo.table(), dynamo.table()
    one.put(key("old"))
    answer = dynamo.dynamodb.batch_write_item(
        RequestItems={one.name: [put("a"), delete("old"), delete("absent")], two.name: [put("b")]}
    )
    assert answer["UnprocessedItems"] == {}
    assert (one.scan()["Items"], two.scan()["Items"]) == ([key("a")], [key("b")])


def test_a_batch_gets_from_several_tables(dynamo: Dynamo) -> None:
    one, two = dynamo.table(), dynamo.table()
    one.put({**key("a"), "v": {"S": "x"}})
    two.put(key("b"))
    answer = dynamo.dynamodb.batch_get_item(
        RequestItems={one.name: {"Keys": [key("a"), key("absent")]}, two.name: {"Keys": [key("b")]}}
    )
    assert answer["Responses"] == {one.name: [{**key("a"), "v": {"S": "x"}}], two.name: [key("b")]}
    assert answer["UnprocessedKeys"] == {}


def test_a_table_without_finds_is_in_the_answer(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = dynamo.dynamodb.batch_get_item(RequestItems={table.name: {"Keys": [key("absent")]}})
    assert answer["Responses"] == {table.name: []}


def test_a_batch_projects(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**key("a"), "status": {"S": "x"}, "w": {"S": "y"}})
    answer = dynamo.dynamodb.batch_get_item(
        RequestItems={
            table.name: {
                "Keys": [key("a")], "ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "status"}
            }
        }
    )  # fmt: skip
    assert answer["Responses"][table.name] == [{"status": {"S": "x"}}]


def test_a_batch_writes_25_items(dynamo: Dynamo) -> None:
    table = dynamo.table()
    dynamo.dynamodb.batch_write_item(RequestItems={table.name: [put(str(number)) for number in range(25)]})
    assert table.scan()["Count"] == 25


def test_a_batch_writes_no_more_than_25_items(dynamo: Dynamo) -> None:
    table = dynamo.table()
    puts = [put(str(number)) for number in range(26)]
    answer = refused(dynamo.dynamodb.batch_write_item, RequestItems={table.name: puts})
    assert answer.code == "ValidationException"
    assert "[Member must have length less than or equal to 25, Member must have length" in answer.message
    assert table.scan()["Count"] == 0


def test_the_25_items_may_not_be_exceeded_by_several_tables(dynamo: Dynamo) -> None:
    one, two = dynamo.table(), dynamo.table()
    request = {one.name: [put(str(number)) for number in range(20)], two.name: [put(str(n)) for n in range(6)]}
    answer = refused(dynamo.dynamodb.batch_write_item, RequestItems=request)
    assert answer == invalid("Too many items requested for the BatchWriteItem call")


def test_a_batch_gets_no_more_than_100_items(dynamo: Dynamo) -> None:
    table = dynamo.table()
    client = dynamo.dynamodb
    client.batch_get_item(RequestItems={table.name: {"Keys": [key(str(number)) for number in range(100)]}})
    many = {table.name: {"Keys": [key(str(number)) for number in range(101)]}}
    answer = refused(client.batch_get_item, RequestItems=many)
    assert answer.code == "ValidationException"
    assert "Member must have length less than or equal to 100" in answer.message


def test_a_batch_names_an_item_once(dynamo: Dynamo) -> None:
    table = dynamo.table()
    expected = invalid("Provided list of item keys contains duplicates")
    for requests in ([put("a"), put("a", v={"S": "x"})], [put("a"), delete("a")], [delete("a"), delete("a")]):
        assert refused(dynamo.dynamodb.batch_write_item, RequestItems={table.name: requests}) == expected
    keys = {"Keys": [key("a"), key("a")]}
    assert refused(dynamo.dynamodb.batch_get_item, RequestItems={table.name: keys}) == expected
    assert table.scan()["Count"] == 0


def test_equal_numbers_are_one_key(dynamo: Dynamo) -> None:
    table = dynamo.table(partition="N")
    keys = {"Keys": [{"p": {"N": "1"}}, {"p": {"N": "1.0"}}]}
    answer = refused(dynamo.dynamodb.batch_get_item, RequestItems={table.name: keys})
    assert answer == invalid("Provided list of item keys contains duplicates")


def test_an_unknown_table_refuses_the_whole_batch(dynamo: Dynamo) -> None:
    table, client, unknown = dynamo.table(), dynamo.dynamodb, dynamo.name()
    assert refused(client.batch_write_item, RequestItems={table.name: [put("a")], unknown: [put("a")]}) == NO_TABLE
    assert refused(client.batch_get_item, RequestItems={unknown: {"Keys": [key("a")]}}) == NO_TABLE
    assert table.scan()["Count"] == 0


def test_a_wrong_item_refuses_the_whole_batch(dynamo: Dynamo) -> None:
    table = dynamo.table()
    requests = [put("a"), {"PutRequest": {"Item": {"q": {"S": "b"}}}}]
    answer = refused(dynamo.dynamodb.batch_write_item, RequestItems={table.name: requests})
    assert answer == invalid("The provided key element does not match the schema")
    assert table.scan()["Count"] == 0


def test_a_wrong_key_refuses_the_whole_batch(dynamo: Dynamo) -> None:
    table, expected = dynamo.table(), invalid("The provided key element does not match the schema")
    keys = {"Keys": [key("a"), {"q": {"S": "a"}}]}
    assert refused(dynamo.dynamodb.batch_get_item, RequestItems={table.name: keys}) == expected
    deletes = [delete("a"), {"DeleteRequest": {"Key": {"q": {"S": "b"}}}}]
    assert refused(dynamo.dynamodb.batch_write_item, RequestItems={table.name: deletes}) == expected


def test_a_batch_answers_no_more_than_16_megabytes(dynamo: Dynamo) -> None:
    table = dynamo.table()
    for number in range(45):
        table.put({**key(str(number)), "v": {"S": "x" * 400_000}})
    asked = {"Keys": [key(str(number)) for number in range(45)]}
    answer = dynamo.dynamodb.batch_get_item(RequestItems={table.name: asked})
    got, left = answer["Responses"][table.name], answer["UnprocessedKeys"][table.name]["Keys"]
    assert len(got) < 45
    assert {one["p"]["S"] for one in got} | {one["p"]["S"] for one in left} == {str(n) for n in range(45)}
    assert len(got) + len(left) == 45
