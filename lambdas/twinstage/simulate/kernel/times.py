"""Units of the virtual clock: whole nanoseconds."""

from __future__ import annotations

SECOND = 1_000_000_000


def seconds(value: float) -> int:
    """A duration in seconds as nanoseconds, to the nearest; halves go up. Durations are never negative."""
    return int(value * SECOND + 0.5)


def in_seconds(nanoseconds: int) -> float:
    """Nanoseconds as seconds."""
    return nanoseconds / SECOND
