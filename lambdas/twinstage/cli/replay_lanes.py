"""Shards side by side in one process: serial inside a shard, parallel across, in memory that does not grow with the log.

Every shard belongs to one lane, a thread with a short queue; a lane serves its shards' events in the order of the log. While one lane waits for an answer, others
go on.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

from twinstage.replay.pace import Lateness
from twinstage.replay.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twinstage.model.event import Event
    from twinstage.replay.outcomes import Outcome

WAITING = 64
"""How many events may wait in a lane's queue: enough that no lane runs dry, and few enough to hold."""

LONGEST_WAIT_S = 0.5
"""How long a lane waits for an event that is not due before it looks whether another one failed."""

Lane: TypeAlias = "queue.Queue[Event | None]"


@dataclass
class ParallelReplay:
    """A replay over as many lanes as there are `executing`: each executes the events of one lane, and is never used by two threads.

    `take` is given each outcome, one at a time, inside a shard in order. `timing` says when events are due; its lateness counts those of every lane.
    """

    executing: Sequence[Callable[[Event], Outcome]]
    take: Callable[[Outcome], None]
    timing: Timing
    _taking: threading.Lock = field(default_factory=threading.Lock)
    _failures: list[BaseException] = field(default_factory=list)

    def run(self, named: Iterable[tuple[str, Event]]) -> None:
        """Execute (shard's name, event) of a log, in its order. The first failure of any lane ends all of them, and is raised."""
        lanes: list[Lane] = [queue.Queue(WAITING) for _ in self.executing]
        served = enumerate(zip(lanes, self.executing, strict=True))
        threads = [threading.Thread(target=self._serve, args=lane, name=f"lane-{number}") for number, lane in served]
        for thread in threads:
            thread.start()
        try:
            for name, event in named:
                if self._failures:
                    break
                lanes[crc32(name.encode()) % len(lanes)].put(event)
        except BaseException as error:
            self._failures.append(error)
            raise
        finally:
            for lane in lanes:
                lane.put(None)
            for thread in threads:
                thread.join()
        if self._failures:
            raise self._failures[0]

    def _serve(self, lane: Lane, execute: Callable[[Event], Outcome]) -> None:
        """Execute what comes in a lane until its end. After a failure the rest is taken from the queue and left undone."""
        timing = Timing(self.timing.clock, self.timing.schedule, Lateness(self.timing.lateness.max_late_s))
        try:
            while (event := lane.get()) is not None and not self._failures:
                outcome = timing.executed(event, execute, at_most_s=lambda: 0.0 if self._failures else LONGEST_WAIT_S)
                if outcome is not None:
                    with self._taking:
                        self.take(outcome)
        except BaseException as error:  # noqa: BLE001 raised again by whoever waits for the lanes
            self._failures.append(error)
            while lane.get() is not None:
                pass
        else:
            while event is not None:
                event = lane.get()
        with self._taking:
            self.timing.lateness.merge(timing.lateness)
