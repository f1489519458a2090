"""The reduction over real calls: it breaks an invariant exactly where exhausting does, on graphs that hold but a few states."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from calls_at_random import START, batches, item_calls, zone_calls
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scripted import Refused, Scripts, a, alias, change, put
from starts import case, world

from twinstage.explore.exhaust import exhaust
from twinstage.explore.graph import Graph
from twinstage.explore.reduction import reduce
from twinstage.explore.visible import Visibility
from twinstage.explore.walk import follow
from twinstage.model.invariant import invariant_of
from twinstage.rehearse.properties import InvariantProperties
from twinstage.world.contained import run_contained

if TYPE_CHECKING:
    from collections.abc import Generator

    from twinstage.world.contained import Call

PLENTY = 1 << 40
ASKED: list[dict[str, Any]] = [
    {"id": "resolves", "kind": "resolves", "names": ["a.example.com.", "b.example.com."]},
    {"id": "target", "kind": "alias_target_exists", "names": ["b.example.com.", "b.a.example.com."]},
    {"id": "ttl", "kind": "ttl_at_most", "names": ["c.example.com."], "seconds": 30},
    {"id": "any ttl", "kind": "ttl_at_most", "names": ["*.a.example.com."], "seconds": 30},
    {"id": "gone", "kind": "gone", "names": ["b.example.com."]},
]
A, C = a("a.example.com.", "10.0.0.1"), a("c.example.com.", "10.0.0.3")
B_TO_A, B_TO_C = alias("b.example.com.", "a.example.com."), alias("b.example.com.", "c.example.com.")
CLOSE = st.sampled_from(
    [change((action, record)) for record in (A, C, B_TO_A, B_TO_C) for action in ("UPSERT", "DELETE")]
    + [change(("UPSERT", {**C, "TTL": 10})), change(("DELETE", {**C, "TTL": 10}))]
)
"""Changes of three names that lead to each other: most orders break something for a moment."""

CLOSE_HANDLERS = st.lists(st.lists(CLOSE, min_size=1, max_size=3), min_size=2, max_size=2)
HANDLERS = st.lists(
    st.lists(st.one_of(batches(), zone_calls, item_calls), min_size=1, max_size=3), min_size=2, max_size=3
)


def script(calls: list[Call]) -> Any:
    """A handler that makes these calls, and the first of them again where the one before was refused."""

    def run(_event: Any, _environment: Any) -> Generator[Call, Any, list[str]]:
        told = []
        for one in calls:
            try:
                yield one
            except Refused as refused:
                told.append(refused.error)
                try:
                    yield calls[0]
                except Refused as again:
                    told.append(again.error)
        return told

    return run


def graph_of(handlers: list[list[Call]], *, kept: int, start: Any = START, asked: Any = ASKED) -> tuple[Graph, Any]:
    scripts = Scripts({"abc"[index]: script(calls) for index, calls in enumerate(handlers)})
    made = replace(case(scripts, start, *"ABC"[: len(handlers)]), max_states=kept)
    properties = InvariantProperties([invariant_of(entry) for entry in asked], made.start)
    return Graph(made, properties, environments=scripts), properties


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HANDLERS)
def test_handlers_at_random_break_the_same_by_either_search(handlers: list[list[Call]]) -> None:
    both(handlers, START)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CLOSE_HANDLERS)
@example([[change(("UPSERT", B_TO_C))], [change(("DELETE", A))]])
@example([[change(("DELETE", A))], [change(("UPSERT", B_TO_C))]])
def test_handlers_that_change_what_leads_to_each_other_break_the_same(handlers: list[list[Call]]) -> None:
    both(handlers, world(A, C, B_TO_A))


def both(handlers: list[list[Call]], start: Any) -> None:
    """The reduction on a graph that keeps four states finds what exhausting finds, and its schedules break it."""
    whole, _ = graph_of(handlers, kept=100_000, start=start)
    seen = exhaust(whole, max_states=100_000)
    small, properties = graph_of(handlers, kept=4, start=start)
    found = reduce(small, properties, max_executions=100_000, max_bytes=PLENTY)
    assert found.complete
    assert found.broken.keys() == seen.first.keys()
    for name, schedule in found.broken.items():
        assert name in follow(small, schedule).broken


NARROW: list[dict[str, Any]] = [{"id": "resolves", "kind": "resolves", "names": ["a.example.com."]}, ASKED[1]]
APART = [
    [change(("UPSERT", a("a.example.com.", f"10.0.0.{number}"))) for number in range(3)],
    [change(("UPSERT", a("c.example.com.", f"10.0.1.{number}"))) for number in range(3)],
    [put("k", number) for number in range(3)],
]
A_BREAK_BETWEEN = [
    [
        change(("UPSERT", alias("b.example.com.", "a.example.com."))),
        change(("DELETE", alias("b.example.com.", "a.example.com."))),
    ],
    [change(("DELETE", a("a.example.com.", "10.0.0.1"))), change(("CREATE", a("a.example.com.", "10.0.0.1")))],
]


def test_what_never_meets_is_certified_by_one_execution() -> None:
    graph, properties = graph_of(APART, kept=4, asked=NARROW)
    found = reduce(graph, properties, max_executions=10, max_bytes=PLENTY)
    assert (found.complete, found.executions, dict(found.broken)) == (True, 1, {})
    whole, _ = graph_of(APART, kept=1_000, asked=NARROW)
    assert exhaust(whole, max_states=1_000).states == 64


def test_what_an_alias_comes_to_lead_to_is_seen_from_then_on() -> None:
    graph, properties = graph_of(A_BREAK_BETWEEN, kept=4, start=world(a("a.example.com.", "10.0.0.1")))
    found = reduce(graph, properties, max_executions=1_000, max_bytes=PLENTY)
    assert found.complete
    assert {"resolves", "target"} <= found.broken.keys()


def test_properties_that_do_not_tell_what_they_look_at_see_everything() -> None:
    graph, _ = graph_of(APART, kept=1_000)
    blind = Visibility(graph, object())
    (one, two) = (edge.action for edge in graph.edges(graph.root)[:2])
    assert blind.dependent(graph.root, one, graph.root, two)
    assert not graph.dependent(graph.root, one, graph.root, two)


@pytest.mark.parametrize(
    "bound", [{"max_executions": 3, "max_bytes": PLENTY}, {"max_executions": 1_000, "max_bytes": 0}]
)
def test_a_reduction_that_hits_a_bound_proves_nothing(bound: dict[str, int]) -> None:
    handlers = [[change(("UPSERT", a("a.example.com.", f"10.{who}.0.{n}"))) for n in range(7)] for who in range(3)]
    graph, properties = graph_of(handlers, kept=4)
    assert not reduce(graph, properties, **bound).complete


@pytest.mark.parametrize(
    ("document", "broken"),
    [
        pytest.param({"plans": [[11], [13]]}, ["I1", "I2", "I3", "I4"], id="the race"),
        pytest.param({"plans": [[11], [12, 13]]}, ["I1", "I2", "I3", "I4"], id="a stale plan, two newer ones"),
        pytest.param(
            {"plans": [[11], [13]], "race": {"variant": "nolock cas casdel"}}, [], id="the fix without a lock"
        ),
        pytest.param({"plans": [[11], [13]], "race": {"variant": "recheck"}}, ["I4"], id="re-check under the lock"),
    ],
)
def test_the_enactors_race_is_found_and_its_fix_certified_where_the_graph_does_not_fit(
    document: dict[str, Any], broken: list[str]
) -> None:
    found = run_contained("tests.explore.reductions:beside", {**document, "kept": 100})
    assert (found["complete"], found["capped"], found["kept"]) == (True, True, 100)
    assert found["states"] > 4 * found["kept"]
    assert found["reducing"] == found["exhausting"] == broken
    assert found["broken_again"]
    assert found["plain"] < found["executions"]
