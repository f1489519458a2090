"""How fast a table may be read: a bucket of read capacity units that refills at a steady rate."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SHORTEST_PAUSE_S = 1e-6
"""What a clock of floating-point seconds no longer tells from nothing."""


@dataclass
class ReadBudget:
    """At most `units_per_s` read capacity units a second, over all who share it. Thread-safe.

    What a request costs is known when it is answered: whoever asks next waits until what was spent has been earned.
    It starts with nothing saved up, so no second is ever richer than the others by more than the answers under way.
    """

    units_per_s: float
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    _owed: float = 0.0
    _since: float | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def wait(self) -> None:
        """Return when everything spent so far has been earned."""
        while (seconds := self._seconds_owed()) > 0:
            self.pause(seconds)

    def spend(self, units: float) -> None:
        """Note what a request has cost."""
        with self._lock:
            self._earn()
            self._owed += units

    def _seconds_owed(self) -> float:
        with self._lock:
            self._earn()
            seconds = self._owed / self.units_per_s
            return seconds if seconds > SHORTEST_PAUSE_S else 0.0

    def _earn(self) -> None:
        now = self.clock()
        since, self._since = self._since, now
        if since is not None:
            self._owed = max(0.0, self._owed - (now - since) * self.units_per_s)
