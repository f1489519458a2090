"""Where everything lies: a network's plan, and what changes during a run, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twinstage.simulate.kernel.events import SimulationError
from twinstage.simulate.kernel.streams import fresh_stream
from twinstage.simulate.network.compiled.calendar import MOST_PLACES
from twinstage.simulate.network.compiled.twister import state_of
from twinstage.simulate.network.tally import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.simulate.distributions import Distribution
    from twinstage.simulate.network.plan import Plan, SourcePlan, StagePlan

    Table = np.ndarray[Any, np.dtype[np.int64]]
    Whole = np.ndarray[Any, np.dtype[np.int64]]
    Real = np.ndarray[Any, np.dtype[np.float64]]

# A run is a table of whole numbers, `m`: row 0 is the run, then come stages, sources, lanes, token buckets and products, a row each. What has no fixed
# length lies in `n` (whole numbers) and `x` (reals), and the table says where. Columns of a stage: what it counts, as a row of results has it, but that sums
# of durations are two numbers, the second in units of `BIG`;
(
    ARRIVED,
    BEGUN,
    WAITED,
    WAITED_BIG,
    BATCHES,
    SERVING,
    SERVING_BIG,
    DONE,
    LOST,
    DEAD,
    EXPIRED,
    IN_VAIN,
    IN_VAIN_BIG,
    RETRIED,
    HELD,
) = range(15)
(WAITING, SINCE, SINCE_BIG, TO_SERVE, PRESENT) = range(15, 20)
ROW = 20
# the same again, of what is under way as a row is taken;
STANDING = ROW
# its state;
(HELD_NOW, UNDER_WAY, ENDS, BUSY, CURSOR, ON_AGENDA, NEXT_ON_AGENDA, FIRST_HELD, LAST_HELD) = range(40, 49)
# and what is fixed of it.
(
    SERVERS,
    FORESEEN,
    PER_RECORD,
    TARGETS_AT,
    TARGETS,
    SHARES_AT,
    PLACES,
    HOLDS,
    LANE_KIND,
    LANES_AT,
    LANES,
    AT_ONCE,
    KEYS_AT,
) = range(49, 62)
(
    BATCH,
    WINDOW,
    ATTEMPTS,
    BACKOFFS_AT,
    BACKOFFS,
    JITTER,
    TIMEOUT,
    PATIENCE,
    INTERVAL,
    BURST,
    BUCKETS_AT,
    BUCKET_EACH,
) = range(62, 74)
(FREE_AT, DRAW, DRAW_AT, DRAW_NUMBER, SERVICE, FAILURE, ROUTE, JITTERS, FAILURE_AT, WAITS_AT, SERVICES_AT) = range(
    74, 85
)
(LAST_DUE, TAKEN, UNCERTAIN) = range(85, 88)
WIDTH = 88
# Columns of a source,
(
    TO,
    BETWEEN,
    BETWEEN_AT,
    BETWEEN_NUMBER,
    BETWEENS,
    KEYS,
    KEYS_FROM,
    KEY_NUMBER,
    CLASSES,
    CLASSES_FROM,
    CLASS_NUMBER,
    BORN,
) = range(12)
# of a lane, a token bucket and a product (its first five as a row of results has them),
(FIRST, LAST, LENGTH, LANE_BUSY, WINDOW_SET, LANE_BEGUN, LANE_SERVED, LANE_SERVED_BIG, IMPATIENT) = range(9)
(FULL_AT, AWAITED) = range(2)
(DELIVERED, TOOK, TOOK_BIG, LATE, STALE, NEWEST, SEEN_AT, OLDEST, LIMIT, TOOK_AT) = range(10)
PRODUCT_ROW = 5
# of the run,
(ORDER, ALL_BORN, FREE_RECORD, FIRST_ON_AGENDA, LAST_ON_AGENDA, MEASURING, ROWS, ROW_TAKEN, SPAN) = range(9)
(STAGES_TO, SOURCES_FROM, SOURCES_TO, PRODUCTS_FROM, PRODUCTS_TO, HISTOGRAMS_FROM, HISTOGRAMS_TO, ROWS_AT, ROW_SIZE) = (
    range(9, 18)
)
STAGES_FROM = 1
# of a record, in `r`: what it is, whom it precedes in its lane or batch, of the first of a batch what the batch is, and whether
# a foreseen stage began on it in the warm-up.
(BIRTH, JOINED, STARTS, KEY, CLASS, FAILURES, EXPIRES, NEXT, STAGE, LANE, FAILS, TARGET, NEXT_HELD, WARMING) = range(14)
RECORD = 16

BIG = 1 << 60
NONE = -1
UNDECIDED = 1 << 40
# Buckets of a histogram: nothing, then from a nanosecond on; the last column is the longest. The first seven bits of a mantissa.
LOWEST_BUCKET = 127 << 7
LONGEST = (64 << 7) + 1
_HINT = "take the pure loop"


class NotCompiledError(SimulationError):
    """A network that the compiled loop cannot run, and the pure one can."""


class Layout(NamedTuple):
    """The arrays of a run."""

    m: Table
    n: Whole
    x: Real


class _Pools:
    """Numbers put one after the other; each says where it begins."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.n: list[int] = []
        self.x: list[float] = []

    def whole(self, values: Iterable[int]) -> int:
        begins = len(self.n)
        self.n += values
        return begins

    def real(self, values: Iterable[float]) -> int:
        begins = len(self.x)
        self.x += values
        return begins

    def stream(self, owner: str, use: str) -> int:
        return self.whole(state_of(fresh_stream(self.seed, f"{owner}/{use}")))

    def draw(self, distribution: Distribution) -> list[int]:
        parameters = distribution.parameters
        if distribution.number < 0:
            raise NotCompiledError(f"the compiled loop draws nothing from {type(distribution).__name__}", hint=_HINT)
        return [distribution.number, self.real(parameters), len(parameters)]


def layout_of(plan: Plan) -> Layout:
    """The arrays of a plan, as a run begins with them. Raises `NotCompiledError` where it cannot be."""
    pools, sources_from = _Pools(plan.seed), STAGES_FROM + len(plan.stages)
    lanes_from = sources_from + len(plan.sources)
    buckets_from = lanes_from + sum(stage.lanes for stage in plan.stages)
    products_from = buckets_from + sum(_buckets(stage) for stage in plan.stages)
    products_to = products_from + len(plan.products)
    if products_to >= MOST_PLACES:
        told = f"{products_to} stages, sources, lanes, token buckets and products"
        raise NotCompiledError(f"{told} are more than the compiled loop numbers", hint=_HINT)
    m = np.zeros((products_to, WIDTH), dtype=np.int64)
    lane, bucket = lanes_from, buckets_from
    for row, stage in enumerate(plan.stages, STAGES_FROM):
        m[row, SERVERS : FAILURE_AT + 1] = _stage(stage, pools, lane, bucket, products_from)
        m[row, [FIRST_HELD, LAST_HELD, NEXT_ON_AGENDA]] = NONE
        m[row, UNCERTAIN] = stage.uncertain
        lane, bucket = lane + stage.lanes, bucket + _buckets(stage)
    for row, source in enumerate(plan.sources, sources_from):
        m[row, : BORN + 1] = _source(source, pools)
    m[lanes_from:buckets_from, [FIRST, LAST]] = NONE
    m[products_from:, LIMIT] = [product.limit for product in plan.products]
    histograms = len(pools.n)
    m[STAGES_FROM:sources_from, WAITS_AT] = histograms + (LONGEST + 1) * np.arange(len(plan.stages))
    m[STAGES_FROM:sources_from, SERVICES_AT] = m[STAGES_FROM:sources_from, WAITS_AT] + (LONGEST + 1) * len(plan.stages)
    after = histograms + 2 * (LONGEST + 1) * len(plan.stages)
    m[products_from:, TOOK_AT] = after + (LONGEST + 1) * np.arange(len(plan.products))
    rows, row_size = (
        after + (LONGEST + 1) * len(plan.products),
        1 + ROW * len(plan.stages) + PRODUCT_ROW * len(plan.products),
    )
    m[0, [FREE_RECORD, FIRST_ON_AGENDA, LAST_ON_AGENDA]] = NONE
    m[0, SPAN : ROW_SIZE + 1] = [
        *(plan.window, sources_from, sources_from, lanes_from, products_from, products_to),
        *(histograms, rows, rows, row_size),
    ]
    n = np.zeros(rows + row_size * (MOST_ROWS + 2), dtype=np.int64)
    n[:histograms] = pools.n
    return Layout(m, n, np.array([*pools.x, 0.0], dtype=np.float64))


def _buckets(stage: StagePlan) -> int:
    return stage.lanes if stage.quota_each_lane else 1


def _stage(stage: StagePlan, pools: _Pools, lane: int, bucket: int, products: int) -> list[int]:
    targets = [STAGES_FROM + target if target >= 0 else -(products - 1 - target) for target in stage.targets]
    return [
        *(stage.servers, stage.foreseen, stage.per_record),
        *(pools.whole(targets), len(targets), pools.real(stage.shares)),
        *(stage.places, stage.holds, stage.lane_kind, lane, stage.lanes, stage.at_once, pools.whole(stage.lane_of_key)),
        *(stage.batch, stage.window, stage.attempts, pools.whole(stage.backoffs), len(stage.backoffs), stage.jitter),
        *(stage.timeout, stage.patience, stage.quota_interval, stage.quota_burst, bucket, stage.quota_each_lane),
        *(pools.whole([0] * stage.servers), *pools.draw(stage.service)),
        *(pools.stream(stage.name, use) for use in ("service", "failure", "route", "jitter")),
        pools.real([stage.failure]),
    ]


def _source(source: SourcePlan, pools: _Pools) -> list[int]:
    return [
        *(STAGES_FROM + source.to, *pools.draw(source.between), pools.stream(source.name, "between")),
        *(pools.stream(source.name, "key"), pools.real(source.keys), len(source.keys)),
        *(pools.stream(source.name, "class"), pools.real(source.classes), len(source.classes)),
        0,
    ]
