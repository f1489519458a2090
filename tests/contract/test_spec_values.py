"""Values: strings, binary, sets, lists and maps, null and booleans.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.dynamo import Dynamo, invalid, refused

A = {"p": {"S": "a"}}
INVALID = "One or more parameter values were invalid: "


@pytest.mark.parametrize(
    "value",
    [
        {"S": ""},
        {"S": "\u0000 é \U0001f600"},
        {"B": b""},
        {"B": bytes(range(256))},
        {"NULL": True},
        {"BOOL": True},
        {"BOOL": False},
        {"L": []},
        {"M": {}},
        {"L": [{"S": ""}, {"N": "1"}, {"L": [{"M": {"k": {"S": "x"}}}]}]},
        {"M": {"a": {"M": {"b": {"NULL": True}}}, "c": {"SS": ["x"]}}},
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_comes_back_as_it_was_put(dynamo: Dynamo, value: dict[str, Any]) -> None:
    table = dynamo.table()
    table.put({**A, "v": value})
    assert table.get(A) == {**A, "v": value}


@pytest.mark.parametrize(
    ("kind", "members"),
    [("SS", ["b", "a", ""]), ("NS", ["2", "1", "-3.5"]), ("BS", [b"b", b"a", b""])],
)
def test_a_set_comes_back_with_its_members(dynamo: Dynamo, kind: str, members: list[Any]) -> None:
    table = dynamo.table()
    table.put({**A, "v": {kind: members}})
    read = table.get(A)
    assert read is not None
    assert sorted(read["v"][kind]) == sorted(members)


def test_set_members_are_numbers_not_spellings(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**A, "v": {"NS": ["1.0", "2e1"]}})
    read = table.get(A)
    assert read is not None
    assert sorted(read["v"]["NS"]) == ["1", "20"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"SS": []}, "An string set  may not be empty"),
        ({"NS": []}, "An number set  may not be empty"),
        ({"BS": []}, "Binary sets should not be empty"),
    ],
    ids=["SS", "NS", "BS"],
)
def test_a_set_is_not_empty(dynamo: Dynamo, value: dict[str, Any], message: str) -> None:
    assert refused(dynamo.table().put, {**A, "v": value}) == invalid(INVALID + message)


def test_a_set_of_strings_has_no_duplicates(dynamo: Dynamo) -> None:
    message = INVALID + "Input collection [b, a, b] contains duplicates."
    assert refused(dynamo.table().put, {**A, "v": {"SS": ["b", "a", "b"]}}) == invalid(message)


@pytest.mark.parametrize("members", [["1", "2", "1"], ["1", "1.0"], ["10", "1e1"]])
def test_a_set_of_numbers_has_no_duplicates(dynamo: Dynamo, members: list[str]) -> None:
    message = "Input collection contains duplicates"
    assert refused(dynamo.table().put, {**A, "v": {"NS": members}}) == invalid(message)


def test_a_set_of_binaries_has_no_duplicates(dynamo: Dynamo) -> None:
    message = INVALID + "Input collection [YQ==, YQ==]of type BS contains duplicates."
    assert refused(dynamo.table().put, {**A, "v": {"BS": [b"a", b"a"]}}) == invalid(message)


def test_null_is_true(dynamo: Dynamo) -> None:
    message = INVALID + "Null attribute value types must have the value of true"
    assert refused(dynamo.table().put, {**A, "v": {"NULL": False}}) == invalid(message)


def test_a_value_has_one_type(dynamo: Dynamo) -> None:
    message = (
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )
    assert refused(dynamo.table().put, {**A, "v": {"S": "a", "N": "1"}}) == invalid(message)


def test_a_value_has_a_type(dynamo: Dynamo) -> None:
    message = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    assert refused(dynamo.table().put, {**A, "v": {}}) == invalid(message)


def _nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "x"}
    for level in range(levels):
        value = {"L": [value]} if level % 2 else {"M": {"k": value}}
    return value


def test_documents_nest_32_levels(dynamo: Dynamo) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes"""
    table = dynamo.table()
    table.put({**A, "v": _nested(31)})
    assert table.get(A) == {**A, "v": _nested(31)}
    message = "Nesting Levels have exceeded supported limits"
    assert refused(table.put, {**A, "v": _nested(40)}).code == "ValidationException"
    assert message in refused(table.put, {**A, "v": _nested(40)}).message


def test_values_are_refused_in_expressions_too(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = refused(table.update, A, "SET v = :v", {":v": {"SS": []}})
    assert answer == invalid(
        "ExpressionAttributeValues contains invalid value: "
        "One or more parameter values were invalid: An string set  may not be empty for key :v"
    )


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}, True),
        ({"NS": ["1", "2"]}, {"NS": ["2.0", "1"]}, True),
        ({"L": [{"N": "1"}]}, {"L": [{"N": "1.0"}]}, True),
        ({"L": [{"N": "1"}, {"N": "2"}]}, {"L": [{"N": "2"}, {"N": "1"}]}, False),
        ({"M": {"a": {"S": "x"}, "b": {"S": "y"}}}, {"M": {"b": {"S": "y"}, "a": {"S": "x"}}}, True),
        ({"M": {"a": {"S": "x"}}}, {"M": {"a": {"S": "x"}, "b": {"NULL": True}}}, False),
        ({"S": "1"}, {"N": "1"}, False),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}, False),
        ({"NULL": True}, {"NULL": True}, True),
        ({"S": ""}, {"S": ""}, True),
        ({"B": b"a"}, {"S": "a"}, False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_values_are_equal_by_type_and_content(dynamo: Dynamo, one: Any, other: Any, equal: bool) -> None:
    table = dynamo.table()
    assert table.holds({**A, "v": one}, "v = :v", {":v": other}) is equal
    assert table.holds({**A, "v": one}, "v <> :v", {":v": other}) is not equal
