"""One run in pure Python."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Any

from twinstage.simulate.network.pure.agenda import Agenda
from twinstage.simulate.network.pure.foreseen import ForeseenStage
from twinstage.simulate.network.pure.full import FullStage
from twinstage.simulate.network.pure.measure import Measure
from twinstage.simulate.network.pure.product import Product
from twinstage.simulate.network.pure.source import Births, SourceStation
from twinstage.simulate.network.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.simulate.network.plan import Plan, StagePlan
    from twinstage.simulate.network.pure.agenda import Record, Station, Tells


class _Ends(Exception):
    """Raised by the calendar when the run's time is over."""


def run_pure(plan: Plan, tells: Tells | None = None) -> Tally:
    """Run it. `tells` is given the time, the record's number, the station and what happened, for each step of each record."""
    return _Run(plan, tells).run()


class _Run:
    def __init__(self, plan: Plan, tells: Tells | None) -> None:
        self._plan, self._agenda = plan, Agenda(plan.seed, tells)
        self._products = [Product(each, self._agenda) for each in plan.products]
        self._stages = [self._stage(each) for each in plan.stages]
        for each, stage in zip(plan.stages, self._stages, strict=True):
            if isinstance(stage, ForeseenStage):
                stage.connect(self._forward(each))
            elif len(each.targets) == 1 and self._station(each.targets[0]) is not stage:
                stage.connect(self._station(each.targets[0]))
        self._measure = Measure(self._agenda, self._stages, self._products, plan.window)

    def run(self) -> Tally:
        """From the first record to the last, or until the time is over."""
        plan, agenda, now = self._plan, self._agenda, 0
        if plan.until:
            agenda.schedule(plan.until, self._end)
        agenda.schedule(plan.warm_up, self._measure.begin)
        births = Births(plan.records, self._measure.flush, self._sources_end)
        self._sources = [
            SourceStation(source, agenda, births, self._stages[source.to].arrive) for source in plan.sources
        ]
        calendar = agenda.calendar
        try:
            while calendar:
                now, _, happens, subject = calendar[0]
                happens(now, subject)
            # Whoever waited no longer is waited for, to the last.
            now = max(now, *(stage.last_due for stage in self._stages))
        except _Ends:
            now = plan.until
            self._measure.end(now)
        total = self._measure.row(now)
        return Tally(
            now,
            tuple(source.born for source in self._sources),
            tuple(self._measure.rows),
            total,
            tuple(stage.tally() for stage in self._stages),
            tuple(product.tally(now) for product in self._products),
        )

    def _end(self, _now: int, _: Any) -> None:
        raise _Ends

    def _sources_end(self, now: int) -> None:
        """No more records: only what is under way stays on the calendar."""
        self._measure.end(now)
        self._agenda.drop([self._measure.begin, self._measure.next, *(each.comes for each in self._sources)])

    # Stations ----------------------------------------------------------------------------------------------------------------------

    def _station(self, target: int) -> Station:
        return self._stages[target] if target >= 0 else self._products[-1 - target]

    def _stage(self, stage: StagePlan) -> ForeseenStage | FullStage:
        if stage.foreseen:
            return ForeseenStage(stage, self._agenda)
        return FullStage(stage, self._agenda, self._route(stage))

    def _route(self, stage: StagePlan) -> Callable[[], Station]:
        """Draws where the next record goes."""
        if len(stage.targets) == 1:
            return cache(lambda: self._station(stage.targets[0]))
        random = self._agenda.stream(stage.name, "route").random
        return lambda: self._station(stage.targets[bisect_right(stage.shares, random())])

    def _forward(self, stage: StagePlan) -> Callable[[int, Record], None]:
        """Sends a record where it goes."""
        receive = [self._station(target).receive for target in stage.targets]
        if len(receive) == 1:
            return receive[0]
        random, shares = self._agenda.stream(stage.name, "route").random, stage.shares

        def forward(now: int, record: Record) -> None:
            receive[bisect_right(shares, random())](now, record)

        return forward
