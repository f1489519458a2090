"""What a reader needs first: the verdict, why, how far the run came, and how to run it again."""

from __future__ import annotations

import itertools
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.ab_config import REPEAT
from twinstage.model.finding import Verdict, weigh
from twinstage.model.scenario import CANDIDATE
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.report.story import is_invariant
from twinstage.report.text import clip, count, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.finding import Finding
    from twinstage.report.run_model import ArmResults, RunModel
    from twinstage.report.story import Story

CRITERIA = ("safety", "consistency", "performance", "evidence")
NAMED = 4


@dataclass(frozen=True)
class Headline:
    """The verdict and the reasons for it. `warnings` say where the results do not agree with each other."""

    verdict: str
    title: str
    scenario: str
    why: tuple[str, ...]
    warnings: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Stage:
    """A state of the machine: `done`, `failed` or `not reached`. `arm` is empty for a state of the whole run."""

    name: str
    arm: str
    status: str


def headline(model: RunModel) -> Headline:
    """The head of every rendering."""
    scenario = (model.verdict and model.verdict.scenario) or (model.scenario and model.scenario.name)
    scenario = scenario or str(model.facts.get("scenario") or "")
    title = (model.verdict and model.verdict.title) or (model.scenario and model.scenario.title)
    return Headline(
        verdict=_verdict(model),
        title=clip(title or scenario or "A run without a scenario", 300),
        scenario=clip(scenario, 300),
        why=(*_why(model), *([model.approval.sentence] if model.approval else [])),
        warnings=tuple(_warnings(model)),
        command=f"twinstage rehearse {shlex.quote(scenario) if scenario else 'SCENARIO'} --local",
    )


def _verdict(model: RunModel) -> str:
    """What the run came to: what the rehearsal approves and people do not is rejected."""
    if model.verdict is None:
        return Verdict.INCONCLUSIVE
    if model.verdict.verdict == Verdict.APPROVED and model.approval is not None and model.approval.state != APPROVED:
        return Verdict.REJECTED
    return model.verdict.verdict


def _why(model: RunModel) -> tuple[str, ...]:
    failed = _failure_sentence(model)
    if model.verdict is None:
        return (*failed, "No verdict was written, so nothing is proven either way.")
    counting = [finding for finding in model.findings or () if finding.counts]
    match model.verdict.verdict:
        case Verdict.APPROVED:
            return _why_approved(counting, model)
        case Verdict.REJECTED:
            return _why_rejected(counting, model)
        case _:
            told = [f for f in counting if model.failure is None or f.evidence.get("state") != model.failure.state]
            return (*failed, *_why_inconclusive(told if failed else counting))


def _failure_sentence(model: RunModel) -> tuple[str, ...]:
    if model.failure is None:
        return ()
    failure = model.failure
    where = f" in the {failure.arm} arm" if failure.arm else ""
    first_line = clip((failure.cause or failure.error).strip().partition("\n")[0], 300).rstrip(".")
    return (f"The state {failure.state or 'of an unknown name'} failed{where}: {first_line or 'no reason was given'}.",)


def _why_approved(counting: list[Finding], model: RunModel) -> tuple[str, ...]:
    passed = f"All {count(len(counting), 'check')} that bear on the verdict passed."
    if len(counting) == 1:
        passed = "The one check that bears on the verdict passed."
    candidate = {story.finding.check for story in model.stories if story.finding.arm == "candidate"}
    mended = [
        s.finding.check for s in model.stories if s.finding.arm == "baseline" and s.finding.check not in candidate
    ]
    if not mended or len(model.arms) == 1:
        return (passed,)
    return (passed, f"Under the same events the baseline breaks {joined(mended)}; the candidate does not.")


def _why_rejected(counting: list[Finding], model: RunModel) -> tuple[str, ...]:
    broken = [story for story in model.stories if story.finding.counts]
    others = [f for f in counting if f.passed is False and all(f is not story.finding for story in broken)]
    sentences = [_broken_sentence(broken, model.arms[-1].arm)] if broken else []
    if others:
        messages = [f"{finding.check}: {clip(finding.message, 300).rstrip('.')}" for finding in others]
        sentences.append(_listed("Also failed: " if broken else "Failed: ", messages))
    return tuple(sentences)


def _broken_sentence(broken: list[Story], subject: str) -> str:
    named = ", then ".join(
        f"{story.finding.check} ({story.title})" if story.title else story.finding.check for story in broken
    )
    first = broken[0].first
    if first is None:
        return f"The {subject} breaks {named}."
    function = f" in {first.function}" if first.function else ""
    call = f", at call {first.n} ({first.operation})" if first.n >= 0 else ""
    return f"The {subject} breaks {named}: first at event {first.event}{function}{call}."


def _why_inconclusive(counting: list[Finding]) -> tuple[str, ...]:
    if not counting:
        return ("No check was decided that could bear on a verdict.",)
    evidence = [f for f in counting if f.criterion == "evidence" and f.passed is not True]
    undecided = [f for f in counting if f.criterion != "evidence" and f.passed is None]
    sentences = []
    if evidence:
        messages = [clip(finding.message, 300).rstrip(".") for finding in evidence]
        sentences.append(_listed("The evidence does not bear a verdict: ", messages))
    if undecided:
        sentences.append(f"Not decided: {joined([finding.check for finding in undecided[:20]])}.")
    return tuple(sentences)


def _listed(lead: str, messages: list[str]) -> str:
    more = len(messages) - NAMED
    rest = f"; and {more:,} more" if more > 0 else ""
    return f"{lead}{'; '.join(messages[:NAMED])}{rest}."


def _warnings(model: RunModel) -> Iterable[str]:
    if model.verdict is not None and model.findings is not None:
        weighed = weigh(model.findings)
        if weighed != model.verdict.verdict:
            yield f"verdict.json says {clip(model.verdict.verdict, 40)}, but its findings add up to {weighed}."
        if model.findings != model.verdict.findings:
            yield "findings.json and verdict.json do not hold the same findings; those of findings.json are shown."
    repeated = sum(arm.replay.repeated for arm in model.arms if arm.replay)
    if repeated:
        yield f"{count(repeated, 'event has', 'events have')} a further outcome; the first one read is shown."
    if model.unreadable_count:
        yield f"{count(model.unreadable_count, 'result')} could not be read; see Provenance."


def findings_by_criterion(findings: Iterable[Finding]) -> dict[str, dict[str, list[Finding]]]:
    """Findings by criterion and check; the criteria in their own order, unknown ones last.

    Within a criterion what decides comes first: counting failures, then those undecided, each in the order they come in.
    """
    grouped: dict[str, dict[str, list[Finding]]] = {criterion: {} for criterion in CRITERIA}
    for finding in sorted(findings, key=_weight):
        grouped.setdefault(str(finding.criterion), {}).setdefault(finding.check, []).append(finding)
    return {criterion: checks for criterion, checks in grouped.items() if checks}


def _weight(finding: Finding) -> int:
    if finding.counts and finding.passed is not True:
        return 0 if finding.passed is False else 1
    return 2


def broken_invariants(model: RunModel, arm: str) -> str:
    """The invariants that broke in an arm, in the order in which they broke; `not judged` where none was looked at there."""
    broken = [story.finding.check for story in model.stories if story.finding.arm == arm]
    if broken:
        return joined(broken)
    return "none" if any(f.arm == arm and is_invariant(f) for f in model.findings or ()) else "not judged"


def told_together(stories: Iterable[Story]) -> list[list[Story]]:
    """The stories, those of one call together, in their order."""
    return [list(group) for _, group in itertools.groupby(stories, key=lambda story: story.place)]


def status_of(finding: Finding) -> str:
    """`passed`, `failed` or `undecided`."""
    return {True: "passed", False: "failed", None: "undecided"}[finding.passed]


def stages(model: RunModel) -> tuple[Stage, ...]:
    """How far the run came, in the order of the machine's states."""
    order = [Stage("Prepare", "", _status(model, "Prepare", "", reached=model.prepared))]
    for arm in model.arms:
        order += [
            Stage(name, arm.arm, _status(model, name, arm.arm, reached=reached))
            for name, reached in _arm_stages(model, arm)
        ]
    order += [Stage(name, REPEAT, _status(model, name, REPEAT, reached=reached)) for name, reached in model.repeated]
    if model.scenario and model.scenario.explores:
        order.append(Stage("Explore", "", _status(model, "Explore", "", reached=model.explored)))
    if model.scenario and model.scenario.stresses:
        order.append(Stage("Stress", "", _status(model, "Stress", "", reached=model.stressed)))
    if model.scenario and model.scenario.rolls_back:
        order.append(Stage("Rollback", "", _status(model, "Rollback", "", reached=model.rolled_back)))
    return (*order, Stage("Validate", "", _status(model, "Validate", "", reached=model.verdict is not None)))


def _arm_stages(model: RunModel, arm: ArmResults) -> list[tuple[str, bool]]:
    changes = arm.arm == CANDIDATE and model.scenario is not None and model.scenario.applies
    return [
        ("Replicate", arm.replicated or arm.fidelity is not None),
        ("VerifyFidelity", arm.fidelity is not None),
        *([("Apply", bool(model.applied))] if changes else []),
        ("Replay", arm.replay is not None),
        ("Capture", arm.final_state is not None),
    ]


def _status(model: RunModel, state: str, arm: str, *, reached: bool) -> str:
    failure = model.failure
    if failure and failure.state == state and failure.arm in ("", arm):
        return "failed"
    return "done" if reached else "not reached"
