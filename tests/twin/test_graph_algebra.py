"""Merging graphs: it does not matter in what order, in what groups or how often sources are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.model.graph import (
    EDGE_KINDS,
    MOST_EVIDENCE,
    NODE_KINDS,
    Edge,
    Evidence,
    Graph,
    Node,
    attributes,
    graph,
    merge,
    parts,
    qualified,
)
from twinstage.model.validation import schema_violations
from twinstage.twin.graph.linking import linked
from twinstage.twin.graph.reading import graph_of

NAMES = st.sampled_from(["a", "b", "ns|a", "ns|b", "ns|a|x", "ns|b|x"])
KINDS = st.sampled_from(["table", "column", "pipeline"])
EVIDENCE = st.frozensets(
    st.builds(Evidence, st.sampled_from("pqrstuvwxyz"), st.sampled_from(["", "/0"]), st.just("")), max_size=6
)
SAID = st.frozensets(st.tuples(st.sampled_from(["relation", "type"]), st.sampled_from(["a", "b", "c.a"])), max_size=2)
NODES = st.builds(Node, KINDS, NAMES, st.booleans(), SAID, EVIDENCE)
IDS = st.builds(lambda kind, name: f"{kind}:{name}", KINDS, NAMES)
EDGES = st.builds(Edge, IDS, st.sampled_from(["reads", "feeds", "same-as"]), IDS, st.booleans(), SAID, EVIDENCE)
GRAPHS = st.builds(graph, st.lists(NODES, max_size=5), st.lists(EDGES, max_size=5))


@given(GRAPHS, GRAPHS)
def test_merging_is_commutative(one: Graph, other: Graph) -> None:
    assert merge([one, other]) == merge([other, one])


@given(GRAPHS, GRAPHS, GRAPHS)
def test_merging_is_associative(one: Graph, other: Graph, third: Graph) -> None:
    assert merge([merge([one, other]), third]) == merge([one, merge([other, third])]) == merge([one, other, third])


@given(GRAPHS)
def test_merging_is_idempotent_and_nothing_is_its_neutral_element(one: Graph) -> None:
    assert merge([one, one]) == merge([one, Graph()]) == one


@given(GRAPHS)
def test_linking_adds_only_and_twice_is_as_good_as_once(one: Graph) -> None:
    once = linked(one)
    assert linked(once) == once
    assert merge([one, once]) == once


@given(GRAPHS)
def test_a_graph_is_read_back_from_its_document(one: Graph) -> None:
    document = one.document()
    assert schema_violations("graph", document) == []
    assert graph_of(document) == one
    assert graph_of(document).digest == one.digest


@given(st.lists(st.text(max_size=4), min_size=1, max_size=4), st.lists(st.text(max_size=4), min_size=1, max_size=4))
def test_different_parts_have_different_names(one: list[str], other: list[str]) -> None:
    assert parts(qualified(*one)) == tuple(one)
    assert (qualified(*one) == qualified(*other)) == (one == other)


def test_what_anybody_resolves_is_resolved_and_everything_said_is_kept() -> None:
    named = graph([Node("table", "t", resolved=False, attributes=attributes(type="view"))])
    described = graph([Node("table", "t", attributes=attributes(type=["table", ""]))])
    (node,) = merge([named, described]).nodes
    assert node.resolved
    assert node.attributes == {("type", "view"), ("type", "table")}


def test_the_end_of_an_edge_that_nobody_described_is_there_and_unresolved() -> None:
    found = graph([Node("table", "t")], [Edge("pipeline:p", "reads", "table:t")])
    assert [(node.id, node.resolved) for node in found.nodes] == [("pipeline:p", False), ("table:t", True)]


def test_of_very_much_evidence_the_first_is_kept() -> None:
    several = [graph([Node("table", "t", evidence=frozenset({Evidence(f"{at:02}")}))]) for at in range(30)]
    (node,) = merge(reversed(several)).nodes
    assert sorted(each.source for each in node.evidence) == [f"{at:02}" for at in range(MOST_EVIDENCE)]


def test_a_graph_that_was_changed_by_hand_is_refused() -> None:
    document = graph([Node("table", "t")]).document()
    with pytest.raises(InputError, match="changed after it was written"):
        graph_of(document | {"nodes": []})
    document["nodes"][0]["name"] = "u"
    with pytest.raises(InputError, match="not that of this kind and name"):
        graph_of(document)


def test_the_schema_knows_every_kind() -> None:
    nodes = [Node(kind, "x") for kind in NODE_KINDS]
    edges = [Edge("table:x", kind, "column:x") for kind in EDGE_KINDS]
    assert schema_violations("graph", graph(nodes, edges).document()) == []
