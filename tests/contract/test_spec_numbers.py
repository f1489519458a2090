"""Numbers: 38 digits, magnitudes up to 9.99E+125, and one spelling that comes back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
"""

from __future__ import annotations

import pytest

from tests.contract.dynamo import Dynamo, invalid, refused

A = {"p": {"S": "a"}}
DIGITS = "Attempting to store more than 38 significant digits in a Number"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
NINES = "9" * 38


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("0e5", "0"),
        ("1", "1"),
        ("+1", "1"),
        ("007", "7"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-12.340", "-12.34"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("1.5e-3", "0.0015"),
        ("100", "100"),
        (NINES, NINES),
        (f"-{NINES}", f"-{NINES}"),
        (f"0.{NINES}", f"0.{NINES}"),
        ("1" + "0" * 37, "1" + "0" * 37),
        ("1" + "0" * 40, "1" + "0" * 40),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
    ],
)
def test_a_number_comes_back_in_plain_spelling(dynamo: Dynamo, given: str, returned: str) -> None:
    table = dynamo.table()
    table.put({**A, "n": {"N": given}})
    assert table.get(A) == {**A, "n": {"N": returned}}


@pytest.mark.parametrize(
    "given", ["1e125", "9.9999999999999999999999999999999999999E+125", "-1e125", "1e-130", "-1E-130"]
)
def test_the_greatest_and_least_magnitudes_are_stored(dynamo: Dynamo, given: str) -> None:
    table = dynamo.table()
    table.put({**A, "n": {"N": given}})
    assert table.holds({**A, "n": {"N": given}}, "n = :n", {":n": {"N": given}})


@pytest.mark.parametrize("given", ["1e126", "-1e126", "1e999"])
def test_a_magnitude_too_great_is_refused(dynamo: Dynamo, given: str) -> None:
    assert refused(dynamo.table().put, {**A, "n": {"N": given}}) == invalid(OVERFLOW)


@pytest.mark.parametrize("given", ["1e-131", "-1e-131"])
def test_a_magnitude_too_small_is_refused(dynamo: Dynamo, given: str) -> None:
    assert refused(dynamo.table().put, {**A, "n": {"N": given}}) == invalid(UNDERFLOW)


@pytest.mark.parametrize("given", ["1" * 39, f"0.{'1' * 39}", f"1{'0' * 37}1", "-" + "1" * 39])
def test_39_digits_are_refused(dynamo: Dynamo, given: str) -> None:
    assert refused(dynamo.table().put, {**A, "n": {"N": given}}) == invalid(DIGITS)


def test_zeros_at_the_end_are_not_significant(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**A, "n": {"N": "1" * 38 + ".000"}})
    assert table.get(A) == {**A, "n": {"N": "1" * 38}}


@pytest.mark.parametrize("given", ["x", "1x", "1 ", "--1", "1e", "0x10", "1_000", "NaN", "Infinity"])
def test_what_is_no_number_is_refused(dynamo: Dynamo, given: str) -> None:
    message = f"The parameter cannot be converted to a numeric value: {given}"
    assert refused(dynamo.table().put, {**A, "n": {"N": given}}) == invalid(message)


def test_an_empty_number_is_refused(dynamo: Dynamo) -> None:
    message = "The parameter cannot be converted to a numeric value"
    assert refused(dynamo.table().put, {**A, "n": {"N": ""}}) == invalid(message)


def test_numbers_are_refused_wherever_they_stand(dynamo: Dynamo) -> None:
    table = dynamo.table()
    assert refused(table.put, {**A, "l": {"L": [{"M": {"n": {"N": "1e126"}}}]}}) == invalid(OVERFLOW)
    assert refused(table.put, {**A, "n": {"NS": ["1", "1e126"]}}) == invalid(OVERFLOW)


def test_sums_are_exact(dynamo: Dynamo) -> None:
    after = dynamo.table().updated({**A, "n": {"N": "0.1"}}, "SET n = n + :n", {":n": {"N": "0.2"}})
    assert after == {**A, "n": {"N": "0.3"}}


def test_sums_of_38_digits_are_exact(dynamo: Dynamo) -> None:
    one_less = NINES[:-1] + "8"
    after = dynamo.table().updated({**A, "n": {"N": one_less}}, "ADD n :n", {":n": {"N": "1"}})
    assert after == {**A, "n": {"N": NINES}}


def test_differences_are_exact(dynamo: Dynamo) -> None:
    after = dynamo.table().updated({**A, "n": {"N": "1"}}, "SET n = n - :n", {":n": {"N": "1e-37"}})
    assert after == {**A, "n": {"N": "0." + "9" * 37}}


def test_a_sum_may_not_overflow(dynamo: Dynamo) -> None:
    table = dynamo.table()
    table.put({**A, "n": {"N": "9e125"}})
    assert refused(table.update, A, "ADD n :n", {":n": {"N": "9e125"}}) == invalid(OVERFLOW)
    assert table.get(A) is not None


@pytest.mark.parametrize("update", ["ADD n :n", "SET n = n + :n", "SET n = n - :n"])
def test_a_sum_may_not_have_more_digits(dynamo: Dynamo, update: str) -> None:
    """An overflow, says AWS, as Scylla's tests recorded it."""
    table = dynamo.table()
    table.put({**A, "n": {"N": "1e50"}})
    assert refused(table.update, A, update, {":n": {"N": "1"}}) == invalid(OVERFLOW)


def test_number_keys_are_equal_by_value(dynamo: Dynamo) -> None:
    table = dynamo.table(partition="N")
    table.put({"p": {"N": "1.0"}, "v": {"S": "first"}})
    table.put({"p": {"N": "1"}, "v": {"S": "second"}})
    assert table.scan()["Items"] == [{"p": {"N": "1"}, "v": {"S": "second"}}]


def test_number_sort_keys_are_ordered_by_value(dynamo: Dynamo) -> None:
    table = dynamo.table("N")
    for number in ("10", "9", "-1", "1e2", "0.5", "-1e-3"):
        table.put({**A, "s": {"N": number}})
    found = table.query("p = :p", {":p": {"S": "a"}})["Items"]
    assert [item["s"]["N"] for item in found] == ["-1", "-0.001", "0.5", "9", "10", "100"]


@pytest.mark.parametrize(
    ("condition", "holds"), [("n = :n", True), ("n < :n", False), ("n <= :n", True), ("n <> :n", False)]
)
def test_numbers_compare_by_value(dynamo: Dynamo, condition: str, holds: bool) -> None:
    assert dynamo.table().holds({**A, "n": {"N": "1.0"}}, condition, {":n": {"N": "10e-1"}}) is holds
