"""The levels that an analysis rests on: those of the profile, or where it has none the run's windows taken together to as many stretches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.level import LevelResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.stress.metrics.result import LoadResult
    from twinstage.stress.metrics.window import Window

_STRETCHES: Final = 12


def stretches(result: LoadResult) -> tuple[LevelResult, ...]:
    """Levels by ascending arrival rate, each of which something was offered in.

    What came after the highest rate (the end of a spike) is left out: it carries what that left behind. Of a load without levels (a ramp, a recorded day, a closed one)
    at most twelve stretches of equally many windows; they know what was used of each resource, not what was waited for.
    """
    levels = [level for level in result.levels if level.offered]
    if levels:
        peak = max(range(len(levels)), key=lambda index: levels[index].offered_per_s)
        levels = levels[: peak + 1]
    else:
        levels = _of_windows(result)
    return tuple(sorted(levels, key=lambda level: level.offered_per_s))


def _of_windows(result: LoadResult) -> list[LevelResult]:
    windows = list(result.windows)
    while windows and not windows[-1].offered:
        windows.pop()  # nothing was offered any more: what was left was answered
    each = -(-len(windows) // _STRETCHES)
    return [
        level
        for index, begin in enumerate(range(0, len(windows), max(each, 1)))
        if (level := _together(index, windows[begin : begin + each], result)).offered
    ]


def _together(index: int, windows: Sequence[Window], result: LoadResult) -> LevelResult:
    offered = sum(window.offered for window in windows)
    failed = sum(window.failed for window in windows)
    answered = sum(window.answered for window in windows)
    used: dict[str, int] = {}
    for window in windows:
        for name, micro in window.used_micro.items():
            used[name] = used.get(name, 0) + micro
    return LevelResult(
        index,
        windows[0].begin_us,
        windows[-1].begin_us + windows[-1].width_us,
        offered=offered,
        sent=sum(window.sent for window in windows),
        answered=answered,
        # A window counts failures by when they happened; what is not answered yet has not failed.
        ok=max(offered - failed, 0),
        failed=failed,
        throttled=sum(window.throttled for window in windows),
        completed=answered,
        completed_ok=answered - failed,
        in_flight_us=sum(window.in_flight_us for window in windows),
        latency=Histogram.merged(*(window.latency for window in windows)),
        resources={
            name: replace(result.resources[name], used_micro=micro, waited_us=0, calls=0, refused={})
            for name, micro in sorted(used.items())
            if name in result.resources
        },
    )
