"""Fault 8: a stale read. The twin is read until it holds still, within a deadline; what does not is unsettled, and never passes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from twinstage.state.settling import settle

EQUAL = {"equal": True, "differences": []}
SEEDS = range(20)


class Clock:
    """Time that passes only by pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def differing(*names: str) -> dict[str, Any]:
    return {"equal": False, "differences": sorted(names)}


def read_through(readings: list[dict[str, Any]], deadline_s: float = 30.0) -> tuple[dict[str, Any], float]:
    clock, left = Clock(), iter(readings)
    return settle(lambda: next(left), pause=clock.pause, clock=clock, deadline_s=deadline_s), clock.now


def test_what_equals_at_once_is_read_once() -> None:
    document, waited_s = read_through([EQUAL])

    assert (document["equal"], document["settled"], document["reads"], waited_s) == (True, True, 1, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_stale_readings_that_come_to_the_snapshot_are_fidelity(seed: int) -> None:
    """A replica that lags by fewer and fewer record sets."""
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    names = [f"r{i}" for i in range(rng.randrange(1, 8))]
    lagging = [differing(*names[i:]) for i in range(len(names))]

    document, _ = read_through([*lagging, EQUAL])

    assert (document["equal"], document["settled"], document["reads"]) == (True, True, len(names) + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_readings_that_never_agree_are_unsettled_after_the_deadline_and_no_pass(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    deadline_s = rng.uniform(1, 60)

    document, waited_s = read_through([differing(f"r{i}") for i in range(1000)], deadline_s)

    assert (document["equal"], document["settled"]) == (False, False)
    assert deadline_s <= waited_s < deadline_s + 4.0


def test_the_same_difference_twice_is_a_difference() -> None:
    document, waited_s = read_through([differing("r1", "r2"), differing("r1"), differing("r1"), EQUAL])

    assert (document["equal"], document["settled"], document["reads"]) == (False, True, 3)
    assert waited_s == 1.5
