"""Runs of a queue or a stream over replications: figures with intervals, what was promised and what came of it, as one document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.intervals import kept, mean_interval, quantile
from twinstage.simulate.events_queue import QueueSettings
from twinstage.simulate.events_run import run_events
from twinstage.simulate.kernel import SECOND, fresh_stream, in_seconds, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.simulate.events_file import EventSource, Promise
    from twinstage.simulate.events_run import EventRun

COUNTS: Final = (
    "happened",
    "lost",
    "duplicated",
    "refused",
    "handled",
    "handled_again",
    "out_of_order",
    "given_up",
    "expired",
)
_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


def simulate_events(source: EventSource, *, hours: float, seed: int, replications: int) -> dict[str, Any]:
    """The document (schema `twinstage:event_source_simulation:1`): the same bytes for the same seed."""
    counted = [Counter(dict.fromkeys(COUNTS, 0)) for _ in range(replications)]
    runs = [
        run_events(source, seconds(hours * 3600), _own_seed(seed, number), counts)
        for number, counts in enumerate(counted)
    ]
    latencies = sorted(each / SECOND for run in runs for each in run.latencies_ns)
    return {
        "schema": "twinstage:event_source_simulation:1",
        "source": "queue" if isinstance(source.settings, QueueSettings) else "stream",
        "seed": seed,
        "replications": replications,
        "hours": hours,
        "counts": {name: sum(counts[name] for counts in counted) for name in COUNTS},
        "figures": {name: _estimate(values) for name, values in _figures(runs) if values},
        "latency_quantiles_s": {
            name: quantile(latencies, share) if latencies else 0.0 for name, share in _QUANTILES.items()
        },
        "service_levels": [*_levels(source.promise, runs)],
    }


def _own_seed(seed: int, number: int) -> int:
    """One replication's, which no other seed's replication has."""
    return fresh_stream(seed, f"replication {number}").getrandbits(63)


def _figures(runs: Sequence[EventRun]) -> Iterator[tuple[str, list[float]]]:
    """Each figure's value in each replication that has one."""
    some = [run for run in runs if run.batches]
    handled = [run for run in some if run.latencies_ns]
    yield "latency_mean_s", [sum(run.latencies_ns) / len(run.latencies_ns) / SECOND for run in handled]
    yield "backlog_mean", [run.backlog for run in runs]
    yield "batch_size_mean", [run.batched / run.batches for run in some]
    yield "failed_batches_share", [run.failed_batches / run.batches for run in some]
    yield "utilisation", [run.utilisation for run in runs]
    yield "drained_s", [in_seconds(run.drained_ns) for run in runs]


def _estimate(values: Sequence[float]) -> dict[str, float]:
    found = mean_interval(values)
    if found is None:
        return {"value": values[0]}
    return dict(zip(("value", "low", "high"), found, strict=True))


def _levels(promise: Promise, runs: Sequence[EventRun]) -> Iterator[dict[str, Any]]:
    within = seconds(promise.fresh_within_s)
    asked = [run for run in runs if run.counts["happened"]]
    on_time = [sum(each <= within for each in run.latencies_ns) / run.counts["happened"] for run in asked]
    complete = [run.counts["handled"] / run.counts["happened"] for run in asked]
    for name, share, seen in (("on_time", promise.on_time, on_time), ("complete", promise.complete, complete)):
        if share is not None:
            estimate = _estimate(seen) if seen else {"value": 0.0}
            value = estimate["value"]
            met = kept(share, value, estimate.get("low", value), estimate.get("high", value)) if seen else None
            yield {"promise": name, "share": share, "seen": estimate, "met": met}
