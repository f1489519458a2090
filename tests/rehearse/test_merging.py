"""The documents of all tasks as one: the same whatever order they come in, and nothing lost on the way."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearse.racing import DAY, RACE, document, flip, inputs
from twinstage.rehearse.exploration import merge, plan_exploration, run_tasks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[dict[str, Any]], list[dict[str, Any]]]:
    """A scenario, its tasks, and what came of them."""
    lag = {"unit": "g", "upto": 2, "containers": {"A": [flip(2)], "B": [flip({"plus_lag": 1})]}}
    section = {"cases": [RACE], "safe_lag": lag}
    given = inputs(tmp_path_factory.mktemp("racing"), document(section), events=DAY)
    tasks = plan_exploration(given.scenario, given.events)
    return given.scenario, tasks, run_tasks(tasks, given, at_once=2)


def without_times(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ("timing", "schedules_per_s")}


def test_the_order_in_which_documents_come_does_not_matter(ran: Any) -> None:
    scenario, tasks, documents = ran
    first = merge(scenario, tasks, documents)
    for seed in range(5):
        mixed = random.Random(seed).sample(documents, len(documents))  # noqa: S311 reproducible on purpose
        assert merge(scenario, tasks, mixed) == first


def test_the_same_exploration_gives_the_same_document_but_for_its_times(ran: Any, tmp_path: Path) -> None:
    scenario, tasks, documents = ran
    again = inputs(tmp_path, scenario.document, events=DAY)
    second = merge(scenario, tasks, run_tasks(tasks, again, at_once=2))
    assert without_times(second) == without_times(merge(scenario, tasks, documents))


def test_of_several_schedules_that_break_the_same_the_easiest_is_told(ran: Any) -> None:
    scenario, tasks, documents = ran
    (found,) = [d for d in documents if d["task"]["name"] == "explore-candidate-race"]
    (worse,) = found["violations"]
    harder = {**found, "task": {**found["task"], "name": "hunt-candidate-race-001", "kind": "hunt"}}
    harder["violations"] = [{**worse, "context_switches": 7, "schedule": ["A"] * 9}]
    told = merge(scenario, [*tasks, harder["task"]], [*documents, harder])
    (kept,) = [v for v in told["violations"] if (v["case"], v["arm"]) == ("race", "candidate")]
    assert kept["context_switches"] == 2
    assert told["schedules"] == merge(scenario, tasks, documents)["schedules"] + found["schedules"]


def test_what_counts_comes_first(ran: Any) -> None:
    counts = [violation["counts"] for violation in merge(*ran)["violations"]]
    assert counts == sorted(counts, reverse=True)


def test_a_task_that_was_given_up_decides_nothing(ran: Any) -> None:
    scenario, tasks, documents = ran
    task = next(task for task in tasks if task["name"] == "explore-candidate-race")
    gave_up = {"task": task, "gave_up": {"code": "CONTAINED_STALLED", "message": "it hung"}, "timing": {}}
    others = [each for each in documents if each["task"] != task]
    found = merge(scenario, tasks, [*others, gave_up])
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["gave_up"] == [{"task": task["name"], "code": "CONTAINED_STALLED", "message": "it hung"}]
    assert found["certified"] is False


def test_a_plan_without_any_result_is_inconclusive(ran: Any) -> None:
    scenario, tasks, _ = ran
    found = merge(scenario, tasks, [])
    assert (found["verdict"], found["missing"]) == ("INCONCLUSIVE", [task["name"] for task in tasks])
