"""Planner: publishes one regional plan an invocation. Knows nothing of DNS."""

from __future__ import annotations

from typing import Any

import plans


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Publish `event["balancers"]` (id, address, weight) as plan `event["generation"]`."""
    plans.publish(event["generation"], event["balancers"])
    return {"published": event["generation"]}
