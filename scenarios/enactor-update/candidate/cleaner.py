"""Cleaner: removes the trees that a plan retired, as the enactor that finished the plan listed them.

The list is a proposal, made some minutes ago. What is in use is asked again, and the answer is asserted by the very
batch that removes a tree: Route 53 refuses the batch when a name has moved since, onto this tree or any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from records import ENDPOINTS, Refused, change, listing, unmoved
from serving import Serving
from trees import by_generation

if TYPE_CHECKING:
    from records import Endpoint, RecordSet


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Remove `event["trees"]` (zone to generations), but for those in use: a later plan's list has them again."""
    done: dict[str, dict[str, str]] = {}
    for endpoint in ENDPOINTS:
        records = listing(endpoint)
        serving, standing = Serving.among(records, endpoint), by_generation(records)
        for generation in event["trees"].get(endpoint.zone, []):
            tree = standing.get(generation, [])
            done.setdefault(endpoint.zone, {})[str(generation)] = remove(generation, tree, endpoint, serving)
    return {"result": "cleaned", "trees": done}


def remove(generation: int, tree: list[RecordSet], endpoint: Endpoint, serving: Serving) -> str:
    """Remove one tree in one batch, provided that the endpoint still serves what it did, and say what became of it."""
    if not tree:
        return "gone already"
    if generation in serving.in_use:
        return "kept: in use"
    names = [each for name in (serving.active, serving.rollback) if name for each in unmoved(name)]
    try:
        change(endpoint, [*names, *(("DELETE", record) for record in tree)])
    except Refused:
        return "kept: the zone moved"
    return "removed"
