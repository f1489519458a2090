"""The geometry of a drawn graph: layers from left to right as data flows, nodes of a layer ordered so that few edges cross.

The method is Sugiyama's: edges that close a circle are turned round, each node lies one layer behind the last of those before it, and layers are swept a few times,
each node going to the middle of its neighbours. All of it is decided by ids where nothing else decides, so that one graph has one drawing.
Source: Sugiyama, Tagawa, Toda: Methods for visual understanding of hierarchical system structures (1981).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.graph import Edge, Graph, Node

MOST_DRAWN: Final = 200
BOX_WIDTH: Final = 190
BOX_HEIGHT: Final = 34
_GAP_X: Final = 70
_GAP_Y: Final = 14
_MARGIN: Final = 8
_SWEEPS: Final = 6
_AGAINST_THE_FLOW: Final = frozenset({"reads", "resolves-to"})


@dataclass(frozen=True)
class Box:
    """A node's box: its upper left corner."""

    node: Node
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """An edge: the path it is drawn along, as SVG writes paths, and where its tip is, pointing right or left."""

    edge: Edge
    path: str
    tip: str


@dataclass(frozen=True)
class Drawing:
    """A graph to be drawn, boxes in the order of ids."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawn(graph: Graph) -> Drawing | None:
    """The drawing; None for a graph of more than MOST_DRAWN nodes, or of none."""
    if not 0 < len(graph.nodes) <= MOST_DRAWN:
        return None
    ids = [node.id for node in graph.nodes]
    layers = _ordered(_layers(ids, _acyclic(ids, graph.edges)), _neighbours(graph.edges))
    corners = {
        node: (_MARGIN + at * (BOX_WIDTH + _GAP_X), _MARGIN + place * (BOX_HEIGHT + _GAP_Y))
        for at, layer in enumerate(layers)
        for place, node in enumerate(layer)
    }
    tallest = max(len(layer) for layer in layers)
    return Drawing(
        width=2 * _MARGIN + len(layers) * (BOX_WIDTH + _GAP_X) - _GAP_X,
        height=2 * _MARGIN + tallest * (BOX_HEIGHT + _GAP_Y) - _GAP_Y,
        boxes=tuple(Box(node, *corners[node.id]) for node in graph.nodes),
        lines=tuple(_line(edge, corners) for edge in graph.edges),
    )


def _flow(edge: Edge) -> tuple[str, str]:
    """An edge's ends in the direction that data goes."""
    return (edge.target, edge.source) if edge.kind in _AGAINST_THE_FLOW else (edge.source, edge.target)


def _acyclic(ids: Sequence[str], edges: Iterable[Edge]) -> dict[str, list[str]]:
    """What follows each node, without what would close a circle: an edge back to a node on the way to it is turned round."""
    after: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        begin, end = _flow(edge)
        if begin != end:
            after[begin].append(end)
    found: dict[str, list[str]] = defaultdict(list)
    finished: set[str] = set()
    for root in ids:
        stack = [(root, iter(after[root]))] if root not in finished else []
        on_the_way = {root}
        while stack:
            node, following = stack[-1]
            following_node = next(following, None)
            if following_node is None:
                stack.pop()
                on_the_way.discard(node)
                finished.add(node)
            elif following_node in on_the_way:
                found[following_node].append(node)
            else:
                found[node].append(following_node)
                if following_node not in finished:
                    on_the_way.add(following_node)
                    stack.append((following_node, iter(after[following_node])))
    return found


def _layers(ids: Sequence[str], after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Each node one layer behind the last of those before it."""
    before = dict.fromkeys(ids, 0)
    for several in after.values():
        for node in several:
            before[node] += 1
    layer = dict.fromkeys(ids, 0)
    ready = [node for node in ids if not before[node]]
    for node in ready:
        for following in after.get(node, ()):
            layer[following] = max(layer[following], layer[node] + 1)
            before[following] -= 1
            if not before[following]:
                ready.append(following)
    found: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in ids:
        found[layer[node]].append(node)
    return [several for several in found if several]


def _neighbours(edges: Iterable[Edge]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        found[edge.source].append(edge.target)
        found[edge.target].append(edge.source)
    return found


def _ordered(layers: list[list[str]], neighbours: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The layers with each node at the mean place of its neighbours, swept forth and back."""
    place = {node: float(at) for layer in layers for at, node in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            own = set(layer)
            wanted = {}
            for node in layer:
                others = [place[other] for other in neighbours.get(node, ()) if other not in own]
                wanted[node] = sum(others) / len(others) if others else place[node]
            layer.sort(key=lambda node: (wanted[node], node))
            place.update((node, float(at)) for at, node in enumerate(layer))
    return layers


def _line(edge: Edge, corners: Mapping[str, tuple[float, float]]) -> Line:
    """From the side of one box to the side of the other, its tip at the target."""
    begin, end = corners[edge.source], corners[edge.target]
    forward = begin[0] <= end[0]
    x1 = begin[0] + (BOX_WIDTH if forward else 0)
    x2 = end[0] + (0 if forward else BOX_WIDTH)
    y1, y2 = begin[1] + BOX_HEIGHT / 2, end[1] + BOX_HEIGHT / 2
    if begin[0] == end[0]:
        # Both in one layer: out to the right and back.
        x2 = end[0] + BOX_WIDTH
        path = f"M{x1:.0f} {y1:.0f} C{x1 + 40:.0f} {y1:.0f} {x2 + 40:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
        return Line(edge, path, _tip(x2, y2, pointing=-1))
    middle = (x1 + x2) / 2
    path = f"M{x1:.0f} {y1:.0f} C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    return Line(edge, path, _tip(x2, y2, pointing=1 if forward else -1))


def _tip(x: float, y: float, *, pointing: int) -> str:
    back = x - 7 * pointing
    return f"{x:.0f},{y:.0f} {back:.0f},{y - 3.5:.1f} {back:.0f},{y + 3.5:.1f}"
