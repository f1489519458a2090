"""What the candidate costs more, or less, than the baseline under the same events: calls, the busiest second of each quota, capacity units, time; each difference with its 95 % interval over events."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.intervals import mean_interval
from twinstage.model.timestamp import epoch_s
from twinstage.world.quotas.requests import request_demands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.quotas import Quota

FEWEST: Final = 2
"""A difference has an interval from so many events on."""


@dataclass(frozen=True)
class Difference:
    """A mean over events that both arms executed: what the baseline had, what the candidate had, by how much they differ. `low`, `high`: 95 % interval of the difference, None of too few events."""

    events: int
    baseline: float
    candidate: float
    low: float | None
    high: float | None

    def document(self) -> dict[str, Any]:
        """Its JSON, six digits."""
        return {name: _digits(value) if isinstance(value, float) else value for name, value in vars(self).items()}


def paired(
    baseline: Iterable[Mapping[str, Any]], candidate: Iterable[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The outcomes of each event that both arms executed, and of which it is known what they called, in the baseline's order."""
    others = {one["event"]: one for one in candidate}
    pairs = ((one, others.get(one["event"])) for one in baseline)
    return [(one, other) for one, other in pairs if other is not None and None not in (one["calls"], other["calls"])]


def difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    """The difference of paired measurements."""
    count = len(pairs)
    found = mean_interval([after - before for before, after in pairs]) if count >= FEWEST else None
    means = [math.fsum(side) / count for side in zip(*pairs, strict=True)]
    return Difference(count, means[0], means[1], found[1] if found else None, found[2] if found else None)


def load(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Calls for each invocation, by function and operation, where either arm makes any."""
    by_function: dict[str, list[tuple[Counter[str], Counter[str]]]] = defaultdict(list)
    for before, after in pairs:
        if before["type"] == "lambda_invoke":
            by_function[str(before["function"])].append((_operations(before), _operations(after)))
    for function, counted in sorted(by_function.items()):
        for operation in sorted({name for pair in counted for side in pair for name in side}):
            told = difference([(float(before[operation]), float(after[operation])) for before, after in counted])
            yield {"function": function, "operation": operation, **told.document()}


def time(pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    """How many times as long as the baseline's each function's invocations take: the geometric mean of the ratios, with its interval. Wall times."""
    by_function: dict[str, list[float]] = defaultdict(list)
    for before, after in pairs:
        if before["type"] == "lambda_invoke" and before["latency_ms"] > 0 and after["latency_ms"] > 0:
            by_function[str(before["function"])].append(math.log(after["latency_ms"] / before["latency_ms"]))
    for function, logs in sorted(by_function.items()):
        mean, low, high = mean_interval(logs) or (math.fsum(logs) / len(logs), None, None)
        ends = {
            "low": None if low is None else _digits(math.exp(low)),
            "high": None if high is None else _digits(math.exp(high)),
        }
        yield {"function": function, "invocations": len(logs), "ratio": _digits(math.exp(mean)), **ends}


def busiest(
    arms: Mapping[str, Iterable[Mapping[str, Any]]], quotas: Mapping[str, Quota], *, account: str, region: str
) -> Iterator[dict[str, Any]]:
    """For each quota on a rate that the arms draw on: the most units that either would ask for in one second of the recorded day, and the share of the quota that is.

    Each event's calls count in the second in which it was recorded, so that this is the most that it can be.
    """
    units: dict[tuple[str, str], dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for arm, outcomes in arms.items():
        for outcome in outcomes:
            second = int(epoch_s(outcome["timestamp"]))
            for call in outcome["calls"] or ():
                parameters = call["parameters"] if isinstance(call["parameters"], dict) else {}
                for demand in request_demands(
                    call["service"], call["operation"], parameters, account=account, region=region
                ):
                    units[demand.quota, demand.key][arm][second] += int(demand.units)
    for (name, key), by_arm in sorted(units.items()):
        rate = quotas[name].rate_per_s
        if rate:
            most = {arm: max(by_arm[arm].values(), default=0) for arm in arms}
            shares = {arm: _digits(value / rate) for arm, value in most.items()}
            yield {"quota": name, "of": key, "rate_per_s": rate, "busiest": most, "share": shares}


def _operations(outcome: Mapping[str, Any]) -> Counter[str]:
    return Counter(f"{call['service']} {call['operation']}" for call in outcome["calls"])


def _digits(value: float) -> float:
    return float(f"{value:.6g}")
