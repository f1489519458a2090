"""Cleaner: removes the trees that a plan retired, as the enactor that finished the plan listed them."""

from __future__ import annotations

from typing import Any

from records import ENDPOINTS, change, listing
from trees import by_generation


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Remove `event["trees"]` (zone to generations), each tree in one batch. A tree gone already is no error."""
    removed: dict[str, list[int]] = {}
    for endpoint in ENDPOINTS:
        standing = by_generation(listing(endpoint))
        for generation in event["trees"].get(endpoint.zone, []):
            if generation in standing:
                change(endpoint, [("DELETE", record) for record in standing[generation]])
                removed.setdefault(endpoint.zone, []).append(generation)
    return {"result": "cleaned", "removed": removed}
