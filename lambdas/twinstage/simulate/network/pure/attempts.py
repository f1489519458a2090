"""What a foreseen stage knows of the attempts that it has planned: counted many at a time, when they have begun."""

from __future__ import annotations

from bisect import bisect_right

from twinstage.simulate.network.pure.recorder import Recorder
from twinstage.simulate.network.tally import StageTally


class Attempts:
    """In the order of coming, of those that were not counted yet: `services`, how long each takes; of those that do not begin as they come, `starts`, when
    each begins, and `waits`, how long until then; and `ends`, which is kept with a quota only: what waits for tokens leaves servers idle, so that when these
    will be free (`free`) does not say what is under way."""

    def __init__(self, servers: int) -> None:
        self.free = [0] * servers
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.waits, self.services = Recorder(), Recorder()
        self._under_way: list[int] = []

    def flush(self, now: int) -> None:
        """Count those that have begun. Who came last begins last, so it is the last of each list that have not."""
        begun_waiting = bisect_right(self.starts, now)
        waiting = len(self.starts) - begun_waiting
        before = self.services.count
        self.services.flush(keep=waiting)
        begun = self.services.count - before
        self.waits.flush(begun - begun_waiting, keep=waiting)
        if self.ends or self._under_way:
            self._under_way = [end for end in (*self._under_way, *self.ends[:begun]) if end > now]
        del self.starts[:begun_waiting], self.ends[:begun]

    def forget(self) -> None:
        """The warm-up ends; all that has begun was flushed."""
        self.waits.forget()
        self.services.forget()

    def under_way(self, now: int, *, by_ends: bool) -> tuple[int, int]:
        """How many have begun and are not over, and what is left of them, together; all that has begun was flushed."""
        if by_ends:
            return len(self._under_way), sum(self._under_way) - len(self._under_way) * now
        waiting = len(self.starts)
        busy = len(self.free) if waiting else sum(until > now for until in self.free)
        ahead = sum(until - now for until in self.free if until > now)
        return busy, ahead - sum(self.services.pending[:waiting])

    def waiting_since(self, now: int) -> int:
        """How long those have waited that wait, together."""
        return sum(self.waits.pending) - sum(self.starts) + len(self.starts) * now

    def tally(self) -> StageTally:
        """The distributions; one lane has done everything."""
        return StageTally(self.waits.histogram, self.services.histogram, (self.services.count,), (self.services.total,))
