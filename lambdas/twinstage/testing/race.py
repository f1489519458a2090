"""What a test body sees of an exploration: handlers are added, and run in the order that the schedule says."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from twinstage.explore.shards import Shards
from twinstage.testing.container import Container
from twinstage.testing.misuse import misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.testing.outcome import Outcome
    from twinstage.testing.scheduled_aws import ScheduledAws

MOST_STEPS = 2_000


class Abandoned(BaseException):
    """The schedule goes no further: the test body is left where it is. No `except Exception` of a test takes it."""


class Race:
    """Handlers that run at the same time, each as one container, under one schedule at a time.

    A test adds them, calls `run` once, and then says what must hold. `aws` is the memory world; `test` is the test's node id, and `replayed` the one schedule that
    was asked for, if any. Each AWS call is one scheduling point: a step of a container carries its
    next call out, and goes on to the call after it. `time.sleep` takes no time and lets that much pass for everybody.
    """

    def __init__(self, aws: ScheduledAws, test: str, replayed: Sequence[str] = ()) -> None:
        self.aws, self.test, self.replayed = aws, test, tuple(replayed)
        self._shards = Shards(aws.state)
        self._containers: list[Container] = []
        self._choose: Callable[[Race], int | None] = _nobody
        self._thread = threading.get_ident()
        self.ran = False

    def add(self, name: str, handler: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Have a handler take part as container `name`; it begins when the race is run."""
        if self.ran or any(one.name == name for one in self._containers) or not name or set(name) & {" ", "'"}:
            raise misuse(
                f"no container can be added as {name!r}",
                "add each under a name of its own, without blanks, before the race is run",
            )
        self._containers.append(Container(name, lambda: handler(*arguments, **named)))

    def run(self) -> dict[str, Outcome]:
        """Run every handler to its end, under this schedule. How each ended, by container."""
        if self.ran or not self._containers:
            raise misuse("a race is run once, after handlers were added", "add handlers, then run")
        self.ran, self.aws.scheduler = True, self
        with patch("time.sleep", self.aws.advance), patch("os.urandom", self._urandom):
            try:
                for one in self._containers:
                    one.go_on()
                while (chosen := self._choose(self)) is not None:
                    self._containers[chosen].go_on()
            finally:
                self.aws.scheduler = None
                for one in self._containers:
                    one.leave()
        return {one.name: one.outcome for one in self._containers if one.outcome is not None}

    @property
    def names(self) -> list[str]:
        """The containers, in the order in which they were added."""
        return [one.name for one in self._containers]

    def steps(self) -> dict[int, tuple[str, str]]:
        """The containers that can go on, by their index, with the call that each makes next."""
        return {index: one.waits_for for index, one in enumerate(self._containers) if one.waits_for is not None}

    def key(self) -> str:
        """What makes a difference later: what AWS holds, what time it is, and where each container stands."""
        now = self.aws.now()
        told = hashlib.sha256(repr((self._shards.world_of(self.aws.state, now), now)).encode())
        for one in self._containers:
            told.update(one.history.encode())
        return told.hexdigest()

    def beginning_anew(self, body: Callable[[], None]) -> Callable[[], None]:
        """The body, in the world as it is now and at one moment, however often it is called."""
        start = self.aws.state

        def again() -> None:
            self.aws.restore(start)
            random.seed(0)
            body()

        return again

    def begin(self, choose: Callable[[Race], int | None]) -> None:
        """Begin anew, with nobody added. `choose` says which container goes on, None once nobody can; it may raise Abandoned."""
        self._containers, self.ran, self._choose = [], False, choose

    def before(self, service: str, operation: str) -> Container | None:
        """Stop the handler that asks until its turn comes."""
        if threading.get_ident() != self._thread:
            raise misuse(
                f"{service} {operation} was called in a thread that a handler made",
                "calls of other threads have no order here: explore the handler with `twinstage explore`",
            )
        running = next((one for one in self._containers if one.is_running()), None)
        if running is not None:
            running.pause((service, operation))
        return running

    def after(self, who: Container | None, *told: Any) -> None:
        """Remember what a handler was answered."""
        if who is not None:
            who.remember(*told)

    def _urandom(self, size: int) -> bytes:
        running = next((one for one in self._containers if one.is_running()), None)
        return running.random.randbytes(size) if running else _URANDOM(size)


_URANDOM = os.urandom


def _nobody(_race: Race) -> int | None:
    raise misuse("nobody says in which order the handlers run", "decorate the test: @twinstage.testing.explore()")
