"""Exploration: whether the code that was explored works at all, told by how its invocations end in schedule 0 of each case.

Code that fails before it does anything breaks no invariant of the zones; neither that nor its certificate says that it is good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.exploration_config import RECORDED
from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.scenario import Scenario

BASELINE: Final = "baseline"
SHOWN = 20


def check_outcomes_recur(document: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """What production did without an error must not fail as it was recorded; what never succeeds anywhere, and production says nothing of, is doubted."""
    found = document["not_recurring"]
    if found:
        told = "; ".join(f"{each['event']}: {each['function']} failed: {_failure(each)}" for each in found[:SHOWN])
        message = f"{len(found)} invocations that production recorded as a success fail in the recorded order: {told}"
        evidence = {"not_recurring": found[:SHOWN], "found": len(found)}
        yield Finding("explore-recorded", "evidence", passed=False, message=message, arm=BASELINE, evidence=evidence)
    known = _in_production(document).keys() | {
        before["function"] for _, _, before in _beside_the_baseline(document) if before["succeeded"]
    }
    judged = _judged(scenario)
    for arm, variant, one in _never_succeeding(document):
        if one["function"] not in known and one["function"] not in judged:
            who = f"{one['function']} of the {arm}{f' ({variant})' if variant else ''}"
            message = f"{who} never succeeds in the first schedule of any case: {_failure(one['first'])}"
            yield Finding("explore-outcomes", "evidence", passed=False, message=message, arm=arm, evidence=one)


def check_no_new_failures(document: Mapping[str, Any]) -> Iterator[Finding]:
    """A function that fails in the first schedule of a case more often for the candidate than, under that schedule, for the baseline.

    The first schedule is the recorded order, in which nothing goes wrong and nobody is overtaken. In others an invocation may well end in an error,
    to be delivered again: who loses a race that the baseline did not notice. Of what a variant is expected to break, the expectation counts.
    """
    expected = {each["variant"] for each in document["variants"] if each["as_expected"] is not None}
    found: dict[tuple[Any, Any, str], list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]] = {}
    for case, one, before in _beside_the_baseline(document):
        if one["failed"] > before["failed"]:
            place = (case["arm"], case["variant"], one["function"])
            found.setdefault(place, []).append((case["case"], one, before))
    for (arm, variant, function), places in found.items():
        _, one, before = places[0]
        who = f"{function}{f' ({variant})' if variant else ''}"
        message = f"{who} fails where the baseline under the same schedule does not, in {', '.join(name for name, _, _ in places)}"
        message += f": {_failure(one['first'])}"
        evidence = {**one, "variant": variant, "cases": [name for name, _, _ in places]}
        evidence["baseline"] = {name: before[name] for name in ("succeeded", "failed")}
        yield Finding(
            "explored-no-new-failures",
            "safety",
            False,
            message,
            arm=arm,
            counts=variant not in expected,
            evidence=evidence,
        )


def _beside_the_baseline(
    document: Mapping[str, Any],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """For each function in each of the candidate's cases: the case, how it ends there, and how it does by the baseline's code."""
    recorded = _in_production(document)
    for case in document["cases"]:
        if case["arm"] == BASELINE:
            continue
        own = {one["function"]: one for one in case["baseline_outcomes"]}
        before = recorded if case["case"] == RECORDED else own
        yield from ((case, one, before[one["function"]]) for one in case["outcomes"] if one["function"] in before)


def _in_production(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """How each function ends in the recorded order by the code that production ran."""
    return {
        one["function"]: one
        for case in document["cases"]
        if case["arm"] == BASELINE and case["case"] == RECORDED
        for one in case["outcomes"]
    }


def _never_succeeding(document: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Mapping[str, Any]]]:
    """(arm, variant, outcomes) of each function that ends nowhere with success in an arm's cases."""
    told: dict[tuple[Any, Any, str], dict[str, Any]] = {}
    for case in document["cases"]:
        for one in case["outcomes"]:
            whole = told.setdefault(
                (case["arm"], case["variant"], one["function"]), {**one, "succeeded": 0, "failed": 0}
            )
            whole["succeeded"] += one["succeeded"]
            whole["failed"] += one["failed"]
            whole["first"] = whole["first"] or one["first"]
    for (arm, variant, _), whole in told.items():
        if whole["failed"] and not whole["succeeded"]:
            yield arm, variant, whole


def _judged(scenario: Scenario) -> set[str]:
    """Functions whose endings an invariant that counts judges already."""
    return {name for each in scenario.explored_invariants if each.counts and not each.wait for name in each.functions}


def _failure(one: Mapping[str, Any]) -> str:
    return f"{one['error']}: {one['message']}"
