"""A whole load on virtual time, cut where it may be: levels are runs of their own, each from the same start.

The requests of one moment share a world, so that a run cannot be cut among generators; the levels of a `step` or `breakpoint` load can, as each asks how the target does at
one rate, whatever was before it. So a shard runs a share of the levels, and the results of all shards merge to the bytes of one that ran them all. Any other load is one run.
"""

from __future__ import annotations

from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from twinstage.model.load_profile import Breakpoint, ClosedLoad, OpenLoad, Step, nanoseconds
from twinstage.stress.arrivals import starts
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.result import GeneratorHealth, LoadResult, merged
from twinstage.stress.virtual.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from twinstage.model.load_profile import Load
    from twinstage.stress.metrics.result import Model
    from twinstage.stress.virtual.subject import Subject


def stressed(
    subject: Subject, load: Load, *, shard: int = 0, of: int = 1, say: Callable[[str], None] | None = None
) -> LoadResult:
    """What came of shard `shard` of `of`: of every `of`-th level from level `shard`, or of the whole load in shard 0. `say` is told of each level that is over."""
    result = LoadResult(
        subject.target, "memory", _model(load), load.document(), generator=GeneratorHealth(generators=0)
    )
    for cut in list(_cuts(load))[shard::of]:
        one = _run(subject, load, cut)
        result = merged([result, one])
        if say is not None:
            say(_told(one))
    return result


def _cuts(load: Load) -> Iterator[Sequence[Level]]:
    """The levels of each run that a load is made of."""
    levels = [
        Level(index, stretch.begin_ns, stretch.end_ns, stretch.from_per_s) for index, stretch in enumerate(load.levels)
    ]
    if isinstance(load, OpenLoad) and isinstance(load.shape, (Step, Breakpoint)):
        yield from ([level] for level in levels)
    else:
        yield levels


def _run(subject: Subject, load: Load, levels: Sequence[Level]) -> LoadResult:
    recorder = Recorder(subject.target, "memory", _model(load), load.document(), levels)
    run = Run(subject, recorder)
    if isinstance(load, ClosedLoad):
        run.closed(load.users, nanoseconds(load.think_s), nanoseconds(load.for_s))
    elif isinstance(load.shape, (Step, Breakpoint)):
        run.open(_within(enumerate(starts(load)), levels[0]))
    else:
        run.open(enumerate(starts(load)))
    reasons = tuple(f"nobody answers {service} {operation} on virtual time" for service, operation in run.unanswered)
    return recorder.result(GeneratorHealth(generators=0, reasons=reasons))


def _within(intended: Iterator[tuple[int, int]], level: Level) -> Iterator[tuple[int, int]]:
    """The requests that are meant to begin in a level, as (number, start)."""
    begun = dropwhile(lambda one: one[1] < level.begin_ns, intended)
    return takewhile(lambda one: one[1] < level.end_ns, begun)


def _model(load: Load) -> Model:
    return "closed" if isinstance(load, ClosedLoad) else "open"


def _told(result: LoadResult) -> str:
    levels = ", ".join(
        f"{level.rate_per_s:g}/s: {level.ok_per_s:.1f}/s answered well, p99 {level.p99_s * 1000:.0f} ms"
        for level in result.levels
        if level.rate_per_s is not None
    )
    return levels or f"{result.offered} requests"
