"""The hunt: many walks by a portfolio of strategies, because no one of them finds every kind of race."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.explore.recorded_order import RecordedOrder
from twinstage.explore.searchable import breaks
from twinstage.explore.strategies import DelayBounded, Neighbours, Pct, Perturbed, RandomWalk, UniformRandomWalk
from twinstage.explore.walk import Walk, profile, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.explore.searchable import Judge, Schedule, Searchable
    from twinstage.explore.strategies import Strategy

_PROBES = 2


@dataclass(frozen=True)
class Found:
    """The first schedule of a hunt that broke an id, up to where it broke, and by which walk: the `nth` (from 1)."""

    schedule: Schedule
    strategy: str
    seed: int
    nth: int


@dataclass(frozen=True)
class Hunt:
    """`hits`: for each strategy, in how many of its walks each id broke. `actions`: of all walks together."""

    schedules: int
    actions: int
    found: Mapping[str, Found]
    hits: Mapping[str, Mapping[str, int]]


def recorded_walk(graph: Searchable, *, judge: Judge = breaks) -> Walk:
    """Schedule 0: every message served in the order in which production handed them over."""
    return walk(graph, DelayBounded(0, RecordedOrder(graph), 1), 0, judge=judge)


def portfolio(graph: Searchable) -> tuple[Strategy, ...]:
    """The strategies for a graph, aimed at the length of its schedules as a few walks showed them.

    They come in the order of the distance from production: the recorded order's neighbours first, nearest first.
    """
    probes = [recorded_walk(graph), *(walk(graph, RandomWalk(), seed) for seed in range(_PROBES))]
    seen = profile(graph, probes)
    order = RecordedOrder(graph)
    plain: list[Strategy] = [Neighbours(order, seen.steps)]
    plain += [DelayBounded(delays, order, seen.steps) for delays in (2, 3)]
    plain += [RandomWalk(), UniformRandomWalk(seen.calls)]
    plain += [Pct(depth, len(graph.names), seen.steps) for depth in (3, 4)]
    if not seen.perturbed:
        return tuple(plain)
    return (*plain, *(Perturbed(one, times, seen.steps) for times in (1, 2) for one in plain))


def hunt(
    graph: Searchable,
    strategies: Sequence[Strategy],
    seeds: Iterable[int],
    *,
    judge: Judge = breaks,
) -> Hunt:
    """Walk once by every strategy for every seed, seed by seed."""
    found: dict[str, Found] = {}
    hits: dict[str, Counter[str]] = {strategy.name: Counter() for strategy in strategies}
    schedules = actions = 0
    for seed in seeds:
        for strategy in strategies:
            one = walk(graph, strategy, seed, judge=judge)
            schedules += 1
            actions += len(one.edges)
            for name in one.broken:
                hits[strategy.name][name] += 1
                if name not in found:
                    found[name] = Found(one.until(name), strategy.name, seed, schedules)
    return Hunt(
        schedules,
        actions,
        dict(sorted(found.items())),
        {strategy: dict(sorted(counts.items())) for strategy, counts in hits.items()},
    )
