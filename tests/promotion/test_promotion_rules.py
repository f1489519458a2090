"""The rules of a promotion: when a version fails too often, which shares are shares, and what a compare-and-set batch does and takes back."""

from __future__ import annotations

import math
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.promotion.orders import ZONE, record
from twinstage.model.errors import InputError
from twinstage.model.record_set import key_of
from twinstage.rehearse.promotion.batches import as_held, records_order
from twinstage.rehearse.promotion.rules import Choices, at_least, fails_too_often
from twinstage.world.production import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.record_set import RecordKey, RecordSet

NAMES, VALUES = ("a", "b", "c"), ("192.0.2.1", "192.0.2.2")


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 20))
def test_the_probability_is_the_binomials(trials: int, successes: int, of_twenty: int) -> None:
    share = Fraction(of_twenty, 20)
    exact = sum(
        comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(min(successes, trials + 1), trials + 1)
    )
    found = at_least(min(successes, trials), trials, float(share))

    if successes > trials * share and successes <= trials:
        assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-15)
    elif successes <= trials * share:
        assert found == 1.0


def test_many_invocations_are_no_trouble() -> None:
    assert 0.0 < at_least(1_100, 100_000, 0.01) < 0.01
    assert at_least(200_000, 100_000_000, 0.001) == 0.0


@pytest.mark.parametrize(
    ("new", "old", "overlooked", "stops"),
    [
        (Counts(10, 0), Counts(100, 50), 0, False),
        (Counts(10, 1), Counts(100, 0), 0, True),
        (Counts(10, 1), Counts(), 0, True),
        (Counts(10, 1), Counts(), 1, False),
        (Counts(10, 2), Counts(), 1, True),
        (Counts(10, 2), Counts(100, 20), 0, False),
        (Counts(10, 6), Counts(100, 20), 0, True),
        (Counts(10, 10), Counts(5, 5), 0, False),
        # Errors came before the invocations were counted.
        (Counts(0, 3), Counts(100, 1), 0, True),
    ],
)
def test_a_version_is_stopped_where_it_fails_more_often_than_chance(
    new: Counts, old: Counts, overlooked: int, stops: bool
) -> None:
    assert fails_too_often(new, old, overlooked) is stops


@pytest.mark.parametrize("steps", [(), (10,), (50, 10, 100), (10, 10, 100), (0, 100), (10, 100, 110)])
def test_shares_rise_to_the_whole(steps: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="do not rise to 100"):
        Choices(steps=steps)


def test_every_bad_choice_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Choices(steps=(5,), watch_s=-1, patience_s=math.nan, least=-2)
    assert [problem.file for problem in caught.value.problems] == ["--least", "--patience-s", "--steps", "--watch-s"]


def upserted(held: Mapping[RecordKey, RecordSet], changes: list[dict[str, Any]]) -> dict[RecordKey, RecordSet]:
    """A batch as it was written, applied."""
    after = dict(held)
    for change in changes:
        found = as_held([change["ResourceRecordSet"]])
        after = {key: each for key, each in after.items() if key not in found}
        after |= {} if change["Action"] == "DELETE" else found
    return after


def compared_and_set(
    held: Mapping[RecordKey, RecordSet], changes: list[dict[str, Any]]
) -> dict[RecordKey, RecordSet] | None:
    """A batch as Route 53 applies it: None where a DELETE does not give what is there, or a CREATE what is not."""
    after = dict(held)
    for change in changes:
        key, record_set = key_of(change["ResourceRecordSet"]), as_held([change["ResourceRecordSet"]])
        if change["Action"] == "DELETE":
            if after.pop(key, None) != record_set[key]:
                return None
        elif key in after:
            return None
        else:
            after |= record_set
    return after


ZONES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)).map(
    lambda held: as_held(record(name, value) for name, value in held.items())
)
WANTED = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=4)


@given(ZONES, WANTED, ZONES)
def test_a_batch_does_what_was_rehearsed_or_nothing_and_its_opposite_takes_it_back(
    held: dict[RecordKey, RecordSet], wanted: list[tuple[str, str]], elsewhere: dict[RecordKey, RecordSet]
) -> None:
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record(name, value)} for name, value in wanted]
    order = records_order("records-1", "Z1", ZONE, dict(held), changes)

    after = compared_and_set(held, order.forward())
    assert after == upserted(held, changes)
    assert compared_and_set(after, order.back()) == held
    touched = {key: elsewhere.get(key) for key in order.keys}
    if touched != {key: held.get(key) for key in order.keys}:
        assert compared_and_set(elsewhere, order.forward()) is None
