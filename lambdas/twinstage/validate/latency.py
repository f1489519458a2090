"""Latency and call counts of a replay, per arm and operation. Wall times: kept out of the verdict."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that at least `share` of the values do not exceed. No interpolation."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def performance(outcomes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`{"events", "calls", "latency_ms": {...}, "operations": {...}}` of one arm."""
    latencies: list[float] = []
    operations: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for outcome in outcomes:
        latencies.append(outcome["latency_ms"])
        for call in outcome["calls"] or ():
            operations[f"{call['service']} {call['operation']}"].append(
                (call["latency_ms"], call["outcome"] != "success")
            )
    return {
        "events": len(latencies),
        "calls": sum(map(len, operations.values())),
        "latency_ms": _summary(latencies) if latencies else None,
        "operations": {name: _operation(measured) for name, measured in sorted(operations.items())},
    }


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "p50": percentile(values, 0.5),
        "p95": percentile(values, 0.95),
        "p99": percentile(values, 0.99),
        "max": max(values),
    }


def _operation(measured: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    times = [latency for latency, _ in measured]
    return {
        "count": len(times),
        "errors": sum(failed for _, failed in measured),
        "p50_ms": percentile(times, 0.5),
        "p95_ms": percentile(times, 0.95),
    }
