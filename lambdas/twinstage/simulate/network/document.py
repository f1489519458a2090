"""The result of a data flow's simulation as one document (schema `twinstage:data_flow_simulation:1`): the same bytes for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.network.intervals import Estimate
    from twinstage.simulate.network.results import ProductResult, Results, StageResult

# What is told of why a stage is the bottleneck, by what binds it.
_BINDS: Final = {
    "servers": "more would need more servers, or quicker ones",
    "quota": "its quota lets no more begin",
    "hottest lane": "its busiest partition has {hottest:.0%} of the records, and keeps their order",
    "hottest lane's quota": "its busiest partition has {hottest:.0%} of the records, and its quota lets no more begin",
}


def results_document(results: Results) -> dict[str, Any]:
    """All that a run says, in JSON's types."""
    return {
        "schema": "twinstage:data_flow_simulation:1",
        "seed": results.seed,
        "ended_s": results.ended_s,
        "measured_s": results.measured_s,
        "born": list(results.born),
        "stages": [_stage(stage) for stage in results.stages],
        "products": [_product(product) for product in results.products],
        "bottleneck": _bottleneck(results),
        "service_levels": [
            {
                "product": level.product,
                "promise": level.promise,
                "share": level.share,
                "seen": _estimate(level.seen),
                "met": level.met,
            }
            for level in results.levels
        ],
    }


def _estimate(estimate: Estimate) -> dict[str, float]:
    if estimate.interval is None:
        return {"value": estimate.mean}
    low, high = estimate.interval
    return {"value": estimate.mean, "low": low, "high": high}


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    return dict(zip(("p50", "p90", "p99", "p999"), values, strict=True))


def _stage(stage: StageResult) -> dict[str, Any]:
    return {
        "name": stage.name,
        "wait_s": _estimate(stage.wait),
        "service_s": _estimate(stage.service),
        "queue": _estimate(stage.waiting),
        "utilisation": _estimate(stage.busy),
        "held": _estimate(stage.held),
        "throughput": _estimate(stage.throughput),
        "wait_quantiles_s": _quantiles(stage.wait_quantiles),
        "service_quantiles_s": _quantiles(stage.service_quantiles),
        "longest_wait_s": stage.longest_wait,
        "visits": stage.visits,
        "capacity": stage.capacity,
        "bound_by": stage.bound_by,
        "load": stage.load,
        "hottest_lane": stage.hottest_lane,
        "arrived": stage.arrived,
        "done": stage.done,
        "lost": stage.lost,
        "dead": stage.dead,
        "expired": stage.expired,
        "retried": stage.retried,
        "inside": stage.inside,
    }


def _product(product: ProductResult) -> dict[str, Any]:
    return {
        "name": product.name,
        "took_s": _estimate(product.took),
        "took_quantiles_s": _quantiles(product.took_quantiles),
        "throughput": _estimate(product.throughput),
        "late": _estimate(product.late),
        "stale": _estimate(product.stale),
        "oldest_s": product.oldest,
        "delivered": product.delivered,
        "missing": product.missing,
        "complete": product.complete,
    }


def _bottleneck(results: Results) -> dict[str, Any] | None:
    worst = next((stage for stage in results.stages if stage.name == results.bottleneck), None)
    if worst is None:
        return None
    binds = _BINDS[worst.bound_by].format(hottest=worst.hottest_lane)
    why = f"lets at most {results.limit:.4g} records a second of the sources through, of which it does {worst.load:.0%}: {binds}"
    return {"stage": worst.name, "limit": results.limit, "why": why}
