"""The networks of `simulation` as simpy models. They count nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Steps = Generator[Any, Any, Any]

SERVERS, STAGES, SERVICE = 4, 6, 3.2
PLACES, FAILURE, ATTEMPTS, BACKOFF, TIMEOUT, PATIENCE = 40, 0.05, 3, 1.0, 12.0, 60.0
BATCH, TOKENS_A_SECOND, LANES, FIRST_CLASS = 4, 2.0, 8, 0.25


def simpy_plain(records: int) -> None:
    """Six stages, one after the other."""
    world, draw = simpy.Environment(), random.Random(1).expovariate  # noqa: S311  (a model)
    stages = [simpy.Resource(world, SERVERS) for _ in range(STAGES)]

    def record() -> Steps:
        for stage in stages:
            with stage.request() as turn:
                yield turn
                yield world.timeout(draw(1 / SERVICE))

    world.process(_born(world, draw, records, record))
    world.run()


def simpy_featured(records: int) -> None:
    """Six stages, each with a feature."""
    _Featured(records).world.run()


class _Featured:
    def __init__(self, records: int) -> None:
        self.world, self.stream = simpy.Environment(), random.Random(1)  # noqa: S311  (a model)
        self.retried, self.patient, self.limited, self.quotaed = (simpy.Resource(self.world, SERVERS) for _ in range(4))
        self.ranked = simpy.PriorityResource(self.world, SERVERS)
        self.places, self.token_at = simpy.Container(self.world, PLACES, PLACES), 0.0
        self.lanes = [simpy.Store(self.world) for _ in range(LANES)]
        for store in self.lanes:
            self.world.process(self.lane(store))
        self.world.process(_born(self.world, self.stream.expovariate, records, self.record))

    def duration(self) -> float:
        return self.stream.expovariate(1 / SERVICE)

    def served(self, request: Any, longest: float = float("inf")) -> Steps:
        with request as turn:
            yield turn
            duration = self.duration()
            yield self.world.timeout(min(duration, longest))
        return duration <= longest

    def tried(self, attempt: Callable[[], Steps]) -> Steps:
        for _ in range(ATTEMPTS):
            if (yield from attempt()):
                return True
            yield self.world.timeout(BACKOFF)
        return False

    def failing(self) -> Steps:
        yield from self.served(self.retried.request())
        return self.stream.random() >= FAILURE

    def record(self) -> Steps:
        if not (yield from self.tried(self.failing)):
            return
        rank = 0 if self.stream.random() < FIRST_CLASS else 1
        if not (yield from self.tried(lambda: self.served(self.ranked.request(priority=rank), TIMEOUT))):
            return
        with self.patient.request() as turn:
            yield turn | self.world.timeout(PATIENCE)
            if not turn.triggered:
                return
            yield self.world.timeout(self.duration())
            yield self.places.get(1)
        yield from self.served(self.limited.request())
        yield self.places.put(1)
        with self.quotaed.request() as turn:
            yield turn
            # The next token's time is known: nothing need tick for it.
            start = max(self.world.now, self.token_at)
            self.token_at = start + 1 / TOKENS_A_SECOND
            yield self.world.timeout(start - self.world.now + self.duration())
        yield self.lanes[self.stream.randrange(LANES)].put(1)

    def lane(self, store: Any) -> Steps:
        while True:
            yield store.get()
            for _ in range(min(BATCH - 1, len(store.items))):
                yield store.get()
            yield self.world.timeout(self.duration())


def _born(world: Any, draw: Callable[[float], float], records: int, record: Callable[[], Steps]) -> Steps:
    for _ in range(records):
        yield world.timeout(draw(1.0))
        world.process(record())
