"""A stage with everything, who comes and who is served: lanes, places, batches, quotas, patience.

Its state lies in slots, and what happens most often is written out where it happens: a call costs as much as the work of most of what is here.
"""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace
from itertools import chain
from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.pure.agenda import CLASS, FAILURES, JOINED, KEY, LANE, NUMBER, PATIENCE
from twinstage.simulate.network.pure.outcomes import outcomes
from twinstage.simulate.network.pure.state import StageState

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Comes, Happens, Puts, Record, Station
    from twinstage.simulate.network.pure.bucket import TokenBucket
# A batch, from when a server begins on it until its last record has left: the first is the last of the list.
Batch = list["Record"]


class QueueingStage(StageState):
    """Servers and who waits for them. `_when_done`, `_when_failed`: what happens at the end of an attempt, which is not this class's."""

    __slots__ = ("_draw", "_when_done", "_when_failed", "arrive", "receive")
    _when_done: Happens
    _when_failed: Happens

    def __init__(self, plan: StagePlan, agenda: Agenda, route: Callable[[], Station]) -> None:
        super().__init__(plan, agenda, route)
        self._draw = outcomes(plan, agenda, self._counts.services, lambda: (self._when_done, self._when_failed))
        # What comes by the calendar's first event takes that off.
        self.arrive, self.receive = self._comes(heappush), self._comes(heapreplace)

    # Who comes ---------------------------------------------------------------------------------------------------------------------

    @property
    def _full(self) -> bool:
        return 0 < self._places <= self._present

    @property
    def line(self) -> deque[tuple[Any, Batch]] | None:
        """Where another stage that has a record for it must leave its work, until this one has room; None while it has."""
        return self._held if 0 < self._places <= self._present and self._plan.holds else None

    def _comes(self, put: Puts) -> Comes:  # noqa: C901  (in one piece, for it happens to every record)
        """A record comes. `put`: how the calendar takes the end of its service if it begins at once, in the place of the first event or not."""
        calendar, order, draw = self._calendar, self._order, self._draw
        servers, at_once, queues, in_lane = self._servers, self._at_once, self._queues, self._in_lane
        lane_begun, lane_served, lane_of_key = self._lane_begun, self._lane_served, self._plan.lane_of_key
        one_lane, partitioned, direct, patience = self._one_lane, self._partitioned, self._direct, self._patience
        closer, special = self._looks_closer, self._special

        def comes(now: int, record: Record) -> None:
            self._arrived += 1
            if closer and self._refuses(now, record):
                if put is heapreplace:
                    heappop(calendar)
                return
            self._present += 1
            lane = 0
            if not one_lane:
                lane = record[LANE] = lane_of_key[record[KEY]] if partitioned else record[CLASS]
            if patience:
                self.last_due = now + patience
            idle = self._busy < servers
            if idle and (not self._waiting if direct else in_lane[lane] < at_once and self._begins_at_once(now, lane)):
                (duration, happens), batch = draw(), [record]
                if special:
                    duration, happens = self._specially(now, batch, duration, happens)
                self._unwaited += 1
                self._ends += now + duration
                self._busy += 1
                if not one_lane:
                    lane_begun[lane] += 1
                    lane_served[lane] += duration
                    if not direct:
                        in_lane[lane] += 1
                put(calendar, (now + duration, order(), happens, batch))
                return
            record[JOINED] = now
            queues[lane].append(record)
            self._waiting += 1
            if patience:
                self._grow_impatient(record, lane)
            if idle:
                self._look_at_all(now)
            if put is heapreplace:
                heappop(calendar)

        return comes

    def _look_at_all(self, now: int) -> None:
        """Someone came on whom an idle server did not begin: nor can it on others, unless it has not looked at them yet, or waits for a batch or for tokens."""
        if not self._ready_at_once or self.on_agenda or self._catching_up:
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
        if self._window:
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
            stage.resume(now, batch, self)
        self._catching_up = False
        if self._waiting:
            self._serve(now)

    def _serve(self, now: int) -> None:
        while self._waiting and self._busy < self._servers:
            lane = self._ready_lane(now)
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

    def _begin(self, now: int, lane: int, put: Puts) -> None:
        """A server begins on the first of a lane: the end of it is put on the calendar."""
        record = self._queues[lane].popleft()
        batch = [record]
        self._note_wait(now - record[JOINED])
        self._waiting -= 1
        if self._takes_more:
            self._take_more(now, lane, batch)
        duration, happens = self._draw()
        if self._special:
            duration, happens = self._specially(now, batch, duration, happens)
        ends = now + duration
        self._ends += ends
        self._busy += 1
        if not self._one_lane:
            self._lane_begun[lane] += len(batch)
            self._lane_served[lane] += duration
            if not self._direct:
                self._in_lane[lane] += 1
        put(self._calendar, (ends, self._order(), happens, batch))

    def _specially(self, now: int, batch: Batch, duration: int, happens: Happens) -> tuple[int, Happens]:
        """Have it told, and make the whole time of what was drawn where that depends on how many they are."""
        plan = self._plan
        if self._tells is not None:
            for record in reversed(batch):
                self._tells(now, record[NUMBER], plan.name, "begins")
        if plan.sized:
            duration += plan.per_record * len(batch)
            if 0 < plan.timeout < duration:
                duration, happens = plan.timeout, self._when_failed
            self._counts.services.note(duration)
        return duration, happens

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
        batch.reverse()
