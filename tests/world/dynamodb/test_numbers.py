"""Numbers are exact: 38 digits, one spelling, never through float.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

from decimal import Context, Decimal

import pytest
from expression_calls import refusal
from hypothesis import assume, given
from hypothesis import strategies as st

from twinstage.model.item import canonical_number
from twinstage.world.memory.dynamodb.errors import DynamoRefused
from twinstage.world.memory.dynamodb.numbers import added, compare_numbers, number_size, stored_number, subtracted

EXACT = Context(prec=400)
LARGEST = "9.9999999999999999999999999999999999999E+125"

SMALL_INTEGERS = st.integers(-(10**20), 10**20).map(str)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Any number DynamoDB takes, in any spelling: coefficient and exponent within its magnitudes."""
    digits = str(draw(st.integers(0, 10**38 - 1)))
    magnitude = draw(st.integers(-130, 125))
    sign = draw(st.sampled_from(["", "-", "+"]))
    spelling = draw(st.sampled_from(["exponent", "plain", "padded"]))
    exponent = magnitude - len(digits) + 1
    if spelling == "exponent":
        return f"{sign}{digits}{draw(st.sampled_from('eE'))}{exponent:+d}"
    plain = format(Decimal((0, tuple(map(int, digits)), exponent)), "f")
    return f"{sign}{plain}" if spelling == "plain" else f"{sign}00{plain}{'00' if '.' in plain else ''}"


@given(numbers())
def test_a_stored_number_has_its_value_in_plain_digits_and_is_stored_as_itself(text: str) -> None:
    stored = stored_number(text)
    assert Decimal(stored) == Decimal(text)
    assert stored_number(stored) == stored
    assert set(stored) <= set("-.0123456789")
    assert stored == "0" or not stored.lstrip("-").startswith("00")


@given(numbers(), numbers())
def test_equal_numbers_have_one_spelling_and_the_snapshots_canonical_form_agrees(left: str, right: str) -> None:
    assert (stored_number(left) == stored_number(right)) == (Decimal(left) == Decimal(right))
    assert canonical_number(stored_number(left)) == canonical_number(left)


@given(numbers() | SMALL_INTEGERS, numbers() | SMALL_INTEGERS)
def test_sums_and_differences_are_exact_or_refused(left: str, right: str) -> None:
    first, second = stored_number(left), stored_number(right)
    for computed, exact in ((added, EXACT.add), (subtracted, EXACT.subtract)):
        expected = exact(Decimal(first), Decimal(second)).normalize(EXACT)
        fits = not expected or (len(expected.as_tuple().digits) <= 38 and -130 <= expected.adjusted() <= 125)
        if fits:
            assert Decimal(computed(first, second)) == expected
        else:
            with pytest.raises(DynamoRefused):
                computed(first, second)


@given(numbers(), numbers())
def test_numbers_compare_as_numbers(left: str, right: str) -> None:
    first, second = Decimal(left), Decimal(right)
    assert compare_numbers(stored_number(left), stored_number(right)) == (first > second) - (first < second)


@given(numbers())
def test_a_negative_number_takes_one_byte_more(text: str) -> None:
    stored = stored_number(text.lstrip("+-"))
    assume(stored != "0")
    assert number_size("-" + stored) == number_size(stored) + 1


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1.500", "1.5"),
        ("-0", "0"),
        ("0.0", "0"),
        ("1E2", "100"),
        ("+5", "5"),
        (".5", "0.5"),
        ("1.", "1"),
        ("00012", "12"),
        ("-1.50E-3", "-0.0015"),
        ("0e1000", "0"),
        ("1e125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
        (LARGEST, "9" * 38 + "0" * 88),
        ("1" * 38 + "00000", "1" * 38 + "00000"),
    ],
)
def test_the_spelling_is_the_one_dynamodb_gives_back(written: str, stored: str) -> None:
    assert stored_number(written) == stored


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("0." + "1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (
            "-1e99999999999999999999",
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        ("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("", "The parameter cannot be converted to a numeric value"),
        (" 1", "The parameter cannot be converted to a numeric value:  1"),
        ("1_000", "The parameter cannot be converted to a numeric value: 1_000"),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("Infinity", "The parameter cannot be converted to a numeric value: Infinity"),
        ("1e", "The parameter cannot be converted to a numeric value: 1e"),
    ],
)
def test_what_is_no_number_or_out_of_range_is_refused_in_dynamodbs_words(written: str, message: str) -> None:
    assert refusal(stored_number, written) == message


def test_what_a_float_cannot_hold_is_kept() -> None:
    assert added("0.1", "0.2") == "0.3"
    assert added("9007199254740993", "0.00000000000000000001") == "9007199254740993.00000000000000000001"


def test_a_sum_of_more_than_38_digits_is_refused_as_an_overflow() -> None:
    """1e50 + 1 cannot be held: recorded of DynamoDB by Scylla's test_update_expression_plus_imprecise."""
    assert "Number overflow" in refusal(added, stored_number("1e50"), "1")


@pytest.mark.parametrize(
    ("number", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("12", 2),
        ("123", 3),
        ("1234", 3),
        ("12345678901234567890123456789012345678", 20),
        ("0042", 2),
        ("100", 2),
        ("1010", 3),
        ("0.0000001", 2),
        ("1E125", 2),
        ("1E-100", 2),
        ("1.5", 3),
        ("15", 2),
        ("1.200", 3),
        ("1.234", 4),
        ("3.14159", 5),
        ("123456", 4),
        ("100.5", 4),
        ("0.15", 2),
        ("-42", 3),
        ("-0", 1),
    ],
)
def test_a_number_takes_a_byte_for_each_pair_of_digits_aligned_at_the_point(number: str, size: int) -> None:
    """Measured on DynamoDB to the byte (dynamodb-conformance, eu-west-2, 2026-08-18); AWS's page calls its own rule approximate:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    assert number_size(stored_number(number)) == size
