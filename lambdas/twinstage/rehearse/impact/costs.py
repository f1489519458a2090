"""What a month of such days costs, by AWS's list prices: requests, capacity units worked out by the exact rules, and the time that was billed.

Recorded calls do not say what capacity they took; the exact rules do, when the calls are carried out again over the snapshot. Without free tiers, discounts, taxes and data transfer. Route 53 takes nothing for calls of its API.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.timestamp import epoch_s
from twinstage.rehearse.impact.effects import difference
from twinstage.stress.capacity.costs import SECONDS as MONTH_S
from twinstage.validate.tables_rebuilt import READS, client_form
from twinstage.world.memory import dynamodb
from twinstage.world.memory.dynamodb.consumption import consumed_by_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.model.prices import Price
    from twinstage.world.memory.dynamodb import Database

SHORTEST_S: Final = 3600.0
"""Less than an hour of events says nothing of a month."""
_MB_OF_GB: Final = 1024
CONDITION: Final = "ConditionalCheckFailed"
"""Stands in the code of what one item's condition refused, and in the message of a transaction's."""

READ, WRITE = "dynamodb.read_request_units", "dynamodb.write_request_units"
REQUESTS, DURATION = "lambda.requests", "lambda.duration_x86"


@dataclass
class Used:
    """What one arm used: units of each price by event. `untold`: why some of it is not known."""

    by_event: dict[str, dict[str, float]] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)


def used(database: Database | None, outcomes: Iterable[Mapping[str, Any]], memory_mb: Mapping[str, int]) -> Used:
    """What the outcomes of an arm used. `memory_mb` is that of each function. Tables with provisioned capacity are not billed by the request, and left out."""
    found = Used()
    for outcome in outcomes:
        units: dict[str, float] = {}
        found.by_event[outcome["event"]] = units
        if outcome["type"] == "lambda_invoke":
            units[REQUESTS] = 1.0
            billed_s = math.ceil(outcome["latency_ms"]) / 1000
            units[DURATION] = billed_s * memory_mb.get(str(outcome["function"]), _MB_OF_GB) / _MB_OF_GB
        for call in outcome["calls"] or ():
            if call["service"] != "dynamodb" or database is None:
                continue
            try:
                database, taken = _taken(database, call, epoch_s(outcome["timestamp"]))
            except (dynamodb.DynamoRefused, dynamodb.Unsupported, ValueError, TypeError, KeyError) as error:
                found.untold.append(f"{call['operation']} of {outcome['event']} cannot be carried out again: {error}")
                continue
            kind = READ if call["operation"] in READS else WRITE
            units[kind] = units.get(kind, 0.0) + taken
    return found


def monthly(arms: Mapping[str, Used], span_s: float, prices: Mapping[str, Price]) -> Iterator[dict[str, Any]]:
    """For each price that is used: what a month of such events costs under each arm, the difference and its interval; nothing of a day shorter than SHORTEST_S."""
    if span_s < SHORTEST_S or len(arms) < 2:  # noqa: PLR2004  one arm alone differs from nothing
        return
    before, after = arms["baseline"].by_event, arms["candidate"].by_event
    events = [event for event in before if event in after]
    times = MONTH_S / span_s
    for name in (REQUESTS, DURATION, WRITE, READ):
        pairs = [(before[event].get(name, 0.0), after[event].get(name, 0.0)) for event in events]
        if any(side for pair in pairs for side in pair):
            yield _told(prices[name], pairs, times)


def _told(price: Price, pairs: Sequence[tuple[float, float]], times: float) -> dict[str, Any]:
    told = difference(pairs)
    ends = [None if end is None else end * told.events * times for end in (told.low, told.high)]
    return {
        "price": price.id,
        "title": price.title,
        "unit": price.unit,
        "baseline_usd": _dollars(price.cost(told.baseline * told.events * times)),
        "candidate_usd": _dollars(price.cost(told.candidate * told.events * times)),
        "difference_usd": [None if end is None else _signed(price, end) for end in ends],
        "source": price.source,
        "read_on": price.read_on,
        "carries_over": price.id != DURATION,
    }


def _taken(database: Database, call: Mapping[str, Any], now: float) -> tuple[Database, float]:
    """The database after a call, and the units that it took: a write that was refused for its condition is billed as one of the item that is there."""
    request = client_form(call["parameters"])
    if call["outcome"] != "success":
        if CONDITION not in f"{call.get('error')} {call.get('message')}":
            return database, 0.0
        parts = consumed_by_refusal(database, call["operation"], request)
        return database, sum(part.units for part in parts if not _provisioned(database, part.table.definition.name))
    billed = call["operation"] in _BILLED
    asked = {**request, "ReturnConsumedCapacity": "TOTAL"} if billed else request
    database, answer = dynamodb.execute(database, call["operation"], asked, now=now)
    if not billed:
        return database, 0.0
    consumed = answer.get("ConsumedCapacity", [])
    several = consumed if isinstance(consumed, list) else [consumed]
    return database, sum(one["CapacityUnits"] for one in several if not _provisioned(database, one["TableName"]))


def _provisioned(database: Database, table: str) -> bool:
    described = dynamodb.execute(database, "DescribeTable", {"TableName": table}, now=0.0)[1]["Table"]
    return bool(described.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST")


def _signed(price: Price, units: float) -> float:
    """What so many units more, or less, cost at the first tier: tiers are of the whole account's use, which nobody knows here."""
    return _dollars(price.tiers[0].usd * Decimal(repr(units)))


def _dollars(amount: Decimal) -> float:
    return float(round(amount, 4))


_BILLED: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
