"""What DynamoDB would refuse about an item is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.item_check import item_faults

SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
}
KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}


@pytest.mark.parametrize(
    "value",
    [
        {"S": ""},
        {"N": "12345678901234567890123456789012345678"},
        {"N": "1E-130"},
        {"B": "AAE="},
        {"BOOL": False},
        {"NULL": True},
        {"SS": ["a", "b"]},
        {"NS": ["1", "2"]},
        {"BS": ["AAE="]},
        {"L": [{"M": {"x": {"S": "y"}}}]},
    ],
)
def test_what_dynamodb_holds_has_no_fault(value: dict[str, Any]) -> None:
    assert list(item_faults(KEY | {"v": value}, SCHEMA)) == []


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"N": "abc"}, "/v/N"),
        ({"N": 1}, "/v/N"),
        ({"N": "1e999"}, "/v/N"),
        ({"N": "123456789012345678901234567890123456789"}, "/v/N"),
        ({"N": "NaN"}, "/v/N"),
        ({"B": "not base64!"}, "/v/B"),
        ({"NULL": False}, "/v/NULL"),
        ({"BOOL": "true"}, "/v/BOOL"),
        ({"SS": []}, "/v/SS"),
        ({"SS": ["a", "a"]}, "/v/SS"),
        ({"NS": ["1", "1.0"]}, "/v/NS"),
        ({"ZZ": 1}, "/v"),
        ({"S": "a", "N": "1"}, "/v"),
        ("plain", "/v"),
        ({"L": {"0": {"S": "a"}}}, "/v/L"),
        ({"M": {"x": {"L": [{"N": "?"}]}}}, "/v/M/x/L/0/N"),
    ],
)
def test_what_it_would_refuse_is_told_with_its_place(value: Any, place: str) -> None:
    assert [at for at, _ in item_faults(KEY | {"v": value}, SCHEMA)] == [place]


@pytest.mark.parametrize(
    ("item", "place"),
    [
        ({"pk": {"S": "a"}}, "/sk"),
        ({"pk": {"S": ""}, "sk": {"N": "1"}}, "/pk"),
        ({"pk": {"N": "1"}, "sk": {"N": "1"}}, "/pk"),
        ([], ""),
    ],
)
def test_keys_must_be_there_of_their_type_and_not_empty(item: Any, place: str) -> None:
    assert [at for at, _ in item_faults(item, SCHEMA)] == [place]


def test_nesting_has_an_end() -> None:
    value: dict[str, Any] = {"S": "deep"}
    for _ in range(40):
        value = {"L": [value]}
    assert [fault for _, fault in item_faults(KEY | {"v": value}, SCHEMA)] == ["nested deeper than 32 levels"]
