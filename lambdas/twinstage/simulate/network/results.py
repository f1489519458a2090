"""What a run says of each stage and each product, with intervals; of which stage holds the others up; and of the service levels that were missed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from twinstage.simulate.kernel.times import SECOND
from twinstage.simulate.network.capacity import capacity_of
from twinstage.simulate.network.document import results_document
from twinstage.simulate.network.intervals import Estimate, ratio
from twinstage.simulate.network.levels import ServiceLevel, levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.simulate.network.model import Product
    from twinstage.simulate.network.plan import Plan
    from twinstage.simulate.network.tally import ProductRow, Row, StageRow, Tally

QUANTILES = (0.5, 0.9, 0.99, 0.999)


@dataclass(frozen=True)
class StageResult:
    """Of one stage; durations in seconds, rates a second. Means are of the measured time, quantiles of all since the warm-up, totals of the whole run.

    `wait`, `service`: of an attempt. `busy`: share of the servers that serve; `held`: that are held back by a full stage. `capacity`: records a second that
    it could do at most, and what binds it: see `capacity`. `load`: its throughput as a share of that. `visits`: how often a record comes to it.
    """

    name: str
    wait: Estimate
    service: Estimate
    waiting: Estimate
    busy: Estimate
    held: Estimate
    throughput: Estimate
    visits: float
    wait_quantiles: tuple[float, ...]
    service_quantiles: tuple[float, ...]
    longest_wait: float
    capacity: float
    bound_by: str
    load: float
    hottest_lane: float
    arrived: int
    done: int
    lost: int
    dead: int
    expired: int
    retried: int
    inside: int


@dataclass(frozen=True)
class ProductResult:
    """Of one product. `late`: share of records that took longer than its limit; `stale`: share of the time that its newest record was older.

    `missing`: records that ended (lost, dead, expired) in a stage that leads to it; `complete`: the share that arrived, of these and of those delivered.
    """

    name: str
    took: Estimate
    took_quantiles: tuple[float, ...]
    throughput: Estimate
    late: Estimate
    stale: Estimate
    oldest: float
    delivered: int
    missing: int
    complete: float


@dataclass(frozen=True)
class Results:
    """A run. `bottleneck`: the stage that lets the fewest records a second through, of those that all sources bring together; `limit`: how many."""

    seed: int
    ended_s: float
    measured_s: float
    born: tuple[int, ...]
    stages: tuple[StageResult, ...]
    products: tuple[ProductResult, ...]
    bottleneck: str
    limit: float
    levels: tuple[ServiceLevel, ...]

    def document(self) -> dict[str, Any]:
        """As JSON: schema `twinstage:data_flow_simulation:1`."""
        return results_document(self)


class Windows:
    """The measured time, window by window: what was added to each count."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.length = [later.at - earlier.at for earlier, later in pairwise(rows)]

    def stage(self, index: int, count: Callable[[StageRow, int], int]) -> list[int]:
        """What a stage's count grew by; it is given the row and the moment."""
        counted = [count(row.stages[index], row.at) for row in self._rows]
        return [later - earlier for earlier, later in pairwise(counted)]

    def product(self, index: int, count: Callable[[ProductRow], int]) -> list[int]:
        """What a product's count grew by."""
        counted = [count(row.products[index]) for row in self._rows]
        return [later - earlier for earlier, later in pairwise(counted)]


def results(plan: Plan, tally: Tally, products: Sequence[Product]) -> Results:
    """What a tally says."""
    windows = Windows(tally.rows)
    all_born = sum(tally.born)
    stages = tuple(_stage(index, plan, tally, windows, all_born) for index in range(len(plan.stages)))
    leads = _leads_to(plan)
    found = tuple(_product(index, plan, tally, windows, leads) for index in range(len(plan.products)))
    limits = {stage.name: stage.capacity / stage.visits for stage in stages if stage.capacity and stage.visits}
    bottleneck = min(limits, key=lambda name: limits[name], default="")
    return Results(
        plan.seed,
        tally.end / SECOND,
        sum(windows.length) / SECOND,
        tally.born,
        stages,
        found,
        bottleneck,
        limits.get(bottleneck, 0.0),
        tuple(level for product, result in zip(products, found, strict=True) for level in levels_of(product, result)),
    )


def _stage(index: int, plan: Plan, tally: Tally, windows: Windows, born: int) -> StageResult:
    stage, total, distributions, length = (
        plan.stages[index],
        tally.total.stages[index],
        tally.stages[index],
        windows.length,
    )
    begun = windows.stage(index, lambda row, _: row.begun)
    waited = windows.stage(index, lambda row, _: row.waited)
    batches = windows.stage(index, lambda row, _: row.batches)
    serving = windows.stage(index, lambda row, _: row.serving)
    queued = windows.stage(index, lambda row, _: row.waited + row.waited_in_vain + row.waiting_since)
    busy = windows.stage(index, lambda row, _: row.serving - row.to_serve)
    held = windows.stage(index, lambda row, _: row.held)
    done = windows.stage(index, lambda row, _: row.done)
    service = ratio(serving, batches).scaled(1 / SECOND)
    throughput = ratio(done, length).scaled(SECOND)
    bound = capacity_of(stage, distributions, total)
    return StageResult(
        stage.name,
        ratio(waited, begun).scaled(1 / SECOND),
        service,
        ratio(queued, length),
        ratio(busy, length).scaled(1 / stage.servers),
        ratio(held, length).scaled(1 / stage.servers),
        throughput,
        total.arrived / born if born else 0.0,
        tuple(distributions.waits.quantile(share) / SECOND for share in QUANTILES),
        tuple(distributions.services.quantile(share) / SECOND for share in QUANTILES),
        distributions.waits.longest / SECOND,
        bound.per_second,
        bound.bound_by,
        throughput.mean / bound.per_second if bound.per_second else 0.0,
        bound.hottest_lane,
        total.arrived,
        total.done,
        total.lost,
        total.dead,
        total.expired,
        total.retried,
        total.present,
    )


def _leads_to(plan: Plan) -> list[frozenset[int]]:
    """Stage -> the products that its records can reach."""
    reached = [{-1 - target for target in stage.targets if target < 0} for stage in plan.stages]
    grown = True
    while grown:
        grown = False
        for stage, mine in zip(plan.stages, reached, strict=True):
            further = set().union(*(reached[target] for target in stage.targets if target >= 0))
            grown = grown or not further <= mine
            mine.update(further)
    return [frozenset(each) for each in reached]


def _product(index: int, plan: Plan, tally: Tally, windows: Windows, leads: Sequence[frozenset[int]]) -> ProductResult:
    total, distributions, length = tally.total.products[index], tally.products[index], windows.length
    delivered = windows.product(index, lambda row: row.delivered)
    ended = [stage.lost + stage.dead + stage.expired for stage in tally.total.stages]
    missing = sum(count for count, products in zip(ended, leads, strict=True) if index in products)
    return ProductResult(
        plan.products[index].name,
        ratio(windows.product(index, lambda row: row.took), delivered).scaled(1 / SECOND),
        tuple(distributions.took.quantile(share) / SECOND for share in QUANTILES),
        ratio(delivered, length).scaled(SECOND),
        ratio(windows.product(index, lambda row: row.late), delivered),
        ratio(windows.product(index, lambda row: row.stale), length),
        distributions.oldest / SECOND,
        total.delivered,
        missing,
        total.delivered / (total.delivered + missing) if total.delivered + missing else 0.0,
    )
