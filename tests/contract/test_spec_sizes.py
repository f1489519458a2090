"""The size of an item: 400 KB of names and values.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, invalid, refused

A = {"p": {"S": "a"}}
LIMIT = 400 * 1024
TOO_LARGE = invalid("Item size has exceeded the maximum allowed size")
TOO_LARGE_AFTER = invalid("Item size to update has exceeded the maximum allowed size")
# What the key `p` with the value `a` takes, and the name of the attribute `v`.
KEY, NAME = 2, 1


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "x" * 1000}, 1000),
        ({"S": "é" * 1000}, 2000),
        ({"B": b"x" * 1000}, 1000),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["xx", "yyy"]}, 5),
        ({"BS": [b"xx", b"yyy"]}, 5),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "xx"}, {"S": ""}]}, 3 + 3 + 1),
        ({"M": {"kk": {"S": "xx"}, "l": {"L": []}}}, 3 + 2 + 3 + 1 + 4),
        ({"N": "0"}, 1),
        ({"N": "1"}, 2),
        ({"N": "-1"}, 3),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "1234567890"}, 6),
        ({"N": "100"}, 2),
        ({"NS": ["1", "123"]}, 5),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_item_fills_the_limit_exactly(dynamo: Dynamo, attribute: dict[str, Any], size: int) -> None:
    """Names and strings by UTF-8 bytes; 1 for null and boolean; 3 for a list or map and 1 for each thing in it; numbers 1 for two digits, and 1."""
    room = LIMIT - KEY - NAME - size - len("filler")
    table = dynamo.table()
    table.put({**A, "v": attribute, "filler": {"S": "x" * room}})
    assert refused(table.put, {**A, "v": attribute, "filler": {"S": "x" * (room + 1)}}) == TOO_LARGE


def test_an_update_may_not_exceed_the_limit(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**A, "v": {"S": "x" * (LIMIT - KEY - NAME)}})
    assert refused(table.update, A, "SET w = :w", {":w": {"S": "x"}}) == TOO_LARGE_AFTER
    assert table.get(A) == {**A, "v": {"S": "x" * (LIMIT - KEY - NAME)}}


def test_an_update_may_not_make_an_item_that_exceeds_the_limit(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.update, A, "SET v = :v", {":v": {"S": "x" * LIMIT}}).code == "ValidationException"
    assert table.get(A) is None
