"""The reduced search that sees what invariants see: it finds a schedule that breaks something exactly where exhausting the graph does."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings

from tests.explore.toy import LOST_UPDATE, Act, Node, Program, Toy, program, programs
from twinstage.explore.dpor import dpor
from twinstage.explore.exhaust import exhaust
from twinstage.explore.walk import follow

PLENTY = 100_000
SEEN = {0, 1}
"""The variables that the id "bad" looks at."""

# Between A's two writes "bad" holds, and only B's write can fall there. The two share no variable: to the plain search they are independent.
BETWEEN_TWO_WRITES = program([("write", 0, 1), ("write", 0, 0)], [("write", 1, 2), ("write", 1, 0)], start=(0, 0, 0))
HIDDEN = program(
    [("write", 1, 2), ("write", 0, 1), ("write", 0, 0)], [("write", 1, 0), ("write", 1, 3)], start=(0, 1, 0)
)


class Seeing:
    """What the toy's graph says, and that writes of variables that are looked at keep their order."""

    def __init__(self, graph: Toy) -> None:
        self._graph = graph

    def dependent(self, state: Node, action: Act, other_state: Node, other: Act) -> bool:
        if self._graph.dependent(state, action, other_state, other):
            return True
        return all(self._seen(*one) for one in ((state, action), (other_state, other)))

    def _seen(self, state: Node, action: Act) -> bool:
        operation = self._graph.operation(state, action)
        return operation[1] in SEEN and operation[0] in {"write", "add", "swap"}


def reduced(graph: Toy) -> Any:
    return dpor(graph, max_executions=PLENTY, dependent=Seeing(graph).dependent)


@given(programs())
@settings(deadline=None, max_examples=300)
@example(LOST_UPDATE)
@example(BETWEEN_TWO_WRITES)
@example(HIDDEN)
def test_it_breaks_an_id_exactly_where_some_schedule_does(made: Program) -> None:
    graph = Toy(made)
    seen, found = exhaust(graph, max_states=PLENTY), reduced(graph)
    assert found.complete
    assert found.broken.keys() == seen.first.keys()
    assert found.terminal == set(seen.terminal)


@given(programs())
@settings(deadline=None, max_examples=100)
def test_the_schedule_that_it_gives_breaks_the_id(made: Program) -> None:
    graph = Toy(made)
    for name, schedule in reduced(graph).broken.items():
        walked = follow(graph, schedule)
        assert walked.broken[name] == len(schedule)


def test_what_only_a_state_in_between_breaks_is_missed_without_seeing_it() -> None:
    graph = Toy(HIDDEN)
    assert exhaust(graph, max_states=PLENTY).first.keys() == {"bad"}
    assert dpor(graph, max_executions=PLENTY).broken == {}
    assert reduced(graph).broken.keys() == {"bad"}


def test_a_search_that_is_interrupted_proves_nothing() -> None:
    graph = Toy(LOST_UPDATE)
    found = dpor(graph, max_executions=PLENTY, interrupted=lambda: True)
    assert not found.complete
    assert found.executions == 0


def test_ends_that_nobody_asks_for_are_not_kept() -> None:
    graph = Toy(LOST_UPDATE)
    assert dpor(graph, max_executions=PLENTY, remember_ends=False).terminal == frozenset()
