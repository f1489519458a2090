"""One run of a queue or a stream on virtual time: messages happen, are delivered, taken in batches, and each one's fate is counted."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from twinstage.simulate.events_consumer import Handled, Message
from twinstage.simulate.events_delivery import Occurrence, delivered
from twinstage.simulate.events_queue import Queue, QueueSettings
from twinstage.simulate.events_stream import Stream
from twinstage.simulate.kernel import Simulation, fresh_stream, seconds

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Generator, Iterator, Sequence

    from twinstage.simulate.events_file import Consuming, EventSource


@dataclass
class EventRun:
    """What came of one run. `lanes`: how many batches can be handled at once; `latencies_ns` of every message that was handled, from when it happened to when it was handled
    first, in the order of that; `drained_ns`: when the last of it was over; `busy_ns`: of all batches together.
    """

    counts: Counter[str]
    lanes: int
    latencies_ns: list[int] = field(default_factory=list)
    batches: int = 0
    failed_batches: int = 0
    batched: int = 0
    busy_ns: int = 0
    drained_ns: int = 0

    @property
    def utilisation(self) -> float:
        """The share of its lanes' time that batches were handled in, until all was over; 0 where nothing was."""
        return self.busy_ns / (self.drained_ns * self.lanes) if self.drained_ns else 0.0

    @property
    def backlog(self) -> float:
        """How many messages had happened and were not handled yet, on average, of those that were handled at all (Little's law)."""
        return sum(self.latencies_ns) / self.drained_ns if self.drained_ns else 0.0


def run_events(source: EventSource, until_ns: int, seed: int, counts: Counter[str]) -> EventRun:
    """Messages happen until `until_ns`, and the run goes on until every one was handled or given up. `counts` is what is counted into."""
    happened = list(_happening(source, until_ns, seed))
    arrived = delivered(happened, source.delivery, seed)
    simulation, consumer = Simulation(seed), _Consumer(source.consumer, seed)
    place = (
        Queue(simulation, source.settings, consumer)
        if isinstance(source.settings, QueueSettings)
        else Stream(simulation, source.settings, consumer)
    )
    simulation.process(_arriving(arrived, place, simulation))
    simulation.run()
    run = EventRun(counts, lanes_of(source))
    ids = {occurrence.id for occurrence in arrived}
    counts["happened"] += len(happened)
    counts["lost"] += len(happened) - len(ids)
    counts["duplicated"] += len(arrived) - len(ids)
    counts["refused"] += len(place.duplicates) if isinstance(place, Queue) else 0
    handled = _follow(run, place, {one.id: one for one in happened})
    given_up = {message.id for message in (place.dead if isinstance(place, Queue) else place.discarded)} - handled
    expired = {message.id for message in place.expired} if isinstance(place, Queue) else set()
    counts["given_up"] += len(given_up)
    counts["expired"] += len(expired - handled - given_up)
    return run


def _happening(source: EventSource, until_ns: int, seed: int) -> Iterator[Occurrence]:
    """Messages as they happen: when, and the key of each."""
    durations = source.between.durations(fresh_stream(seed, "messages"))
    draw, weights = fresh_stream(seed, "keys"), _weights(source.keys)
    at, number = next(durations), 0
    while at < until_ns:
        key = str(bisect_right(weights, draw.random() * weights[-1])) if weights else f"{number}"
        yield Occurrence(at, f"{number:09}", key)
        at, number = at + next(durations), number + 1


def _weights(keys: tuple[int, float] | None) -> list[float]:
    return list(accumulate(rank ** -keys[1] for rank in range(1, keys[0] + 1))) if keys else []


def _arriving(
    arrived: Sequence[Occurrence], place: Queue | Stream, simulation: Simulation
) -> Generator[int, Any, None]:
    for occurrence in arrived:
        if occurrence.at > simulation.now:
            yield occurrence.at - simulation.now
        place.put(Message(occurrence.id, occurrence.data, occurrence, simulation.now, occurrence.id))


class _Consumer:
    """Whether a message fails depends on the seed, its id and how often its batch was handed over, never on what else there is."""

    def __init__(self, consuming: Consuming, seed: int) -> None:
        self._consuming, self._seed = consuming, seed
        self._service = consuming.service.durations(fresh_stream(seed, "service"))
        self._each_ns = seconds(consuming.per_message_s)

    def __call__(self, batch: Sequence[Message], attempt: int) -> Handled:
        failed = frozenset(at for at, message in enumerate(batch) if self._fails(message, attempt))
        if failed and not self._consuming.partial:
            failed = frozenset(range(len(batch)))
        return Handled(next(self._service) + self._each_ns * len(batch), failed)

    def _fails(self, message: Message, attempt: int) -> bool:
        consuming = self._consuming
        if consuming.poison and _chance(self._seed, f"poison {message.id}") < consuming.poison:
            return True
        return bool(consuming.failure and _chance(self._seed, f"attempt {message.id} {attempt}") < consuming.failure)


def _chance(seed: int, name: str) -> float:
    return fresh_stream(seed, name).random()


def _follow(run: EventRun, place: Queue | Stream, happened: dict[str, Occurrence]) -> set[str]:
    """Walk the batches in the order of their ends: what was handled first, again, and out of its key's order. Gives the ids of what was handled."""
    seen: set[str] = set()
    newest: dict[str, str] = {}
    for batch in place.batches:
        run.batches += 1
        run.failed_batches += bool(batch.failed)
        run.batched += len(batch.ids)
        run.busy_ns += batch.ended - batch.began
        run.drained_ns = max(run.drained_ns, batch.ended)
        failed = set(batch.failed)
        for id_ in batch.ids:
            if id_ in failed:
                if isinstance(place, Queue):
                    continue
                # What follows the first failure in a shard is handed over again.
                break
            if id_ in seen:
                run.counts["handled_again"] += 1
                continue
            seen.add(id_)
            message = happened[id_]
            run.latencies_ns.append(batch.ended - message.at)
            run.counts["out_of_order"] += newest.get(message.data, "") > id_
            newest[message.data] = max(newest.get(message.data, ""), id_)
    run.counts["handled"] += len(seen)
    return seen


def lanes_of(source: EventSource) -> int:
    """How many batches can be handled at once."""
    settings = source.settings
    return settings.pollers if isinstance(settings, QueueSettings) else settings.shards * settings.parallel
