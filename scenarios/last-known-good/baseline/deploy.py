"""Deploy: puts the newest configuration on the edge, once it looks well-formed."""

from __future__ import annotations

from typing import Any

import edge


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Check that every setting has a value, and let the edge serve by it."""
    generation = edge.newest()
    if not all(setting["M"]["value"]["S"] for setting in edge.settings(generation).values()):
        return {"generation": generation, "result": "refused"}
    edge.serve(generation)
    return {"generation": generation, "result": "deployed"}
