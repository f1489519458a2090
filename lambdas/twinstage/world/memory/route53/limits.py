"""Route 53's quotas, as dated data beside this module (`limits.json`), never as constants in code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from twinstage.world.memory.route53.problems import Cause, Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.world.memory.route53.change import Change


@dataclass(frozen=True)
class RouteLimits:
    """What one batch, one record set and one zone may hold, where that was read, and on which day (ISO 8601)."""

    source: str
    read_on: str
    records_per_batch: int
    value_characters_per_batch: int
    upsert_counts: int
    values_per_record_set: int
    record_sets_per_zone: int
    record_sets_per_name_and_type: int
    geoproximity_sets_per_name_and_type: int


@lru_cache(maxsize=1)
def published_limits() -> RouteLimits:
    """Answer the quotas that AWS publishes for an account without increases."""
    text = files("twinstage.world.memory.route53").joinpath("limits.json").read_text("utf-8")
    return RouteLimits(**json.loads(text))


def batch_limit_problems(changes: Sequence[Change], limits: RouteLimits) -> Iterator[Problem]:
    """Yield a problem for each limit of a batch that `changes` exceed; an UPSERT counts `upsert_counts` times.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html ("Maximums on API requests")
    """
    records = characters = 0
    for change in changes:
        times = limits.upsert_counts if change.action == "UPSERT" else 1
        values = [record["Value"] for record in change.record_set.get("ResourceRecords") or ()]
        records += times * len(values)
        characters += times * sum(map(len, values))
    if records > limits.records_per_batch:
        text = f"Number of records limit of {limits.records_per_batch} exceeded."
        yield problem(Cause.LIMIT, changes[0].key, text)
    if characters > limits.value_characters_per_batch:
        text = f"RDATA character limit of {limits.value_characters_per_batch} exceeded."
        yield problem(Cause.LIMIT, changes[0].key, text)
