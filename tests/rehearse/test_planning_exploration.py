"""What an exploration consists of, out of the scenario alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearse.racing import DAY, RACE, document, flip
from twinstage.model.event import event_of
from twinstage.model.exploration_config import with_lag
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.exploration import plan_exploration

EVENTS = [event_of(each) for each in DAY]


def planned(section: dict[str, Any] | None, **only: Any) -> list[str]:
    return [task["name"] for task in plan_exploration(scenario_of(document(section)), EVENTS, **only)]


TRIO = {"name": "trio", "containers": {"A": [flip(2)], "B": [flip(3)], "C": [flip(4)]}}
LAG = {"unit": "g", "upto": 2, "containers": {"A": [flip({"plus_lag": 1})]}}


def test_small_cases_come_first_and_the_recorded_day_last_which_alone_the_baseline_explores() -> None:
    assert planned({"cases": [TRIO, RACE], "safe_lag": LAG}) == [
        "lag-candidate",
        "explore-candidate-race",
        "explore-candidate-trio",
        "explore-candidate-recorded",
        "explore-baseline-recorded",
    ]


def test_without_a_section_the_recorded_day_is_planned() -> None:
    assert planned(None) == ["explore-candidate-recorded", "explore-baseline-recorded"]


def test_a_scenario_without_a_change_explores_its_baseline() -> None:
    unchanged = {name: value for name, value in document({"cases": [RACE]}).items() if name != "change"}
    names = [task["name"] for task in plan_exploration(scenario_of(unchanged), EVENTS)]
    assert names == ["explore-baseline-race", "explore-baseline-recorded"]


VARIANTS: dict[str, Any] = {"a": {"environment": {}}, "b": {"environment": {}}}


def test_the_candidate_is_explored_as_it_would_be_deployed_whatever_variants_there_are_besides() -> None:
    assert planned({"cases": [RACE], "recorded": False, "variants": VARIANTS}) == [
        "explore-candidate-b-race",
        "explore-candidate-a-race",
        "explore-candidate-race",
    ]


def test_a_variant_that_is_asked_for_is_explored_beside_the_baseline_alone() -> None:
    assert planned({"cases": [RACE], "variants": VARIANTS}, variants=["b"]) == [
        "explore-candidate-b-race",
        "explore-candidate-b-recorded",
        "explore-baseline-recorded",
    ]


def test_many_seeds_are_several_tasks_of_which_the_first_exhausts() -> None:
    tasks = plan_exploration(scenario_of(document({"cases": [RACE], "recorded": False, "seeds": 1100})), EVENTS)
    assert [(task["kind"], task["seeds"]) for task in tasks] == [
        ("explore", [0, 500]),
        ("hunt", [500, 1000]),
        ("hunt", [1000, 1100]),
    ]
    assert len({task["name"] for task in tasks}) == 3


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ({"arms": ["baseline"]}, ["explore-baseline-recorded"]),
        ({"cases": ["race"]}, ["explore-candidate-race"]),
        ({"cases": ["safe-lag"]}, ["lag-candidate"]),
        ({"arms": ["baseline"], "cases": ["race"]}, []),
    ],
)
def test_some_of_it_may_be_asked_for(only: dict[str, Any], names: list[str]) -> None:
    assert planned({"cases": [RACE], "safe_lag": LAG}, **only) == names


def test_a_rehearsal_leaves_out_what_says_so() -> None:
    section = {"cases": [{**RACE, "rehearsed": False}, TRIO], "safe_lag": {**LAG, "rehearsed": False}}
    assert planned(section, rehearsed=True) == [
        "explore-candidate-trio",
        "explore-candidate-recorded",
        "explore-baseline-recorded",
    ]


def test_a_day_on_which_no_function_ran_is_no_case() -> None:
    assert plan_exploration(scenario_of(document({})), []) == []


def test_a_lag_is_added_wherever_it_stands() -> None:
    given = {"a": [{"plus_lag": 3}, {"plus_lag": 3, "more": 1}], "b": {"c": {"plus_lag": 0}}}
    assert with_lag(given, 2) == {"a": [5, {"plus_lag": 3, "more": 1}], "b": {"c": 2}}
