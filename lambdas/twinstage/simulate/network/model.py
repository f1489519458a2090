"""A network of queues as data: sources of records, stages that work on them, and the data products that they reach.

What a stage does, in order: a record is admitted (or lost, or held back), waits in its lane, is taken by a server, alone or in a batch, for a service time; fails and
comes again after a back-off, or ends as a dead letter; or leaves for the next stage or a product. The words are those of queueing theory (Kendall's for servers and
places) and of AWS: batches as Lambda's event source mappings form them
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html), retries as Step Functions backs off
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html), quotas as token buckets
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/throttling.html).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from twinstage.simulate.distributions import Distribution


@dataclass(frozen=True)
class Keys:
    """Records have one of `number` keys; key i (from 1) is drawn with a weight of i to the power of -`skew` (Zipf): 0 is even, 1 has hot keys."""

    number: int
    skew: float = 0.0


@dataclass(frozen=True)
class Source:
    """Brings records to stage `to`, `between` apart. It cannot be held back: what it brings to a stage that has no place is lost.

    `classes`: weights of the priority classes 0, 1, ... that its records belong to; class 0 goes first where a stage has priorities.
    """

    name: str
    between: Distribution
    to: str
    keys: Keys | None = None
    classes: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Route:
    """To a stage or a product, with a probability."""

    to: str
    probability: float = 1.0


@dataclass(frozen=True)
class Batch:
    """A server takes up to `size` records at once: as soon as there are so many, or when the oldest has waited for `window_s`."""

    size: int
    window_s: float = 0.0


@dataclass(frozen=True)
class Retry:
    """An attempt fails with `failure` probability, or when it takes longer than the stage's time-out; a batch fails as a whole.

    After failure k the record comes again `interval_s * rate ** (k - 1)` later, at most `longest_s`; with `jitter` a uniform share of that. After `attempts`
    failures it is a dead letter. It keeps its place in the stage meanwhile.
    """

    attempts: int = 1
    failure: float = 0.0
    interval_s: float = 1.0
    rate: float = 2.0
    longest_s: float = 3600.0
    jitter: bool = False


@dataclass(frozen=True)
class Quota:
    """A token bucket: `per_second` records may begin, `burst` at once. `each_lane`: every partition has a bucket of its own."""

    per_second: float
    burst: int = 1
    each_lane: bool = False


@dataclass(frozen=True)
class Partitions:
    """Records of one key go to one of `number` partitions, in order; at most `at_once` batches of a partition are served at a time."""

    number: int
    at_once: int = 1


@dataclass(frozen=True)
class Stage:
    """`servers` equal servers (or a concurrency limit) before one queue.

    `service`: time of a batch, and `per_record_s` more for each record of it. `places`: how many records it holds, waiting, served or between attempts (None: any
    number); a record that finds none is lost, or, with `when_full` "hold", keeps the server that it comes from (back-pressure). `patience_s`: a record that has
    waited so long leaves. `timeout_s`: an attempt ends then, as a failure. `order` "priority": the smaller class first, nobody is thrown out of a server.
    """

    name: str
    service: Distribution
    routes: tuple[Route, ...]
    servers: int = 1
    per_record_s: float = 0.0
    places: int | None = None
    when_full: Literal["lose", "hold"] = "lose"
    order: Literal["fifo", "priority"] = "fifo"
    batch: Batch = Batch(1)
    retry: Retry = field(default_factory=Retry)
    timeout_s: float | None = None
    patience_s: float | None = None
    quota: Quota | None = None
    partitions: Partitions | None = None


@dataclass(frozen=True)
class Product:
    """A data product: where records end. `fresh_within_s`: its service level, for a record's way from its source and for the age of the newest record in it.

    `on_time`, `complete`, `fresh`: the shares promised of records that arrive within it, of records that arrive at all, of the time that the product is no older.
    """

    name: str
    fresh_within_s: float | None = None
    on_time: float | None = None
    complete: float | None = None
    fresh: float | None = None


@dataclass(frozen=True)
class Network:
    """Sources, stages and products, named uniquely among all of them."""

    sources: tuple[Source, ...]
    stages: tuple[Stage, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True)
class Extent:
    """How much is simulated: until `records` have come from all sources together and gone (whatever can go), or for `duration_s`, or whichever is first.

    What comes before `warm_up_s` is not counted in means and quantiles, only in totals.
    """

    records: int | None = None
    duration_s: float | None = None
    warm_up_s: float = 0.0
