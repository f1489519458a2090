"""Promote: makes what is served by the configuration to go back to, half an hour later, if the edge has accepted it."""

from __future__ import annotations

from typing import Any

import edge


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Promote what is served by, where it has been accepted."""
    generation = edge.serving()
    if generation is None or not edge.is_accepted(generation):
        return {"result": "kept"}
    edge.know_good(generation)
    return {"result": "promoted", "generation": generation}
