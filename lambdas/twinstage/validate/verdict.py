"""The verdict over the evidence, and the document it is written as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding, weigh
from twinstage.validate.checks.ab import check_alike, check_repeat, check_slower
from twinstage.validate.checks.change import check_change
from twinstage.validate.checks.consistency import check_consistency
from twinstage.validate.checks.evidence import check_evidence
from twinstage.validate.checks.exploration import check_exploration_evidence, check_explored_safety
from twinstage.validate.checks.performance import check_performance
from twinstage.validate.checks.rollback import check_rollback_evidence, check_rolled_back
from twinstage.validate.checks.safety import check_safety
from twinstage.validate.checks.stress import check_stress_evidence, check_stress_thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from twinstage.validate.evidence import Evidence

CRITERIA: Mapping[str, Callable[[Evidence], Iterator[Finding]]] = {
    "consistency": check_consistency,
    "performance": check_performance,
    "safety": check_safety,
}


def judge(evidence: Evidence, criteria: Iterable[str] | None = None) -> list[Finding]:
    """Every finding: the evidence first, then the criteria asked for (the scenario's own, unless given).

    A check that crashes is a finding that could not be decided, naming the error: it never passes and never hides the others.
    """
    asked = evidence.scenario.criteria if criteria is None else criteria
    findings = _run("evidence", check_evidence, evidence) + _run("evidence", _exploration_evidence, evidence)
    findings += _run("evidence", _rollback_evidence, evidence)
    if "performance" in asked:
        findings += _run("evidence", _stress_evidence, evidence)
    if "consistency" in asked or "performance" in asked:
        findings += _run("evidence", check_repeat, evidence)
    findings += _run("safety", check_change, evidence) if asked else []
    for name in CRITERIA:
        if name in asked:
            findings += _run(name, CRITERIA[name], evidence)
    if "consistency" in asked:
        findings += _run("consistency", check_alike, evidence)
    if "performance" in asked:
        findings += _run("performance", check_slower, evidence)
        findings += _run("performance", _stress_thresholds, evidence)
    if "safety" in asked:
        findings += _run("safety", _explored_safety, evidence)
        findings += _run("safety", _rolled_back, evidence)
    return findings


def _exploration_evidence(evidence: Evidence) -> Iterator[Finding]:
    if evidence.exploration is not None:
        yield from check_exploration_evidence(evidence.exploration, evidence.scenario)
    elif evidence.scenario.explore is not None and evidence.scenario.explore.rehearsed:
        yield Finding("explore-complete", "evidence", None, "the scenario asks to explore, and nothing was explored")
    elif evidence.scenario.explore is not None:
        message = (
            "nothing was explored here: the scenario leaves all of its cases to `twinstage explore` (rehearsed: false)"
        )
        yield Finding("explore-complete", "evidence", None, message, counts=False)


def _rollback_evidence(evidence: Evidence) -> Iterator[Finding]:
    if evidence.rollback is not None:
        yield from check_rollback_evidence(evidence.rollback)
    elif evidence.scenario.rollback is not None:
        yield Finding("rollback-complete", "evidence", None, "the scenario asks for a way back, and none was tried")


def _rolled_back(evidence: Evidence) -> Iterator[Finding]:
    if evidence.rollback is not None:
        yield from check_rolled_back(evidence.rollback, evidence.scenario)


def _stress_evidence(evidence: Evidence) -> Iterator[Finding]:
    if (config := evidence.scenario.stress) is not None:
        yield from check_stress_evidence(evidence.stress, config)


def _stress_thresholds(evidence: Evidence) -> Iterator[Finding]:
    if (config := evidence.scenario.stress) is not None:
        yield from check_stress_thresholds(evidence.stress, config, evidence.scenario.subject)


def _explored_safety(evidence: Evidence) -> Iterator[Finding]:
    if evidence.exploration is not None:
        yield from check_explored_safety(evidence.exploration, evidence.scenario)


def _run(criterion: Any, check: Callable[[Evidence], Iterator[Finding]], evidence: Evidence) -> list[Finding]:
    try:
        return list(check(evidence))
    except Exception as error:  # noqa: BLE001 whatever a check raises, it has not passed
        return [
            Finding(
                f"{criterion}-crashed",
                criterion,
                None,
                f"the checks of {criterion} crashed: {type(error).__name__}: {error}",
            )
        ]


def verdict_document(scenario: Mapping[str, Any], findings: list[Finding], run: Mapping[str, Any]) -> dict[str, Any]:
    """`verdict.json`: no wall time, no run id; equal rehearsals give equal bytes. `run` is what the run was started with."""
    return {
        "schema": "twinstage:verdict:1",
        "scenario": scenario["name"],
        "title": scenario.get("title", scenario["name"]),
        "verdict": str(weigh(findings)),
        **{name: run[name] for name in ("snapshot", "events", "code", "seed", "tool")},
        "findings": [finding.document() for finding in findings],
    }
