"""Incidents of others, modelled: each change is rejected for what the incident broke, and each fix is certified.

Explored in memory. The rehearsals of all of them, whole, are in tests/rehearsal/test_packaged_scenarios.py.
"""

from __future__ import annotations

import functools
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from days_in_memory import day, undeclared

from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.rehearse.exploration import merge, plan_exploration, run_tasks
from twinstage.rehearse.rollback.merging import merge_rollback
from twinstage.rehearse.rollback.plan import plan_rollback
from twinstage.world.store import DirectoryStore

ROOT = Path(__file__).parents[2] / "scenarios"


@dataclass(frozen=True)
class Incident:
    """What breaks, in which case, and who has to act one after the other for it at the least."""

    scenario: str
    invariant: str
    case: str
    story: tuple[str, ...]
    last_call: str
    context_switches: int
    also: frozenset[str] = frozenset()


INCIDENTS = (
    Incident("policy-blank-fields", "I1", "blank-beside", ("policies", "atlas"), "Scan", 1),
    Incident("feature-file", "I1", "half-applied", ("grants", "files"), "UpdateItem", 1, frozenset({"I2"})),
    Incident("stale-signatures", "I1", "loader-stopped", ("resolver",), "GetItem", 0),
    Incident(
        "latent-topology",
        "I1",
        "maintenance-beside",
        ("release",),
        "ChangeResourceRecordSets",
        0,
        frozenset({"I2", "I3"}),
    ),
    Incident("last-withdrawal", "I1", "all-dark", ("FRA", "IAD", "SIN"), "ChangeResourceRecordSets", 2),
    Incident("last-known-good", "I2", "two-builds", ("deploy",), "PutItem", 0, frozenset({"I1"})),
)
every_incident = pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.scenario)
# What a rehearsal must reject for, whatever else fails besides. In the last one only the way back fails: no schedule breaks anything.
EXPECTED = {
    **{each.scenario: [f"explored-{one}" for one in (each.invariant, *sorted(each.also))] for each in INCIDENTS},
    "repurposed-flag": ["rollback-I1"],
}
EXPECTED["last-known-good"].append("rollback-I2")


@dataclass(frozen=True)
class Story:
    """The invocations that fail under the change, and the names and tables that it ends with otherwise."""

    failed: tuple[str, ...] = ()
    ends_otherwise: tuple[str, ...] = ()


STORIES = {
    "policy-blank-fields": Story(("svc-07", "svc-08", "svc-09"), ("usage",)),
    # By turns: files are made on a node that has been changed, on one that has not, and so on.
    "feature-file": Story(("bot-05", "bot-09", "bot-14", "bot-17"), ("features",)),
    "latent-topology": Story((), ("resolver.anycast.example.", "prefixes")),
}
every_scenario = pytest.mark.parametrize("name", EXPECTED)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("incidents")


@pytest.fixture(scope="module")
def inputs(place: Path) -> Any:
    @functools.cache
    def of(name: str) -> Any:
        folder = place / name.replace("/", "-")
        folder.mkdir()
        loaded = load_scenario(find_scenario(name, [ROOT]), explores=True)
        return exploration_inputs(loaded, folder, None, DirectoryStore(place))

    return of


@pytest.fixture(scope="module")
def explored(inputs: Any) -> Any:
    """What exploring a scenario comes to, once for all who look at it; a fix has the baseline of what it extends."""

    @functools.cache
    def of(name: str) -> dict[str, Any]:
        given = inputs(name)
        tasks = plan_exploration(given.scenario, given.events, arms=("candidate",) if "/" in name else None)
        return merge(given.scenario, tasks, run_tasks(tasks, given, at_once=1))

    return of


@pytest.fixture(scope="module")
def rolled_back(inputs: Any) -> Any:
    """What the way back out of a scenario's change comes to."""

    @functools.cache
    def of(name: str) -> dict[str, Any]:
        given = inputs(name)
        tasks = plan_rollback(given.scenario)
        return merge_rollback(given.scenario, tasks, run_tasks(tasks, given, at_once=1))

    return of


def failing(document: dict[str, Any]) -> list[str]:
    """The checks of a way back that count, and fail."""
    return [each["check"] for each in document["findings"] if each["passed"] is False and each["counts"]]


def violations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """What the candidate breaks as it would be deployed."""
    return [each for each in document["violations"] if (each["arm"], each["variant"]) == ("candidate", None)]


@every_incident
def test_the_change_is_rejected_for_what_the_incident_broke(incident: Incident, explored: Any) -> None:
    document = explored(incident.scenario)

    assert document["verdict"] == "REJECTED"
    assert {each["invariant"] for each in violations(document)} == {incident.invariant, *incident.also}
    (found,) = (
        each
        for each in violations(document)
        if (each["invariant"], each["case"]) == (incident.invariant, incident.case)
    )
    assert tuple(container for container, _ in itertools.groupby(found["schedule"])) == incident.story
    assert found["trace"][-1]["operation"] == incident.last_call
    assert (found["context_switches"], found["minimal"], found["confirmed"]) == (incident.context_switches, True, True)


@every_incident
def test_what_ran_before_the_change_broke_nothing(incident: Incident, explored: Any) -> None:
    document = explored(incident.scenario)
    assert [each for each in document["violations"] if each["arm"] == "baseline"] == []
    (recorded,) = (each for each in document["cases"] if each["arm"] == "baseline")
    assert (recorded["case"], recorded["exhausted"]) == ("recorded", True)


@every_scenario
def test_its_fix_is_certified_in_every_case(name: str, explored: Any) -> None:
    document = explored(f"{name}/fix")
    assert (document["verdict"], document["certified"]) == ("APPROVED", True)
    assert violations(document) == []
    assert {each["case"] for each in document["cases"]} == {each["case"] for each in explored(name)["cases"]}
    assert all(each["exhausted"] for each in document["cases"])


@every_scenario
def test_the_incident_is_told_with_its_source(name: str) -> None:
    told = (ROOT / name / "README.md").read_text()
    assert "](https://" in told
    assert all(verdict in told for verdict in ("**Expected: REJECTED", "**APPROVED**"))


@every_scenario
def test_a_rehearsal_is_expected_to_reject_the_change_and_approve_its_fix(name: str) -> None:
    """What the rehearsals are held to is what was found here."""
    expected, fixed = (json.loads((ROOT / name / file).read_text()) for file in ("expected.json", "fix.expected.json"))
    assert (fixed["verdict"], fixed["failed"]) == ("APPROVED", [])
    assert expected["verdict"] == "REJECTED"
    assert set(EXPECTED[name]) <= set(expected["failed"])


@every_scenario
def test_the_day_goes_as_the_readme_tells(name: str, inputs: Any) -> None:
    """By its handlers, in the recorded order: whom the change fails, and what it ends with otherwise than it may."""
    story = STORIES.get(name, Story())
    change, fix = (load_scenario(find_scenario(each, [ROOT])) for each in (name, f"{name}/fix"))
    given, session = inputs(name), boto3.Session()
    before = day(change, given, "baseline", session)
    assert before.failed == ()
    for scenario, failed, ends_otherwise in ((change, story.failed, story.ends_otherwise), (fix, (), ())):
        after = day(scenario, given, "candidate", session)
        assert after.failed == failed
        assert undeclared(scenario, before.end, after.end) == set(ends_otherwise)


def test_who_only_counts_the_others_before_withdraws_the_last(explored: Any) -> None:
    read_first = [each for each in explored("last-withdrawal/fix")["violations"] if each["variant"] == "read-first"]
    assert [(each["invariant"], each["case"], each["context_switches"]) for each in read_first] == [
        ("I1", "all-dark", 3)
    ]


def test_a_poisoned_last_known_good_is_what_both_codes_restore(explored: Any, rolled_back: Any) -> None:
    promoted = next(each for each in violations(explored("last-known-good")) if each["invariant"] == "I1")
    assert "accepted has no item" in promoted["detail"]

    back = rolled_back("last-known-good")

    assert failing(back) == ["rollback-I1", "rollback-I2"]
    lost = next(each for each in back["failures"] if each["check"] == "I2")
    assert (lost["case"], lost["schedule"]) == ("two-builds", ["deploy"] * 4)
    assert "www.frontdoor.example. ends without a generation" in lost["detail"]


def test_a_flag_with_a_second_meaning_breaks_nothing_before_it_is_rolled_back(explored: Any, rolled_back: Any) -> None:
    document = explored("repurposed-flag")
    assert (document["verdict"], document["certified"], document["violations"]) == ("APPROVED", True, [])

    back = rolled_back("repurposed-flag")

    assert failing(back) == ["rollback-I1"]
    nearest = back["failures"][0]
    assert (nearest["event"], nearest["call"]) == ("rlp-04", 1)
    assert "in the recovery by the old code: orders o-202: executed <= quantity does not hold" in nearest["detail"]
    assert [back["path"][place]["broken"] for place in (0, -1)] == [[], []], "it works before the day, and after it"


@pytest.mark.parametrize("name", ["last-known-good/fix", "repurposed-flag/fix"])
def test_the_way_back_out_of_a_fix_leads_home_from_everywhere(name: str, rolled_back: Any) -> None:
    back = rolled_back(name)
    assert (back["verdict"], failing(back), back["problems"]) == ("APPROVED", [], [])
    assert back["cases"][0]["states"] > 20
