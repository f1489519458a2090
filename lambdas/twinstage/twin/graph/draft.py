"""A graph in the making: builders say what they see, and the draft keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.model.graph import Attributes, Edge, Evidence, Graph, Node, graph
from twinstage.twin.graph import names

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Draft:
    """Nodes and edges of one source; `source` is its name in evidence."""

    source: str
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def node(self, node: Node, place: str, said: Attributes = frozenset(), says: str = "") -> Node:
        """Add a node, seen at a place. Answers it as given."""
        self.nodes.append(names.seen(node, Evidence(self.source, place, says), said))
        return node

    def columns(self, table: Node, told: Iterable[tuple[str, str]], place: str) -> None:
        """Add columns of a table, by path and type."""
        nodes, edges = names.columns(table, told, Evidence(self.source, place))
        self.nodes += nodes
        self.edges += edges

    def edge(
        self,
        source: Node | str,
        kind: str,
        target: Node | str,
        place: str,
        says: str = "",
        *,
        said: Attributes = frozenset(),
        resolved: bool = True,
    ) -> None:
        """Add an edge between nodes or their ids, seen at a place."""
        begin, end = (each if isinstance(each, str) else each.id for each in (source, target))
        self.edges.append(Edge(begin, kind, end, resolved, said, frozenset({Evidence(self.source, place, says)})))

    def owners(self, of: Node, told: Iterable[str], place: str) -> None:
        """Add who owns a thing."""
        for name in told:
            self.edge(self.node(names.owner(name), place), "owns", of, place)

    def graph(self) -> Graph:
        """All of it."""
        return graph(self.nodes, self.edges)
