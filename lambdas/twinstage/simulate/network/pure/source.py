"""Where records come from."""

from __future__ import annotations

from bisect import bisect_right
from heapq import heappush, heapreplace
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.simulate.network.plan import SourcePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Record

# Records born between two counts of what is pending: lists stay small.
_FLUSH_EVERY = 2048
# Numbers drawn at once.
_BLOCK = 256


class Births:
    """All records of all sources: `limit` at most (0: any number). `flush` is called after some, `ended` after the last."""

    def __init__(self, limit: int, flush: Callable[[int], None], ended: Callable[[int], None]) -> None:
        self._limit, self._flush, self._ended = limit, flush, ended
        self.all = 0
        self.stop = self._next_stop()

    def _next_stop(self) -> int:
        flush = self.all + _FLUSH_EVERY
        return min(self._limit, flush) if self._limit else flush

    def settle(self, now: int) -> bool:
        """After record number `stop` is born: whether there are more to come. If not, `ended` has taken the sources off the calendar."""
        self._flush(now)
        if self.all == self._limit:
            self._ended(now)
            return False
        self.stop = self._next_stop()
        return True


class SourceStation:
    """A source: its records come one by one, each brings the next. `arrive`: where they go. `born`: how many came."""

    def __init__(self, plan: SourcePlan, agenda: Agenda, births: Births, arrive: Callable[[int, Record], None]) -> None:
        calendar, order = agenda.calendar, agenda.order
        draw = chain.from_iterable(plan.between.blocks(agenda.stream(plan.name, "between"), _BLOCK)).__next__
        key_of = _drawn(plan.keys, agenda, plan.name, "key")
        class_of = _drawn(plan.classes, agenda, plan.name, "class")
        self.born = 0

        def comes(now: int, _: Any) -> None:
            self.born += 1
            births.all = number = births.all + 1
            arrive(now, [now, now, key_of(), class_of(), 0, 0, number, 0])
            if number < births.stop or births.settle(now):
                heapreplace(calendar, (now + draw(), order(), comes, None))

        self.comes = comes
        heappush(calendar, (draw(), order(), comes, None))


def _drawn(shares: Sequence[float], agenda: Agenda, owner: str, use: str) -> Callable[[], int]:
    """Draws an index by cumulative shares; nothing is drawn where there is but one."""
    if len(shares) == 1:
        return repeat(0).__next__
    random = agenda.stream(owner, use).random
    return chain.from_iterable([bisect_right(shares, random()) for _ in range(_BLOCK)] for _ in repeat(0)).__next__
