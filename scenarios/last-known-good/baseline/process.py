"""Process: what the edge does with its configuration some minutes after it was loaded, asynchronously."""

from __future__ import annotations

from typing import Any

import edge


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Process what is served by. Settings that two builds wrote do not go together, and the edge dies of them."""
    generation = edge.serving()
    if generation is None:
        return {"result": "down"}
    builds = {setting["M"]["build"]["S"] for setting in edge.settings(generation).values()}
    if len(builds) > 1:
        edge.crash()
        return {"result": "crashed", "generation": generation}
    edge.accept(generation)
    return {"result": "accepted", "generation": generation}
