"""A stage with everything: lanes, places, batches, quotas, patience, time-outs, retries, back-pressure.

Its state lies in slots, and what happens most often is written out where it happens: a call costs as much as the work of most of what is here.
"""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace
from itertools import chain
from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.plan import PRIORITIES
from twinstage.simulate.network.pure.agenda import CLASS, FAILURES, JOINED, KEY, LANE, NUMBER, PATIENCE
from twinstage.simulate.network.pure.state import StageState

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Happens, Record, Station
    from twinstage.simulate.network.pure.bucket import TokenBucket

    Puts = Callable[[list[Any], Any], Any]
# A batch, from when a server begins on it until its last record has left: the first is the last of the list.
Batch = list["Record"]


class FullStage(StageState):
    """One stage. The order of everything that it schedules is part of its meaning: the compiled loop keeps the same."""

    __slots__ = ("_when_done", "_when_failed")

    def __init__(self, plan: StagePlan, agenda: Agenda, route: Callable[[], Station]) -> None:
        super().__init__(plan, agenda, route)
        self._when_done: Happens = self._succeeds
        self._when_failed: Happens = self._fails

    def connect(self, only: Station) -> None:
        """All its records go to one station, which never holds them back."""
        self._only = only.arrive

    # Who comes ---------------------------------------------------------------------------------------------------------------------

    @property
    def _full(self) -> bool:
        return 0 < self._places <= self._present

    @property
    def line(self) -> deque[tuple[FullStage, Batch]] | None:
        """Where another stage that has a record for it must leave its work, until this one has room; None while it has."""
        return self._held if 0 < self._places <= self._present and self._plan.holds else None

    def receive(self, now: int, record: Record) -> None:
        """Admit, or lose, what the calendar's first event brings."""
        heappop(self._calendar)
        self.arrive(now, record)

    def arrive(self, now: int, record: Record) -> None:
        """Admit, or lose."""
        self._arrived += 1
        if self._looks_closer and self._refuses(now, record):
            return
        self._present += 1
        lane = 0
        if not self._one_lane:
            lane = record[LANE] = self._lane_of(record)
        if self._patience:
            self.last_due = now + self._patience
        idle = self._busy < self._servers
        if idle and (not self._waiting if self._simple else self._begins_at_once(now, lane)):
            self._begin(now, lane, heappush, record)
            return
        record[JOINED] = now
        self._queues[lane].append(record)
        self._waiting += 1
        if self._patience:
            self._grow_impatient(record, lane)
        if idle:
            self._serve(now)

    def _refuses(self, now: int, record: Record) -> bool:
        lost = 0 < self._places <= self._present
        self._counts.lost += lost
        if self._tells is not None:
            what = "lost" if lost else "again" if record[FAILURES] else "arrives"
            self._tells(now, record[NUMBER], self._plan.name, what)
        return lost

    def _begins_at_once(self, now: int, lane: int) -> bool:
        """Whether a server, which is idle, begins on whoever comes to a lane: nobody who waits could begin, or would have."""
        if self._in_lane[lane] >= self._at_once or self._window:
            return False
        if self._waiting and (self._quota or self.on_agenda or self._catching_up):
            return False
        if self._quota:
            bucket = self._buckets[lane if self._plan.quota_each_lane else 0]
            if now < bucket.ready_at(1):
                return False
            bucket.take(now, 1)
        if self._partitioned:
            self._cursor = (lane + 1) % self._plan.lanes
        return True

    def _grow_impatient(self, record: Record, lane: int) -> None:
        number = record[PATIENCE] = self._order()
        if not self._impatient[lane]:
            self._impatient[lane] = number
            heappush(self._calendar, (self.last_due, number, self._patience_ends, lane))

    def _lane_of(self, record: Record) -> int:
        if self._partitioned:
            return self._plan.lane_of_key[record[KEY]]
        return record[CLASS] if self._plan.lane_kind == PRIORITIES else 0

    def _again(self, now: int, record: Record) -> None:
        heappop(self._calendar)
        # It never left.
        self._arrived -= 1
        self._present -= 1
        self.arrive(now, record)

    def _patience_ends(self, now: int, lane: int) -> None:
        """Of whoever was first in the lane when this was scheduled. All of a lane are equally patient, so one event at a time is enough for them all."""
        heappop(self._calendar)
        queue, number = self._queues[lane], self._impatient[lane]
        expired = bool(queue) and queue[0][PATIENCE] == number
        if expired:
            record = queue.popleft()
            self._counts.expired += 1
            self._counts.in_vain += now - record[JOINED]
            self._waiting -= 1
            self._present -= 1
            if self._tells is not None:
                self._tells(now, record[NUMBER], self._plan.name, "expired")
        self._impatient[lane] = queue[0][PATIENCE] if queue else 0
        if queue:
            event = (queue[0][JOINED] + self._patience, queue[0][PATIENCE], self._patience_ends, lane)
            heappush(self._calendar, event)
        if expired:
            self._agenda.look_again(self)
            self._agenda.settle(now)

    # Who is served -----------------------------------------------------------------------------------------------------------------

    def catch_up(self, now: int) -> None:
        """Admit those that are held back while there are places, then begin on what can begin."""
        self._catching_up = True
        while self._held and not self._full:
            stage, batch = self._held.popleft()
            stage._resume(now, batch, self)  # noqa: SLF001  (a stage like this one)
        self._catching_up = False
        if self._waiting:
            self._serve(now)

    def _serve(self, now: int) -> None:
        while self._waiting and self._busy < self._servers:
            lane = 0 if self._simple else self._ready_lane(now)
            if lane < 0:
                return
            self._begin(now, lane, heappush)

    def _ready_lane(self, now: int) -> int:
        """The next lane that a server can begin on: the first by class, or in turn by partition. -1: none."""
        queues, in_lane, at_once, cursor = self._queues, self._in_lane, self._at_once, self._cursor
        for lane in chain(range(cursor, len(queues)), range(cursor)) if cursor else range(len(queues)):
            if queues[lane] and in_lane[lane] < at_once and (self._ready_at_once or self._batch_ready(now, lane)):
                if self._partitioned:
                    self._cursor = (lane + 1) % len(queues)
                return lane
        return -1

    def _batch_ready(self, now: int, lane: int) -> bool:
        """Whether there are enough records, or the oldest has waited for the window, and there are tokens; else an event will look again."""
        queue = self._queues[lane]
        if self._window and len(queue) < self._batch:
            due = queue[0][JOINED] + self._window
            if now < due:
                if not self._window_set[lane]:
                    self._window_set[lane] = True
                    heappush(self._calendar, (due, self._order(), self._window_ends, lane))
                return False
        if not self._quota:
            return True
        bucket = self._buckets[lane if self._plan.quota_each_lane else 0]
        ready_at = bucket.ready_at(1 if self._batch == 1 else min(len(queue), self._batch))
        if now >= ready_at:
            return True
        if not bucket.awaited:
            bucket.awaited = True
            heappush(self._calendar, (ready_at, self._order(), self._tokens_come, bucket))
        return False

    def _window_ends(self, now: int, lane: int) -> None:
        heappop(self._calendar)
        self._window_set[lane] = False
        self._serve(now)

    def _tokens_come(self, now: int, bucket: TokenBucket) -> None:
        heappop(self._calendar)
        bucket.awaited = False
        self._serve(now)

    def _begin(self, now: int, lane: int, put: Puts, record: Record | None = None) -> None:
        """A server begins on a record that has just come, or on the first of a lane: the end of it is put on the calendar."""
        if record:
            batch = [record]
            self._unwaited += 1
            if self._tells is not None:
                self._tells(now, record[NUMBER], self._plan.name, "begins")
        else:
            record = self._queues[lane].popleft()
            batch = [record]
            self._note_wait(now - record[JOINED])
            self._waiting -= 1
            if self._takes_more:
                self._take_more(now, lane, batch)
        duration, happens = self._draw(), self._when_done
        if self._varies:
            if self._per_record:
                duration += self._per_record * len(batch)
            if self._share_fails and self._failure() < self._share_fails:
                happens = self._when_failed
            if 0 < self._timeout < duration:
                duration, happens = self._timeout, self._when_failed
        ends = now + duration
        self._note_service(duration)
        self._ends += ends
        self._busy += 1
        if not self._one_lane:
            self._lane_begun[lane] += len(batch)
            self._lane_served[lane] += duration
            self._in_lane[lane] += 1
        put(self._calendar, (ends, self._order(), happens, batch))

    def _take_more(self, now: int, lane: int, batch: Batch) -> None:
        """More records, while there are any and the batch has room for them; and tokens for them all."""
        queue = self._queues[lane]
        while queue and len(batch) < self._batch:
            record = queue.popleft()
            self._note_wait(now - record[JOINED])
            batch.append(record)
        self._waiting += 1 - len(batch)
        if self._quota:
            self._buckets[lane if self._plan.quota_each_lane else 0].take(now, len(batch))
        if self._tells is not None:
            for record in batch:
                self._tells(now, record[NUMBER], self._plan.name, "begins")
        batch.reverse()

    # Who leaves --------------------------------------------------------------------------------------------------------------------

    def _succeeds(self, now: int, batch: Batch) -> None:
        # It stays the calendar's first until the server goes on.
        self._ends -= now
        self._done += len(batch)
        lane = 0 if self._one_lane else batch[0][LANE]
        only = self._only
        if only is None:
            if not self._release(now, batch, None):
                heappop(self._calendar)
                self._agenda.settle(now)
                return
        else:
            while batch:
                record = batch.pop()
                record[FAILURES] = 0
                self._present -= 1
                if self._tells is not None:
                    self._tells(now, record[NUMBER], self._plan.name, "leaves")
                only(now, record)
        if not self._simple or self._held:
            self._go_on(now, lane)
            return
        self._busy -= 1
        if self._waiting:
            # One server, one batch: its end takes the place of the event.
            self._begin(now, 0, heapreplace)
        else:
            heappop(self._calendar)

    def _fails(self, now: int, batch: Batch) -> None:
        self._ends -= now
        lane = 0 if self._one_lane else batch[0][LANE]
        for record in reversed(batch):
            self._failed(now, record)
        self._go_on(now, lane)

    def _failed(self, now: int, record: Record) -> None:
        plan = self._plan
        record[FAILURES] += 1
        if record[FAILURES] >= plan.attempts:
            self._counts.dead += 1
            self._present -= 1
            if self._tells is not None:
                self._tells(now, record[NUMBER], plan.name, "dead")
            return
        self._counts.retried += 1
        if self._tells is not None:
            self._tells(now, record[NUMBER], plan.name, "failed")
        backoff = plan.backoffs[min(record[FAILURES], len(plan.backoffs)) - 1]
        if plan.jitter:
            backoff = int(backoff * self._jitter())
        heappush(self._calendar, (now + backoff, self._order(), self._again, record))

    def _go_on(self, now: int, lane: int) -> None:
        """The server of the calendar's first event became free, and no other stage has anything to look at again."""
        all_busy = self._busy == self._servers
        self._busy -= 1
        if not self._one_lane:
            self._in_lane[lane] -= 1
            if self._ready_at_once and not all_busy and not self._held:
                # There was a server idle before: whoever waits in another lane waits for that lane.
                if self._queues[lane]:
                    self._cursor = (lane + 1) % len(self._queues)
                    self._begin(now, lane, heapreplace)
                else:
                    heappop(self._calendar)
                return
        heappop(self._calendar)
        if self._held:
            self.catch_up(now)
            self._agenda.settle(now)
        elif self._waiting:
            self._serve(now)

    def _resume(self, now: int, batch: Batch, target: Station) -> None:
        lane = 0 if self._one_lane else batch[0][LANE]
        self._counts.ends_holding(now)
        if self._release(now, batch, target):
            self._busy -= 1
            if not self._one_lane:
                self._in_lane[lane] -= 1
            self._agenda.look_again(self)

    def _release(self, now: int, batch: Batch, target: Station | None) -> bool:
        """Let the records go where they go, the first to `target` if that was drawn before, until one is held back: its server stays with it."""
        while batch:
            target = target or self._route()
            if (line := target.line) is not None:
                line.append((self, batch))
                self._counts.begins_holding(now)
                self._agenda.look_again(self)
                return False
            record = batch.pop()
            record[FAILURES] = 0
            self._present -= 1
            if self._tells is not None:
                self._tells(now, record[NUMBER], self._plan.name, "leaves")
            target.arrive(now, record)
            target = None
        return True
