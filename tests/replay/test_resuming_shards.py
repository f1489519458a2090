"""A shard is replayed each event at most once, wherever an invocation ends or dies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.event import Event
from twinstage.model.timestamp import epoch_s
from twinstage.replay.pace import Pace, Schedule, VirtualClock
from twinstage.replay.shard import STORE_EVERY, Progress, ShardReplay, outcomes_of, stored_until, unknown
from twinstage.replay.timing import Timing
from twinstage.world.interface import AlreadyBegun
from twinstage.world.store import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class MemoryStore:
    held: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, data: bytes) -> None:
        self.held[key] = data

    def put_new(self, key: str, data: bytes) -> bool:
        return self.held.setdefault(key, data) == data

    def get(self, key: str) -> bytes:
        if key not in self.held:
            raise missing(key)
        return self.held[key]

    def exists(self, key: str) -> bool:
        return key in self.held

    def list(self, prefix: str) -> Iterator[str]:
        yield from sorted(key for key in self.held if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self.held.pop(key, None)

    def copy(self, key: str, to: str) -> None:
        self.held[to] = self.get(key)


@dataclass
class MemoryLedger:
    positions: dict[str, int] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)

    def begun(self, shard: str) -> int:
        return self.positions.get(shard, -1)

    def begin(self, shard: str, position: int) -> None:
        if position <= self.begun(shard):
            raise AlreadyBegun(shard, position)
        self.positions[shard] = position

    def start(self, arm: str, now_s: float) -> float:
        return self.starts.setdefault(arm, now_s)


class Killed(BaseException):
    """The invocation's process is gone: nothing that comes after it runs."""


@dataclass
class Executing:
    """Executes events by counting them; dies before or after the ones it is told to."""

    dies_at: set[int] = field(default_factory=set)
    executed: Counter[str] = field(default_factory=Counter)
    failure: type[BaseException] = RuntimeError

    def execute(self, event: Event) -> dict[str, Any]:
        self.executed[event.id] += 1
        if event.seq in self.dies_at:
            self.dies_at.discard(event.seq)
            raise self.failure(event.id)
        return unknown(event) | {"outcome": "success", "calls": []}


def events(number: int) -> list[Event]:
    return [
        Event(f"e{i}", "2025-10-19T02:14:07Z", "lambda_invoke", {"function": "f", "event": {}}, seq=i)
        for i in range(number)
    ]


@dataclass
class Rehearsal:
    """One shard of one arm over several invocations."""

    number: int
    executing: Executing = field(default_factory=Executing)
    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    def invoke(self, enough_time: Callable[[], bool] = lambda: True) -> Progress:
        replay = ShardReplay("baseline/all", events(self.number), self.executing, self.ledger, self.store, enough_time)
        return replay.run()

    def until_done(self, most: int = 1000) -> int:
        """Invoke again and again, as the state machine does; how often that was."""
        for invocation in range(1, most):
            try:
                if self.invoke().done:
                    return invocation
            except RuntimeError:
                continue
        raise AssertionError("never done")

    def outcomes(self) -> list[str]:
        return [outcome["outcome"] for outcome in outcomes_of(self.store, "baseline")]


@pytest.mark.parametrize("number", [1, STORE_EVERY - 1, STORE_EVERY, STORE_EVERY + 1, 3 * STORE_EVERY + 7])
def test_a_shard_that_is_not_interrupted_executes_every_event_once_in_order(number: int) -> None:
    shard = Rehearsal(number)
    assert shard.invoke() == Progress(number, done=True)
    assert [outcome["event"] for outcome in outcomes_of(shard.store, "baseline")] == [f"e{i}" for i in range(number)]
    assert set(shard.executing.executed.values()) == {1}
    assert list(shard.store.list("")) == [f"replay/baseline/all/{i:08d}.jsonl" for i in range(0, number, STORE_EVERY)]


def test_a_shard_without_events_is_done() -> None:
    assert Rehearsal(0).invoke() == Progress(0, done=True)


@settings(deadline=None)
@given(number=st.integers(1, 70), patience=st.lists(st.integers(0, 30), max_size=6))
def test_an_invocation_may_end_after_any_event_and_the_next_goes_on_from_there(
    number: int, patience: list[int]
) -> None:
    shard = Rehearsal(number)
    for events_more in patience:
        left = iter([True] * events_more)
        before = stored_until(shard.store, "baseline/all")
        progress = shard.invoke(lambda left=left: next(left, False))  # type: ignore[misc]
        assert progress.cursor == min(number, before + events_more + 1) if before < number else progress.done
    shard.until_done()
    assert shard.outcomes() == ["success"] * number
    assert set(shard.executing.executed.values()) == {1}


@settings(deadline=None)
@given(number=st.integers(1, 70), dies_at=st.sets(st.integers(0, 69), max_size=5))
def test_an_event_that_raised_is_not_repeated_and_is_the_only_one_unknown(number: int, dies_at: set[int]) -> None:
    shard = Rehearsal(number, Executing(set(dies_at)))
    shard.until_done()
    assert shard.outcomes() == ["unknown" if i in dies_at else "success" for i in range(number)]
    assert set(shard.executing.executed.values()) == {1}


@settings(deadline=None)
@given(number=st.integers(1, 70), killed_at=st.integers(0, 69))
def test_after_a_kill_exactly_the_events_begun_and_not_stored_are_unknown_and_none_is_executed_twice(
    number: int, killed_at: int
) -> None:
    """Nothing at all runs after a kill, not even what stores the outcomes so far: a store that refuses stands for that."""
    shard = Rehearsal(number, Executing({killed_at}, failure=Killed))
    stored = shard.store

    class Gone(MemoryStore):
        def put(self, key: str, data: bytes) -> None:
            if shard.executing.executed[f"e{killed_at}"]:
                raise Killed
            super().put(key, data)

    shard.store = Gone(stored.held)
    if killed_at < number:
        with pytest.raises(Killed):
            shard.invoke()
    shard.store = stored
    begun, kept = shard.ledger.begun("baseline/all"), stored_until(stored, "baseline/all")
    shard.until_done()
    unknown_ones = {i for i, outcome in enumerate(shard.outcomes()) if outcome == "unknown"}
    assert unknown_ones == (set(range(kept, begun + 1)) if killed_at < number else set())
    assert len(unknown_ones) <= STORE_EVERY
    assert set(shard.executing.executed.values()) == {1}
    assert len(shard.outcomes()) == number


@settings(deadline=None)
@given(sizes=st.integers(1, 70).flatmap(lambda number: st.tuples(st.just(number), st.integers(0, number - 1))))
def test_of_two_replays_of_one_shard_at_a_time_one_stops_and_no_event_is_executed_twice(
    sizes: tuple[int, int],
) -> None:
    """The second begins while the first executes an event, and runs to the end."""
    number, during = sizes
    shard = Rehearsal(number)

    class Overtaken(Executing):
        def execute(self, event: Event) -> dict[str, Any]:
            if event.seq == during and not self.executed[event.id]:
                self.executed[event.id] += 1
                Rehearsal(number, shard.executing, shard.store, shard.ledger).invoke()
                return unknown(event) | {"outcome": "success", "calls": []}
            return super().execute(event)

    first = Rehearsal(number, Overtaken(executed=shard.executing.executed), shard.store, shard.ledger)
    with pytest.raises(AlreadyBegun, match="another replay of baseline/all began the event at"):
        first.invoke()
    assert len(shard.outcomes()) == number
    assert shard.outcomes()[during] == "unknown"
    assert set(shard.executing.executed.values()) == {1}
    assert len(shard.executing.executed) == number


def test_an_unknown_outcome_says_what_is_known_of_the_event() -> None:
    (event,) = events(1)
    outcome = unknown(event)
    assert (outcome["outcome"], outcome["calls"], outcome["function"]) == ("unknown", None, "f")
    assert outcome["recorded"] == {"outcome": "success"}


def test_the_outcomes_of_an_arm_are_in_the_order_of_the_events_over_all_its_shards() -> None:
    shard = Rehearsal(3)
    shard.invoke()
    other = ShardReplay(
        "baseline/a",
        [Event("x", "", "lambda_invoke", {}, seq=1)],
        Executing(),
        MemoryLedger(),
        shard.store,
        lambda: True,
    )
    other.run()
    assert [outcome["event"] for outcome in outcomes_of(shard.store, "baseline")] == ["e0", "x", "e1", "e2"]
    assert outcomes_of(shard.store, "candidate") == []


def minute(event: Event) -> Event:
    """The same event, so many minutes later as its place in the log."""
    return replace(event, timestamp=f"2025-10-19T02:{event.seq:02d}:00Z")


def test_a_paced_shard_waits_as_long_as_an_invocation_may_and_the_next_goes_on_waiting() -> None:
    log = [minute(event) for event in events(4)]
    shard, clock = Rehearsal(4), VirtualClock(1000.0)
    begun: list[float] = []

    class Timed(Executing):
        def execute(self, event: Event) -> dict[str, Any]:
            begun.append(clock.now())
            return super().execute(event)

    invocations = 0
    while True:
        invocations += 1
        ends_at = clock.now() + 100
        timing = Timing(
            clock, Schedule(Pace("paced"), epoch_s(log[0].timestamp), shard.ledger.start("baseline", clock.now()))
        )
        replay = ShardReplay(
            "baseline/all",
            log,
            Timed(executed=shard.executing.executed),
            shard.ledger,
            shard.store,
            lambda ends_at=ends_at: clock.now() < ends_at,  # type: ignore[misc]
            timing,
            lambda ends_at=ends_at: ends_at - clock.now(),  # type: ignore[misc]
        )
        if replay.run().done:
            break
    assert begun == [1000.0, 1060.0, 1120.0, 1180.0]
    assert invocations == 2
    assert [outcome["late_ms"] for outcome in outcomes_of(shard.store, "baseline")] == [0.0] * 4
