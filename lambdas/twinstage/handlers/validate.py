"""Validate: everything the run left behind, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.handlers.stage import open_stage
from twinstage.replay.pace import lateness_of
from twinstage.replay.profile import profile_of
from twinstage.validate.latency import performance
from twinstage.validate.verdict import judge, verdict_document
from twinstage.world.jsons import put_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"run", "failure"}` -> `{"verdict"}`. Writes `findings.json`, `verdict.json`, `performance.json`, `profile.json`, `lateness.json`, `comparison.json`, `explore.json`, `stress.json`, `rollback.json`, `ab.json`, `impact.json`."""
    stage, failure = open_stage(), event.get("failure")
    if failure:
        put_json(stage.results, "failure.json", failure)
    evidence = stage.evidence(failure)
    findings = judge(evidence)
    document = verdict_document(stage.scenario.document, findings, stage.input)
    put_json(stage.results, "performance.json", {arm.arm: performance(arm.outcomes) for arm in evidence.arms})
    put_json(stage.results, "profile.json", {arm.arm: profile_of(arm.outcomes).document() for arm in evidence.arms})
    limit_s = stage.scenario.max_late_s
    late = {arm.arm: lateness_of(arm.outcomes, limit_s).document() for arm in evidence.arms}
    put_json(stage.results, "lateness.json", late)
    if evidence.differences is not None:
        put_json(stage.results, "comparison.json", {"differences": [_renamed(d) for d in evidence.differences]})
    if evidence.exploration is not None:
        put_json(stage.results, "explore.json", evidence.exploration)
    if stage.scenario.stress is not None:
        # Not for every run to load: a function is cold often.
        from twinstage.rehearse.stress.results import scenario_document

        put_json(stage.results, "stress.json", scenario_document(stage.scenario, evidence.stress, findings))
    if evidence.rollback is not None:
        put_json(stage.results, "rollback.json", evidence.rollback)
    if evidence.ab is not None:
        put_json(stage.results, "ab.json", evidence.ab)
    if evidence.arms:
        put_json(stage.results, "impact.json", stage.impact(evidence, findings))
    put_json(stage.results, "findings.json", {"schema": "twinstage:findings:1", "findings": document["findings"]})
    put_json(stage.results, "verdict.json", document)
    stage.log("Validate", verdict=document["verdict"], findings=len(findings))
    return {"verdict": document["verdict"]}


def _renamed(difference: Mapping[str, Any]) -> dict[str, Any]:
    names = {"before": "baseline", "after": "candidate"}
    return {names.get(name, name): value for name, value in difference.items()}
