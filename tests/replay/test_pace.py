"""Pace: an absolute schedule that never drifts, latency from the intended start, lateness told, and too late is invalid."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.event import Event
from twinstage.replay.outcomes import outcome_of
from twinstage.replay.pace import (
    FAST,
    Lateness,
    Pace,
    Schedule,
    VirtualClock,
    epoch_s,
    lateness_of,
    pace_of,
    wait_until,
)
from twinstage.replay.timing import Timing, in_order, timing_of

DAY = "2025-10-19T02:14:{:02d}Z"


def at(second: int) -> Event:
    return Event(f"e{second}", DAY.format(second), "lambda_invoke", {"function": "f", "event": {}}, seq=second)


class Slow:
    """Executes events in so many seconds of a clock each."""

    def __init__(self, clock: VirtualClock, *seconds: float) -> None:
        self.clock, self.seconds, self.begun = clock, list(seconds), list[float]()

    def execute(self, event: Event) -> dict[str, object]:
        self.begun.append(self.clock.now())
        took = self.seconds.pop(0)
        self.clock.wait(took)
        return outcome_of(event, [], {"outcome": "success", "latency_ms": took * 1000})


@pytest.mark.parametrize(
    ("text", "pace", "printed"),
    [
        ("fast", FAST, "fast"),
        ("recorded", Pace("paced"), "recorded"),
        ("x1", Pace("paced"), "recorded"),
        ("x60", Pace("paced", 60.0), "x60"),
        ("x0.5", Pace("paced", 0.5), "x0.5"),
        ("x.5", Pace("paced", 0.5), "x0.5"),
        ("x1234567.5", Pace("paced", 1234567.5), "x1234567.5"),
        ("virtual", Pace("virtual"), "virtual"),
    ],
)
def test_a_pace_has_a_name_and_prints_as_one(text: str, pace: Pace, printed: str) -> None:
    assert pace_of(text) == pace
    assert str(pace) == printed


@pytest.mark.parametrize("text", ["", "x0", "x", "-1", "slow", "x-3", "xinf", "60"])
def test_what_names_no_pace_is_refused_with_what_does(text: str) -> None:
    with pytest.raises(InputError, match=r"is no pace .give fast, recorded, virtual, or xN"):
        pace_of(text, "--pace")


def test_events_are_due_at_the_recorded_distance_from_the_first_whatever_came_between() -> None:
    schedule = Schedule(Pace("paced", 10.0), epoch_s(DAY.format(10)), 1000.0)
    assert [schedule.due_s(at(second)) for second in (10, 20, 40)] == [1000.0, 1001.0, 1003.0]
    assert Schedule(FAST, 0.0, 0.0).due_s(at(10)) is None


def test_a_late_event_delays_none_that_comes_after_it_and_waiting_counts_in_its_latency() -> None:
    clock = VirtualClock(100.0)
    slow = Slow(clock, 3.0, 0.25, 0.5)
    timing = Timing(clock, Schedule(Pace("paced"), epoch_s(DAY.format(0)), clock.now()), Lateness(1.0))
    outcomes = list(in_order([at(0), at(1), at(10)], slow.execute, timing))
    assert slow.begun == [100.0, 103.0, 110.0]
    assert [(o["late_ms"], o["latency_ms"]) for o in outcomes] == [(0.0, 3000.0), (2000.0, 2250.0), (0.0, 500.0)]
    told = timing.lateness.document()
    assert (told["events"], told["max_ms"], told["valid"]) == (3, 2000.0, False)
    assert lateness_of(outcomes, 1.0).document() == told
    assert lateness_of(outcomes, 2.0).valid


def test_as_fast_as_causality_allows_nothing_waits_and_nothing_is_late() -> None:
    clock = VirtualClock()
    slow = Slow(clock, 1.0, 1.0)
    timing = timing_of(FAST, [at(0), at(50)], clock, 5.0)
    outcomes = list(in_order([at(0), at(50)], slow.execute, timing))
    assert slow.begun == [0.0, 1.0]
    assert not any("late_ms" in outcome for outcome in outcomes)
    assert (timing.lateness.document()["events"], timing.lateness.valid) == (0, True)


def test_virtual_time_keeps_the_recorded_times_and_the_real_clock_is_never_asked_to_wait() -> None:
    def never(_: float) -> None:
        raise AssertionError("the real clock was waited for")

    real = VirtualClock()
    real.wait = never
    timing = timing_of(Pace("virtual"), [at(5), at(45)], real, 5.0)
    outcomes = list(in_order([at(5), at(45)], lambda event: outcome_of(event, [], {"outcome": "success"}), timing))
    assert [outcome["late_ms"] for outcome in outcomes] == [0.0, 0.0]
    assert timing.clock.now() == 40.0
    assert real.now() == 0.0


def test_an_event_that_is_not_due_in_the_time_there_is_is_not_begun() -> None:
    clock = VirtualClock()
    ends_at = 4.0
    assert wait_until(3.0, clock, at_most_s=lambda: ends_at - clock.now())
    assert not wait_until(9.0, clock, at_most_s=lambda: ends_at - clock.now())
    assert clock.now() == ends_at
    assert wait_until(None, clock, at_most_s=lambda: 0.0)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.lists(st.floats(0, 1e6), max_size=60))
def test_lateness_over_shards_is_that_of_all_their_events(mine: list[float], others: list[float]) -> None:
    both, one, other = Lateness(), Lateness(), Lateness()
    for late_ms in mine:
        one.took(late_ms)
        both.took(late_ms)
    for late_ms in others:
        other.took(late_ms)
        both.took(late_ms)
    one.merge(other)
    assert one.document() == both.document()


@given(st.lists(st.floats(0.0011, 1e8), min_size=1, max_size=100), st.floats(0.01, 1.0))
def test_a_quantile_is_at_most_two_percent_above_the_value_of_its_rank(values: list[float], share: float) -> None:
    lateness = Lateness()
    for value in values:
        lateness.took(value)
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert exact - 0.001 <= lateness.begun.quantile(share) <= exact * 1.0201 + 0.001
