"""A graph as JSON-LD 1.1 in the terms of PROV-O: the context is in the document, so that nobody has to fetch anything to read it.

What is not resolved is no fact and therefore no PROV statement; every edge, resolved or not, is also told by itself, with its evidence (`tw:Edge`).
Source: https://www.w3.org/TR/prov-o/, https://www.w3.org/TR/json-ld11/
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from twinstage.model.graph import Edge, Graph, Node

NODES: Final = "urn:twinstage:node:"
VOCABULARY: Final = "urn:twinstage:vocabulary:"
_ACTIVITIES: Final = frozenset({"function", "pipeline", "stage", "check", "consumer"})
_TERMS: Final = {
    ("reads", "Activity", "Entity"): ("prov:used", False),
    ("writes", "Activity", "Entity"): ("prov:wasGeneratedBy", True),
    ("feeds", "Activity", "Entity"): ("prov:wasGeneratedBy", True),
    ("feeds", "Entity", "Entity"): ("prov:wasDerivedFrom", True),
    ("feeds", "Entity", "Activity"): ("prov:used", True),
    ("feeds", "Activity", "Activity"): ("prov:wasInformedBy", True),
    ("invokes", "Activity", "Activity"): ("prov:wasInformedBy", True),
    ("owns", "Agent", "Entity"): ("prov:wasAttributedTo", True),
    ("owns", "Agent", "Activity"): ("prov:wasAssociatedWith", True),
    ("contains", "Entity", "Entity"): ("prov:hadMember", False),
    ("same-as", "Entity", "Entity"): ("prov:alternateOf", False),
}
"""Of a kind of edge between two classes: the term, and whether its subject is the edge's target."""
_OTHERS: Final = {
    "reads": ("prov:wasInfluencedBy", False),
    "writes": ("prov:wasInfluencedBy", True),
    "feeds": ("prov:wasInfluencedBy", True),
    "invokes": ("prov:wasInfluencedBy", True),
    "owns": ("prov:wasInfluencedBy", True),
    "contains": ("tw:contains", False),
    "resolves-to": ("tw:resolvesTo", False),
    "same-as": ("tw:sameAs", False),
}
_CONTEXT: Final = {
    "@version": 1.1,
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "tw": VOCABULARY,
    "tw:resolved": {"@type": "xsd:boolean"},
    **{
        f"prov:{term}": {"@type": "@id"}
        for term in (
            "used",
            "wasGeneratedBy",
            "wasDerivedFrom",
            "wasInformedBy",
            "wasAttributedTo",
            "wasAssociatedWith",
            "wasInfluencedBy",
            "hadMember",
            "alternateOf",
        )
    },
    "tw:resolvesTo": {"@type": "@id"},
    "tw:contains": {"@type": "@id"},
    "tw:sameAs": {"@type": "@id"},
    "tw:source": {"@type": "@id"},
    "tw:target": {"@type": "@id"},
}


def to_jsonld(graph: Graph) -> dict[str, Any]:
    """The document: nodes in the order of their ids, then edges in theirs."""
    said: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    nodes = graph.by_id
    for edge in graph.edges:
        if edge.resolved:
            subject, term, other = _statement(edge, _class(nodes[edge.source]), _class(nodes[edge.target]))
            said[subject][term].add(iri(other))
    described = [
        _node(node) | {term: sorted(others) for term, others in sorted(said[node.id].items())} for node in graph.nodes
    ]
    return {"@context": _CONTEXT, "@graph": [*described, *map(_edge, graph.edges)]}


def iri(node_id: str) -> str:
    """The IRI of a node: different ids have different ones, whatever is in them."""
    return NODES + quote(node_id.encode("utf-8", "surrogatepass"), safe="")


def _class(node: Node) -> str:
    if node.kind == "owner":
        return "Agent"
    return "Activity" if node.kind in _ACTIVITIES else "Entity"


def _statement(edge: Edge, source: str, target: str) -> tuple[str, str, str]:
    """An edge as subject, term and object. PROV looks back: it is the later thing that was derived from the earlier."""
    term, backward = _TERMS.get((edge.kind, source, target), _OTHERS[edge.kind])
    return (edge.target, term, edge.source) if backward else (edge.source, term, edge.target)


def _node(node: Node) -> dict[str, Any]:
    attributes: dict[str, list[str]] = {}
    for name, value in sorted(node.attributes):
        attributes.setdefault(f"tw:{quote(name, safe='')}", []).append(value)
    return {
        "@id": iri(node.id),
        "@type": [f"prov:{_class(node)}", f"tw:{node.kind}"],
        "rdfs:label": node.label,
        "tw:id": node.id,
        "tw:resolved": node.resolved,
        "tw:evidence": _evidence(node),
    } | {name: several for name, several in attributes.items() if name not in ("tw:id", "tw:resolved", "tw:evidence")}


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "@type": "tw:Edge",
        "tw:kind": edge.kind,
        "tw:source": iri(edge.source),
        "tw:target": iri(edge.target),
        "tw:resolved": edge.resolved,
        "tw:evidence": _evidence(edge),
    }


def _evidence(thing: Node | Edge) -> list[dict[str, str]]:
    return [
        {"@type": "tw:Evidence", "tw:file": each.source, "tw:place": each.place, "tw:says": each.says}
        for each in sorted(thing.evidence)
    ]
