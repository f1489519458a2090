"""What is excused of the peer is exact: seen in a test that exists, in the words that are written, and not a moment longer than it happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.deviations import DEVIATIONS, SEEN, Deviation, Refusal, excused, gone, said_as
from tests.contract.wordings import LOCAL, WORDINGS, Wording

ROOT = Path(__file__).resolve().parents[2]
NOT_FOUND = Refusal("ResourceNotFoundException", "Requested resource not found")
LOCALS = Refusal(NOT_FOUND.code, "Cannot do operations on a non-existent table", LOCAL)
OVERFLOW = Refusal(
    "ValidationException", "Number overflow. Attempting to store a number with magnitude larger than supported range"
)


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    SEEN.clear()


def test_every_deviation_and_wording_stands_for_a_test() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "-k", LOCAL, "tests/contract"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    tests = [line.rpartition("/")[2] for line in listed.stdout.splitlines() if "::" in line]
    assert tests
    assert [one.test for one in DEVIATIONS if not any(one.of(test) for test in tests)] == []
    assert [one.shown_by for one in WORDINGS if not any(one.shown_by in test for test in tests)] == []


def test_an_error_is_worded_otherwise_only_as_it_is_written() -> None:
    assert LOCALS == NOT_FOUND
    assert Refusal(NOT_FOUND.code, "something else", LOCAL) != NOT_FOUND
    assert Refusal("ValidationException", LOCALS.message, LOCAL) != NOT_FOUND


def test_the_peers_words_are_no_excuse_for_others() -> None:
    assert Refusal(LOCALS.code, LOCALS.message) != NOT_FOUND


def test_a_wording_that_is_gone_is_told() -> None:
    assert not said_as(expected=NOT_FOUND, given=Refusal(NOT_FOUND.code, NOT_FOUND.message, LOCAL))


def test_a_wording_of_some_cases_leaves_the_others() -> None:
    assert Refusal(OVERFLOW.code, OVERFLOW.message, LOCAL) == OVERFLOW
    assert Refusal(OVERFLOW.code, "DynamoDB only supports precision up to 38 digits", LOCAL) == OVERFLOW
    assert Refusal(OVERFLOW.code, "something else", LOCAL) != OVERFLOW


def test_a_wording_must_be_seen_where_it_is_shown() -> None:
    test = f"test_spec_items.py::test_a_delete_returns_no_other_values[{LOCAL}]"
    [wording] = gone(test)
    assert isinstance(wording, Wording)
    SEEN.add(wording)
    assert gone(test) == []


def test_a_deviation_excuses_its_own_failure_alone() -> None:
    test = f"test_spec_batches.py::test_equal_numbers_are_one_key[{LOCAL}]"
    assert excused(test, "DID NOT RAISE ClientError") is not None
    assert excused(test, "another failure") is None
    assert (
        excused(f"test_spec_batches.py::test_a_batch_names_an_item_once[{LOCAL}]", "DID NOT RAISE ClientError") is None
    )


def test_a_deviation_that_is_gone_is_told() -> None:
    [deviation] = gone(f"test_spec_batches.py::test_equal_numbers_are_one_key[{LOCAL}]")
    assert isinstance(deviation, Deviation)
