"""The least schedule that breaks something: against the best of all schedules of small programs, found by walking every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from tests.explore.toy import LOST_UPDATE, Program, Toy, all_paths, program, programs
from twinstage.explore.fewest_delays import fewest_delays
from twinstage.explore.hunt import recorded_walk
from twinstage.explore.minimal import minimal
from twinstage.explore.searchable import context_switches
from twinstage.explore.shrink import shrink
from twinstage.explore.walk import NoSuchStep, follow

if TYPE_CHECKING:
    from tests.explore.toy import Link, Node

PLENTY = 100_000


def costs(graph: Toy) -> list[tuple[int, int, int]]:
    """(switches, perturbations, calls) up to where it breaks, of every schedule that does."""
    found = []
    for path in all_paths(graph):
        depth = next((depth for depth, edge in enumerate(path, 1) if edge.breaks), None)
        if depth is not None:
            actions = [edge.action for edge in path[:depth]]
            found.append((context_switches(actions), sum(one.kind == "crash" for one in actions), depth))
    return found


@given(programs(crashes=2))
@settings(deadline=None, max_examples=100)
def test_no_schedule_has_fewer_switches_then_perturbations_then_calls(made: Program) -> None:
    graph = Toy(made)
    best, found = min(costs(graph), default=None), minimal(graph, "bad", max_states=PLENTY)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert found.proven
    assert (found.switches, found.perturbations, len(found.schedule)) == best
    assert follow(graph, found.schedule).broken == {"bad": len(found.schedule)}


def test_the_lost_update_needs_two_switches() -> None:
    found = minimal(Toy(LOST_UPDATE), "bad", max_states=PLENTY)
    assert found is not None
    assert [(graph_name(one), one.kind) for one in found.schedule] == [
        ("A", "step"),
        *[("B", "step")] * 5,
        ("A", "step"),
    ]
    assert found.switches == 2


def graph_name(action: Any) -> str:
    return "AB"[action.container]


LATE = program([("add", 2, 1)] * 3, [("add", 2, 1)] * 3, [("write", 0, 1)])
ZIGZAG = "ABABABC"


def test_a_search_that_is_cut_short_shrinks_what_it_knows_and_claims_no_more() -> None:
    graph = Toy(LATE)
    known = schedule(graph, ZIGZAG)
    found = minimal(graph, "bad", max_states=1, known=known)
    assert found is not None
    assert found.switches <= 2 < context_switches(known)
    assert not found.proven
    assert minimal(graph, "bad", max_states=1) is None


def test_what_the_cut_search_had_got_to_may_still_prove_the_shrunk_schedule_least() -> None:
    graph = Toy(LATE)
    found = minimal(graph, "bad", max_states=1, known=schedule(graph, "C"))
    assert found is not None
    assert (found.switches, found.proven) == (0, True)


@given(programs())
@settings(deadline=None, max_examples=60)
def test_a_shrunk_schedule_still_breaks_it_with_no_more_switches(made: Program) -> None:
    graph = Toy(made)
    bad = [path for path in all_paths(graph) if any(edge.breaks for edge in path)]
    for path in bad[:3]:
        known = tuple(edge.action for edge in path)
        shrunk = shrink(graph, known, "bad")
        assert follow(graph, shrunk).broken == {"bad": len(shrunk)}
        assert context_switches(shrunk) <= context_switches(known)


def test_a_schedule_of_another_graph_is_refused_with_the_step_that_does_not_fit() -> None:
    graph = Toy(LATE)
    with pytest.raises(NoSuchStep, match="step 4 of the schedule") as refused:
        follow(graph, schedule(graph, "ABC") + schedule(graph, "C"))
    assert refused.value.details["step"] == 4


def schedule(graph: Toy, containers: str) -> tuple[Any, ...]:
    """The schedule of steps in which these containers run in turn."""
    taken, state = [], graph.root
    for name in containers:
        edge = next(one for one in graph.edges(state) if graph.names[one.action.container] == name)
        taken.append(edge.action)
        state = edge.target
    return tuple(taken)


# ------------------------------------------------------------------ delays from the recorded order


def test_with_no_delay_messages_are_served_one_after_another_as_they_were_handed_over() -> None:
    messages = (((0.0, (("add", 2, 1),) * 2), (20.0, (("add", 2, 1),))), ((10.0, (("add", 2, 1),) * 3),))
    walked = recorded_walk(Toy(Program(messages)))
    assert "".join("AB"[one.container] for one in walked.schedule) == "AABBBA"


def test_a_container_that_waits_lets_the_next_message_go_first() -> None:
    walked = recorded_walk(Toy(program([("wait", 2, 1), ("read", 0)], [("read", 0), ("write", 2, 1)])))
    assert "".join("AB"[one.container] for one in walked.schedule) == "BBAA"


def test_the_lost_update_is_one_delay_away_from_the_recorded_order() -> None:
    found = fewest_delays(Toy(LOST_UPDATE), "bad", max_states=PLENTY)
    assert found is not None
    assert found.delays == 1
    assert "".join("AB"[one.container] for one in found.schedule) == "ABBBBBA"


def test_what_breaks_in_the_recorded_order_itself_is_no_delay_away() -> None:
    found = fewest_delays(Toy(program([("write", 0, 1)], [("read", 1)])), "bad", max_states=PLENTY)
    assert found is not None
    assert (found.delays, len(found.schedule)) == (0, 1)


@given(programs())
@settings(deadline=None, max_examples=80)
def test_no_schedule_nearer_to_the_recorded_order_breaks_it(made: Program) -> None:
    graph = Toy(made)
    nearest = next((delays for delays in range(4) if within(graph, delays)), None)
    found = fewest_delays(graph, "bad", max_states=PLENTY)
    if nearest is not None:
        assert found is not None
        assert found.delays == nearest
    if found is not None:
        assert found.delays == nearest or (nearest is None and found.delays > 3)
        assert follow(graph, found.schedule).broken == {"bad": len(found.schedule)}


def within(graph: Toy, delays: int) -> bool:
    """Whether a schedule with so many delays breaks it: every way of spending them, on a queue that is kept as a list."""

    def turn(state: Node, queue: list[int]) -> Link | None:
        steps = {edge.action.container: edge for edge in graph.edges(state)}
        return next((steps[one] for one in queue if one in steps), None)

    def line(state: Node, back: dict[int, float]) -> list[int]:
        def rank(container: int) -> tuple[Any, ...]:
            due = graph.due_s(state, container)
            late = list(back).index(container) if container in back and back[container] == due else -1
            return (late, due if late < 0 else 0.0, container)

        return sorted((c for c in range(len(graph.names)) if graph.due_s(state, c) is not None), key=rank)

    def go(state: Node, back: dict[int, float], left: int) -> bool:
        back = {container: due for container, due in back.items() if graph.due_s(state, container) == due}
        edge = turn(state, line(state, back))
        if edge is None:
            return False
        if edge.breaks or go(edge.target, back, left):
            return True
        if not left:
            return False
        container = edge.action.container
        kept = {one: due for one, due in back.items() if one != container}
        due = graph.due_s(state, container)
        assert due is not None
        return go(state, {**kept, container: due}, left - 1)

    return go(graph.root, {}, delays)
