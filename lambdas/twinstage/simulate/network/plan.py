"""A network made ready to run: names are indices, durations are nanoseconds, probabilities are cumulative."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from twinstage.simulate.kernel.times import seconds
from twinstage.simulate.network.check import check
from twinstage.simulate.partition_key import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.simulate.distributions import Distribution
    from twinstage.simulate.network.model import Extent, Network, Product, Quota, Retry, Source, Stage

ONE, PRIORITIES, PARTITIONS = 0, 1, 2
# Of the measured time: enough for an interval, few enough that a window is longer than what correlates.
_WINDOWS = 64


@dataclass(frozen=True)
class SourcePlan:
    """`to`: a stage's index. `keys`, `classes`: cumulative shares."""

    name: str
    between: Distribution
    to: int
    keys: tuple[float, ...]
    classes: tuple[float, ...]


@dataclass(frozen=True)
class StagePlan:
    """`targets`: a stage's index, or -1 - a product's; `shares`: their cumulative probabilities. `lanes`: queues, one by priority class or partition.

    `holds`: when it is full, who comes is held back; `held_back`: some target holds. 0 stands for none in `places`, `timeout`, `patience`, `quota_interval`.
    """

    name: str
    servers: int
    service: Distribution
    per_record: int
    targets: tuple[int, ...]
    shares: tuple[float, ...]
    held_back: bool
    places: int
    holds: bool
    lane_kind: int
    lanes: int
    at_once: int
    lane_of_key: tuple[int, ...]
    batch: int
    window: int
    attempts: int
    failure: float
    backoffs: tuple[int, ...]
    jitter: bool
    timeout: int
    patience: int
    quota_interval: int
    quota_burst: int
    quota_each_lane: bool

    @property
    def foreseen(self) -> bool:
        """Whether it serves its records one by one, in the order in which they come, and whoever waits stays and nothing that it sends to holds it back."""
        return not (self.lane_kind != ONE or self.batch > 1 or self.patience or self.held_back)

    @property
    def sized(self) -> bool:
        """Whether how long an attempt takes depends on how many records it is of."""
        return self.batch > 1 and self.per_record > 0

    @property
    def uncertain(self) -> bool:
        """Whether an attempt may fail, or takes longer than what is drawn for it."""
        return bool(self.per_record or self.failure or self.timeout)


@dataclass(frozen=True)
class ProductPlan:
    """`limit`: nanoseconds, 0 where it promises nothing."""

    name: str
    limit: int


@dataclass(frozen=True)
class Plan:
    """`records`, `until`: 0 where there is no such end. `window`: how far the windows of the measured time are apart."""

    sources: tuple[SourcePlan, ...]
    stages: tuple[StagePlan, ...]
    products: tuple[ProductPlan, ...]
    seed: int
    records: int
    until: int
    warm_up: int
    window: int


def plan(network: Network, extent: Extent, seed: int) -> Plan:
    """The plan of a network that was checked; raises `InputError` with all that is wrong with it."""
    check(network, extent)
    places = {stage.name: index for index, stage in enumerate(network.stages)}
    places |= {product.name: -1 - index for index, product in enumerate(network.products)}
    holding = frozenset(stage.name for stage in network.stages if stage.when_full == "hold" and stage.places)
    classes = max(len(source.classes) for source in network.sources)
    keys = max((source.keys.number for source in network.sources if source.keys), default=1)
    return Plan(
        tuple(_source(source, places) for source in network.sources),
        tuple(_stage(stage, places, holding, classes, keys) for stage in network.stages),
        tuple(_product(product) for product in network.products),
        seed,
        extent.records or 0,
        seconds(extent.duration_s or 0),
        seconds(extent.warm_up_s),
        _window(network, extent),
    )


def cumulative(weights: Iterable[float]) -> tuple[float, ...]:
    """Cumulative shares; the last is above every number that a stream draws, whatever was rounded."""
    reached = list(accumulate(weights))
    return (*(each / reached[-1] for each in reached[:-1]), 2.0)


def _source(source: Source, places: dict[str, int]) -> SourcePlan:
    keys = (rank**-source.keys.skew for rank in range(1, source.keys.number + 1)) if source.keys else (1.0,)
    return SourcePlan(source.name, source.between, places[source.to], cumulative(keys), cumulative(source.classes))


def _stage(stage: Stage, places: dict[str, int], holding: frozenset[str], classes: int, keys: int) -> StagePlan:
    kind, lanes, at_once, lane_of_key = ONE, 1, stage.servers, tuple[int, ...]()
    if stage.order == "priority" and classes > 1:
        kind, lanes = PRIORITIES, classes
    if stage.partitions:
        kind, lanes, at_once = PARTITIONS, stage.partitions.number, stage.partitions.at_once
        lane_of_key = tuple(partition_of(str(key), lanes) for key in range(keys))
    interval, burst, each = _quota(stage.quota)
    return StagePlan(
        stage.name,
        stage.servers,
        stage.service,
        seconds(stage.per_record_s),
        tuple(places[route.to] for route in stage.routes),
        cumulative(route.probability for route in stage.routes),
        any(route.to in holding for route in stage.routes),
        stage.places or 0,
        stage.name in holding,
        kind,
        lanes,
        at_once,
        lane_of_key,
        stage.batch.size,
        seconds(stage.batch.window_s),
        stage.retry.attempts,
        stage.retry.failure,
        _backoffs(stage.retry),
        stage.retry.jitter,
        seconds(stage.timeout_s or 0),
        seconds(stage.patience_s or 0),
        interval,
        burst,
        each,
    )


def _quota(quota: Quota | None) -> tuple[int, int, bool]:
    """Nanoseconds between tokens, tokens at once, whether each lane has its own."""
    return (max(1, seconds(1 / quota.per_second)), quota.burst, quota.each_lane) if quota else (0, 0, False)


def _backoffs(retry: Retry) -> tuple[int, ...]:
    """What is waited after failure 1, 2, ...; the last is waited ever after."""
    waits: list[int] = []
    wait = retry.interval_s
    while len(waits) < retry.attempts - 1:
        waits.append(seconds(min(wait, retry.longest_s)))
        if wait >= retry.longest_s or retry.rate == 1:
            break
        wait *= retry.rate
    return tuple(waits) or (0,)


def _product(product: Product) -> ProductPlan:
    return ProductPlan(product.name, seconds(product.fresh_within_s or 0))


def _window(network: Network, extent: Extent) -> int:
    rate = sum(1 / source.between.mean_s for source in network.sources)
    lengths = [extent.duration_s] if extent.duration_s else []
    lengths += [extent.records / rate] if extent.records else []
    return max(1, seconds(max(0.0, min(lengths) - extent.warm_up_s) / _WINDOWS))
