"""What has to be there for a load: places, capacity units, shards, batches; each with the interval of what it was worked out from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import Estimate, plain, rounded
from twinstage.stress.capacity.places import queueing, refusing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.model.quotas import Quota
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.analysis.needs import Need, Needs

# Provisioned capacity is planned to be used so far: the default target of DynamoDB's auto scaling.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
USED: Final = 0.7
_SHARDING: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html"
# Route 53 counts each element of an UPSERT twice against what one batch holds.
_UPSERT: Final = 2
_BATCHES: Final = (
    ("route53.ChangeResourceRecordSets", "route53.requests", "route53.batch_records", _UPSERT),
    ("events.PutEvents", "events.put_events", "events.put_events_entries", 1),
)


@dataclass(frozen=True)
class Row:
    """One thing: how many of it, between which two as its interval has it, in which unit, and why."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    sentence: str

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {name: rounded(one) if isinstance(one, float) else one for name, one in vars(self).items()}


def rows(needs: Needs, rate_per_s: float, service_level: ServiceLevel, quotas: Mapping[str, Quota]) -> tuple[Row, ...]:
    """What the load needs, in an order of its own: places, units, shards and locks, batches."""
    return (
        *_places(needs, rate_per_s, service_level),
        *_units(needs, rate_per_s),
        *_shares(needs, rate_per_s, quotas),
        *_batches(needs, rate_per_s, quotas),
    )


def _places(needs: Needs, rate: float, service_level: ServiceLevel) -> Iterator[Row]:
    service = needs.service_s
    if service is None or service.value <= 0:
        return
    told = f"{plain(rate)} requests a second of {plain(service.value * 1000)} ms each"
    refused = _whole(lambda seconds: refusing(rate, seconds, service_level.failed), service)
    text = f"{told}: with so many, no more than {service_level.failed:.2%} find none free and are refused (Erlang B, whatever the distribution)"
    yield Row("concurrency", *refused, "places", text)
    if queueing(rate, service.high, service_level) is None:
        return
    spread = _whole(lambda seconds: queueing(rate, seconds, service_level) or 0, service)
    asked = service_level.p99_ms
    limit = "the mean wait is a tenth of that" if asked is None else f"99 of 100 are answered within {plain(asked)} ms"
    yield Row("workers", *spread, "places", f"{told}, queueing: {limit} (M/M/c: service times taken for exponential)")


def _units(needs: Needs, rate: float) -> Iterator[Row]:
    for name, per_request in (("write capacity", needs.write_units), ("read capacity", needs.read_units)):
        if per_request > 0:
            units = rate * per_request
            need = float(math.ceil(units / USED - 1e-9))
            text = (
                f"{plain(per_request)} units a request, {plain(units)} a second, provisioned to be used by {USED:.0%}"
            )
            yield Row(name, need, need, need, "capacity units", text)


def _shares(needs: Needs, rate: float, quotas: Mapping[str, Quota]) -> Iterator[Row]:
    """What one key cannot take alone: a hot partition is written to in shards, a lock becomes several."""
    for need in needs.resources:
        quota = quotas.get(need.limit or "")
        capacity = need.capacity_per_s if quota is None or quota.rate_per_s is None else quota.rate_per_s
        if need.kind not in ("partition", "lock") or not capacity:
            continue
        # Keys do not share alike and a lock is not handed over in no time: neither is planned full.
        full = rate / (USED * capacity)
        shares = _whole(partial(_times, full), need.per_request)
        if shares[0] > 1:
            yield Row(*_words(need, shares, rate, capacity))


def _words(
    need: Need, shares: tuple[float, float, float], rate: float, capacity: float
) -> tuple[str, float, float, float, str, str]:
    key = need.resource.partition(":")[2]
    taken = rate * need.per_request.value
    if need.kind == "partition":
        text = (
            f"{key} takes {plain(taken)} units a second of {plain(capacity)}: its key in so many shards ({_SHARDING})"
        )
        return ("shards", *shares, "keys", text)
    text = f"{key} is held {plain(need.per_request.value)} s a request, {plain(taken)} s a second: so many locks in its place, or held for {plain(USED / rate)} s at most"
    return ("locks", *shares, "locks", text)


def _batches(needs: Needs, rate: float, quotas: Mapping[str, Quota]) -> Iterator[Row]:
    """Where a quota counts calls and a call may carry several requests' changes."""
    for operation, counted, sized, each in _BATCHES:
        calls, quota, size = needs.calls.get(operation, 0.0), quotas.get(counted), quotas.get(sized)
        if not calls or quota is None or not quota.rate_per_s or size is None or size.most is None:
            continue
        others = sum(
            count for name, count in needs.calls.items() if name != operation and name.startswith(f"{quota.service}.")
        )
        spare = quota.rate_per_s * USED - rate * (0.0 if quota.operations else others)
        if rate * calls <= quota.rate_per_s * USED or spare <= 0:
            continue
        batch, most = math.ceil(rate * calls / spare - 1e-9), int(size.most) // each
        if batch <= most:
            text = f"{plain(rate * calls)} calls of {operation} a second become {plain(rate * calls / batch)}, of {plain(quota.rate_per_s)} that there are; a batch holds {most}"
            yield Row("batch", float(batch), float(batch), float(batch), "requests a call", text)


def _times(factor: float, per_request: float) -> int:
    return math.ceil(factor * per_request - 1e-9)


def _whole(of: Callable[[float], int], estimate: Estimate) -> tuple[float, float, float]:
    return float(of(estimate.value)), float(of(estimate.low)), float(of(estimate.high))
