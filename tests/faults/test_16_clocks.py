"""Fault 16: the machine's clock is wrong by a day, or jumps. What happens is decided by the log's own times."""

from __future__ import annotations

import random
from typing import Any

import pytest
import time_machine

from tests.state.memory_zones import change, empty_zone, rr
from twinstage.model.event import Event, Expected
from twinstage.replay.in_memory import MemoryReplay
from twinstage.replay.pace import Pace, VirtualClock
from twinstage.replay.timing import in_order, timing_of

DAY_S = 24 * 3600
ADDRESSES = ("192.0.2.1", "192.0.2.2")


def log(number: int = 40) -> list[Event]:
    """A record that is created, changed, refused and deleted, over and over."""
    found = []
    for at in range(number):
        record = rr("a.ex.test.", "A", ADDRESSES[at % 2])
        action = ("CREATE", "UPSERT", "CREATE", "DELETE")[at % 4]
        expected = Expected("refused", "InvalidChangeBatch") if at % 4 == 2 else Expected()
        found.append(
            Event(
                f"e{at}",
                f"2025-10-19T02:{at:02d}:07Z",
                "dns_update",
                {"zone_id": "ZEX", "changes": [change(action, record)]},
                expected,
                seq=at,
            )
        )
    return found


def replayed(shift: Any = lambda: None) -> list[dict[str, Any]]:
    """Every outcome but for what was measured; `shift` is done before each event."""
    world = MemoryReplay({"ZEX": empty_zone("ZEX", "ex.test.", private=False)})
    clock, events = VirtualClock(), log()

    def execute(event: Event) -> Any:
        shift()
        return world.execute(event)

    timing = timing_of(Pace("virtual"), events, clock, 1.0)
    return [{**outcome, "latency_ms": 0} for outcome in in_order(events, execute, timing)]


@pytest.mark.parametrize("seed", range(20))
def test_a_clock_that_is_wrong_by_a_day_or_jumps_changes_no_outcome(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 faults that a seed repeats
    usual = replayed()
    skew_s = rng.uniform(-DAY_S, DAY_S)

    with time_machine.travel(1_795_000_000.0 + skew_s, tick=False) as wall:
        jumping = replayed(lambda: wall.shift(rng.uniform(-DAY_S, DAY_S)))

    assert jumping == usual
    assert {outcome["outcome"] for outcome in usual} == {"success", "refused"}
    assert all(outcome["late_ms"] == 0 for outcome in usual)
