"""What a template's change comes to beside its steps: calls that its roles allow no longer, and what of it nobody rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.finding import Finding
from twinstage.model.role_change import role_change_of
from twinstage.validate.authorisation import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.role_change import RoleChange
    from twinstage.validate.evidence import Evidence

CANDIDATE: Final = "candidate"
DENIED: Final = "plan-denied"
NOT_REHEARSED: Final = "plan-not-rehearsed"
_MOST_TOLD: Final = 3
_MOST_KEPT: Final = 20


def check_template(evidence: Evidence) -> Iterator[Finding]:
    """One finding over the roles that change and the calls that the candidate's replay recorded, and one over what was planned and not rehearsed; each only where there is any."""
    template = evidence.scenario.document.get("change", {}).get("template", {})
    if roles := [role_change_of(entry) for entry in template.get("roles", ())]:
        yield _denied_finding(evidence, roles)
    if left := [dict(entry) for entry in template.get("not_rehearsed", ())]:
        told = "; ".join(f"{each['type']} ({', '.join(each['logical_ids'])}): {each['why']}" for each in left)
        given = {"not_rehearsed": left}
        yield Finding(NOT_REHEARSED, "safety", None, told, arm=CANDIDATE, counts=False, evidence=given)


def _denied_finding(evidence: Evidence, roles: list[RoleChange]) -> Finding:
    arm = evidence.arm(CANDIDATE)
    outcomes = arm.outcomes if arm else ()
    denied = [each for role in roles for each in _denied(outcomes, role)]
    functions = [role.function for role in roles]
    asked = sum(len(outcome["calls"] or ()) for outcome in outcomes if outcome["function"] in functions)
    unread = sorted({each for role in roles for each in role.unread})
    given = {"functions": functions, "calls": asked, "denied": denied[:_MOST_KEPT], "unread": unread}
    if not denied:
        message = f"of {asked} recorded calls of {', '.join(functions)} none is allowed by the role before and not by the role afterwards"
        return Finding(DENIED, "safety", True, message, arm=CANDIDATE, evidence=given)
    first = denied[0]
    kinds = sorted({f"{each['action']} on {each['resource']}" for each in denied})
    message = (
        f"{len(denied)} recorded calls would be denied: {'; '.join(kinds[:_MOST_TOLD])}; "
        f"first call {first['call']} of {first['function']} in event {first['event']}"
    )
    if unread:
        # What nobody read may allow it.
        message += f"; unless {', '.join(unread)}"
        return Finding(DENIED, "safety", None, message, arm=CANDIDATE, evidence=given)
    return Finding(DENIED, "safety", False, message, arm=CANDIDATE, evidence=given)


def _denied(outcomes: Sequence[Mapping[str, Any]], role: RoleChange) -> Iterator[dict[str, Any]]:
    """Each recorded call of a function that its role allowed, and allows no longer, in their order."""
    for outcome in outcomes:
        calls = outcome["calls"] or () if outcome["function"] == role.function else ()
        for index, call in enumerate(calls):
            for action, resource in needed(call):
                if role.newly_denied(action, resource):
                    place = {"function": role.function, "event": outcome["event"], "call": index}
                    # Which region and account it is does not matter here.
                    yield {**place, "action": action, "resource": resource.split(":", 5)[-1]}
                    break
