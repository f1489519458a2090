"""Confirmation: what goes wrong with a call goes wrong in full runs too, and a handler that nobody controls is named."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from scripted import Refused, Scripts, call, get
from starts import case, world

from twinstage.explore.confirm import confirm
from twinstage.explore.graph import Graph
from twinstage.world.contained import run_contained

CONFIRMED, REDUCED = "tests.explore.counters:confirmed", "tests.explore.counters:reduced"


@pytest.mark.parametrize(
    ("kind", "perturb"),
    [
        ("crash", {"crashes": 2}),
        ("lost", {"lost_responses": 2}),
        ("throttle", {"throttles": 2}),
        ("stale", {"stale_reads": 2}),
    ],
)
def test_what_goes_wrong_with_a_call_goes_wrong_the_same_way_in_full(kind: str, perturb: dict[str, int]) -> None:
    found = run_contained(CONFIRMED, {"by": "AB", "times": 2, "perturb": perturb, "seeds": 4})
    assert kind in found["kinds"]
    assert [one["divergence"] for one in found["confirmed"] if not one["confirmed"]] == []
    assert min(one["calls"] for one in found["confirmed"]) >= 4


@pytest.mark.parametrize("perturb", [{}, {"crashes": 1, "throttles": 1}, {"expiries": 2}])
def test_follow_ups_come_in_full_runs_as_they_do_in_the_graph(perturb: dict[str, int]) -> None:
    found = run_contained(CONFIRMED, {"by": "AB", "handler": "chained", "times": 3, "perturb": perturb, "seeds": 3})
    assert [one["divergence"] for one in found["confirmed"] if not one["confirmed"]] == []
    assert min(one["calls"] for one in found["confirmed"]) >= 6


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_handler_that_nobody_controls_is_named_with_the_call_at_which_it_parts(calls: int) -> None:
    found = run_contained(CONFIRMED, {"by": "A", "handler": "forgetful", "times": calls, "seeds": 1})["confirmed"][0]
    parted = found["divergence"]
    assert not found["confirmed"]
    assert (parted["step"], parted["container"], parted["call"]) == (calls, "A", calls + 1)
    assert "run-1" in parted["expected"]
    assert "run-2" in parted["got"]


def test_what_nobody_answers_is_refused_in_the_same_words_in_full() -> None:
    def asking(_event: Any, _environment: Any) -> Any:
        unknown = {"TableName": "items", "Item": {"pk": {"S": "x"}}, "Expected": {"pk": {"Exists": False}}}
        for wanted in (call("dynamodb", "PutItem", **unknown), call("dynamodbstreams", "ListStreams")):
            with suppress(Refused):
                yield wanted

    scripts = Scripts({"a": asking})
    graph = Graph(case(scripts, world(), "A"), environments=scripts)
    found = confirm(graph, (graph.action("A"),) * 2, environments=scripts)
    assert (found.confirmed, found.calls) == (True, 2)
    assert graph.unanswered == (("dynamodb", "PutItem"), ("dynamodbstreams", "ListStreams"))


def test_ends_that_part_are_told_by_what_differs_in_them() -> None:
    runs = count(1)

    def fickle(_event: Any, _environment: Any) -> Any:
        yield get("n")
        return {"same": 0, "run": next(runs)}

    scripts = Scripts({"a": fickle})
    graph = Graph(case(scripts, world(), "A"), environments=scripts)
    graph.edges(graph.root)[0].target  # noqa: B018  (runs the handler for the first time)
    parted = confirm(graph, (graph.action("A"),), environments=scripts).divergence
    assert parted is not None
    assert (parted.expected, parted.got) == ("its end with /response/run 1", "its end with /response/run 2")


@pytest.mark.parametrize(
    "perturb", [{}, {"crashes": 1}, {"lost_responses": 1, "throttles": 1}, {"stale_reads": 1}, {"expiries": 1}]
)
def test_the_reduced_search_ends_wherever_the_full_one_does_also_when_calls_go_wrong(perturb: dict[str, int]) -> None:
    found = run_contained(REDUCED, {"by": "ABC", "perturb": perturb})
    assert found["complete"]
    assert found["same"]
