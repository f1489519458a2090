"""The October 2025 race with real handlers: the numbers that the reference model gives, state for state and schedule for schedule.

The model counts a deletion that found nothing as one that deleted; Route 53 refuses it ("but it was not found"). So there are more real
states than the model has, and as many once both answers count as one: `projected`. Schedules and executions are the same either way.
"""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.world.contained import run_contained

FIGURES = "tests.explore.golden:figures"


def figures(plans: list[list[int | None]], *, reduce: int = 0, recover: bool = True, **race: Any) -> dict[str, Any]:
    found = run_contained(FIGURES, {"plans": plans, "race": race, "reduce": reduce, "recover": recover})
    assert not found["truncated"]
    assert found["unanswered"] == []
    assert isinstance(found, dict)
    return found


def test_one_stale_plan_and_one_endpoint() -> None:
    found = figures([[11], [13]], reduce=1_000)
    assert (found["states"], found["terminal"]) == (615, 83)
    assert (found["projected"], found["projected_terminal"]) == (458, 44)
    assert (found["interleavings"], found["bad"]["I1"]) == (3_676, 670)
    assert found["first"] == {"I1": 16, "I3": 11, "I4": 10, "I5": 16}
    assert reduced(found, "I1") == (83, 21, 53)


def test_a_stale_plan_while_two_newer_ones_are_applied() -> None:
    found = figures([[11], [12, 13]], reduce=1_000)
    assert (found["states"], found["terminal"]) == (1_631, 108)
    assert (found["projected"], found["projected_terminal"]) == (1_133, 69)
    assert (found["interleavings"], found["bad"]["I1"]) == (21_174, 45)
    assert found["first"]["I1"] == 23
    assert reduced(found, "I1") == (147, 4, 140)


def test_two_endpoints_have_more_schedules_than_could_be_walked() -> None:
    found = figures([[11], [13]], endpoints=2, reduce=5_000, recover=False)
    assert (found["states"], found["terminal"]) == (11_971, 1_594)
    assert (found["projected"], found["projected_terminal"]) == (6_031, 535)
    assert (found["interleavings"], found["bad"]["I1"]) == (231_728_993, 143_166_184)
    assert found["first"]["I1"] == 21
    assert reduced(found, "I1") == (1_594, 857, 355)


def test_a_planner_that_publishes_while_two_enactors_take_the_latest_plan() -> None:
    found = figures([[None], [None]], planner=3, reduce=5_000)
    assert (found["states"], found["terminal"]) == (7_070, 837)
    assert (found["projected"], found["projected_terminal"]) == (5_286, 337)
    assert (found["interleavings"], found["bad"]["I1"]) == (2_248_122, 2_144)
    assert found["first"] == {"I1": 21, "I3": 15, "I4": 13, "I5": 21}
    assert reduced(found, "I1") == (911, 42, 579)


@pytest.mark.long  # the smaller graphs above are counted in CI
def test_the_certificate_of_three_enactors_without_a_lock() -> None:
    """Compare-and-set flip and conditional delete: every schedule was looked at, and none breaks anything.

    The reference model has 211,164 states, as it names only the first problem of a refused batch. Route 53 names them all (see
    `golden.first_problem`), so an enactor that finds an alias moved learns of a tree that is gone as well, and that is another state.
    """
    found = figures([[11], [12], [13]], variant="nolock cas casdel", recover=False)
    assert (found["states"], found["first_problems"]) == (310_720, 211_164)
    assert found["interleavings"] == 385_362_494
    assert found["first"] == {}


def reduced(found: dict[str, Any], name: str) -> tuple[int, int, int]:
    """(executions, bad ones, number of the first bad one) of the reduced search, which must have ended wherever the full one did."""
    seen = found["reduced"]
    assert seen["complete"]
    assert seen["same_terminal_states"]
    return seen["executions"], seen["bad"][name], seen["first_bad"][name]


@pytest.mark.parametrize("retention", [2, 3, 4, 5])
def test_the_race_is_reachable_exactly_when_the_stale_plan_lags_as_far_as_trees_are_kept(retention: int) -> None:
    found = run_contained("tests.explore.golden:reachable", {"retention": retention, "lags": [1, 2, 3, 4, 5, 6]})
    assert found == {str(lag): lag >= retention for lag in range(1, 7)}


@pytest.mark.parametrize("retention", [2, 3, 4, 5])
def test_the_safe_lag_is_the_largest_below_the_retention(retention: int) -> None:
    found = run_contained("tests.explore.golden:lags", {"retention": retention, "upto": 6})
    assert (found["largest"], found["first_unsafe"], found["undecided"]) == (retention - 1, retention, None)
    assert found["broken"] == ["I1"]
