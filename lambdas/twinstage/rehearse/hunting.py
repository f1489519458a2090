"""The hunt of one task: the recorded order, then walks by every strategy, for as long as they may bring something new."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.explore.hunt import hunt, portfolio, recorded_walk
from twinstage.explore.walk import follow, walk
from twinstage.rehearse.as_recorded import as_recorded
from twinstage.rehearse.first_schedule import FirstSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.explore.strategies import Strategy
    from twinstage.rehearse.explored import Explored

Document = dict[str, Any]
ENOUGH = 50  # schedules in a row that brought nothing new
MOST_SEEDS_A_ROUND = 16


@dataclass
class Hunting:
    """Walks over one graph, by seeds from `low` up to `high`. `found_s`: when each id was first seen to break, in seconds of hunting."""

    explored: Explored
    low: int
    high: int
    schedules: int = 0
    actions: int = 0
    took_s: float = 0.0
    hits: dict[str, dict[str, int]] = field(default_factory=dict)
    found_s: dict[str, float] = field(default_factory=dict)
    recorded_breaks: list[str] = field(default_factory=list)
    first: FirstSchedule = field(init=False)
    _strategies: tuple[Strategy, ...] = ()
    _nothing_new: int = 0
    _size: int = 1

    def recorded(self) -> None:
        """Schedule 0: every message in the order in which production handed them over. What the beginning breaks needs no step of it."""
        begun, explored = time.monotonic(), self.explored
        if explored.subject.order:
            first = follow(explored.graph, as_recorded(explored.graph, explored.subject.order), judge=explored.quick)
        else:
            first = recorded_walk(explored.graph, judge=explored.quick)
        self.schedules, self.actions = 1, len(first.edges)
        self.took_s = time.monotonic() - begun
        opening = explored.graph.opening_breaks
        for id_ in first.broken.keys() | opening:
            self.explored.found[id_] = () if id_ in opening else first.until(id_)
            self.found_s[id_] = self.took_s
        self.recorded_breaks = sorted(first.broken.keys() | opening)
        self.first = FirstSchedule(explored.subject, explored.graph)
        self.first.took(first.schedule)

    def once(self) -> None:
        """One walk by every strategy."""
        if self.low < self.high and not self.explored.graph.capped:
            self._walk(range(self.low, self.low + 1))
            self.low += 1

    def hunt(self, wanted: frozenset[str] = frozenset()) -> None:
        """Go on until so many schedules brought nothing new and everything `wanted` was found; or seeds or the graph are used up."""
        graph = self.explored.graph
        while self.low < self.high and not graph.capped:
            if self._nothing_new >= ENOUGH and wanted <= self.explored.found.keys():
                return
            seeds = range(self.low, min(self.low + self._size, self.high))
            self.low, self._size = seeds.stop, min(2 * self._size, MOST_SEEDS_A_ROUND)
            self._walk(seeds)

    def document(self) -> Document:
        """The hunt as part of a task's document."""
        return {
            "schedules": self.schedules,
            "schedules_per_s": round(self.schedules / self.took_s, 1) if self.took_s else None,
            "actions": self.actions,
            "hits": self.hits,
            "recorded_breaks": self.recorded_breaks,
            "outcomes": self.first.outcomes(),
        }

    def _walk(self, seeds: range) -> None:
        explored, begun = self.explored, time.monotonic()
        if not self._strategies:
            self._strategies = portfolio(explored.graph)
        one = hunt(explored.graph, self._strategies, seeds, judge=explored.quick)
        self.took_s += time.monotonic() - begun
        new = sorted(one.found.keys() - explored.found.keys())
        for id_ in new:
            explored.found[id_], self.found_s[id_] = one.found[id_].schedule, self.took_s
        last = max((one.found[id_].nth for id_ in new), default=0)
        self._nothing_new = one.schedules - last + (0 if new else self._nothing_new)
        self.schedules, self.actions = self.schedules + one.schedules, self.actions + one.actions
        for strategy, counts in one.hits.items():
            own = self.hits.setdefault(strategy, {})
            own |= {id_: own.get(id_, 0) + number for id_, number in counts.items()}


def sampled(explored: Explored, seeds: range) -> Iterator[tuple[Any, ...]]:
    """Whole schedules that no one chose: the recorded order, and a walk by each strategy for each seed."""
    yield recorded_walk(explored.graph).schedule
    strategies = portfolio(explored.graph)
    for seed in seeds:
        yield from (walk(explored.graph, strategy, seed).schedule for strategy in strategies)
