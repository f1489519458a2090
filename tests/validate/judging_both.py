"""One invariant over a few record changes, asked by a replay and by an exploration: both must say the same."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.state.memory_zones import alias, apex, rr
from tests.validate.evidence_parts import ZONE, call, outcome, start
from twinstage.model.invariant import REPLAY, invariant_of
from twinstage.rehearse.properties import InvariantProperties
from twinstage.validate.history import History
from twinstage.validate.invariants import watch
from twinstage.world.memory.aws import MemoryAws, ServiceRefused
from twinstage.world.memory.route53.imports import with_imported_zone

if TYPE_CHECKING:
    from twinstage.world.memory.aws import AwsState

NAME, ROLLBACK, FORM = "api.ex.test.", "rollback.ex.test.", "plan-{generation}."
Record = dict[str, Any]


def tree(generation: int, ttl: int = 60) -> Record:
    """A tree of one record."""
    return rr(f"plan-{generation}.ex.test.", "A", f"192.0.2.{generation}", ttl=ttl)


def leads(name: str, generation: int) -> Record:
    """A name that leads to a tree."""
    return alias(name, "A", f"plan-{generation}.ex.test.", ZONE)


def txt(name: str, value: str) -> Record:
    """A TXT of one string."""
    return rr(name, "TXT", f'"{value}"')


@dataclass(frozen=True)
class Judged:
    """`broken`: the numbers of the changes that broke it; `left`: whether something is wrong when it is over; `idle`: names never looked at."""

    broken: list[int]
    left: bool
    idle: set[str]
    told: list[str] = field(default_factory=list)


def world(*records: Record, tables: dict[str, list[Record]] | None = None) -> MemoryAws:
    """A memory world with one zone and, by name, tables of items with the keys `scope` and `generation`."""
    aws = MemoryAws(clock=lambda: 0.0)
    for name, items in (tables or {}).items():
        keys = [{"AttributeName": "scope", "KeyType": "HASH"}, {"AttributeName": "generation", "KeyType": "RANGE"}]
        types = [
            {"AttributeName": "scope", "AttributeType": "S"},
            {"AttributeName": "generation", "AttributeType": "N"},
        ]
        request = {
            "TableName": name,
            "KeySchema": keys,
            "AttributeDefinitions": types,
            "BillingMode": "PAY_PER_REQUEST",
        }
        aws.answer("dynamodb", "CreateTable", request)
        for item in items:
            aws.answer("dynamodb", "PutItem", {"TableName": name, "Item": item})
    zones = with_imported_zone(aws.route53, [*apex("ex.test."), *records], id=ZONE, name="ex.test.")
    aws.restore(type(aws.state)(zones, aws.databases))
    return aws


def judged(entry: Record, records: list[Record], *batches: list[Record]) -> Judged:
    """The invariant over a zone that holds `records` and these batches of changes; a replay and an exploration must agree."""
    explored = explored_as(entry, world(*records), *batches)
    invariant = invariant_of({"id": "I", **entry})
    assert REPLAY in invariant.asked_in
    zones = start(*apex("ex.test."), *records)
    outcomes = [outcome(n, call(*batch)) for n, batch in enumerate(batches)]
    (found,) = watch([invariant], zones, History(dict(zones)).steps(outcomes))
    broken = [violation.place["seq"] for violation in found.violations]
    told = [violation.detail for violation in found.violations] + list(found.at_end)
    replayed = Judged(broken, bool(found.at_end), found.idle, told)
    assert (replayed.broken, replayed.left, replayed.idle) == (explored.broken, explored.left, explored.idle)
    return replayed


def explored_as(entry: Record, aws: MemoryAws, *batches: list[Record]) -> Judged:
    """The same, of an exploration alone."""
    properties = InvariantProperties([invariant_of({"id": "I", **entry})], aws.state)
    worlds = [aws.state, *(_changed(aws, batch) for batch in batches)]
    broken = []
    for n, (before, after) in enumerate(pairwise(worlds)):
        if (properties.broken(after) - properties.broken(before)) | properties.broken_by(before, after):
            broken.append(n)
    left = bool(properties.unmet(worlds[-1]) | properties.lost(worlds[-1]))
    told = [properties.told("I", worlds[n], worlds[n + 1]) for n in broken]
    idle = {name for name in properties.invariants[0].names if ("I", name) not in properties.applied}
    return Judged(broken, left, idle, told)


def _changed(aws: MemoryAws, batch: list[Record]) -> AwsState:
    with contextlib.suppress(ServiceRefused):
        aws.answer("route53", "ChangeResourceRecordSets", {"HostedZoneId": ZONE, "ChangeBatch": {"Changes": batch}})
    return aws.state
