"""How long things take on virtual time: what is given for the handler, a cold start and each call, drawn from a stream of its own for every request and purpose.

So what one request draws depends on the seed and its number alone: not on the order in which requests happen to be served, nor on what the others do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HANDLER: Final = "handler_s"
COLD_START: Final = "cold_start_s"


class Durations(Protocol):
    """How some duration is distributed."""

    def durations(self, stream: Random) -> Iterator[int]:
        """An endless sequence of draws, in nanoseconds."""


@dataclass(frozen=True)
class ServiceTimes:
    """`given` maps `handler_s` (what a handler computes), `cold_start_s`, a service or `service.Operation` to its distribution; what is not there takes no time."""

    given: Mapping[str, Durations] = field(default_factory=dict)

    def of_call(self, service: str, operation: str) -> str | None:
        """What a call's duration goes by: its operation's own distribution, else its service's."""
        exact = f"{service}.{operation}"
        return exact if exact in self.given else service if service in self.given else None


class Draws:
    """What one request draws: number `number` of the load with this seed."""

    __slots__ = ("_number", "_seed", "_streams", "_times")

    def __init__(self, times: ServiceTimes, seed: int, number: int) -> None:
        self._times, self._seed, self._number = times, seed, number
        self._streams: dict[str, Iterator[int]] = {}

    def next_ns(self, purpose: str | None) -> int:
        """The next duration of a purpose, in nanoseconds; 0 where nothing is given for it."""
        if purpose is None or purpose not in self._times.given:
            return 0
        stream = self._streams.get(purpose)
        if stream is None:
            random = Random(f"{self._seed}/{self._number}/{purpose}")  # noqa: S311  (to be drawn again, not to be secret)
            stream = self._streams[purpose] = self._times.given[purpose].durations(random)
        return next(stream)
