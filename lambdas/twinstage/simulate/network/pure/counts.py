"""What a stage counts."""

from __future__ import annotations

from twinstage.simulate.network.pure.recorder import Recorder


class StageCounts:
    """Of what does not happen to every record plain counters, cumulative, and the two recorders; `held` is an area, kept as a sum of the moments when
    holding ended less those when it began."""

    def __init__(self) -> None:
        self.waits, self.services = Recorder(), Recorder()
        self.lost = self.dead = self.expired = self.in_vain = self.retried = 0
        self.held = self.held_now = 0

    def begins_holding(self, now: int) -> None:
        """A server is held back from now on."""
        self.held -= now
        self.held_now += 1

    def ends_holding(self, now: int) -> None:
        """It is no longer."""
        self.held += now
        self.held_now -= 1

    def flush(self, unwaited: int) -> None:
        """Count what is pending, and so many who did not wait."""
        self.waits.flush(unwaited)
        self.services.flush()

    def forget(self) -> None:
        """The warm-up ends."""
        self.waits.forget()
        self.services.forget()
