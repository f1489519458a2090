"""Restore: goes back to the last configuration that is known to be good."""

from __future__ import annotations

from typing import Any

import edge


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Let the edge serve by it."""
    generation = edge.last_known_good()
    edge.serve(generation)
    return {"generation": generation}
