"""A run's time series: windows of one width, bounded in number whatever its length, that merge exactly.

The width is the first of base, twice base, four times base, ... at which everything that happened lies in at most MOST windows. So it depends on what happened alone, and not
on who saw it or in which order: windows of two recorders are widened to the larger width and added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.bounded import WINDOW_RESOURCES, bounded_counts
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.resource_use import added
from twinstage.stress.metrics.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 512


def merged_windows(one: Sequence[Window], other: Sequence[Window]) -> tuple[Window, ...]:
    """Both, at the larger width. Raises TwinstageError where the widths are not a power of two apart."""
    if not one or not other:
        return tuple(one or other)
    width = max(one[0].width_us, other[0].width_us)
    one, other = widened(one, width), widened(other, width)
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    both = [_sum([first, second], first.begin_us, width) for first, second in zip(longer, shorter, strict=False)]
    return (*both, *longer[len(shorter) :])


def widened(windows: Sequence[Window], width_us: int) -> tuple[Window, ...]:
    """Windows from 0 on, put together to a width that is theirs or a power of two times that."""
    if not windows or windows[0].width_us == width_us:
        return tuple(windows)
    together, rest = divmod(width_us, windows[0].width_us)
    if rest or together.bit_count() != 1:
        raise TwinstageError(
            "WINDOWS_DIFFER", f"windows of {windows[0].width_us} µs do not become windows of {width_us} µs"
        )
    return tuple(
        _sum(windows[begin : begin + together], begin * windows[0].width_us, width_us)
        for begin in range(0, len(windows), together)
    )


def _sum(windows: Sequence[Window], begin_us: int, width_us: int) -> Window:
    used: dict[str, int] = {}
    for window in windows:
        used = added(used, window.used_micro)
    return Window(
        begin_us,
        width_us,
        sum(window.offered for window in windows),
        sum(window.sent for window in windows),
        sum(window.answered for window in windows),
        sum(window.ok for window in windows),
        sum(window.failed for window in windows),
        sum(window.throttled for window in windows),
        sum(window.in_flight_us for window in windows),
        Histogram.merged(*(window.latency for window in windows)),
        bounded_counts(used, WINDOW_RESOURCES),
    )
