"""A token bucket in whole numbers, as the generic cell rate algorithm: one number says when the bucket will be full again.

Source: ITU-T I.371, annex A (virtual scheduling).
"""

from __future__ import annotations


class TokenBucket:
    """A token each `interval` nanoseconds, `burst` at most. Full at first. `awaited`: an event will look again when there are enough."""

    __slots__ = ("_burst", "_full_at", "_interval", "awaited")

    def __init__(self, interval: int, burst: int) -> None:
        self._interval, self._burst = interval, burst
        self._full_at = 0
        self.awaited = False

    def ready_at(self, tokens: int) -> int:
        """From when on `tokens` (at most the burst) can be taken, if none is taken meanwhile."""
        return self._full_at - (self._burst - tokens) * self._interval

    def take(self, now: int, tokens: int) -> None:
        """Take what is there."""
        self._full_at = max(now, self._full_at) + tokens * self._interval
