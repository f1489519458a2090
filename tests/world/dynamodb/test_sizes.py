"""An item's size by AWS's rules: names and values, three bytes a list or map and one more for each element.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from value_strategies import VALUES

from twinstage.world.memory.dynamodb.sizes import item_size, value_size
from twinstage.world.memory.dynamodb.values import stored_item, stored_value


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "é"}, 2),
        ({"B": b"123"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "1"}, 2),
        ({"L": []}, 3),
        ({"L": [{"S": "a"}, {"S": "a"}]}, 3 + 2 * (1 + 1)),
        ({"M": {"k": {"S": "a"}}}, 3 + 1 + 1 + 1),
        ({"M": {"k": {"M": {}}}}, 3 + 1 + 1 + 3),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "2"]}, 4),
        ({"BS": [b"1", b"2"]}, 2),
    ],
)
def test_a_values_size(value: dict[str, Any], size: int) -> None:
    assert value_size(stored_value(value)) == size


@given(VALUES, VALUES)
def test_an_items_size_is_that_of_its_names_and_values(first: dict[str, Any], second: dict[str, Any]) -> None:
    item = stored_item({"a": first, "bé": second})
    assert item_size(item) == 1 + value_size(item["a"]) + 3 + value_size(item["bé"])
