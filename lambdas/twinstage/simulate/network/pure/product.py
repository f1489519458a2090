"""A product: where records arrive for good."""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING

from twinstage.simulate.network.pure.agenda import BORN, NUMBER
from twinstage.simulate.network.pure.recorder import Recorder
from twinstage.simulate.network.tally import ProductRow, ProductTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.plan import ProductPlan
    from twinstage.simulate.network.pure.agenda import Agenda, Record


# Longer than any run.
_NEVER = 1 << 63


class Product:
    """Its age is the time since its newest record was born; an empty product is as old as the run."""

    line = None

    def __init__(self, plan: ProductPlan, agenda: Agenda) -> None:
        self._limit = plan.limit or _NEVER
        self._took = Recorder()
        self._newest = self._at = self._late = self._stale = self._oldest = 0
        # `receive` is given what the calendar's first event brings, and takes that off.
        self.arrive, self.receive = (self._comes(plan, agenda, takes_off=takes_off) for takes_off in (False, True))

    def _comes(self, plan: ProductPlan, agenda: Agenda, *, takes_off: bool) -> Callable[[int, Record], None]:
        calendar, tells, note, limit = agenda.calendar, agenda.tells, self._took.note, self._limit

        def comes(now: int, record: Record) -> None:
            if takes_off:
                heappop(calendar)
            born = record[BORN]
            took = now - born
            note(took)
            if took > limit:
                self._late += 1
            newest = self._newest
            if born > newest:
                # As `_grow_old`, which most records would call.
                age = now - newest
                self._oldest = max(self._oldest, age)
                if age > limit:
                    self._stale += min(age - limit, now - self._at)
                self._at = now
                self._newest = born
            if tells is not None:
                tells(now, record[NUMBER], plan.name, "delivered")

        return comes

    def _grow_old(self, now: int) -> None:
        """Up to now nothing newer came."""
        age, limit = now - self._newest, self._limit
        self._oldest = max(self._oldest, age)
        if age > limit:
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
