"""The record tree of a plan in one zone.

plan-0011.<zone>           root: the customer name is an alias to it
weighted.plan-0011.<zone>  one weighted alias a load balancer
<id>.plan-0011.<zone>      leaf: the address of a load balancer
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from records import alias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plans import Plan
    from records import Endpoint, RecordSet

_GENERATION = re.compile(r"(?:^|\.)plan-(\d+)\.")


def root_name(generation: int, endpoint: Endpoint) -> str:
    """The name of a tree's root."""
    return f"plan-{generation:04d}.{endpoint.zone}"


def tree(plan: Plan, endpoint: Endpoint) -> list[RecordSet]:
    """The record sets of a plan's tree, leaves first."""
    root = root_name(plan.generation, endpoint)
    leaves, weighted = [], []
    for balancer in plan.balancers:
        leaf = f"{balancer.id}.{root}"
        leaves.append({"Name": leaf, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": balancer.address}]})
        share = {"SetIdentifier": balancer.id, "Weight": balancer.weight}
        weighted.append(alias(endpoint, f"weighted.{root}", leaf) | share)
    return [*leaves, *weighted, alias(endpoint, root, f"weighted.{root}")]


def generation_of(name: str) -> int | None:
    """The generation a name of a tree belongs to; None for names outside every tree."""
    match = _GENERATION.search(name)
    return int(match[1]) if match else None


def target_generation(record: RecordSet) -> int:
    """The generation that an alias to a tree's root points at. Raises ValueError for anything else."""
    generation = generation_of(record.get("AliasTarget", {}).get("DNSName", ""))
    if generation is None:
        raise ValueError(f"{record['Name']} is no alias to a tree")
    return generation


def by_generation(records: Iterable[RecordSet]) -> dict[int, list[RecordSet]]:
    """The record sets of every tree among `records`, oldest tree first."""
    trees: dict[int, list[RecordSet]] = {}
    for record in records:
        generation = generation_of(record["Name"])
        if generation is not None:
            trees.setdefault(generation, []).append(record)
    return dict(sorted(trees.items()))
