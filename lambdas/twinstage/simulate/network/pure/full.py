"""A stage with everything, who leaves: routes, retries, dead letters, back-pressure."""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace
from typing import TYPE_CHECKING

from twinstage.simulate.network.pure.agenda import FAILURES, JOINED, LANE, NUMBER
from twinstage.simulate.network.pure.queueing import QueueingStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Happens, Record, Station
    from twinstage.simulate.network.pure.queueing import Batch


class FullStage(QueueingStage):
    """One stage. The order of everything that it schedules is part of its meaning: the compiled loop keeps the same."""

    __slots__ = ()

    def __init__(self, plan: StagePlan, agenda: Agenda, route: Callable[[], Station]) -> None:
        super().__init__(plan, agenda, route)
        self._when_done, self._when_failed = self._succeeds, self._fails

    def connect(self, only: Station) -> None:
        """All its records go to one other station."""
        if self._tells is not None or not self._ready_at_once:
            return
        if not self._direct:
            self._when_done = self._done_in_lane(only)
        else:
            self._when_done = self._done_by_any(only)

    def _done_by_any(self, target: Station) -> Happens:
        """An attempt succeeded, where any server may go on with any that waits: as `_succeeds`, in one piece."""
        calendar, order, draw, note_wait = self._calendar, self._order, self._draw, self._note_wait
        queues, only_queue, one_lane, held_back = self._queues, self._queues[0], self._one_lane, self._held_back
        lane_begun, lane_served, takes_more = self._lane_begun, self._lane_served, self._takes_more

        def done(now: int, batch: Batch) -> None:
            if self._held or len(batch) > 1 or (held_back and target.line is not None):
                self._succeeds(now, batch)
                return
            record = batch[0]
            record[FAILURES] = 0
            self._done += 1
            self._present -= 1
            if not self._waiting:
                # Nobody is there for the server to go on with, and where the record goes has the event's place.
                self._ends -= now
                self._busy -= 1
                target.receive(now, record)
                return
            target.arrive(now, record)
            lane, queue = 0, only_queue
            while not queue:
                lane += 1
                queue = queues[lane]
            if takes_more:
                self._ends -= now
                self._busy -= 1
                self._begin(now, lane, heapreplace)
                return
            batch[0] = record = queue.popleft()
            self._waiting -= 1
            note_wait(now - record[JOINED])
            duration, happens = draw()
            if not one_lane:
                lane_begun[lane] += 1
                lane_served[lane] += duration
            # The server went from one to the other: it is as busy as before, and what it will end is later by this.
            self._ends += duration
            heapreplace(calendar, (now + duration, order(), happens, batch))

        return done

    def _done_in_lane(self, target: Station) -> Happens:
        """An attempt succeeded, where servers wait for lanes: as `_succeeds`, in one piece."""
        queues, in_lane, lanes, servers, held_back = (
            *(self._queues, self._in_lane, self._plan.lanes, self._servers, self._held_back),
        )

        def done(now: int, batch: Batch) -> None:
            if self._held or held_back or self._busy == servers:
                self._succeeds(now, batch)
                return
            lane, size = batch[0][LANE], len(batch)
            self._ends -= now
            self._done += size
            self._present -= size
            self._busy -= 1
            in_lane[lane] -= 1
            while size > 1:
                record = batch.pop()
                record[FAILURES] = 0
                target.arrive(now, record)
                size -= 1
            record = batch[0]
            record[FAILURES] = 0
            # There was a server idle before: whoever waits in another lane waits for that lane.
            if queues[lane]:
                target.arrive(now, record)
                self._cursor = (lane + 1) % lanes
                self._begin(now, lane, heapreplace)
            else:
                target.receive(now, record)

        return done

    # Who leaves --------------------------------------------------------------------------------------------------------------------

    def _succeeds(self, now: int, batch: Batch) -> None:
        # It stays the calendar's first until the server goes on.
        self._ends -= now
        self._done += len(batch)
        lane = 0 if self._one_lane else batch[0][LANE]
        if self._release(now, batch, None):
            self._go_on(now, lane)
        else:
            heappop(self._calendar)
            self._agenda.settle(now)

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
        heappop(self._calendar)
        all_busy = self._busy == self._servers
        self._free(lane)
        if self._held:
            self.catch_up(now)
            self._agenda.settle(now)
        elif self._waiting and (self._direct or all_busy or not self._ready_at_once):
            self._serve(now)
        elif self._queues[lane]:
            # There was a server idle before: whoever waits in another lane waits for that lane.
            self._cursor = (lane + 1) % len(self._queues)
            self._begin(now, lane, heappush)

    def _free(self, lane: int) -> None:
        self._busy -= 1
        if not (self._one_lane or self._direct):
            self._in_lane[lane] -= 1

    def resume(self, now: int, batch: Batch, target: Station) -> None:
        """Its server, which `target` held back, goes on."""
        lane = 0 if self._one_lane else batch[0][LANE]
        self._counts.ends_holding(now)
        if self._release(now, batch, target):
            self._free(lane)
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
