"""A product: where records arrive for good."""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING

from twinstage.simulate.network.pure.agenda import BORN, NUMBER
from twinstage.simulate.network.pure.recorder import Recorder
from twinstage.simulate.network.tally import ProductRow, ProductTally

if TYPE_CHECKING:
    from twinstage.simulate.network.plan import ProductPlan
    from twinstage.simulate.network.pure.agenda import Agenda, Record


class Product:
    """Its age is the time since its newest record was born; an empty product is as old as the run."""

    line = None

    def __init__(self, plan: ProductPlan, agenda: Agenda) -> None:
        self._name, self._limit, self._agenda, self._tells = plan.name, plan.limit, agenda, agenda.tells
        self._looks_closer = bool(plan.limit) or agenda.tells is not None
        self._took = Recorder()
        self._note = self._took.note
        self._newest = self._at = self._late = self._stale = self._oldest = 0

    def receive(self, now: int, record: Record) -> None:
        """Take in what the calendar's first event brings."""
        heappop(self._agenda.calendar)
        born = record[BORN]
        self._note(now - born)
        if born > self._newest or self._looks_closer:
            self._look_closer(now, record)

    def arrive(self, now: int, record: Record) -> None:
        """A record comes in."""
        born = record[BORN]
        self._note(now - born)
        if born > self._newest or self._looks_closer:
            self._look_closer(now, record)

    def _look_closer(self, now: int, record: Record) -> None:
        born = record[BORN]
        if born > self._newest:
            self._grow_old(now)
            self._newest = born
        if 0 < self._limit < now - born:
            self._late += 1
        if self._tells is not None:
            self._tells(now, record[NUMBER], self._name, "delivered")

    def _grow_old(self, now: int) -> None:
        """Up to now nothing newer came."""
        age, limit = now - self._newest, self._limit
        if age > self._oldest:  # noqa: PLR1730  (a call of `max` costs as much as all the rest)
            self._oldest = age
        if limit and age > limit:
            self._stale += min(age - limit, now - self._at)
        self._at = now

    def row(self, now: int) -> ProductRow:
        """What it came to so far."""
        self._grow_old(now)
        return ProductRow(self._took.count, self._took.total, self._late, self._stale)

    def flush(self, now: int) -> None:
        """Count what is pending."""
        self._took.flush()

    def forget(self) -> None:
        """The warm-up ends."""
        self._took.forget()
        self._oldest = 0

    def tally(self, now: int) -> ProductTally:
        """Its distributions."""
        self._grow_old(now)
        return ProductTally(self._took.histogram, self._oldest)
