"""What a graph takes in memory, estimated from counts: measured on CPython 3.11, 64 bits (bench/exploration.py measures it again)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twinstage.explore.graph import Graph

STATE_BYTES: Final = 330
EDGE_BYTES: Final = 64
WORLD_BYTES: Final = 400
NODE_BYTES: Final = 2_500
SUSPENDED_BYTES: Final = 60_000


def bytes_of(graph: Graph, *, edges: int) -> int:
    """An estimate of the bytes that a graph holds on to."""
    behaviours, shards = graph.behaviours, graph.world.shards
    return (
        graph.states * STATE_BYTES
        + edges * EDGE_BYTES
        + shards.worlds * WORLD_BYTES
        + shards.size_bytes
        + behaviours.nodes * NODE_BYTES
        + len(behaviours.suspended) * SUSPENDED_BYTES
    )
