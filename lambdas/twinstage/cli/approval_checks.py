"""What the schema cannot say of a scenario's `approval` section: that there are people enough to approve."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from twinstage.model.approval import RISKS, approval_policy, person
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from twinstage.cli.scenario_checks import ScenarioChecker


def check_approval(checker: ScenarioChecker) -> None:
    """Note every problem of the section; one that is not of its form is the schema's to tell."""
    section = checker.at("approval")
    if not isinstance(section, dict) or schema_violations("scenario", section, part="approval"):
        return
    policy = approval_policy(section)
    for lower, higher in pairwise(RISKS):
        if policy.policies[higher] < policy.policies[lower]:
            message = f"a {higher} risk needs fewer people than a {lower} one"
            checker.problem(("approval", "policies"), message, f"ask for as many at least in `{higher}`")
    if not policy.approvers:
        return
    for index, name in enumerate(section["approvers"]):
        if person(name) in policy.approvers[:index]:
            checker.problem(("approval", "approvers", index), f"{name} is named twice", "name each person once")
    people = len(set(policy.approvers))
    for risk in RISKS[RISKS.index(policy.risk or RISKS[0]) :]:
        if (needed := policy.policies[risk]) > people:
            message = f"a {risk} risk needs {needed} people to approve, and only {people} may"
            checker.problem(
                ("approval", "approvers"), message, "name more of them, or ask for fewer in `approval.policies`"
            )
