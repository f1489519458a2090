"""Recoverability and the safe lag, on small programs: what a state can no longer be brought out of."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explore.toy import OPERATIONS, Program, Toy, all_paths, program, programs
from twinstage.explore.exhaust import exhaust
from twinstage.explore.paths import count_paths
from twinstage.explore.recovery import Recovery, Wedges, judging
from twinstage.explore.safe_lag import safe_lag
from twinstage.explore.searchable import breaks

PLENTY = 100_000
# "Wait until variable 2 is 0 again, then serve 2": helps from everywhere but where nobody gives variable 2 back.
SERVE = Recovery("serves", (("wait", 2, 0), ("write", 1, 2)), 0.0, lambda world: world[1] == 2)


def test_the_state_that_cannot_be_recovered_from_is_found_with_the_schedule_into_it() -> None:
    graph = Toy(program([("swap", 2, 0, 1), ("write", 2, 0)], [("read", 0)]))
    first = exhaust(graph, max_states=PLENTY, judge=judging(graph, [SERVE])).first
    assert [one.container for one in first["serves"].schedule] == [0]


def test_what_can_always_be_recovered_from_breaks_nothing() -> None:
    graph = Toy(program([("add", 1, 1)] * 3, [("read", 0)]))
    assert exhaust(graph, max_states=PLENTY, judge=judging(graph, [SERVE])).first == {}


def test_without_recoveries_the_edges_alone_are_judged() -> None:
    assert judging(Toy(program([("read", 0)], [("read", 0)])), []) is breaks


@given(programs(), st.lists(OPERATIONS, min_size=1, max_size=3).map(tuple))
@settings(deadline=None, max_examples=60)
def test_every_schedule_that_passes_through_a_wedge_is_counted(made: Program, messages: tuple) -> None:
    graph = Toy(made)
    recovery = Recovery("I5", messages, 0.0, lambda world: world[0] <= world[1])
    judge = judging(graph, [recovery])

    def fails(world: tuple[int, ...]) -> bool:
        return not recovery.holds(graph.afterwards(Holding(world), messages, 0.0))

    into = 0
    for path in all_paths(graph):
        worlds = [graph.root.world, *(edge.target.world for edge in path)]
        into += any(fails(two) and not fails(one) for one, two in pairwise(worlds))
    assert count_paths(graph, exhaust(graph, max_states=PLENTY, judge=judge), judge=judge).bad.get("I5", 0) == into


class Holding:
    """Something that holds a world, and nothing else."""

    def __init__(self, world: tuple[int, ...]) -> None:
        self.world = world


def test_a_world_is_asked_about_once_however_many_states_share_it() -> None:
    class Counting(Toy):
        asked = 0

        def afterwards(self, state, messages, at_s):  # type: ignore[no-untyped-def]
            self.asked += 1
            return super().afterwards(state, messages, at_s)

    graph = Counting(program([("read", 0)] * 5, [("read", 1)] * 5))
    wedges = Wedges(graph, [SERVE])
    assert exhaust(graph, max_states=PLENTY, judge=wedges.judge).states == 36
    assert graph.asked == 1


# ------------------------------------------------------------------ safe lag


def behind(lag: int) -> Toy:
    """A serves a plan that is `lag` generations older than B's 3; B deletes what is more than two behind."""
    return Toy(
        program([("skip", 1, 3, 1), ("write", 1, 3 - lag)], [("write", 1, 3), ("write", 0, 2)], start=(0, 3 - lag, 0))
    )


def test_the_envelope_ends_before_the_first_lag_that_breaks_something() -> None:
    found = safe_lag(lambda lag: (behind(lag), breaks), 3, max_states=PLENTY)
    assert (found.largest, found.first_unsafe, found.undecided) == (1, 2, None)
    assert found.broken == {"bad"}
    assert set(found.states) == {1, 2}


def test_an_envelope_that_holds_as_far_as_was_asked_names_no_unsafe_lag() -> None:
    found = safe_lag(lambda lag: (behind(1), breaks), 4, max_states=PLENTY)
    assert (found.largest, found.first_unsafe, found.undecided) == (4, None, None)


def test_a_lag_whose_graph_outgrows_the_cap_is_undecided_not_safe() -> None:
    found = safe_lag(lambda lag: (behind(1), breaks), 4, max_states=2)
    assert (found.largest, found.first_unsafe, found.undecided) == (0, None, 1)
