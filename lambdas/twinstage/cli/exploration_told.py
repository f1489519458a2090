"""An exploration, or one schedule of it, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.report.exploration import Counterexample, Exploration
from twinstage.report.exploration_words import (
    case_result,
    certificate,
    safe_lag,
    schedule_facts,
    variant_result,
    warnings,
)
from twinstage.report.swimlanes import refusal, step_words
from twinstage.report.text import count, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.console import Console


def tell_exploration(document: Mapping[str, Any], console: Console) -> None:
    """The certificate or the schedules that break something, each with the command that replays it; then the verdict."""
    found = Exploration.of(document)
    for case in found.cases:
        name = " ".join(filter(None, (case.arm, case.case, case.variant)))
        ways = "" if case.interleavings is None else f", {count(case.interleavings, 'interleaving')}"
        console.say(f"{visible(name)}: {visible(case_result(case))} ({count(case.states, 'state')}{ways})")
    for variant in found.variants:
        console.say(f"{visible(variant.name)}: {visible(variant_result(variant))}")
    for violation in found.violations:
        _tell(violation, console)
    for warning in warnings(found):
        console.say(f"beware: {visible(warning)}")
    for lag in found.safe_lags:
        console.say(visible(safe_lag(lag)))
    for finding in document.get("findings", ()):
        if finding["passed"] is not True and finding["counts"]:
            word = "failed" if finding["passed"] is False else "undecided"
            console.say(f"  {word:9} {visible(finding['check'])}: {visible(finding['message'])}")
    console.say(visible(certificate(found)))
    console.say(str(document["verdict"]))


def tell_schedule(document: Mapping[str, Any], console: Console) -> None:
    """Every step of one schedule."""
    trace = [*document["trace"]]
    width = max((len(str(step.get("container") or "")) for step in trace), default=0)
    found = Counterexample.of({"invariant": "", **document})
    for step in found.steps:
        answered = f" → {refused}" if (refused := refusal(step)) else ""
        broke = f"   BREAKS {', '.join(step.breaks)}" if step.breaks else ""
        console.say(visible(f"{step.n:4}  {step.lane:{width}}  {step_words(step)}{answered}{broke}"))
    if found.confirmed is not None:
        console.say(
            "confirmed: the handlers, run in full, did the same"
            if found.confirmed
            else "NOT confirmed: the handlers, run in full, did something else"
        )
    if document["unanswered"]:
        console.say(visible(f"beware: nobody answers {', '.join(document['unanswered'])}"))
    for refused in document["refused"]:
        console.say(visible(f"beware: {refused}"))
    if found.detail:
        console.say(visible(found.detail))


def _tell(violation: Counterexample, console: Console) -> None:
    counted = "" if violation.counts else "  (shown, not counted)"
    console.say(visible(f"{violation.invariant}  {violation.place}: {violation.title}{counted}"))
    console.say(f"    {schedule_facts(violation)}")
    if violation.detail:
        console.say(f"    {visible(violation.detail)}")
    if violation.command:
        console.say(f"    {visible(violation.command)}")
