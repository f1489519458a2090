"""Streams as Lambda reads them: shards in order, batches by size or window, retries, bisection, partial responses, an on-failure destination.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html, .../services-kinesis-batchfailurereporting.html and .../with-kinesis-example.html
(a batch that fails blocks its shard until it succeeds, expires or is out of retries; splitting a batch does not count as a retry).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.simulate.events_consumer import Batch, Handled, Message
from twinstage.simulate.kernel import SECOND, SimulationError, seconds
from twinstage.simulate.partition_key import partition_hash, partition_of

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from twinstage.simulate.events_consumer import Consumer
    from twinstage.simulate.kernel import Event, Simulation

    Steps = Generator[Event | int, Any, Any]

_MOST_PARALLEL = 10
LONGEST_BACKOFF_S = 60


@dataclass(frozen=True)
class StreamSettings:
    """How a stream is read. `parallel`: batches of one shard at once, by partition key; `retries` None: until `max_age_s` is over (a stream keeps a day)."""

    shards: int = 1
    batch_size: int = 100
    window_s: float = 0
    parallel: int = 1
    retries: int | None = None
    max_age_s: float = 86_400
    bisect: bool = False
    partial: bool = False

    def __post_init__(self) -> None:
        if self.shards < 1 or self.batch_size < 1 or not 1 <= self.parallel <= _MOST_PARALLEL:
            raise SimulationError(
                "a stream has at least one shard, batches of at least one, and 1 to 10 of them at once"
            )
        if self.window_s < 0 or self.max_age_s <= 0 or (self.retries is not None and self.retries < 0):
            raise SimulationError("a stream's window and retries are not below 0, its records' age is above")


class Stream:
    """A stream and its readers. `batches` has every hand-over in the order of their ends; `discarded` what the on-failure destination got."""

    def __init__(self, simulation: Simulation, settings: StreamSettings, consumer: Consumer) -> None:
        self._simulation, self._settings, self._consumer = simulation, settings, consumer
        self.batches: list[Batch] = []
        self.discarded: list[Message] = []
        self._lanes = [
            [_Lane(simulation, f"{shard}/{part}") for part in range(settings.parallel)]
            for shard in range(settings.shards)
        ]
        for lane in (lane for lanes in self._lanes for lane in lanes):
            simulation.process(self._read(lane))

    def put(self, message: Message) -> None:
        """A record comes in, now. Records of one partition key stay in order."""
        shard = partition_of(message.key, self._settings.shards)
        part = partition_hash(message.key) % self._settings.parallel
        self._lanes[shard][part].put(Message(message.id, message.key, message.data, self._simulation.now))

    def _read(self, lane: _Lane) -> Steps:
        size, window = self._settings.batch_size, seconds(self._settings.window_s)
        while True:
            while not lane.waiting:
                yield lane.next_one()
            closes = self._simulation.now + window
            while len(lane.waiting) < size and self._simulation.now < closes:
                yield self._simulation.any_of(
                    [lane.next_one(), self._simulation.timeout(closes - self._simulation.now)]
                )
            batch = [lane.waiting.popleft() for _ in range(min(size, len(lane.waiting)))]
            yield from self._hand_over(lane, batch)

    def _hand_over(self, lane: _Lane, batch: list[Message]) -> Steps:
        """Until nothing of the batch is left: handled, expired or given up."""
        left = [(batch, 0)]
        while left:
            part, attempt = left.pop()
            began = self._simulation.now
            handled = self._consumer(part, attempt)
            yield handled.duration
            failed = tuple(part[at].id for at in sorted(handled.failed))
            ids = tuple(message.id for message in part)
            self.batches.append(Batch(lane.name, ids, began, self._simulation.now, attempt, failed))
            part = self._unexpired(self._unhandled(part, handled))
            if not part:
                continue
            if self._settings.bisect and len(part) > 1:
                half = len(part) // 2
                left += [(part[half:], attempt), (part[:half], attempt)]
            elif self._settings.retries is None or attempt < self._settings.retries:
                yield min(2**attempt, LONGEST_BACKOFF_S) * SECOND
                left.append((part, attempt + 1))
            else:
                self.discarded.extend(part)

    def _unhandled(self, part: list[Message], handled: Handled) -> list[Message]:
        """What has to be handed over again: all of a batch that failed, or, with partial responses, from its first failure on."""
        if not handled.failed:
            return []
        return part[min(handled.failed) :] if self._settings.partial else part

    def _unexpired(self, part: list[Message]) -> list[Message]:
        youngest = self._simulation.now - seconds(self._settings.max_age_s)
        self.discarded.extend(message for message in part if message.put <= youngest)
        return [message for message in part if message.put > youngest]


class _Lane:
    """One shard's records, or one part of them by partition key, in order."""

    def __init__(self, simulation: Simulation, name: str) -> None:
        self._simulation, self.name = simulation, name
        self.waiting: deque[Message] = deque()
        self._arrival: Event | None = None

    def put(self, message: Message) -> None:
        """Append a record and wake the reader."""
        self.waiting.append(message)
        if self._arrival is not None and not self._arrival.triggered:
            self._arrival.succeed()

    def next_one(self) -> Event:
        """Happens when the next record comes in."""
        self._arrival = self._simulation.event()
        return self._arrival
