"""The one model of a run that every rendering is made of, read from the run's results and nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.model.ab_config import REPEAT
from twinstage.model.scenario import CANDIDATE
from twinstage.report.ab import Comparison
from twinstage.report.approval import Approval, approval_of
from twinstage.report.change import AppliedStep, PlannedChanges
from twinstage.report.documents import (
    ARMS,
    Difference,
    Fidelity,
    Performance,
    Scenario,
    Substitution,
    VerdictDocument,
    differences_of,
    findings_of,
    mapped,
    performance_of,
    substitutions_of,
    text_of,
)
from twinstage.report.events import EventTable, event_table, with_subjects
from twinstage.report.exploration import Exploration
from twinstage.report.impact import Impact
from twinstage.report.isolation import Isolation, isolation_of
from twinstage.report.outcomes import ArmReplay, ReplayTally
from twinstage.report.profile import Lateness, Profile, lateness_of, profiles_of
from twinstage.report.reading import Reader, Unreadable
from twinstage.report.rollback import WayBack
from twinstage.report.story import Story, StoryTeller, is_invariant
from twinstage.report.stress import Stress
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.finding import Finding
    from twinstage.world.store import Store


@dataclass(frozen=True)
class ArmResults:
    """What one arm left behind; None for what was not reached. `final_state` is the digest of the state it ended in."""

    arm: str
    replicated: bool
    fidelity: Fidelity | None
    replay: ArmReplay | None
    final_state: str | None
    performance: Performance | None


@dataclass(frozen=True)
class Failure:
    """The state of the machine that failed, and with what."""

    state: str
    arm: str
    error: str
    cause: str


@dataclass(frozen=True)
class RunModel:
    """A run, as far as it came. None: not reached. `facts` is the run's manifest, `cleanup` what the clean-up reported.

    `substitutions` are those of the twin's functions; those of its zones and tables are found with each arm's fidelity.
    `repeated`: which states the baseline's second run came to, nothing where there is none. `plan` and `applied` are what was planned of the change, and how its steps went. `approval` is there once it is decided. `absent` names the results that were not written, `unreadable` the first of those that are there but cannot be read.
    """

    scenario: Scenario | None
    prepared: bool
    verdict: VerdictDocument | None
    findings: tuple[Finding, ...] | None
    arms: tuple[ArmResults, ...]
    events: EventTable
    stories: tuple[Story, ...]
    profiles: Mapping[str, Profile]
    lateness: Mapping[str, Lateness]
    explored: bool
    exploration: Exploration | None
    stressed: bool
    stress: Stress | None
    repeated: tuple[tuple[str, bool], ...]
    rolled_back: bool
    way_back: WayBack | None
    plan: PlannedChanges | None
    applied: tuple[AppliedStep, ...]
    comparison: Comparison | None
    impact: Impact | None
    differences: tuple[Difference, ...] | None
    isolation: Isolation | None
    approval: Approval | None
    failure: Failure | None
    facts: Mapping[str, Any]
    substitutions: tuple[Substitution, ...]
    cleanup: Mapping[str, Any] | None
    absent: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    unreadable_count: int


def load_run(results: Store) -> RunModel:
    """The model of the run whose prefix `results` is rooted at.

    A result that is absent or cannot be read is noted in the model, never raised. Outcomes are read a chunk at a time.
    """
    reader = Reader(results)
    scenario = reader.document("input/scenario.json", Scenario.of)
    verdict = reader.document("verdict.json", VerdictDocument.of)
    findings = reader.document("findings.json", findings_of)
    if findings is None and verdict is not None:
        findings = verdict.findings
    tellers = _tellers(reader, findings or ())
    names = scenario.arms if scenario else ARMS
    replays = {arm: _replay(reader, arm, tellers) for arm in names}
    performance = reader.document("performance.json", performance_of) or {}
    arms = tuple(_arm(reader, arm, replays[arm], performance.get(arm)) for arm in names)
    stories = filter(None, [reader.derived("findings.json", teller.story) for teller in tellers])
    table = event_table({arm: replay for arm, replay in replays.items() if replay})
    return RunModel(
        scenario=scenario,
        prepared=reader.any("prepare/"),
        verdict=verdict,
        findings=findings,
        arms=arms,
        events=with_subjects(table, reader),
        stories=tuple(sorted(stories, key=lambda story: (story.finding.arm != "candidate", story.order))),
        profiles=reader.document("profile.json", profiles_of, optional=True) or {},
        lateness=reader.document("lateness.json", lateness_of, optional=True) or {},
        explored=reader.any("explore/"),
        exploration=reader.document("explore.json", Exploration.of, optional=scenario is None or not scenario.explores),
        stressed=reader.any("stress/"),
        stress=reader.document("stress.json", Stress.of, optional=scenario is None or not scenario.stresses),
        repeated=_repeated(reader) if scenario and scenario.compares else (),
        rolled_back=reader.any("rollback/"),
        way_back=reader.document("rollback.json", WayBack.of, optional=scenario is None or not scenario.rolls_back),
        plan=reader.document("input/plan.json", PlannedChanges.of, optional=True),
        applied=_applied(reader),
        comparison=reader.document("ab.json", Comparison.of, optional=scenario is None or not scenario.compares),
        impact=reader.document("impact.json", Impact.of, optional=True),
        differences=reader.document("comparison.json", differences_of, optional=len(names) == 1),
        isolation=reader.document("isolation.json", isolation_of, optional=True),
        approval=reader.document("approval.json", approval_of, optional=True),
        failure=reader.document("failure.json", _failure, optional=True),
        facts=reader.document("manifest.json", mapped) or {},
        substitutions=reader.document("manifest.json", substitutions_of, optional=True) or (),
        cleanup=reader.document("cleanup.json", mapped, optional=True),
        absent=tuple(reader.absent),
        unreadable=tuple(reader.unreadable),
        unreadable_count=reader.unreadable_count,
    )


def _tellers(reader: Reader, findings: tuple[Finding, ...]) -> list[StoryTeller]:
    broken = [finding for finding in findings if finding.passed is False and is_invariant(finding)]
    made = [reader.derived("findings.json", partial(StoryTeller, finding)) for finding in broken]
    return [teller for teller in made if teller]


def _replay(reader: Reader, arm: str, tellers: list[StoryTeller]) -> ArmReplay | None:
    tally = ReplayTally()
    listening = [teller for teller in tellers if teller.arm == arm]

    def take(document: Any) -> None:
        if tally.add(document):
            for teller in listening:
                teller.add(document)

    def follow(outcome: Any) -> None:
        for teller in listening:
            teller.add(outcome)

    for key in _steps(reader, arm):
        reader.document(key, follow)
    keys = [key for key in reader.keys(f"replay/{arm}/") if key.endswith(".jsonl")]
    if not keys:
        reader.absent.append(f"replay/{arm}/")
    for key in keys:
        reader.lines(key, take)
    return tally.result()


def _arm(reader: Reader, arm: str, replay: ArmReplay | None, performance: Performance | None) -> ArmResults:
    return ArmResults(
        arm=arm,
        replicated=reader.any(f"replicate/{arm}/"),
        fidelity=reader.document(f"fidelity/{arm}.json", Fidelity.of),
        replay=replay,
        final_state=reader.document(f"capture/{arm}.json", lambda document: text_of(document["snapshot"])),
        performance=performance,
    )


def _applied(reader: Reader) -> tuple[AppliedStep, ...]:
    """How the steps of the change went, in their order."""
    return tuple(filter(None, (reader.document(key, AppliedStep.of) for key in _steps(reader, CANDIDATE))))


def _steps(reader: Reader, arm: str) -> list[str]:
    return [key for key in reader.keys(f"apply/{arm}/") if key.endswith(".json")]


def _repeated(reader: Reader) -> tuple[tuple[str, bool], ...]:
    """How far the baseline's second run came, by the states of an arm."""
    return (
        ("Replicate", reader.any(f"replicate/{REPEAT}/")),
        ("VerifyFidelity", reader.any(f"fidelity/{REPEAT}.json")),
        ("Replay", reader.any(f"replay/{REPEAT}/")),
        ("Capture", reader.any(f"capture/{REPEAT}.json")),
    )


def _failure(document: Any) -> Failure:
    return Failure(
        state=text_of(document.get("state")),
        arm=text_of(document.get("arm")),
        error=clip(text_of(document.get("error")), 200),
        cause=clip(_cause(text_of(document.get("cause"))), 4000),
    )


def _cause(cause: str) -> str:
    """The message of a Lambda function's error, where Step Functions handed one on as the cause; else the cause as it is."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    return text_of(document["errorMessage"]) if isinstance(document, dict) and "errorMessage" in document else cause
