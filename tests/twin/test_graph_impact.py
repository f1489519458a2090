"""Impact: what is reached is what other people's code reaches; what is not known is never shown as unconnected."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import networkx  # type: ignore[import-untyped]  # has no types of its own
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.lineage_parts import dataset, event, lineage, manifest
from tests.twin.pipelines_data import files, needs_data
from twinstage.model.errors import InputError
from twinstage.model.graph import Edge, Graph, Node, graph
from twinstage.model.validation import schema_violations
from twinstage.twin.graph.build import joined
from twinstage.twin.graph.finding import found
from twinstage.twin.graph.from_dbt import dbt_node, from_dbt
from twinstage.twin.graph.from_lineage import from_lineage
from twinstage.twin.graph.impact import Impact, impact
from twinstage.twin.graph.reach import Reach
from twinstage.twin.lineage.dbt import dbt_of, read_dbt
from twinstage.twin.lineage.reading import lineage_of, read_lineage

GRAPHS = st.integers(1, 120).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)), max_size=400),
        st.lists(st.integers(0, nodes - 1), max_size=3),
    )
)


def of(*events: dict[str, Any]) -> Graph:
    return joined([from_lineage(lineage_of(json.dumps(list(events)).encode(), "events").events)])


def ids(result: Impact) -> set[str]:
    return {reached.node for reached in result.affected}


@given(GRAPHS, st.booleans())
def test_distances_are_those_of_networkx_with_numpy_and_without(
    given_graph: tuple[int, list[tuple[int, int]], list[int]], fast: bool
) -> None:
    nodes, edges, begin = given_graph
    reach = Reach(nodes, [a for a, _ in edges], [b for _, b in edges], fast=fast)
    peer = networkx.DiGraph(edges)
    peer.add_nodes_from(range(nodes))
    expected = networkx.multi_source_dijkstra_path_length(peer, set(begin)) if begin else {}
    assert {at: int(away) for at, away in enumerate(reach.distances(begin)) if away >= 0} == expected
    assert reach.reached(begin) == sorted(expected)


def test_wide_levels_are_walked_at_once_and_give_the_same() -> None:
    wide = [(0, at) for at in range(1, 300)] + [(at, 300 + at % 7) for at in range(1, 300)] + [(301, 308)]
    answers = [
        [int(each) for each in Reach(400, [a for a, _ in wide], [b for _, b in wide], fast=fast).distances([0])]
        for fast in (True, False)
    ]
    assert answers[0] == answers[1]
    assert answers[0][1] == 1
    assert answers[0][306] == 2
    assert answers[0][308] == 3
    assert answers[0][399] == -1


@needs_data
def test_impact_across_every_manifest_is_its_own_child_map() -> None:
    compared = 0
    for file in files("dbt", "*manifest*.json"):
        child_map = json.loads(file.read_text())["child_map"]
        whole = from_dbt(read_dbt(file))
        for begin in child_map:
            expected, ahead = set(), [begin]
            while ahead:
                for child in child_map.get(ahead.pop(), ()):
                    if child not in expected:
                        expected.add(child)
                        ahead.append(child)
            if dbt_node(begin).id in whole.by_id:
                result = impact(whole, [dbt_node(begin).id])
                assert ids(result) == {dbt_node(child).id for child in expected}, f"{file.name}: {begin}"
                compared += len(expected)
            else:
                assert not expected, f"{file.name}: {begin}"
    assert compared > 100


def facets_say() -> tuple[dict[tuple[str, ...], set[tuple[str, ...]]], set[str]]:
    """What the recorded column facets say, read here from the raw files: of each input column the columns it comes to bear on."""
    feeds: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    read = set()
    for file in files("openlineage"):
        document = json.loads(file.read_text())
        for output in document.get("outputs", ()) if not read_lineage([file]).refused else ():
            facet = output.get("facets", {}).get("columnLineage", {})
            read |= {file.name} if facet.get("fields") else set()
            for column, told in facet.get("fields", {}).items():
                for each in told["inputFields"]:
                    begin = each.get("namespace", ""), each["name"], each["field"]
                    feeds[begin].add((output.get("namespace", ""), output["name"], column))
    return feeds, read


@needs_data
def test_impact_of_columns_is_what_the_recorded_column_facets_say() -> None:
    feeds, read = facets_say()
    assert len(read) >= 15
    whole = from_lineage(read_lineage(files("openlineage")).events)
    for begin in feeds:
        expected: set[tuple[str, ...]] = set()
        ahead = [begin]
        while ahead:
            for column in feeds.get(ahead.pop(), ()):
                if column not in expected:
                    expected.add(column)
                    ahead.append(column)
        result = impact(whole, ["column:" + "|".join(begin)], columns=True)
        columns = {each for each in ids(result) if each.startswith("column:")}
        assert columns == {"column:" + "|".join(column) for column in expected - {begin}}


def test_a_filter_comes_to_bear_on_every_column_of_the_table() -> None:
    rows = {"dataset": [{"namespace": "db", "name": "in", "field": "flag"}], **lineage(a=[("in", "x")])}
    whole = of(event("j", [dataset("in", "x", "flag")], [dataset("out", "a", "b", columnLineage=rows)]))
    assert ids(impact(whole, ["column:db|in|flag"], columns=True)) == {
        "table:db|out",
        "column:db|out|a",
        "column:db|out|b",
    }
    assert ids(impact(whole, ["column:db|in|x"], columns=True)) == {"column:db|out|a"}
    assert ids(impact(whole, ["column:db|out|b"], columns=True, upstream=True)) == {
        "column:db|in|flag",
        "pipeline:jobs|j",
    }


def test_where_nobody_told_of_columns_tables_are_possibly_affected_and_not_unconnected() -> None:
    told = event("told", [dataset("in", "x", "y")], [dataset("mid", "a", columnLineage=lineage(a=[("in", "x")]))])
    untold = event("untold", [dataset("mid", "a")], [dataset("end", "z")])
    result = impact(of(told, untold), ["column:db|in|x"], columns=True)
    assert ids(result) == {"column:db|mid|a"}
    assert {"table:db|end", "column:db|end|z"} <= set(result.possibly)
    # The job that tells its columns does not use this one.
    other = impact(of(told, untold), ["column:db|in|y"], columns=True)
    assert ids(other) == set()
    assert set(other.possibly) == {"pipeline:jobs|told"}


def test_a_disputed_dependence_is_possible_and_not_certain() -> None:
    document = manifest({"model.a": []}, model__a={}, model__b={"depends_on": {"nodes": ["model.a"]}})
    result = impact(from_dbt(dbt_of(json.dumps(document).encode(), "m")), [dbt_node("model.a").id])
    assert ids(result) == set()
    assert result.possibly == (dbt_node("model.b").id,)


def test_models_and_what_a_job_wrote_are_one_table_when_one_alone_has_the_name() -> None:
    project = dbt_of(json.dumps(manifest(None, model__a={"relation_name": '"shop"."public"."a"'})).encode(), "m")
    loaded = [event("load", [], [dataset("shop.public.a")])]
    events = lineage_of(json.dumps(loaded).encode(), "e").events
    whole = joined([from_dbt(project), from_lineage(events)])
    assert ids(impact(whole, ["pipeline:jobs|load"])) == {"table:db|shop.public.a", "table:dbt|model.a"}
    twice = lineage_of(json.dumps([event("x", [], [dataset("shop.public.a", namespace="other")])]).encode(), "e").events
    unsure = impact(joined([whole, from_lineage(twice)]), ["pipeline:jobs|x"])
    assert ids(unsure) == {"table:other|shop.public.a"}
    assert "table:dbt|model.a" in unsure.possibly or "table:dbt|model.a" in ids(unsure)


def test_why_is_a_shortest_path_with_its_evidence() -> None:
    whole = of(event("j", [dataset("a")], [dataset("b")]), event("k", [dataset("b")], [dataset("c")]))
    path = impact(whole, ["table:db|a"]).why("table:db|c")
    assert [step.end for step in path] == ["pipeline:jobs|j", "table:db|b", "pipeline:jobs|k", "table:db|c"]
    assert [edge.kind for step in path for edge in step.edges] == ["reads", "writes", "reads", "writes"]
    assert all(edge.evidence for step in path for edge in step.edges)
    assert impact(whole, ["table:db|c"]).why("table:db|a") == ()
    up = impact(whole, ["table:db|c"], upstream=True)
    assert [step.end for step in up.why("table:db|a")][-1] == "table:db|a"


def test_what_is_unresolved_and_who_owns_what_is_affected_is_told() -> None:
    owned = dataset("out", ownership={"owners": [{"name": "team"}]})
    result = impact(of(event("j", [dataset("in")], [owned, {"name": "somewhere"}])), ["table:db|in"])
    assert result.owners == ("owner:team",)
    assert result.unresolved == ("table:|somewhere",)
    assert schema_violations("impact", result.document()) == []


def test_a_node_is_found_by_what_it_is_called_where_that_is_one_alone() -> None:
    whole = graph([Node("table", "db|shop.orders"), Node("column", "db|shop.orders|id"), Node("table", "x|y")])
    assert found(whole, ["orders", "orders.id", "table:y", "x|y"]) == [
        "table:db|shop.orders",
        "column:db|shop.orders|id",
        "table:x|y",
        "table:x|y",
    ]
    with pytest.raises(InputError, match="no node 'order'"):
        found(whole, ["order"])
    two = graph([Node("table", "a|t"), Node("table", "b|t")])
    with pytest.raises(InputError, match="any of 2 nodes"):
        found(two, ["t"])
    with pytest.raises(InputError, match="no node"):
        impact(two, ["t"])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_everything_affected_downstream_has_the_change_upstream(pairs: list[tuple[int, int]]) -> None:
    nodes = [Node("table", str(at)) for at in range(7)]
    whole = graph(nodes, [Edge(f"table:{a}", "feeds", f"table:{b}") for a, b in pairs])
    for node in nodes:
        for reached in impact(whole, [node.id]).affected:
            assert node.id in ids(impact(whole, [reached.node], upstream=True))
