"""Planner: turns what the region's load balancers report into the next plan. Knows nothing of DNS."""

from __future__ import annotations

from typing import Any

import plans
from plans import Balancer, Plan


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Publish a plan from `event["reports"]` (id, address, capacity, healthy), at `event["now"]` (epoch seconds)."""
    generation = plans.latest().generation + 1
    plans.publish(Plan(generation, balancers_of(event["reports"])), event["now"])
    return {"result": "published", "generation": generation}


def balancers_of(reports: list[dict[str, Any]]) -> tuple[Balancer, ...]:
    """The healthy load balancers, weighted by capacity. Raises ValueError when there is none: better no new plan."""
    healthy = [report for report in reports if report["healthy"]]
    if not healthy:
        raise ValueError("no load balancer is healthy: the plan in force stays")
    return tuple(Balancer(each["id"], each["address"], each["capacity"]) for each in healthy)
