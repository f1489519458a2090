"""Downstream impact in a graph of 100,000 nodes and 500,000 edges: ours, with numpy and without, beside networkx, in one run and by processor time.

Every search is made on the same graph and from the same nodes, one library after the other in turn, and each is kept at its best of several turns: what the
neighbours of a shared machine take is then nobody's. The answers are compared. Both sides answer which nodes are reached, ours by
their numbers, networkx as the set of its nodes; making and indexing the graph is told beside it, and counts for neither.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "lambdas"))

import networkx  # type: ignore[import-untyped]  # has no types of its own

from twinstage.model.graph import Edge, Node, graph
from twinstage.twin.graph.impact import impact_in
from twinstage.twin.graph.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable

NODES, EDGES = 100_000, 500_000
REACH = 5_000
TURNS = 5
BEGIN = ("table:bench|n000000", "table:bench|n000050", "table:bench|n020000")
BAR = 30


def main() -> None:
    """Measure, compare the answers, and print the ratios."""
    pairs = _pairs()
    began = time.process_time()
    whole = graph(
        (Node("table", f"bench|n{number:06}") for number in range(NODES)),
        (Edge(f"table:bench|n{a:06}", "feeds", f"table:bench|n{b:06}") for a, b in pairs),
    )
    print(f"{len(whole.nodes):,} nodes, {len(whole.edges):,} edges; made in {time.process_time() - began:.2f} s")
    fast, plain = Network(whole), Network(whole, fast=False)
    for told, network in (("with numpy", fast), ("without", plain)):
        began = time.process_time()
        _ = network.certain
        print(f"indexed {told}: {time.process_time() - began:.2f} s")
    began = time.process_time()
    peer = networkx.DiGraph()
    peer.add_nodes_from(fast.ids)
    peer.add_edges_from((edge.source, edge.target) for edge in whole.edges)
    print(f"networkx indexed: {time.process_time() - began:.2f} s")
    ratios = [_compared(begin, fast, plain, peer) for begin in BEGIN]
    least = min(ratio for ratio, _ in ratios)
    print(
        f"with numpy at least {least:.0f} times networkx (the bar is {BAR}), without {min(r for _, r in ratios):.1f} times"
    )
    began = time.process_time()
    affected = len(impact_in(fast, BEGIN[:1]).affected)
    print(
        f"a whole answer with its {affected:,} ids, distances and owners: {1e3 * (time.process_time() - began):.0f} ms"
    )


def _compared(begin: str, fast: Network, plain: Network, peer: networkx.DiGraph) -> tuple[float, float]:
    """Ratios of networkx's time to ours, with numpy and without."""
    number = fast.numbers[begin]
    ours, theirs = set(fast.certain.reached([number])), networkx.descendants(peer, begin) | {begin}
    if {fast.ids[each] for each in ours} != theirs or ours != set(plain.certain.reached([number])):
        raise AssertionError(f"other answers from {begin}")
    works: tuple[Callable[[], object], ...] = (
        lambda: fast.certain.reached([number]),
        lambda: plain.certain.reached([number]),
        lambda: networkx.descendants(peer, begin),
    )
    best = [float("inf")] * len(works)
    for _ in range(TURNS):
        for at, work in enumerate(works):
            began = time.process_time()
            work()
            best[at] = min(best[at], time.process_time() - began)
    with_numpy, without, networkx_s = best
    told = ", ".join(
        f"{name} {1e3 * each:.1f} ms" for name, each in zip(("numpy", "pure", "networkx"), best, strict=True)
    )
    print(f"{len(ours):,} reached from {begin}: {told}: {networkx_s / with_numpy:.0f}x and {networkx_s / without:.1f}x")
    return networkx_s / with_numpy, networkx_s / without


def _pairs() -> list[tuple[int, int]]:
    """Edges that lead on, most of them not far: a warehouse's layers, some twenty deep."""
    stream = random.Random(6)  # noqa: S311 the same graph every time
    found: dict[tuple[int, int], None] = {}
    while len(found) < EDGES:
        begin = stream.randrange(NODES - 1)
        found[begin, min(NODES - 1, begin + 1 + int(stream.expovariate(1 / REACH)))] = None
    return list(found)


if __name__ == "__main__":
    main()
