"""What a loop counts: whole numbers only, cumulative, the same from the pure and from the compiled loop to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from twinstage.simulate.network.histogram import Histogram

# Windows of the measured time; what is beyond them is drained, and counted in totals and quantiles only.
MOST_ROWS = 130


class StageRow(NamedTuple):
    """Of one stage, from the start to one moment. Durations in nanoseconds; areas are a number times its duration."""

    arrived: int = 0
    """Records that came, those that were lost included."""
    begun: int = 0
    """Records that a server began on, once an attempt."""
    waited: int = 0
    """How long those waited, together."""
    batches: int = 0
    """Attempts, a batch being one."""
    serving: int = 0
    """How long these take, together: the whole of it, from when they begin."""
    done: int = 0
    """Records that were served and did not fail."""
    lost: int = 0
    dead: int = 0
    """Dead letters."""
    expired: int = 0
    """Records that lost patience."""
    waited_in_vain: int = 0
    """How long those waited, together."""
    retried: int = 0
    held: int = 0
    """Area of servers that were held back by a full stage."""
    waiting: int = 0
    """Records that wait at this moment."""
    waiting_since: int = 0
    """How long they have, together."""
    to_serve: int = 0
    """What is left of the attempts under way, together."""
    present: int = 0
    """Records that have a place at this moment."""


class ProductRow(NamedTuple):
    """Of one product, from the start to one moment."""

    delivered: int = 0
    took: int = 0
    """From source to product, together."""
    late: int = 0
    """Records that took longer than the product's limit."""
    stale: int = 0
    """How long the newest record in it was older than the limit."""


class Row(NamedTuple):
    """Everything that is cumulative, at one moment."""

    at: int
    stages: tuple[StageRow, ...]
    products: tuple[ProductRow, ...]


@dataclass(frozen=True)
class StageTally:
    """Of one stage, what does not add up: distributions, and how the lanes share (records begun, time served)."""

    waits: Histogram
    services: Histogram
    lane_begun: tuple[int, ...]
    lane_served: tuple[int, ...]


@dataclass(frozen=True)
class ProductTally:
    """Of one product: how long records took, and how old its newest record ever was."""

    took: Histogram
    oldest: int


@dataclass(frozen=True)
class Tally:
    """A run. `rows`: the measured time, cut into windows, the warm-up's end first; `total`: everything, at `end`."""

    end: int
    born: tuple[int, ...]
    rows: tuple[Row, ...]
    total: Row
    stages: tuple[StageTally, ...]
    products: tuple[ProductTally, ...]
