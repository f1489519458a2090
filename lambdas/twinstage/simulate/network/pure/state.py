"""What a stage with everything is and has at a moment, and what it came to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.plan import PARTITIONS
from twinstage.simulate.network.pure.agenda import JOINED
from twinstage.simulate.network.pure.bucket import TokenBucket
from twinstage.simulate.network.pure.counts import StageCounts
from twinstage.simulate.network.tally import StageRow, StageTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Record, Station


class StageState:
    """In slots, the plan's numbers among them: to look these up is a good part of what an event costs."""

    __slots__ = (
        *("_plan", "_agenda", "_calendar", "_order", "_tells", "_jitter", "_route", "_held_back"),
        *("_servers", "_places", "_batch", "_at_once", "_window", "_quota", "_patience"),
        *("_one_lane", "_partitioned", "_ready_at_once", "_direct", "_looks_closer", "_takes_more", "_special"),
        *("_queues", "_in_lane", "_window_set", "_impatient", "_buckets", "_held", "_cursor"),
        *("_busy", "_present", "_waiting", "_catching_up", "on_agenda", "last_due"),
        *("_counts", "_note_wait", "_unwaited", "_arrived", "_done", "_ends"),
        *("_lane_begun", "_lane_served"),
    )

    def __init__(self, plan: StagePlan, agenda: Agenda, route: Callable[[], Station]) -> None:
        self._plan, self._agenda, self._route = plan, agenda, route
        self._calendar, self._order, self._tells = agenda.calendar, agenda.order, agenda.tells
        self._servers, self._places, self._batch, self._at_once = plan.servers, plan.places, plan.batch, plan.at_once
        self._patience = plan.patience
        self._window, self._quota = plan.window if plan.batch > 1 else 0, plan.quota_interval
        self._one_lane = plan.lanes == 1 and plan.at_once >= plan.servers
        self._partitioned = plan.lane_kind == PARTITIONS
        # Whoever waits can begin as soon as a server is free for its lane.
        self._ready_at_once = not self._window and not self._quota
        # Whoever waits can begin as soon as any server is free.
        self._direct = self._ready_at_once and (self._one_lane or not self._partitioned)
        self._looks_closer = plan.places > 0 or agenda.tells is not None
        self._takes_more = plan.batch > 1 or plan.quota_interval > 0
        self._special = plan.sized or agenda.tells is not None
        self._counts = StageCounts()
        self._lane_begun, self._lane_served = [0] * plan.lanes, [0] * plan.lanes
        self._note_wait = self._counts.waits.note
        self._queues: list[deque[Record]] = [deque() for _ in range(plan.lanes)]
        self._in_lane, self._window_set = [0] * plan.lanes, [False] * plan.lanes
        # By lane, the number of the event that will look at the patience of its first record (0: none).
        self._impatient = [0] * plan.lanes
        buckets = plan.lanes if plan.quota_each_lane else 1
        self._buckets = [TokenBucket(plan.quota_interval, plan.quota_burst) for _ in range(buckets)]
        self._held: deque[tuple[Any, list[Record]]] = deque()
        self._cursor = self._busy = self._present = self._waiting = self._arrived = self._done = self._ends = 0
        # Records that did not wait, and are not yet counted.
        self._unwaited = 0
        self.last_due, self.on_agenda, self._catching_up = 0, False, False
        self._held_back = plan.held_back
        self._jitter = agenda.stream(plan.name, "jitter").random

    def row(self, now: int) -> StageRow:
        """What it came to so far."""
        counts = self._counts
        return StageRow(
            arrived=self._arrived,
            begun=counts.waits.count,
            waited=counts.waits.total,
            batches=counts.services.count,
            serving=counts.services.total,
            done=self._done,
            lost=counts.lost,
            dead=counts.dead,
            expired=counts.expired,
            waited_in_vain=counts.in_vain,
            retried=counts.retried,
            held=counts.held + counts.held_now * now,
            waiting=self._waiting,
            waiting_since=sum(now - record[JOINED] for queue in self._queues for record in queue),
            to_serve=self._ends - (self._busy - counts.held_now) * now,
            present=self._present,
        )

    def flush(self, now: int) -> None:
        """Count what is pending."""
        self._counts.flush(self._unwaited)
        self._unwaited = 0

    def forget(self) -> None:
        """The warm-up ends."""
        self._counts.forget()

    def tally(self) -> StageTally:
        """Its distributions."""
        counts = self._counts
        if self._one_lane:
            self._lane_begun, self._lane_served = [counts.waits.count], [counts.services.total]
        lanes = tuple(self._lane_begun), tuple(self._lane_served)
        return StageTally(counts.waits.histogram, counts.services.histogram, *lanes)
