"""Conditions and filters: their syntax, what they mean, and what DynamoDB refuses, in its words.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
Messages beyond those of AWS's pages: dynalite's tests, recorded of DynamoDB, and DynamoDB Local 1.25.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from expression_calls import ITEM, holds, n, refusal, s
from expression_texts import CONDITIONS, SIMPLE_CONDITIONS, condition_text
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import TwinstageError
from twinstage.world.memory.dynamodb.errors import DynamoRefused, Unsupported
from twinstage.world.memory.dynamodb.expressions.grammar import condition_tree
from twinstage.world.memory.dynamodb.expressions.static_rules import reserved_words

if TYPE_CHECKING:
    from twinstage.world.memory.dynamodb.expressions.tree import ConditionTree

WHERE = "ConditionExpression"
FIVE: dict[str, Any] = {":v": n(5)}


@given(CONDITIONS)
def test_a_tree_written_out_is_read_back(tree: ConditionTree) -> None:
    assert condition_tree(condition_text(tree), WHERE) == tree


NAMED = {"#a": "n", "#b1": "m"}
VALUED = {":a": n(5), ":b": s("x"), ":c1": {"SS": ["x"]}}


def truth(text: str) -> bool | str:
    """Whether a condition holds for the item, or its refusal; placeholders it does not use are left out."""
    names = {name: target for name, target in NAMED.items() if name in text}
    values = {name: value for name, value in VALUED.items() if name in text}
    try:
        return bool(holds(text, values or None, names=names or None))
    except DynamoRefused as problem:
        return problem.message


@given(SIMPLE_CONDITIONS, SIMPLE_CONDITIONS)
def test_de_morgan_and_double_negation(first: ConditionTree, second: ConditionTree) -> None:
    a, b = condition_text(first), condition_text(second)
    assert truth(f"NOT NOT {a}") == truth(a)
    assert truth(f"NOT ({a} AND {b})") == truth(f"(NOT {a}) OR NOT {b}")
    assert truth(f"NOT ({a} OR {b})") == truth(f"NOT {a} AND NOT {b}")
    assert truth(f"{a} OR {b} AND NOT {b}") == truth(f"{a} OR ({b} AND (NOT {b}))")


@given(st.text(st.sampled_from("n.#:[]() =<>0v,andorti\t_"), max_size=12))
def test_any_text_is_a_condition_or_refused_by_a_named_error(text: str) -> None:
    assert _reading(text).startswith(("a tree", "Invalid ConditionExpression: "))


def _reading(text: str) -> str:
    try:
        return f"a tree: {condition_tree(text, WHERE)}"
    except TwinstageError as problem:
        return problem.message


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n = :v", {":v": n("5.0")}),
        ("ss = :v", {":v": {"SS": ["y", "x"]}}),
        ("NOT n <> :v", FIVE),
        ("n between :v and :v", FIVE),
        ("n IN (:w, :v)", {**FIVE, ":w": s("x")}),
        ("begins_with(s, :v)", {":v": s("he")}),
        ("begins_with(b, :v)", {":v": {"B": b"\x01"}}),
        ("contains(s, :v)", {":v": s("ell")}),
        ("contains(b, :v)", {":v": {"B": b"\x02"}}),
        ("contains(ns, :v)", {":v": n("1.0")}),
        ("contains(l, :v)", {":v": {"L": [n(9)]}}),
        ("attribute_type(ns, :v)", {":v": s("NS")}),
        ("attribute_exists(m.b.c) AND attribute_not_exists(m.b.d) AND attribute_not_exists(s.x)", None),
        ("l[2][0] = :v", {":v": n(9)}),
        ("m . b . c = :v and l [ 0 ] < :v2", {":v": s("d"), ":v2": n("1.5")}),
        ("size(s) = :v", FIVE),
        ("size(m) = :v AND size(ss) = :v AND size(b) = :v AND size(l) > :v", {":v": n(2)}),
        ("(n = (:v))", FIVE),
        ("n = :v OR n = :v AND NOT n = :v", FIVE),
        (":v = n AND :v = :v", FIVE),
        ("s > :v", {":v": s("Z")}),
        ("b > :v", {":v": {"B": b"\x01"}}),
    ],
)
def test_conditions_that_hold(text: str, values: dict[str, Any] | None) -> None:
    assert holds(text, values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n = :v", {":v": n("5.0000000000000000000000000000000000001")}),
        ("n < :v", {":v": s("x")}),
        ("n between :v and :v", {":v": s("x")}),
        ("q = r", None),
        ("q < n", None),
        ("q IN (r)", None),
        ("contains(ss, :v)", {":v": {"SS": ["x"]}}),
        ("contains(q, r)", None),
        ("begins_with(n, s)", None),
        ("size(n) = :v", FIVE),
        ("size(q) = size(r)", None),
        ("attribute_type(q, :v)", {":v": s("NULL")}),
        ("l[9] = :v OR m[0] = :v OR l.x = :v", FIVE),
    ],
)
def test_conditions_that_do_not_hold_and_whose_negation_does(text: str, values: dict[str, Any] | None) -> None:
    assert not holds(text, values)
    assert holds(f"NOT ({text})", values)


def test_what_does_not_exist_is_unequal_to_everything() -> None:
    assert holds("q <> :v AND q <> r AND size(n) <> :v", FIVE)


def test_a_condition_on_no_item_sees_no_attribute() -> None:
    assert holds("attribute_not_exists(pk)", item=None)
    assert not holds("attribute_exists(pk)", item=None)


def test_size_counts_utf16_units() -> None:
    assert holds("size(u) = :v", {":v": n(3)}, item={"u": s("é😀")})


def test_the_same_text_is_evaluated_anew_with_other_values_and_kinds() -> None:
    assert holds("n < :v", {":v": n(6)})
    assert not holds("n < :v", {":v": n(4)})
    assert not holds("n < :v", {":v": s("6")})
    assert "operand type: BOOL" in refusal(holds, "n < :v", {":v": {"BOOL": True}})
    assert holds("n BETWEEN :lo AND :hi", {":lo": n(1), ":hi": n(9)})
    assert "greater than or equal to lower bound" in refusal(holds, "n BETWEEN :lo AND :hi", {":lo": n(9), ":hi": n(1)})
    assert holds("#x = :v", FIVE, names={"#x": "n"})
    assert not holds("#x = :v", FIVE, names={"#x": "s"})


@pytest.mark.parametrize(
    ("text", "token", "near"),
    [
        ("a == :v", "=", "== :v"),
        ("a = ", "<EOF>", "= "),
        ("   ", "<EOF>", "   "),
        ("  = :v", "=", "  = :v"),
        ("a", "<EOF>", "a"),
        ("a = :v AND", "<EOF>", "AND"),
        ("a = :v b", "b", ":v b"),
        ("a @ b", "@", "a @ b"),
        ("a = 5", "5", "= 5"),
        ("a = 'x'", "'", "= 'x"),
        ("a != :v", "!", "a !="),
        ("a < > :v", ">", "< > :v"),
        ("_a = :v", "_", "_a"),
        ("1a = :v", "1", "1a"),
        ("#a#b = :v", "#b", "#a#b ="),
        ("a = ::v", ":", "= ::v"),
        ("l[00] = :v", "0", "00]"),
        ("l[-1] = :v", "-", "[-1"),
        ("l[0]x = :v", "x", "]x ="),
        ("m..a = :v", ".", "..a"),
        ("m.size(n) = :v", "(", "size(n"),
        ("attribute_exists()", ")", "()"),
        ("n IN :v", ":v", "IN :v"),
        ("n BETWEEN :v OR :v", "OR", ":v OR :v"),
        ("(n = :v", "<EOF>", ":v"),
        ("n = :v)", ")", ":v)"),
        ("n AND n", "AND", "n AND n"),
        ("m.set = :v", "set", ".set ="),
        ("é = :v", "é", "é ="),
        ("n = :v = ", "=", ":v = "),
    ],
)
def test_syntax_errors_name_the_token_and_what_stands_around_it(text: str, token: str, near: str) -> None:
    expected = f'Invalid ConditionExpression: Syntax error; token: "{token}", near: "{near}"'
    assert refusal(holds, text, FIVE) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "The expression can not be empty;"),
        ("((n = :v))", "The expression has redundant parentheses;"),
        ("foo(n) and ((n)) = :v", "The expression has redundant parentheses;"),
        ("name = :v", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("m.Status = :v", "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("Size(n) = :v", "Invalid function name; function: Size"),
        ("foo(name)", "Invalid function name; function: foo"),
        ("list_append(a, b) = :v", "The function is not allowed in a condition expression; function: list_append"),
        ("size(n)", "The function is not allowed to be used this way in an expression; function: size"),
        (
            "contains(attribute_exists(n), :v)",
            "The function is not allowed to be used this way in an expression; function: attribute_exists",
        ),
        ("n = :x", "An expression attribute value used in expression is not defined; attribute value: :x"),
        ("#x = :x", "An expression attribute name used in the document path is not defined; attribute name: #x"),
        ("l[2147483648] = :v", "List index is not within the allowable range; index: [2147483648]"),
        ("n" + ".a" * 32 + " = :v", "The document path has too many nesting levels; nesting levels: 33"),
        (
            "attribute_exists(a, b)",
            "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
        ),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "n = n",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [n]",
        ),
        (
            "m.a IN (:v, m.a)",
            "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [m, a]",
        ),
        (
            "n IN (" + ",".join([":v"] * 101) + ")",
            "The IN operator is provided with too many operands; number of operands: 101",
        ),
        (
            "begins_with(s, :v)",
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "size(:v) = :v",
            "Incorrect operand type for operator or function; operator or function: size, operand type: N",
        ),
        (
            "attribute_type(n, :v)",
            "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
        ),
        ("n=:v" + " or n=:v" * 150, "The expression contains too many operators; operator count: 301"),
        ("n = :v" + " " * 4091, "Expression size has exceeded the maximum allowed size; expression size: 4097"),
    ],
)
def test_conditions_are_refused_in_dynamodbs_words(text: str, problem: str) -> None:
    assert refusal(holds, text, FIVE) == f"Invalid ConditionExpression: {problem}"


@pytest.mark.parametrize(
    ("text", "values", "problem"),
    [
        (
            "n BETWEEN :a AND :b",
            {":a": n(5), ":b": s("x")},
            (
                "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:5}, "
                "upper bound operand: AttributeValue: {S:x}"
            ),
        ),
        (
            "n BETWEEN :a AND :b",
            {":a": n("10.50"), ":b": n(9)},
            (
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: "
                "AttributeValue: {N:10.50}, upper bound operand: AttributeValue: {N:9}"
            ),
        ),
        (
            "n <= :a",
            {":a": {"SS": ["a"]}},
            "Incorrect operand type for operator or function; operator or function: <=, operand type: SS",
        ),
        (
            "attribute_type(n, :a)",
            {":a": s("n")},
            "Invalid attribute type name found; type: n, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
    ],
)
def test_values_that_do_not_fit_are_refused(text: str, values: dict[str, Any], problem: str) -> None:
    assert refusal(holds, text, values, where="FilterExpression") == f"Invalid FilterExpression: {problem}"


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("n = :x and ((n = :v))", "redundant parentheses"),
        ("n = :x and name = :v", "reserved keyword"),
        ("foo(n) and name = :v", "Invalid function name"),
        ("name = :v and foo(n)", "reserved keyword"),
        ("attribute_exists(a, :x)", "attribute value: :x"),
        ("n = n and m = :x", "must be distinct"),
        ("m = :x and n = n", "attribute value: :x"),
    ],
)
def test_of_several_problems_dynamodbs_first_is_reported(text: str, finding: str) -> None:
    assert finding in refusal(holds, text, FIVE)


def test_every_reserved_word_is_refused_whatever_its_case() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html"""
    assert len(reserved_words()) == 573
    for word in reserved_words():
        message = refusal(holds, f"a.{word.lower()} = :v", FIVE)
        assert "reserved keyword" in message or "Syntax error" in message


@pytest.mark.parametrize("text", ["NOT " * 299 + "n=:v", "n=:v" + " or n=:v" * 149, "n = :v" + " " * 4090])
def test_limits_are_reached_without_refusal(text: str) -> None:
    assert holds(text, FIVE) is (not text.startswith("NOT"))


def test_parentheses_beyond_what_is_supported_are_named() -> None:
    with pytest.raises(Unsupported):
        condition_tree("(NOT " * 61 + "n = :v" + ")" * 61, WHERE)


def test_the_item_is_left_alone() -> None:
    before = dict(ITEM)
    holds("contains(l, :v)", FIVE)
    assert before == ITEM
