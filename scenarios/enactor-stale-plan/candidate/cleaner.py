"""Cleaner: removes the trees that a plan retired. The list was admitted when it was made: see `admission`."""

from __future__ import annotations

from typing import Any

from records import ENDPOINTS, change, listing
from trees import by_generation


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Remove `event["trees"]` (zone to generations), each tree in one batch. A tree gone already is no error."""
    done: dict[str, dict[str, str]] = {}
    for endpoint in ENDPOINTS:
        standing = by_generation(listing(endpoint))
        for generation in event["trees"].get(endpoint.zone, []):
            tree = standing.get(generation)
            if tree:
                change(endpoint, [("DELETE", record) for record in tree])
            done.setdefault(endpoint.zone, {})[str(generation)] = "removed" if tree else "gone already"
    return {"result": "cleaned", "trees": done}
