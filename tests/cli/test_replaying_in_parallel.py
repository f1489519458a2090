"""Shards side by side: serial inside a shard, nothing lost, nothing twice, and the first failure is the replay's."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.cli.replay_lanes import LONGEST_WAIT_S, WAITING, ParallelReplay
from twinstage.model.event import Event
from twinstage.replay.outcomes import OutcomeSpool, outcome_of
from twinstage.replay.pace import Clock, Lateness, Pace, Schedule, VirtualClock
from twinstage.replay.timing import Timing


def log(*shards: str) -> list[tuple[str, Event]]:
    when = "2025-10-19T02:14:07Z"
    return [
        (shard, Event(f"e{seq}", when, "lambda_invoke", {"function": shard, "event": {}}, seq=seq))
        for seq, shard in enumerate(shards)
    ]


def done(event: Event) -> dict[str, Any]:
    return outcome_of(event, [], {"outcome": "success"})


@given(st.lists(st.sampled_from("abcdefg"), max_size=60), st.integers(1, 5))
def test_every_event_is_executed_once_and_a_shards_in_the_order_of_the_log(shards: list[str], lanes: int) -> None:
    taken: dict[str, list[int]] = defaultdict(list)
    threads: dict[str, set[int]] = defaultdict(set)

    def execute(event: Event) -> dict[str, Any]:
        threads[event.payload["function"]].add(threading.get_ident())
        return done(event)

    def take(outcome: dict[str, Any]) -> None:
        taken[outcome["function"]].append(outcome["seq"])

    ParallelReplay([execute] * lanes, take, Timing(VirtualClock())).run(log(*shards))
    assert taken == {name: [seq for seq, shard in enumerate(shards) if shard == name] for name in set(shards)}
    assert all(len(idents) == 1 for idents in threads.values())


def test_shards_of_different_lanes_are_under_way_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)

    def execute(event: Event) -> dict[str, Any]:
        both.wait()
        return done(event)

    outcomes = OutcomeSpool()
    # Of which lane a shard is follows from its name: these two are of different ones.
    ParallelReplay([execute] * 2, outcomes.add, Timing(VirtualClock())).run(log("a", "d", "a", "d"))
    assert [outcome["seq"] for outcome in outcomes.in_order()] == [0, 1, 2, 3]


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_failure_of_one_lane_ends_all_and_is_raised(lanes: int) -> None:
    def execute(event: Event) -> dict[str, Any]:
        if event.seq == 5:
            raise RuntimeError("the twin failed")
        return done(event)

    outcomes = OutcomeSpool()
    replay = ParallelReplay([execute] * lanes, outcomes.add, Timing(VirtualClock()))
    with pytest.raises(RuntimeError, match="the twin failed"):
        replay.run(log(*"abcdefgh" * 2 * WAITING))
    assert {outcome["seq"] for outcome in outcomes.in_order()}.isdisjoint({5})


def test_a_failure_ends_a_lane_that_waits_for_an_event_that_is_not_due() -> None:
    waiting, failed = threading.Event(), threading.Event()

    def wait(seconds: float) -> None:
        waiting.set()
        assert seconds <= LONGEST_WAIT_S
        failed.wait(seconds)

    def execute(event: Event) -> dict[str, Any]:
        assert waiting.wait(30)
        failed.set()
        raise RuntimeError("the twin failed")

    now, later = log("a", "d")
    timing = Timing(Clock(lambda: 0.0, wait), Schedule(Pace("paced"), 1760840047.0, 0.0))
    hour_later = replace(later[1], timestamp="2025-10-19T03:14:07Z")
    with pytest.raises(RuntimeError, match="the twin failed"):
        ParallelReplay([execute] * 2, lambda _: None, timing).run([(later[0], hour_later), now])


def test_the_lateness_of_all_lanes_is_counted_together() -> None:
    timing = Timing(VirtualClock(10.0), Schedule(Pace("paced"), 1760840047.0, 7.0), Lateness(1.0))
    ParallelReplay([done] * 2, lambda _: None, timing).run(log("a", "d", "a"))
    assert (timing.lateness.document()["events"], timing.lateness.document()["max_ms"]) == (3, 3000.0)
    assert not timing.lateness.valid
