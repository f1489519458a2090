"""The door: offer one generator's share of a load to a target, on the wall clock, and give what came of it."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Final

from twinstage.model.load_profile import OpenLoad
from twinstage.stress.load.agenda import agenda_of
from twinstage.stress.load.calibration import calibrate
from twinstage.stress.load.generator import Generator, Limits
from twinstage.stress.load.health import Watch, health
from twinstage.stress.load.telling import Telling
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.result import GeneratorHealth
from twinstage.world.load.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.load_profile import Load
    from twinstage.stress.load.calibration import Calibration
    from twinstage.stress.load.interfaces import Lanes
    from twinstage.stress.metrics.progress import Progress
    from twinstage.stress.metrics.result import LoadResult
    from twinstage.world.load.exchange import LoadTarget

PULSE_NS: Final = 500_000_000
_NS: Final = 1_000_000_000


def run(
    load: Load,
    target: LoadTarget,
    *,
    name: str,
    index: int = 0,
    of: int = 1,
    limits: Limits | None = None,
    begin_at_s: float | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> LoadResult:
    """Find out the generator's own ceiling, then drive share `index` of `of` to its end. `name`: of the target, in results.

    `begin_at_s`: seconds since the epoch at which the load's time is 0, the same for all generators of a load; None: at once. A moment that has passed is made up for, as
    lateness. `progress` is called about twice a second, and takes as long as the generator is then late. One thread; returns once everything was answered, or
    `limits.grace_s` after the load's end. What goes wrong with a request is part of the result, never raised.
    """
    limits = limits or Limits()
    calibration = calibrate(target, _recorder(load, name))
    gc.collect()
    gc.freeze()  # what there is so far is looked at by no collection while requests are due
    try:
        with Connections(target.endpoint, limits.connections) as connections:
            begin_ns = None
            if begin_at_s is not None:
                begin_ns = connections.now() + round((begin_at_s - time.time()) * _NS)
            share = (index, of)
            watch = Watch(time.thread_time_ns)
            return offer(
                load,
                target,
                connections,
                watch,
                calibration,
                name=name,
                share=share,
                limits=limits,
                begin_ns=begin_ns,
                progress=progress,
            )
    finally:
        gc.unfreeze()


def offer(
    load: Load,
    target: LoadTarget,
    lanes: Lanes,
    watch: Watch,
    calibration: Calibration | None,
    *,
    name: str,
    share: tuple[int, int],
    limits: Limits,
    begin_ns: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> LoadResult:
    """The same over any lanes: `watch` looks after the generator by their clock. `begin_ns` is of it too."""
    recorder = _recorder(load, name)
    telling = Telling(recorder, target.held)
    generator: Generator

    def pulse(at_ns: int) -> int:
        watch.look(at_ns, generator.tally)
        if progress is not None:
            progress(recorder.progress(at_ns, generator.in_flight))
        return at_ns + PULSE_NS

    generator = Generator(
        agenda_of(load, *share),
        target,
        lanes,
        telling,
        limits,
        duration_ns=load.duration_ns,
        begin_ns=begin_ns,
        pulse=pulse,
    )
    watch.close(generator.drive(), generator.tally)
    result = recorder.result(GeneratorHealth())
    return recorder.result(health(result, watch, generator.tally, limits, calibration))


def _recorder(load: Load, name: str) -> Recorder:
    if isinstance(load, OpenLoad):
        levels = [Level(at, each.begin_ns, each.end_ns, each.from_per_s) for at, each in enumerate(load.levels)]
        return Recorder(name, "twin", "open", load.document(), levels)
    return Recorder(name, "twin", "closed", load.document(), [Level(0, 0, load.duration_ns)])
