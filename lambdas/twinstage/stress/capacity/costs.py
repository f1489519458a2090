"""What a month at a rate costs, by AWS's list prices: without free tiers, discounts, taxes and data transfer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import rounded
from twinstage.stress.capacity.rows import USED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.prices import Price
    from twinstage.stress.analysis.needs import Needs

# AWS's own month: https://calculator.aws counts 730 hours.
HOURS: Final = 730
SECONDS: Final = HOURS * 3600
_CENT: Final = Decimal("0.01")
_MB_OF_GB: Final = 1024


@dataclass(frozen=True)
class Cost:
    """One entry of the bill of a month at the target rate: so many `units` of a price. `carries_over` is False where the units rest on times that are not AWS's."""

    price: str
    title: str
    units: float
    unit: str
    usd: Decimal
    source: str
    read_on: str
    confidence: str
    carries_over: bool

    def document(self) -> dict[str, Any]:
        """Its JSON: dollars as a number with cents."""
        return {**vars(self), "units": rounded(self.units), "usd": float(self.usd)}


def monthly_costs(needs: Needs, rate_per_s: float, prices: Mapping[str, Price]) -> tuple[Cost, ...]:
    """The bill, the dearest entry first; nothing that is not used. A table with provisioned capacity is billed for what it needs to be provisioned with, others for their requests. What the run did not count (storage, logs, queries) is not in it."""
    measured = needs.world == "memory"
    costs = [
        _cost(prices[name], per_request * rate_per_s * SECONDS, name != "lambda.duration_x86" or measured)
        for name, per_request in _units(needs)
        if per_request > 0
    ]
    costs += [
        _cost(prices[name], math.ceil(rate_per_s * units / USED - 1e-9) * HOURS, carries_over=True)
        for name, units in _provisioned(needs)
        if units > 0
    ]
    return tuple(sorted(costs, key=lambda one: (-one.usd, one.price)))


def _units(needs: Needs) -> Iterator[tuple[str, float]]:
    """Units of each price for one request."""
    yield "lambda.requests", needs.invocations
    yield "lambda.duration_x86", needs.billed_s * needs.memory_mb / _MB_OF_GB
    provisioned = dict(_provisioned(needs))
    yield "dynamodb.write_request_units", needs.write_units - provisioned["dynamodb.write_capacity"]
    yield "dynamodb.read_request_units", needs.read_units - provisioned["dynamodb.read_capacity"]
    yield "stepfunctions.transitions", needs.quotas.get("stepfunctions.state_transitions", 0.0)
    yield "events.custom_events", needs.calls.get("events.PutEvents", 0.0)
    yield "sqs.standard_requests", sum(count for name, count in needs.calls.items() if name.startswith("sqs."))
    yield (
        "s3.put_requests",
        sum(needs.calls.get(name, 0.0) for name in ("s3.PutObject", "s3.CopyObject", "s3.ListObjectsV2")),
    )
    yield "s3.get_requests", sum(needs.calls.get(name, 0.0) for name in ("s3.GetObject", "s3.HeadObject"))


def _provisioned(needs: Needs) -> Iterator[tuple[str, float]]:
    """Capacity units of tables with provisioned capacity for one request."""
    yield "dynamodb.write_capacity", needs.quotas.get("dynamodb.table_writes", 0.0)
    yield "dynamodb.read_capacity", needs.quotas.get("dynamodb.table_reads", 0.0)


def _cost(price: Price, units: float, carries_over: bool) -> Cost:
    return Cost(
        price.id,
        price.title,
        units,
        price.unit,
        price.cost(units).quantize(_CENT),
        price.source,
        price.read_on,
        price.confidence,
        carries_over,
    )
