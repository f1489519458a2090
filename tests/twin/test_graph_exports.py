"""A graph in the forms that others read: JSON-LD in PROV-O's terms, GraphML, a page. Whatever names hold, they are names."""

from __future__ import annotations

import io
import json
from typing import Any

import networkx  # type: ignore[import-untyped]  # has no types of its own
from hypothesis import given
from hypothesis import strategies as st

from tests.report.page import Page
from twinstage.model.graph import Edge, Evidence, Graph, Node, attributes, graph, qualified
from twinstage.report.graph_layout import BOX_HEIGHT, BOX_WIDTH, MOST_DRAWN, drawn
from twinstage.report.graph_page import graph_page
from twinstage.twin.graph.graphml import to_graphml
from twinstage.twin.graph.jsonld import iri, to_jsonld

HOSTILE = "<script>alert(1)</script>\"'&]]>\x00\u202e\ud800"
TEXTS = st.text(max_size=6) | st.just(HOSTILE)
NODES = st.builds(
    lambda kind, name, resolved: Node(kind, qualified(name), resolved, attributes(type=name)),
    st.sampled_from(["table", "pipeline", "owner"]),
    TEXTS,
    st.booleans(),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes = draw(st.lists(NODES, min_size=1, max_size=6))
    ends = st.sampled_from([node.id for node in nodes])
    evidence = frozenset({Evidence(draw(TEXTS), "/0", "said")})
    kinds = st.sampled_from(["reads", "writes", "feeds", "owns", "contains", "same-as", "invokes", "resolves-to"])
    edges = st.builds(
        lambda a, kind, b, known: Edge(a, kind, b, known, evidence=evidence), ends, kinds, ends, st.booleans()
    )
    return graph(nodes, draw(st.lists(edges, max_size=8)))


def sample() -> Graph:
    nodes = [Node("pipeline", "jobs|j"), Node("table", "db|in"), Node("table", "db|out"), Node("owner", "team")]
    edges = [
        Edge("pipeline:jobs|j", "reads", "table:db|in", evidence=frozenset({Evidence("events.jsonl", "line 3", "x")})),
        Edge("pipeline:jobs|j", "writes", "table:db|out"),
        Edge("owner:team", "owns", "table:db|out"),
        Edge("table:db|in", "feeds", "table:db|maybe", resolved=False),
    ]
    return graph(nodes, edges)


def expanded(term: str, context: dict[str, Any]) -> str:
    """A compact IRI by the document's own context alone."""
    prefix, colon, local = term.partition(":")
    assert colon, f"{term} is no term of the context"
    found = context[prefix]
    assert isinstance(found, str)
    return found + local


@given(graphs())
def test_json_ld_holds_every_node_and_edge_and_needs_nothing_but_itself(whole: Graph) -> None:
    document = json.loads(json.dumps(to_jsonld(whole)))
    context = document["@context"]
    subjects = [each["@id"] for each in document["@graph"] if "@id" in each]
    assert subjects == [iri(node.id) for node in whole.nodes]
    assert len(set(subjects)) == len(subjects)
    assert len(document["@graph"]) == len(whole.nodes) + len(whole.edges)
    for each in document["@graph"]:
        for term, value in each.items():
            if not term.startswith("@"):
                assert "://" in expanded(term, context) or expanded(term, context).startswith("urn:")
            if context.get(term) == {"@type": "@id"}:
                assert set(value if isinstance(value, list) else [value]) <= set(subjects)


def test_json_ld_says_in_prov_who_used_and_made_what_and_nothing_that_is_not_resolved() -> None:
    by_id = {each.get("@id"): each for each in to_jsonld(sample())["@graph"]}
    out, job = by_id[iri("table:db|out")], by_id[iri("pipeline:jobs|j")]
    assert out["prov:wasGeneratedBy"] == [iri("pipeline:jobs|j")]
    assert out["prov:wasAttributedTo"] == [iri("owner:team")]
    assert job["prov:used"] == [iri("table:db|in")]
    assert "prov:Activity" in job["@type"]
    maybe = by_id[iri("table:db|maybe")]
    assert maybe["tw:resolved"] is False
    assert not any(term.startswith("prov:") for term in maybe)


@given(graphs())
def test_graphml_is_read_back_by_networkx(whole: Graph) -> None:
    found = networkx.read_graphml(io.BytesIO(to_graphml(whole).encode()), force_multigraph=True)
    assert found.number_of_nodes() == len(whole.nodes)
    assert sorted(found.nodes, key=lambda name: int(name[1:])) == [f"n{at}" for at in range(len(whole.nodes))]
    numbers = {node.id: f"n{at}" for at, node in enumerate(whole.nodes)}
    assert sorted((a, b, told["kind"], told["resolved"]) for a, b, told in found.edges(data=True)) == sorted(
        (numbers[edge.source], numbers[edge.target], edge.kind, edge.resolved) for edge in whole.edges
    )
    for node in whole.nodes:
        if node.id.isprintable() and node.id == node.id.strip():
            assert found.nodes[numbers[node.id]]["id"] == node.id


@given(graphs())
def test_a_page_shows_every_node_and_edge_and_runs_nothing(whole: Graph) -> None:
    page = Page(graph_page(whole, title=HOSTILE))
    assert not page.root.every("script")
    assert len(page.root.every("rect")) == len(whole.nodes)
    assert len(page.root.every("path")) == len(whole.edges)
    nodes, edges = (table.every("tbody")[0] for table in page.root.every("table"))
    assert len(nodes.every("tr")) == len(whole.nodes)
    assert len(edges.every("tr")) == len(whole.edges)
    assert nodes.text.count("unresolved") == sum(not node.resolved for node in whole.nodes)


@given(graphs())
def test_boxes_of_a_drawing_lie_apart_and_within_it(whole: Graph) -> None:
    drawing = drawn(whole)
    assert drawing is not None
    places = [(box.x, box.y) for box in drawing.boxes]
    assert len(set(places)) == len(places)
    for at, (x, y) in enumerate(places):
        assert 0 <= x <= drawing.width - BOX_WIDTH
        assert 0 <= y <= drawing.height - BOX_HEIGHT
        for other_x, other_y in places[:at]:
            assert abs(x - other_x) >= BOX_WIDTH or abs(y - other_y) >= BOX_HEIGHT
    assert drawn(whole) == drawing


def test_data_flows_from_left_to_right_in_a_drawing() -> None:
    drawing = drawn(sample())
    assert drawing is not None
    x = {box.node.id: box.x for box in drawing.boxes}
    assert x["table:db|in"] < x["pipeline:jobs|j"] < x["table:db|out"]


def test_a_graph_that_is_too_large_is_listed_and_not_drawn() -> None:
    nodes = [Node("table", f"{at:04}") for at in range(MOST_DRAWN + 1)]
    assert drawn(graph(nodes)) is None
    page = Page(graph_page(graph(nodes), title="large"))
    assert not page.root.every("svg")
    assert "Not drawn" in page.root.text
    columns = [Node("column", f"0000|{at}") for at in range(MOST_DRAWN)]
    without = Page(graph_page(graph([*nodes[:3], *columns]), title="wide"))
    assert len(without.root.every("rect")) == 3
    assert "Without its columns" in without.root.text
