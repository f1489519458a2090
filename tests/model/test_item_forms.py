"""DynamoDB items: equal items, equal bytes; no digit is ever lost."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twinstage.model.canonical import canonical_json
from twinstage.model.item import canonical_item, canonical_number, from_client, item_key, to_client

if TYPE_CHECKING:
    import random

EXACT = Context(prec=400)


@st.composite
def numbers(draw: st.DrawFn) -> Decimal:
    """A number that DynamoDB holds: at most 38 significant digits, a magnitude from 1E-130 to 9.9...E+125."""
    digits = draw(st.integers(min_value=0, max_value=10**38 - 1))
    number = Decimal((draw(st.integers(0, 1)), tuple(map(int, str(digits))), draw(st.integers(-130, 88))))
    assume(number == 0 or -130 <= number.adjusted() <= 125)
    return number


def spellings(number: Decimal) -> list[str]:
    """Different ways to write one number down."""
    with localcontext(EXACT):
        plain = format(number, "f")
        return [
            str(number),
            plain,
            f"{number:e}",
            f"{plain}{'' if '.' in plain else '.'}000",
            f"+{plain}".replace("+-", "-"),
        ]


@given(numbers())
def test_every_spelling_of_a_number_has_one_canonical_spelling(number: Decimal) -> None:
    assert {canonical_number(text) for text in spellings(number)} == {canonical_number(str(number))}


@given(numbers())
def test_no_digit_is_lost(number: Decimal) -> None:
    assert EXACT.compare(Decimal(canonical_number(str(number))), number) == 0


@given(numbers(), numbers())
def test_two_numbers_are_spelled_alike_exactly_when_they_are_equal(a: Decimal, b: Decimal) -> None:
    assert (canonical_number(str(a)) == canonical_number(str(b))) == (EXACT.compare(a, b) == 0)


@pytest.mark.parametrize(
    ("given_text", "canonical"),
    [
        ("1.500", "1.5"),
        ("1E2", "100"),
        ("-0", "0"),
        ("0E+7", "0"),
        ("007", "7"),
        ("99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
        ("0.1", "0.1"),
        ("1E-130", "1E-130"),
        ("9.9E+125", "9.9E+125"),
    ],
)
def test_numbers_are_plain_digits_as_long_as_they_can_be_read(given_text: str, canonical: str) -> None:
    assert canonical_number(given_text) == canonical


VALUES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(
        st.builds(lambda text: {"S": text}, st.text(max_size=5)),
        st.builds(lambda number: {"N": str(number)}, st.integers(-999, 999)),
        st.builds(lambda data: {"B": data}, st.binary(max_size=5)),
        st.builds(lambda flag: {"BOOL": flag}, st.booleans()),
        st.just({"NULL": True}),
        st.builds(lambda texts: {"SS": texts}, st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True)),
        st.builds(
            lambda found: {"NS": [str(n) for n in found]}, st.lists(st.integers(-20, 20), min_size=1, unique=True)
        ),
        st.builds(lambda found: {"BS": found}, st.lists(st.binary(max_size=3), min_size=1, max_size=4, unique=True)),
    ),
    lambda inner: (
        st.builds(lambda found: {"L": found}, st.lists(inner, max_size=3))
        | st.builds(lambda found: {"M": found}, st.dictionaries(st.text(max_size=3), inner, max_size=3))
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(st.text(min_size=1, max_size=4), VALUES, max_size=4)


@given(ITEMS)
def test_an_item_goes_to_the_client_form_and_back(item: dict[str, Any]) -> None:
    assert to_client(from_client(item)) == item


@given(ITEMS, st.randoms(use_true_random=False))
def test_neither_the_order_of_attributes_nor_that_of_a_set_shows(item: dict[str, Any], order: random.Random) -> None:
    def other(value: dict[str, Any]) -> dict[str, Any]:
        ((kind, content),) = value.items()
        if kind in ("SS", "NS", "BS"):
            return {kind: order.sample(content, len(content))}
        if kind == "L":
            return {kind: [other(element) for element in content]}
        if kind == "M":
            return {kind: {name: other(content[name]) for name in order.sample(list(content), len(content))}}
        return value

    stored = from_client(item)
    reordered = {name: other(stored[name]) for name in order.sample(list(stored), len(stored))}
    assert canonical_json(canonical_item(reordered)) == canonical_json(canonical_item(stored))


@given(ITEMS)
def test_the_canonical_form_is_idempotent(item: dict[str, Any]) -> None:
    once = canonical_item(from_client(item))
    assert canonical_item(once) == once


def test_the_elements_of_a_number_set_are_in_the_order_of_numbers() -> None:
    assert canonical_item({"n": {"NS": ["10", "9", "1.0"]}}) == {"n": {"NS": ["1", "9", "10"]}}


def test_a_list_keeps_its_order() -> None:
    item = {"l": {"L": [{"N": "2.0"}, {"M": {"b": {"N": "1.0"}, "a": {"S": "x"}}}]}}
    assert canonical_item(item) == {"l": {"L": [{"N": "2"}, {"M": {"a": {"S": "x"}, "b": {"N": "1"}}}]}}


def test_a_key_is_its_attributes_in_the_order_of_the_key_schema() -> None:
    schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    item = {"sk": {"N": "1.0"}, "pk": {"S": "plan"}, "other": {"S": "x"}}
    assert item_key(item, schema) == b'[{"S":"plan"},{"N":"1"}]'
    assert item_key({**item, "other": {"S": "y"}}, schema) == item_key(item, schema)
