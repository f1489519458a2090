"""The request that a run makes, out of its results."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from twinstage.model.approval import ApprovalRequest, person
from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.model.finding import Verdict
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.approval.evidence import FILES, evidence_of
from twinstage.rehearse.approval.risk import assess
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from twinstage.model.approval import ApprovalPolicy
    from twinstage.world.store import Store

MARGIN_S = 10
"""How long before the machine's own patience is over a decision has to be made, at most: what was decided in time is to arrive in time."""


def policy_of(results: Store) -> ApprovalPolicy:
    """What the run's scenario asks for. Raises InputError where it has no `approval` section."""
    policy = scenario_of(get_json(results, "input/scenario.json")).approval
    if policy is None:
        problem = InputProblem("input/scenario.json", 0, "/approval", "not there", "say who has to approve")
        raise InputError([problem])
    return policy


def request_for(results: Store, at: str, kept: str = "") -> ApprovalRequest:
    """The request of a run whose verdict is APPROVED. `at`: the time, RFC 3339 in UTC, in whole seconds; `kept` as of `evidence_of`.

    Raises SafetyError for another verdict, InputError where nobody is named as the submitter, or too few may approve besides them.
    """
    policy, run = policy_of(results), get_json(results, "input/run.json")
    verdict = get_json(results, kept + FILES["verdict"])
    if verdict["verdict"] != Verdict.APPROVED:
        message = f"the verdict is {verdict['verdict']}: only a change that the rehearsal approves is put before people"
        raise SafetyError("NOT_APPROVED", message, hint="mend the change, and rehearse again")
    submitter = str(run.get("submitter", ""))
    if not person(submitter):
        problem = InputProblem("input/run.json", 0, "/submitter", "nobody is named", "name who submits the change")
        raise InputError([problem])
    comparison, exploration = _optional(results, "comparison.json"), _optional(results, "explore.json")
    differences = None if comparison is None else len(comparison["differences"])
    risk, reasons = assess(policy.risk, differences, exploration)
    needed, others = policy.policies[risk], {*policy.approvers} - {person(submitter)}
    if policy.approvers and len(others) < needed:
        message = f"a {risk} risk needs {needed} people to approve, and besides the submitter only {len(others)} may"
        raise InputError([InputProblem("input/scenario.json", 0, "/approval/approvers", message, "name more of them")])
    ends = datetime.fromisoformat(at) + timedelta(seconds=policy.expires_s - min(MARGIN_S, policy.expires_s // 2))
    return ApprovalRequest(
        run=run["run"],
        scenario=verdict["scenario"],
        title=verdict["title"],
        submitter=submitter,
        risk=risk,
        reasons=reasons,
        needed=needed,
        approvers=policy.approvers,
        requested_at=at,
        expires_at=ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        evidence=evidence_of(results, kept),
    )


def _optional(results: Store, key: str) -> Any:
    return get_json(results, key) if results.exists(key) else None
