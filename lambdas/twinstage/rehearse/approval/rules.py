"""The rules of a decision, as a state machine: what is asked, what was decided, and whether one more decision counts.

Pure: the time of a decision is in it. The trail (`trail`) is the order in which decisions came; who comes first is settled there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twinstage.model.approval import person
from twinstage.model.timestamp import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.approval import ApprovalRequest, Decision

APPROVED, REJECTED = "approved", "rejected"


@dataclass(frozen=True)
class Outcome:
    """How it ended: approved or rejected, by which people (nobody: by the policy, or by time), when, and why."""

    state: str
    by: tuple[str, ...]
    at: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """Where an approval stands. `token` is the SHA-256 of the task token that the machine waits with, empty before it does; `decisions` are those that count; `concluded`: the machine took the outcome, and nothing is decided after it."""

    request: ApprovalRequest
    token: str = ""
    decisions: tuple[Decision, ...] = ()
    outcome: Outcome | None = None
    concluded: bool = False

    @property
    def approvals(self) -> int:
        """How many people approved."""
        return sum(decision.approves for decision in self.decisions)


@dataclass(frozen=True)
class Refusal:
    """Why a decision does not count: what was seen, what was expected, and the way out."""

    code: str
    message: str
    observed: str
    expected: str
    way_out: str


@dataclass(frozen=True)
class Counted:
    """The decision counts. `repeated`: it is the same person's same decision once more, and nothing changes."""

    standing: Standing
    repeated: bool = False


def opened(request: ApprovalRequest) -> Standing:
    """A request as it begins: approved by its policy where nobody is asked."""
    standing = Standing(request)
    if request.needed:
        return standing
    return replace(standing, outcome=Outcome(APPROVED, (), request.requested_at, f"a {request.risk} risk asks nobody"))


def waiting(standing: Standing, token: str) -> Standing:
    """The machine waits with this token (its SHA-256). A later token takes the place of an earlier one."""
    return replace(standing, token=token)


def decide(standing: Standing, decision: Decision) -> Counted | Refusal:
    """Whether a decision counts, and where the approval stands then. The first decision wins, and a person's first is their only one."""
    if refusal := _another_run(standing, decision):
        return refusal
    who = person(decision.by)
    for earlier in standing.decisions:
        if person(earlier.by) == who and earlier.decision == decision.decision:
            return Counted(standing, repeated=True)
    refusal = _too_late(standing, decision) or _wrong_person(standing, decision, who)
    return refusal or _other_evidence(standing, decision) or Counted(_with(standing, decision))


def ended(standing: Standing, at: str, why: str) -> Standing:
    """The machine waits no longer. What nobody decided by then is rejected."""
    if standing.outcome is not None:
        return standing
    return replace(standing, outcome=Outcome(REJECTED, (), at, why))


def voided(standing: Standing, at: str, why: str) -> Standing:
    """What was decided is void, whatever it was: rejected."""
    return replace(standing, outcome=Outcome(REJECTED, (), at, why))


def _with(standing: Standing, decision: Decision) -> Standing:
    decisions = (*standing.decisions, decision)
    counted = replace(standing, decisions=decisions)
    if not decision.approves:
        return replace(counted, outcome=Outcome(REJECTED, (decision.by,), decision.at, decision.reason))
    if counted.approvals < standing.request.needed:
        return counted
    by = tuple(each.by for each in decisions)
    reasons = "; ".join(each.reason for each in decisions if each.reason)
    return replace(counted, outcome=Outcome(APPROVED, by, decision.at, reasons))


def _another_run(standing: Standing, decision: Decision) -> Refusal | None:
    request, again = standing.request, "read the request of this run, and decide on that"
    if decision.run != request.run:
        return Refusal("ANOTHER_RUN", "the decision is of another run", decision.run, request.run, again)
    if decision.request != request.digest:
        return Refusal("ANOTHER_REQUEST", "the decision is of another request", decision.request, request.digest, again)
    return None


def _too_late(standing: Standing, decision: Decision) -> Refusal | None:
    request, outcome = standing.request, standing.outcome
    if outcome is not None:
        by = f" by {', '.join(outcome.by)}" if outcome.by else ""
        told = f"{outcome.state}{by} at {outcome.at}"
        return Refusal(
            "DECIDED",
            "the first decision wins, and it was made",
            told,
            "no decision yet",
            "rehearse again to ask again",
        )
    if not instant(decision.at) < instant(request.expires_at):
        return Refusal(
            "EXPIRED",
            "the time to decide is over",
            decision.at,
            f"before {request.expires_at}",
            "rehearse again to ask again",
        )
    if standing.token and decision.token == standing.token:
        return None
    return Refusal(
        "WRONG_TOKEN",
        "the task token is not the one that this run waits with",
        decision.token or "none",
        standing.token or "none: the run does not wait yet",
        "take the token of this run, as the request's own folder has it",
    )


def _wrong_person(standing: Standing, decision: Decision, who: str) -> Refusal | None:
    request = standing.request
    if not who:
        return Refusal("NOBODY", "a decision is somebody's", "no name", "a name", "give `--as NAME`")
    if who == person(request.submitter):
        another = "let somebody else decide"
        return Refusal(
            "OWN_CHANGE",
            "who submitted a change does not decide on it",
            decision.by,
            f"anybody but {request.submitter}",
            another,
        )
    if request.approvers and who not in request.approvers:
        allowed = ", ".join(request.approvers)
        return Refusal(
            "NOT_AN_APPROVER",
            "this person may not decide",
            decision.by,
            allowed,
            "let one of them decide, or name more in the scenario's `approval.approvers`",
        )
    if any(person(each.by) == who for each in standing.decisions):
        return Refusal(
            "DECIDED",
            "a person's first decision stands",
            f"{decision.decision} by {decision.by}",
            "their first decision",
            "let somebody else decide",
        )
    return None


def _other_evidence(standing: Standing, decision: Decision) -> Refusal | None:
    expected, observed = standing.request.evidence.parts, decision.evidence.parts
    differing = [name for name in sorted({*expected, *observed}) if expected.get(name) != observed.get(name)]
    if not differing:
        return None
    return Refusal(
        "OTHER_EVIDENCE",
        f"what was decided on is not what was asked about: {', '.join(differing)}",
        _listed(observed, differing),
        _listed(expected, differing),
        "decide on the run's own results, unchanged; or rehearse again",
    )


def _listed(parts: Mapping[str, str], names: list[str]) -> str:
    return ", ".join(f"{name} {parts.get(name, 'missing')}" for name in names)
