"""Calls along the replayed order, in a bounded number of buckets however many events there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

SLOTS = 128


@dataclass(frozen=True)
class Bucket:
    """The events whose place lies in `[first, first + width)`. `started` is the earliest recorded time among them."""

    first: int
    started: str = ""
    events: int = 0
    calls: int = 0
    failed_calls: int = 0
    not_as_recorded: int = 0

    def plus(self, other: Bucket) -> Bucket:
        """Both together, at this one's place."""
        times = [time for time in (self.started, other.started) if time]
        return replace(
            self,
            started=min(times, default=""),
            events=self.events + other.events,
            calls=self.calls + other.calls,
            failed_calls=self.failed_calls + other.failed_calls,
            not_as_recorded=self.not_as_recorded + other.not_as_recorded,
        )


@dataclass(frozen=True)
class Histogram:
    """Buckets of equal width (a power of two), in order; places without an event have none."""

    width: int
    buckets: tuple[Bucket, ...]

    def coarsened(self, width: int) -> Histogram:
        """The same in buckets of `width`, which must be a multiple of this width."""
        merged: dict[int, Bucket] = {}
        for bucket in self.buckets:
            _merge(merged, bucket, width)
        return Histogram(width, tuple(merged[index] for index in sorted(merged)))


class HistogramBuilder:
    """Takes events in any order; doubles the width whenever their places span more than `SLOTS` buckets.

    The result depends on the events alone, not on their order: the width is the least power of two that holds their span.
    """

    def __init__(self) -> None:
        self._width = 1
        self._buckets: dict[int, Bucket] = {}
        self._low = self._high = -1

    def add(self, place: int, bucket: Bucket) -> None:
        """Count one event's figures at its place in the order. `place` is not negative."""
        self._low = place if self._low < 0 else min(self._low, place)
        self._high = max(self._high, place)
        while self._high // self._width - self._low // self._width >= SLOTS:
            self._widen()
        _merge(self._buckets, replace(bucket, first=place), self._width)

    def _widen(self) -> None:
        self._width *= 2
        merged: dict[int, Bucket] = {}
        for bucket in self._buckets.values():
            _merge(merged, bucket, self._width)
        self._buckets = merged

    def histogram(self) -> Histogram:
        """What has been counted so far."""
        return Histogram(self._width, tuple(self._buckets[index] for index in sorted(self._buckets)))


def aligned(histograms: list[Histogram]) -> list[Histogram]:
    """The same histograms at one width: the least at which all of them together lie in `SLOTS` buckets."""
    width = max((histogram.width for histogram in histograms), default=1)
    places = [bucket.first for histogram in histograms for bucket in histogram.buckets]
    while places and max(places) // width - min(places) // width >= SLOTS:
        width *= 2
    return [histogram.coarsened(width) for histogram in histograms]


def _merge(buckets: dict[int, Bucket], bucket: Bucket, width: int) -> None:
    index = bucket.first // width
    buckets[index] = buckets.get(index, Bucket(index * width)).plus(bucket)
