"""A stage of one queue, first come, first served, one record at a time, whose servers nothing holds back: when a record will be served is known as it comes.

It begins when the first server is free (Kiefer and Wolfowitz 1955, the vector of the servers' workloads) and there is a token for it, so that one event, its
end, is all that the calendar holds of it. Two to three times as fast as the stage that can do everything.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush, heapreplace
from itertools import chain
from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.pure.agenda import FAILURES, NUMBER
from twinstage.simulate.network.pure.attempts import Attempts
from twinstage.simulate.network.pure.outcomes import outcomes, services
from twinstage.simulate.network.tally import StageRow, StageTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Comes, Happens, Puts, Record


class ForeseenStage:
    """First come, first served. `connect` says where its records go, before the first comes: to a station's `receive`, or to what chooses among several."""

    last_due = 0
    arrive: Comes
    receive: Comes
    connect: Callable[[Comes], None]

    def __init__(self, plan: StagePlan, agenda: Agenda) -> None:
        self._plan, self._agenda, self._attempts = plan, agenda, Attempts(plan.servers)
        # When the next token will be there: the generic cell rate algorithm, as `bucket` has it.
        self._token_at = (1 - plan.quota_burst) * plan.quota_interval
        # Places that are taken, and work of other stages that is held back because all are.
        self._taken = 0
        self._held: deque[tuple[Any, list[Record]]] = deque()
        self.line: deque[tuple[Any, list[Record]]] | None = None
        self._lost = self._dead = self._retried = self._came_again = 0
        self._jitter = agenda.stream(plan.name, "jitter").random
        # Whether it is to know when a record leaves.
        self._closer = plan.places > 0 or agenda.tells is not None
        if plan.places or plan.quota_interval or plan.uncertain or agenda.tells is not None:
            self._step_with_features()
        else:
            self._step_bare()

    # Who comes ---------------------------------------------------------------------------------------------------------------------

    def _step_bare(self) -> None:
        """Of a stage that is but servers and a queue."""
        calendar, order, attempts = self._agenda.calendar, self._agenda.order, self._attempts
        free, note_start, note_wait = attempts.free, attempts.starts.append, attempts.waits.note
        draw = chain.from_iterable(map(attempts.services.drawn, services(self._plan, self._agenda))).__next__
        forward: Comes

        def comes(put: Puts) -> Comes:
            def comes(now: int, record: Record) -> None:
                start = free[0]
                if start > now:
                    note_start(start)
                    note_wait(start - now)
                    end = start + draw()
                else:
                    end = now + draw()
                heapreplace(free, end)
                put(calendar, (end, order(), forward, record))

            return comes

        def connect(target: Comes) -> None:
            nonlocal forward
            forward = target

        # What comes by the calendar's first event has its end put in the place of that.
        self.arrive, self.receive, self.connect = comes(heappush), comes(heapreplace), connect

    def _step_with_features(self) -> None:
        plan, agenda, attempts = self._plan, self._agenda, self._attempts
        calendar, order = agenda.calendar, agenda.order
        free, note_start, note_wait = attempts.free, attempts.starts.append, attempts.waits.note
        note_end, places, holds, interval = attempts.ends.append, plan.places, plan.holds, plan.quota_interval
        slack = (plan.quota_burst - 1) * interval
        draw = outcomes(plan, agenda, attempts.services, self._ends)

        def comes(put: Puts) -> Comes:
            def comes(now: int, record: Record) -> None:
                if places:
                    if self._taken >= places:
                        self._loses(now, record)
                        if put is heapreplace:
                            heappop(calendar)
                        return
                    self._taken += 1
                    if self._taken == places and holds:
                        self.line = self._held
                start = free[0]
                start = start if start > now else now
                service, happens = draw()
                if interval:
                    token_at = self._token_at
                    if token_at > start:  # noqa: PLR1730  (a call of `max` costs as much as all the rest)
                        start = token_at
                    self._token_at = (start - slack if start - slack > token_at else token_at) + interval
                    note_end(start + service)
                if start > now:
                    note_start(start)
                    note_wait(start - now)
                end = start + service
                heapreplace(free, end)
                put(calendar, (end, order(), happens, record))

            return comes

        def connect(target: Comes) -> None:
            self._forward = target

        self.arrive, self.receive, self.connect = comes(heappush), comes(heapreplace), connect
        self._tries_again = comes(self._puts_again)
        if agenda.tells is not None:
            tried = self.arrive, self.receive, self._tries_again
            self.arrive, self.receive, self._tries_again = map(self._telling, tried)

    def _ends(self) -> tuple[Happens, Happens]:
        return (self._leaves if self._closer else self._forward), self._fails

    def _loses(self, now: int, record: Record) -> None:
        self._lost += 1
        if self._agenda.tells is not None:
            self._agenda.tells(now, record[NUMBER], self._plan.name, "lost")

    def _telling(self, comes: Comes) -> Comes:
        """The same, told."""
        tells, name, places = self._agenda.tells, self._plan.name, self._plan.places
        if tells is None:
            return comes

        def begins(now: int, record: Record) -> None:
            tells(now, record[NUMBER], name, "begins")

        def told(now: int, record: Record) -> None:
            if not 0 < places <= self._taken:
                tells(now, record[NUMBER], name, "again" if record[FAILURES] else "arrives")
                self._agenda.schedule(max(now, self._attempts.free[0], self._token_at), begins, record)
            comes(now, record)

        return told

    # Who leaves --------------------------------------------------------------------------------------------------------------------

    def _leaves(self, now: int, record: Record) -> None:
        if self._agenda.tells is not None:
            self._agenda.tells(now, record[NUMBER], self._plan.name, "leaves")
        self._taken -= 1
        self.line = None
        self._forward(now, record)
        if self._held:
            self._admit(now)

    def _fails(self, now: int, record: Record) -> None:
        plan, agenda = self._plan, self._agenda
        record[FAILURES] += 1
        dead = record[FAILURES] >= plan.attempts
        if agenda.tells is not None:
            agenda.tells(now, record[NUMBER], plan.name, "dead" if dead else "failed")
        if dead:
            self._dead += 1
            self._taken -= 1
            self.line = None
            heappop(agenda.calendar)
            if self._held:
                self._admit(now)
            return
        self._retried += 1
        backoff = plan.backoffs[min(record[FAILURES], len(plan.backoffs)) - 1]
        if plan.jitter:
            backoff = int(backoff * self._jitter())
        heapreplace(agenda.calendar, (now + backoff, agenda.order(), self._comes_again, record))

    def _comes_again(self, now: int, record: Record) -> None:
        self._came_again += 1
        # It kept its place.
        self._taken -= 1
        self.line = None
        self._tries_again(now, record)

    def _puts_again(self, calendar: list[Any], event: tuple[int, int, Happens, Record]) -> None:
        """In the place of its coming again. Whoever failed before and does not this time has this forgotten."""
        end, number, happens, record = event
        heapreplace(calendar, (end, number, happens if happens == self._fails else self._recovers, record))

    def _recovers(self, now: int, record: Record) -> None:
        record[FAILURES] = 0
        (self._leaves if self._closer else self._forward)(now, record)

    def _admit(self, now: int) -> None:
        """A place became free: who was held back comes in."""
        while self._held and self._taken < self._plan.places:
            stage, batch = self._held.popleft()
            stage.resume(now, batch, self)
        self._agenda.settle(now)

    # What is counted ---------------------------------------------------------------------------------------------------------------

    def flush(self, now: int) -> None:
        """Count those that have begun."""
        self._attempts.flush(now)

    def forget(self) -> None:
        """The warm-up ends; all that has begun was flushed."""
        self._attempts.forget()

    def row(self, now: int) -> StageRow:
        """What it came to so far; all that has begun was flushed."""
        attempts, failed = self._attempts, self._dead + self._retried
        begun, waiting = attempts.services.count, len(attempts.starts)
        busy, to_serve = attempts.under_way(now, by_ends=self._plan.quota_interval > 0)
        return StageRow(
            arrived=begun + waiting + self._lost - self._came_again,
            begun=begun,
            waited=attempts.waits.total,
            batches=begun,
            serving=attempts.services.total,
            done=begun - busy - failed,
            lost=self._lost,
            dead=self._dead,
            retried=self._retried,
            waiting=waiting,
            waiting_since=attempts.waiting_since(now),
            to_serve=to_serve,
            present=waiting + busy + self._retried - self._came_again,
        )

    def tally(self) -> StageTally:
        """Its distributions."""
        return self._attempts.tally()
