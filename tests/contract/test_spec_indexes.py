"""Secondary indexes: which items are in them, what they show of an item, and how they are asked.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import KEYS_ONLY, Dynamo, Table, index, invalid, refused

RED = {":c": {"S": "red"}}


def coloured(dynamo: Dynamo, projection: Any = None) -> Table:
    """A table with the global index `by-color` on `color` and `rank`."""
    by_color = index("by-color", "color", "rank", projection)
    return dynamo.table(types={"color": "S", "rank": "N"}, GlobalSecondaryIndexes=[by_color])


def local(dynamo: Dynamo, projection: Any = None) -> Table:
    """A table with the local index `by-rank`."""
    by_rank = index("by-rank", "p", "rank", projection)
    return dynamo.table("S", types={"rank": "N"}, LocalSecondaryIndexes=[by_rank])


def item(name: str, **more: Any) -> dict[str, Any]:
    """An item of that name."""
    return {"p": {"S": name}, **more}


def red(rank: int | str, **more: Any) -> dict[str, Any]:
    """Attributes of a red item."""
    return {"color": {"S": "red"}, "rank": {"N": str(rank)}, **more}


def names(answer: dict[str, Any]) -> list[str]:
    """The names of what was found, in order."""
    return [found["p"]["S"] for found in answer["Items"]]


def test_an_index_orders_by_its_own_key(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    for name, rank in (("a", 10), ("b", 9), ("c", -1)):
        table.put(item(name, **red(rank)))
    assert names(table.query("color = :c", RED, IndexName="by-color")) == ["c", "b", "a"]
    assert names(table.query("color = :c", RED, IndexName="by-color", ScanIndexForward=False)) == ["a", "b", "c"]


def test_an_index_takes_conditions_on_its_sort_key(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    for name, rank in (("a", 10), ("b", 9), ("c", -1)):
        table.put(item(name, **red(rank)))
    found = table.query("color = :c AND #r > :r", {**RED, ":r": {"N": "0"}}, IndexName="by-color",
                        ExpressionAttributeNames={"#r": "rank"})  # fmt: skip
    assert names(found) == ["b", "a"]


def test_an_item_without_the_index_key_is_not_in_the_index(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    table.put(item("a", **red(1)))
    table.put(item("b", color={"S": "red"}))
    table.put(item("c", rank={"N": "1"}))
    assert names(table.query("color = :c", RED, IndexName="by-color")) == ["a"]
    assert names(table.scan(IndexName="by-color")) == ["a"]


def test_an_index_follows_every_write(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    table.put(item("a", **red(1)))
    table.update({"p": {"S": "a"}}, "SET #r = :r", {":r": {"N": "5"}}, ExpressionAttributeNames={"#r": "rank"})
    assert table.scan(IndexName="by-color")["Items"] == [item("a", **red(5))]
    table.update({"p": {"S": "a"}}, "REMOVE color")
    assert table.scan(IndexName="by-color")["Items"] == []
    table.put(item("a", **red(2)))
    table.put(item("a", color={"S": "blue"}, rank={"N": "2"}))
    assert table.query("color = :c", RED, IndexName="by-color")["Items"] == []
    table.delete({"p": {"S": "a"}})
    assert table.scan(IndexName="by-color")["Items"] == []


def test_items_may_share_an_index_key(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    for name in "abc":
        table.put(item(name, **red(1)))
    assert set(names(table.query("color = :c", RED, IndexName="by-color"))) == {"a", "b", "c"}


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_of_an_index_add_up(dynamo: Dynamo, forward: bool, limit: int) -> None:
    table = coloured(dynamo)
    for number, name in enumerate("abcdef"):
        table.put(item(name, **red(number // 3)))
    asked: dict[str, Any] = {"IndexName": "by-color", "ScanIndexForward": forward}
    whole = names(table.query("color = :c", RED, **asked))
    paged: list[str] = []
    while True:
        answer = table.query("color = :c", RED, Limit=limit, **asked)
        paged += names(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert set(answer["LastEvaluatedKey"]) == {"p", "color", "rank"}
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    assert paged == whole
    assert set(whole) == set("abcdef")


def test_an_index_of_keys_shows_keys(dynamo: Dynamo) -> None:
    table = coloured(dynamo, KEYS_ONLY)
    table.put(item("a", **red(1, other={"S": "x"})))
    assert table.scan(IndexName="by-color")["Items"] == [item("a", **red(1))]


def test_an_index_may_include_attributes(dynamo: Dynamo) -> None:
    table = coloured(dynamo, {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["other"]})
    table.put(item("a", **red(1, other={"S": "x"}, more={"S": "y"})))
    table.put(item("b", **red(2, more={"S": "y"})))
    found = table.query("color = :c", RED, IndexName="by-color")["Items"]
    assert found == [item("a", **red(1, other={"S": "x"})), item("b", **red(2))]


def test_a_global_index_shows_no_more_than_it_projects(dynamo: Dynamo) -> None:
    table = coloured(dynamo, KEYS_ONLY)
    answer = refused(table.query, "color = :c", RED, IndexName="by-color", Select="ALL_ATTRIBUTES")
    assert answer == invalid(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
        "for global secondary index by-color because its projection type is not ALL"
    )
    missing = refused(table.query, "color = :c", RED, IndexName="by-color", ProjectionExpression="q")
    assert missing == invalid(
        "One or more parameter values were invalid: Global secondary index by-color does not project [q]"
    )


@pytest.mark.parametrize("make", [coloured, local], ids=["global", "local"])
def test_a_query_cannot_filter_by_what_its_index_does_not_project(dynamo: Dynamo, make: Any) -> None:
    table, name = make(dynamo, KEYS_ONLY), "by-color" if make is coloured else "by-rank"
    key = "color" if make is coloured else "p"
    answer = refused(table.query, f"{key} = :c", RED, IndexName=name, FilterExpression="attribute_exists(q)")
    assert answer == invalid(
        f"One or more parameter values were invalid: Secondary index {name} does not project one or more filter attributes: [q]"
    )


def test_a_global_index_is_not_read_consistently(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    expected = invalid("Consistent reads are not supported on global secondary indexes")
    assert refused(table.query, "color = :c", RED, IndexName="by-color", ConsistentRead=True) == expected
    assert refused(table.scan, IndexName="by-color", ConsistentRead=True) == expected


def test_a_local_index_orders_the_partition(dynamo: Dynamo) -> None:
    table = local(dynamo)
    for name, rank in (("a", 10), ("b", 9), ("c", -1)):
        table.put({"p": {"S": "x"}, "s": {"S": name}, "rank": {"N": str(rank)}})
    table.put({"p": {"S": "x"}, "s": {"S": "unranked"}})
    found = table.query("p = :p", {":p": {"S": "x"}}, IndexName="by-rank", ConsistentRead=True)["Items"]
    assert [one["s"]["S"] for one in found] == ["c", "b", "a"]


def test_a_local_index_fetches_what_it_does_not_project(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.Projections"""
    table = local(dynamo, KEYS_ONLY)
    whole = {"p": {"S": "x"}, "s": {"S": "a"}, "rank": {"N": "1"}, "other": {"S": "y"}}
    table.put(whole)
    asked = ("p = :p", {":p": {"S": "x"}})
    keys = {name: whole[name] for name in ("p", "s", "rank")}
    assert table.query(*asked, IndexName="by-rank")["Items"] == [keys]
    assert table.query(*asked, IndexName="by-rank", Select="ALL_ATTRIBUTES")["Items"] == [whole]
    fetched = table.query(
        *asked, IndexName="by-rank", ProjectionExpression="#o", ExpressionAttributeNames={"#o": "other"}
    )
    assert fetched["Items"] == [{"other": {"S": "y"}}]


def test_an_index_key_must_have_its_type(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    message = (
        "One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: N "
        "IndexName: by-color"
    )
    assert refused(table.put, item("a", color={"N": "1"})) == invalid(message)
    assert table.get({"p": {"S": "a"}}) is None


def test_an_update_must_keep_an_index_keys_type(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    table.put(item("a", **red(1)))
    answer = refused(table.update, {"p": {"S": "a"}}, "SET color = :v", {":v": {"N": "1"}})
    assert answer == invalid("The update expression attempted to update the secondary index key to unsupported type")
    assert table.get({"p": {"S": "a"}}) == item("a", **red(1))


def test_an_index_key_cannot_be_an_empty_string(dynamo: Dynamo) -> None:
    message = (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-color, IndexKey: color"
    )
    assert refused(coloured(dynamo).put, item("a", color={"S": ""}, rank={"N": "1"})) == invalid(message)


def test_an_index_key_of_an_update_comes_back_in_plain_spelling(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    table.update(
        {"p": {"S": "a"}},
        "SET color = :c, #r = :r",
        {**RED, ":r": {"N": "3.0"}},
        ExpressionAttributeNames={"#r": "rank"},
    )
    assert table.get({"p": {"S": "a"}}) == item("a", **red(3))


def test_an_unknown_index_is_refused(dynamo: Dynamo) -> None:
    table = coloured(dynamo)
    expected = invalid("The table does not have the specified index: none")
    assert refused(table.query, "color = :c", RED, IndexName="none") == expected
    assert refused(table.scan, IndexName="none") == expected


def test_a_query_of_an_index_needs_its_key(dynamo: Dynamo) -> None:
    answer = refused(coloured(dynamo).query, "p = :c", RED, IndexName="by-color")
    assert answer == invalid("Query condition missed key schema element: color")
