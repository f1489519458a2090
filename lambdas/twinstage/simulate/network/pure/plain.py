"""A stage of servers and one endless queue, first come, first served: when a record will be served is known as it comes.

It begins when the first server is free (Kiefer and Wolfowitz 1955, the vector of the servers' workloads), so that one event, its end, is all that the calendar
holds of it. Three times as fast as the stage that can do everything.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappop, heappush, heapreplace
from itertools import chain
from operator import length_hint
from typing import TYPE_CHECKING

from twinstage.simulate.network.histogram import Histogram
from twinstage.simulate.network.pure.agenda import NUMBER
from twinstage.simulate.network.tally import StageRow, StageTally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Record

    Arrives = Callable[[int, Record], None]

# Services drawn at once.
_BLOCK = 256


class PlainStage:
    """First come, first served. `connect` says where its records go, before the first comes."""

    line = None
    last_due = 0
    arrive: Arrives
    receive: Arrives
    connect: Callable[[Arrives], None]

    def __init__(self, plan: StagePlan, agenda: Agenda) -> None:
        # When each server will be free; and, in the order of coming, of those records that were not counted yet: how long each is served
        # (and behind these what is drawn for those to come, `_ahead`), and of those that found no server idle: when each begins, and how long
        # it waits until then.
        self._free = [0] * plan.servers
        self._services: list[int] = []
        self._ahead: Iterator[int] = iter(())
        self._starts: list[int] = []
        self._waits: list[int] = []
        self._begun = self._waited = self._served = 0
        self._wait_histogram, self._service_histogram = Histogram(), Histogram()
        self._build(plan, agenda)

    def _build(self, plan: StagePlan, agenda: Agenda) -> None:
        calendar, order, free = agenda.calendar, agenda.order, self._free
        note_start, note_wait = self._starts.append, self._waits.append
        draw = chain.from_iterable(self._drawn_ahead(plan, agenda)).__next__
        forward: Arrives

        def arrive(now: int, record: Record) -> None:
            duration = draw()
            start = free[0]
            if start > now:
                note_start(start)
                note_wait(start - now)
                end = start + duration
            else:
                end = now + duration
            heapreplace(free, end)
            heappush(calendar, (end, order(), forward, record))

        def receive(now: int, record: Record) -> None:
            # As `arrive`, word for word but for the last: a call in between would cost a tenth of it all.
            duration = draw()
            start = free[0]
            if start > now:
                note_start(start)
                note_wait(start - now)
                end = start + duration
            else:
                end = now + duration
            heapreplace(free, end)
            heapreplace(calendar, (end, order(), forward, record))

        def connect(target: Arrives) -> None:
            nonlocal forward
            forward = target

        self.arrive, self.receive, self.connect = arrive, receive, connect
        if agenda.tells is not None:
            self._told(plan, agenda)

    def _drawn_ahead(self, plan: StagePlan, agenda: Agenda) -> Iterator[Iterator[int]]:
        """Services, a block at a time: what is drawn is noted with its block, not one by one."""
        for block in plan.service.blocks(agenda.stream(plan.name, "service"), _BLOCK):
            self._services += block
            self._ahead = iter(block)
            yield self._ahead

    def _told(self, plan: StagePlan, agenda: Agenda) -> None:
        """Have each step told when it happens."""
        tell, name, silent_arrive, silent_connect = agenda.tells, plan.name, self.arrive, self.connect
        if tell is None:
            return

        def begins(now: int, record: Record) -> None:
            tell(now, record[NUMBER], name, "begins")

        def arrive(now: int, record: Record) -> None:
            tell(now, record[NUMBER], name, "arrives")
            agenda.schedule(max(now, self._free[0]), begins, record)
            silent_arrive(now, record)

        def connect(target: Arrives) -> None:
            def forward(now: int, record: Record) -> None:
                tell(now, record[NUMBER], name, "leaves")
                target(now, record)

            silent_connect(forward)

        def receive(now: int, record: Record) -> None:
            heappop(agenda.calendar)
            arrive(now, record)

        self.arrive, self.receive, self.connect = arrive, receive, connect

    def flush(self, now: int) -> None:
        """Count those that have begun. Who came last begins last, so it is the last of each list that have not."""
        begun_waiting = bisect_right(self._starts, now)
        begun = len(self._services) - length_hint(self._ahead) - (len(self._starts) - begun_waiting)
        waits, services = self._waits[:begun_waiting], self._services[:begun]
        del self._starts[:begun_waiting], self._waits[:begun_waiting], self._services[:begun]
        self._begun += begun
        self._waited += sum(waits)
        self._served += sum(services)
        self._wait_histogram.add(waits)
        self._wait_histogram.add_zeros(begun - begun_waiting)
        self._service_histogram.add(services)

    def forget(self) -> None:
        """The warm-up ends; all that has begun was flushed."""
        self._wait_histogram, self._service_histogram = Histogram(), Histogram()

    def row(self, now: int) -> StageRow:
        """What it came to so far; all that has begun was flushed."""
        waiting = len(self._starts)
        busy = len(self._free) if waiting else sum(until > now for until in self._free)
        ahead = sum(until - now for until in self._free if until > now)
        return StageRow(
            arrived=self._begun + waiting,
            begun=self._begun,
            waited=self._waited,
            batches=self._begun,
            serving=self._served,
            done=self._begun - busy,
            waiting=waiting,
            waiting_since=sum(self._waits) - sum(self._starts) + waiting * now,
            to_serve=ahead - sum(self._services[:waiting]),
            present=waiting + busy,
        )

    def tally(self) -> StageTally:
        """Its distributions; its one lane has done everything."""
        return StageTally(self._wait_histogram, self._service_histogram, (self._begun,), (self._served,))
