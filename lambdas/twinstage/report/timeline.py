"""The geometry of the timeline: one lane an arm, calls that succeeded above its axis, calls that failed below it.

The horizontal axis is the replayed order, not the clock: production's events come in bursts, and what led to what is in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.report.buckets import Bucket, Histogram, aligned
from twinstage.report.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.report.run_model import RunModel
    from twinstage.report.story import Story

WIDTH = 1000
LEFT = 84
TOP = 10
UP = 72
DOWN = 36
STRIP = 14
LANE_GAP = 16
AXIS = 40
RIGHT = 76
TICK_ROOM = 168
LEVEL = 14
LEVELS = 3
_WIDEST_BAR = 18.0
_SHORTEST_BAR = 1.5
_CHARACTER = 8.0


@dataclass(frozen=True)
class Bar:
    """One bucket of one lane. `up` and `down` are heights, `marked` whether an event there did not end as recorded."""

    x: float
    width: float
    up: float
    down: float
    marked: bool
    label: str

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Marker:
    """Where an invariant first broke; `y` is that of its label, relative to its lane's top."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Lane:
    """One arm's bars. `top` is the y of its upper edge, `axis` that of the line that parts success from failure."""

    arm: str
    top: float
    axis: float
    bars: tuple[Bar, ...]
    markers: tuple[Marker, ...]


@dataclass(frozen=True)
class Tick:
    """A place of the order, with the earliest recorded time there."""

    x: float
    place: str
    time: str


@dataclass(frozen=True)
class Timeline:
    """The drawing and the figures behind it. `rows` are the places in order: their label, their time, each arm's bucket."""

    width: int
    height: float
    left: int
    right: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    bucket_width: int
    most_calls: int
    rows: tuple[tuple[str, str, Mapping[str, Bucket]], ...]


def timeline(model: RunModel) -> Timeline | None:
    """The timeline of a run; None where nothing was replayed."""
    named = {arm.arm: arm.replay.histogram for arm in model.arms if arm.replay}
    if not named:
        return None
    histograms = dict(zip(named, aligned(list(named.values())), strict=True))
    width = next(iter(histograms.values())).width
    scale = _Scale(histograms, width)
    lanes: list[Lane] = []
    for arm, histogram in histograms.items():
        markers = _markers([story for story in model.stories if story.finding.arm == arm], scale)
        above = lanes[-1].axis + DOWN + STRIP + LANE_GAP if lanes else TOP
        top = above + max((LEVEL - marker.y for marker in markers), default=0.0)
        lanes.append(Lane(arm, top, top + UP, tuple(_bar(bucket, scale) for bucket in histogram.buckets), markers))
    bottom = lanes[-1].axis + DOWN + STRIP
    return Timeline(
        width=WIDTH,
        left=LEFT,
        right=WIDTH - RIGHT,
        height=bottom + AXIS,
        lanes=tuple(lanes),
        ticks=scale.ticks(),
        bucket_width=width,
        most_calls=scale.most,
        rows=scale.rows(),
    )


class _Scale:
    """From places in the order, and numbers of calls, to the drawing's units; the same for every lane."""

    def __init__(self, histograms: Mapping[str, Histogram], width: int) -> None:
        self.width, self.histograms = width, histograms
        buckets = [bucket for histogram in histograms.values() for bucket in histogram.buckets]
        self.low = min(bucket.first for bucket in buckets)
        self.slots = (max(bucket.first for bucket in buckets) - self.low) // width + 1
        self.slot = (WIDTH - LEFT - RIGHT) / max(self.slots, 12)
        self.most = max(1, *(bucket.calls for bucket in buckets))
        self.bar = min(self.slot * 0.78, _WIDEST_BAR)

    def x(self, place: int) -> float:
        """The left edge of the bar of a place."""
        return LEFT + (place - self.low) // self.width * self.slot + (self.slot - self.bar) / 2

    def height(self, calls: int, room: int) -> float:
        """The height of a number of calls; never less than can be seen, unless it is none."""
        return max(_SHORTEST_BAR, calls / self.most * room) if calls else 0.0

    def label(self, first: int) -> str:
        """The events of a bucket, as a range of places."""
        return f"{first:,}" if self.width == 1 else f"{first:,} to {first + self.width - 1:,}"

    def rows(self) -> tuple[tuple[str, str, Mapping[str, Bucket]], ...]:
        """The figures behind the drawing."""
        places: dict[int, dict[str, Bucket]] = {}
        for arm, histogram in self.histograms.items():
            for bucket in histogram.buckets:
                places.setdefault(bucket.first, {})[arm] = bucket
        return tuple(
            (self.label(first), min(bucket.started for bucket in by_arm.values()), by_arm)
            for first, by_arm in sorted(places.items())
        )

    def ticks(self) -> tuple[Tick, ...]:
        """Places along the axis as far apart as their times need, the first among them."""
        times = {bucket.first: bucket.started for histogram in self.histograms.values() for bucket in histogram.buckets}
        ticks: list[Tick] = []
        for place in sorted(times):
            x = self.x(place) + self.bar / 2
            if not ticks or x >= ticks[-1].x + TICK_ROOM:
                ticks.append(Tick(x, f"{place:,}", times[place]))
        return tuple(ticks)


def _bar(bucket: Bucket, scale: _Scale) -> Bar:
    answered = bucket.calls - bucket.failed_calls
    noun = "Event" if scale.width == 1 else "Events"
    label = f"{noun} {scale.label(bucket.first)}: {count(bucket.calls, 'call')}, {bucket.failed_calls:,} failed"
    if bucket.not_as_recorded:
        label += f"; {count(bucket.not_as_recorded, 'event')} not as recorded"
    return Bar(
        x=scale.x(bucket.first),
        width=scale.bar,
        up=scale.height(answered, UP),
        down=scale.height(bucket.failed_calls, DOWN),
        marked=bucket.not_as_recorded > 0,
        label=label,
    )


def _markers(stories: list[Story], scale: _Scale) -> tuple[Marker, ...]:
    """One marker for each place where invariants first broke."""
    places: dict[int, list[str]] = {}
    for story in stories:
        if story.first is not None:
            places.setdefault((story.first.seq - scale.low) // scale.width, []).append(story.finding.check)
    markers: list[Marker] = []
    for slot, checks in sorted(places.items()):
        x = LEFT + (slot + 0.5) * scale.slot
        label = ", ".join(checks)
        markers.append(Marker(x, -6.0 - LEVEL * _free_level(x, label, markers), label))
    return tuple(markers)


def _free_level(x: float, label: str, placed: list[Marker]) -> int:
    """The lowest line on which a label, to the right of its marker, covers none of those already placed."""
    for level in range(LEVELS - 1):
        on_level = [marker for marker in placed if marker.y == -6.0 - LEVEL * level]
        if all(marker.x + _CHARACTER * len(marker.label) + 6 < x for marker in on_level):
            return level
    return LEVELS - 1
