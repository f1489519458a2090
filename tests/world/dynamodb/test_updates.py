"""Updates: SET, REMOVE, ADD, DELETE, what they make of an item, and what DynamoDB refuses, in its words.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
Semantics beyond it: Scylla's test_update_expression.py and test_returnvalues.py, which pass on DynamoDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from expression_calls import ITEM, n, refusal, s, updated
from expression_texts import update_text, updates
from hypothesis import given
from hypothesis import strategies as st
from value_strategies import VALUES

from twinstage.world.memory.dynamodb.expressions import Placeholders, UsedPlaceholders, parse_update
from twinstage.world.memory.dynamodb.expressions.grammar import update_tree
from twinstage.world.memory.dynamodb.values import copy_item, stored_item, stored_value

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb.expressions.tree import UpdateTree

FIVE: dict[str, Any] = {":v": n(5)}
NUMBERS = {"l": {"L": [n(number) for number in (2, 3, 4, 5, 6, 7)]}}


@given(updates())
def test_a_tree_written_out_is_read_back(tree: UpdateTree) -> None:
    assert update_tree(update_text(tree)) == tree


def changed(text: str, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The attributes that an update leaves otherwise than they were; those it removed are None."""
    item = more.get("item", ITEM)
    after = updated(text, values, **more).item
    return {name: after.get(name) for name in {**item, **after} if after.get(name) != item.get(name)}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("SET a = :v", FIVE, {"a": n(5)}),
        ("set a = n + :v, q = n-:v", FIVE, {"a": n(10), "q": n(0)}),
        ("SET a = (n + :v)", {":v": n("0.1")}, {"a": n("5.1")}),
        ("SET a = if_not_exists(n, :v), q = if_not_exists(q.r, :v) + :v", {":v": n(7)}, {"a": n(5), "q": n(14)}),
        ("SET a = if_not_exists(q, if_not_exists(r, :v))", FIVE, {"a": n(5)}),
        ("SET l = list_append(l, :v)", {":v": {"L": [n(7)]}}, {"l": {"L": [*ITEM["l"]["L"], n(7)]}}),
        ("SET a = list_append(if_not_exists(q, :v), :v)", {":v": {"L": [n(7)]}}, {"a": {"L": [n(7), n(7)]}}),
        ("SET n = s, s = n", None, {"n": s("hello"), "s": n(5)}),
        ("REMOVE s SET a = s", None, {"a": s("hello"), "s": None}),
        ("SET l[9] = :v, l[7] = :u", {**FIVE, ":u": s("u")}, {"l": {"L": [*ITEM["l"]["L"], s("u"), n(5)]}}),
        ("SET l[2][5] = :v", FIVE, {"l": {"L": [n(1), s("x"), {"L": [n(9), n(5)]}]}}),
        ("SET m.b.c = :v REMOVE m.a", FIVE, {"m": {"M": {"b": {"M": {"c": n(5)}}}}}),
        ("REMOVE l[0], l[1], l[10]", None, {"l": {"L": [{"L": [n(9)]}]}}),
        ("REMOVE q, m.q", None, {}),
        ("ADD n :v, q :v, m.q :v, l[0] :v", FIVE, {"n": n(10), "q": n(5), "m": None, "l": None}),
        ("ADD ss :v, q :v", {":v": {"SS": ["a", "x"]}}, {"ss": {"SS": ["a", "x", "y"]}, "q": {"SS": ["a", "x"]}}),
        ("ADD ns :v", {":v": {"NS": ["1.00", "1E2"]}}, {"ns": {"NS": ["1", "2", "100"]}}),
        ("DELETE ss :v, q :v", {":v": {"SS": ["x"]}}, {"ss": {"SS": ["y"]}}),
        ("DELETE ss :v", {":v": {"SS": ["x", "y"]}}, {"ss": None}),
        ("DELETE ns :v", {":v": {"NS": ["1.0"]}}, {"ns": {"NS": ["2"]}}),
    ],
)
def test_updates(text: str, values: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    found = changed(text, values)
    if text.startswith("ADD n "):
        assert found.pop("m")["M"]["q"] == n(5)
        assert found.pop("l")["L"][0] == n(6)
        expected = {name: value for name, value in expected.items() if name not in {"m", "l"}}
    assert found == expected


@pytest.mark.parametrize("text", ["REMOVE l[1] SET l[3] = :v", "SET l[3] = :v REMOVE l[1]"])
def test_list_indexes_are_those_of_the_list_as_it_was(text: str) -> None:
    after = updated(text, {":v": n(17)}, item=NUMBERS).item
    assert after["l"] == {"L": [n(number) for number in (2, 4, 17, 6, 7)]}


def test_a_set_emptied_in_a_list_leaves_the_list() -> None:
    item = {"l": {"L": [{"SS": ["x"]}, n(2)]}}
    assert updated("DELETE l[0] :v", {":v": {"SS": ["x"]}}, item=item).item == {"l": {"L": [n(2)]}}


@pytest.mark.parametrize(
    ("text", "values", "old", "new"),
    [
        ("SET n = :v, a = :v", FIVE, {"n": n(5)}, {"n": n(5), "a": n(5)}),
        ("SET m.a = :v", FIVE, {"m": {"M": {"a": n(1)}}}, {"m": {"M": {"a": n(5)}}}),
        ("SET l[1] = :v", FIVE, {"l": {"L": [s("x")]}}, {"l": {"L": [n(5)]}}),
        ("SET l[100] = :v", FIVE, {}, {}),
        ("REMOVE l[1], m.a", None, {"l": {"L": [s("x")]}, "m": {"M": {"a": n(1)}}}, {"l": {"L": [{"L": [n(9)]}]}}),
        ("REMOVE q", None, {}, {}),
        ("DELETE ss :v", {":v": {"SS": ["q"]}}, {"ss": ITEM["ss"]}, {"ss": ITEM["ss"]}),
    ],
)
def test_updated_old_and_new_are_the_touched_paths(
    text: str, values: dict[str, Any] | None, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Scylla's test_update_item_returnvalues_nested: only the touched parts, at the indexes the expression names."""
    result = updated(text, values)
    assert (result.updated_old, result.updated_new) == (old, new)


@given(VALUES, VALUES, st.sampled_from(["x", "x.a", "x[0]", "x[1]"]))
def test_what_is_set_is_what_the_touched_path_answers(before: dict[str, Any], value: dict[str, Any], path: str) -> None:
    item: dict[str, Any] = {"x": {"M": {}} if "." in path else {"L": [before, before]} if "[" in path else before}
    result = updated(f"SET {path} = :v", {":v": value}, item=item)
    stored = stored_value(value)
    wrapped = {"x": stored, "x.a": {"M": {"a": stored}}}.get(path, {"L": [stored]})
    assert result.updated_new == {"x": wrapped}


@given(VALUES)
def test_the_item_given_is_left_as_it_was(value: dict[str, Any]) -> None:
    item = stored_item({"x": {"M": {"a": value}}, "n": n(1)})
    before = copy_item(item)
    updated("SET x.b = x.a, x.a = :v ADD n :v REMOVE q", FIVE, item=item)
    assert item == before


def test_what_is_not_there_is_added_to_as_nothing() -> None:
    assert updated("ADD n :v", FIVE, item={}).item == {"n": n(5)}


@pytest.mark.parametrize(
    ("text", "creates"),
    [("SET a = :v", True), ("REMOVE b ADD a :v", True), ("REMOVE a", False), ("DELETE a :s REMOVE b", False)],
)
def test_an_update_that_only_takes_away_makes_no_item(text: str, *, creates: bool) -> None:
    """Scylla's test_update_item_returnvalues_all_new: a REMOVE of an item that is not there makes none."""
    values = {name: value for name, value in {":v": n(5), ":s": {"SS": ["x"]}}.items() if name in text}
    placeholders = Placeholders(None, values or None)
    assert parse_update(text, placeholders, UsedPlaceholders(placeholders), ()).creates is creates


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        ("SET", 'Syntax error; token: "<EOF>", near: "SET"'),
        ("SET a", 'Syntax error; token: "<EOF>", near: "a"'),
        ("FOO a = :v", 'Syntax error; token: "FOO", near: "FOO a"'),
        ("SET a == :v", 'Syntax error; token: "=", near: "== :v"'),
        ("SET :v = n", 'Syntax error; token: ":v", near: "SET :v ="'),
        ("SET a = n + :v + :v", 'Syntax error; token: "+", near: ":v + :v"'),
        ("SET a = (n + :v) + :v", 'Syntax error; token: "+", near: ") + :v"'),
        ("SET a = if_not_exists(q, n + :v)", 'Syntax error; token: "+", near: "n + :v"'),
        ("SET a = :v, foo", 'Syntax error; token: "<EOF>", near: "foo"'),
        ("ADD n s", 'Syntax error; token: "s", near: "n s"'),
        ("REMOVE a :v", 'Syntax error; token: ":v", near: "a :v"'),
        ("SET a = ((n))", "The expression has redundant parentheses;"),
        ("SET a = :v SET s = :v", 'The "SET" section can only be used once in an update expression;'),
        ("SET name = :v", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("SET a = foo(s)", "Invalid function name; function: foo"),
        ("SET a = size(s)", "The function is not allowed in an update expression; function: size"),
        (
            "SET a = list_append(list_append(l, :v), :v)",
            "The function is not allowed to be used this way in an expression; function: list_append",
        ),
        (
            "SET a = list_append(l, :v) + :v",
            "The function is not allowed to be used this way in an expression; function: list_append",
        ),
        ("SET a = :x", "An expression attribute value used in expression is not defined; attribute value: :x"),
        (
            "SET a = if_not_exists(q)",
            "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
        ),
        (
            "SET a = if_not_exists(:v, n)",
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "SET a = list_append(l, :v)",
            "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
        ),
        (
            "DELETE ss :v",
            "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
        ),
        (
            "SET " + ",".join(f"q{index}=n+:v" for index in range(301)),
            "The expression contains too many operators; operator count: 301",
        ),
        ("SET a = :v" + " " * 4096, "Expression size has exceeded the maximum allowed size;"),
    ],
)
def test_updates_are_refused_in_dynamodbs_words(text: str, problem: str) -> None:
    assert refusal(updated, text, FIVE) == f"Invalid UpdateExpression: {problem}"


@pytest.mark.parametrize(
    ("text", "one", "two"),
    [
        ("SET a = :v REMOVE a", "[a]", "[a]"),
        ("SET m = :v, m.a = :v", "[m]", "[m, a]"),
        ("SET l[0] = :v REMOVE l[0]", "[l, [0]]", "[l, [0]]"),
        ("SET m.a.x = :v, m = :v, m.a = :v", "[m]", "[m, a]"),
    ],
)
def test_overlapping_paths_are_refused(text: str, one: str, two: str) -> None:
    problem = "Two document paths overlap with each other; must remove or rewrite one of these paths"
    assert refusal(updated, text, FIVE) == f"Invalid UpdateExpression: {problem}; path one: {one}, path two: {two}"


def test_conflicting_paths_are_refused() -> None:
    message = refusal(updated, "SET m.a = :v, m[0] = :v", FIVE)
    assert message.startswith("Invalid UpdateExpression: Two document paths conflict with each other; ")


@pytest.mark.parametrize("text", ["SET pk = :v", "REMOVE sk ADD n :v", "SET sk.a = :v", "SET a = q, pk = :v"])
def test_a_key_is_not_updated(text: str) -> None:
    name = "sk" if "sk" in text else "pk"
    expected = (
        f"One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"
    )
    assert refusal(updated, text, FIVE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "SET q.r = :v",
        "SET m.q.r = :v",
        "SET s.r = :v",
        "SET m[0] = :v",
        "SET l.a = :v",
        "SET l[5][0] = :v",
        "REMOVE q.r SET a = :v",
        "ADD m.q.r :v",
    ],
)
def test_a_path_into_nothing_is_refused(text: str) -> None:
    assert refusal(updated, text, FIVE) == "The document path provided in the update expression is invalid for update"


@pytest.mark.parametrize(
    "text", ["SET a = s + :v", "SET a = :v - s", "ADD s :v", "ADD ss :v", "SET a = list_append(l, n), q = :v"]
)
def test_operands_of_the_item_of_another_type_are_refused(text: str) -> None:
    assert refusal(updated, text, FIVE) == "An operand in the update expression has an incorrect data type"


@pytest.mark.parametrize(
    "text",
    [
        "SET a = q, b = :v",
        "SET a = q + :v",
        "SET a = l[9], b = :v",
        "SET a = if_not_exists(q, r), b = :v",
        "SET a = if_not_exists(n, r), b = :v",
    ],
)
def test_attributes_that_are_not_there_cannot_be_read(text: str) -> None:
    expected = "The provided expression refers to an attribute that does not exist in the item"
    assert refusal(updated, text, FIVE) == expected


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("SET #c = :x SET a = foo(:x)", "Invalid function name"),
        ("SET a = #c SET c1 = :x", "section can only be used once"),
        ("SET a = :x, #y = :v", "attribute name: #y"),
        ("SET a = :x, b = :y", "attribute value: :y"),
        ("SET a = :x, a = :v", "overlap"),
        ("SET pk = :x", "attribute value: :x"),
    ],
)
def test_of_several_problems_dynamodbs_first_is_reported(text: str, finding: str) -> None:
    assert finding in refusal(updated, text, FIVE)


def test_an_update_cannot_make_an_item_too_deep() -> None:
    value: dict[str, Any] = {"N": "1"}
    for _ in range(31):
        value = {"L": [value]}
    assert updated("SET a = :v", {":v": value}).item["a"] == value
    assert refusal(updated, "SET m.q = :v", {":v": value}) == "Nesting Levels have exceeded supported limits"
