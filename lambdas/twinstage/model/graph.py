"""The knowledge graph: what there is, what touches what, and where each of it is said.

Plain data with one algebra: `merge` is a join of a semilattice (commutative, associative, idempotent), so that it does not matter in what order, in what
groups or how often sources are read. To that end whatever two sources could say differently is a set: attributes hold every value that was said, evidence
every place. A thing is *unresolved* as long as nobody who can know it has described it: a name that leads nowhere is kept as an unresolved node and is never
left out, since "nobody knows what this leads to" is another answer than "this leads nowhere".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_ID: Final = "twinstage:graph:1"
NODE_KINDS: Final = (
    "data-product",
    "table",
    "column",
    "zone",
    "record",
    "function",
    "pipeline",
    "stage",
    "service-level",
    "owner",
    "check",
    "consumer",
    "metric",
    "resource",
)
"""`check` is a quality rule or test, `consumer` whoever uses data at the end (a dashboard), `metric` a metric or semantic model, `resource` any other resource
of the cloud (a queue, a bucket)."""
EDGE_KINDS: Final = ("reads", "writes", "resolves-to", "invokes", "feeds", "owns", "contains", "same-as")
MOST_EVIDENCE: Final = 8
"""So many places are kept of each node and edge: the first in order, whatever order they came in."""
_SEPARATOR: Final = "|"


@dataclass(frozen=True, order=True, slots=True)
class Evidence:
    """Where something is said: a file, snapshot or template; the JSON pointer or line in it; in a few words what it says."""

    source: str
    place: str = ""
    says: str = ""


Attributes = frozenset[tuple[str, str]]
"""Names with values; a name has as many values as were said."""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. `kind` and `name` identify it; `name` is made by `qualified`. `resolved`: somebody who can know it has described it."""

    kind: str
    name: str
    resolved: bool = True
    attributes: Attributes = frozenset()
    evidence: frozenset[Evidence] = frozenset()

    @property
    def id(self) -> str:
        """`kind:name`, unique in a graph."""
        return f"{self.kind}:{self.name}"

    @property
    def label(self) -> str:
        """The last part of the name, as people say it."""
        return parts(self.name)[-1]


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` (a node's id) does `kind` to `target`. `resolved` is false where the target is one of several that may be meant."""

    source: str
    kind: str
    target: str
    resolved: bool = True
    attributes: Attributes = frozenset()
    evidence: frozenset[Evidence] = frozenset()

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies it in a graph."""
        return self.source, self.kind, self.target

    def document(self) -> dict[str, Any]:
        """As files carry it."""
        return {"source": self.source, "kind": self.kind, "target": self.target} | _rest(self)


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of their ids, edges in the order of (source, kind, target), each once; made by `graph` and `merge` alone."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def digest(self) -> str:
        """`sha256:<hex>` of the canonical bytes of the document without its digest."""
        return f"sha256:{sha256_hex(canonical_json(self.content()))}"

    def content(self) -> dict[str, Any]:
        """What the digest covers."""
        return {
            "nodes": [{"id": node.id, "kind": node.kind, "name": node.name} | _rest(node) for node in self.nodes],
            "edges": [edge.document() for edge in self.edges],
        }

    def document(self) -> dict[str, Any]:
        """The graph as files carry it (schema `graph`)."""
        return {"schema": SCHEMA_ID, "digest": self.digest} | self.content()


def qualified(*given: str) -> str:
    """One name of several parts, outermost first (namespace, table, column). Different parts give different names; `parts` is the inverse."""
    return _SEPARATOR.join(part.replace("~", "~0").replace(_SEPARATOR, "~1") for part in given)


def parts(name: str) -> tuple[str, ...]:
    """The parts that `qualified` was given."""
    return tuple(part.replace("~1", _SEPARATOR).replace("~0", "~") for part in name.split(_SEPARATOR))


def attributes(**values: str | Iterable[str] | None) -> Attributes:
    """Attributes by name: a text, several, or none. Empty texts say nothing and are left out."""
    pairs = ((name, (given,) if isinstance(given, str) else given or ()) for name, given in values.items())
    return frozenset((name, value) for name, several in pairs for value in several if value)


def graph(nodes: Iterable[Node] = (), edges: Iterable[Edge] = ()) -> Graph:
    """A graph of nodes and edges in any order, each any number of times. An end of an edge that is not among the nodes becomes an unresolved node."""
    joined: dict[str, Node] = {}
    for node in nodes:
        there = joined.get(node.id)
        joined[node.id] = _kept_node(node) if there is None else _joined_nodes(there, node)
    linked: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        held = linked.get(edge.key)
        linked[edge.key] = _kept_edge(edge) if held is None else _joined_edges(held, edge)
        for end in (edge.source, edge.target):
            if end not in joined:
                joined[end] = _unresolved(end)
    return Graph(tuple(joined[key] for key in sorted(joined)), tuple(linked[key] for key in sorted(linked)))


def merge(graphs: Iterable[Graph]) -> Graph:
    """All that any of the graphs says. What one of them resolves is resolved."""
    several = tuple(graphs)
    return graph(chain.from_iterable(one.nodes for one in several), chain.from_iterable(one.edges for one in several))


def _unresolved(node_id: str) -> Node:
    kind, _, name = node_id.partition(":")
    return Node(kind, name, resolved=False)


def _kept_node(node: Node) -> Node:
    if len(node.evidence) <= MOST_EVIDENCE:
        return node
    return Node(node.kind, node.name, node.resolved, node.attributes, _first(node.evidence))


def _kept_edge(edge: Edge) -> Edge:
    if len(edge.evidence) <= MOST_EVIDENCE:
        return edge
    return Edge(*edge.key, edge.resolved, edge.attributes, _first(edge.evidence))


def _joined_nodes(one: Node, other: Node) -> Node:
    resolved = one.resolved or other.resolved
    said = one.attributes | other.attributes
    return Node(one.kind, one.name, resolved, said, _first(one.evidence | other.evidence))


def _joined_edges(one: Edge, other: Edge) -> Edge:
    resolved = one.resolved or other.resolved
    return Edge(*one.key, resolved, one.attributes | other.attributes, _first(one.evidence | other.evidence))


def _first(evidence: frozenset[Evidence]) -> frozenset[Evidence]:
    """The first MOST_EVIDENCE in order. The first of a union are the first of the firsts: the join stays associative."""
    return evidence if len(evidence) <= MOST_EVIDENCE else frozenset(nsmallest(MOST_EVIDENCE, evidence))


def _rest(thing: Node | Edge) -> dict[str, Any]:
    """What nodes and edges have in common, as JSON."""
    said: dict[str, list[str]] = {}
    for name, value in sorted(thing.attributes):
        said.setdefault(name, []).append(value)
    places = [{"source": e.source, "place": e.place, "says": e.says} for e in sorted(thing.evidence)]
    return {"resolved": thing.resolved, "attributes": said, "evidence": places}
