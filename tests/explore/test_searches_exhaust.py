"""Exhausting a graph, counting its schedules, and reducing them: each against the enumeration of all schedules of small programs."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings

from tests.explore.toy import LOST_UPDATE, Program, Toy, all_paths, program, programs
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.paths import count_paths
from twinstage.explore.walk import follow

PLENTY = 100_000


@given(programs(crashes=2))
@settings(deadline=None, max_examples=60)
def test_exhausting_visits_every_state_of_every_schedule_once(made: Program) -> None:
    graph = Toy(made)
    seen = exhaust(graph, max_states=PLENTY)
    on_paths = {graph.root} | {edge.target for path in all_paths(graph) for edge in path}
    assert len(seen.order) == len(set(seen.order))
    assert set(seen.order) == on_paths
    assert set(seen.terminal) == {path[-1].target if path else graph.root for path in all_paths(graph)}
    assert not seen.truncated


@given(programs(crashes=1))
@settings(deadline=None, max_examples=60)
def test_the_first_schedule_that_breaks_an_id_is_a_shortest_one(made: Program) -> None:
    graph = Toy(made)
    depths = [
        next(depth for depth, edge in enumerate(path, 1) if edge.breaks)
        for path in all_paths(graph)
        if any(edge.breaks for edge in path)
    ]
    first = exhaust(graph, max_states=PLENTY).first
    if not depths:
        assert first == {}
        return
    assert first["bad"].depth == min(depths) == len(first["bad"].schedule)
    assert follow(graph, first["bad"].schedule).broken["bad"] == min(depths)


@given(programs(crashes=1))
@settings(deadline=None, max_examples=60)
def test_paths_are_counted_as_enumeration_counts_them(made: Program) -> None:
    graph = Toy(made)
    paths = all_paths(graph)
    counted = count_paths(graph, exhaust(graph, max_states=PLENTY))
    bad = sum(any(edge.breaks for edge in path) for path in paths)
    assert counted.total == len(paths)
    assert counted.bad.get("bad", 0) == bad


@given(programs())
@settings(deadline=None, max_examples=150)
def test_the_reduced_search_ends_in_every_terminal_state(made: Program) -> None:
    graph = Toy(made)
    seen, reduced = exhaust(graph, max_states=PLENTY), dpor(graph, max_executions=PLENTY)
    assert reduced.complete
    assert reduced.terminal == set(seen.terminal)
    assert reduced.executions <= len(all_paths(graph))


@given(programs(crashes=2))
@settings(deadline=None, max_examples=100)
def test_the_reduced_search_also_ends_wherever_a_call_that_went_wrong_leads(made: Program) -> None:
    graph = Toy(made)
    assert dpor(graph, max_executions=PLENTY).terminal == set(exhaust(graph, max_states=PLENTY).terminal)


def test_calls_that_never_meet_need_one_execution() -> None:
    graph = Toy(program([("add", 0, 0)] * 4, [("add", 1, 1)] * 4, [("add", 2, 1)] * 4))
    assert len(all_paths(graph)) == 34_650
    assert dpor(graph, max_executions=PLENTY).executions == 1


@given(programs())
@settings(deadline=None, max_examples=60)
def test_sleep_sets_walk_each_order_of_dependent_calls_exactly_once(made: Program) -> None:
    graph = Toy(made)
    orders = {_order_of_dependent_calls(graph, path) for path in all_paths(graph)}
    assert dpor(graph, max_executions=PLENTY).executions == len(orders)


def test_two_calls_each_on_the_same_two_variables_have_four_orders() -> None:
    graph = Toy(program([("add", 0, 1), ("add", 1, 1)], [("add", 0, 1), ("add", 1, 1)]))
    assert len(all_paths(graph)) == 6
    assert dpor(graph, max_executions=PLENTY).executions == 4


def _order_of_dependent_calls(graph: Toy, path: tuple) -> frozenset:
    """A schedule's equivalence class: the order of each two calls that depend on each other (Mazurkiewicz's trace)."""
    events, made, state = [], Counter(), graph.root
    for edge in path:
        container = edge.action.container
        events.append(((container, made[container]), state, edge.action))
        made[container] += 1
        state = edge.target
    return frozenset(
        (one[0], two[0])
        for index, one in enumerate(events)
        for two in events[index + 1 :]
        if graph.dependent(one[1], one[2], two[1], two[2])
    )


def test_bad_executions_of_the_reduced_search_are_counted_and_the_first_is_named() -> None:
    found = dpor(Toy(LOST_UPDATE), max_executions=PLENTY)
    assert 0 < found.bad["bad"] < found.executions
    assert 1 <= found.first_bad["bad"] <= found.executions


@pytest.mark.parametrize("cap", [1, 2])
def test_a_search_that_was_cut_short_says_so(cap: int) -> None:
    graph = Toy(LOST_UPDATE)
    seen = exhaust(graph, max_states=cap)
    assert seen.truncated
    assert seen.states == cap
    assert count_paths(graph, seen).total is None
    assert not dpor(graph, max_executions=cap).complete


def test_a_graph_that_no_longer_keeps_its_states_proves_nothing() -> None:
    graph = Toy(LOST_UPDATE)
    graph.capped = True
    seen = exhaust(graph, max_states=PLENTY)
    assert seen.truncated
    assert count_paths(graph, seen).total is None


class Ring(Toy):
    """Everything comes back to where it was: A's step leads to B's turn, B's step back to the root."""

    def edges(self, state):  # type: ignore[no-untyped-def]
        links = super().edges(state)
        return tuple(
            link._replace(target=self.root) if not super(Ring, self).edges(link.target) else link for link in links
        )


def test_a_graph_with_a_cycle_is_exhausted_but_has_no_number_of_schedules() -> None:
    graph = Ring(program([("write", 2, 1)], [("write", 2, 0)]))
    seen = exhaust(graph, max_states=PLENTY)
    counted = count_paths(graph, seen)
    assert (seen.truncated, seen.terminal) == (False, ())
    assert (counted.total, counted.cyclic) == (None, True)
    assert not dpor(graph, max_executions=50, max_depth=50).complete


def test_depths_grow_along_the_order_of_the_search() -> None:
    graph = Toy(LOST_UPDATE)
    depths = [sum(map(len, state.saw)) for state in exhaust(graph, max_states=PLENTY).order]
    assert all(one <= other for one, other in pairwise(depths))
