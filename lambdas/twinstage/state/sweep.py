"""What of an account is a leftover: a pure decision over what was found, the ledger and the clock.

A thing is swept only where a tag, a name of a twin's, or the ledger says whose it is, and that run has no stack that may stand. Nothing else is ever in a plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from twinstage.model.leftovers import RunStack, Thing, run_in_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.state.run_ledger import RunEntry

Evidence = Literal["tag", "name", "ledger"]
HOUR_S = 3600
FAILED = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
"""A stack that never stood, or was half torn down: all that can be done with it is to delete it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""
HALF_GONE = "DELETE_FAILED"


@dataclass(frozen=True)
class Survey:
    """What was found. `things` must have been looked for before `stacks`: of a twin that is deployed meanwhile the stack is then seen, of one that is torn down no thing is.

    `ledger` holds the open entries by run.
    """

    things: tuple[Thing, ...] = ()
    stacks: tuple[RunStack, ...] = ()
    ledger: Mapping[str, RunEntry] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Leftover:
    """One thing to remove: whose it is, and by what that is known."""

    thing: Thing
    run: str
    evidence: Evidence


@dataclass(frozen=True)
class SweepPlan:
    """`stacks` are deleted, with the reason for each; then `things`; the entries of the runs in `closing` are closed. `standing` are the runs that are left alone."""

    stacks: tuple[tuple[RunStack, str], ...]
    things: tuple[Leftover, ...]
    closing: tuple[str, ...]
    standing: tuple[str, ...]


def plan_sweep(survey: Survey, now_s: float, *, only: str | None = None) -> SweepPlan:
    """What to sweep of a survey at a time; `only` one run's, where given."""
    doomed = [(stack, why) for stack in sorted(survey.stacks) if (why := _why(stack, survey.ledger, now_s))]
    half_gone = {stack.run for stack, _ in doomed if stack.status == HALF_GONE}
    with_stack = {stack.run for stack in survey.stacks}
    alone = [left for left in _owned(survey) if left.run in half_gone or left.run not in with_stack]
    closing = [
        run
        for run, entry in sorted(survey.ledger.items())
        if run not in with_stack and (entry.leaving or entry.things or _over(entry.began_s, entry.ttl_hours, now_s))
    ]
    mine = (lambda run: run == only) if only else (lambda _run: True)
    return SweepPlan(
        tuple((stack, why) for stack, why in doomed if mine(stack.run)),
        tuple(sorted({left for left in alone if mine(left.run)})),
        tuple(run for run in closing if mine(run)),
        tuple(sorted(with_stack - {stack.run for stack, _ in doomed})),
    )


def _why(stack: RunStack, ledger: Mapping[str, RunEntry], now_s: float) -> str:
    """Why a stack is swept, "" where it may stand. CloudFormation at work on a stack is not disturbed."""
    if stack.status.endswith("_IN_PROGRESS"):
        return ""
    if stack.status in FAILED:
        return f"its status is {stack.status}"
    entry = ledger.get(stack.run)
    if entry is not None and entry.leaving:
        return "its teardown was begun and not finished"
    if stack.ttl_hours is not None and _over(stack.created_s, stack.ttl_hours, now_s):
        return f"it has stood for longer than the {stack.ttl_hours:g} hours of its tag"
    return ""


def _over(began_s: float, ttl_hours: float, now_s: float) -> bool:
    return now_s >= began_s + ttl_hours * HOUR_S


def _owned(survey: Survey) -> Iterator[Leftover]:
    """Everything that is some run's: by its tag, else by its name, else by the ledger.

    A thing whose tag names a run is that run's, whatever a ledger says; what the ledger of a run names and nobody found any more may still stand where it cannot be listed.
    """
    found = {(thing.kind, thing.id): thing for thing in survey.things}
    claimed = set()
    for place, thing in found.items():
        if thing.tagged:
            yield Leftover(thing, thing.tagged, "tag")
            claimed.add(place)
        elif run := run_in_name(thing.kind, thing.name):
            yield Leftover(thing, run, "name")
            claimed.add(place)
    for run, entry in survey.ledger.items():
        for thing in entry.things:
            if (thing.kind, thing.id) not in claimed:
                yield Leftover(thing, run, "ledger")
