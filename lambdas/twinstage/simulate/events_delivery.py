"""What may happen to events on their way: loss, duplicates, delays that put them in another order.

What happens to one event depends on the seed and its own id, never on which others there are: an event that is added or removed changes nothing of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.kernel import SimulationError
from twinstage.simulate.kernel.streams import fresh_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.simulate.distributions import Distribution


@dataclass(frozen=True)
class Occurrence:
    """An event as it happens, or as it arrives: `at` in nanoseconds. `copy` counts from 0: a copy above that is a duplicate."""

    at: int
    id: str
    data: Any = None
    copy: int = 0


@dataclass(frozen=True)
class Delivery:
    """How events are delivered. `loss`, `duplication` and `straggling` are probabilities; a straggler, and every duplicate, comes `late` later than the others."""

    loss: float = 0.0
    duplication: float = 0.0
    straggling: float = 0.0
    delay: Distribution = field(default_factory=lambda: Deterministic(0))
    late: Distribution = field(default_factory=lambda: Deterministic(1))

    def __post_init__(self) -> None:
        for name in ("loss", "duplication", "straggling"):
            if not 0 <= (share := getattr(self, name)) <= 1:
                raise SimulationError(f"{name} is a probability, not {share}")


def delivered(events: Iterable[Occurrence], delivery: Delivery, seed: int) -> list[Occurrence]:
    """The events as they arrive, in the order of arrival; of the same moment in the order of their ids."""
    arrivals: list[Occurrence] = []
    for event in events:
        stream = fresh_stream(seed, f"delivery {event.id}")
        lost, twice, late = (stream.random() for _ in range(3))
        delays, lateness = delivery.delay.durations(stream), delivery.late.durations(stream)
        if lost < delivery.loss:
            continue
        at = event.at + next(delays) + (next(lateness) if late < delivery.straggling else 0)
        arrivals.append(Occurrence(at, event.id, event.data))
        if twice < delivery.duplication:
            arrivals.append(Occurrence(at + next(lateness), event.id, event.data, 1))
    return sorted(arrivals, key=lambda each: (each.at, each.id, each.copy))
