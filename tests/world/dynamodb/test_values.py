"""Attribute values: what is stored of them, and what is refused.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

from typing import Any

import pytest
from expression_calls import refusal
from hypothesis import given
from hypothesis import strategies as st
from value_strategies import NUMBERS, VALUES

from twinstage.world.memory.dynamodb.errors import DynamoRefused
from twinstage.world.memory.dynamodb.values import (
    compare,
    copy_item,
    nesting,
    stored_item,
    stored_value,
)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"N": "1"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


@given(VALUES)
def test_a_stored_value_is_stored_as_itself_and_shares_nothing(value: dict[str, Any]) -> None:
    stored = stored_value(value)
    again = copy_item({"x": stored})["x"]
    assert stored_value(stored) == stored == again
    for kind in ("L", "M", "SS", "NS", "BS"):
        assert kind not in value or (stored[kind] is not value[kind] and again[kind] is not stored[kind])


@given(st.lists(NUMBERS, min_size=2, max_size=5, unique=True), st.randoms())
def test_sets_are_equal_whatever_their_order(numbers: list[str], random: Any) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)
    assert stored_value({"NS": numbers}) == stored_value({"NS": shuffled})


@given(st.lists(st.text(max_size=4), min_size=2, max_size=2))
def test_strings_sort_by_their_utf8_bytes(texts: list[str]) -> None:
    try:
        first, second = (text.encode() for text in texts)
    except UnicodeEncodeError:
        return
    left, right = ({"S": text} for text in texts)
    assert compare(left, right) == (first > second) - (first < second)


def test_sets_come_back_in_ascending_order() -> None:
    assert stored_value({"NS": ["10", "9", "1.50"]}) == {"NS": ["1.5", "9", "10"]}
    assert stored_value({"SS": ["é", "z", "Z", ""]}) == {"SS": ["", "Z", "z", "é"]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"X": "1"}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
        ({"SS": []}, "One or more parameter values were invalid: An string set  may not be empty"),
        ({"NS": []}, "One or more parameter values were invalid: An number set  may not be empty"),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        ({"SS": ["a", "a"]}, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        (
            {"BS": [b"a", b"a"]},
            "One or more parameter values were invalid: Input collection [YQ==, YQ==]of type BS contains duplicates.",
        ),
        (
            {"NULL": False},
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
        ({"L": [{"M": {"a": {"N": "x"}}}]}, "The parameter cannot be converted to a numeric value: x"),
        ({"M": {"": {"S": "a"}}}, "Empty attribute name"),
        (
            nested(32),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
        ),
    ],
)
def test_values_are_refused_in_dynamodbs_words(value: dict[str, Any], message: str) -> None:
    assert refusal(stored_value, value) == message


def test_an_item_may_have_32_levels_its_own_counted() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes"""
    assert nesting(stored_value(nested(31))) == 31


def test_empty_strings_binaries_lists_and_maps_are_values() -> None:
    item = {"s": {"S": ""}, "b": {"B": b""}, "l": {"L": []}, "m": {"M": {}}}
    assert stored_item(item) == item


def test_an_attribute_name_has_at_most_65535_bytes() -> None:
    stored_item({"a" * 65_535: {"S": "x"}})
    assert "must be less than 65536 bytes" in refusal(stored_item, {"é" * 32_768: {"S": "x"}})


def test_content_of_another_json_type_cannot_be_read() -> None:
    with pytest.raises(DynamoRefused) as refused:
        stored_value({"N": 5})
    assert refused.value.error == "SerializationException"
