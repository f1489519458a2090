"""Strategies: a walk follows from its seed, each strategy finds what it is there for, and a hunt says what it did."""

from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings

from tests.explore.toy import LOST_UPDATE, Program, Toy, all_paths, program, programs
from twinstage.explore.hunt import hunt, portfolio, recorded_walk
from twinstage.explore.recorded_order import RecordedOrder
from twinstage.explore.searchable import context_switches
from twinstage.explore.strategies import (
    DelayBounded,
    Neighbours,
    Pct,
    Perturbed,
    RandomWalk,
    Strategy,
    UniformRandomWalk,
)
from twinstage.explore.strategies.neighbours import delay_points
from twinstage.explore.walk import follow, profile, walk

TWO_LONG = program([("add", 2, 1)] * 2, [("add", 2, 1)] * 8)


def strategies(graph: Toy) -> list[Strategy]:
    seen = profile(graph, [recorded_walk(graph)])
    order = RecordedOrder(graph)
    plain: list[Strategy] = [
        RandomWalk(),
        UniformRandomWalk(seen.calls),
        Pct(3, len(graph.names), seen.steps),
        DelayBounded(2, order, seen.steps),
        Neighbours(order, seen.steps),
    ]
    return [*plain, *(Perturbed(one, 1, seen.steps) for one in plain)]


@given(programs(crashes=2))
@settings(deadline=None, max_examples=40)
def test_every_walk_of_every_strategy_is_a_schedule_of_the_graph(made: Program) -> None:
    graph = Toy(made)
    schedules = {tuple(edge.action for edge in path) for path in all_paths(graph)}
    for strategy in strategies(graph):
        for seed in range(3):
            assert walk(graph, strategy, seed).schedule in schedules


@pytest.mark.parametrize("index", range(10))
def test_a_walk_follows_from_its_seed_alone(index: int) -> None:
    made = Program(TWO_LONG.messages, crashes=1)
    one = strategies(Toy(made))[index]
    first = [walk(Toy(made), one, seed).schedule for seed in range(20)]
    graph = Toy(made)
    other = strategies(graph)[index]
    again = [walk(graph, other, seed).schedule for seed in reversed(range(20))]
    assert first == again[::-1]
    assert len(set(first)) > 1


def test_a_uniform_random_walk_makes_every_schedule_of_unequal_containers_about_as_likely() -> None:
    graph = Toy(TWO_LONG)
    paths = len(all_paths(graph))
    fair = Counter(walk(graph, UniformRandomWalk((2, 8)), seed).schedule for seed in range(9_000))
    plain = Counter(walk(graph, RandomWalk(), seed).schedule for seed in range(9_000))
    assert paths == len(fair) == 45
    assert max(fair.values()) < 2 * min(fair.values())
    assert max(plain.values()) > 50 * min(plain.values())


def test_pct_of_depth_one_switches_only_where_a_container_ends() -> None:
    graph = Toy(TWO_LONG)
    schedules = {walk(graph, Pct(1, 2, 10), seed).schedule for seed in range(50)}
    assert {context_switches(one) for one in schedules} == {1}
    assert len(schedules) == 2


def test_pct_of_depth_three_switches_no_more_than_its_two_change_points_ask_for() -> None:
    graph = Toy(TWO_LONG)
    switches = Counter(context_switches(walk(graph, Pct(3, 2, 10), seed).schedule) for seed in range(200))
    assert set(switches) == {1, 2, 3}


def test_as_many_delays_as_asked_for_lead_away_from_the_recorded_order() -> None:
    graph = Toy(TWO_LONG)
    order = RecordedOrder(graph)
    assert {walk(graph, DelayBounded(0, order, 10), seed).schedule for seed in range(9)} == {
        recorded_walk(graph).schedule
    }
    for delays in (1, 2):
        switches = {
            context_switches(walk(graph, DelayBounded(delays, order, 10), seed).schedule) for seed in range(200)
        }
        assert max(switches) == delays + 1


def test_neighbours_come_in_the_order_of_their_delays_and_every_place_for_a_delay_comes() -> None:
    points = [delay_points(number, 4) for number in range(1 + 4 + 10 + 20)]
    assert points[:6] == [(), (0,), (1,), (2,), (3,), (0, 0)]
    assert [len(one) for one in points] == [0] + [1] * 4 + [2] * 10 + [3] * 20
    assert points[5:] == [*combinations_with_replacement(range(4), 2), *combinations_with_replacement(range(4), 3)]


def test_the_neighbours_of_one_delay_are_every_schedule_that_is_one_delay_away() -> None:
    graph = Toy(TWO_LONG)
    near = Neighbours(RecordedOrder(graph), 10)
    assert walk(graph, near, 0).schedule == recorded_walk(graph).schedule
    schedules = {walk(graph, near, number).schedule for number in range(1, 11)}
    assert {"".join("AB"[one.container] for one in schedule) for schedule in schedules} == {
        "BBBBBBBBAA",
        "ABBBBBBBBA",
        "AABBBBBBBB",
    }


def test_a_perturbed_walk_crashes_as_often_as_it_was_told_and_the_case_allows() -> None:
    graph = Toy(Program(TWO_LONG.messages, crashes=2))
    for times, most in ((1, 1), (2, 2), (5, 2)):
        perturbed = Perturbed(RandomWalk(), times, 8)
        crashes = {sum(one.kind == "crash" for one in walk(graph, perturbed, seed).schedule) for seed in range(100)}
        assert max(crashes) == most
        assert min(crashes) >= 1


def test_the_portfolio_perturbs_only_where_something_can_go_wrong() -> None:
    assert not any("perturbed" in one.name for one in portfolio(Toy(TWO_LONG)))
    assert any("perturbed" in one.name for one in portfolio(Toy(Program(TWO_LONG.messages, crashes=1))))


def test_a_hunt_tells_what_broke_first_by_which_walk_and_how_often() -> None:
    graph = Toy(LOST_UPDATE)
    found = hunt(graph, portfolio(graph), range(30))
    first = found.found["bad"]
    assert found.schedules == 30 * len(portfolio(graph))
    assert 1 <= first.nth <= found.schedules
    assert follow(graph, first.schedule).broken == {"bad": len(first.schedule)}
    assert sum(hits.get("bad", 0) for hits in found.hits.values()) > 1
    strategy = next(one for one in portfolio(graph) if one.name == first.strategy)
    assert walk(graph, strategy, first.seed).until("bad") == first.schedule


def test_nothing_is_found_where_nothing_breaks() -> None:
    graph = Toy(TWO_LONG)
    assert hunt(graph, portfolio(graph), range(20)).found == {}
